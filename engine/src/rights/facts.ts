import type { Bilingual } from '@gemba/contracts/catalog'
import type { Mask } from '@gemba/contracts/rights'

export type ColumnType = 'text' | 'number' | 'flag'

export interface FactColumn {
  readonly name: string
  readonly type: ColumnType
  readonly label: Bilingual
  /** SQL of the column; without it the name. `@name` stands for the SQL of another column. */
  readonly sql?: string
  /** Rows may lack it. */
  readonly nullable?: true
  readonly masks?: readonly Mask['kind'][]
}

/** What rows of one kind are, for rights: their columns, and which of them say where a row belongs. */
export interface Fact {
  readonly id: string
  readonly name: Bilingual
  readonly columns: readonly FactColumn[]
  /** Column with the place of a row; none = rows belong to no place. */
  readonly place?: string
  readonly supplier?: string
  readonly customer?: string
  readonly department?: string
  /** Warehouse table with these rows; none = they are made in memory. */
  readonly table?: string
}

const label = (zh: string, en: string): Bilingual => ({ zh, en })
const text = (name: string, zh: string, en: string): FactColumn => ({ name, type: 'text', label: label(zh, en) })
const number = (name: string, zh: string, en: string): FactColumn => ({ name, type: 'number', label: label(zh, en) })
const optional = (column: FactColumn): FactColumn => ({ ...column, nullable: true })
const maskable = (column: FactColumn): FactColumn => ({
  ...column,
  masks: column.type === 'text' ? ['hide', 'partial', 'hash'] : ['hide', 'bucket'],
})

const part = (of: string, depth: number): string =>
  `if(length(splitByChar('/', toString(@${of}))) >= ${depth}, arrayStringConcat(arraySlice(splitByChar('/', toString(@${of})), 1, ${depth}), '/'), NULL)`

/** The levels above a place, as paths. */
function levels(of: string): FactColumn[] {
  return [
    { ...text('site', '厂区', 'site'), sql: `splitByChar('/', toString(@${of}))[1]` },
    { ...optional(text('area', '区域', 'area')), sql: part(of, 2) },
    { ...optional(text('line', '产线', 'line')), sql: part(of, 3) },
  ]
}

const unit = text('unit', '机台', 'work unit')
const source = text('source', '数据源', 'source')
/** Rows of one department, whatever they say. */
const department = (name: string): FactColumn => ({ ...text('department', '部门', 'department'), sql: `'${name}'` })

/**
 * All facts that rights speak of. A fact is also the object `dataset:<id>` of permissions. To add one: a line here,
 * and its rows go through the gate.
 */
