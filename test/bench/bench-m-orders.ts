/** Orders around now: 2,000 open ones with operations and reports, and what a year has delivered. */
import type { ClickHouseClient } from '@clickhouse/client'
import { UNITS, workCenterOf } from './bench-m.ts'

export const OPEN_ORDERS = 2000
const DELIVERED_ORDERS = 12_000
const HOUR_MS = 3_600_000

const instant = (ms: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`
const WORK_CENTER = `arrayElement([${Array.from({ length: UNITS }, (_, unit) => `'${workCenterOf(unit)}'`).join(', ')}], toUInt32(number % ${UNITS}) + 1)`
const ORDER = `concat('PO', leftPad(toString(number), 6, '0'))`
/** Open orders come first; the n-th of a unit is due n × 3 hours from two days ago on, delivered ones lie before. */
const DUE = `{nowAt:Int64} + if(number < ${OPEN_ORDERS}, intDiv(number, ${UNITS}) * ${3 * HOUR_MS} - ${48 * HOUR_MS}, -intDiv((number - ${OPEN_ORDERS}) * ${364 * 24 * HOUR_MS}, ${DELIVERED_ORDERS}))`
const NUMBERS = `numbers(${OPEN_ORDERS + DELIVERED_ORDERS})`
const END = `now64(3, 'UTC'), 0`

const STATEMENTS = [
  ...['production_order', 'order_operation', 'job_report'].map((table) => `TRUNCATE TABLE ${table}`),
  `INSERT INTO production_order (source, order_no, material, quantity, work_center, customer, priority, released_at, scheduled_start_at, due_at, delivered_at, delivered_quantity, status, version_at, is_deleted)
   SELECT 'bench-push', ${ORDER}, concat('M', toString(number % 5)), 5000, ${WORK_CENTER}, concat('C', toString(number % 9)), 1 + number % 3,
     ${instant(`${DUE} - ${120 * HOUR_MS}`)}, ${instant(`${DUE} - ${8 * HOUR_MS}`)}, ${instant(DUE)},
     if(number < ${OPEN_ORDERS}, NULL, ${instant(`${DUE} + (number % 7 - 4) * ${HOUR_MS}`)}), if(number < ${OPEN_ORDERS}, 0, 5000),
     if(number < ${OPEN_ORDERS}, 'released', 'completed'), ${END} FROM ${NUMBERS}`,
  `INSERT INTO order_operation (source, order_no, operation, sequence, name, work_center, standard_seconds, version_at, is_deleted)
   SELECT 'bench-push', ${ORDER}, toString(step * 10), step * 10, concat('Step ', toString(step)), ${WORK_CENTER}, 2.5 + step, ${END}
   FROM ${NUMBERS} ARRAY JOIN [1, 2, 3] AS step`,
  // Every open order has reports, so that each of them is progress and a rate, not only a row.
  `INSERT INTO job_report (source, report_key, order_no, operation, work_center, reported_at, good, scrap, rework, version_at, is_deleted)
   SELECT 'bench-push', concat(${ORDER}, '-', toString(step), '-', toString(part)), ${ORDER}, toString(step * 10), ${WORK_CENTER},
     ${instant(`least({nowAt:Int64} - part * ${HOUR_MS} - (number % 60) * 60000, ${DUE} + ${24 * HOUR_MS})`)}, 300 - step * 10 + part, 2, 1, ${END}
   FROM ${NUMBERS} ARRAY JOIN [1, 2, 3] AS step ARRAY JOIN [1, 2, 3, 4] AS part`,
]

/** Replaces all orders; their dates are told from `nowAt`. */
export async function storeOrders(warehouse: ClickHouseClient, nowAt: number): Promise<void> {
  for (const query of STATEMENTS) await warehouse.command({ query, query_params: { nowAt } })
}
