import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays } from '../time/local-time.ts'
import { averageInventory, shortageProjection, stockAge } from './inventory.ts'
import { economicOrder, leadTimeDeviation, reorderPoint, replenishmentHint } from './replenishment.ts'
import { consumptionGaps, daysOfCover, expiryRisk, inventoryAccuracy, slowStock } from './stock-health.ts'

describe('stock age', () => {
  it('leaves nothing behind when decimals are used up', () => {
    const issue = { quantity: -0.1 }
    const moves = [
      { date: '2026-01-01', quantity: 0.3 },
      { date: '2026-01-02', ...issue },
      { date: '2026-01-03', ...issue },
      { date: '2026-01-04', ...issue },
    ]
    expect(stockAge(moves, '2026-02-01')).toEqual({ layers: [], total: 0, meanAgeDays: null })
  })

  it('keeps the balance of any moves, in any order they are given', () => {
    const move = fc.record({
      date: fc.nat(30).map((days) => addDays('2026-01-01', days)),
      quantity: fc.integer({ min: -50, max: 50 }),
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        const age = stockAge(moves, '2026-01-31')
        expect(age.total).toBe(moves.reduce((sum, each) => sum + each.quantity, 0) + 0)
        expect(stockAge([...moves].reverse(), '2026-01-31')).toEqual(age)
        age.layers.forEach((layer) => expect(layer.quantity).toBeGreaterThan(0))
      }),
    )
  })

  it('of a long history is quick', () => {
    const moves = Array.from({ length: 200_000 }, (_, i) => ({
      date: addDays('2000-01-01', i >> 5),
      quantity: i % 2 ? -1 : 1,
    }))
    expect(stockAge(moves, '2026-01-01').total).toBe(0)
  })
})

describe('averages and projections', () => {
  it('leave negative days out, visibly', () => {
    expect(averageInventory([100, 200, -50])).toEqual({ average: 150, negativeDays: 1 })
    expect(averageInventory([])).toEqual({ average: null, negativeDays: 0 })
    expect(averageInventory([0])).toEqual({ average: 0, negativeDays: 0 })
  })

  it('see no shortage in the rounding of decimals, and go by date', () => {
    const days = [
      { date: '2026-03-02', demand: 0.1, receipt: 0 },
      { date: '2026-03-01', demand: 0.2, receipt: 0 },
    ]
    const projection = shortageProjection(0.3, days, 0)
    expect(projection).toMatchObject({ firstShortage: null, firstBelowSafety: null, minBalance: 0 })
    expect(projection.path).toEqual([expect.closeTo(0.1, 12), 0])
    expect(shortageProjection(5, [], 10)).toEqual({
      path: [],
      firstShortage: null,
      firstBelowSafety: null,
      minBalance: null,
    })
  })
})

describe('reorder points', () => {
  it('of the planted spring (K12)', () => {
    // σ = √(6 · 3100² + 26000² · 1²) = 27 086.16; z(.95) = 1.644854: 44 552.8; 156 000 + 44 552.8.
    const point = reorderPoint({ mean: 26_000, sd: 3_100 }, { mean: 6, sd: 1 }, 0.95)
    expect(point.sigma).toBeCloseTo(27_086.158827, 5)
    expect(point.safetyStock).toBeCloseTo(44_552.766587, 4)
    expect(point.reorderPoint).toBeCloseTo(200_552.766587, 4)
  })

  it('do not exist for a service level of 0 or 1 or a negative lead time', () => {
    const demand = { mean: 10, sd: 2 }
    expect(reorderPoint(demand, { mean: 4, sd: 0 }, 1).reorderPoint).toBeNull()
    expect(reorderPoint(demand, { mean: 4, sd: 0 }, 0).safetyStock).toBeNull()
    expect(leadTimeDeviation(demand, { mean: -1, sd: 0 })).toBeNull()
    expect(leadTimeDeviation(demand, { mean: 0, sd: 0 })).toBe(0)
    expect(economicOrder(-1, 5, 1)).toEqual({ quantity: null, cost: null })
    expect(economicOrder(0, 5, 1)).toEqual({ quantity: 0, cost: 0 })
  })

  it('raise a hint only inside the lead time', () => {
    const days = [90, 60, 40, 20].map((balance, i) => ({ date: addDays('2026-03-02', i), balance }))
    expect(replenishmentHint(days, 50, 2)).toEqual({ date: '2026-03-04', balance: 40, missing: 10 })
    expect(replenishmentHint(days, 50, 1)).toBeNull()
    expect(replenishmentHint([], 50, 9)).toBeNull()
  })
})

