import { siteDefinition } from '@gemba/contracts/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  instancesOfDate,
  lastShiftBefore,
  nextShiftAfter,
  plannedSegments,
  productionDateOf,
  productionDays,
  shiftAt,
  shiftInstances,
  timeWindows,
} from './calendar.ts'
import { instantOfLocal, isoWeekday } from './local-time.ts'
import { totalMs } from './ranges.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const at = (text: string) => Date.parse(text)
const name = { zh: '班', en: 'shift' }

const suzhou = siteDefinition.parse({
  id: 'SUZ',
  name,
  timeZone: 'Asia/Shanghai',
  productionDayStart: '07:00',
  workdays: [1, 2, 3, 4, 5, 6],
  shifts: [
    { code: 'A', name, start: '07:00', end: '15:00', endOffsetDays: 0, breaks: [{ start: '11:00', end: '11:30' }] },
    { code: 'B', name, start: '15:00', end: '23:00', endOffsetDays: 0, breaks: [{ start: '19:00', end: '19:30' }] },
    {
      code: 'C',
      name,
      start: '23:00',
      end: '07:00',
      endOffsetDays: 1,
      breaks: [
        { start: '03:00', end: '03:30' },
        { start: '23:55', end: '00:05' },
      ],
    },
  ],
  exceptions: [
    { from: '2026-02-16', to: '2026-02-22', shifts: [], name },
    { from: '2026-03-08', to: '2026-03-08', shifts: ['A'], name },
  ],
})

const brno = siteDefinition.parse({
  id: 'BRQ',
  name,
  timeZone: 'Europe/Prague',
  productionDayStart: '06:00',
  workdays: [1, 2, 3, 4, 5, 6, 7],
  shifts: [
    { code: 'R', name, start: '06:00', end: '14:00', endOffsetDays: 0, breaks: [{ start: '10:00', end: '10:30' }] },
    { code: 'O', name, start: '14:00', end: '22:00', endOffsetDays: 0, breaks: [{ start: '18:00', end: '18:30' }] },
    { code: 'N', name, start: '22:00', end: '06:00', endOffsetDays: 1, breaks: [{ start: '02:30', end: '03:00' }] },
  ],
  exceptions: [],
})

const nightOf = (date: string) =>
  shiftInstances(brno, { fromAt: at(`${date}T20:30:00Z`), toAt: at(`${date}T22:30:00Z`) }).find((s) => s.code === 'N')!

describe('shift instances', () => {
  it('make the night of the spring change 7 h long with 390 planned minutes', () => {
    const night = nightOf('2026-03-28')
    expect(new Date(night.fromAt).toISOString()).toBe('2026-03-28T21:00:00.000Z')
    expect(new Date(night.toAt).toISOString()).toBe('2026-03-29T04:00:00.000Z')
    expect(night.productionDate).toBe('2026-03-28')
    expect(night.plannedMs).toBe(390 * MINUTE)
  })

  it('make the night of the autumn change 9 h long with 510 planned minutes', () => {
    const night = nightOf('2026-10-24')
    expect(night.toAt - night.fromAt).toBe(9 * HOUR)
    expect(night.plannedMs).toBe(510 * MINUTE)
  })

  it('put a break after midnight into the night that began the evening before', () => {
    const night = shiftAt(suzhou, at('2026-03-03T02:00:00+08:00'))!
    expect(night).toMatchObject({ code: 'C', productionDate: '2026-03-02', plannedMs: 440 * MINUTE })
    expect(night.breaks).toEqual([
      { fromAt: at('2026-03-02T23:55:00+08:00'), toAt: at('2026-03-03T00:05:00+08:00') },
      { fromAt: at('2026-03-03T03:00:00+08:00'), toAt: at('2026-03-03T03:30:00+08:00') },
    ])
  })

  it('follow the ISO weekday of the production date, so that Saturday night runs into Sunday', () => {
    expect(isoWeekday('2026-03-07')).toBe(6)
    expect(shiftAt(suzhou, at('2026-03-08T02:00:00+08:00'))?.productionDate).toBe('2026-03-07')
    expect(shiftAt(suzhou, at('2026-03-15T08:00:00+08:00'))).toBeNull()
  })

  it('let an exception close a workday and open a Sunday with the shifts it names', () => {
    expect(shiftAt(suzhou, at('2026-02-18T08:00:00+08:00'))).toBeNull()
    expect(shiftAt(suzhou, at('2026-03-08T08:00:00+08:00'))?.code).toBe('A')
    expect(shiftAt(suzhou, at('2026-03-08T16:00:00+08:00'))).toBeNull()
  })

  it('are found before and after a week without shifts', () => {
    const noon = at('2026-02-19T12:00:00+08:00')
    expect(lastShiftBefore(suzhou, noon)).toMatchObject({ code: 'C', productionDate: '2026-02-14' })
    expect(nextShiftAfter(suzhou, noon)).toMatchObject({ code: 'A', productionDate: '2026-02-23' })
  })

  it('do not exist where the site never works', () => {
    const closed = { ...suzhou, workdays: [], exceptions: [] }
    expect(lastShiftBefore(closed, 1_772_000_000_000)).toBeNull()
    expect(nextShiftAfter(closed, 1_772_000_000_000)).toBeNull()
  })
})

