import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holtWintersForecast, movingAverageForecast } from './demand-forecast.ts'
import { kitting, kittingOutlook } from './kitting.ts'

describe('the baseline forecast', () => {
  it('is the mean of what is known', () => {
    // (30 + 50)/2.
    expect(movingAverageForecast([10, 30, 50], 2, 3)).toEqual([40, 40, 40])
    expect(movingAverageForecast([10], 5, 1)).toEqual([10])
    expect(movingAverageForecast([], 5, 1)).toBeNull()
    expect(() => movingAverageForecast([1], 0, 1)).toThrow('window')
  })
})

describe('Holt-Winters', () => {
  const settings = { level: 0.5, trend: 0.5, season: 0.5, seasonLength: 2 }

  it('of a worked history', () => {
    // History 10 20 14 24: level 15, trend (19 − 15)/2 = 2, seasons −5, 5.
    // 14: level ½·19 + ½·17 = 18, trend ½·3 + ½·2 = 2.5, season ½·(−4) + ½·(−5) = −4.5.
    // 24: level ½·19 + ½·20.5 = 19.75, trend ½·1.75 + ½·2.5 = 2.125, season ½·4.25 + ½·5 = 4.625.
    // Next: 19.75 + 2.125 − 4.5 and 19.75 + 4.25 + 4.625.
    expect(holtWintersForecast([10, 20, 14, 24], settings, 2)).toEqual([17.375, 28.625])
  })

  it('needs two seasons and constants that make sense', () => {
    expect(holtWintersForecast([1, 2, 3], settings, 2)).toBeNull()
    expect(() => holtWintersForecast([], { ...settings, level: 2 }, 1)).toThrow('level')
    expect(() => holtWintersForecast([], { ...settings, seasonLength: 0 }, 1)).toThrow('seasonLength')
  })

  it('continues a pattern without noise exactly', () => {
    const constant = fc.double({ min: 0, max: 1, noNaN: true })
    const season = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        season,
        fc.integer({ min: 2, max: 5 }),
        fc.tuple(constant, constant, constant),
        (pattern, times, [a, b, c]) => {
          const seasonLength = pattern.length
          const history = Array.from({ length: seasonLength * times }, (_, i) => 100 + pattern[i % seasonLength]!)
          const forecast = holtWintersForecast(history, { level: a, trend: b, season: c, seasonLength }, seasonLength)!
          forecast.forEach((value, k) => expect(value).toBeCloseTo(100 + pattern[k]!, 8))
        },
      ),
    )
  })
})

describe('the outlook of kitting', () => {
  const order = (id: string, quantity: number) => ({
    order: id,
    priority: 1,
    due: id,
    components: new Map([['spring', quantity]]),
  })

  it('gives every expected piece once, in the order of allocation', () => {
    // 100 in stock: O1 lacks 50, O2 80 (reserve takes all): 60 on the 3rd do for O1 and leave 10; O2 waits for the 5th.
    const kitted = kitting([order('O1', 150), order('O2', 80), order('O3', 500)], new Map([['spring', 100]]), 'reserve')
    const receipts = [
      { component: 'spring', date: '2026-03-05', quantity: 70 },
      { component: 'spring', date: '2026-03-03', quantity: 60 },
      { component: 'label', date: '2026-03-01', quantity: 900 },
    ]
    expect(kittingOutlook(kitted, receipts)).toEqual([
      { order: 'O1', component: 'spring', missing: 50, expected: '2026-03-03' },
      { order: 'O2', component: 'spring', missing: 80, expected: '2026-03-05' },
      { order: 'O3', component: 'spring', missing: 500, expected: null },
    ])
    expect(kittingOutlook(kitting([order('O1', 50)], new Map([['spring', 100]]), 'skip'), receipts)).toEqual([])
    expect(kittingOutlook(kitted, []).map((each) => each.expected)).toEqual([null, null, null])
  })
})
