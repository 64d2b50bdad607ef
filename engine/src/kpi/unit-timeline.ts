import type { DrivingRole } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'

/** A reading of one unit that matters for equipment time. `at` is source time, ms. Qualities: 0 good, 1 uncertain, 2 bad. */
export interface UnitEvent {
  at: number
  role: DrivingRole
  value: string | number | null
  quality: 0 | 1 | 2
}

/** What the readings alone say about the unit, before the calendar: `unknown` is not observed, `idle` not executing. */
export type Condition = 'run' | 'setup' | 'maintenance' | 'idle' | 'unknown'

/** A stretch in which condition, reason, order and material stay the same. */
export interface Stretch extends TimeRange {
  condition: Condition
  reason: string | null
  order: string | null
  material: string | null
}

/** The readings of one role, one per instant, sorted by time. */
export interface RoleSeries {
  at: number[]
  value: (string | number | null)[]
  bad: boolean[]
}

export type SeriesByRole = Record<UnitEvent['role'], RoleSeries>

/**
 * Sorts the readings into one series per role. Of several readings of one role at the same instant the last in a
 * fixed order counts (bad before good, then by value), so that neither the order of arrival nor doubles matter. Of a
 * link that ends and begins a gap at one instant the gap counts: two gaps that touch are one.
 */
export function seriesByRole(events: readonly UnitEvent[]): SeriesByRole {
  const sorted = isSorted(events) ? events : [...events].sort((a, b) => a.at - b.at)
  const series: SeriesByRole = {
    state: emptySeries(),
    mode: emptySeries(),
    reason: emptySeries(),
    order: emptySeries(),
    material: emptySeries(),
    link: emptySeries(),
    total: emptySeries(),
    good: emptySeries(),
    scrap: emptySeries(),
    rework: emptySeries(),
    energy: emptySeries(),
  }
  for (const event of sorted) append(series[event.role], event)
  return series
}

function append(series: RoleSeries, event: UnitEvent): void {
  const bad = event.quality === 2
  const last = series.at.length - 1
  if (last >= 0 && series.at[last] === event.at) {
    const known = { bad: series.bad[last]!, value: series.value[last]! }
    const news = { bad, value: event.value }
    const isOlderRight = event.role === 'link' && bad === known.bad ? outranks(news, known) : outranks(known, news)
    if (isOlderRight) return
    series.value[last] = event.value
    series.bad[last] = bad
    return
  }
  series.at.push(event.at)
  series.value.push(event.value)
  series.bad.push(bad)
}

interface Reading {
  bad: boolean
  value: string | number | null
}

function outranks(a: Reading, b: Reading): boolean {
  if (a.bad !== b.bad) return b.bad
  if (typeof a.value === 'number' && typeof b.value === 'number') return a.value > b.value
  return (a.value === null ? '' : String(a.value)) > (b.value === null ? '' : String(b.value))
}

function emptySeries(): RoleSeries {
  return { at: [], value: [], bad: [] }
}

function isSorted(events: readonly UnitEvent[]): boolean {
  for (let i = 1; i < events.length; i += 1) if (events[i]!.at < events[i - 1]!.at) return false
  return true
}

/**
 * Walks along one series: `textAt` gives the last good value at or before an instant, null before the first one and
 * for a missing text. Instants must not decrease.
 */
export class SeriesCursor {
  private readonly series: RoleSeries
  private readonly holdBad: boolean
  private next = 0
  private current: string | number | null = null
  /** True once a reading was met. */
  seen = false
  bad = false

  /** `holdBad`: a bad reading leaves the value before it in force instead of setting `bad`. */
  constructor(series: RoleSeries, holdBad: boolean) {
    this.series = series
    this.holdBad = holdBad
  }

  /** Takes every reading at or before `at` into force. */
  moveTo(at: number): void {
    const { at: times, value, bad } = this.series
    while (this.next < times.length && times[this.next]! <= at) {
      const isBad = bad[this.next]!
      if (!(isBad && this.holdBad)) {
        this.current = value[this.next]!
        this.bad = isBad
        this.seen = true
      }
      this.next += 1
    }
  }

  /** Takes every reading strictly before `at` into force. */
  moveBefore(at: number): void {
    const { at: times } = this.series
    if (this.next < times.length && times[this.next]! < at) {
      let last = this.next
      while (last + 1 < times.length && times[last + 1]! < at) last += 1
      this.moveTo(times[last]!)
    }
  }

  get value(): string | number | null {
    return this.current
  }

  /** The value as text; null when it is missing or empty. */
  get text(): string | null {
    if (this.current === null) return null
    const text = String(this.current)
    return text === '' ? null : text
  }
}

/**
 * The conditions of the unit over `span`, without hole, adjacent equal ones joined. Readings before the span are in
 * force at its start. Beyond `knownUntilAt` everything is unknown.
 */
export function conditionStretches(series: SeriesByRole, span: TimeRange, knownUntilAt: number): Stretch[] {
  const state = new SeriesCursor(series.state, false)
  const mode = new SeriesCursor(series.mode, true)
  const reason = new SeriesCursor(series.reason, true)
  const order = new SeriesCursor(series.order, true)
  const material = new SeriesCursor(series.material, true)
  const link = new SeriesCursor(series.link, true)
  const cursors = [state, mode, reason, order, material, link]
  const stretches: Stretch[] = []
  const changes = changeInstants(series, span, knownUntilAt)
  for (let i = 0; i < changes.length; i += 1) {
    const fromAt = changes[i]!
    const toAt = i + 1 < changes.length ? changes[i + 1]! : span.toAt
    for (const cursor of cursors) cursor.moveTo(fromAt)
    const stretch: Stretch = {
      fromAt,
      toAt,
      condition: fromAt >= knownUntilAt || isDown(link) ? 'unknown' : conditionOf(state, mode),
      reason: reason.text,
      order: order.text,
      material: material.text,
    }
    const last = stretches.at(-1)
    if (last && sameStretch(last, stretch)) last.toAt = toAt
    else stretches.push(stretch)
  }
  return stretches
}

function changeInstants(series: SeriesByRole, span: TimeRange, knownUntilAt: number): number[] {
  const instants = [span.fromAt]
  for (const role of ['state', 'mode', 'reason', 'order', 'material', 'link'] as const) {
    for (const at of series[role].at) if (at > span.fromAt && at < span.toAt) instants.push(at)
  }
  if (knownUntilAt > span.fromAt && knownUntilAt < span.toAt) instants.push(knownUntilAt)
  instants.sort((a, b) => a - b)
  return instants.filter((at, i) => i === 0 || at !== instants[i - 1])
}

function isDown(link: SeriesCursor): boolean {
  return link.seen && (link.value === 0 || link.value === '0' || link.value === 'false')
}

function conditionOf(state: SeriesCursor, mode: SeriesCursor): Condition {
  if (!state.seen || state.bad) return 'unknown'
  if (state.value === 'executing') return 'run'
  if (state.value !== 'not-executing' && state.value !== 'out-of-service') return 'unknown'
  if (mode.value === 'setup') return 'setup'
  return mode.value === 'maintenance' ? 'maintenance' : 'idle'
}

function sameStretch(a: Stretch, b: Stretch): boolean {
  return a.condition === b.condition && a.reason === b.reason && a.order === b.order && a.material === b.material
}
