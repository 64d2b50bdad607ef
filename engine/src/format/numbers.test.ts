import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fixedDigits,
  formatDefectShare,
  formatPercent,
  formatPointDelta,
  formatPpm,
  percentDigits,
  roundHalfAway,
  signedDigits,
} from './numbers.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 })

describe('rounding', () => {
  it('goes half away from zero by the decimal digits of the number', () => {
    expect(roundHalfAway(2.5, 0)).toBe(3)
    expect(roundHalfAway(-2.5, 0)).toBe(-3)
    expect(roundHalfAway(1.005, 2)).toBe(1.01)
    expect(roundHalfAway(-1.005, 2)).toBe(-1.01)
    expect(roundHalfAway(1e-9, 2)).toBe(0)
    expect(Object.is(roundHalfAway(-0.001, 2), 0)).toBe(true)
  })

  it('refuses what is not a finite number instead of showing NaN', () => {
    expect(() => roundHalfAway(Number.NaN, 1)).toThrow(RangeError)
    expect(() => fixedDigits(Infinity)).toThrow(RangeError)
  })

  it('never moves a number by more than half of its last place, and treats both signs alike', () => {
    fc.assert(
      fc.property(finite, fc.integer({ min: 0, max: 4 }), (value, decimals) => {
        const rounded = roundHalfAway(value, decimals)
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(
          0.5 * 10 ** -decimals * (1 + 1e-9) + Math.abs(value) * 1e-15,
        )
        expect(roundHalfAway(-value, decimals)).toBe(rounded === 0 ? 0 : -rounded)
      }),
    )
  })
})

describe('digits', () => {
  it('are grouped by thousands, with a true minus and a fixed number of decimals', () => {
    expect(fixedDigits(9876)).toBe('9,876')
    expect(fixedDigits(-1234567.891, 2)).toBe('−1,234,567.89')
    expect(fixedDigits(12, 1)).toBe('12.0')
    expect(fixedDigits(1e21)).toBe('1,000,000,000,000,000,000,000')
  })

  it('of a value that rounds to zero have no sign', () => {
    expect(fixedDigits(-0.04, 1)).toBe('0.0')
    expect(signedDigits(-0.04, 1)).toBe('0.0')
  })

  it('always read back as the rounded number', () => {
    fc.assert(
      fc.property(finite, fc.integer({ min: 0, max: 4 }), (value, decimals) => {
        const read = Number(fixedDigits(value, decimals).replaceAll(',', '').replace('−', '-'))
        expect(read).toBeCloseTo(roundHalfAway(value, decimals), 6)
      }),
    )
  })

  it('of differences carry their sign', () => {
    expect(signedDigits(3)).toBe('+3')
    expect(signedDigits(-142)).toBe('−142')
    expect(signedDigits(0)).toBe('0')
  })
})

describe('shares', () => {
  it('have one decimal and no space before the sign', () => {
    expect(formatPercent(0.815)).toEqual({ number: '81.5', unit: '%', text: '81.5%' })
    expect(percentDigits(0.6655)).toBe('66.6')
    expect(percentDigits(0.145, 0)).toBe('15')
  })

  it('drop the decimal from 100 % up, judged after rounding', () => {
    expect(percentDigits(1)).toBe('100')
    expect(percentDigits(0.9996)).toBe('100')
    expect(percentDigits(0.9994)).toBe('99.9')
    expect(percentDigits(1.081)).toBe('108')
    expect(percentDigits(-1.2)).toBe('−120')
  })

  it('differ in percentage points, not in per cent of per cent', () => {
    expect(formatPointDelta(0.012, 'zh-CN').text).toBe('+1.2\u00a0百分点')
    expect(formatPointDelta(-0.018, 'en').text).toBe('−1.8\u00a0pp')
  })

  it('of defects are ppm below 0.1 % and per cent above', () => {
    expect(formatDefectShare(0.000612).text).toBe('612\u00a0ppm')
    expect(formatDefectShare(0.014).text).toBe('1.4%')
    expect(formatDefectShare(0).text).toBe('0\u00a0ppm')
    expect(formatPpm(3.4).text).toBe('3.4\u00a0ppm')
  })
})
