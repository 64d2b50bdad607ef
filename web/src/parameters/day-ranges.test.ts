import { describe, expect, it } from 'vitest'
import { isBackwards, presetOf, weekdayKey } from './day-ranges.ts'

describe('ranges of production days', () => {
  it('end with the day they are counted from, both ends included', () => {
    expect(presetOf('week', '2026-11-21')).toEqual({ from: '2026-11-15', to: '2026-11-21' })
    expect(presetOf('month', '2026-11-21')).toEqual({ from: '2026-11-01', to: '2026-11-21' })
  })

  it('know the month before over the turn of a year', () => {
    expect(presetOf('lastMonth', '2027-01-05')).toEqual({ from: '2026-12-01', to: '2026-12-31' })
    expect(presetOf('yesterday', '2028-03-01')).toEqual({ from: '2028-02-29', to: '2028-02-29' })
  })

  it('name the weekday, and say when they end before they begin', () => {
    expect(weekdayKey('2026-11-20')).toBe('d5')
    expect(weekdayKey('soon')).toBeNull()
    expect(isBackwards({ from: '2026-11-21', to: '2026-11-20' })).toBe(true)
    expect(isBackwards({ from: '2026-11-21', to: '' })).toBe(false)
  })
})
