import type { DrivingRole, ReasonDefinition } from '@gemba/contracts/catalog'
import type { EquipmentState, EquipmentTimeParts, StateInterval, StopPart } from '@gemba/contracts/kpi'
import type { PolicySettings } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'
import { plannedSegments, type ShiftInstance } from '../time/calendar.ts'
import { clip, merge, subtract } from '../time/ranges.ts'
import { type EnergyUse, type MeterReading, energyUse } from './energy.ts'
import { emptyParts } from './oee.ts'
import { countPieces, type CountBucket, type CoveredPieces, type UnitCounts } from './unit-counts.ts'
import { conditionStretches, type RoleSeries, seriesByRole, type Stretch, type UnitEvent } from './unit-timeline.ts'

export type { CountBucket } from './unit-counts.ts'
export type { UnitEvent } from './unit-timeline.ts'

export interface UnitWindowInput {
  window: TimeRange
  /**
   * Readings of the unit in any order, doubles allowed. For each role the last reading before `window.fromAt` belongs
   * to them when one exists (for counters the last good one), and readings after `window.toAt` up to the next
   * `executing` or `setup`, because they decide how long a stop lasted. A stop that began before the window is judged
   * by the history given: with everything since the last `executing` its length is exact.
   */
  events: readonly UnitEvent[]
  /** All instances that overlap the window widened by two days on both sides. */
  shifts: readonly ShiftInstance[]
  /** Beyond this instant the state of the unit is unknown, ms. */
  knownUntilAt: number
  /** Nothing reaches beyond `min(window.toAt, nowAt)`, ms. */
  nowAt: number
  /** Stops that cover less planned time are micro-stops, ms. */
  microStopThresholdMs: number
  /** Ideal cycle per piece in ms; null when no rate exists (the pieces then carry no ideal time). */
  idealMsPerPiece: (material: string | null) => number | null
  reasonCategory: (reason: string | null) => ReasonDefinition['category'] | null
  /** Site policies in force; default: the recommended ones (maintenance outside planned time, waiting a loss). */
  policies?: Partial<Pick<PolicySettings, 'plannedMaintenance' | 'waiting'>>
  /** Exclusive maximum of counters that roll over. */
  rollover?: Partial<Record<Extract<DrivingRole, 'total' | 'good' | 'scrap' | 'rework' | 'energy'>, number>>
  /** Counters whose decrease takes pieces back instead of being a reset. */
  corrected?: readonly Extract<DrivingRole, 'total' | 'good' | 'scrap' | 'rework'>[]
}

export interface UnitWindow {
  /** Non-overlapping, without hole, over `[window.fromAt, min(window.toAt, nowAt))`. */
  intervals: StateInterval[]
  counts: CountBucket[]
  /** Planned time lost by state and reason, longest first; counts are starts inside the window. */
  stops: StopPart[]
  parts: EquipmentTimeParts
  /** Energy by minute and state; empty without a meter. */
  energy: EnergyUse[]
}

/** A stop or a setup as a whole, also where it reaches beyond the window. */
interface Episode {
  kind: 'stop' | 'setup'
  /** Planned and observed time it covers so far, ms. */
  plannedMs: number
  /** First planned instant; null while it lies in breaks or unscheduled time only. */
  startAt: number | null
  /** Last non-empty reason in force during it. */
  reason: string | null
  state: EquipmentState
}

interface Atom extends Stretch {
  calendar: 'planned' | 'break' | 'off'
  episode: Episode | null
}

