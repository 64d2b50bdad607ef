import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bottleneckRanking, capacityLoad, taktTime } from './capacity.ts'
import { delayRisk } from './delay-risk.ts'
import { scheduleAttainment } from './flow.ts'
import {
  cycleTime,
  energyPerGood,
  littleCheck,
  orderTimes,
  reportTimeliness,
  wipTurns,
  workInProcess,
} from './flow-times.ts'
import { scheduleAdherence } from './schedule-adherence.ts'

const HOUR = 3_600_000

describe('work in process', () => {
  it('is what arrived and did not leave, in pieces, hours and value', () => {
    const operations = [
      { operation: '10', arrived: 100, good: 80, scrap: 5, standardHours: 0.1, standardValue: 2 },
      { operation: '20', arrived: 80, good: 50, scrap: 0, standardHours: 0.2, standardValue: 3 },
      // Reported ahead of the operation before: nothing is in process, not minus 10.
      { operation: '30', arrived: 50, good: 60, scrap: 0, standardHours: 1, standardValue: 9 },
    ]
    // 15 + 30 pieces; 1.5 + 6 h; 30 + 90 value.
    const wip = workInProcess(operations)
    expect(wip).toMatchObject({ pieces: 45, value: 120 })
    expect(wip.hours).toBeCloseTo(7.5, 12)
    expect(wip.byOperation.map((each) => each.pieces)).toEqual([15, 30, 0])
    expect(workInProcess([])).toEqual({ pieces: 0, hours: 0, value: 0, byOperation: [] })
  })
})

describe('times of orders', () => {
  it('are three different things', () => {
    const stamps = { orderedAt: 0, releasedAt: 10, startedAt: 15, completedAt: 40, deliveredAt: 70 }
    expect(orderTimes(stamps)).toEqual({ flowMs: 30, leadMs: 70, releaseToStartMs: 5 })
    expect(orderTimes({ ...stamps, completedAt: null, startedAt: 9 })).toEqual({
      flowMs: null,
      leadMs: 70,
      releaseToStartMs: null,
    })
    // Completions at 0, 6, 20: (20 − 0)/2.
    expect(cycleTime([20, 0, 6])).toBe(10)
    expect([cycleTime([]), cycleTime([5])]).toEqual([null, null])
  })

  it('agree by Little', () => {
    // 100/h × 2 h = 200; 190 measured is 5 % below.
    expect(littleCheck(190, { throughput: 100, flowTime: 2 })).toEqual({
      expectedWip: 200,
      deviation: -0.05,
      isConsistent: true,
    })
    expect(littleCheck(300, { throughput: 100, flowTime: 2 }).isConsistent).toBe(false)
    expect(littleCheck(5, { throughput: 0, flowTime: 2 })).toMatchObject({ deviation: null, isConsistent: null })
    expect(wipTurns(1_200, 100)).toBe(12)
    expect(wipTurns(1, 0)).toBeNull()
  })

  it('tell how late reports come', () => {
    const reports = Array.from({ length: 20 }, (_, i) => ({ eventAt: 0, receivedAt: (i + 1) * 10 }))
    // Nearest rank: 10th and 19th of 20.
    expect(reportTimeliness(reports)).toEqual({ p50Ms: 100, p95Ms: 190 })
    expect(reportTimeliness([{ eventAt: 5, receivedAt: 0 }])).toEqual({ p50Ms: 0, p95Ms: 0 })
    expect(reportTimeliness([])).toEqual({ p50Ms: null, p95Ms: null })
    expect(energyPerGood(120, 400)).toBe(0.3)
    expect(energyPerGood(null, 400)).toBeNull()
    expect(energyPerGood(120, 0)).toBeNull()
  })
})

