/** The plant as a whole against the table it was planted from: chance, calendar, controllers, history and derivation. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { EquipmentTimeParts, StateInterval } from '@gemba/contracts/kpi'
import { type UnitEvent, deriveUnitWindow } from '@gemba/engine/kpi/equipment-time'
import { oeeFromParts } from '@gemba/engine/kpi/oee'
import { shiftInstances } from '@gemba/engine/time/calendar'
import { HistoryLines } from './history.ts'
import type { StateEvent } from './machine.ts'
import { MICRO_STOP_THRESHOLD_MS, UNITS, type UnitCode, type UnitPlace, parametersOf } from './parameters.ts'
import { FIGURES, plantedOf } from './planted-figures.ts'
import { stationsOf } from './points.ts'
import { sites } from './sites.ts'
import { reasonDefinitions } from './stop-reasons.ts'
import { type UnitLife, World } from './world.ts'

const SEEDS = [20261101, 4711, 815]
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A day before the first window, so that its state is known from the first instant on. */
const EPOCH_AT = Date.parse('2026-11-01T00:00:00Z')
/** Thirty-five days hold thirty working days: exactly the planned hours of the planted table. */
const WINDOW_DAYS = 35
/** Monday's first shift, after the autumn change of clocks. */
const START_AT = { SUZ: Date.parse('2026-11-01T23:00:00Z'), BRQ: Date.parse('2026-11-02T05:00:00Z') }

const categories = new Map(reasonDefinitions(UNITS.flatMap(stationsOf)).map((reason) => [reason.code, reason.category]))
const windowOf = ({ site }: UnitPlace) => ({ fromAt: START_AT[site], toAt: START_AT[site] + WINDOW_DAYS * DAY_MS })
const worldOf = (seed: number) =>
  new World({ seed, epochAt: EPOCH_AT, calendarSet: 'reference', segments: [{ fromAt: EPOCH_AT, set: 'reference' }] })

interface Month {
  readonly code: UnitCode
  readonly truth: readonly StateEvent[]
  readonly pieces: { total: number; good: number; scrap: number; rework: number }
  readonly intervals: readonly StateInterval[]
  readonly parts: EquipmentTimeParts
}

/** The events of the unit itself among the lines that a new platform is given as its past. */
function eventsOf(unit: UnitLife, lines: readonly string[]): UnitEvent[] {
  const prefix = `{"p":${JSON.stringify(`${unit.place.path}:`).slice(0, -1)}`
  return lines.flatMap((line): UnitEvent[] => {
    if (!line.startsWith(prefix)) return []
    const { p, t, v } = JSON.parse(line) as { p: string; t: number; v: string | number }
    const role = p.slice(unit.place.path.length + 1)
    return role.startsWith('process/') ? [] : [{ at: t, role: role as UnitEvent['role'], value: v, quality: 0 }]
  })
}

function live(world: World, unit: UnitLife): Month {
  const window = windowOf(unit.place)
  const lines = new HistoryLines(unit, EPOCH_AT, true)
  const truth: StateEvent[] = []
  const pieces = { total: 0, good: 0, scrap: 0, rework: 0 }
  // A day more than the window: it decides how long the last stop lasted.
  for (const { event, readings } of world.happenings(unit, window.toAt + DAY_MS)) {
    lines.add(event.at, readings, event.kind === 'pieces')
    if (event.kind === 'state') truth.push(event)
    if (event.kind !== 'pieces' || event.at < window.fromAt || event.at >= window.toAt) continue
    pieces.good += event.good
    pieces.scrap += event.scrap
    pieces.rework += event.rework
    pieces.total += event.good + event.scrap + event.rework
  }
  const site = sites('reference').find((each) => each.id === unit.place.site)
  const { idealCycleSeconds, cavities } = parametersOf(unit.place.code, 'reference')
  const derived = deriveUnitWindow({
    window,
    events: eventsOf(unit, lines.finish(window.toAt + DAY_MS)),
    shifts: shiftInstances(site!, { fromAt: window.fromAt - 2 * DAY_MS, toAt: window.toAt + 2 * DAY_MS }),
    knownUntilAt: window.toAt + DAY_MS,
    nowAt: window.toAt + DAY_MS,
    microStopThresholdMs: MICRO_STOP_THRESHOLD_MS,
    idealMsPerPiece: () => (idealCycleSeconds / cavities) * 1000,
    reasonCategory: (reason) => (reason === null ? null : (categories.get(reason) ?? null)),
  })
  return { code: unit.place.code, truth, pieces, intervals: derived.intervals, parts: derived.parts }
}