/**
 * Turns the readings of one work unit, the calendar and the rates into intervals, counts and additive parts for one
 * window. The only place where equipment time is made: state × mode × calendar × order.
 *
 * - Outside shifts `UNSCHEDULED`, in breaks `PLANNED_STOP`. Inside planned time: `executing` is `RUN`; not executing
 *   with mode `setup` is `SETUP`, with mode `maintenance` `PLANNED_STOP`, else a stop; `not-available`, bad quality,
 *   `link` = 0, before the first state and beyond `knownUntilAt` is `NO_DATA`.
 * - A stop is one maximal stretch without `executing` and `setup`. Breaks, unscheduled time, maintenance and missing
 *   data interrupt it but do not end it. Planned time below the threshold makes it `MICRO_STOP` (performance); else
 *   the category of its reason decides: `STARVED`, `BLOCKED`, `WAIT_OPERATOR`, `SETUP` (changeover), otherwise `DOWN`.
 *   A stop with a reason of category `planned` is `PLANNED_STOP` whatever its length, so that the threshold never
 *   moves planned time. A stop that is still open is judged by its length so far.
 * - Policies: with `plannedMaintenance: availability-loss` maintenance and planned stops are `DOWN` (never a failure);
 *   with `waiting: outside-planned-time` starved and blocked stops are `PLANNED_STOP` whatever their length.
 * - A stop counts in the window in which its planned time starts. `failures` are `DOWN` stops with category
 *   `failure` or none.
 *
 * Times are exact to the millisecond, counts exact. The order of the readings and doubles change nothing; windows
 * split anywhere add up when each gets the same history. Source: ISO 22400-2 time elements (PBT, APT, ADET, AUST);
 * near-linear in the number of readings.
 */
export function deriveUnitWindow(input: UnitWindowInput): UnitWindow {
  const { window } = input
  const endAt = Math.min(window.toAt, input.nowAt)
  if (endAt <= window.fromAt) return { intervals: [], counts: [], stops: [], parts: emptyParts(), energy: [] }
  const range = { fromAt: window.fromAt, toAt: endAt }
  const series = seriesByRole(input.events)
  const span = judgedSpan(input, range)
  const atoms = calendarAtoms(conditionStretches(series, span, input.knownUntilAt), calendarPieces(input.shifts, span))
  const episodes = findEpisodes(atoms)
  for (const episode of episodes) episode.state = episodeState(episode, input)
  const counts = countPieces({
    series,
    range,
    noData: merge(atoms.filter((atom) => atom.calendar === 'planned' && atom.condition === 'unknown')),
    firstStateAt: series.state.at[0] ?? Infinity,
    rollover: input.rollover ?? {},
    corrected: input.corrected ?? [],
  })
  const intervals = windowIntervals(atoms, range, input)
  const starts = episodes.filter(
    (each) => each.startAt !== null && each.startAt >= range.fromAt && each.startAt < endAt,
  )
  return {
    intervals,
    counts: counts.buckets,
    stops: stopParts(intervals, starts),
    parts: sumParts(input, { intervals, starts, counts }),
    energy: energyUse(meterReadings(series.energy), intervals, { range, rolloverAt: input.rollover?.energy }),
  }
}

const meterReadings = ({ at, value, bad }: RoleSeries): MeterReading[] =>
  at.map((each, index) => {
    const kwh = value[index]
    return { at: each, kwh: !bad[index] && typeof kwh === 'number' ? kwh : null }
  })

/** The time over which stops are followed: the shifts given and the window, never beyond now. */
function judgedSpan(input: UnitWindowInput, range: TimeRange): TimeRange {
  let { fromAt, toAt } = range
  for (const shift of input.shifts) {
    fromAt = Math.min(fromAt, shift.fromAt)
    toAt = Math.max(toAt, shift.toAt)
  }
  return { fromAt, toAt: Math.max(range.toAt, Math.min(toAt, input.nowAt)) }
}

interface CalendarPiece extends TimeRange {
  calendar: Atom['calendar']
}

function calendarPieces(shifts: readonly ShiftInstance[], span: TimeRange): CalendarPiece[] {
  const planned = clip(plannedSegments(shifts), span)
  const covered = clip(merge(shifts), span)
  const label = (ranges: TimeRange[], calendar: Atom['calendar']): CalendarPiece[] =>
    ranges.map(({ fromAt, toAt }) => ({ fromAt, toAt, calendar }))
  return [
    ...label(planned, 'planned'),
    ...label(subtract(covered, planned), 'break'),
    ...label(subtract([span], covered), 'off'),
  ].sort((a, b) => a.fromAt - b.fromAt)
}