describe('schedule adherence', () => {
  const operation = (startedAt: number | null, endedAt: number | null) => ({
    scheduledStartAt: 100,
    scheduledEndAt: 200,
    startedAt,
    endedAt,
  })

  it('counts early and late as off schedule and what is inside its tolerance not yet', () => {
    const operations = [operation(100, 205), operation(95, 180), operation(150, 260), operation(null, null)]
    // At 300, tolerance 10: ends 205 yes, 180 too early, 260 late, open miss: 1/4. Starts 100, 95 yes: 2/4.
    expect(scheduleAdherence(operations, 10, 300)).toEqual({ due: 4, adherence: 0.25, startAdherence: 0.5 })
    // At 205 the open one may still end in time: 1 of 2 done ones.
    expect(scheduleAdherence(operations, 10, 205)).toMatchObject({ due: 2, adherence: 0.5 })
    expect(scheduleAdherence([], 10, 300)).toEqual({ due: 0, adherence: null, startAdherence: null })
  })

  it('of quantities hides nothing behind overproduction', () => {
    const item = fc.record({ planned: fc.nat(1_000), actual: fc.nat(1_000) })
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const { volume, mix } = scheduleAttainment(items)
        if (mix === null || volume === null) return
        expect(mix).toBeLessThanOrEqual(Math.min(1, volume))
      }),
    )
  })
})

describe('delay risk', () => {
  const samples = [90, 110, 100, 100].map((good) => ({ good, plannedMs: HOUR }))
  const input = { remaining: 430, nowAt: 0, dueAt: 4 * HOUR, planned: [{ fromAt: 0, toAt: 8 * HOUR }], samples }

  it('is the probability that the planned time left does not do', () => {
    // Four hours give 400 ± √(4 · 200/3) = 16.33; P(N < 430) = Φ(1.8371) = 0.96690.
    expect(delayRisk(input)).toBeCloseTo(0.9669037101389, 10)
    expect(delayRisk({ ...input, remaining: 400 })).toBeCloseTo(0.5, 12)
  })

  it('knows the edges', () => {
    expect(delayRisk({ ...input, remaining: 0 })).toBe(0)
    expect(delayRisk({ ...input, nowAt: 5 * HOUR })).toBe(1)
    expect(delayRisk({ ...input, planned: [] })).toBe(1)
    expect(delayRisk({ ...input, samples: samples.slice(0, 3) })).toBeNull()
    const steady = samples.map((sample) => ({ ...sample, good: 100 }))
    expect(delayRisk({ ...input, remaining: 400, samples: steady })).toBe(0)
    expect(delayRisk({ ...input, remaining: 401, samples: steady })).toBe(1)
  })

  it('rises with what remains', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 800 }), fc.nat(100), (remaining, more) => {
        const risk = delayRisk({ ...input, remaining })!
        expect(risk).toBeGreaterThanOrEqual(0)
        expect(risk).toBeLessThanOrEqual(1)
        expect(delayRisk({ ...input, remaining: remaining + more })!).toBeGreaterThanOrEqual(risk)
      }),
    )
  })
})

describe('capacity', () => {
  it('loads a work centre with setup and run at standard', () => {
    // 2 h + 36 s × 500 = 5 h, 1 h + 18 s × 200 = 1 h: 9 h of 8 h.
    const work = [
      { setupHours: 2, runSecondsPerPiece: 36, quantity: 500 },
      { setupHours: 1, runSecondsPerPiece: 18, quantity: 200 },
    ]
    expect(capacityLoad(work, 8)).toEqual({ plannedHours: 9, availableHours: 8, load: 1.125, overloadHours: 1 })
    expect(capacityLoad(work, 0)).toMatchObject({ load: null, overloadHours: 9 })
    expect(capacityLoad([], 8)).toMatchObject({ load: 0, overloadHours: 0 })
    // 25 800 s for 860 pieces.
    expect(taktTime(25_800, 860)).toBe(30)
    expect(taktTime(25_800, 0)).toBeNull()
  })

  it('finds the unit that waits for nobody', () => {
    const units = [
      { equipment: 'A', utilization: 0.7, queue: 10, starved: 5, blocked: 20 },
      { equipment: 'B', utilization: 0.95, queue: 40, starved: 1, blocked: 1 },
      { equipment: 'C', utilization: 0.7, queue: 2, starved: 25, blocked: 0 },
    ]
    const ranking = bottleneckRanking(units)
    // B 1, 1, 1; A 2, 2, 2; C shares the second rank of utilisation with A: (2 + 3 + 2)/3.
    expect(ranking.map((each) => each.equipment)).toEqual(['B', 'A', 'C'])
    expect(ranking.map((each) => each.score)).toEqual([1, 2, 7 / 3])
    expect(bottleneckRanking([])).toEqual([])
  })
})
