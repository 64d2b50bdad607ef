import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onTimeInFull, promiseOf, supplierOnTime } from './delivery.ts'
import { feedCompleteness, feedHealth, mappingCoverage } from './feed-health.ts'
import { interfaceHealth } from './interface-health.ts'
import {
  leadTimeReliability,
  logisticsTimeliness,
  partsPerMillion,
  responseTime,
  scorecard,
  supplierQuality,
} from './supplier.ts'

describe('supplier quality', () => {
  const lots = [
    { received: 1_000, rejectedPieces: 2, decision: 'accepted' as const },
    { received: 500, rejectedPieces: 30, decision: 'rejected' as const },
    { received: 500, rejectedPieces: 0, decision: null },
  ]

  it('depends on what a rejected lot counts as', () => {
    // (2 + 500)/2000 = 251 000 PPM; (2 + 30)/2000 = 16 000 PPM; one of two decided lots.
    expect(supplierQuality(lots, 'whole-lot')).toEqual({ ppm: 251_000, lotAcceptance: 0.5, rejectedLots: 1 })
    expect(supplierQuality(lots, 'bad-pieces').ppm).toBe(16_000)
    expect(supplierQuality([], 'whole-lot')).toEqual({ ppm: null, lotAcceptance: null, rejectedLots: 0 })
    // 150 of 150 000.
    expect(partsPerMillion(150, 150_000)).toBe(1_000)
    expect(partsPerMillion(1, 0)).toBeNull()
  })
})

describe('supplier on-time delivery', () => {
  const lines = [
    { due: '2026-03-02', received: '2026-03-02' },
    { due: '2026-03-05', received: '2026-03-09' },
    { due: '2026-03-20', received: null },
    { due: '2026-03-20', received: '2026-03-06' },
  ]

  it('counts what was due by a date, and nothing that was not known then', () => {
    // On the 7th: the first in time, the second overdue and not here, the fourth early; the third is not due.
    expect(supplierOnTime(lines, { earlyDays: null, lateDays: 0, asOf: '2026-03-07' })).toEqual({
      lines: 3,
      onTime: 2 / 3,
    })
    expect(supplierOnTime(lines, { earlyDays: 5, lateDays: 0, asOf: '2026-03-07' }).onTime).toBe(1 / 3)
    expect(supplierOnTime(lines, { earlyDays: null, lateDays: 4 })).toEqual({ lines: 4, onTime: 0.75 })
    expect(supplierOnTime(lines, { earlyDays: null, lateDays: 0, asOf: '2026-01-01' })).toEqual({
      lines: 0,
      onTime: null,
    })
  })
})

describe('supplier times', () => {
  it('give median, percentiles and deviation of what has arrived', () => {
    const lines = [10, 14, 12, 20].map((days) => ({ orderedAt: 0, receivedAt: days }))
    // Sorted 10 12 14 20: rank 2 and rank 4; mean 14, squares 16 + 4 + 0 + 36 = 56, 56/3.
    expect(leadTimeReliability([...lines, { orderedAt: 0, receivedAt: null }])).toEqual({
      p50: 12,
      p90: 20,
      p95: 20,
      deviation: expect.closeTo(Math.sqrt(56 / 3), 12),
    })
    expect(
      responseTime([
        { orderedAt: 5, confirmedAt: 9 },
        { orderedAt: 5, confirmedAt: null },
      ]),
    ).toEqual({
      p50: 4,
      p90: 4,
      p95: 4,
      deviation: null,
    })
    expect(responseTime([])).toEqual({ p50: null, p90: null, p95: null, deviation: null })
  })

  it('count an open and overdue transport as a miss', () => {
    const transports = [
      { shippedAt: 0, promisedAt: 10, deliveredAt: 8 },
      { shippedAt: 0, promisedAt: 10, deliveredAt: 12 },
      { shippedAt: 0, promisedAt: 10, deliveredAt: null },
      { shippedAt: 0, promisedAt: 99, deliveredAt: null },
    ]
    expect(logisticsTimeliness(transports, 20)).toMatchObject({ due: 3, onTime: 1 / 3, transit: { p50: 8, p95: 12 } })
    expect(logisticsTimeliness([], 20)).toMatchObject({ due: 0, onTime: null })
  })

  it('weigh what is known and say how much that is', () => {
    const components = [
      { name: 'OTD', score: 0.9, weight: 5 },
      { name: 'PPM', score: 0.6, weight: 3 },
      { name: 'response', score: null, weight: 2 },
    ]
    // (4.5 + 1.8)/8 = 0.7875.
    expect(scorecard(components)).toEqual({ index: expect.closeTo(0.7875, 12), covered: 0.8 })
    expect(scorecard([])).toEqual({ index: null, covered: null })
  })
})

