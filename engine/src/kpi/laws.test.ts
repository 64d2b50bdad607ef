import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capability } from './capability.ts'
import { counterDelta } from './counter.ts'
import { c4, rangeConstants } from './control-constants.ts'
import { shareChart, subgroupChart } from './control-chart.ts'
import { forecastError } from './forecast-error.ts'
import { interfaceHealth } from './interface-health.ts'
import { kitting, type KitOrder } from './kitting.ts'
import { pareto } from './pareto.ts'
import { parallelOutputs } from './parallel-outputs.ts'
import { plantedFigures } from './planted.ts'
import { inherentAvailability, reliability, serialLineAvailability } from './reliability.ts'
import { shiftDetection } from './shift-detection.ts'
import { firstPassYield, firstTimeYield, pooled, rolledYield } from './yield.ts'

/** Laws that hold for any input: what no worked example can show. */
const share = fc.double({ min: 0, max: 1, noNaN: true })
const amount = fc.integer({ min: 0, max: 1_000 })

describe('laws of allocation', () => {
  const order = fc.record({
    order: fc.uuid(),
    priority: fc.nat(3),
    due: fc.nat(5),
    components: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(20)).map((each) => new Map(Object.entries(each))),
  })
  const orders = fc.array(order, { maxLength: 8 })
  const stock = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -5, max: 60 }))
    .map((each) => new Map(Object.entries(each)))

  it('no piece goes to two orders', () => {
    fc.assert(
      fc.property(orders, stock, fc.constantFrom('reserve' as const, 'skip' as const), (list, free, policy) => {
        const kitted = new Set(
          kitting(list, free, policy)
            .orders.filter((each) => each.kitted)
            .map((each) => each.order),
        )
        for (const component of ['a', 'b', 'c']) {
          const used = list
            .filter((each) => kitted.has(each.order))
            .reduce((sum, each) => sum + (each.components.get(component) ?? 0), 0)
          expect(used).toBeLessThanOrEqual(Math.max(0, free.get(component) ?? 0))
        }
      }),
    )
  })

  it('the order in which orders are listed changes nothing', () => {
    fc.assert(
      fc.property(orders, stock, (list, free) => {
        const turned: KitOrder[] = [...list].reverse()
        expect(kitting(turned, free, 'reserve')).toEqual(kitting(list, free, 'reserve'))
      }),
    )
  })

  it('an order that waits never helps more orders than one that is skipped before it', () => {
    fc.assert(
      fc.property(orders, stock, (list, free) => {
        const first = (policy: 'reserve' | 'skip') =>
          kitting(list, free, policy).orders.find((each) => !each.kitted)?.order
        // Up to the first order that is short both policies are the same.
        expect(first('skip')).toBe(first('reserve'))
      }),
    )
  })
})

describe('laws of yield and Pareto', () => {
  it('rolled yield is no better than its worst step, first pass no better than first time', () => {
    const step = fc.record({ input: fc.integer({ min: 1, max: 500 }), scrap: fc.nat(50), rework: fc.nat(50) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const valid = steps.map((each) => ({ ...each, input: each.input + each.scrap + each.rework }))
        const yields = valid.map((each) => firstPassYield(each)!)
        expect(rolledYield(yields)!).toBeLessThanOrEqual(Math.min(...yields) + 1e-12)
        for (const each of valid) expect(firstPassYield(each)!).toBeLessThanOrEqual(firstTimeYield(each)!)
        const pool = firstPassYield(pooled(valid))!
        expect(pool).toBeGreaterThanOrEqual(Math.min(...yields) - 1e-12)
        expect(pool).toBeLessThanOrEqual(Math.max(...yields) + 1e-12)
      }),
    )
  })

  it('Pareto shares rise to one and the vital few reach the threshold with no item to spare', () => {
    const items = fc.uniqueArray(fc.record({ code: fc.string({ minLength: 1 }), measure: amount }), {
      selector: (each) => each.code,
    })
    fc.assert(
      fc.property(items, share, (list, threshold) => {
        const result = pareto(list, threshold)
        expect(result.items.map((each) => each.code).sort()).toEqual(list.map((each) => each.code).sort())
        const total = list.reduce((sum, each) => sum + each.measure, 0)
        if (total === 0) return
        expect(result.items.at(-1)!.cumulative).toBe(1)
        const before = result.vitalFew.length - 2
        if (before >= 0) expect(result.items[before]!.cumulative!).toBeLessThan(threshold)
        if (result.vitalFew.length > 0)
          expect(result.items[result.vitalFew.length - 1]!.cumulative!).toBeGreaterThanOrEqual(threshold - 1e-9)
      }),
    )
  })
})

