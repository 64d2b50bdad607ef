import { describe, expect, it } from 'vitest'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { comesTooOften, dateOf, lastProductionDate, nextAt, parametersAt, spokenDate } from './schedule-clock.ts'
import type { SiteDefinition } from '@gemba/contracts/catalog'

const base = fixtureCatalog().sites[0] as SiteDefinition
const shift = { code: 'A', name: { zh: '白班', en: 'day' }, start: '08:00', end: '20:00', endOffsetDays: 0, breaks: [] }
const site = (more: Partial<SiteDefinition> = {}): SiteDefinition => ({
  ...base,
  timeZone: 'Asia/Shanghai',
  productionDayStart: '08:00',
  workdays: [1, 2, 3, 4, 5],
  shifts: [shift],
  exceptions: [],
  ...more,
})
const at = (text: string) => Date.parse(text)
const text = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString())
const daily = (calendar: 'every-day' | 'production-days' | 'after-production-days') =>
  ({ kind: 'clock', cron: '20 7 * * *', calendar }) as const

describe('the clock of schedules', () => {
  it('comes at the wall clock of the plant, wherever the server stands', () => {
    expect(text(nextAt(daily('every-day'), site(), at('2026-11-20T00:00:00Z')))).toBe('2026-11-20T23:20:00.000Z')
  })

  it('comes once in the night that has an hour twice, and after the hour that is missing', () => {
    const prague = site({ timeZone: 'Europe/Prague' })
    const nightly = { kind: 'clock', cron: '30 2 * * *', calendar: 'every-day' } as const
    const first = nextAt(nightly, prague, at('2026-10-24T12:00:00Z'))
    const second = nextAt(nightly, prague, first ?? 0)
    expect(text(second)?.slice(0, 10)).toBe('2026-10-26')
    const spring = nextAt(nightly, prague, at('2026-03-28T12:00:00Z'))
    expect(text(spring)?.slice(0, 10)).toBe('2026-03-29')
  })

  it('skips the mornings after days without production', () => {
    // The day of Friday ends on Saturday at 08:00, so the letter of Sunday speaks of it; that of Monday would speak of Saturday.
    const mornings = ['2026-11-20T23:20:00.000Z', '2026-11-21T23:20:00.000Z', '2026-11-24T23:20:00.000Z']
    let now = at('2026-11-20T12:00:00Z')
    for (const morning of mornings) {
      now = nextAt(daily('after-production-days'), site(), now) ?? 0
      expect(text(now)).toBe(morning)
    }
  })

  it('keeps to days that are worked, also where the calendar has an exception', () => {
    const holiday = { from: '2026-11-23', to: '2026-11-23', name: { zh: '假', en: 'holiday' }, shifts: [] }
    const found = nextAt(daily('production-days'), site({ exceptions: [holiday as never] }), at('2026-11-21T02:00:00Z'))
    // 07:20 on Tuesday belongs to the production day of Monday, which is free: so it is Wednesday.
    expect(text(found)).toBe('2026-11-24T23:20:00.000Z')
  })

  it('comes after the end of each worked production day and of each shift', () => {
    const dayEnd = nextAt({ kind: 'day-end', delayMinutes: 10 }, site(), at('2026-11-20T12:00:00Z'))
    expect(text(dayEnd)).toBe('2026-11-21T00:10:00.000Z')
    expect(text(nextAt({ kind: 'day-end', delayMinutes: 10 }, site(), dayEnd ?? 0))).toBe('2026-11-24T00:10:00.000Z')
    const shiftEnd = nextAt({ kind: 'shift-end', shift: 'A', delayMinutes: 10 }, site(), at('2026-11-20T11:00:00Z'))
    expect(text(shiftEnd)).toBe('2026-11-20T12:10:00.000Z')
    expect(nextAt({ kind: 'shift-end', shift: 'Z', delayMinutes: 0 }, site(), at('2026-11-20T11:00:00Z'))).toBeNull()
  })

  it('says of which production day a run speaks', () => {
    expect(spokenDate(daily('after-production-days'), site(), at('2026-11-20T23:20:00Z'))).toBe('2026-11-19')
    expect(spokenDate({ kind: 'day-end', delayMinutes: 10 }, site(), at('2026-11-21T00:10:00Z'))).toBe('2026-11-20')
    expect(spokenDate({ kind: 'shift-end', shift: null, delayMinutes: 10 }, site(), at('2026-11-20T12:10:00Z'))).toBe(
      '2026-11-20',
    )
    expect(lastProductionDate(site(), at('2026-11-21T00:00:00Z'))).toBe('2026-11-20')
  })

  it('moves dates of parameters with the run', () => {
    const now = at('2026-11-18T02:00:00Z')
    expect(dateOf({ relative: 'week-start', days: 0 }, site(), now)).toBe('2026-11-16')
    expect(dateOf({ relative: 'last-month-start', days: 0 }, site(), now)).toBe('2026-10-01')
    const params = {
      day: { relative: 'production-day', days: -1 },
      line: 'L1',
      range: { from: { relative: 'month-start', days: 0 }, to: { relative: 'today', days: 0 } },
    } as const
    expect(parametersAt(params, site(), now)).toEqual({
      day: '2026-11-17',
      line: 'L1',
      range: { from: '2026-11-01', to: '2026-11-18' },
    })
  })

  it('knows a line that is none and one that comes too often', () => {
    expect(() => nextAt({ kind: 'clock', cron: '99 7 * * *', calendar: 'every-day' }, site(), 0)).toThrow(RangeError)
    expect(
      nextAt({ kind: 'clock', cron: '0 0 30 2 *', calendar: 'every-day' }, site(), at('2026-11-20T00:00:00Z')),
    ).toBeNull()
    expect(
      comesTooOften({ kind: 'clock', cron: '* * * * *', calendar: 'every-day' }, site(), at('2026-11-20T00:00:00Z')),
    ).toBe(true)
    expect(comesTooOften(daily('every-day'), site(), at('2026-11-20T00:00:00Z'))).toBe(false)
  })
})
