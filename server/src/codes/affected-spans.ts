import type { TimeRange } from '@gemba/contracts/time'

/** Spans that lie nearer to each other than this are derived in one go. */
const JOINED_WITHIN_MS = 12 * 3_600_000

/** When a code came on a unit, and when another one followed (0 = none did). */
export interface CodeSpell {
  unit: string
  at: number
  nextAt: number
}

/**
 * The time whose figures a code can change. A reason belongs to a stop as a whole, so a spell reaches from the last
 * `executing` before it to the first one after it.
 *
 * @param runs instants of `executing` by unit, sorted
 */
export function affectedSpans(
  spells: readonly CodeSpell[],
  runs: ReadonlyMap<string, readonly number[]>,
  nowAt: number,
): ({ unit: string } & TimeRange)[] {
  const spans: ({ unit: string } & TimeRange)[] = []
  const lastOf = new Map<string, { unit: string } & TimeRange>()
  for (const { unit, at, nextAt } of spells.toSorted((a, b) => a.at - b.at)) {
    const executing = runs.get(unit) ?? []
    const until = nextAt === 0 ? nowAt : nextAt
    const fromAt = executing[firstAfter(executing, at) - 1] ?? at
    const toAt = executing[firstAfter(executing, until)] ?? nowAt
    const last = lastOf.get(unit)
    if (last && fromAt - last.toAt < JOINED_WITHIN_MS) {
      last.toAt = Math.max(last.toAt, toAt)
      continue
    }
    const span = { unit, fromAt, toAt: Math.max(toAt, fromAt + 1) }
    lastOf.set(unit, span)
    spans.push(span)
  }
  return spans
}

/** Index of the first instant after `at`. */
function firstAfter(sorted: readonly number[], at: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) > at) high = middle
    else low = middle + 1
  }
  return low
}
