/** For tests: what the platform's engine makes of a machine's life as history lines tell it, and what really happened. */
import type { StateInterval } from '@gemba/contracts/kpi'
import { type UnitEvent, type UnitWindow, deriveUnitWindow } from '@gemba/engine/kpi/equipment-time'
import { shiftInstances } from '@gemba/engine/time/calendar'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import { HistoryLines } from './history.ts'
import type { StateEvent } from './machine.ts'
import { MICRO_STOP_THRESHOLD_MS, UNITS, parametersOf } from './parameters.ts'
import { stationsOf } from './points.ts'
import { reasonDefinitions } from './stop-reasons.ts'
import type { UnitLife, World } from './world.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const categories = new Map(reasonDefinitions(UNITS.flatMap(stationsOf)).map((reason) => [reason.code, reason.category]))

export interface Pieces {
  total: number
  good: number
  scrap: number
  rework: number
}

export interface LivedUnit {
  readonly unit: UnitLife
  readonly truth: readonly StateEvent[]
  /** By minute: windows begin and end on whole minutes. */
  readonly pieces: readonly ({ at: number } & Pieces)[]
  readonly events: readonly UnitEvent[]
  readonly untilAt: number
}

interface Span {
  readonly fromAt: number
  readonly toAt: number
}

/** The events of the unit itself among lines that a new platform is given as its past. */
export function eventsOf(unit: UnitLife, lines: readonly string[]): UnitEvent[] {
  const prefix = `{"p":${JSON.stringify(`${unit.place.path}:`).slice(0, -1)}`
  return lines.flatMap((line): UnitEvent[] => {
    if (!line.startsWith(prefix)) return []
    const { p, t, v, q } = JSON.parse(line) as { p: string; t: number; v: string | number; q?: 0 | 1 | 2 }
    const role = p.slice(unit.place.path.length + 1)
    return role.startsWith('process/') ? [] : [{ at: t, role: role as UnitEvent['role'], value: v, quality: q ?? 0 }]
  })
}

/** Lives one unit of a world until the instant. */
export function liveUnit(world: World, unit: UnitLife, span: Span): LivedUnit {
  const lines = new HistoryLines(unit, span.fromAt, true)
  const truth: StateEvent[] = []
  const pieces: ({ at: number } & Pieces)[] = []
  for (const { event, readings } of world.happenings(unit, span.toAt)) {
    lines.add(event.at, readings, event.kind === 'pieces')
    if (event.kind === 'state') truth.push(event)
    if (event.kind !== 'pieces') continue
    const at = Math.floor(event.at / MINUTE_MS) * MINUTE_MS
    if (pieces.at(-1)?.at !== at) pieces.push({ at, total: 0, good: 0, scrap: 0, rework: 0 })
    addPieces(pieces.at(-1) as Pieces, event)
  }
  return { unit, truth, pieces, events: eventsOf(unit, lines.finish(span.toAt)), untilAt: span.toAt }
}

function addPieces(sum: Pieces, { good, scrap, rework }: Omit<Pieces, 'total'>): void {
  sum.good += good
  sum.scrap += scrap
  sum.rework += rework
  sum.total += good + scrap + rework
}

export function derive(lived: LivedUnit, site: SiteDefinition, window: Span): UnitWindow {
  const { idealCycleSeconds, cavities } = parametersOf(lived.unit.place.code, 'reference')
  return deriveUnitWindow({
    window,
    events: lived.events,
    shifts: shiftInstances(site, { fromAt: window.fromAt - 2 * DAY_MS, toAt: window.toAt + 2 * DAY_MS }),
    knownUntilAt: lived.untilAt,
    nowAt: lived.untilAt,
    microStopThresholdMs: MICRO_STOP_THRESHOLD_MS,
    idealMsPerPiece: () => (idealCycleSeconds / cavities) * 1000,
    reasonCategory: (reason) => (reason === null ? null : (categories.get(reason) ?? null)),
  })
}

/** Time by state as the machine itself knows it, inside the window. */
export function trueMs(truth: readonly StateEvent[], window: Span): Record<string, number> {
  const sums = new Map<string, number>()
  truth.forEach((event, index) => {
    const fromAt = Math.max(event.at, window.fromAt)
    const toAt = Math.min(truth[index + 1]?.at ?? Infinity, window.toAt)
    if (toAt > fromAt) sums.set(event.truth, (sums.get(event.truth) ?? 0) + toAt - fromAt)
  })
  return Object.fromEntries(sums)
}

export function derivedMs(intervals: readonly StateInterval[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const { state, fromAt, toAt } of intervals) sums.set(state, (sums.get(state) ?? 0) + toAt - fromAt)
  return Object.fromEntries(sums)
}

export function truePieces({ pieces }: LivedUnit, window: Span): Pieces {
  const sum = { total: 0, good: 0, scrap: 0, rework: 0 }
  for (const made of pieces) {
    if (made.at < window.fromAt || made.at >= window.toAt) continue
    addPieces(sum, made)
  }
  return sum
}
