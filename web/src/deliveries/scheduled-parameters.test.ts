import { scheduledParameter } from '@gemba/contracts/delivery'
import { describe, expect, it } from 'vitest'
import { MOVING_RANGES, begun, fixedOf, wayOf, waysOf, withParameter } from './scheduled-parameters.ts'

const range = { from: '2026-11-01', to: '2026-11-07' }

describe('a parameter of a scheduled report', () => {
  it('is left to the report, moves with the run, or has one value', () => {
    expect(wayOf(undefined)).toBe('default')
    expect(wayOf({ relative: 'today', days: -1 })).toBe('moving')
    expect(wayOf(MOVING_RANGES.lastMonth)).toBe('moving')
    for (const value of ['SUZ', 3, true, null, ['a', 'b'], range]) expect(wayOf(value)).toBe('fixed')
  })

  it('moves only when it is a date', () => {
    expect(waysOf({ type: 'dateRange' })).toContain('moving')
    expect(waysOf({ type: 'equipment' })).toEqual(['default', 'fixed'])
  })

  it('begins with what the report would take, and is gone when it is left to the report', () => {
    const params = withParameter({ place: 'SUZ' }, 'period', begun('moving', { type: 'dateRange', value: range }))
    expect(params).toEqual({ place: 'SUZ', period: MOVING_RANGES.lastSeven })
    expect(withParameter(params, 'period', begun('fixed', { type: 'dateRange', value: range }))['period']).toBe(range)
    expect(withParameter(params, 'period', begun('default', { type: 'dateRange', value: range }))).toEqual({
      place: 'SUZ',
    })
    expect(fixedOf(params)).toEqual({ place: 'SUZ' })
  })

  it('takes only ranges that the contract knows', () => {
    for (const each of Object.values(MOVING_RANGES)) expect(scheduledParameter.parse(each)).toEqual(each)
  })
})
