/** Tables of quality and genealogy. Imported by `table-model.ts`; flows.md says what each means. */
import type { Column, ColumnKind, Table } from './table-model.ts'

const of =
  (kind: ColumnKind) =>
  (...names: readonly string[]): Column[] =>
    names.map((name) => ({ name, kind }))
const optional =
  (kind: ColumnKind) =>
  (...names: readonly string[]): Column[] =>
    names.map((name) => ({ name, kind, nullable: true }))
const [instants, texts, words, numbers, wholes] = [of('instant'), of('text'), of('word'), of('number'), of('whole')]

const engine = { kind: 'replace', version: 'version_at', deleted: 'is_deleted' } as const
const recordEnd: Column[] = [...instants('version_at'), { name: 'is_deleted', kind: 'small' }]

const record = (name: string, columns: Column[], key: readonly string[]): Table => ({
  name,
  columns: [...words('source'), ...columns, ...recordEnd],
  key,
  engine,
  shardBy: key[0] ?? 'source',
})

const EDGE_COLUMNS: Column[] = [
  ...texts('edge_key', 'input_lot', 'output_lot'),
  ...words('unit'),
  ...optional('number')('quantity'),
  ...optional('word')('quantity_unit'),
  ...optional('text')('order_no'),
  ...optional('word')('operation'),
  ...optional('instant')('consumed_at'),
  ...words('method', 'relation'),
]
/** A walk asks for some lots out of tens of millions: small granules, so that each costs a few hundred rows. */
const EDGE_GRANULARITY = 256
const EDGES: readonly Table[] = [
  // The same edge twice, sorted for each direction of a trace.
  record('genealogy_forward', EDGE_COLUMNS, ['input_lot', 'output_lot', 'source', 'edge_key']),
  record('genealogy_backward', EDGE_COLUMNS, ['output_lot', 'input_lot', 'source', 'edge_key']),
].map((table) => ({ ...table, granularity: EDGE_GRANULARITY }))

const LOTS: readonly Table[] = [
  record(
    'lot',
    [
      ...texts('lot'),
      ...words('material', 'stage', 'unit'),
      ...optional('text')('order_no'),
      ...optional('word')('supplier'),
      ...optional('text')('supplier_lot'),
      ...numbers('quantity'),
      ...words('quantity_unit'),
      ...instants('made_at'),
      ...words('status'),
    ],
    ['lot', 'source'],
  ),
  record(
    'lot_stock',
    [
      ...texts('lot', 'stock_key'),
      ...words('unit', 'location', 'status'),
      ...numbers('quantity'),
      ...words('quantity_unit'),
    ],
    // The row of the source is the identity: stock that is blocked is the same stock.
    ['lot', 'source', 'stock_key'],
  ),
  record(
    'lot_movement',
    [
      ...texts('lot', 'movement_key'),
      ...words('unit', 'kind', 'place'),
      ...numbers('quantity'),
      ...words('quantity_unit'),
      ...instants('moved_at'),
    ],
    ['lot', 'source', 'movement_key'],
  ),
  record(
    'serial_unit',
    [
      ...texts('serial'),
      ...words('material', 'unit', 'status'),
      ...optional('text')('order_no'),
      ...instants('built_at'),
    ],
    ['serial', 'source'],
  ),
]

const INSPECTIONS: readonly Table[] = [
  record(
    'test_result',
    [...texts('serial'), ...words('step', 'material', 'unit', 'result'), ...wholes('pass'), ...instants('tested_at')],
    ['step', 'tested_at', 'serial', 'pass', 'source'],
  ),
  record(
    'inspection_characteristic',
    [
      ...words('characteristic', 'version'),
      ...instants('effective_at'),
      ...texts('name_zh', 'name_en'),
      ...words('material', 'unit', 'chart', 'value_unit'),
      ...wholes('subgroup_size'),
      ...optional('number')('lsl', 'usl', 'target', 'center', 'sigma'),
      ...optional('instant')('baseline_from_at', 'baseline_to_at'),
    ],
    ['characteristic', 'version', 'source'],
  ),
  record(
    'inspection_result',
    [
      ...words('characteristic'),
      ...texts('subgroup'),
      ...wholes('sample'),
      ...words('unit'),
      ...instants('measured_at'),
      ...optional('number')('value'),
      ...numbers('size'),
      ...optional('whole')('cavity'),
      ...optional('text')('lot', 'order_no'),
    ],
    ['characteristic', 'subgroup', 'sample', 'source'],
  ),
  record(
    'inspection_lot',
    [
      ...texts('inspection_lot', 'lot'),
      ...words('material', 'kind', 'unit'),
      ...numbers('inspected', 'accepted'),
      ...optional('word')('decision'),
      ...optional('instant')('decided_at'),
      ...words('time_certainty'),
    ],
    ['inspection_lot', 'source'],
  ),
  record(
    'defect_record',
    [
      ...texts('defect_key'),
      ...words('defect', 'unit', 'material', 'disposition'),
      ...numbers('quantity'),
      ...optional('text')('lot', 'order_no'),
      ...instants('found_at'),
      ...words('time_certainty'),
    ],
    ['defect_key', 'source'],
  ),
  record(
    'nonconformance',
    [
      ...texts('nonconformance_no', 'lot'),
      ...words('unit'),
      ...texts('reason'),
      ...instants('opened_at'),
      ...optional('instant')('closed_at'),
    ],
    ['nonconformance_no', 'source'],
  ),
]

/** Stops as they were entered by hand: they may overlap. */
export const STOP_ENTRY_TABLES: readonly Table[] = [
  record(
    'stop_entry',
    [
      ...words('unit'),
      ...texts('entry_key'),
      ...instants('from_at', 'to_at'),
      ...optional('word')('reason'),
      ...wholes('priority'),
      ...words('time_certainty'),
    ],
    ['unit', 'entry_key', 'source'],
  ),
]

export const QUALITY_TABLES: readonly Table[] = [...EDGES, ...LOTS, ...INSPECTIONS]
