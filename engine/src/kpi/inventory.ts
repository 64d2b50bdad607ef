import { daysBetween } from '../time/local-time.ts'
import { ratio, remainder, sumOf } from './ratio.ts'

const DAYS_PER_YEAR = 365
const WEEKS_PER_YEAR = 52

/** Turns = annual consumption value / average inventory value; days on hand 365/turns, weeks of supply 52/turns. Source: Heizer/Render ch. 11. */
export function inventoryTurns(annualConsumption: number, averageInventory: number) {
  const turns = ratio(annualConsumption, averageInventory)
  return { turns, daysOnHand: ratio(DAYS_PER_YEAR, turns), weeksOfSupply: ratio(WEEKS_PER_YEAR, turns) }
}

/**
 * Average inventory from snapshots at the end of each day; null without snapshots. Days with negative value are left out
 * and counted, because they are booking errors, not stock. Source: domain rule 3.6.
 */
export function averageInventory(snapshots: readonly number[]): { average: number | null; negativeDays: number } {
  const usable = snapshots.filter((value) => value >= 0)
  const average = ratio(
    sumOf(usable, (value) => value),
    usable.length,
  )
  return { average, negativeDays: snapshots.length - usable.length }
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
 * Source: domain rule 3.6.
 */
export function stockAge(moves: readonly StockMove[], asOf: string): StockAge {
  const known = moves.filter((move) => move.date <= asOf)
  known.sort((a, b) => (a.date === b.date ? b.quantity - a.quantity : a.date < b.date ? -1 : 1))
  const queue: LayerQueue = { layers: [], oldest: 0 }
  let owed = 0
  for (const move of known) {
    if (move.quantity > 0) {
      const quantity = Math.max(0, remainder(move.quantity, owed))
      owed = Math.max(0, remainder(owed, move.quantity))
      if (quantity > 0) queue.layers.push({ date: move.date, quantity, ageDays: daysBetween(move.date, asOf) })
    } else {
      owed += consume(queue, -move.quantity)
    }
  }
  const layers = queue.layers.slice(queue.oldest)
  const onHand = sumOf(layers, (layer) => layer.quantity)
  const weighted = sumOf(layers, (layer) => layer.quantity * layer.ageDays)
  return { layers, total: onHand - owed, meanAgeDays: ratio(weighted, onHand) }
}

/** Layers in order of receipt; those before `oldest` are used up. */
interface LayerQueue {
  layers: StockLayer[]
  oldest: number
}

/** Takes a quantity from the oldest layers and returns what was not there. */
function consume(queue: LayerQueue, wanted: number): number {
  let open = wanted
  while (open > 0 && queue.oldest < queue.layers.length) {
    const layer = queue.layers[queue.oldest]!
    const taken = Math.min(open, layer.quantity)
    layer.quantity = remainder(layer.quantity, taken)
    open = remainder(open, taken)
    if (layer.quantity <= 0) queue.oldest += 1
  }
  return open
}

/**
 * Quantity of the layers whose age lies in `[from, to]` days, both edges inclusive; `to` null = no upper edge.
 * Source: domain rule 3.6.
 */
export function ageBucket(layers: readonly StockLayer[], from: number, to: number | null): number {
  return sumOf(layers, (layer) => (layer.ageDays >= from && (to === null || layer.ageDays <= to) ? layer.quantity : 0))
}

export interface ShortageDay {
  date: string
  demand: number
  receipt: number
}

export interface ShortageProjection {
  /** Projected balance at the end of each day, in order of date. */
  path: number[]
  /** First day below zero, first day below the safety stock; null = none. */
  firstShortage: string | null
  firstBelowSafety: string | null
  minBalance: number | null
}

/**
 * Balance_t = usable + receipts to t − demand to t, days in order of date. Usable stock excludes what is blocked, in
 * inspection or reserved. What is left of decimal quantities by rounding alone is zero. Source: domain rule 3.6; MRP
 * netting.
 */
export function shortageProjection(
  usable: number,
  days: readonly ShortageDay[],
  safetyStock: number,
): ShortageProjection {
  const projection: ShortageProjection = { path: [], firstShortage: null, firstBelowSafety: null, minBalance: null }
  const sorted = [...days].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
  let available = usable
  let demand = 0
  for (const day of sorted) {
    available += day.receipt
    demand += day.demand
    const balance = remainder(available, demand)
    projection.path.push(balance)
    if (balance < 0) projection.firstShortage ??= day.date
    if (remainder(balance, safetyStock) < 0) projection.firstBelowSafety ??= day.date
    projection.minBalance = Math.min(projection.minBalance ?? balance, balance)
  }
  return projection
}
