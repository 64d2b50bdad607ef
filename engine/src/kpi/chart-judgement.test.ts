import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CHART_KINDS,
  freezeBaseline,
  locationLimits,
  spreadLimits,
  type ChartBaseline,
  type ChartSample,
} from './chart-baseline.ts'
import { defaultRules, judgeChart } from './chart-judgement.ts'
import { beyondLimits, individualsChart, rangeOf } from './control-chart.ts'
import { ewmaChart } from './ewma.ts'
import { RUN_RULES, runRules } from './run-rules.ts'

const group = (...values: number[]): ChartSample => ({ values })
const count = (counted: number, size: number): ChartSample => ({ count: counted, size })

describe('a baseline', () => {
  it('of each of the seven charts', () => {
    // Means 2, 4; ranges 2, 2: R-bar/d2(3) = 2/1.692569; deviations 1, 1: 1/c4(3) = 1/0.886227.
    const groups = [group(1, 2, 3), group(3, 4, 5)]
    expect(freezeBaseline('xbar-r', 'v1', groups)).toMatchObject({
      center: 3,
      sigma: expect.closeTo(1.181636, 6),
      samples: 2,
    })
    expect(freezeBaseline('xbar-s', 'v1', groups)).toMatchObject({ center: 3, sigma: expect.closeTo(1.128379, 6) })
    // Moving ranges 2, 3: 2.5/1.128379.
    expect(freezeBaseline('i-mr', 'v1', [group(5), group(7), group(4)])).toMatchObject({
      center: expect.closeTo(16 / 3, 12),
      sigma: expect.closeTo(2.215567, 6),
    })
    expect(freezeBaseline('p', 'v1', [count(2, 50), count(4, 100)])).toMatchObject({ center: 0.04, sigma: null })
    expect(freezeBaseline('np', 'v1', [count(2, 50), count(4, 50)])).toMatchObject({ center: 0.06 })
    expect(freezeBaseline('c', 'v1', [count(9, 1), count(23, 1)])).toMatchObject({ center: 16 })
    expect(freezeBaseline('u', 'v1', [count(3, 2), count(5, 2)])).toMatchObject({ center: 2 })
  })

  it('does not exist where the samples do not allow it', () => {
    for (const kind of CHART_KINDS) expect(freezeBaseline(kind, 'v', [])).toBeNull()
    expect(freezeBaseline('xbar-r', 'v', [group(1), group(2)])).toBeNull()
    expect(freezeBaseline('i-mr', 'v', [group(1), null, group(2)])).toBeNull()
    expect(freezeBaseline('np', 'v', [count(1, 50), count(1, 60)])).toBeNull()
    expect(freezeBaseline('p', 'v', [count(0, 0)])).toBeNull()
    expect(() => freezeBaseline('c', 'v', [group(1)])).toThrow(RangeError)
    expect(() => freezeBaseline('xbar-s', 'v', [count(1, 2)])).toThrow(RangeError)
  })

  it('has limits for every size of sample', () => {
    const p: ChartBaseline = { kind: 'p', version: 'v', center: 0.1, sigma: null, samples: 20 }
    // √(.1 · .9/100) = .03; √(.09/25) = .06, floor 0.
    expect(locationLimits(p, 100)).toEqual({
      center: 0.1,
      sigma: expect.closeTo(0.03, 12),
      lcl: expect.closeTo(0.01, 12),
      ucl: expect.closeTo(0.19, 12),
    })
    expect(locationLimits(p, 25)).toMatchObject({ lcl: 0, ucl: expect.closeTo(0.28, 12) })
    expect(locationLimits(p, 0)).toBeNull()
    expect(locationLimits({ ...p, kind: 'np' }, 100)).toMatchObject({ center: 10, ucl: expect.closeTo(19, 12) })
    expect(locationLimits({ ...p, kind: 'c', center: 16 }, 1)).toMatchObject({ lcl: 4, ucl: 28 })
    expect(locationLimits({ ...p, kind: 'u', center: 4 }, 9)).toMatchObject({ lcl: 2, ucl: 6 })
    const x: ChartBaseline = { kind: 'xbar-r', version: 'v', center: 10, sigma: 2, samples: 20 }
    expect(locationLimits(x, 4)).toMatchObject({ lcl: 7, ucl: 13 })
    // d2(4) = 2.058751, d3(4) = 0.879808: 4.117502 ± 5.278850, floor 0.
    expect(spreadLimits(x, 4)).toMatchObject({
      center: expect.closeTo(4.117502, 5),
      lcl: 0,
      ucl: expect.closeTo(9.39635, 4),
    })
    // c4(4) = 0.921318: 1.842635 ± 6 √(1 − c4²) = 2.332892.
    expect(spreadLimits({ ...x, kind: 'xbar-s' }, 4)).toMatchObject({
      center: expect.closeTo(1.842635, 5),
      ucl: expect.closeTo(4.175525, 4),
    })
    expect(spreadLimits(x, 1)).toBeNull()
    expect(spreadLimits(p, 100)).toBeNull()
  })
})

