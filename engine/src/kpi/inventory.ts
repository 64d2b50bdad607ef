import { daysBetween } from '../time/local-time.ts'
import { normalDensity, normalQuantile } from './normal.ts'
import { ratio, sumOf } from './ratio.ts'

const DAYS_PER_YEAR = 365
const WEEKS_PER_YEAR = 52

/** Turns = annual consumption value / average inventory value; days on hand 365/turns, weeks of supply 52/turns. */
export function inventoryTurns(annualConsumption: number, averageInventory: number) {
  const turns = ratio(annualConsumption, averageInventory)
  return { turns, daysOnHand: ratio(DAYS_PER_YEAR, turns), weeksOfSupply: ratio(WEEKS_PER_YEAR, turns) }
}

/** Economic order quantity √(2KD/h) and its yearly cost √(2KDh): fixed cost K per order, demand D and holding cost h per year. */
export function economicOrder(fixedCost: number, demandRate: number, holdingCost: number) {
  if (!(holdingCost > 0)) return { quantity: null, cost: null }
  return {
    quantity: Math.sqrt((2 * fixedCost * demandRate) / holdingCost),
    cost: Math.sqrt(2 * fixedCost * demandRate * holdingCost),
  }
}

/** Standard deviation of the demand over the lead time: √(L sd_d² + d² sd_L²), L in the unit of time of d. */
export function leadTimeDeviation(
  demand: { mean: number; sd: number },
  leadTime: { mean: number; sd: number },
): number {
  return Math.sqrt(leadTime.mean * demand.sd ** 2 + demand.mean ** 2 * leadTime.sd ** 2)
}

/** Newsvendor with normal demand: base stock m + sd·z with Φ(z) = p/(p + h), expected cost (h + p)·sd·φ(z). */
export function newsvendor(demand: { mean: number; sd: number }, holdingCost: number, stockoutCost: number) {
  const z = normalQuantile(stockoutCost / (stockoutCost + holdingCost))
  if (z === null) return { baseStock: null, cost: null }
  return {
    baseStock: demand.mean + demand.sd * z,
    cost: (holdingCost + stockoutCost) * demand.sd * normalDensity(z),
  }
}

/** A receipt (positive) or an issue (negative) on a date `YYYY-MM-DD`. */
export interface StockMove {
  date: string
  quantity: number
}

export interface StockLayer {
  date: string
  quantity: number
  ageDays: number
}

export interface StockAge {
  /** Remaining receipts, oldest first. */
  layers: StockLayer[]
  /** Stock on hand; negative stock stays negative and has no layer. */
  total: number
  /** Mean age by quantity; null without stock. */
  meanAgeDays: number | null
}

/**
 * Ageing by FIFO layers: issues consume the oldest receipts; receipts of a day come before its issues; moves after
 * `asOf` do not count. An issue beyond the stock is made good by the next receipt. Transfers keep their first date.
 */
export function stockAge(moves: readonly StockMove[], asOf: string): StockAge {
  const known = moves.filter((move) => move.date <= asOf)
  known.sort((a, b) => (a.date === b.date ? b.quantity - a.quantity : a.date < b.date ? -1 : 1))
  const layers: StockLayer[] = []
  let owed = 0
  for (const move of known) {
    if (move.quantity > 0) {
      const quantity = Math.max(0, move.quantity - owed)
      owed = Math.max(0, owed - move.quantity)
      if (quantity > 0) layers.push({ date: move.date, quantity, ageDays: daysBetween(move.date, asOf) })
    } else {
      owed += consume(layers, -move.quantity)
    }
  }
  const onHand = sumOf(layers, (layer) => layer.quantity)
  const weighted = sumOf(layers, (layer) => layer.quantity * layer.ageDays)
  return { layers, total: onHand - owed, meanAgeDays: ratio(weighted, onHand) }
}

/** Takes a quantity from the oldest layers and returns what was not there. */
function consume(layers: StockLayer[], wanted: number): number {
  let open = wanted
  while (open > 0 && layers.length > 0) {
    const oldest = layers[0]!
    const taken = Math.min(open, oldest.quantity)
    oldest.quantity -= taken
    open -= taken
    if (oldest.quantity <= 0) layers.shift()
  }
  return open
}

/** Quantity of the layers whose age lies in `[from, to]` days, both edges inclusive; `to` null = no upper edge. */
export function ageBucket(layers: readonly StockLayer[], from: number, to: number | null): number {
  return sumOf(layers, (layer) => (layer.ageDays >= from && (to === null || layer.ageDays <= to) ? layer.quantity : 0))
}

export interface ShortageDay {
  date: string
  demand: number
  receipt: number
}

export interface ShortageProjection {
  /** Projected balance at the end of each day. */
  path: number[]
  /** First day below zero, first day below the safety stock; null = none. */
  firstShortage: string | null
  firstBelowSafety: string | null
  minBalance: number | null
}

/** Balance_t = usable + receipts to t − demand to t. Usable stock excludes what is blocked, in inspection or reserved. */
export function shortageProjection(
  usable: number,
  days: readonly ShortageDay[],
  safetyStock: number,
): ShortageProjection {
  const projection: ShortageProjection = { path: [], firstShortage: null, firstBelowSafety: null, minBalance: null }
  let balance = usable
  for (const day of days) {
    balance += day.receipt - day.demand
    projection.path.push(balance)
    if (balance < 0) projection.firstShortage ??= day.date
    if (balance < safetyStock) projection.firstBelowSafety ??= day.date
    projection.minBalance = Math.min(projection.minBalance ?? balance, balance)
  }
  return projection
}
