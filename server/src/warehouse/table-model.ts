/**
 * The tables of the warehouse, once, independent of where they live. Two renderers turn them into DDL: the embedded
 * (or single) server and a cluster. `docs/flows.md` explains what each table means.
 */
import { INTERFACE_TABLES } from './interface-tables.ts'
import { EQUIPMENT_PART_COLUMNS } from './part-columns.ts'
import { QUALITY_TABLES, STOP_ENTRY_TABLES } from './quality-tables.ts'
import { CARRIED_TABLES, ENERGY_VERSION_TABLES, RESTATEMENT_TABLES } from './restatement-tables.ts'
import { isVersioned, versionTable } from './row-versions.ts'
import { SUPPLY_TABLES } from './supply-tables.ts'
import { UPKEEP_TABLES } from './upkeep-tables.ts'

export { EQUIPMENT_PART_COLUMNS } from './part-columns.ts'

/** Meaning of a column; the renderer knows the type and the codec. */
export type ColumnKind =
  /** `DateTime64(3, 'UTC')`; given to `insertRows` as integer milliseconds. */
  | 'instant'
  /** Local calendar date `YYYY-MM-DD`. */
  | 'date'
  /** Text of many values. */
  | 'text'
  /** Text out of few values (dictionary coded). */
  | 'word'
  /** Float64. */
  | 'number'
  /** Int64. */
  | 'whole'
  /** UInt64, mostly rising. */
  | 'sequence'
  /** UInt8: flags and small codes. */
  | 'small'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable?: true
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** Sorting key; for replacing tables also the identity of a row. */
  readonly key: readonly string[]
  /** Rows of an append-only table stay; of a replacing table the row with the highest version of each key holds. */
  readonly engine: { readonly kind: 'append' } | { readonly kind: 'replace'; version: string; deleted?: string }
  /** Instant column whose month is the partition; none = one partition. */
  readonly partitionBy?: string
  /** Column that decides the shard of a cluster: everything computed together lies together. */
  readonly shardBy: string
  /** Rows between two marks of the sorting key; none = the server's 8 192. */
  readonly granularity?: number
}

/** An aggregate that the engine keeps up to date while rows are inserted. */
export interface RollUp {
  readonly name: string
  readonly from: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly select: string }[]
  readonly key: readonly string[]
  readonly partitionBy: string
  readonly where: string
  readonly shardBy: string
}

const column = (kind: ColumnKind) => (name: string) => ({ name, kind }) satisfies Column
const optional = (kind: ColumnKind) => (name: string) => ({ name, kind, nullable: true }) as const satisfies Column
const [instant, date, text, word, number, whole, sequence, small] = [
  column('instant'),
  column('date'),
  column('text'),
  column('word'),
  column('number'),
  column('whole'),
  column('sequence'),
  column('small'),
]

const replacedBy = (version: string, deleted?: string) =>
  ({ kind: 'replace', version, ...(deleted ? { deleted } : {}) }) as const
const record = replacedBy('version_at', 'is_deleted')
const recordEnd = [instant('version_at'), small('is_deleted')]

