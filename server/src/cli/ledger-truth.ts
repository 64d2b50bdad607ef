/**
 * The truth of one window from the ledger, written apart from the platform's engine on purpose: two programs that share
 * no code must come to the same milliseconds and pieces.
 */
import type { LedgerUnit } from './ledger.ts'

export interface Span {
  fromAt: number
  toAt: number
}

export interface WindowTruth {
  plannedMs: number
  setupMs: number
  microStopMs: number
  /** Stops at or above the threshold. */
  downMs: number
  runMs: number
  total: number
  good: number
  scrap: number
  rework: number
  /** Whether a stop touches a stretch the platform does not know: then its class may differ, its sum may not. */
  stopNearGap: boolean
  /** Whether a stop is still open where the ledger ends. */
  openStop: boolean
}

interface Stop {
  spans: Span[]
  plannedMs: number
  open: boolean
}

const PAUSES = new Set(['PLANNED_STOP', 'UNSCHEDULED'])
const STOPS = new Set(['DOWN', 'MICRO_STOP', 'STARVED', 'BLOCKED', 'WAIT_OPERATOR'])

/** Length of `span` inside `window` that lies in none of `holes`. */
function clippedMs(span: Span, window: Span, holes: readonly Span[]): number {
  const fromAt = Math.max(span.fromAt, window.fromAt)
  const toAt = Math.min(span.toAt, window.toAt)
  if (toAt <= fromAt) return 0
  const hidden = holes.reduce(
    (sum, hole) => sum + Math.max(0, Math.min(hole.toAt, toAt) - Math.max(hole.fromAt, fromAt)),
    0,
  )
  return toAt - fromAt - hidden
}

/** All stops of a unit; breaks and unscheduled time interrupt a stop but do not end it. */
function stopsOf(unit: LedgerUnit, endAt: number): Stop[] {
  const stops: Stop[] = []
  let current: Stop | null = null
  unit.states.forEach((entry, index) => {
    const toAt = unit.states[index + 1]?.at ?? endAt
    if (STOPS.has(entry.state)) {
      current ??= { spans: [], plannedMs: 0, open: false }
      if (current.spans.length === 0) stops.push(current)
      current.spans.push({ fromAt: entry.at, toAt })
      current.plannedMs += toAt - entry.at
      current.open = index === unit.states.length - 1
    } else if (!PAUSES.has(entry.state)) current = null
    else if (current && index === unit.states.length - 1) current.open = true
  })
  return stops
}

export interface UnitTruth {
  unit: LedgerUnit
  stops: Stop[]
  endAt: number
  thresholdMs: number
}

export function prepareUnit(unit: LedgerUnit, endAt: number, thresholdMs: number): UnitTruth {
  return { unit, stops: stopsOf(unit, endAt), endAt, thresholdMs }
}

/** Index of the first entry with `at >= instant`. */
function lowerBound(entries: readonly { at: number }[], instant: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.at ?? Infinity) < instant) low = middle + 1
    else high = middle
  }
  return low
}

/** Pieces whose time lies in `[fromAt, toAt)`. */
export function countsIn(
  unit: LedgerUnit,
  window: Span,
): { total: number; good: number; scrap: number; rework: number } {
  const sum = { total: 0, good: 0, scrap: 0, rework: 0 }
  for (let index = lowerBound(unit.counts, window.fromAt); index < unit.counts.length; index += 1) {
    const entry = unit.counts[index]
    if (!entry || entry.at >= window.toAt) break
    sum.total += entry.total
    sum.good += entry.good
    sum.scrap += entry.scrap
    sum.rework += entry.rework
  }
  return sum
}

/** Truth of `window`, leaving out the stretches in `holes` (what the platform says it does not know). */
export function truthOf(truth: UnitTruth, window: Span, holes: readonly Span[]): WindowTruth {
  const { unit, endAt, thresholdMs } = truth
  const sums = { plannedMs: 0, setupMs: 0, runWithoutMicroMs: 0 }
  const first = Math.max(0, lowerBound(unit.states, window.fromAt) - 1)
  for (let index = first; index < unit.states.length; index += 1) {
    const entry = unit.states[index]
    if (!entry || entry.at >= window.toAt) break
    const ms = clippedMs({ fromAt: entry.at, toAt: unit.states[index + 1]?.at ?? endAt }, window, holes)
    if (PAUSES.has(entry.state)) continue
    sums.plannedMs += ms
    if (entry.state === 'SETUP') sums.setupMs += ms
    if (entry.state === 'RUN') sums.runWithoutMicroMs += ms
  }
  const stops = { microStopMs: 0, downMs: 0, stopNearGap: false, openStop: false }
  for (const stop of truth.stops) {
    const last = stop.spans.at(-1)
    if (!last || last.toAt <= window.fromAt || (stop.spans[0]?.fromAt ?? 0) >= window.toAt) continue
    const ms = stop.spans.reduce((sum, span) => sum + clippedMs(span, window, holes), 0)
    if (stop.plannedMs < thresholdMs) stops.microStopMs += ms
    else stops.downMs += ms
    const touches = holes.some((hole) => hole.toAt >= (stop.spans[0]?.fromAt ?? 0) && hole.fromAt <= last.toAt)
    stops.stopNearGap ||= touches
    stops.openStop ||= stop.open
  }
  const runMs = sums.runWithoutMicroMs + stops.microStopMs
  return { plannedMs: sums.plannedMs, setupMs: sums.setupMs, runMs, ...stops, ...countsIn(unit, window) }
}
