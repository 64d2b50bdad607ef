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

/** Length of time covered by at least one stop, ms. */
export function stoppedMs(stops: readonly TimeRange[]): number {
  return totalMs(merge(stops))
}
