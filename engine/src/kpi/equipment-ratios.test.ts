import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportionRun, capped, equipmentRatiosOfParts, excessSetup } from './equipment-ratios.ts'
import { equipmentLoadRatio, equipmentRatios, orderRatios } from './iso22400.ts'
import { lineOee, type LineUnit } from './line-oee.ts'
import { emptyParts, oeeFromParts } from './oee.ts'

const MINUTE = 60_000

/** A day: 480 min unscheduled, 60 planned stops, 20 no data, 880 planned; 40 setup, 80 down, 760 run; ideal 684, good 616. */
const day = {
  ...emptyParts(),
  allMs: 1_440 * MINUTE,
  unscheduledMs: 480 * MINUTE,
  plannedStopMs: 60 * MINUTE,
  scheduledMs: 900 * MINUTE,
  noDataMs: 20 * MINUTE,
  plannedMs: 880 * MINUTE,
  setupMs: 40 * MINUTE,
  downMs: 80 * MINUTE,
  runMs: 760 * MINUTE,
  idealMs: 684 * MINUTE,
  idealGoodMs: 616 * MINUTE,
  total: 684,
  good: 616,
}

describe('the rarer equipment ratios', () => {
  it('of a worked day', () => {
    // OEE 616/880 = 0.7. NEE (760 + 40)/880 × 616/760 = 800·616/(880·760) = 0.736842…
    // OOE 616/(1440 − 20 − 480) = 616/940. U 880/1420. Run/all 760/1420. Setup 40/800. TE 760/840.
    const ratios = equipmentRatiosOfParts(day)
    expect(oeeFromParts(day).oee).toBeCloseTo(0.7, 12)
    expect(ratios.nee).toBeCloseTo(0.736842105263, 12)
    expect(ratios.ooe).toBeCloseTo(0.655319148936, 12)
    expect(ratios.utilization).toBeCloseTo(0.619718309859, 12)
    expect(ratios.calendarUptime).toBeCloseTo(0.535211267606, 12)
    expect(ratios.setupRate).toBeCloseTo(0.05, 12)
    expect(ratios.technicalEfficiency).toBeCloseTo(0.904761904762, 12)
  })

  it('are unknown without planned or running time', () => {
    expect(equipmentRatiosOfParts(emptyParts())).toEqual({
      nee: null,
      ooe: null,
      utilization: null,
      calendarUptime: null,
      setupRate: null,
      technicalEfficiency: null,
    })
    expect(equipmentRatiosOfParts({ ...day, runMs: 0, downMs: 840 * MINUTE }).nee).toBeNull()
  })

  it('never put NEE below OEE, nor OOE above OEE', () => {
    const ms = fc.integer({ min: 0, max: 100_000 })
    fc.assert(
      fc.property(fc.tuple(ms, ms, ms, ms, ms), ([setupMs, downMs, runMs, plannedStopMs, idealGoodMs]) => {
        const plannedMs = setupMs + downMs + runMs
        const allMs = plannedMs + plannedStopMs
        const parts = { ...emptyParts(), setupMs, downMs, runMs, plannedStopMs, plannedMs, scheduledMs: plannedMs }
        const whole = { ...parts, allMs, idealGoodMs, idealMs: idealGoodMs, total: 1, good: 1 }
        const { nee, ooe } = equipmentRatiosOfParts(whole)
        const oee = oeeFromParts(whole).oee
        if (nee !== null && oee !== null) expect(nee).toBeGreaterThanOrEqual(oee * (1 - 1e-12))
        if (ooe !== null && oee !== null) expect(ooe).toBeLessThanOrEqual(oee * (1 + 1e-12))
      }),
    )
  })

  it('of ISO 22400-2 keep NEE at zero when nothing was made, as OEE is', () => {
    const elements = { busy: 100, unitBusy: 90, production: 50, setup: 10, delay: 30, idealPerItem: 1 }
    expect(equipmentRatios({ ...elements, produced: 0, good: 0 })).toMatchObject({ oee: 0, nee: 0, qualityRatio: null })
    // An order of 600 pieces in 10 h on units that were busy 15 h and produced 12 h.
    expect(orderRatios({ produced: 600, execution: 10, unitBusy: 15, production: 12 })).toEqual({
      throughputRate: 60,
      allocationRatio: 1.5,
      productionProcessRatio: 1.2,
    })
    expect(orderRatios({ produced: 1, execution: 0, unitBusy: 0, production: 0 }).throughputRate).toBeNull()
    expect(equipmentLoadRatio(300, 400)).toBe(0.75)
    expect(equipmentLoadRatio(300, 0)).toBeNull()
  })

  it('cap only when asked, split excess setup out and share the run time of several orders', () => {
    expect([capped(1.2), capped(0.4), capped(null)]).toEqual([1, 0.4, null])
    // Three changeovers of 10 min standard took 42 min: 12 min too long.
    expect(excessSetup(42 * MINUTE, 3, 10 * MINUTE)).toBe(12 * MINUTE)
    expect(excessSetup(5, 3, 10)).toBe(0)
    // Six cavities of one order and two of another: 3/4 and 1/4 of 800.
    expect([
      ...apportionRun(
        800,
        new Map([
          ['A', 6],
          ['B', 2],
        ]),
      ).values(),
    ]).toEqual([600, 200])
    expect([
      ...apportionRun(
        800,
        new Map([
          ['A', 0],
          ['B', -1],
        ]),
      ).values(),
    ]).toEqual([400, 400])
    expect(apportionRun(800, new Map()).size).toBe(0)
  })
})

describe('OEE of a line', () => {
  const unit = (equipment: string, idealGoodMin: number, isBottleneck = false): LineUnit => ({
    equipment,
    isBottleneck,
    parts: {
      ...emptyParts(),
      allMs: 100 * MINUTE,
      scheduledMs: 100 * MINUTE,
      plannedMs: 100 * MINUTE,
      runMs: 90 * MINUTE,
      idealMs: idealGoodMin * MINUTE,
      idealGoodMs: idealGoodMin * MINUTE,
      total: 50,
      good: 50,
    },
  })

  it('follows its rule and never multiplies units', () => {
    const units = [unit('OP10', 60), unit('OP20', 80), unit('OP30', 40)]
    expect(lineOee(units, 'bottleneck')).toMatchObject({ equipment: 'OP20', oee: 0.8 })
    expect(lineOee([...units, unit('OP40', 10, true)], 'bottleneck')).toMatchObject({ equipment: 'OP40', oee: 0.1 })
    // 50 good × 1.5 min / 100 min.
    expect(lineOee(units, 'last-operation', 1.5 * MINUTE)).toMatchObject({ equipment: 'OP30', oee: 0.75 })
    expect(lineOee(units, 'last-operation').oee).toBeNull()
    // (60 + 80 + 40) / 300.
    expect(lineOee(units, 'sum-of-parallel-units').oee).toBeCloseTo(0.6, 12)
  })

  it('is unknown without units or planned time', () => {
    for (const rule of ['bottleneck', 'last-operation', 'sum-of-parallel-units'] as const) {
      expect(lineOee([], rule, 1).oee).toBeNull()
    }
    const idle = { equipment: 'X', isBottleneck: false, parts: emptyParts() }
    expect(lineOee([idle], 'bottleneck')).toEqual({ rule: 'bottleneck', oee: null, equipment: null, figures: null })
  })
})
