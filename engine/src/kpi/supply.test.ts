import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runCase } from './cases.ts'
import { counterDelta } from './counter.ts'
import { onTimeDelivery, onTimeInFull } from './delivery.ts'
import { stockAge } from './inventory.ts'
import { kitting } from './kitting.ts'
import { pareto } from './pareto.ts'
import { reliabilityOfWindow } from './reliability.ts'
import { emptyParts } from './oee.ts'
import { mergeStops, stoppedMs } from './stops.ts'
import { rolledYield } from './yield.ts'

describe('a counter', () => {
  it('starts again after a reset and passes over missing readings', () => {
    expect(counterDelta([100, 150, null, 20, 30])).toEqual({ delta: 50 + 20 + 10, resets: 1 })
    expect(counterDelta([])).toEqual({ delta: 0, resets: 0 })
    expect(counterDelta([7])).toEqual({ delta: 0, resets: 0 })
  })
})

describe('overlapping stops', () => {
  it('belong to the entry with the highest priority and never count twice', () => {
    const entry = fc.record({
      fromAt: fc.integer({ min: 0, max: 100 }),
      toAt: fc.integer({ min: 0, max: 100 }),
      priority: fc.nat(3),
      reason: fc.constantFrom('A', 'B', null),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 10 }), (entries) => {
        const merged = mergeStops(entries)
        merged.forEach((each, i) => {
          if (i > 0) expect(each.fromAt).toBeGreaterThanOrEqual(merged[i - 1]!.toAt)
          const rivals = entries.filter((other) => other.fromAt <= each.fromAt && each.fromAt < other.toAt)
          expect(each.priority).toBe(Math.max(...rivals.map((other) => other.priority)))
        })
        expect(merged.reduce((ms, each) => ms + each.toAt - each.fromAt, 0)).toBe(stoppedMs(entries))
      }),
    )
  })
})

describe('kitting', () => {
  it('tells the share of lines and what is short', () => {
    const order = {
      order: 'O1',
      priority: 1,
      due: 1,
      components: new Map([
        ['a', 5],
        ['b', 2],
        ['c', 0],
      ]),
    }
    const result = kitting(
      [order],
      new Map([
        ['a', 3],
        ['b', 2],
      ]),
      'reserve',
    )
    expect(result).toMatchObject({ orderRate: 0, lineRate: 0.5 })
    expect(result.orders[0]).toEqual({
      order: 'O1',
      kitted: false,
      lines: 2,
      kittedLines: 1,
      shortage: { component: 'a', missing: 2 },
    })
    expect(kitting([], new Map(), 'skip')).toMatchObject({ orderRate: null, lineRate: null })
  })
})

describe('on-time delivery', () => {
  const HOUR = 3_600_000
  const order = (dueAt: number, deliveredAt: number | null) => ({
    dueAt,
    deliveredAt,
    quantity: 10,
    deliveredQuantity: deliveredAt === null ? 0 : 10,
  })

  it('counts what is due in the period so far and what is overdue since before it', () => {
    const period = { fromAt: 10 * HOUR, toAt: 20 * HOUR }
    const orders = [
      order(12 * HOUR, 11 * HOUR),
      order(12 * HOUR, 13 * HOUR),
      order(13 * HOUR, null),
      order(5 * HOUR, null),
      order(5 * HOUR, 6 * HOUR),
      order(18 * HOUR, null),
      order(30 * HOUR, 11 * HOUR),
    ]
    expect(onTimeDelivery(orders, period, 15 * HOUR)).toEqual({
      value: 0.25,
      missing: undefined,
      onTime: 1,
      due: 4,
      overdueOpen: 2,
    })
    expect(onTimeDelivery([], period, 15 * HOUR)).toMatchObject({ value: null, missing: 'not-applicable' })
  })

  it('leaves out what was cancelled before it was due and counts what was cancelled after', () => {
    const line = { order: 'S', due: '2026-03-10', quantity: 5, shipments: [] }
    expect(onTimeInFull([{ ...line, cancelledOn: '2026-03-09' }], '2026-03-31', [0, 0]).lines).toBe(0)
    expect(onTimeInFull([{ ...line, cancelledOn: '2026-03-12' }], '2026-03-31', [0, 0])).toMatchObject({
      lines: 1,
      otifLine: 0,
    })
  })
})

