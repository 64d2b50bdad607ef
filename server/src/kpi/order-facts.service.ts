import { Injectable } from '@nestjs/common'
import type { KpiQuery } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { FactScope } from '../datasets/data-gate.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { type JudgedOrder, orderFact } from './visible-orders.ts'

/** Sums of one operation of one order: until the end of a period, and inside it. */
export interface OperationFacts {
  operation: string
  standardSeconds: number
  goodUntil: number
  scrapUntil: number
  goodWithin: number
}

/** One order as a period sees it; instants ms. */
export interface OrderFacts {
  order: string
  unit: string
  material: string
  customer: string | null
  quantity: number
  releasedAt: number | null
  scheduledStartAt: number | null
  dueAt: number
  deliveredAt: number | null
  deliveredQuantity: number
  /** First report of any operation. */
  startedAt: number | null
  /** In the sequence of the routing. */
  operations: OperationFacts[]
}

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64})`

/** Orders of the work centres that were due, delivered or open in the period. */
const CONCERNED = `FROM production_order FINAL WHERE status != 'deleted' AND concat(source, '/', work_center) IN {centers:Array(String)}
  AND (released_at IS NULL OR released_at < ${at('toAt')})
  AND (delivered_at IS NULL OR delivered_at >= ${at('fromAt')} OR (due_at >= ${at('fromAt')} AND due_at < ${at('toAt')}))`

const ORDERS = `SELECT source, order_no, material, quantity, work_center, customer, priority, status, ${ms('released_at')} AS released_ms,
  ${ms('scheduled_start_at')} AS start_ms, ${ms('due_at')} AS due_ms, ${ms('delivered_at')} AS delivered_ms, delivered_quantity ${CONCERNED} ORDER BY order_no`

const OPERATIONS = `SELECT o.order_no AS order_no, o.operation AS operation, o.standard_seconds AS standard_seconds,
  r.good_until AS good_until, r.scrap_until AS scrap_until, r.good_within AS good_within, r.first_ms AS first_ms, r.n AS n
  FROM (SELECT order_no, operation, sequence, standard_seconds FROM order_operation FINAL WHERE order_no IN (SELECT order_no ${CONCERNED})) AS o
  LEFT JOIN (SELECT order_no, operation, sum(good) AS good_until, sum(scrap) AS scrap_until, sumIf(good, reported_at >= ${at('fromAt')}) AS good_within,
      ${ms('min(reported_at)')} AS first_ms, count() AS n
    FROM job_report FINAL WHERE reported_at < ${at('toAt')} AND order_no IN (SELECT order_no ${CONCERNED}) GROUP BY order_no, operation) AS r
  ON o.order_no = r.order_no AND o.operation = r.operation ORDER BY o.order_no, o.sequence`

const rightsOf = (row: Record<string, unknown>): JudgedOrder => ({
  order: String(row['order_no']),
  material: String(row['material']),
  customer: row['customer'] === null ? null : String(row['customer']),
  workCenter: String(row['work_center']),
  quantity: Number(row['quantity']),
  priority: Number(row['priority']),
  status: String(row['status']),
  source: String(row['source']),
})

function shownCustomer(customer: string | null, scope: FactScope): string | null {
  const shown = scope.shown('customer', customer)
  return shown === null ? null : String(shown)
}

const instant = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))

interface OperationRow {
  order_no: string
  operation: string
  standard_seconds: number
  good_until: number | null
  scrap_until: number | null
  good_within: number | null
  first_ms: string | null
  n: string | null
}

/** Orders and what was reported on them, as any period of the past or the running one sees them. */
@Injectable()
export class OrderFactsReader {
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly catalog: CatalogService,
  ) {}

  /** The same orders as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): OrderFactsReader {
    return new OrderFactsReader(this.warehouse.asKnown(knownAt), this.catalog)
  }

  /** The orders that a reader may see, with what is masked for that reader already masked. */
  async read(units: readonly string[], period: TimeRange, scope: FactScope): Promise<OrderFacts[]> {
    const params = this.parametersOf(units, period)
    const [orders, operations] = await Promise.all([
      this.warehouse.query<Record<string, unknown>>(ORDERS, params),
      this.warehouse.query<OperationRow>(OPERATIONS, params),
    ])
    const byOrder = Map.groupBy(operations, (row) => row.order_no)
    return orders.flatMap((row) => {
      const unit = this.catalog.snapshot.mapCode('work-center', String(row['source']), String(row['work_center']))
      if (unit === null || !scope.allows(orderFact(rightsOf(row), unit))) return []
      const facts = factsOf(row, unit, byOrder.get(String(row['order_no'])) ?? [])
      // Groups and filters by a masked column know only what is shown of it.
      return [scope.isPlain('customer') ? facts : { ...facts, customer: shownCustomer(facts.customer, scope) }]
    })
  }

  /** Statements that list the rows behind every figure of orders. */
  queries(units: readonly string[], period: TimeRange): KpiQuery[] {
    const { centers, fromAt, toAt } = this.parametersOf(units, period)
    const parameters = { centers, fromAt, toAt }
    return [
      { rows: 'orders', sql: `SELECT * ${CONCERNED} ORDER BY order_no`, parameters },
      {
        rows: 'job-reports',
        sql: `SELECT * FROM job_report FINAL WHERE reported_at < ${at('toAt')} AND order_no IN (SELECT order_no ${CONCERNED}) ORDER BY order_no, operation, reported_at`,
        parameters,
      },
    ]
  }

  private parametersOf(units: readonly string[], { fromAt, toAt }: TimeRange) {
    const wanted = new Set(units)
    const centers = this.catalog.snapshot.document.codeMappings
      .filter(({ domain, target }) => domain === 'work-center' && wanted.has(target))
      .map(({ source, code }) => `${source}/${code}`)
    return { centers, fromAt, toAt }
  }
}

function factsOf(row: Record<string, unknown>, unit: string, operations: readonly OperationRow[]): OrderFacts {
  const starts = operations.filter(({ n }) => Number(n ?? 0) > 0).map(({ first_ms }) => Number(first_ms))
  return {
    order: String(row['order_no']),
    unit,
    material: String(row['material']),
    customer: row['customer'] === null ? null : String(row['customer']),
    quantity: Number(row['quantity']),
    releasedAt: instant(row['released_ms']),
    scheduledStartAt: instant(row['start_ms']),
    dueAt: Number(row['due_ms']),
    deliveredAt: instant(row['delivered_ms']),
    deliveredQuantity: Number(row['delivered_quantity']),
    startedAt: starts.length === 0 ? null : Math.min(...starts),
    operations: operations.map((each) => ({
      operation: each.operation,
      standardSeconds: Number(each.standard_seconds),
      goodUntil: Number(each.good_until ?? 0),
      scrapUntil: Number(each.scrap_until ?? 0),
      goodWithin: Number(each.good_within ?? 0),
    })),
  }
}
