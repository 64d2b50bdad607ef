/** The plant as a whole against the table it was planted from: chance, calendar, controllers, history and derivation. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { EquipmentTimeParts, StateInterval } from '@gemba/contracts/kpi'
import { oeeFromParts } from '@gemba/engine/kpi/oee'
import { type LivedUnit, derive, derivedMs, liveUnit, trueMs, truePieces } from './derived-life.ts'
import { UNITS, type UnitCode, type UnitPlace } from './parameters.ts'
import { FIGURES, plantedOf } from './planted-figures.ts'
import { sites } from './sites.ts'
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

const windowOf = ({ site }: UnitPlace) => ({ fromAt: START_AT[site], toAt: START_AT[site] + WINDOW_DAYS * DAY_MS })
const worldOf = (seed: number) =>
  new World({ seed, epochAt: EPOCH_AT, calendarSet: 'reference', segments: [{ fromAt: EPOCH_AT, set: 'reference' }] })

interface Month {
  readonly code: UnitCode
  readonly lived: LivedUnit
  readonly intervals: readonly StateInterval[]
  readonly parts: EquipmentTimeParts
}

function live(world: World, unit: UnitLife): Month {
  const window = windowOf(unit.place)
  // A day more than the window: it decides how long the last stop lasted.
  const lived = liveUnit(world, unit, { fromAt: EPOCH_AT, toAt: window.toAt + DAY_MS })
  const site = sites('reference').find((each) => each.id === unit.place.site)
  const { intervals, parts } = derive(lived, site!, window)
  return { code: unit.place.code, lived: { ...lived, events: [] }, intervals, parts }
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
}, 300_000)
const monthOf = (seed: number, code: UnitCode): Month => months.get(seed)!.find((month) => month.code === code)!

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
    const window = windowOf(unit)
    expect(derivedMs(month.intervals)).toEqual(trueMs(month.lived.truth, window))
    expect(month.parts).toMatchObject({ ...truePieces(month.lived, window), uncoveredPieces: 0 })
  })

  it.each(SEEDS)('has intervals without overlap and without hole (seed %d)', (seed) => {
    const { intervals, parts, lived } = monthOf(seed, code)
    const { fromAt, toAt } = windowOf(unit)
    expect([intervals[0]?.fromAt, intervals.at(-1)?.toAt]).toEqual([fromAt, toAt])
    expect(intervals.filter((each) => each.toAt <= each.fromAt)).toEqual([])
    expect(intervals.filter((each, index) => index > 0 && each.fromAt !== intervals[index - 1]!.toAt)).toEqual([])
    expect(parts.allMs).toBe(toAt - fromAt)
    expect(parts.noDataMs).toBe(0)
    const { truth } = lived
    expect(truth.filter((event, index) => index > 0 && event.at < truth[index - 1]!.at)).toEqual([])
  })
})
