import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import { equipmentTimeParts } from '@gemba/contracts/kpi'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addParts, emptyParts, lossWaterfall, oeeFromParts, sumParts } from './oee.ts'

const HOUR = 3_600_000
const shift = (changes: Partial<EquipmentTimeParts>): EquipmentTimeParts => ({
  ...emptyParts(),
  allMs: 8 * HOUR,
  scheduledMs: 7 * HOUR,
  plannedStopMs: HOUR,
  plannedMs: 7 * HOUR,
  ...changes,
})

describe('OEE figures', () => {
  it('are all unknown without planned time, and pieces made then are a finding', () => {
    const figures = oeeFromParts({ ...emptyParts(), allMs: HOUR, unscheduledMs: HOUR, total: 5, good: 5, idealMs: 10 })
    expect(figures).toMatchObject({ oee: null, availability: null, performance: null, quality: null, teep: null })
    expect(figures).toMatchObject({ missing: 'not-scheduled', flags: ['output-without-schedule'], coverage: null })
  })

  it('say that data are missing when nothing of the scheduled time was observed', () => {
    const figures = oeeFromParts(shift({ noDataMs: 7 * HOUR, plannedMs: 0 }))
    expect(figures).toMatchObject({ oee: null, missing: 'no-data', coverage: 0, flags: ['coverage-below-95'] })
  })

  it('are zero, not unknown, when the unit never ran', () => {
    const figures = oeeFromParts(shift({ downMs: 7 * HOUR }))
    expect(figures).toMatchObject({ oee: 0, availability: 0, performance: null, quality: null, missing: undefined })
    expect(figures.missingBy).toMatchObject({ performance: 'not-running', quality: 'no-output' })
  })

  it('have performance zero and no quality when it ran and made nothing', () => {
    const figures = oeeFromParts(shift({ runMs: 7 * HOUR }))
    expect(figures).toMatchObject({ oee: 0, availability: 1, performance: 0, quality: null })
    expect(figures.missingBy).toEqual({ quality: 'no-output' })
  })

  it('show performance over 100 % as it is and flag it', () => {
    const figures = oeeFromParts(
      shift({ runMs: 7 * HOUR, idealMs: 7.7 * HOUR, idealGoodMs: 7.7 * HOUR, total: 9, good: 9 }),
    )
    expect(figures.performance).toBeCloseTo(1.1, 12)
    expect(figures.flags).toEqual(['performance-over-100'])
  })

  it('are unknown, not zero, when every piece was made unobserved', () => {
    const figures = oeeFromParts(shift({ runMs: HOUR, total: 10, good: 10, uncoveredPieces: 10 }))
    expect(figures).toMatchObject({ oee: null, missing: 'no-data', availability: 1 / 7, flags: ['uncovered-pieces'] })
  })

  const partsArbitrary = fc
    .tuple(...Array.from({ length: 8 }, () => fc.integer({ min: 0, max: 1_000_000 })))
    .map(([unscheduledMs, plannedStopMs, noDataMs, setupMs, downMs, microStopMs, restMs, idealMs]) => {
      const runMs = microStopMs! + restMs!
      const plannedMs = setupMs! + downMs! + runMs
      const scheduledMs = plannedMs + noDataMs!
      const base = {
        unscheduledMs: unscheduledMs!,
        plannedStopMs: plannedStopMs!,
        noDataMs: noDataMs!,
        setupMs: setupMs!,
      }
      const allMs = scheduledMs + unscheduledMs! + plannedStopMs!
      const made = { idealMs: idealMs!, idealGoodMs: Math.floor(idealMs! * 0.9), total: idealMs!, good: idealMs! }
      return {
        ...emptyParts(),
        ...base,
        allMs,
        scheduledMs,
        plannedMs,
        runMs,
        downMs: downMs!,
        microStopMs: microStopMs!,
        ...made,
      }
    })

  it('multiply: A × P × Q is OEE', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const { oee, availability, performance, quality } = oeeFromParts(parts)
        if (availability === null || performance === null || quality === null) return
        expect(availability * performance * quality).toBeCloseTo(oee!, 9)
      }),
    )
  })

  it('come from waterfall bars that add up exactly', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const bars = lossWaterfall(parts)
        const losses = bars.setupMs + bars.downMs + bars.microStopMs + bars.speedMs + bars.qualityMs
        expect(losses + bars.effectiveMs).toBe(bars.plannedMs)
        expect(bars.unscheduledMs + bars.plannedStopMs + bars.noDataMs + bars.plannedMs).toBe(bars.allMs)
        expect(bars.effectiveMs).toBe(parts.idealGoodMs)
      }),
    )
  })

  it('rest on parts that add up in any grouping', () => {
    fc.assert(
      fc.property(fc.array(partsArbitrary, { maxLength: 6 }), fc.nat(6), (list, cut) => {
        expect(addParts(sumParts(list.slice(0, cut)), sumParts(list.slice(cut)))).toEqual(sumParts(list))
      }),
    )
    expect(equipmentTimeParts.parse(sumParts([]))).toEqual(emptyParts())
  })
})
