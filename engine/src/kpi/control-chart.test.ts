import { describe, expect, it } from 'vitest'
import { capability, subgroupSpread } from './capability.ts'
import { individualsChart, rateChart, shareChart, subgroupChart } from './control-chart.ts'
import { c4, rangeConstants } from './control-constants.ts'
import { normalCumulative, normalQuantile } from './normal.ts'
import { RUN_RULES, runRules, type RunRule } from './run-rules.ts'

describe('constants of control charts', () => {
  it('agree with the published tables', () => {
    const published: Record<number, [number, number, number]> = {
      2: [1.128, 0.853, 0.7979],
      3: [1.693, 0.888, 0.8862],
      4: [2.059, 0.88, 0.9213],
      5: [2.326, 0.864, 0.94],
      7: [2.704, 0.833, 0.9594],
      10: [3.078, 0.797, 0.9727],
      25: [3.931, 0.708, 0.9896],
    }
    for (const [n, [d2, d3, c]] of Object.entries(published)) {
      const constants = rangeConstants(Number(n))!
      expect(constants.d2).toBeCloseTo(d2, 2.7)
      expect(Math.abs(constants.d3 - d3)).toBeLessThan(0.00051)
      expect(Math.abs(c4(Number(n))! - c)).toBeLessThan(0.000051)
    }
    expect(rangeConstants(2)!.d2).toBeCloseTo(2 / Math.sqrt(Math.PI), 8)
    expect(rangeConstants(5)!.d2).toBeCloseTo(2.325929, 6)
  })

  it('do not exist for a single value', () => {
    expect([rangeConstants(1), c4(1), rangeConstants(2.5)]).toEqual([null, null, null])
  })
})

describe('the normal distribution', () => {
  it('and its quantile undo each other', () => {
    for (const p of [1e-9, 0.001, 0.02, 0.3, 0.5, 0.7954545, 0.97, 0.999999]) {
      expect(normalCumulative(normalQuantile(p)!)).toBeCloseTo(p, 13)
    }
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([null, null])
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13)
  })
})

describe('charts', () => {
  it('give no figure where there is nothing to compute it from', () => {
    expect(subgroupChart([[1], [2]], 'range')).toBeNull()
    expect(individualsChart([5])).toBeNull()
    expect(shareChart([], [])).toBeNull()
    expect(rateChart([1], [0])).toBeNull()
  })

  it('interrupt the moving range at a missing value', () => {
    expect(individualsChart([1, 2, null, 10, 12])!.mrbar).toBe(1.5)
  })

  it('judge each share by the limits of its own sample and pass over an empty sample', () => {
    const chart = shareChart([1, 30, 0, 9], [100, 100, 0, 10])!
    expect(chart.limits[2]).toBeNull()
    expect(chart.limits[3]!.ucl).toBeGreaterThan(chart.limits[0]!.ucl)
    expect(chart.beyond).toEqual([1, 4])
  })
})

describe('capability', () => {
  const input = {
    mean: 16,
    sigmaWithin: 2,
    sigmaOverall: null,
    lsl: 8,
    usl: 20,
    target: null,
    cpmForm: 'spread' as const,
  }

  it('of a one-sided specification has no Cp and the Cpk of its side', () => {
    expect(capability({ ...input, lsl: null })).toMatchObject({
      cp: null,
      cpl: null,
      cpu: 4 / 6,
      cpk: 4 / 6,
      pp: null,
      ppk: null,
    })
    expect(capability({ ...input, usl: null })).toMatchObject({ cp: null, cpu: null, cpk: 8 / 6 })
  })

  it('of a process without spread is unknown', () => {
    expect(capability({ ...input, sigmaWithin: 0 })).toMatchObject({ cp: null, cpk: null })
    expect(subgroupSpread([[1], [3], [2]]).sigmaWithin).toBeCloseTo(1.5 / 1.128379, 5)
  })
})

describe('run rules', () => {
  const fire = (rule: RunRule, values: (number | null)[]) => runRules({ values, center: 0, sigma: 1 }, [rule])[rule]
  const repeat = (count: number, value: number) => Array.from({ length: count }, () => value)

  it('WE1 and N1 are strict', () => {
    expect(fire('WE1', [3, 3.001, -3, -3.001])).toEqual([2, 4])
    expect(fire('N1', [3, 3.001])).toEqual([2])
  })

  it('WE2 and WE3 flag the last point, which must lie in the zone on the same side', () => {
    expect(fire('WE2', [2.1, 0, 2.1, 0])).toEqual([3])
    expect(fire('WE2', [2.1, 2.1, 0])).toEqual([2])
    expect(fire('WE2', [2.1, -2.1, 0])).toEqual([])
    expect(fire('N5', [2.1, 0, 0, 2.1])).toEqual([])
    expect(fire('WE3', [1.1, 1.1, 0, 1.1, 1.1])).toEqual([5])
    expect(fire('N6', [1.1, 1.1, 1.1, 1.1, 0])).toEqual([4])
  })

  it('WE4 and N2 count one side, broken by the centre line, and flag on while the run goes on', () => {
    expect(fire('WE4', repeat(10, 0.1))).toEqual([8, 9, 10])
    expect(fire('WE4', [...repeat(7, 0.1), 0, ...repeat(7, 0.1)])).toEqual([])
    expect(fire('N2', repeat(9, -0.1))).toEqual([9])
  })

  it('N3 needs six points rising or falling without a tie', () => {
    expect(
      fire(
        'N3',
        [1, 2, 3, 4, 5, 6, 7].map((v) => v / 10),
      ),
    ).toEqual([6, 7])
    expect(fire('N3', [6, 5, 4, 3, 2, 1])).toEqual([6])
    expect(fire('N3', [1, 2, 3, 3, 4, 5, 6])).toEqual([])
  })

  it('N4 needs fourteen points up and down in turn', () => {
    const zigzag = Array.from({ length: 15 }, (_, i) => (i % 2 === 0 ? 0.2 : -0.2))
    expect(fire('N4', zigzag)).toEqual([14, 15])
    expect(fire('N4', zigzag.slice(0, 13))).toEqual([])
  })

  it('N7 sees fifteen within one sigma, N8 eight outside it on either side', () => {
    expect(fire('N7', repeat(15, -0.99))).toEqual([15])
    expect(fire('N7', [...repeat(14, 0.5), 1])).toEqual([])
    expect(fire('N8', [1.1, -1.1, 1.2, -1.2, 1.1, 1.1, -1.5, 1.1])).toEqual([8])
    expect(fire('N8', [...repeat(7, 1.1), 1])).toEqual([])
  })

  it('do not cross a missing point', () => {
    for (const rule of RUN_RULES) expect(fire(rule, [...repeat(7, 0.5), null, ...repeat(7, 0.5)])).toEqual([])
    expect(fire('WE2', [2.1, null, 2.1])).toEqual([])
    expect(fire('N3', [1, 2, 3, null, 4, 5, 6])).toEqual([])
  })

  it('use the limits of each point where they vary, and none where there is no spread', () => {
    expect(runRules({ values: [4, 4], center: [0, 0], sigma: [1, 2] }, ['WE1'])).toEqual({ WE1: [1] })
    expect(runRules({ values: [4, 4], center: 0, sigma: 0 }, ['WE1', 'N3'])).toEqual({ WE1: [], N3: [] })
  })
})
