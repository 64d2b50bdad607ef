/** A year of every machine against the table it was planted from: what a month may hide, twelve months may not. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { PlantEvent } from './machine.ts'
import { UNITS, type UnitCode, type UnitPlace, parametersOf } from './parameters.ts'
import { plantedOf } from './planted-figures.ts'
import { type UnitLife, World } from './world.ts'

const SEED = 20261121
const MONTHS = 12
const DAY_MS = 86_400_000
/** Thirty-five days hold thirty working days: the planned hours of the planted table. */
const MONTH_MS = 35 * DAY_MS
const EPOCH_AT = Date.parse('2026-01-05T00:00:00Z')

interface Month {
  plannedMs: number
  idealGoodMs: number
}

/** Planned and ideal time month by month, as the machine itself knows them. */
function monthsOf(unit: UnitLife, world: World): Month[] {
  const { idealCycleSeconds, cavities } = parametersOf(unit.place.code, 'reference')
  const idealMs = (idealCycleSeconds / cavities) * 1000
  const months = Array.from({ length: MONTHS }, (): Month => ({ plannedMs: 0, idealGoodMs: 0 }))
  let state: Extract<PlantEvent, { kind: 'state' }> | null = null
  for (const { event } of world.happenings(unit, EPOCH_AT + MONTHS * MONTH_MS)) {
    if (event.kind === 'pieces') months[monthAt(event.at)]!.idealGoodMs += event.good * idealMs
    if (event.kind !== 'state') continue
    if (state && state.truth !== 'PLANNED_STOP' && state.truth !== 'UNSCHEDULED')
      months[monthAt(state.at)]!.plannedMs += event.at - state.at
    state = event
  }
  return months
}
const monthAt = (at: number): number => Math.min(MONTHS - 1, Math.floor((at - EPOCH_AT) / MONTH_MS))

const year = new Map<UnitCode, Month[]>()
beforeAll(() => {
  const segments = [{ fromAt: EPOCH_AT, set: 'reference' as const }]
  const world = new World({ seed: SEED, epochAt: EPOCH_AT, calendarSet: 'reference', segments })
  for (const unit of world.units) year.set(unit.place.code, monthsOf(unit, world))
}, 300_000)

describe.each(UNITS.map((unit: UnitPlace) => [unit.code]))('%s over a year', (code) => {
  const { analytic, sim_sd } = plantedOf(code)
  const oeeOf = ({ idealGoodMs, plannedMs }: Month): number => idealGoodMs / plannedMs

  it('makes its planted OEE within four standard deviations every month', () => {
    for (const month of year.get(code)!)
      expect(Math.abs(oeeOf(month) - analytic.oee), `${oeeOf(month)}`).toBeLessThan(4 * sim_sd.oee)
  })

  it('makes it within four deviations of a mean of twelve over all months together', () => {
    const sum = { plannedMs: 0, idealGoodMs: 0 }
    for (const { plannedMs, idealGoodMs } of year.get(code)!) {
      sum.plannedMs += plannedMs
      sum.idealGoodMs += idealGoodMs
    }
    expect(Math.abs(oeeOf(sum) - analytic.oee)).toBeLessThan((4 * sim_sd.oee) / Math.sqrt(MONTHS))
  })
})