export const FACTS: readonly Fact[] = [
  {
    id: 'equipment',
    name: label('设备与设备时间', 'Equipment and its time'),
    columns: [unit, ...levels('unit')],
    place: 'unit',
    table: 'equipment_window',
  },
  {
    id: 'reading',
    name: label('测点读数', 'Readings of points'),
    columns: [
      text('point', '测点', 'point'),
      { ...text('unit', '机台', 'work unit'), sql: "splitByChar(':', toString(@point))[1]" },
      ...levels('unit'),
    ],
    place: 'unit',
    table: 'reading',
  },
  {
    id: 'energy',
    name: label('能耗', 'Energy'),
    columns: [unit, ...levels('unit'), department('production')],
    place: 'unit',
    department: 'department',
    table: 'equipment_energy',
  },
  {
    id: 'alarm',
    name: label('设备报警', 'Alarms of machines'),
    columns: [
      unit,
      ...levels('unit'),
      text('code', '报警代码', 'alarm code'),
      number('severity', '严重度', 'severity'),
      maskable(text('text', '报警文本', 'text of the alarm')),
      department('maintenance'),
    ],
    place: 'unit',
    department: 'department',
    table: 'equipment_alarm',
  },
  {
    id: 'maintenance',
    name: label('维修工单', 'Maintenance orders'),
    columns: [
      unit,
      ...levels('unit'),
      text('kind', '类型', 'kind'),
      text('status', '状态', 'status'),
      optional(text('reason', '原因', 'reason')),
      source,
      department('maintenance'),
    ],
    place: 'unit',
    department: 'department',
    table: 'maintenance_order',
  },
  {
    id: 'order',
    name: label('生产订单', 'Production orders'),
    columns: [
      { ...text('order', '订单', 'order'), sql: 'order_no' },
      text('material', '物料', 'material'),
      maskable(optional(text('customer', '客户', 'customer'))),
      { ...text('workCenter', '工作中心', 'work center'), sql: 'work_center' },
      number('quantity', '数量', 'quantity'),
      number('priority', '优先级', 'priority'),
      text('status', '状态', 'status'),
      source,
      optional(unit),
      ...levels('unit').map(optional),
    ],
    place: 'unit',
    customer: 'customer',
  },
  {
    id: 'stock',
    name: label('库存', 'Stock'),
    columns: [
      { ...text('material', '物料', 'material'), sql: 'component' },
      text('site', '厂区', 'site'),
      source,
      maskable(number('quantity', '数量', 'quantity')),
    ],
    place: 'site',
    table: 'stock_level',
  },
  {
    id: 'source',
    name: label('数据源状态', 'State of sources'),
    columns: [source, text('site', '厂区', 'site'), text('family', '类别', 'family')],
    place: 'site',
  },
  {
    id: 'quarantine',
    name: label('隔离区', 'Quarantine'),
    columns: [source, text('site', '厂区', 'site'), text('reason', '原因', 'reason')],
    place: 'site',
    table: 'quarantine',
  },
  {
    id: 'lot',
    name: label('批次与追溯', 'Lots and traces'),
    columns: [
      text('lot', '批次', 'lot'),
      text('material', '物料', 'material'),
      optional(text('supplier', '供应商', 'supplier')),
      optional(text('customer', '客户', 'customer')),
      optional(unit),
      ...levels('unit').map(optional),
    ],
    place: 'unit',
    supplier: 'supplier',
    customer: 'customer',
  },
  {
    id: 'inspection',
    name: label('检验与缺陷', 'Inspections and defects'),
    columns: [
      text('material', '物料', 'material'),
      optional(unit),
      ...levels('unit').map(optional),
      maskable(optional(text('inspector', '检验员', 'inspector'))),
    ],
    place: 'unit',
  },
  {
    id: 'receipt',
    name: label('采购收货', 'Purchase receipts'),
    columns: [
      text('material', '物料', 'material'),
      text('supplier', '供应商', 'supplier'),
      text('site', '厂区', 'site'),
      maskable(number('price', '价格', 'price')),
      number('quantity', '数量', 'quantity'),
    ],
    place: 'site',
    supplier: 'supplier',
  },
  {
    id: 'shipment',
    name: label('发运', 'Shipments'),
    columns: [
      text('material', '物料', 'material'),
      maskable(text('customer', '客户', 'customer')),
      text('site', '厂区', 'site'),
      number('quantity', '数量', 'quantity'),
    ],
    place: 'site',
    customer: 'customer',
  },
]

const byId = new Map(FACTS.map((fact) => [fact.id, fact]))

export const factNamed = (id: string): Fact | null => byId.get(id) ?? null
export const columnNamed = (fact: Fact, name: string): FactColumn | null =>
  fact.columns.find((column) => column.name === name) ?? null

/** Site, area and line of an equipment path, as the columns of a fact name them. */
export function placeColumns(path: string): { site: string; area: string | null; line: string | null } {
  const parts = path.split('/')
  const upTo = (depth: number) => (parts.length >= depth ? parts.slice(0, depth).join('/') : null)
  return { site: parts[0] ?? '', area: upTo(2), line: upTo(3) }
}

/** SQL of a column, with references to other columns filled in; `given` overrides how a column is reached. */
export function columnSql(fact: Fact, name: string, given: Readonly<Record<string, string>> = {}): string {
  if (given[name] !== undefined) return given[name]
  const sql = columnNamed(fact, name)?.sql ?? name
  return sql.replaceAll(/@([a-zA-Z]+)/g, (_match, other: string) => columnSql(fact, other, given))
}