/** Cuts two tilings of the same span by each other. */
function calendarAtoms(stretches: readonly Stretch[], pieces: readonly CalendarPiece[]): Atom[] {
  const atoms: Atom[] = []
  let i = 0
  let j = 0
  while (i < stretches.length && j < pieces.length) {
    const stretch = stretches[i]!
    const piece = pieces[j]!
    const fromAt = Math.max(stretch.fromAt, piece.fromAt)
    const toAt = Math.min(stretch.toAt, piece.toAt)
    if (fromAt < toAt) atoms.push({ ...stretch, fromAt, toAt, calendar: piece.calendar, episode: null })
    if (stretch.toAt <= piece.toAt) i += 1
    if (piece.toAt <= stretch.toAt) j += 1
  }
  return atoms
}

/** Gives every atom of a stop or setup its episode and returns the episodes. */
function findEpisodes(atoms: readonly Atom[]): Episode[] {
  const episodes: Episode[] = []
  let current = null as Episode | null
  for (const atom of atoms) {
    if (atom.condition === 'unknown') continue
    if (atom.condition === 'run') {
      current = null
      continue
    }
    const kind = atom.condition === 'setup' ? 'setup' : 'stop'
    if (current?.kind !== kind) {
      current = { kind, plannedMs: 0, startAt: null, reason: null, state: 'DOWN' }
      episodes.push(current)
    }
    if (atom.condition === 'maintenance') continue
    atom.episode = current
    current.reason = atom.reason ?? current.reason
    if (atom.calendar === 'planned') {
      current.plannedMs += atom.toAt - atom.fromAt
      current.startAt ??= atom.fromAt
    }
  }
  return episodes
}

function episodeState(episode: Episode, input: UnitWindowInput): EquipmentState {
  if (episode.kind === 'setup') return 'SETUP'
  const category = input.reasonCategory(episode.reason)
  if (isOutsidePlanned(category, input)) return 'PLANNED_STOP'
  if (episode.plannedMs < input.microStopThresholdMs) return 'MICRO_STOP'
  switch (category) {
    case 'starved':
      return 'STARVED'
    case 'blocked':
      return 'BLOCKED'
    case 'operator':
      return 'WAIT_OPERATOR'
    case 'changeover':
      return 'SETUP'
    default:
      return 'DOWN'
  }
}

function isOutsidePlanned(category: ReasonDefinition['category'] | null, { policies }: UnitWindowInput): boolean {
  if (category === 'planned') return policies?.plannedMaintenance !== 'availability-loss'
  const isWaiting = category === 'starved' || category === 'blocked'
  return isWaiting && policies?.waiting === 'outside-planned-time'
}

function atomState(atom: Atom, { policies }: UnitWindowInput): EquipmentState {
  if (atom.calendar === 'off') return 'UNSCHEDULED'
  if (atom.calendar === 'break') return 'PLANNED_STOP'
  if (atom.condition === 'unknown') return 'NO_DATA'
  if (atom.condition === 'run') return 'RUN'
  if (atom.episode) return atom.episode.state
  return policies?.plannedMaintenance === 'availability-loss' ? 'DOWN' : 'PLANNED_STOP'
}

function windowIntervals(atoms: readonly Atom[], range: TimeRange, input: UnitWindowInput): StateInterval[] {
  const intervals: StateInterval[] = []
  for (const atom of atoms) {
    if (atom.toAt <= range.fromAt) continue
    const interval = intervalOf(atom, range.fromAt, input)
    const last = intervals.at(-1)
    const continues = last !== undefined && sameInterval(last, interval)
    if (atom.fromAt >= range.toAt && !continues) break
    if (continues) last.toAt = interval.toAt
    else intervals.push(interval)
    if (atom.fromAt >= range.toAt) break
  }
  const last = intervals.at(-1)
  if (last && (last.toAt > range.toAt || range.toAt === input.nowAt)) last.open = true
  if (last) last.toAt = range.toAt
  return intervals
}

