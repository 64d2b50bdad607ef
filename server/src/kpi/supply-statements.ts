/** The statements of figures of goods. Values enter by parameters only; every statement asks for sources that the data gate named. */
import type { KpiQuery } from '@gemba/contracts/kpi'
import { asMeant } from './supply-meanings.ts'
import type { SupplyQuestion } from './supply-question.ts'

export type SupplyParameters = KpiQuery['parameters']

const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64})`
const some = (column: string, name: string): string =>
  `(empty({${name}:Array(String)}) OR ${column} IN {${name}:Array(String)})`
/**
 * A sum of quantities in whole billionths of their unit: sums of floating numbers depend on the order in which the rows
 * lie, so the same rows would give another figure after a merge or a restart.
 */
const total = (quantity: string): string => `sum(toInt128(round((${quantity}) * 1e9))) / 1e9`
const totalIf = (quantity: string, condition: string): string =>
  `sumIf(toInt128(round((${quantity}) * 1e9)), ${condition}) / 1e9`
const ERP = 'source IN {erp:Array(String)}'
const MATERIALS = some('material', 'materials')

/** A masked customer is only known by what is shown of it: the statement does not narrow by it. */
export function parametersOf({ erp, mes, fromAt, asOfAt, only, scopes, meanings }: SupplyQuestion): SupplyParameters {
  const customers = scopes.shipment.isPlain('customer') ? only.customers : []
  return { erp, mes, fromAt, asOfAt, ...only, customers, ...meanings }
}

export const MATERIAL_ROWS = `SELECT material, any(name) AS label, any(name_zh) AS label_zh, any(unit) AS base_unit, any(unit_cost) AS cost, any(daily_demand) AS demand, any(daily_demand_deviation) AS demand_deviation,
  any(lead_time_days) AS lead_days, any(lead_time_deviation_days) AS lead_deviation, any(service_level) AS level
  FROM material FINAL WHERE ${ERP} AND ${MATERIALS} GROUP BY material ORDER BY material`

/** Stock by place of status as the movements say it, and as the ERP says it. */
export const STOCK_NOW = `SELECT material, any(base_unit) AS stock_unit, ${total('moved')} AS total, ${totalIf('moved', "state = 'unrestricted'")} AS usable, ${totalIf('moved', "state = 'inspection'")} AS inspected, ${totalIf('moved', "state = 'blocked'")} AS barred, sum(lines) AS line_count
  FROM (SELECT material, any(unit) AS base_unit, status AS state, ${total('quantity')} AS moved, count() AS lines FROM stock_movement FINAL
    WHERE ${ERP} AND ${MATERIALS} AND posted_at <= ${at('asOfAt')} GROUP BY material, status)
  GROUP BY material ORDER BY material`

export const ERP_BALANCES = `SELECT material, ${total('quantity')} AS kept FROM stock_balance FINAL WHERE ${ERP} AND ${MATERIALS} GROUP BY material ORDER BY material`

/** Net and used quantity between bounds (ms); bucket 0 lies before the first bound. */
export const STOCK_BY_DAY = `SELECT material, arrayCount(bound -> bound <= toUnixTimestamp64Milli(posted_at), {bounds:Array(Int64)}) AS bucket, ${total('quantity')} AS net,
  ${totalIf('-quantity', "kind IN ('production-issue', 'sales-issue')")} AS used
  FROM stock_movement FINAL WHERE ${ERP} AND ${MATERIALS} AND posted_at < ${at('untilAt')} GROUP BY material, bucket ORDER BY material, bucket`

export const FIRST_MOVEMENT = `SELECT toUnixTimestamp64Milli(min(posted_at)) AS first_ms, count() AS line_count FROM stock_movement FINAL WHERE ${ERP}`

/** Receipts and issues by local date; moves between places add up to zero and keep the age. */
export const STOCK_BY_DATE = `SELECT material, toString(toDate(posted_at, {zone:String})) AS day, ${totalIf('quantity', 'quantity > 0')} AS came, ${totalIf('quantity', 'quantity < 0')} AS went
  FROM stock_movement FINAL WHERE ${ERP} AND ${MATERIALS} AND posted_at <= ${at('asOfAt')} AND kind != 'transfer' GROUP BY material, day ORDER BY material, day`

const LAST_CONFIRMATIONS = `SELECT source, purchase_order, line, argMax(promised_on, (confirmed_at, sequence)) AS promised, min(confirmed_at) AS confirmed_first, count() AS n
  FROM purchase_confirmation FINAL WHERE ${ERP} AND confirmed_at <= ${at('asOfAt')} GROUP BY source, purchase_order, line`

/**
 * What came and when: goods that were taken back have never come. A line was received at the instant from which on as
 * much was there as is there in the end, first at the instant from which on there was something.
 */
const RECEIVED = `SELECT source, purchase_order, line, came, went_back, n, tupleElement(posts[arrayLastIndex(s -> s <= 1e-9, sums) + 1], 1) AS came_first, tupleElement(posts[arrayLastIndex(s -> s < came - 1e-9, sums) + 1], 1) AS came_last
  FROM (SELECT *, arrayCumSum(arrayMap(post -> tupleElement(post, 2), posts)) AS sums FROM (
    SELECT source, purchase_order, line, ${totalIf('quantity', "kind = 'receipt'")} AS came, ${totalIf('quantity', "kind = 'return'")} AS went_back, countIf(kind = 'receipt') AS n, arraySort(groupArrayIf((received_at, quantity), kind = 'receipt')) AS posts
    FROM goods_receipt FINAL WHERE ${ERP} AND received_at <= ${at('asOfAt')} GROUP BY source, purchase_order, line))`

/** The last decision of incoming inspection about each lot, by whichever system inspects. */
const INSPECTED = `SELECT lot, argMax(decision, decided_at) = 'rejected' AS refused, argMax(inspected - accepted, decided_at) AS bad FROM inspection_lot FINAL
  WHERE source IN arrayConcat({erp:Array(String)}, {mes:Array(String)}) AND kind = 'incoming' AND decision IS NOT NULL AND decided_at <= ${at('asOfAt')} GROUP BY lot`

/** What of the received was refused and went back, lot by lot. */
const REFUSED = `SELECT source, purchase_order, line, ${totalIf('got', 'refused')} AS refused_came, ${totalIf('back', 'refused')} AS refused_back, ${totalIf('back', "lot_code = ''")} AS unnamed_back, ${totalIf('bad', 'refused AND got > 0')} AS refused_bad
  FROM (SELECT source, purchase_order, line, ifNull(lot, '') AS lot_code, ${totalIf('quantity', "kind = 'receipt'")} AS got, ${totalIf('quantity', "kind = 'return'")} AS back
    FROM goods_receipt FINAL WHERE ${ERP} AND received_at <= ${at('asOfAt')} GROUP BY source, purchase_order, line, lot_code) AS g
  LEFT JOIN (${INSPECTED}) AS i ON g.lot_code = i.lot GROUP BY source, purchase_order, line`

/** Purchase lines as they were known: the last promise, what came, what went back. */
export const PURCHASES = `SELECT p.purchase_order AS purchase_order, p.line AS line, p.supplier AS supplier, p.material AS material, p.unit AS base_unit, p.quantity AS ordered, toUnixTimestamp64Milli(p.ordered_at) AS ordered_ms,
  toString(p.first_promised_on) AS first_promised, if(c.n > 0, toString(c.promised), NULL) AS promised, if(c.n > 0, toUnixTimestamp64Milli(c.confirmed_first), NULL) AS confirmed_ms,
  r.came AS came, r.went_back AS went_back, f.refused_came AS refused_came, f.refused_back + least(f.unnamed_back, f.refused_came - f.refused_back) AS refused_back, f.refused_bad AS refused_bad, if(r.n > 0 AND r.came > 0, toString(toDate(r.came_last, {zone:String})), NULL) AS came_on, if(r.n > 0 AND r.came > 0, toUnixTimestamp64Milli(r.came_first), NULL) AS came_ms
  FROM (SELECT * FROM purchase_order_line FINAL WHERE ${ERP} AND cancelled = 0 AND ordered_at <= ${at('asOfAt')} AND ${MATERIALS} AND ${some('supplier', 'suppliers')}) AS p
  LEFT JOIN (${LAST_CONFIRMATIONS}) AS c ON p.source = c.source AND p.purchase_order = c.purchase_order AND p.line = c.line
  LEFT JOIN (${RECEIVED}) AS r ON p.source = r.source AND p.purchase_order = r.purchase_order AND p.line = r.line
  LEFT JOIN (${REFUSED}) AS f ON p.source = f.source AND p.purchase_order = f.purchase_order AND p.line = f.line
  ORDER BY purchase_order, line`

/** Sales lines with their shipments by local date. */
export const SALES = `SELECT s.sales_order AS sales_order, s.line AS line, s.customer AS customer, s.material AS material, s.quantity AS ordered, toString(s.requested_on) AS requested, toString(s.first_promised_on) AS first_promised,
  toString(s.current_promised_on) AS current_promised, toString(s.cancelled_on) AS cancelled, d.days AS days, d.amounts AS amounts
  FROM (SELECT * FROM sales_order_line FINAL WHERE ${ERP} AND ordered_at <= ${at('asOfAt')} AND ${MATERIALS} AND ${some('customer', 'customers')}) AS s
  LEFT JOIN (SELECT source, sales_order, sales_line, groupArray(day) AS days, groupArray(amount) AS amounts FROM (
      SELECT source, assumeNotNull(sales_order) AS sales_order, assumeNotNull(sales_line) AS sales_line, toString(toDate(shipped_at, {zone:String})) AS day, ${total('quantity')} AS amount
      FROM delivery_line FINAL WHERE ${ERP} AND sales_order IS NOT NULL AND shipped_at <= ${at('asOfAt')} GROUP BY source, sales_order, sales_line, day)
    GROUP BY source, sales_order, sales_line) AS d
  ON s.source = d.source AND s.sales_order = d.sales_order AND s.line = d.sales_line
  ORDER BY sales_order, line`

export const CUSTOMER_WINDOWS = `SELECT customer, any(name) AS label, any(early_days) AS early, any(late_days) AS late FROM customer FINAL WHERE ${ERP} GROUP BY customer`
export const SUPPLIER_NAMES = `SELECT supplier, any(name) AS label FROM supplier FINAL WHERE ${ERP} GROUP BY supplier`

/** Components issued by the ERP and used by the MES, by order. */
export const CONSUMPTION = `SELECT order_no, material, any(base_unit) AS gap_unit, ${total('issued')} AS issued_sum, ${total('consumed')} AS consumed_sum FROM (
    SELECT assumeNotNull(order_no) AS order_no, material, any(unit) AS base_unit, ${total('-quantity')} AS issued, 0. AS consumed FROM stock_movement FINAL
      WHERE ${ERP} AND ${MATERIALS} AND kind = 'production-issue' AND order_no IS NOT NULL AND posted_at >= ${at('fromAt')} AND posted_at < ${at('asOfAt')} GROUP BY order_no, material
    UNION ALL
    SELECT order_no, material, any(unit) AS base_unit, 0. AS issued, ${total('quantity')} AS consumed FROM material_consumption FINAL
      WHERE source IN {mes:Array(String)} AND ${MATERIALS} AND consumed_at >= ${at('fromAt')} AND consumed_at < ${at('asOfAt')} GROUP BY order_no, material)
  GROUP BY order_no, material ORDER BY material, order_no`

export const OPEN_ORDERS = `SELECT source, order_no, material, customer, quantity, work_center, priority, toUnixTimestamp64Milli(due_at) AS due_ms, toUnixTimestamp64Milli(delivered_at) AS delivered_ms, delivered_quantity, status
  FROM production_order FINAL WHERE ${ERP} AND status != 'deleted' ORDER BY order_no`
export const NEEDS = `SELECT order_no, component, ${total('greatest(0, required - withdrawn)')} AS open FROM reservation FINAL WHERE ${ERP} GROUP BY order_no, component`

/** Statements that list the source rows behind a figure, by the name of the rows. */
const LISTS = {
  movements: `SELECT * FROM stock_movement FINAL WHERE ${ERP} AND ${MATERIALS} AND posted_at <= ${at('asOfAt')} ORDER BY material, posted_at, movement_key`,
  balances: `SELECT * FROM stock_balance FINAL WHERE ${ERP} AND ${MATERIALS} ORDER BY material, location, status`,
  materials: `SELECT * FROM material FINAL WHERE ${ERP} AND ${MATERIALS} ORDER BY material`,
  consumption: `SELECT * FROM material_consumption FINAL WHERE source IN {mes:Array(String)} AND ${MATERIALS} AND consumed_at >= ${at('fromAt')} AND consumed_at < ${at('asOfAt')} ORDER BY material, consumed_at`,
  orders: `SELECT * FROM production_order FINAL WHERE ${ERP} AND status != 'deleted' ORDER BY order_no`,
  reservations: `SELECT * FROM reservation FINAL WHERE ${ERP} ORDER BY order_no, item`,
  'purchase-lines': `SELECT * FROM purchase_order_line FINAL WHERE ${ERP} AND cancelled = 0 AND ordered_at <= ${at('asOfAt')} AND ${MATERIALS} AND ${some('supplier', 'suppliers')} ORDER BY purchase_order, line`,
  confirmations: `SELECT * FROM purchase_confirmation FINAL WHERE ${ERP} AND confirmed_at <= ${at('asOfAt')} ORDER BY purchase_order, line, sequence`,
  receipts: `SELECT * FROM goods_receipt FINAL WHERE ${ERP} AND received_at <= ${at('asOfAt')} ORDER BY purchase_order, line, receipt_key`,
  'inspection-lots': `SELECT * FROM inspection_lot FINAL WHERE source IN arrayConcat({erp:Array(String)}, {mes:Array(String)}) AND kind = 'incoming' AND decided_at <= ${at('asOfAt')} AND ${MATERIALS} ORDER BY lot, decided_at`,
  'sales-lines': `SELECT * FROM sales_order_line FINAL WHERE ${ERP} AND ordered_at <= ${at('asOfAt')} AND ${MATERIALS} AND ${some('customer', 'customers')} ORDER BY sales_order, line`,
  deliveries: `SELECT * FROM delivery_line FINAL WHERE ${ERP} AND shipped_at <= ${at('asOfAt')} AND ${MATERIALS} AND ${some('customer', 'customers')} ORDER BY delivery, line`,
  customers: `SELECT * FROM customer FINAL WHERE ${ERP} ORDER BY customer`,
} as const
export type ListedRows = keyof typeof LISTS

/** The list of one kind of rows with exactly the parameters it names. */
export function listOf(rows: ListedRows, parameters: SupplyParameters): KpiQuery {
  const sql = parameters['meant'] === undefined ? LISTS[rows] : asMeant(LISTS[rows])
  const used = Object.entries(parameters).filter(([name]) => sql.includes(`{${name}:`))
  return { rows, sql, parameters: Object.fromEntries(used) }
}