describe('judging points', () => {
  const x: ChartBaseline = { kind: 'i-mr', version: 'v1', center: 0, sigma: 1, samples: 25 }

  it('lists all rules that fire and judges the spread by its limits only', () => {
    const values = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3.5, 9]
    const points = judgeChart(values.map((value) => ({ sample: group(value), baseline: x })))
    // The eighth point is beyond three sigma and the eighth on one side; the ninth also the second of three beyond two.
    expect(points[7]!.rules).toEqual(['WE1', 'WE4'])
    expect(points[8]!.rules).toEqual(['WE1', 'WE2', 'WE4'])
    // MR upper limit 1.128379 + 3 · 0.852502 = 3.6859; 5.5 lies beyond, 3 does not.
    expect(points.map((point) => point.isSpreadBeyond).indexOf(true)).toBe(8)
    expect(points[0]).toMatchObject({ spread: null, version: 'v1' })
  })

  it('crosses neither a new limit version nor a missing subgroup', () => {
    const old = Array.from({ length: 7 }, () => ({ sample: group(0.5), baseline: x }))
    const renewed = old.map((each) => ({ ...each, baseline: { ...x, version: 'v2' } }))
    expect(judgeChart([...old, ...renewed]).flatMap((point) => point.rules)).toEqual([])
    expect(judgeChart([...old, { sample: null, baseline: x }, ...old]).flatMap((point) => point.rules)).toEqual([])
    expect(judgeChart([...old, ...old])[7]!.rules).toEqual(['WE4'])
    expect(judgeChart([{ sample: group(99), baseline: null }])[0]).toMatchObject({
      value: null,
      limits: null,
      rules: [],
    })
    expect(judgeChart([])).toEqual([])
  })

  it('uses each point by its own sample size and no zone rules where counts are low', () => {
    const p: ChartBaseline = { kind: 'p', version: 'v', center: 0.1, sigma: null, samples: 20 }
    // 0.2 is 3.33 σ for n = 100 and 1.67 σ for n = 25.
    const points = judgeChart([100, 25].map((size) => ({ sample: count(0.2 * size, size), baseline: p })))
    expect(points.map((point) => point.rules)).toEqual([['WE1'], []])
    expect(defaultRules(p, 100)).toHaveLength(4)
    expect(defaultRules(p, 40)).toEqual(['WE1'])
    expect(defaultRules({ ...p, kind: 'c', center: 4 }, 1)).toEqual(['WE1'])
    expect(judgeChart([{ sample: count(0, 0), baseline: p }])[0]).toMatchObject({
      value: null,
      limits: null,
      rules: [],
    })
  })

  // How fast is the promise of the bench `spc`; work that grew with the square of the points would not end here.
  it('judges 50 000 subgroups', () => {
    const xbar: ChartBaseline = { kind: 'xbar-r', version: 'v', center: 0, sigma: 1, samples: 25 }
    const samples = Array.from({ length: 50_000 }, (_, i) => ({
      sample: group(Math.sin(i), Math.cos(i), Math.sin(2 * i), Math.cos(3 * i), Math.sin(5 * i)),
      baseline: xbar,
    }))
    expect(judgeChart(samples, RUN_RULES)).toHaveLength(50_000)
  })
})

