import { addDays, daysBetween } from '../time/local-time.ts'
import { ratio, sumOf } from './ratio.ts'

/**
 * Days of cover: usable stock / forward demand per day. Looks forward, unlike days on hand. Null without demand.
 * Source: domain rule 3.6.
 */
export function daysOfCover(usable: number, dailyDemand: number): number | null {
  return ratio(usable, dailyDemand)
}

/** Stock of one material for the slow-mover report; quantities in its base unit. */
export interface StockPosition {
  material: string
  quantity: number
  /** Date of the last issue, `YYYY-MM-DD`; null = never. */
  lastIssue: string | null
  /** Date of the first receipt. */
  firstReceipt: string
  dailyDemand: number
}

export interface SlowStock {
  /** No issue for `days` days (counted from the first receipt when there never was one). */
  dead: string[]
  /** More than `days` days of demand on hand, and not dead. */
  slow: string[]
  /** Quantity above `days` days of demand, by material; only those above zero. */
  excess: Map<string, number>
}

/**
 * Slow and dead stock on a date: no issue in N days, and quantity above N days of demand. Stock of zero or less is
 * neither. Source: domain rule 3.6.
 */
export function slowStock(positions: readonly StockPosition[], asOf: string, days: number): SlowStock {
  const result: SlowStock = { dead: [], slow: [], excess: new Map() }
  for (const position of positions) {
    if (!(position.quantity > 0)) continue
    const excess = position.quantity - days * Math.max(0, position.dailyDemand)
    if (excess > 0) result.excess.set(position.material, excess)
    if (daysBetween(position.lastIssue ?? position.firstReceipt, asOf) >= days) result.dead.push(position.material)
    else if (excess > 0) result.slow.push(position.material)
  }
  return result
}

/** A lot with its last usable date `YYYY-MM-DD`; null = does not expire. */
export interface ExpiringLot {
  lot: string
  quantity: number
  expires: string | null
}

export interface ExpiryRisk {
  /** Quantity that will expire before demand uses it. */
  quantity: number
  byLot: Map<string, number>
}

/**
 * Expiry risk: lots are used first-expired-first-out at a constant demand per day from `asOf` on; what is left of a lot
 * after its last usable date (that day included in its use) is at risk, and so is a lot that has expired already.
 * Source: domain rule 3.6.
 */
export function expiryRisk(lots: readonly ExpiringLot[], dailyDemand: number, asOf: string): ExpiryRisk {
  const last = (lot: ExpiringLot): string => lot.expires ?? '9999-12-31'
  const sorted = lots
    .filter((lot) => lot.quantity > 0)
    .sort((a, b) => (last(a) < last(b) ? -1 : last(a) > last(b) ? 1 : a.lot < b.lot ? -1 : 1))
  const byLot = new Map<string, number>()
  let used = 0
  for (const lot of sorted) {
    if (lot.expires === null) break
    const usableDays = Math.max(0, daysBetween(asOf, addDays(lot.expires, 1)))
    const taken = Math.min(lot.quantity, Math.max(0, usableDays * Math.max(0, dailyDemand) - used))
    used += taken
    if (lot.quantity - taken > 0) byLot.set(lot.lot, lot.quantity - taken)
  }
  return { quantity: sumOf([...byLot.values()], (quantity) => quantity), byLot }
}

/**
 * Inventory accuracy: 1 − Σ|count − book| / Σ book, fraction; may be negative. Null when the books are empty.
 * Source: domain rule 3.6.
 */
export function inventoryAccuracy(counts: readonly { book: number; counted: number }[]): number | null {
  const gap = ratio(
    sumOf(counts, (each) => Math.abs(each.counted - each.book)),
    sumOf(counts, (each) => each.book),
  )
  return gap === null ? null : 1 - gap
}

/** Consumption of one material in one order as MES and ERP have it; base units. */
export interface ConsumptionPair {
  order: string
  material: string
  consumed: number
  issued: number
}

export interface ConsumptionGap extends ConsumptionPair {
  difference: number
  /** (MES consumed − ERP issued) / ERP issued; null when nothing was issued. */
  gap: number | null
}

/**
 * MES against ERP consumption: the pairs whose gap is beyond the tolerance (fraction, the noise of backflushing), largest
 * difference first. Consumption without any issue is always a finding. Source: domain rule 3.6.
 */
export function consumptionGaps(pairs: readonly ConsumptionPair[], tolerance: number): ConsumptionGap[] {
  return pairs
    .map((pair) => ({
      ...pair,
      difference: pair.consumed - pair.issued,
      gap: ratio(pair.consumed - pair.issued, pair.issued),
    }))
    .filter((pair) => (pair.gap === null ? pair.difference !== 0 : Math.abs(pair.gap) > tolerance))
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
}
