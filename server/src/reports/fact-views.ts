import type { FieldType } from '@gemba/contracts/template'
import { factNamed } from '@gemba/engine/rights/facts'

export interface ViewColumn {
  readonly name: string
  readonly sql: string
  readonly type: FieldType
}

/** Rows of one kind as reports read them: which table, which columns, and under which fact they are judged. */
export interface FactView {
  readonly id: string
  /** Fact of rights that its rows belong to. */
  readonly fact: string
  readonly from: string
  readonly columns: readonly ViewColumn[]
  /** Instant column that a period narrows. */
  readonly time: string | null
  /** Columns of the fact that these rows lack; rules on them find nothing. */
  readonly lacking?: readonly string[]
}

const text = (name: string, sql = name): ViewColumn => ({ name, sql, type: 'text' })
const number = (name: string, sql = name): ViewColumn => ({ name, sql, type: 'decimal' })
const instant = (name: string, sql: string): ViewColumn => ({ name, sql, type: 'instant' })
const minutes = (name: string, sql: string): ViewColumn => number(name, `${sql} / 60000`)

/** Levels above `unit`; they are made of the column beside them. */
const level = (depth: number): string =>
  `if(length(splitByChar('/', ifNull(toString(unit), ''))) >= ${depth}, arrayStringConcat(arraySlice(splitByChar('/', toString(unit)), 1, ${depth}), '/'), NULL)`
export const PLACE_COLUMNS: readonly ViewColumn[] = [
  text('site', `if(unit IS NULL, NULL, ${level(1)})`),
  text('area', level(2)),
  text('line', level(3)),
]

const shiftOf = (on: string): string =>
  `LEFT JOIN (SELECT unit AS w_unit, start_at AS w_start, production_date AS w_date, shift_code AS w_shift FROM equipment_window FINAL) AS w ON w.w_unit = t.unit AND w.w_start = t.${on}`

export const FACT_VIEWS: readonly FactView[] = [
  {
    id: 'order',
    fact: 'order',
    from: `production_order AS t FINAL WHERE status != 'deleted'`,
    time: 'dueAt',
    columns: [
      text('order', 'order_no'),
      text('material'),
      text('customer'),
      text('workCenter', 'work_center'),
      number('quantity'),
      number('deliveredQuantity', 'delivered_quantity'),
      number('priority'),
      text('status'),
      text('source'),
      text(
        'unit',
        `nullIf(transform(concat(source, '/', work_center), {work_centers:Array(String)}, {work_units:Array(String)}, ''), '')`,
      ),
      instant('releasedAt', 'released_at'),
      instant('scheduledStartAt', 'scheduled_start_at'),
      instant('dueAt', 'due_at'),
      instant('deliveredAt', 'delivered_at'),
    ],
  },
  {
    id: 'stop',
    fact: 'equipment',
    from: `equipment_stop AS t FINAL ${shiftOf('window_at')}`,
    time: 'windowAt',
    columns: [
      text('unit'),
      instant('windowAt', 'window_at'),
      { name: 'date', sql: 'toString(w.w_date)', type: 'date' },
      text('shift', 'w.w_shift'),
      text('state'),
      text('reason'),
      text('reasonName', `transform(reason, {reason_codes:Array(String)}, {reason_names:Array(String)}, reason)`),
      minutes('minutes', 'ms'),
      number('count'),
    ],
  },
  {
    id: 'window',
    fact: 'equipment',
    from: 'equipment_window AS t FINAL',
    time: 'startAt',
    columns: [
      text('unit'),
      instant('startAt', 'start_at'),
      instant('endAt', 'end_at'),
      { name: 'date', sql: 'toString(production_date)', type: 'date' },
      text('shift', 'shift_code'),
      text('kind'),
      minutes('plannedMin', 'planned_ms'),
      minutes('runMin', 'run_ms'),
      minutes('downMin', 'down_ms'),
      minutes('setupMin', 'setup_ms'),
      minutes('microStopMin', 'micro_stop_ms'),
      minutes('idealMin', 'ideal_ms'),
      minutes('idealGoodMin', 'ideal_good_ms'),
      minutes('noDataMin', 'no_data_ms'),
      number('total'),
      number('good'),
      number('scrap'),
      number('rework'),
    ],
  },
  {
    id: 'stock',
    fact: 'stock',
    from: 'stock_level AS t FINAL',
    time: null,
    columns: [
      text('material', 'component'),
      text('site'),
      text('source'),
      number('quantity'),
      text('unitOfMeasure', 'unit'),
    ],
  },
  {
    id: 'lot',
    fact: 'lot',
    from: 'lot AS t FINAL',
    time: 'madeAt',
    lacking: ['customer'],
    columns: [
      text('lot'),
      text('material'),
      text('stage'),
      text('unit'),
      text('order', 'order_no'),
      text('supplier'),
      text('supplierLot', 'supplier_lot'),
      number('quantity'),
      text('quantityUnit', 'quantity_unit'),
      instant('madeAt', 'made_at'),
      text('status'),
    ],
  },
  {
    id: 'inspection',
    fact: 'inspection',
    from: 'inspection_lot AS t FINAL',
    time: 'decidedAt',
    lacking: ['inspector'],
    columns: [
      text('inspectionLot', 'inspection_lot'),
      text('lot'),
      text('material'),
      text('kind'),
      text('unit'),
      number('inspected'),
      number('accepted'),
      text('decision'),
      instant('decidedAt', 'decided_at'),
    ],
  },
  {
    id: 'defect',
    fact: 'inspection',
    from: 'defect_record AS t FINAL',
    time: 'foundAt',
    lacking: ['inspector'],
    columns: [
      text('defect'),
      text('unit'),
      text('material'),
      text('disposition'),
      number('quantity'),
      text('lot'),
      text('order', 'order_no'),
      instant('foundAt', 'found_at'),
    ],
  },
]

/** Whether the rows stand at a unit, so that the levels above it are columns as well. */
export const hasUnit = ({ columns }: FactView): boolean => columns.some(({ name }) => name === 'unit')

/** All columns that a report can read of a view. */
export const columnsOf = (view: FactView): readonly ViewColumn[] =>
  hasUnit(view) ? [...view.columns, ...PLACE_COLUMNS] : view.columns

export const viewNamed = (id: string): FactView | undefined => FACT_VIEWS.find((view) => view.id === id)

/** Columns of rights that no view may forget: a rule on them would not hold. */
export function forgottenColumns(view: FactView): string[] {
  const own = new Set([...columnsOf(view).map(({ name }) => name), ...(view.lacking ?? [])])
  return (factNamed(view.fact)?.columns ?? []).map(({ name }) => name).filter((name) => !own.has(name))
}