const KEPT_TABLES: readonly Table[] = [
  {
    name: 'reading',
    columns: [
      word('point'),
      instant('source_at'),
      sequence('seq'),
      number('number'),
      word('text'),
      small('quality'),
      small('kind'),
      instant('received_at'),
      word('stream'),
    ],
    key: ['point', 'source_at', 'seq'],
    engine: { kind: 'append' },
    partitionBy: 'source_at',
    shardBy: 'point',
  },
  {
    name: 'gap',
    columns: [
      word('source'),
      instant('from_at'),
      optional('word')('unit'),
      word('cause'),
      instant('to_at'),
      optional('whole')('lost'),
      word('stream'),
      sequence('seq'),
    ],
    key: ['source', 'from_at'],
    engine: { kind: 'append' },
    shardBy: 'source',
  },
  {
    name: 'quarantine',
    columns: [
      word('reason'),
      instant('at'),
      word('source'),
      text('text'),
      text('raw'),
      word('stream'),
      sequence('seq'),
    ],
    key: ['reason', 'at'],
    engine: { kind: 'append' },
    partitionBy: 'at',
    shardBy: 'source',
  },
  {
    name: 'production_order',
    columns: [
      word('source'),
      text('order_no'),
      word('material'),
      number('quantity'),
      word('work_center'),
      optional('word')('customer'),
      whole('priority'),
      optional('instant')('released_at'),
      optional('instant')('scheduled_start_at'),
      instant('due_at'),
      optional('instant')('delivered_at'),
      number('delivered_quantity'),
      word('status'),
      ...recordEnd,
    ],
    key: ['source', 'order_no'],
    engine: record,
    shardBy: 'order_no',
  },
  {
    name: 'order_operation',
    columns: [
      word('source'),
      text('order_no'),
      word('operation'),
      whole('sequence'),
      text('name'),
      word('work_center'),
      number('standard_seconds'),
      ...recordEnd,
    ],
    key: ['source', 'order_no', 'operation'],
    engine: record,
    shardBy: 'order_no',
  },
  {
    name: 'job_report',
    columns: [
      word('source'),
      text('report_key'),
      text('order_no'),
      word('operation'),
      word('work_center'),
      instant('reported_at'),
      number('good'),
      number('scrap'),
      number('rework'),
      ...recordEnd,
    ],
    key: ['source', 'report_key'],
    engine: record,
    shardBy: 'report_key',
  },
  {
    name: 'reservation',
    columns: [
      word('source'),
      text('order_no'),
      text('item'),
      word('component'),
      number('required'),
      number('withdrawn'),
      ...recordEnd,
    ],
    key: ['source', 'order_no', 'item'],
    engine: record,
    shardBy: 'order_no',
  },
  {
    name: 'stock_level',
    columns: [word('source'), word('component'), word('site'), number('quantity'), word('unit'), ...recordEnd],
    key: ['source', 'component', 'site'],
    engine: record,
    shardBy: 'component',
  },
  {
    name: 'equipment_window',
    columns: [
      word('unit'),
      instant('start_at'),
      instant('end_at'),
      word('kind'),
      date('production_date'),
      word('shift_code'),
      ...EQUIPMENT_PART_COLUMNS,
      instant('computed_at'),
    ],
    key: ['unit', 'start_at'],
    engine: replacedBy('computed_at'),
    shardBy: 'unit',
  },
  {
    name: 'equipment_state',
    columns: [
      word('unit'),
      instant('window_at'),
      instant('started_at'),
      instant('ended_at'),
      word('state'),
      optional('word')('reason'),
      optional('word')('order_no'),
      optional('word')('material'),
      instant('computed_at'),
      small('is_deleted'),
    ],
    key: ['unit', 'window_at', 'started_at'],
    engine: replacedBy('computed_at', 'is_deleted'),
    partitionBy: 'window_at',
    shardBy: 'unit',
  },
  {
    name: 'equipment_stop',
    columns: [
      word('unit'),
      instant('window_at'),
      word('state'),
      word('reason'),
      number('ms'),
      whole('count'),
      instant('computed_at'),
      small('is_deleted'),
    ],
    key: ['unit', 'window_at', 'state', 'reason'],
    engine: replacedBy('computed_at', 'is_deleted'),
    partitionBy: 'window_at',
    shardBy: 'unit',
  },
  {
    name: 'equipment_count',
    columns: [
      word('unit'),
      instant('minute_at'),
      text('order_no'),
      word('material'),
      instant('window_at'),
      number('total'),
      number('good'),
      number('scrap'),
      number('rework'),
      instant('computed_at'),
      small('is_deleted'),
    ],
    key: ['unit', 'minute_at', 'order_no', 'material'],
    engine: replacedBy('computed_at', 'is_deleted'),
    partitionBy: 'minute_at',
    shardBy: 'unit',
  },
  ...RESTATEMENT_TABLES,
  ...CARRIED_TABLES,
  ...SUPPLY_TABLES,
  ...QUALITY_TABLES,
  ...INTERFACE_TABLES,
  ...STOP_ENTRY_TABLES,
  ...UPKEEP_TABLES,
  ...ENERGY_VERSION_TABLES,
]

/** All tables, those with versions of rows last. */
export const TABLES: readonly Table[] = [
  ...KEPT_TABLES,
  ...KEPT_TABLES.filter(({ name }) => isVersioned(name)).map(versionTable),
]

/** Points of these roles drive equipment time and counts; every other point is rolled up by the minute when it is a number. */
const DRIVING_ROLES = ['state', 'mode', 'reason', 'order', 'material', 'link', 'total', 'good', 'scrap', 'rework']

export const ROLL_UPS: readonly RollUp[] = [
  {
    name: 'reading_1m',
    from: 'reading',
    columns: [
      { name: 'point', type: 'LowCardinality(String)', select: 'point' },
      { name: 'minute_at', type: "DateTime64(3, 'UTC')", select: 'toStartOfMinute(source_at)' },
      { name: 'n', type: 'SimpleAggregateFunction(sum, UInt64)', select: 'count()' },
      { name: 'sum', type: 'SimpleAggregateFunction(sum, Float64)', select: 'sum(number)' },
      { name: 'min', type: 'SimpleAggregateFunction(min, Float64)', select: 'min(number)' },
      { name: 'max', type: 'SimpleAggregateFunction(max, Float64)', select: 'max(number)' },
      {
        name: 'last',
        type: "AggregateFunction(argMax, Float64, DateTime64(3, 'UTC'))",
        select: 'argMaxState(number, source_at)',
      },
    ],
    key: ['point', 'minute_at'],
    partitionBy: 'minute_at',
    // The name of a point is what follows its only colon; for every role but `process` the name is the role.
    where: `kind = 1 AND quality < 2 AND splitByChar(':', toString(point))[-1] NOT IN (${DRIVING_ROLES.map((name) => `'${name}'`).join(', ')})`,
    shardBy: 'point',
  },
]

export const tableNamed = (name: string): Table | undefined => TABLES.find((table) => table.name === name)
