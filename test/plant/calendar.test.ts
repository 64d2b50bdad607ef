/** Machines that live by their calendar: special days, a festival week, the nights in which the clock changes. */
import { describe, expect, it } from 'vitest'
import { type ShiftInstance, instancesOfDate, shiftInstances } from '@gemba/engine/time/calendar'
import { derive, derivedMs, liveUnit, trueMs, truePieces } from './derived-life.ts'
import type { UnitCode } from './parameters.ts'
import { calendarSpecials, sites } from './sites.ts'
import { World } from './world.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

function livedFrom(epochAt: number, code: UnitCode, days: number) {
  const world = new World({
    seed: 7,
    epochAt,
    calendarSet: 'reference',
    segments: [{ fromAt: epochAt, set: 'reference' }],
    hasSpecialDays: true,
  })
  const unit = world.units.find((each) => each.place.code === code)!
  const site = sites('reference', { epochAt }).find((each) => each.id === unit.place.site)!
  return { site, lived: liveUnit(world, unit, { fromAt: epochAt, toAt: epochAt + days * DAY_MS }) }
}

/** Each shift derived from the readings is what the machine lived. */
function expectLived({ site, lived }: ReturnType<typeof livedFrom>, shifts: readonly ShiftInstance[]): void {
  for (const shift of shifts) {
    const { intervals, parts } = derive(lived, site, shift)
    expect([shift.productionDate, shift.code, derivedMs(intervals)]).toEqual([
      shift.productionDate,
      shift.code,
      trueMs(lived.truth, shift),
    ])
    expect(parts).toMatchObject({ plannedMs: shift.plannedMs, ...truePieces(lived, shift) })
  }
}
const whole = ({ site, lived }: ReturnType<typeof livedFrom>) =>
  shiftInstances(site, { fromAt: lived.untilAt - 24 * DAY_MS, toAt: lived.untilAt - DAY_MS }).filter(
    (shift) => shift.fromAt >= lived.untilAt - 24 * DAY_MS && shift.toAt <= lived.untilAt - DAY_MS,
  )

describe('special days of Suzhou', () => {
  const epochAt = Date.parse('2026-10-19T23:00:00Z')
  const life = livedFrom(epochAt, 'IM04', 26)

  it('are a short Saturday with overtime, a night without a shift and a moved break', () => {
    const planned = calendarSpecials({ epochAt }).map(({ from }) =>
      instancesOfDate(life.site, from).map(({ code, plannedMs }) => [code, plannedMs / MINUTE_MS]),
    )
    expect(planned).toEqual([
      [
        ['A', 430],
        ['X', 230],
      ],
      [
        ['A', 430],
        ['B', 430],
      ],
      [
        ['A', 430],
        ['B', 430],
        ['C', 430],
      ],
    ])
    const [, , moved] = calendarSpecials({ epochAt })
    expect(instancesOfDate(life.site, moved!.from)[0]!.breaks[1]!.fromAt).toBe(Date.parse(`${moved!.from}T12:10+08:00`))
  })

  it('are lived and derived alike, shift by shift', () => {
    const shifts = whole(life)
    expect(shifts.length).toBeGreaterThan(50)
    expectLived(life, shifts)
  })

  it('of a plant with a short past lie in it: never on the day it is told, nor in the night before, nor later', () => {
    for (let days = 1; days <= 30; days += 1) {
      for (let hour = 0; hour < 24; hour += 6) {
        const toldAt = epochAt + days * DAY_MS + hour * 3_600_000
        const site = sites('reference', { epochAt, toldAt }).find(({ id }) => id === 'SUZ')!
        const specials = calendarSpecials({ epochAt, toldAt })
        const dates = specials.map(({ from }) => from)
        expect(new Set(dates).size).toBe(dates.length)
        for (const date of dates) {
          const shifts = instancesOfDate(site, date)
          expect([days, hour, date, shifts.every((shift) => shift.toAt <= toldAt)]).toEqual([days, hour, date, true])
          expect(shifts.every((shift) => shift.fromAt > epochAt)).toBe(true)
        }
        if (days >= 12) expect(specials).toHaveLength(3)
      }
    }
    // With a past that is long enough they are where they have always been.
    expect(calendarSpecials({ epochAt, toldAt: epochAt + 30 * DAY_MS })).toEqual(calendarSpecials({ epochAt }))
  })

  it('change nothing at Brno', () => {
    const [, plain] = sites('reference')
    expect(sites('reference', { epochAt })[1]).toEqual(plain)
  })
})

it('nobody makes anything in the week of the Spring Festival and on Sundays', () => {
  const life = livedFrom(Date.parse('2026-02-08T23:00:00Z'), 'IM04', 26)
  expectLived(life, whole(life))
  const festival = { fromAt: Date.parse('2026-02-15T07:00+08:00'), toAt: Date.parse('2026-02-23T07:00+08:00') }
  expect(truePieces(life.lived, festival).total).toBe(0)
  expect(derivedMs(derive(life.lived, life.site, festival).intervals)).toEqual({ UNSCHEDULED: 8 * DAY_MS })
})

describe.each([
  ['2026-03-28', 7, 390],
  ['2026-10-24', 9, 510],
])('the night of %s at Brno', (date, hours, plannedMinutes) => {
  const life = livedFrom(Date.parse(`${date}T00:00:00Z`) - 20 * DAY_MS, 'T1', 26)
  const night = instancesOfDate(life.site, date).find(({ code }) => code === 'N')!

  it(`lasts ${hours} h with ${plannedMinutes} planned minutes`, () => {
    expect([(night.toAt - night.fromAt) / 3_600_000, night.plannedMs / MINUTE_MS]).toEqual([hours, plannedMinutes])
  })

  it('is lived and derived alike, and the production days around it hold every shift of theirs', () => {
    expectLived(life, [night, ...whole(life)])
  })
})