describe('stock health', () => {
  it('looks forward for cover', () => {
    expect([daysOfCover(120, 40), daysOfCover(120, 0), daysOfCover(-40, 40)]).toEqual([3, null, -1])
  })

  it('tells slow from dead', () => {
    const position = {
      material: 'A',
      quantity: 100,
      lastIssue: '2026-03-01',
      firstReceipt: '2025-01-01',
      dailyDemand: 1,
    }
    const positions = [
      position,
      { ...position, material: 'B', dailyDemand: 5 },
      { ...position, material: 'C', lastIssue: '2025-12-01' },
      { ...position, material: 'D', lastIssue: null, firstReceipt: '2026-03-20', dailyDemand: 0 },
      { ...position, material: 'E', quantity: -3 },
    ]
    // N = 30: A and B had their last issue 30 days ago, C 120; A and C have 70 too many, B covers 20 days; D is new and
    // nobody wants it, E is negative. A day earlier A is only slow.
    const result = slowStock(positions, '2026-03-31', 30)
    expect(result).toMatchObject({ dead: ['A', 'B', 'C'], slow: ['D'] })
    expect(slowStock(positions, '2026-03-30', 30)).toMatchObject({ dead: ['C'], slow: ['A', 'D'] })
    expect([...result.excess]).toEqual([
      ['A', 70],
      ['C', 70],
      ['D', 100],
    ])
  })

  it('uses the lot that expires first', () => {
    const lots = [
      { lot: 'L2', quantity: 100, expires: '2026-03-12' },
      { lot: 'L1', quantity: 30, expires: '2026-03-02' },
      { lot: 'L0', quantity: 7, expires: '2026-02-27' },
      { lot: 'L9', quantity: 500, expires: null },
    ]
    // 10 a day from 1 March: L0 has expired (7); L1 has two days (20 used, 10 left); L2 twelve days in all:
    // 120 − 20 already used = 100, nothing left.
    const risk = expiryRisk(lots, 10, '2026-03-01')
    expect([...risk.byLot]).toEqual([
      ['L0', 7],
      ['L1', 10],
    ])
    expect(risk.quantity).toBe(17)
    expect(expiryRisk(lots, 0, '2026-03-01').quantity).toBe(137)
    expect(expiryRisk([], 10, '2026-03-01').quantity).toBe(0)
  })

  it('has no risk where demand is large enough, and never more than there is', () => {
    const lot = fc.record({
      lot: fc.string(),
      quantity: fc.nat(100),
      expires: fc.option(fc.integer({ min: -5, max: 30 }).map((days) => addDays('2026-03-01', days))),
    })
    fc.assert(
      fc.property(fc.array(lot, { maxLength: 8 }), fc.nat(50), (raw, demand) => {
        const lots = raw.map((each, i) => ({ ...each, lot: `${i}` }))
        const risk = expiryRisk(lots, demand, '2026-03-01').quantity
        const expiring = lots.reduce((sum, each) => sum + (each.expires === null ? 0 : each.quantity), 0)
        expect(risk).toBeGreaterThanOrEqual(0)
        expect(risk).toBeLessThanOrEqual(expiring)
        expect(expiryRisk(lots, demand + 1, '2026-03-01').quantity).toBeLessThanOrEqual(risk)
      }),
    )
  })

  it('compares books with counts and ERP with MES', () => {
    // |98 − 100| + |205 − 200| = 7 of 300.
    expect(
      inventoryAccuracy([
        { book: 100, counted: 98 },
        { book: 200, counted: 205 },
      ]),
    ).toBeCloseTo(1 - 7 / 300, 12)
    expect(inventoryAccuracy([])).toBeNull()
    const pair = { order: 'O', material: 'M', consumed: 100, issued: 101.5 }
    const pairs = [pair, { ...pair, material: 'N', issued: 100.2 }, { ...pair, material: 'X', issued: 0 }]
    // −1.5/101.5 = −1.48 % is beyond 1 %, −0.2 % is not; consumption that was never issued always is.
    expect(consumptionGaps(pairs, 0.01).map((each) => [each.material, each.gap])).toEqual([
      ['X', null],
      ['M', expect.closeTo(-0.0147783251, 9)],
    ])
    expect(consumptionGaps([{ ...pair, consumed: 0, issued: 0 }], 0)).toEqual([])
  })
})
