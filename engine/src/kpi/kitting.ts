import type { PolicySettings } from '@gemba/contracts/metric'
import { ratio, reaches } from './ratio.ts'

/** An order that waits for its components. `due` compares as text or number within one list. */
export interface KitOrder {
  order: string
  /** Smaller is more urgent. */
  priority: number
  due: string | number
  /** Open quantity by component; each above zero counts as a line. */
  components: ReadonlyMap<string, number>
}

/**
 * What an order that cannot be kitted does with what there is: `reserve` keeps it and waits (nobody behind it may
 * take it), `skip` leaves it to the next order.
 */
export type KitPolicy = PolicySettings['kitting']

export interface KitResult {
  order: string
  kitted: boolean
  lines: number
  kittedLines: number
  /** First component (by name) that is short, and how much is missing. */
  shortage: { component: string; missing: number } | null
}

export interface Kitting {
  /** Kitted orders / orders; null without orders. */
  orderRate: number | null
  /** Lines that can be allocated / lines. */
  lineRate: number | null
  /** In the order of allocation: priority, then due, then order. */
  orders: KitResult[]
}

/**
 * Kitting rate (物料齐套率): orders whose every component is fully allocable / orders. Stock is allocated by priority,
 * then due date, each piece once. The policy changes the number: show which. Source: domain rule 3.6.
 */
export function kitting(orders: readonly KitOrder[], stock: ReadonlyMap<string, number>, policy: KitPolicy): Kitting {
  const free = new Map(stock)
  const sorted = [...orders].sort(
    (a, b) => a.priority - b.priority || compare(a.due, b.due) || compare(a.order, b.order),
  )
  const results = sorted.map((order) => allocate(order, free, policy))
  const kitted = results.filter((result) => result.kitted).length
  const lines = results.reduce((sum, result) => sum + result.lines, 0)
  const kittedLines = results.reduce((sum, result) => sum + result.kittedLines, 0)
  return { orderRate: ratio(kitted, results.length), lineRate: ratio(kittedLines, lines), orders: results }
}

function allocate(order: KitOrder, free: Map<string, number>, policy: KitPolicy): KitResult {
  const needs = [...order.components].filter(([, quantity]) => quantity > 0).sort((a, b) => compare(a[0], b[0]))
  let shortage: KitResult['shortage'] = null
  let kittedLines = 0
  for (const [component, quantity] of needs) {
    const available = Math.max(0, free.get(component) ?? 0)
    if (reaches(available, quantity)) kittedLines += 1
    else shortage ??= { component, missing: quantity - available }
  }
  const kitted = shortage === null
  if (kitted || policy === 'reserve') {
    for (const [component, quantity] of needs) {
      const available = Math.max(0, free.get(component) ?? 0)
      free.set(component, available - Math.min(available, quantity))
    }
  }
  return { order: order.order, kitted, lines: needs.length, kittedLines, shortage }
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** An expected receipt of a component. `date` compares as text or number within one list. */
export interface ExpectedReceipt {
  component: string
  date: string | number
  quantity: number
}

export interface KitOutlook {
  order: string
  component: string
  missing: number
  /** Date of the receipt that closes the gap; null when no expected receipt does. */
  expected: string | number | null
}

/**
 * When the first missing component of each order that is short is expected. Receipts go to the orders in the order of
 * allocation, each piece once: what an order before takes is not there for the next one. Source: domain rule 3.6.
 */
export function kittingOutlook(kitted: Kitting, receipts: readonly ExpectedReceipt[]): KitOutlook[] {
  const byComponent = Map.groupBy(receipts, (receipt) => receipt.component)
  const open = new Map(
    [...byComponent].map(([component, list]): [string, ExpectedReceipt[]] => [
      component,
      list.map((receipt) => ({ ...receipt })).sort((a, b) => compare(a.date, b.date)),
    ]),
  )
  return kitted.orders.flatMap(({ order, shortage }) => {
    if (shortage === null) return []
    const expected = take(open.get(shortage.component) ?? [], shortage.missing)
    return [{ order, component: shortage.component, missing: shortage.missing, expected }]
  })
}

/** Takes a quantity from receipts in order of date; the date of the last one needed, or null when they do not do. */
function take(receipts: ExpectedReceipt[], wanted: number): string | number | null {
  let missing = wanted
  for (const receipt of receipts) {
    const isEnough = reaches(receipt.quantity, missing)
    const taken = Math.min(receipt.quantity, missing)
    receipt.quantity -= taken
    missing -= taken
    if (isEnough) return receipt.date
  }
  return null
}