function intervalOf(atom: Atom, notBeforeAt: number, input: UnitWindowInput): StateInterval {
  const state = atomState(atom, input)
  const known = state !== 'UNSCHEDULED' && state !== 'NO_DATA'
  const reason = atom.episode ? atom.episode.reason : atom.condition === 'maintenance' ? atom.reason : null
  return {
    fromAt: Math.max(atom.fromAt, notBeforeAt),
    toAt: atom.toAt,
    state,
    reason: known && atom.calendar === 'planned' ? reason : null,
    order: known ? atom.order : null,
    material: known ? atom.material : null,
  }
}

function sameInterval(a: StateInterval, b: StateInterval): boolean {
  return a.state === b.state && a.reason === b.reason && a.order === b.order && a.material === b.material
}

const LOSS_STATES: readonly EquipmentState[] = ['SETUP', 'DOWN', 'MICRO_STOP', 'STARVED', 'BLOCKED', 'WAIT_OPERATOR']

function stopParts(intervals: readonly StateInterval[], starts: readonly Episode[]): StopPart[] {
  const parts = new Map<string, StopPart>()
  const partOf = (state: EquipmentState, reason: string | null): StopPart => {
    const key = JSON.stringify([state, reason])
    const part = parts.get(key) ?? { reason, state, ms: 0, count: 0 }
    parts.set(key, part)
    return part
  }
  for (const each of intervals) {
    if (LOSS_STATES.includes(each.state)) partOf(each.state, each.reason).ms += each.toAt - each.fromAt
  }
  for (const { state, reason } of starts) if (LOSS_STATES.includes(state)) partOf(state, reason).count += 1
  return [...parts.values()].sort(
    (a, b) =>
      b.ms - a.ms || (a.state < b.state ? -1 : a.state > b.state ? 1 : (a.reason ?? '') < (b.reason ?? '') ? -1 : 1),
  )
}

function sumParts(
  input: UnitWindowInput,
  { intervals, starts, counts }: { intervals: StateInterval[]; starts: Episode[]; counts: UnitCounts },
): EquipmentTimeParts {
  const parts = emptyParts()
  for (const { state, fromAt, toAt } of intervals) {
    const ms = toAt - fromAt
    parts.allMs += ms
    if (state === 'UNSCHEDULED') parts.unscheduledMs += ms
    else if (state === 'PLANNED_STOP') parts.plannedStopMs += ms
    else if (state === 'NO_DATA') parts.noDataMs += ms
    else if (state === 'SETUP') parts.setupMs += ms
    else if (state === 'MICRO_STOP') parts.microStopMs += ms
    else if (state !== 'RUN') parts.downMs += ms
  }
  parts.scheduledMs = parts.allMs - parts.unscheduledMs - parts.plannedStopMs
  parts.plannedMs = parts.scheduledMs - parts.noDataMs
  parts.runMs = parts.plannedMs - parts.setupMs - parts.downMs
  for (const episode of starts) {
    if (episode.state === 'MICRO_STOP') parts.microStops += 1
    else if (episode.state === 'SETUP') parts.setups += 1
    else if (episode.state === 'DOWN' && isFailure(input.reasonCategory(episode.reason))) parts.failures += 1
  }
  for (const bucket of counts.buckets) {
    parts.total += bucket.total
    parts.good += bucket.good
    parts.scrap += bucket.scrap
    parts.rework += bucket.rework
    parts.uncoveredPieces += bucket.uncovered
  }
  addIdealTime(parts, counts.covered, input)
  return parts
}

function isFailure(category: ReasonDefinition['category'] | null): boolean {
  return category === null || category === 'failure'
}

function addIdealTime(parts: EquipmentTimeParts, covered: readonly CoveredPieces[], input: UnitWindowInput): void {
  for (const { material, total, good } of covered) {
    const idealMs = input.idealMsPerPiece(material)
    if (idealMs === null) continue
    parts.idealMs += total * idealMs
    parts.idealGoodMs += good * idealMs
  }
}
