import { normalDensity, normalQuantile } from './normal.ts'
import { product } from './ratio.ts'

/** Mean and standard deviation; of demand per unit of time, or of a lead time in that unit. */
export interface Spread {
  mean: number
  sd: number
}

/**
 * Standard deviation of the demand over the lead time: √(L sd_d² + d² sd_L²), L in the unit of time of d. Null when the
 * lead time is below zero. Source: Stevenson, Operations Management, ch. 12; Heizer/Render ch. 12.
 */
export function leadTimeDeviation(demand: Spread, leadTime: Spread): number | null {
  if (!(leadTime.mean >= 0)) return null
  return Math.sqrt(leadTime.mean * demand.sd ** 2 + demand.mean ** 2 * leadTime.sd ** 2)
}

export interface ReorderPoint {
  /** Demand expected over the lead time, pieces. */
  leadTimeDemand: number
  /** Its standard deviation. */
  sigma: number | null
  /** z σ. */
  safetyStock: number | null
  /** d L + safety stock. */
  reorderPoint: number | null
}

/**
 * Safety stock z·σ and reorder point d·L + z·σ for a service level: the probability of no shortage in one replenishment
 * cycle, in (0, 1); outside of it null. Source: Stevenson ch. 12; Heizer/Render ch. 12.
 */
export function reorderPoint(demand: Spread, leadTime: Spread, serviceLevel: number): ReorderPoint {
  const sigma = leadTimeDeviation(demand, leadTime)
  const safetyStock = product(normalQuantile(serviceLevel), sigma)
  const leadTimeDemand = demand.mean * leadTime.mean
  return {
    leadTimeDemand,
    sigma,
    safetyStock,
    reorderPoint: safetyStock === null ? null : leadTimeDemand + safetyStock,
  }
}

/**
 * Economic order quantity √(2KD/h) and its yearly cost √(2KDh): fixed cost K per order, demand D and holding cost h per
 * year. Null when h is not above zero, or K or D is below zero. Source: Harris 1913; Snyder and Shen, ch. 3.
 */
export function economicOrder(fixedCost: number, demandRate: number, holdingCost: number) {
  if (!(holdingCost > 0) || !(fixedCost >= 0) || !(demandRate >= 0)) return { quantity: null, cost: null }
  return {
    quantity: Math.sqrt((2 * fixedCost * demandRate) / holdingCost),
    cost: Math.sqrt(2 * fixedCost * demandRate * holdingCost),
  }
}

/**
 * Newsvendor with normal demand: base stock m + sd·z with Φ(z) = p/(p + h), expected cost (h + p)·sd·φ(z). Null when a
 * cost is not above zero. Source: Snyder and Shen, ch. 4.
 */
export function newsvendor(demand: Spread, holdingCost: number, stockoutCost: number) {
  const z = normalQuantile(stockoutCost / (stockoutCost + holdingCost))
  if (z === null) return { baseStock: null, cost: null }
  return {
    baseStock: demand.mean + demand.sd * z,
    cost: (holdingCost + stockoutCost) * demand.sd * normalDensity(z),
  }
}

/** A projected balance at the end of a day. */
export interface ProjectedDay {
  date: string
  balance: number
}

export interface ReplenishmentHint {
  /** First day on which the projected balance is below the reorder point. */
  date: string
  balance: number
  /** Reorder point − balance. */
  missing: number
}

/**
 * A hint, never a purchase order: the first day inside the lead time on which the projected balance falls below the
 * reorder point; null when it does not. `days` in order of time, one per day, the first is today; `leadTimeDays` ≥
 * 0. Source: domain rule 3.6.
 */
export function replenishmentHint(
  days: readonly ProjectedDay[],
  reorderAt: number,
  leadTimeDays: number,
): ReplenishmentHint | null {
  const inside = days.slice(0, Math.floor(leadTimeDays) + 1)
  const first = inside.find((day) => day.balance < reorderAt)
  return first ? { date: first.date, balance: first.balance, missing: reorderAt - first.balance } : null
}
