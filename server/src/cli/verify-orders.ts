/** Compares the progress of open orders with the reports in the ledger: every operation, piece by piece. */
import type { CatalogDocument } from '@gemba/contracts/catalog'
import type { OrderProgress } from '@gemba/contracts/kpi'
import type { Ledger } from './ledger.ts'
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

export async function verifyOrders(
  client: PlatformClient,
  catalog: CatalogDocument,
  ledger: Ledger,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const result = { passed: 0, failed: 0 }
  if (ledger.operations.length === 0) return result
  const reports = reportsByOperation(ledger)
  for (const site of catalog.sites) {
    const { orders } = await client.orders(site.id)
    for (const order of orders) {
      const differences = differencesOf(order, reports, options.nowAt)
      if (differences === null) continue
      if (differences.length === 0) result.passed += 1
      else {
        result.failed += 1
        options.print(`FAIL order ${order.order}: ${differences.join('; ')}`)
      }
    }
  }
  options.print(`orders: ${result.passed} agree, ${result.failed} differ`)
  return result
}