describe('laws of counters and percentiles', () => {
  it('a counter that resets loses nothing but what nobody saw', () => {
    const steps = fc.array(fc.record({ add: fc.nat(100), isReset: fc.boolean() }), { maxLength: 30 })
    fc.assert(
      fc.property(steps, (list) => {
        const readings: (number | null)[] = [0]
        let value = 0
        let made = 0
        for (const { add, isReset } of list) {
          // A reset that is followed by fewer pieces than were on the counter is seen as one.
          if (isReset && add < value) value = 0
          value += add
          made += add
          readings.push(value, null)
        }
        expect(counterDelta(readings).delta).toBe(made)
      }),
    )
  })

  it('percentiles are values that occurred, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1 }), (list) => {
        const { p50Ms, p95Ms, p99Ms, maxMs } = interfaceHealth(
          list.map((durationMs) => ({ ok: true, durationMs, error: null })),
        )
        for (const figure of [p50Ms, p95Ms, p99Ms, maxMs]) expect(list).toContain(figure)
        expect([p50Ms, p95Ms, p99Ms, maxMs]).toEqual([p50Ms!, p95Ms!, p99Ms!, maxMs!].toSorted((a, b) => a - b))
        // Nearest rank: at least half of all values are not above the median.
        expect(list.filter((each) => each <= p50Ms!).length * 2).toBeGreaterThanOrEqual(list.length)
      }),
    )
  })

  it('a forecast that is right has no error, and one that is twice as wrong has twice as much', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: -50, max: 50 })), { minLength: 2 }),
        (pairs) => {
          const actual = pairs.map(([value]) => value)
          expect(forecastError(actual, actual)).toMatchObject({ bias: 0, mae: 0, wape: 0, mape: 0 })
          const once = forecastError(
            actual,
            pairs.map(([value, error]) => value + error),
          )
          const twice = forecastError(
            actual,
            pairs.map(([value, error]) => value + 2 * error),
          )
          expect(twice.mae!).toBeCloseTo(2 * once.mae!, 9)
          expect(Math.abs(once.bias!)).toBeLessThanOrEqual(once.mae! + 1e-9)
        },
      ),
    )
  })
})

describe('laws of time and OEE', () => {
  it('the planted figures multiply to OEE and do not depend on the micro-stop policy', () => {
    const unit = fc.record({
      idealCycleSeconds: fc.double({ min: 0.5, max: 200, noNaN: true }),
      cavities: fc.integer({ min: 1, max: 16 }),
      speedFactor: fc.double({ min: 1, max: 2, noNaN: true }),
      mtbfRunHours: fc.double({ min: 0, max: 100, noNaN: true }),
      mttrHours: fc.double({ min: 0, max: 5, noNaN: true }),
      microStopsPerRunHour: fc.nat(20),
      microStopMeanSeconds: fc.nat(90),
      batchQuantity: fc.nat(20_000),
      changeoverHours: fc.double({ min: 0, max: 3, noNaN: true }),
      scrapRate: fc.double({ min: 0, max: 0.3, noNaN: true }),
      reworkRate: fc.double({ min: 0, max: 0.3, noNaN: true }),
    })
    fc.assert(
      fc.property(unit, (each) => {
        const figures = plantedFigures(each)
        expect(figures.availability * figures.performance * figures.quality).toBeCloseTo(figures.oee, 10)
        expect(figures.oeeMicroStopsAsDown).toBeCloseTo(figures.oee, 10)
        expect(figures.nee).toBeGreaterThanOrEqual(figures.oee - 1e-12)
      }),
    )
  })

  it('outputs of one run that all reach their maximum have performance one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 500 }),
        (rates, duration) => {
          const outputs = rates.map((maxRate) => ({ maxRate, total: maxRate * duration, good: maxRate * duration }))
          const figures = parallelOutputs([{ duration, outputs }], duration * 2)
          expect(figures.performance).toBeCloseTo(1, 12)
          expect(figures.oee).toBeCloseTo(0.5, 12)
        },
      ),
    )
  })

  it('a line of one station is as available as the station, more stations never help', () => {
    const station = fc.record({ mtbf: fc.integer({ min: 1, max: 500 }), mttr: fc.integer({ min: 0, max: 50 }) })
    fc.assert(
      fc.property(fc.array(station, { minLength: 1, maxLength: 6 }), (stations) => {
        expect(serialLineAvailability(stations.slice(0, 1))).toBeCloseTo(
          inherentAvailability(stations[0]!.mtbf, stations[0]!.mttr)!,
          12,
        )
        const all = serialLineAvailability(stations)!
        expect(all).toBeLessThanOrEqual(serialLineAvailability(stations.slice(1))! + 1e-12)
        // The product of stand-alone availabilities is lower: two stations cannot fail at once.
        const product = stations.reduce((sum, each) => sum * inherentAvailability(each.mtbf, each.mttr)!, 1)
        expect(product).toBeLessThanOrEqual(all + 1e-12)
      }),
    )
    expect(reliability(10, 0, 0)).toEqual({ failures: 0, mtbf: null, mttr: null, inherentAvailability: null })
  })
})