describe('reliability of a window', () => {
  it('takes failures only as repair and running without micro-stops as operation', () => {
    const parts = { ...emptyParts(), runMs: 1_000, microStopMs: 100, downMs: 300, failures: 2 }
    const stops = [
      { state: 'DOWN' as const, reason: 'F1', ms: 150, count: 1 },
      { state: 'DOWN' as const, reason: null, ms: 50, count: 1 },
      { state: 'STARVED' as const, reason: 'ST', ms: 100, count: 3 },
    ]
    const figures = reliabilityOfWindow(parts, stops, (reason) => (reason === 'F1' ? 'failure' : null))
    expect(figures).toEqual({ failures: 2, mtbf: 450, mttr: 100, inherentAvailability: 450 / 550 })
    expect(reliabilityOfWindow({ ...parts, failures: 0 }, [], () => null)).toMatchObject({ mtbf: null, mttr: null })
  })
})

describe('stock, Pareto and yield', () => {
  it('keeps negative stock visible and makes it good with the next receipt', () => {
    const moves = [
      { date: '2026-03-02', quantity: -30 },
      { date: '2026-03-03', quantity: 50 },
    ]
    expect(stockAge(moves, '2026-03-02')).toEqual({ layers: [], total: -30, meanAgeDays: null })
    expect(stockAge(moves, '2026-03-13')).toMatchObject({ total: 20, meanAgeDays: 10 })
  })

  it('puts "others" last whatever its size and breaks ties by code', () => {
    const items = [
      { code: 'other', measure: 90 },
      { code: 'b', measure: 5 },
      { code: 'a', measure: 5 },
    ]
    expect(pareto(items).items.map((item) => item.code)).toEqual(['a', 'b', 'other'])
    expect(pareto([{ code: 'a', measure: 0 }])).toEqual({
      items: [{ code: 'a', measure: 0, cumulative: null }],
      vitalFew: [],
    })
  })

  it('has no rolled yield when a step had no input', () => {
    expect(rolledYield([0.9, null])).toBeNull()
    expect(runCase('route_yield', { steps: [{ in: 0, scrap: 0, rework: 0 }] })).toEqual({ fty: null, rty: null })
  })
})

describe('cases of kinds with edges', () => {
  it('give null where a denominator is zero', () => {
    const oee = { stop_time_s: 0, ideal_cycle_time_s: 10, total_count: 0, good_count: 0 }
    expect(runCase('oee', { ...oee, planned_production_time_s: 0 })).toMatchObject({
      availability: null,
      performance: null,
      quality: null,
      oee: null,
    })
    expect(runCase('oee', { ...oee, planned_production_time_s: 3600, stop_time_s: 3600 })).toMatchObject({
      availability: 0,
      performance: null,
      quality: null,
      oee: 0,
    })
    expect(runCase('otif_counts', { total: 0, otif: 0 })).toEqual({ otif: null, missed: 0 })
    expect(runCase('teep', { oee: null, planned_production_time_h: 0, all_time_h: 24 })).toEqual({
      utilization: 0,
      teep: null,
    })
    expect(runCase('supplier_otd', { lines: [] })).toEqual({ otd: null, lines: 0 })
    expect(runCase('interface_health', { calls: [] })).toMatchObject({ success_rate: null, p50_ms: null, errors: {} })
    expect(runCase('ppm', { received: 0, defective: 0 })).toEqual({ ppm: null, improvement: null })
  })

  it('make the autumn night 9 h long', () => {
    const inputs = {
      tz: 'Europe/Prague',
      production_date: '2026-10-24',
      start: '22:00',
      end: '06:00',
      end_offset_days: 1,
    }
    expect(runCase('shift_instance', inputs)).toEqual({
      start_utc: '2026-10-24T20:00:00Z',
      end_utc: '2026-10-25T05:00:00Z',
      length_h: 9,
    })
  })

  it('refuse an unknown kind', () => {
    expect(() => runCase('toString', {})).toThrow('kpi: toString is not known')
  })
})
