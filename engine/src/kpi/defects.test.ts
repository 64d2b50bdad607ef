import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  actualToPlannedScrap,
  costOfPoorQuality,
  defectsPerUnit,
  fallOffRatio,
  firstPassCounts,
  inspectionPassRate,
  reworkRatio,
  scrapRatio,
  type SerialPass,
} from './defects.ts'
import { defectsPerMillion, firstPassYield } from './yield.ts'

describe('defects', () => {
  it('of worked examples', () => {
    expect(scrapRatio(480, 40_000)).toBe(0.012)
    expect(reworkRatio(320, 40_000)).toBe(0.008)
    expect(actualToPlannedScrap(30, 40)).toBe(0.75)
    // 18 scrapped at OP30 of 1200 started at OP10.
    expect(fallOffRatio(18, 1_200)).toBe(0.015)
    // 25 defects on 100 units with 50 opportunities: 0.25 DPU, 5000 DPMO.
    expect(defectsPerUnit(25, 100)).toBe(0.25)
    expect(defectsPerMillion(25, 100, 50)).toBeCloseTo(5_000, 9)
    // 10 × 4.20 + 3 h × 60 = 222.
    expect(costOfPoorQuality([{ scrap: 10, standardCost: 4.2, reworkHours: 3, hourlyRate: 60 }])).toBeCloseTo(222, 9)
  })

  it('are unknown without anything made, not zero', () => {
    expect([scrapRatio(0, 0), reworkRatio(0, 0), defectsPerUnit(0, 0), fallOffRatio(0, 0)]).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(actualToPlannedScrap(3, 0)).toBeNull()
    expect(costOfPoorQuality([])).toBe(0)
  })

  it('pass rate differs by lot and by quantity, and an undecided lot is in neither', () => {
    const lots = [
      { inspected: 100, accepted: 98, decision: 'accepted' as const },
      { inspected: 400, accepted: 300, decision: 'rejected' as const },
      { inspected: 50, accepted: 0, decision: null },
    ]
    // 1 of 2 lots; 398 of 500 pieces.
    expect(inspectionPassRate(lots)).toEqual({ lotRate: 0.5, quantityRate: 0.796, decided: 2, undecided: 1 })
    expect(inspectionPassRate([])).toEqual({ lotRate: null, quantityRate: null, decided: 0, undecided: 0 })
  })
})

describe('first pass of serials', () => {
  it('counts a pump that returned twice once', () => {
    // K11 in small: 20 pumps, one returns once, one twice: 18 right the first time.
    const passes: SerialPass[] = Array.from({ length: 20 }, (_, i) => ({
      serial: `P${i}`,
      result: i < 2 ? 'rework' : 'good',
    }))
    passes.push({ serial: 'P0', result: 'good' }, { serial: 'P1', result: 'rework' }, { serial: 'P1', result: 'scrap' })
    const counts = firstPassCounts(passes)
    expect(counts).toEqual({ input: 20, scrap: 0, rework: 2 })
    expect(firstPassYield(counts)).toBe(0.9)
    expect(firstPassYield(firstPassCounts([]))).toBeNull()
  })

  it('never counts more units than serials', () => {
    const pass = fc.record({
      serial: fc.constantFrom('a', 'b', 'c', 'd'),
      result: fc.constantFrom('good' as const, 'rework' as const, 'scrap' as const),
    })
    fc.assert(
      fc.property(fc.array(pass), (passes) => {
        const { input, scrap, rework } = firstPassCounts(passes)
        expect(input).toBe(new Set(passes.map((each) => each.serial)).size)
        expect(scrap + rework).toBeLessThanOrEqual(input)
      }),
    )
  })
})
