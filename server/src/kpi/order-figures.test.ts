import { describe, expect, it } from 'vitest'
import type { OrderFacts } from './order-facts.service.ts'
import { ORDER_FIGURES } from './order-figures.ts'

const HOUR = 3_600_000
const FROM = Date.UTC(2026, 10, 20)
const PERIOD = { fromAt: FROM, toAt: FROM + 24 * HOUR }
const NOW = FROM + 30 * HOUR
const hour = (count: number): number => FROM + count * HOUR

function order(more: Partial<OrderFacts> & { order: string }): OrderFacts {
  return {
    unit: 'SUZ/A/U1',
    material: 'M1',
    customer: 'C01',
    quantity: 100,
    releasedAt: hour(0),
    scheduledStartAt: hour(1),
    dueAt: hour(10),
    deliveredAt: hour(9),
    deliveredQuantity: 100,
    startedAt: hour(2),
    operations: [
      { operation: '0010', standardSeconds: 36, goodUntil: 100, scrapUntil: 0, goodWithin: 100 },
      { operation: '0020', standardSeconds: 3, goodUntil: 100, scrapUntil: 0, goodWithin: 100 },
    ],
    ...more,
  }
}
const kept = order({ order: 'KEPT' })
const late = order({ order: 'LATE', deliveredAt: hour(13), material: 'M2' })
const open = order({
  order: 'OPEN',
  dueAt: hour(40),
  deliveredAt: null,
  deliveredQuantity: 0,
  operations: [
    { operation: '0010', standardSeconds: 36, goodUntil: 60, scrapUntil: 5, goodWithin: 60 },
    { operation: '0020', standardSeconds: 3, goodUntil: 40, scrapUntil: 2, goodWithin: 40 },
  ],
})
const ask = (metric: string, orders: readonly OrderFacts[], availableMs = 10 * HOUR) =>
  ORDER_FIGURES[metric]!({ orders, period: PERIOD, nowAt: NOW, availableMs })

describe('figures of orders', () => {
  it('on-time delivery counts what was due; what is due later does not count yet', () => {
    expect(ask('on-time-delivery', [kept, late, open])).toMatchObject({
      value: 0.5,
      ratio: { numerator: 1, denominator: 2 },
    })
    expect(ask('on-time-delivery', [])).toMatchObject({ value: null, missing: 'not-applicable' })
  })

  it('attainment by volume lets one material stand in for another, by mix it does not', () => {
    // Due: 100 of M1, 100 of M2. Made: 100 + 40 of M1, 100 of M2.
    expect(ask('schedule-attainment', [kept, late, open]).value).toBe(1.2)
    expect(ask('mix-attainment', [kept, late, open]).value).toBe(1)
  })

  it('work in process is what was released and neither finished nor scrapped, operation by operation', () => {
    // 100 − 60 − 5 before the first, 60 − 40 − 2 before the second; what was delivered is not in process.
    expect(ask('wip', [kept, late, open])).toMatchObject({ value: 53, ratio: { isQuotient: false } })
    expect(ask('wip', [])).toMatchObject({ value: 0 })
  })

  it('flow time is the mean from release to delivery, release-to-start to the first report', () => {
    expect(ask('flow-time', [kept, late, open])).toMatchObject({ value: 11 * HOUR, ratio: { denominator: 2 } })
    expect(ask('release-to-start', [kept, late, open]).value).toBe(2 * HOUR)
    expect(ask('flow-time', [open])).toMatchObject({ value: null, missing: 'not-applicable' })
  })

  it("Little's law holds of orders that begin and end inside the period", () => {
    expect(ask('little-check', [kept, late]).value).toBeCloseTo(0, 12)
    expect(ask('little-check', [kept, late, open]).value).toBeGreaterThan(1)
  })

  it('load is work at standard of what starts in the period against planned time', () => {
    expect(ask('capacity-load', [kept, late, open], 10 * HOUR)).toMatchObject({
      value: 0.3,
      ratio: { numerator: 3, denominator: 10 },
    })
    expect(ask('capacity-load', [kept], 0)).toMatchObject({ value: null, missing: 'not-scheduled' })
  })

  it('takt is planned time for each piece that is due, in seconds', () => {
    expect(ask('takt-time', [kept, late, open], 10 * HOUR).value).toBe(180)
    expect(ask('takt-time', [open]).value).toBeNull()
  })

  it('quantity progress adds pieces first and divides last', () => {
    expect(ask('quantity-progress', [kept, open])).toMatchObject({
      value: 0.4,
      ratio: { numerator: 40, denominator: 100 },
    })
  })
})