const months = new Map<number, Month[]>()
beforeAll(() => {
  for (const seed of SEEDS) {
    const world = worldOf(seed)
    months.set(
      seed,
      world.units.map((unit) => live(world, unit)),
    )
  }
}, 120_000)
const monthOf = (seed: number, code: UnitCode): Month => months.get(seed)!.find((month) => month.code === code)!

/** Time by state as the machine itself knows it, inside the window. */
function trueMs(month: Month, window: { fromAt: number; toAt: number }): Map<string, number> {
  const sums = new Map<string, number>()
  month.truth.forEach((event, index) => {
    const fromAt = Math.max(event.at, window.fromAt)
    const toAt = Math.min(month.truth[index + 1]?.at ?? Infinity, window.toAt)
    if (toAt > fromAt) sums.set(event.truth, (sums.get(event.truth) ?? 0) + toAt - fromAt)
  })
  return sums
}

describe.each(UNITS.map((unit) => [unit.code, unit] as const))('%s over thirty working days', (code, unit) => {
  const { analytic, sim_sd, horizon_planned_h } = plantedOf(code)

  it.each(SEEDS)('makes its planted figures within four standard deviations (seed %d)', (seed) => {
    const { parts } = monthOf(seed, code)
    expect(parts.plannedMs).toBe(horizon_planned_h * HOUR_MS)
    const figures = oeeFromParts(parts)
    for (const figure of FIGURES) {
      const off = Math.abs((figures[figure] ?? NaN) - analytic[figure])
      expect(off, `${figure} ${figures[figure]} instead of ${analytic[figure]}`).toBeLessThanOrEqual(4 * sim_sd[figure])
    }
  })

  it('is not off to one side: all seeds together stay within their smaller deviation', () => {
    const values = SEEDS.map((seed) => oeeFromParts(monthOf(seed, code).parts).oee ?? NaN)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(Math.abs(mean - analytic.oee)).toBeLessThan((4 * sim_sd.oee) / Math.sqrt(values.length))
  })

  it.each(SEEDS)('is derived to the millisecond and the piece as it really was (seed %d)', (seed) => {
    const month = monthOf(seed, code)
    const derived = new Map<string, number>()
    for (const { state, fromAt, toAt } of month.intervals) derived.set(state, (derived.get(state) ?? 0) + toAt - fromAt)
    expect(Object.fromEntries(derived)).toEqual(Object.fromEntries(trueMs(month, windowOf(unit))))
    const { total, good, scrap, rework, uncoveredPieces } = month.parts
    expect({ total, good, scrap, rework, uncoveredPieces }).toEqual({ ...month.pieces, uncoveredPieces: 0 })
  })

  it.each(SEEDS)('has intervals without overlap and without hole (seed %d)', (seed) => {
    const { intervals, parts, truth } = monthOf(seed, code)
    const { fromAt, toAt } = windowOf(unit)
    expect([intervals[0]?.fromAt, intervals.at(-1)?.toAt]).toEqual([fromAt, toAt])
    expect(intervals.filter((each) => each.toAt <= each.fromAt)).toEqual([])
    expect(intervals.filter((each, index) => index > 0 && each.fromAt !== intervals[index - 1]!.toAt)).toEqual([])
    expect(parts.allMs).toBe(toAt - fromAt)
    expect(parts.noDataMs).toBe(0)
    expect(truth.filter((event, index) => index > 0 && event.at < truth[index - 1]!.at)).toEqual([])
  })
})
