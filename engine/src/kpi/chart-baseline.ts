import {
  defectivesLimits,
  defectsLimits,
  individualsChart,
  mean,
  rateChart,
  shareChart,
  subgroupChart,
} from './control-chart.ts'
import { c4, rangeConstants } from './control-constants.ts'

/** The seven Shewhart charts. */
export const CHART_KINDS = ['xbar-r', 'xbar-s', 'i-mr', 'p', 'np', 'c', 'u'] as const
export type ChartKind = (typeof CHART_KINDS)[number]

/**
 * One point in order of time. Measured values (`xbar-r`, `xbar-s`: a subgroup, `i-mr`: one value), or a count of
 * defectives (`p`, `np`) or defects (`c`, `u`) with the size of its sample. Null = the subgroup is missing.
 */
export type ChartSample = { values: readonly number[] } | { count: number; size: number } | null

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
    const chart = subgroupChart(known.map(valuesOf), kind === 'xbar-r' ? 'range' : 'deviation')
    return chart && { ...base, center: chart.center, sigma: chart.sigmaWithin }
  }
  if (kind === 'i-mr') {
    const chart = individualsChart(samples.map((sample) => (sample === null ? null : (valuesOf(sample)[0] ?? null))))
    return chart && { ...base, center: chart.center, sigma: chart.sigmaWithin }
  }
  const center = attributeCenter(kind, known)
  return center === null ? null : { ...base, center, sigma: null }
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
