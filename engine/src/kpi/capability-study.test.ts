import { describe, expect, it } from 'vitest'
import { bySpecification, capabilityStudy, percentilePpk } from './capability-study.ts'
import { normalQuantile } from './normal.ts'
import { andersonDarling } from './normality.ts'

/** Quantiles of a normal distribution: as normal as n values can be. */
const normal = (n: number, mean: number, sd: number): number[] =>
  Array.from({ length: n }, (_, i) => mean + sd * normalQuantile((i + 0.5) / n)!)

const shuffled = (values: number[]): number[] => values.map((_, i) => values[(i * 37) % values.length]!)
const inFives = (values: number[]): number[][] =>
  Array.from({ length: values.length / 5 }, (_, i) => values.slice(i * 5, i * 5 + 5))

describe('normality', () => {
  it('agrees with an independent computation', () => {
    // Computed apart in Python from the same definition: 1 … 10 and 1, 2, 4 … 512.
    const even = andersonDarling([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])!
    expect(even.statistic).toBeCloseTo(0.1548673995, 9)
    expect(even.probability).toBeCloseTo(0.95665794, 7)
    const skewed = andersonDarling([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])!
    expect(skewed.statistic).toBeCloseTo(1.4511703402, 9)
    expect(skewed.probability).toBeCloseTo(0.000956852, 9)
  })

  it('says nothing about few or equal values and survives outliers', () => {
    expect(andersonDarling([1, 2, 3])).toBeNull()
    expect(andersonDarling(Array.from({ length: 20 }, () => 0.1))).toBeNull()
    expect(andersonDarling([...normal(3_000, 0, 1), 1e9])!.probability).toBeLessThan(1e-6)
  })
})

describe('a capability study', () => {
  const input = { lsl: 4.15, usl: 4.25, target: 4.2, isStable: true }

  it('of a good process has no cautions', () => {
    // Planted K1: N(4.200, .012), spec 4.150 … 4.250: .1/(6 · .012) = 1.389.
    const study = capabilityStudy({ ...input, subgroups: inFives(shuffled(normal(500, 4.2, 0.012))) })
    expect(study.cautions).toEqual([])
    expect(study.pp).toBeCloseTo(1.389, 1)
    expect(study.ppkInterval!.low).toBeLessThan(study.ppk!)
    expect(study).toMatchObject({ values: 500, subgroups: 100, percentilePpk: null })
  })

  it('states each condition that does not hold', () => {
    const leak = inFives(shuffled(normal(100, 0, 1).map((z) => Math.exp(z))))
    const study = capabilityStudy({ subgroups: leak, lsl: null, usl: 20, target: null, isStable: false })
    expect(study.cautions).toEqual(['few-subgroups', 'unstable', 'not-normal', 'one-sided'])
    expect(study).toMatchObject({ cp: null, pp: null })
    expect(
      capabilityStudy({
        ...input,
        subgroups: [
          [1, 1],
          [1, 1],
        ],
        isStable: null,
      }).cautions,
    ).toEqual(['few-subgroups', 'stability-unknown', 'normality-unknown', 'no-spread'])
    expect(capabilityStudy({ ...input, subgroups: [[], []] })).toMatchObject({
      values: 0,
      cpk: null,
      cpkInterval: null,
    })
  })

  it('of equal decimals has no indices, not gigantic ones', () => {
    const subgroups = Array.from({ length: 30 }, () => [0.1, 0.1, 0.1])
    expect(capabilityStudy({ ...input, subgroups })).toMatchObject({ cp: null, cpk: null, pp: null, ppk: null })
  })

  it('judges values by the specification of their time', () => {
    const specifications = [
      { effectiveAt: 100, lsl: 1, usl: 3, target: null },
      { effectiveAt: 50, lsl: 0, usl: 4, target: null },
      { effectiveAt: 900, lsl: 0, usl: 1, target: null },
    ]
    const samples = [{ at: 100 }, { at: 60 }, { at: 99 }, { at: 10 }]
    expect(bySpecification(samples, specifications)).toEqual([
      { specification: specifications[1], samples: [{ at: 60 }, { at: 99 }] },
      { specification: specifications[0], samples: [{ at: 100 }] },
    ])
    expect(bySpecification(samples, [])).toEqual([])
  })

  it('takes percentiles where there are enough values', () => {
    // Of a normal sample ±3σ are its 0.135 % and 99.865 % percentiles: (3.6 − 0)/3 = 1.2 above, (4.5 − 0)/3 = 1.5 below.
    const values = normal(20_000, 0, 1)
    expect(percentilePpk(values, { lsl: -4.5, usl: 3.6 })).toBeCloseTo(1.2, 2)
    expect(percentilePpk(values, { lsl: -4.5, usl: null })).toBeCloseTo(1.5, 2)
    expect(percentilePpk(values, { lsl: null, usl: null })).toBeNull()
    expect(percentilePpk(values.slice(0, 700), { lsl: -1, usl: 1 })).toBeNull()
  })

  it('has an interval that narrows with the number of values', () => {
    // Bissell for Cpk 1.2 and n = 100: 1.959964 √(1/900 + 1.44/198) = 0.179461.
    const values = normal(100, 0, 1)
    const study = capabilityStudy({
      subgroups: values.map((v) => [v]),
      lsl: -99,
      usl: 3.6,
      target: null,
      isStable: true,
    })
    const reach = (study.ppkInterval!.high - study.ppkInterval!.low) / 2
    expect(reach).toBeCloseTo(1.959964 * Math.sqrt(1 / 900 + study.ppk! ** 2 / 198), 6)
  })
})
