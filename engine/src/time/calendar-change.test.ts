import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import { changedTime } from './calendar-change.ts'
import { timeWindows } from './calendar.ts'

const name = { zh: '班', en: 'Shift' }
const rule = (code: string, [start, end]: readonly [string, string], pause?: readonly [string, string]) => ({
  code,
  name,
  start,
  end,
  endOffsetDays: end <= start ? 1 : 0,
  breaks: pause ? [{ start: pause[0], end: pause[1] }] : [],
})
const A = rule('A', ['07:00', '15:00'], ['11:00', '11:30'])
const suzhou: SiteDefinition = {
  id: 'SUZ',
  name,
  timeZone: 'Asia/Shanghai',
  productionDayStart: '07:00',
  shifts: [A, rule('B', ['15:00', '23:00']), rule('C', ['23:00', '07:00'])],
  workdays: [1, 2, 3, 4, 5, 6],
  exceptions: [],
}
const november = { fromAt: Date.parse('2026-11-01T00:00:00Z'), toAt: Date.parse('2026-12-01T00:00:00Z') }
const on = (date: string, shifts: string[], rules?: SiteDefinition['shifts']): SiteDefinition => ({
  ...suzhou,
  exceptions: [{ from: date, to: date, shifts, name, ...(rules ? { rules } : {}) }],
})
const local = (text: string) => Date.parse(`${text}:00+08:00`)
const changed = (after: SiteDefinition) => changedTime(suzhou, after, november)

describe('a changed calendar', () => {
  it('touches nothing when it says the same in other words', () => {
    expect(changed(on('2026-11-10', ['A', 'B', 'C']))).toEqual([])
    expect(changed(on('2026-10-10', []))).toEqual([])
  })

  it('touches one shift when its break has moved', () => {
    const moved = on('2026-11-10', ['A', 'B', 'C'], [rule('A', ['07:00', '15:00'], ['12:00', '12:30'])])
    expect(changed(moved)).toEqual([{ fromAt: local('2026-11-10T07:00'), toAt: local('2026-11-10T15:00') }])
  })

  it('touches one shift when it is cancelled', () => {
    expect(changed(on('2026-11-10', ['A', 'C']))).toEqual([
      { fromAt: local('2026-11-10T15:00'), toAt: local('2026-11-10T23:00') },
    ])
  })

  it('touches the whole unscheduled day that overtime is cut out of', () => {
    expect(changed(on('2026-11-15', ['X'], [rule('X', ['08:00', '12:00'])]))).toEqual([
      { fromAt: local('2026-11-15T07:00'), toAt: local('2026-11-16T07:00') },
    ])
  })

  it('touches every window that differs and no other, whatever the change', () => {
    const codes = fc.subarray(['A', 'B', 'C'])
    const exception = fc.record({ from: fc.integer({ min: 1, max: 28 }), days: fc.integer({ min: 0, max: 3 }), codes })
    fc.assert(
      fc.property(fc.array(exception, { maxLength: 3 }), (list) => {
        const date = (day: number) => `2026-11-${String(Math.min(day, 30)).padStart(2, '0')}`
        const exceptions = list.map(({ from, days, codes: shifts }) => ({
          from: date(from),
          to: date(from + days),
          shifts,
          name,
        }))
        const after = { ...suzhou, exceptions }
        const touched = changedTime(suzhou, after, november)
        const known = new Set(timeWindows(suzhou, november).map((window) => JSON.stringify(window)))
        for (const window of timeWindows(after, november)) {
          const isTouched = touched.some((range) => range.fromAt <= window.fromAt && window.toAt <= range.toAt)
          expect(isTouched).toBe(!known.has(JSON.stringify(window)))
        }
      }),
    )
  })
})
