/** Tables of stock, purchasing, sales and deliveries. Documents are replaced by version; movements are only ever added. */
import type { Column, ColumnKind, Table } from './table-model.ts'

const column = (kind: ColumnKind) => (name: string) => ({ name, kind }) satisfies Column
const optional = (kind: ColumnKind) => (name: string) => ({ name, kind, nullable: true }) as const satisfies Column
const [instant, date, text, word, number, whole, small] = [
  column('instant'),
  column('date'),
  column('text'),
  column('word'),
  column('number'),
  column('whole'),
  column('small'),
]
const [maybeDate, maybeText, maybeWord, maybeNumber, maybeWhole] = [
  optional('date'),
  optional('text'),
  optional('word'),
  optional('number'),
  optional('whole'),
]

const engine = { kind: 'replace', version: 'version_at', deleted: 'is_deleted' } as const
const end = [instant('version_at'), small('is_deleted')]
const units = [maybeWord('unit'), word('source_unit')]

const MASTER: readonly Table[] = [
  {
    name: 'material',
    columns: [
      word('source'),
      word('material'),
      text('name'),
      maybeText('name_zh'),
      word('kind'),
      word('procurement'),
      ...units,
      maybeNumber('unit_cost'),
      maybeWord('currency'),
      maybeNumber('daily_demand'),
      maybeNumber('daily_demand_deviation'),
      maybeNumber('lead_time_days'),
      maybeNumber('lead_time_deviation_days'),
      maybeNumber('service_level'),
      ...end,
    ],
    key: ['source', 'material'],
    engine,
    shardBy: 'material',
  },
  {
    name: 'bom_item',
    columns: [
      word('source'),
      word('material'),
      word('item'),
      word('component'),
      number('quantity_per'),
      ...units,
      ...end,
    ],
    key: ['source', 'material', 'item'],
    engine,
    shardBy: 'material',
  },
  {
    name: 'supplier',
    columns: [word('source'), word('supplier'), text('name'), ...end],
    key: ['source', 'supplier'],
    engine,
    shardBy: 'supplier',
  },
  {
    name: 'customer',
    columns: [
      word('source'),
      word('customer'),
      text('name'),
      maybeWhole('early_days'),
      maybeWhole('late_days'),
      ...end,
    ],
    key: ['source', 'customer'],
    engine,
    shardBy: 'customer',
  },
]

const STOCK: readonly Table[] = [
  {
    name: 'stock_movement',
    columns: [
      word('source'),
      word('material'),
      instant('posted_at'),
      text('movement_key'),
      text('document'),
      word('item'),
      word('kind'),
      word('source_kind'),
      number('quantity'),
      ...units,
      word('location'),
      word('status'),
      maybeText('lot'),
      maybeText('order_no'),
      maybeText('purchase_order'),
      maybeWord('purchase_line'),
      maybeText('reverses'),
      ...end,
    ],
    // A line never changes, so that its instant may be part of its key: a range of one material is read at once. Not cut
    // into months: stock is the sum since the beginning, and a month that went would take its stock along.
    key: ['source', 'material', 'posted_at', 'movement_key'],
    engine,
    shardBy: 'material',
  },
  {
    name: 'stock_balance',
    columns: [word('source'), word('material'), word('location'), word('status'), number('quantity'), ...units, ...end],
    key: ['source', 'material', 'location', 'status'],
    engine,
    shardBy: 'material',
  },
  {
    name: 'material_consumption',
    columns: [
      word('source'),
      text('consumption_key'),
      text('order_no'),
      word('material'),
      number('quantity'),
      ...units,
      instant('consumed_at'),
      ...end,
    ],
    key: ['source', 'consumption_key'],
    engine,
    shardBy: 'order_no',
  },
]

const PURCHASING: readonly Table[] = [
  {
    name: 'purchase_order_line',
    columns: [
      word('source'),
      text('purchase_order'),
      word('line'),
      word('supplier'),
      word('material'),
      number('quantity'),
      ...units,
      number('source_quantity'),
      instant('ordered_at'),
      date('first_promised_on'),
      small('cancelled'),
      ...end,
    ],
    key: ['source', 'purchase_order', 'line'],
    engine,
    shardBy: 'purchase_order',
  },
  {
    name: 'purchase_confirmation',
    columns: [
      word('source'),
      text('purchase_order'),
      word('line'),
      whole('sequence'),
      date('promised_on'),
      instant('confirmed_at'),
      ...end,
    ],
    key: ['source', 'purchase_order', 'line', 'sequence'],
    engine,
    shardBy: 'purchase_order',
  },
  {
    name: 'goods_receipt',
    columns: [
      word('source'),
      text('purchase_order'),
      word('line'),
      text('receipt_key'),
      word('kind'),
      number('quantity'),
      maybeText('lot'),
      instant('received_at'),
      ...end,
    ],
    key: ['source', 'purchase_order', 'line', 'receipt_key'],
    engine,
    shardBy: 'purchase_order',
  },
]

const SALES: readonly Table[] = [
  {
    name: 'sales_order_line',
    columns: [
      word('source'),
      text('sales_order'),
      word('line'),
      word('customer'),
      word('material'),
      number('quantity'),
      ...units,
      instant('ordered_at'),
      maybeDate('requested_on'),
      maybeDate('first_promised_on'),
      maybeDate('current_promised_on'),
      maybeDate('cancelled_on'),
      ...end,
    ],
    key: ['source', 'sales_order', 'line'],
    engine,
    shardBy: 'sales_order',
  },
  {
    name: 'delivery_line',
    columns: [
      word('source'),
      text('delivery'),
      word('line'),
      maybeText('sales_order'),
      maybeWord('sales_line'),
      word('customer'),
      word('material'),
      number('quantity'),
      ...units,
      instant('shipped_at'),
      ...end,
    ],
    key: ['source', 'delivery', 'line'],
    engine,
    shardBy: 'delivery',
  },
]

export const SUPPLY_TABLES: readonly Table[] = [...MASTER, ...STOCK, ...PURCHASING, ...SALES]