describe('laws of charts', () => {
  const group = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 4, maxLength: 4 })

  it('limits and capability move and stretch with the values', () => {
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 2, maxLength: 10 }),
        fc.integer({ min: -50, max: 50 }),
        (groups, offset) => {
          for (const by of ['range', 'deviation'] as const) {
            const chart = subgroupChart(groups, by)!
            const moved = subgroupChart(
              groups.map((each) => each.map((value) => 2 * value + offset)),
              by,
            )!
            expect(moved.center).toBeCloseTo(2 * chart.center + offset, 8)
            expect(moved.sigmaWithin).toBeCloseTo(2 * chart.sigmaWithin, 8)
            expect(moved.xbar!.ucl).toBeCloseTo(2 * chart.xbar!.ucl + offset, 8)
            expect(moved.spreadLimits!.lcl).toBeGreaterThanOrEqual(0)
          }
        },
      ),
    )
  })

  it('Cpk never exceeds Cp and is the smaller of its sides', () => {
    const spec = fc.record({
      mean: fc.integer({ min: -50, max: 50 }),
      sigma: fc.integer({ min: 1, max: 30 }),
      lsl: fc.integer({ min: -90, max: 0 }),
      usl: fc.integer({ min: 1, max: 90 }),
    })
    fc.assert(
      fc.property(spec, ({ mean, sigma, lsl, usl }) => {
        const figures = capability({
          mean,
          sigmaWithin: sigma,
          sigmaOverall: sigma,
          lsl,
          usl,
          target: (lsl + usl) / 2,
          cpmForm: 'spread',
        })
        expect(figures.cpk).toBe(Math.min(figures.cpl!, figures.cpu!))
        expect(figures.cpk!).toBeLessThanOrEqual(figures.cp! + 1e-12)
        expect(figures.cpm!).toBeLessThanOrEqual(figures.cp! + 1e-12)
        expect(figures.ppk).toBe(figures.cpk)
      }),
    )
  })

  it('limits of shares stay between nothing and all, wider for smaller samples', () => {
    const sample = fc.integer({ min: 1, max: 300 }).chain((n) => fc.record({ n: fc.constant(n), bad: fc.nat(n) }))
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), (samples) => {
        const chart = shareChart(
          samples.map((each) => each.bad),
          samples.map((each) => each.n),
        )!
        chart.limits.forEach((limits, i) => {
          expect(limits!.lcl).toBeGreaterThanOrEqual(0)
          expect(limits!.ucl).toBeLessThanOrEqual(1)
          chart.limits.forEach((other, k) => {
            if (samples[i]!.n < samples[k]!.n) expect(limits!.ucl).toBeGreaterThanOrEqual(other!.ucl)
          })
        })
      }),
    )
  })

  it('larger samples see a shift sooner, and the constants grow as they must', () => {
    for (let n = 2; n < 20; n += 1) {
      expect(shiftDetection(n + 1, 1).probability).toBeGreaterThan(shiftDetection(n, 1).probability)
      expect(rangeConstants(n + 1)!.d2).toBeGreaterThan(rangeConstants(n)!.d2)
      expect(c4(n + 1)!).toBeGreaterThan(c4(n)!)
    }
    // No shift at all: one false alarm in 370.398 subgroups.
    expect(shiftDetection(5, 0).runLength).toBeCloseTo(370.398, 3)
    expect(shiftDetection(5, -1.5)).toEqual(shiftDetection(5, 1.5))
  })
})