describe('time windows', () => {
  it('cut unscheduled time at the start of each production day', () => {
    const windows = timeWindows(suzhou, {
      fromAt: at('2026-03-15T00:00:00+08:00'),
      toAt: at('2026-03-16T09:00:00+08:00'),
    })
    expect(windows.map((w) => [w.kind, w.productionDate, w.shift?.code ?? '', (w.toAt - w.fromAt) / HOUR])).toEqual([
      ['shift', '2026-03-14', 'C', 8],
      ['off', '2026-03-15', '', 24],
      ['shift', '2026-03-16', 'A', 8],
    ])
  })

  it('tile any range without hole or overlap, the same whatever the range', () => {
    const year = { fromAt: at('2026-01-01T00:00:00Z'), toAt: at('2026-12-31T00:00:00Z') }
    for (const site of [suzhou, brno]) {
      const all = new Map(timeWindows(site, year).map((w) => [w.fromAt, w]))
      fc.assert(
        fc.property(
          fc.integer({ min: year.fromAt + 48 * HOUR, max: year.toAt - 200 * HOUR }),
          fc.integer({ min: 1, max: 150 * HOUR }),
          (fromAt, length) => {
            const windows = timeWindows(site, { fromAt, toAt: fromAt + length })
            expect(windows[0]!.fromAt).toBeLessThanOrEqual(fromAt)
            expect(windows.at(-1)!.toAt).toBeGreaterThanOrEqual(fromAt + length)
            windows.forEach((w, i) => {
              if (i > 0) expect(w.fromAt).toBe(windows[i - 1]!.toAt)
              expect(w).toEqual(all.get(w.fromAt))
            })
          },
        ),
        { numRuns: 60 },
      )
    }
  })

  it('give production days of 23 and 25 h when the clock changes', () => {
    const hours = (date: string) => {
      const fromAt = instantOfLocal('Europe/Prague', date, '12:00')
      const day = productionDays(brno, { fromAt, toAt: fromAt + 1 })[0]!
      return (day.toAt - day.fromAt) / HOUR
    }
    expect([hours('2026-03-28'), hours('2026-10-24'), hours('2026-06-01')]).toEqual([23, 25, 24])
  })

  it('name the production date by the start of the production day', () => {
    expect(productionDateOf(suzhou, at('2026-03-03T06:59:59.999+08:00'))).toBe('2026-03-02')
    expect(productionDateOf(suzhou, at('2026-03-03T07:00:00+08:00'))).toBe('2026-03-03')
  })
})

describe('instances of a date', () => {
  it('are the same whatever was asked before, and those of their own definition', () => {
    const dates = fc.integer({ min: 0, max: 9_000 }).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10))
    fc.assert(
      fc.property(fc.constantFrom(suzhou, brno), fc.array(dates, { minLength: 1, maxLength: 20 }), (site, asked) => {
        for (const date of asked)
          expect(instancesOfDate(site, date)).toEqual(instancesOfDate(structuredClone(site), date))
      }),
      { numRuns: 100 },
    )
    const rest = { ...suzhou, workdays: [] }
    expect(instancesOfDate(suzhou, '2026-03-02')).toHaveLength(3)
    expect(instancesOfDate(rest, '2026-03-02')).toEqual([])
  })
})

describe('planned segments', () => {
  it('are the shifts without their breaks', () => {
    const range = { fromAt: at('2026-03-02T07:00:00+08:00'), toAt: at('2026-03-02T23:00:00+08:00') }
    const segments = plannedSegments(shiftInstances(suzhou, range))
    expect(segments).toHaveLength(3)
    expect(totalMs(segments)).toBe(15 * HOUR)
  })
})

describe('local time', () => {
  it('moves a skipped time forward and takes the first of two equal ones', () => {
    expect(new Date(instantOfLocal('Europe/Prague', '2026-03-29', '02:30')).toISOString()).toBe(
      '2026-03-29T01:30:00.000Z',
    )
    expect(new Date(instantOfLocal('Europe/Prague', '2026-10-25', '02:30')).toISOString()).toBe(
      '2026-10-25T00:30:00.000Z',
    )
  })
})
