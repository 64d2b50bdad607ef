import { Injectable } from '@nestjs/common'
import type { ProductionOrder } from '@gemba/contracts/erp-record'
import { CodesService } from '../codes/codes.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

export interface OrderRow extends ProductionOrder {
  source: string
}

export interface OperationRow {
  order: string
  operation: string
  sequence: number
  name: string
  standardSeconds: number
  good: number
  scrap: number
  rework: number
  lastReportAt: number | null
}

export interface HourlyGood {
  workCenter: string
  hourAt: number
  good: number
}

export interface ComponentNeed {
  order: string
  component: string
  open: number
}

export interface OrderRows {
  orders: OrderRow[]
  operations: Map<string, OperationRow[]>
  hourly: HourlyGood[]
  needs: ComponentNeed[]
  stock: Map<string, number>
}

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const instant = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))

const ORDERS = `SELECT source, order_no, material, quantity, work_center, customer, priority, ${ms('released_at')} AS released_ms,
  ${ms('scheduled_start_at')} AS start_ms, ${ms('due_at')} AS due_ms, ${ms('delivered_at')} AS delivered_ms, delivered_quantity, status
  FROM production_order FINAL
  WHERE status != 'deleted' AND (delivered_at IS NULL OR delivered_at >= fromUnixTimestamp64Milli({sinceAt:Int64}) OR due_at >= fromUnixTimestamp64Milli({sinceAt:Int64}))`

const OPERATIONS = `SELECT o.order_no AS order_no, o.operation AS operation, o.sequence AS sequence, o.name AS name, o.standard_seconds AS standard_seconds,
  r.good AS good, r.scrap AS scrap, r.rework AS rework, r.last_ms AS last_ms, r.n AS n
  FROM (SELECT order_no, operation, sequence, name, standard_seconds FROM order_operation FINAL WHERE order_no IN {orders:Array(String)}) AS o
  LEFT JOIN (SELECT order_no, operation, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework, ${ms('max(reported_at)')} AS last_ms, count() AS n
    FROM job_report FINAL WHERE order_no IN {orders:Array(String)} GROUP BY order_no, operation) AS r
  ON o.order_no = r.order_no AND o.operation = r.operation ORDER BY order_no, sequence`

/** Good pieces of the first operations by hour: the pace of the machines. */
const HOURLY = `SELECT work_center, ${ms('toDateTime64(toStartOfHour(reported_at), 3)')} AS hour_ms, sum(good) AS pieces FROM job_report FINAL
  WHERE reported_at >= fromUnixTimestamp64Milli({sinceAt:Int64}) GROUP BY work_center, hour_ms`

/** Rows of orders, operations, reports, needs and stock as they are now. */
@Injectable()
export class OrderRowsReader {
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly codes: CodesService,
  ) {}

  /** A material as it is meant at an instant: its own code where nothing else is known. */
  private meant(source: unknown, code: unknown, at: number): string {
    const asked = { domain: 'material', source: String(source), code: String(code) } as const
    return this.codes.book.resolve(asked, at) ?? asked.code
  }

  async read(sinceAt: number, paceSinceAt: number): Promise<OrderRows> {
    const orders = (await this.warehouse.query<Record<string, unknown>>(ORDERS, { sinceAt })).map((row) => {
      const order = orderOf(row)
      return { ...order, material: this.meant(order.source, order.material, order.releasedAt ?? order.dueAt) }
    })
    const open = orders
      .filter((order) => order.deliveredAt === null && order.status !== 'closed' && order.status !== 'completed')
      .map((order) => order.order)
    const [operations, hourly, needs, stock] = await Promise.all([
      this.operations(open),
      this.hourly(paceSinceAt),
      this.needs(open),
      this.stock(),
    ])
    return { orders, operations, hourly, needs, stock }
  }

  private async operations(orders: string[]): Promise<Map<string, OperationRow[]>> {
    const byOrder = new Map<string, OperationRow[]>()
    if (orders.length === 0) return byOrder
    for (const row of await this.warehouse.query<Record<string, unknown>>(OPERATIONS, { orders })) {
      const operation = operationOf(row)
      const list = byOrder.get(operation.order)
      if (list) list.push(operation)
      else byOrder.set(operation.order, [operation])
    }
    return byOrder
  }

  private async hourly(sinceAt: number): Promise<HourlyGood[]> {
    const rows = await this.warehouse.query<Record<string, unknown>>(HOURLY, { sinceAt })
    return rows.map((row) => ({
      workCenter: String(row['work_center']),
      hourAt: Number(row['hour_ms']),
      good: Number(row['pieces']),
    }))
  }

  private async needs(orders: string[]): Promise<ComponentNeed[]> {
    if (orders.length === 0) return []
    const rows = await this.warehouse.query<Record<string, unknown>>(
      'SELECT source, order_no, component, sum(greatest(0, required - withdrawn)) AS open FROM reservation FINAL WHERE order_no IN {orders:Array(String)} GROUP BY source, order_no, component',
      { orders },
    )
    return rows.map((row) => ({
      order: String(row['order_no']),
      component: this.meant(row['source'], row['component'], Date.now()),
      open: Number(row['open']),
    }))
  }

  private async stock(): Promise<Map<string, number>> {
    const rows = await this.warehouse.query<Record<string, unknown>>(
      'SELECT source, component, sum(quantity) AS pieces FROM stock_level FINAL GROUP BY source, component',
    )
    const stock = new Map<string, number>()
    for (const row of rows) {
      const component = this.meant(row['source'], row['component'], Date.now())
      stock.set(component, (stock.get(component) ?? 0) + Number(row['pieces']))
    }
    return stock
  }
}

function orderOf(row: Record<string, unknown>): OrderRow {
  return {
    source: String(row['source']),
    order: String(row['order_no']),
    material: String(row['material']),
    quantity: Number(row['quantity']),
    workCenter: String(row['work_center']),
    customer: row['customer'] === null ? null : String(row['customer']),
    priority: Number(row['priority']),
    releasedAt: instant(row['released_ms']),
    scheduledStartAt: instant(row['start_ms']),
    dueAt: Number(row['due_ms']),
    deliveredAt: instant(row['delivered_ms']),
    deliveredQuantity: Number(row['delivered_quantity']),
    status: String(row['status']) as OrderRow['status'],
  }
}

function operationOf(row: Record<string, unknown>): OperationRow {
  return {
    order: String(row['order_no']),
    operation: String(row['operation']),
    sequence: Number(row['sequence']),
    name: String(row['name']),
    standardSeconds: Number(row['standard_seconds']),
    good: Number(row['good'] ?? 0),
    scrap: Number(row['scrap'] ?? 0),
    rework: Number(row['rework'] ?? 0),
    lastReportAt: Number(row['n'] ?? 0) > 0 ? Number(row['last_ms']) : null,
  }
}
