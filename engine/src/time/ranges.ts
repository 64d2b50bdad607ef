import type { TimeRange } from '@gemba/contracts/time'

/**
 * Algebra of half-open ranges `[fromAt, toAt)` of instants (ms). Every function takes lists sorted by `fromAt`, as
 * `merge` returns them, and works in one pass. Ranges of length zero or less do not exist: they never come out.
 */
export type { TimeRange }

/** The ranges as sorted, non-overlapping, non-touching list. Takes any order and any overlap; O(n log n) when unsorted. */
export function merge(ranges: readonly TimeRange[]): TimeRange[] {
  const sorted = isSorted(ranges) ? ranges : [...ranges].sort((a, b) => a.fromAt - b.fromAt)
  const merged: TimeRange[] = []
  let last: TimeRange | undefined
  for (const { fromAt, toAt } of sorted) {
    if (fromAt >= toAt) continue
    if (last && fromAt <= last.toAt) {
      if (toAt > last.toAt) last.toAt = toAt
    } else {
      last = { fromAt, toAt }
      merged.push(last)
    }
  }
  return merged
}

/** What lies in both lists. Both sorted and without overlap. */
export function intersect(a: readonly TimeRange[], b: readonly TimeRange[]): TimeRange[] {
  const common: TimeRange[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const left = a[i]!
    const right = b[j]!
    const fromAt = Math.max(left.fromAt, right.fromAt)
    const toAt = Math.min(left.toAt, right.toAt)
    if (fromAt < toAt) common.push({ fromAt, toAt })
    if (left.toAt <= right.toAt) i += 1
    else j += 1
  }
  return common
}

/** What lies in `a` and not in `b`. Both sorted and without overlap. */
export function subtract(a: readonly TimeRange[], b: readonly TimeRange[]): TimeRange[] {
  const rest: TimeRange[] = []
  let j = 0
  for (const { fromAt, toAt } of a) {
    let cursor = fromAt
    while (j < b.length && b[j]!.toAt <= cursor) j += 1
    for (let k = j; k < b.length && b[k]!.fromAt < toAt; k += 1) {
      const hole = b[k]!
      if (hole.fromAt > cursor) rest.push({ fromAt: cursor, toAt: hole.fromAt })
      cursor = Math.max(cursor, hole.toAt)
    }
    if (cursor < toAt) rest.push({ fromAt: cursor, toAt })
  }
  return rest
}

/** The part of the ranges inside one range. Sorted input stays sorted. */
export function clip(ranges: readonly TimeRange[], range: TimeRange): TimeRange[] {
  const inside: TimeRange[] = []
  for (const each of ranges) {
    const fromAt = Math.max(each.fromAt, range.fromAt)
    const toAt = Math.min(each.toAt, range.toAt)
    if (fromAt < toAt) inside.push({ fromAt, toAt })
  }
  return inside
}

/** Sum of the lengths, ms. Overlaps count twice: `merge` first. */
export function totalMs(ranges: readonly TimeRange[]): number {
  let ms = 0
  for (const { fromAt, toAt } of ranges) if (toAt > fromAt) ms += toAt - fromAt
  return ms
}

/** How much of `[range.fromAt, range.toAt)` the ranges cover, ms, without building a list. */
export function coveredMs(ranges: readonly TimeRange[], range: TimeRange): number {
  let ms = 0
  for (const each of ranges) {
    const fromAt = Math.max(each.fromAt, range.fromAt)
    const toAt = Math.min(each.toAt, range.toAt)
    if (fromAt < toAt) ms += toAt - fromAt
  }
  return ms
}

function isSorted(ranges: readonly TimeRange[]): boolean {
  for (let i = 1; i < ranges.length; i += 1) if (ranges[i]!.fromAt < ranges[i - 1]!.fromAt) return false
  return true
}