describe('OTIF', () => {
  const line = { order: 'S', due: '2026-03-10', quantity: 0.8, cancelledOn: null }

  it('is not missed by the rounding of partial shipments, nor by a late surplus', () => {
    const parts = [
      { date: '2026-03-10', quantity: 0.7 },
      { date: '2026-03-10', quantity: 0.1 },
    ]
    expect(onTimeInFull([{ ...line, shipments: parts }], '2026-03-31', [0, 0])).toMatchObject({
      inFull: 1,
      otifLine: 1,
    })
    const surplus = [...parts, { date: '2026-03-12', quantity: 0.1 }]
    expect(onTimeInFull([{ ...line, shipments: surplus }], '2026-03-31', [0, 0])).toMatchObject({
      onTime: 1,
      otifLine: 1,
    })
  })

  it('takes the window and the tolerance of the customer', () => {
    const shipments = [{ date: '2026-03-08', quantity: 0.76 }]
    const otif = (changes: Partial<Parameters<typeof onTimeInFull>[0][number]>) =>
      onTimeInFull([{ ...line, shipments, ...changes }], '2026-03-31', [0, 0])
    expect(otif({})).toMatchObject({ onTime: 0, inFull: 0 })
    // Two days early is inside [−3, 0]; 0.76 is 95 % of 0.8.
    expect(otif({ windowDays: [-3, 0] })).toMatchObject({ onTime: 1, inFull: 0, otifLine: 0 })
    expect(otif({ windowDays: [-3, 0], shortTolerance: 0.05 })).toMatchObject({ onTime: 1, inFull: 1, otifLine: 1 })
  })

  it('is judged by the first promise unless the policy says otherwise', () => {
    const dates = { requested: '2026-03-01', firstPromised: '2026-03-05', currentPromised: '2026-03-09' }
    expect(promiseOf(dates, 'first')).toBe('2026-03-05')
    expect(promiseOf(dates, 'current')).toBe('2026-03-09')
    expect(promiseOf(dates, 'requested')).toBe('2026-03-01')
    expect(promiseOf({ ...dates, firstPromised: null }, 'first')).toBe('2026-03-09')
    expect(promiseOf({ requested: null, firstPromised: null, currentPromised: null }, 'first')).toBeNull()
  })

  it('never exceeds on time or in full', () => {
    const shipment = fc.record({ date: fc.constantFrom('2026-03-05', '2026-03-10', '2026-03-12'), quantity: fc.nat(5) })
    const lines = fc.array(
      fc.record({
        order: fc.constantFrom('A', 'B', 'C'),
        due: fc.constantFrom('2026-03-06', '2026-03-10', '2026-04-10'),
        quantity: fc.integer({ min: 1, max: 8 }),
        shipments: fc.array(shipment, { maxLength: 4 }),
        cancelledOn: fc.constantFrom(null, '2026-03-01', '2026-03-20'),
      }),
    )
    fc.assert(
      fc.property(lines, (each) => {
        const figures = onTimeInFull(each, '2026-03-31', [-3, 1])
        if (figures.lines === 0) expect(figures.otifLine).toBeNull()
        else expect(figures.otifLine!).toBeLessThanOrEqual(Math.min(figures.onTime!, figures.inFull!))
      }),
    )
  })
})

describe('interfaces', () => {
  it('are judged against their own cadence', () => {
    const feed = { newestEventAt: 400, cadenceMs: 200, oldestWaitingAt: 900 }
    expect(feedHealth(feed, 1_000)).toEqual({ lagMs: 600, lagInPeriods: 3, backlogAgeMs: 100 })
    expect(feedHealth({ ...feed, newestEventAt: null, oldestWaitingAt: null }, 1_000)).toEqual({
      lagMs: null,
      lagInPeriods: null,
      backlogAgeMs: 0,
    })
    // A source clock ahead of ours is not a negative lag.
    expect(feedHealth({ ...feed, newestEventAt: 1_500 }, 1_000).lagMs).toBe(0)
    expect([feedCompleteness(98, 100), feedCompleteness(3, null), feedCompleteness(3, 0)]).toEqual([0.98, null, null])
    // 4 of 200 rows have an unmapped code.
    expect(
      mappingCoverage([
        { rows: 150, unmapped: 4 },
        { rows: 50, unmapped: 0 },
      ]),
    ).toBe(0.98)
    expect(mappingCoverage([])).toBeNull()
  })

  it('take an unmeasured call into the rate but not into the times, and any class name', () => {
    const calls = [
      { ok: false, durationMs: null, error: 'TIMEOUT' },
      { ok: true, durationMs: 5, error: null },
      { ok: false, durationMs: 7, error: '__proto__' },
      { ok: false, durationMs: 9, error: null },
    ]
    const health = interfaceHealth(calls)
    expect(health).toMatchObject({ successRate: 0.25, p50Ms: 7, maxMs: 9 })
    expect(Object.entries(health.errors)).toEqual([
      ['TIMEOUT', 1],
      ['__proto__', 1],
      ['unclassified', 1],
    ])
  })
})
