import type { TimeRange } from '@gemba/contracts/time'
import { merge, subtract, totalMs } from '../time/ranges.ts'

/** A stop as somebody entered it: entries may overlap. A higher priority wins where two overlap. */
export interface StopEntry extends TimeRange {
  reason: string | null
  priority: number
}

/**
 * The stops without overlap: each instant belongs to the entry with the highest priority (of equals to the one that
 * began first, then to the one listed first). Sorted by start. Summing entries as they are makes availability
 * negative.
 */
export function mergeStops(entries: readonly StopEntry[]): StopEntry[] {
  const ranked = entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => b.entry.priority - a.entry.priority || a.entry.fromAt - b.entry.fromAt || a.index - b.index)
  let taken: TimeRange[] = []
  const pieces: StopEntry[] = []
  for (const { entry } of ranked) {
    for (const piece of subtract(merge([entry]), taken)) pieces.push({ ...entry, ...piece })
    taken = merge([...taken, entry])
  }
  return pieces.sort((a, b) => a.fromAt - b.fromAt)
}

/** Time of entered stops inside a range (ms): by reason ('' = none), together, and how much several entries claimed. */
export interface EnteredStops {
  stoppedMs: number
  byReason: Map<string, number>
  entries: number
  /** What a plain sum of the entries would count too much. */
  overlapMs: number
}

/**
 * Stops as they were entered by hand, cut to a range: each instant counts once, for the entry with the highest priority.
 * Source: domain reference 6.5, overlapping manual stop entries.
 */
export function enteredStops(entries: readonly StopEntry[], range: TimeRange): EnteredStops {
  const inside = entries
    .map((entry) => ({
      ...entry,
      fromAt: Math.max(entry.fromAt, range.fromAt),
      toAt: Math.min(entry.toAt, range.toAt),
    }))
    .filter(({ fromAt, toAt }) => toAt > fromAt)
  const byReason = new Map<string, number>()
  for (const { reason, fromAt, toAt } of mergeStops(inside))
    byReason.set(reason ?? '', (byReason.get(reason ?? '') ?? 0) + toAt - fromAt)
  const once = stoppedMs(inside)
  const claimed = inside.reduce((sum, { fromAt, toAt }) => sum + toAt - fromAt, 0)
  return { stoppedMs: once, byReason, entries: inside.length, overlapMs: claimed - once }
}

/** Length of time covered by at least one stop, ms. */
export function stoppedMs(stops: readonly TimeRange[]): number {
  return totalMs(merge(stops))
}