describe('points on a line', () => {
  it('are not beyond it because of rounding', () => {
    // (10.3 − 10)/0.1 is 3.0000000000000071 in binary.
    expect(runRules({ values: [10.3, 9.7, 10.31], center: 10, sigma: 0.1 }, ['WE1'])).toEqual({ WE1: [3] })
    const lines = fc.record({
      center: fc.integer({ min: -500, max: 500 }),
      sigma: fc.integer({ min: 1, max: 90 }),
      k: fc.constantFrom(1, 2, 3),
    })
    fc.assert(
      fc.property(lines, ({ center, sigma, k }) => {
        const values = Array.from({ length: 15 }, (_, i) => (center + (i % 2 === 0 ? k : -k) * sigma) / 100)
        const found = runRules({ values, center: center / 100, sigma: sigma / 100 }, ['WE1', 'N7', 'N8'])
        expect(found.WE1).toEqual([])
        expect(found.N7).toEqual([])
        expect(found.N8).toEqual(k === 1 ? [] : [8, 9, 10, 11, 12, 13, 14, 15])
      }),
    )
  })

  it('of a constant process are all inside its limits', () => {
    for (const value of [0.1, 0.7, 74.03, 1e-9, -3.3, 1e15]) {
      const values = Array.from({ length: 10 }, () => value)
      const chart = individualsChart(values)!
      expect(chart).toMatchObject({ center: value, sigmaWithin: 0 })
      expect(beyondLimits(values, () => chart)).toEqual([])
    }
  })

  it('do not depend on the scale or the sign', () => {
    const values = fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 40 })
    fc.assert(
      fc.property(values, (whole) => {
        const base = runRules({ values: whole, center: 0, sigma: 10 }, RUN_RULES)
        expect(runRules({ values: whole.map((v) => v / 10), center: 0, sigma: 1 }, RUN_RULES)).toEqual(base)
        expect(runRules({ values: whole.map((v) => -v), center: 0, sigma: 10 }, RUN_RULES)).toEqual(base)
        expect(runRules({ values: whole.map((v) => v + 7), center: 7, sigma: 10 }, RUN_RULES)).toEqual(base)
        expect(base.N5).toEqual(base.WE2)
        expect(base.N6).toEqual(base.WE3)
      }),
    )
  })

  it('of a large subgroup still have a range', () => {
    expect(rangeOf(Array.from({ length: 300_000 }, (_, i) => i % 7))).toBe(6)
    expect(rangeOf([])).toBe(0)
  })
})

describe('EWMA', () => {
  it('has wider limits only as it settles, and passes over a missing value', () => {
    // λ = 0.2, σ = 1: reach 3 √(.2/1.8) = 1; √(1 − .64) = 0.6, √(1 − .4096), √(1 − .262144).
    const chart = ewmaChart([1, null, 2], { lambda: 0.2, sigma: 1, target: 0 })
    expect(chart.ewma).toEqual([0, 0.2, 0.2, expect.closeTo(0.56, 12)])
    expect(chart).toMatchObject({ lcl: expect.closeTo(-1, 12), ucl: expect.closeTo(1, 12) })
    expect(chart.startUp.map((each) => each.ucl)).toEqual([
      0,
      expect.closeTo(0.6, 12),
      expect.closeTo(0.768375, 6),
      expect.closeTo(0.858985, 6),
    ])
    expect(() => ewmaChart([1], { lambda: 0, sigma: 1, target: 0 })).toThrow('lambda')
    expect(() => ewmaChart([1], { lambda: 0.2, sigma: -1, target: 0 })).toThrow('sigma')
    expect(ewmaChart([], { lambda: 1, sigma: 0, target: 5 }).ewma).toEqual([5])
  })
})
