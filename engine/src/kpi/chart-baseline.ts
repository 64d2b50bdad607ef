import {
  defectivesLimits,
  defectsLimits,
  individualsChart,
  mean,
  rangeOf,
  rateChart,
  sampleDeviation,
  shareChart,
  subgroupChart,
} from './control-chart.ts'
import { c4, rangeConstants } from './control-constants.ts'

/** The seven Shewhart charts. */
export const CHART_KINDS = ['xbar-r', 'xbar-s', 'i-mr', 'p', 'np', 'c', 'u'] as const
export type ChartKind = (typeof CHART_KINDS)[number]

/** A subgroup of measured values in short, as a database sums it; `range` and `deviation` null below two values. */
export interface SubgroupSummary {
  size: number
  mean: number
  range: number | null
  deviation: number | null
}

/**
 * One point in order of time. Measured values (`xbar-r`, `xbar-s`: a subgroup, `i-mr`: one value) or their summary, or a
 * count of defectives (`p`, `np`) or defects (`c`, `u`) with the size of its sample. Null = the subgroup is missing.
 */
export type ChartSample =
  { values: readonly number[] } | { summary: SubgroupSummary } | { count: number; size: number } | null

/**
 * Limits frozen from a named baseline (phase I). They never float with the window that is shown; a new baseline is a new
 * version and patterns do not cross it.
 */
export interface ChartBaseline {
  kind: ChartKind
  /** Name of the limit version. */
  version: string
  /** Mean of values, share (p, np), defects per sample (c) or per unit (u). */
  center: number
  /** Deviation of single values; null for attribute charts, whose deviation follows from the centre. */
  sigma: number | null
  /** How many samples it was made from. */
  samples: number
}

/** Centre, sigma and three-sigma limits of one point. */
export interface PointLimits {
  center: number
  sigma: number
  lcl: number
  ucl: number
}

/**
 * Phase I: centre and sigma of a chart from the samples of its baseline; missing samples are passed over. Null when they
 * do not allow it: no subgroup with two values, no two neighbouring single values, nothing inspected, or samples of
 * different size on an np chart (use p). Source: Montgomery; ISO 7870-2; constants are exact, not tables.
 */
export function freezeBaseline(
  kind: ChartKind,
  version: string,
  samples: readonly ChartSample[],
): ChartBaseline | null {
  const known = samples.filter((sample) => sample !== null)
  const base = { kind, version, samples: known.length }
  if (kind === 'xbar-r' || kind === 'xbar-s') {
    const chart = measuredChart(known, kind === 'xbar-r' ? 'range' : 'deviation')
    return chart && { ...base, center: chart.center, sigma: chart.sigmaWithin }
  }
  if (kind === 'i-mr') {
    const chart = individualsChart(samples.map((sample) => (sample === null ? null : singleOf(sample))))
    return chart && { ...base, center: chart.center, sigma: chart.sigmaWithin }
  }
  const center = attributeCenter(kind, known)
  return center === null ? null : { ...base, center, sigma: null }
}

function measuredChart(
  known: readonly NonNullable<ChartSample>[],
  by: 'range' | 'deviation',
): { center: number; sigmaWithin: number } | null {
  if (known.every((sample) => 'values' in sample)) return subgroupChart(known.map(valuesOf), by)
  const groups = known.map(summaryOf).filter(({ size }) => size >= 2)
  const sigmaWithin = mean(groups.map((group) => sigmaOf(group, by)))
  if (sigmaWithin === null) return null
  const isEqual = groups.every(({ size }) => size === groups[0]?.size)
  const all = groups.reduce((sum, { size }) => sum + size, 0)
  const center = isEqual
    ? mean(groups.map((group) => group.mean))!
    : groups.reduce((sum, group) => sum + (group.mean * group.size) / all, 0)
  return { center, sigmaWithin }
}

/** Deviation of single values from the spread of one subgroup of two values or more: R/d2 or s/c4. */
export function sigmaOf(group: SubgroupSummary, by: 'range' | 'deviation'): number {
  return by === 'range' ? group.range! / rangeConstants(group.size)!.d2 : group.deviation! / c4(group.size)!
}

/** The single value of a sample of an individuals chart; null when it holds none. */
export function singleOf(sample: NonNullable<ChartSample>): number | null {
  return 'summary' in sample ? sample.summary.mean : (valuesOf(sample)[0] ?? null)
}

/** Measured values in short; throws a RangeError when the sample is a count or holds no value. */
export function summaryOf(sample: NonNullable<ChartSample>): SubgroupSummary {
  if ('summary' in sample) return sample.summary
  const values = valuesOf(sample)
  const center = mean(values)
  if (center === null) throw new RangeError('sample: no values')
  const range = values.length < 2 ? null : rangeOf(values)
  return { size: values.length, mean: center, range, deviation: sampleDeviation(values) }
}

function attributeCenter(kind: 'p' | 'np' | 'c' | 'u', known: readonly NonNullable<ChartSample>[]): number | null {
  const samples = known.map(countOf)
  const counts = samples.map((sample) => sample.count)
  const sizes = samples.map((sample) => sample.size)
  if (kind === 'p') return shareChart(counts, sizes)?.center ?? null
  if (kind === 'u') return rateChart(counts, sizes)?.center ?? null
  if (kind === 'c') {
    const center = mean(counts)
    return center === null ? null : defectsLimits(center).center
  }
  const size = sizes[0]
  if (size === undefined || sizes.some((each) => each !== size)) return null
  const limits = defectivesLimits(counts, size)
  return limits && limits.center / size
}

/** The measured values of a sample; throws a RangeError when it is a count. */
export function valuesOf(sample: NonNullable<ChartSample>): readonly number[] {
  if ('values' in sample) return sample.values
  throw new RangeError('sample: a count where measured values belong')
}

/** Count and size of a sample; throws a RangeError when it is measured values. */
export function countOf(sample: NonNullable<ChartSample>): { count: number; size: number } {
  if ('count' in sample) return sample
  throw new RangeError('sample: measured values where a count belongs')
}

/** Limits of the mean, value or share of a sample of `size`; each point has its own where sizes vary. Null when the size allows none. */
export function locationLimits(baseline: ChartBaseline, size: number): PointLimits | null {
  if (!(size > 0)) return null
  const { kind, center } = baseline
  if (baseline.sigma !== null) return around(center, baseline.sigma / Math.sqrt(size), [-Infinity, Infinity])
  if (kind === 'p') return around(center, Math.sqrt((center * (1 - center)) / size), [0, 1])
  if (kind === 'np') return around(center * size, Math.sqrt(size * center * (1 - center)), [0, size])
  if (kind === 'c') return around(center, Math.sqrt(center), [0, Infinity])
  return around(center, Math.sqrt(center / size), [0, Infinity])
}

/** Limits of the range, deviation or moving range of a sample of `size`; null for attribute charts and single values. */
export function spreadLimits(baseline: ChartBaseline, size: number): PointLimits | null {
  const { sigma } = baseline
  if (sigma === null) return null
  if (baseline.kind === 'xbar-s') {
    const constant = c4(size)
    return constant === null ? null : around(constant * sigma, sigma * Math.sqrt(1 - constant ** 2), [0, Infinity])
  }
  const constants = rangeConstants(baseline.kind === 'i-mr' ? 2 : size)
  return constants === null ? null : around(constants.d2 * sigma, constants.d3 * sigma, [0, Infinity])
}

function around(center: number, sigma: number, [low, high]: readonly [number, number]): PointLimits {
  return { center, sigma, lcl: Math.max(low, center - 3 * sigma), ucl: Math.min(high, center + 3 * sigma) }
}
