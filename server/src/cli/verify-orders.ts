/** Compares orders with the ledger: which are open, and the progress of those, every operation, piece by piece. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import type { OrderProgress } from '@gemba/contracts/kpi'
import { type Ledger, readLedger } from './ledger.ts'
import type { PlatformClient } from './platform-client.ts'
import type { VerifyOptions, VerifyResult } from './verify.ts'

/** Reports younger than this may still be on their way from the MES. */
const SETTLE_MS = 30_000

interface Reported {
  good: number
  scrap: number
  rework: number
  lastAt: number
}

function reportsByOperation(ledger: Ledger): Map<string, Reported> {
  const sums = new Map<string, Reported>()
  for (const { order, operation, at, good, scrap, rework } of ledger.operations) {
    const key = `${order}/${operation}`
    const sum = sums.get(key) ?? { good: 0, scrap: 0, rework: 0, lastAt: 0 }
    sums.set(key, {
      good: sum.good + good,
      scrap: sum.scrap + scrap,
      rework: sum.rework + rework,
      lastAt: Math.max(sum.lastAt, at),
    })
  }
  return sums
}

function differencesOf(order: OrderProgress, reports: Map<string, Reported>, nowAt: number): string[] | null {
  const differences: string[] = []
  // The ledger was read a moment ago: the platform may know a report that it does not hold yet.
  if (order.lastReportAt !== null && nowAt - order.lastReportAt < SETTLE_MS) return null
  for (const operation of order.operations) {
    const truth = reports.get(`${order.order}/${operation.operation}`) ?? { good: 0, scrap: 0, rework: 0, lastAt: 0 }
    if (nowAt - truth.lastAt < SETTLE_MS) return null
    for (const name of ['good', 'scrap', 'rework'] as const) {
      if (operation[name] !== truth[name])
        differences.push(`operation ${operation.operation} ${name} ${operation[name]}, ledger ${truth[name]}`)
    }
  }
  return differences
}

/** Orders that should be open and are not, or are and should not: deleted ones, closed ones, opened again. */
function openDifferences(open: ReadonlySet<string>, { orders }: Ledger, nowAt: number): string[] {
  if (orders.size === 0) return []
  const isSettled = (at: number): boolean => nowAt - at > SETTLE_MS
  const missing = [...orders].filter(
    ([order, { releasedAt, deliveredAt }]) => isSettled(releasedAt) && deliveredAt === null && !open.has(order),
  )
  const closed = [...open].filter((order) => {
    const deliveredAt = orders.get(order)?.deliveredAt ?? null
    return deliveredAt !== null && isSettled(deliveredAt)
  })
  return [
    ...missing.map(([order]) => `${order} is not open, ledger open`),
    ...closed.map((order) => `${order} is open, ledger delivered`),
  ].slice(0, 8)
}

/** Orders that never were. The ledger is read again first: it may have been read before the youngest were released. */
async function unknownOrders(open: ReadonlySet<string>, ledger: Ledger, file: string): Promise<string[]> {
  if (ledger.orders.size === 0) return []
  const unknown = [...open].filter((order) => !ledger.orders.has(order))
  if (unknown.length === 0) return []
  const { orders } = await readLedger(file)
  return unknown.filter((order) => !orders.has(order)).map((order) => `${order} is open and not in the ledger`)
}

export async function verifyOrders(
  client: PlatformClient,
  catalog: CatalogDocument,
  ledger: Ledger,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const result = { passed: 0, failed: 0 }
  if (ledger.operations.length === 0) return result
  const reports = reportsByOperation(ledger)
  const open = new Set<string>()
  for (const site of catalog.sites) {
    const { orders } = await client.orders(site.id)
    for (const order of orders) {
      open.add(order.order)
      const differences = differencesOf(order, reports, options.nowAt)
      if (differences === null) continue
      if (differences.length === 0) result.passed += 1
      else {
        result.failed += 1
        options.print(`FAIL order ${order.order}: ${differences.join('; ')}`)
      }
    }
  }
  const unknown = await unknownOrders(open, ledger, options.ledger)
  for (const difference of [...openDifferences(open, ledger, options.nowAt), ...unknown]) {
    result.failed += 1
    options.print(`FAIL orders: ${difference}`)
  }
  options.print(`orders: ${result.passed} agree, ${result.failed} differ`)
  return result
}
