import type { OrderProgress } from '@gemba/contracts/kpi'
import { placeColumns } from '@gemba/engine/rights/facts'
import type { Kitting } from '@gemba/engine/kpi/kitting'
import type { FactScope } from '../datasets/data-gate.ts'
import type { UnitQueue } from './order-queues.ts'
import type { OrderRow } from './order-rows.service.ts'

/** What rules may ask of an order beside its place. */
export type JudgedOrder = Pick<
  OrderRow,
  'order' | 'material' | 'customer' | 'workCenter' | 'quantity' | 'priority' | 'source'
> & { status: string }

/** An order as rules speak of it. */
export const orderFact = (order: JudgedOrder, unit: string | null) => ({
  order: order.order,
  material: order.material,
  customer: order.customer,
  workCenter: order.workCenter,
  quantity: order.quantity,
  priority: order.priority,
  status: order.status,
  source: order.source,
  unit,
  ...(unit === null ? { site: null, area: null, line: null } : placeColumns(unit)),
})

/** What a reader sees of queues that were forecast with every order: the forecast stays true, the others stay out. */
export function visibleQueues(
  queues: readonly UnitQueue[],
  visible: ReadonlySet<string>,
  scope: FactScope,
): UnitQueue[] {
  return queues
    .map((queue) => {
      const orders = queue.orders.filter(({ order }) => visible.has(order)).map((order) => shownOrder(order, scope))
      // The sum of a queue would tell of the orders that are hidden in it.
      return { ...queue, orders, queuedMs: orders.length === queue.orders.length ? queue.queuedMs : null }
    })
    .filter(({ orders }) => orders.length > 0)
}

const shownOrder = (order: OrderProgress, scope: FactScope): OrderProgress =>
  scope.isPlain('customer') ? order : { ...order, customer: textOrNull(scope.shown('customer', order.customer)) }

const textOrNull = (value: string | number | null): string | null => (value === null ? null : String(value))

/** Kitting of the visible orders; stock is allocated among all of them. */
export function visibleKitting(kitting: Kitting, visible: ReadonlySet<string>): Kitting {
  const orders = kitting.orders.filter(({ order }) => visible.has(order))
  if (orders.length === kitting.orders.length) return kitting
  const sum = (of: (each: Kitting['orders'][number]) => number) => orders.reduce((total, each) => total + of(each), 0)
  const lines = sum((each) => each.lines)
  return {
    orderRate: orders.length === 0 ? null : sum((each) => Number(each.kitted)) / orders.length,
    lineRate: lines === 0 ? null : sum((each) => each.kittedLines) / lines,
    orders,
  }
}

/** Why figures of a place may count fewer than all orders: codes of rules, `scope` for another limit; null = all count. */
export function limitsOf(scope: FactScope, place: string): string[] | null {
  if (scope.isWholeAt(place)) return null
  return scope.rules.length > 0 ? [...scope.rules] : ['scope']
}
