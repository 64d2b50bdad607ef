import { c4, rangeConstants } from './control-constants.ts'

/**
 * Shewhart charts, phase I: centre and three-sigma limits from the baseline given. Limits never float with the window
 * that is shown: keep them and judge new points against them. `null` where the data do not allow a figure.
 * Source: Montgomery, Introduction to Statistical Quality Control; ISO 7870-2 (Shewhart control charts).
 */
export interface Limits {
  center: number
  lcl: number
  ucl: number
}

/** Mean of the values; null when there are none. Equal values have exactly themselves as mean. */
export function mean(values: readonly number[]): number | null {
  const first = values[0]
  if (first === undefined) return null
  let offset = 0
  for (const value of values) offset += value - first
  return first + offset / values.length
}

/** Sample standard deviation (n − 1); null below two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const center = mean(values)
  if (center === null || values.length < 2) return null
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}

/** Largest minus smallest; 0 without values. */
export function rangeOf(values: readonly number[]): number {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return high >= low ? high - low : 0
}

/** Share of a limit by which a point on it may miss it through rounding. */
const ROUNDING = 1e-12

/** Whether a value lies strictly outside limits; a value on a limit, up to rounding, does not. */
export function isBeyond(value: number, { lcl, ucl }: { lcl: number; ucl: number }): boolean {
  const slack = ROUNDING * Math.max(Math.abs(value), Math.abs(lcl), Number.isFinite(ucl) ? Math.abs(ucl) : 0)
  return value < lcl - slack || value > ucl + slack
}

/** 1-based positions of the points strictly beyond their own limits; a missing point is never beyond. */
export function beyondLimits(
  values: readonly (number | null)[],
  limits: (index: number) => { lcl: number; ucl: number } | null,
): number[] {
  const beyond: number[] = []
  values.forEach((value, index) => {
    const own = limits(index)
    if (value !== null && own && isBeyond(value, own)) beyond.push(index + 1)
  })
  return beyond
}

/** Σ R/d2 (or s/c4) over subgroups of their own size, averaged: for equal sizes R-bar/d2 (S-bar/c4). */
export function withinSigma(subgroups: readonly (readonly number[])[], by: 'range' | 'deviation'): number | null {
  const estimates: number[] = []
  for (const group of subgroups) {
    if (group.length < 2) continue
    if (by === 'range') estimates.push(rangeOf(group) / rangeConstants(group.length)!.d2)
    else estimates.push(sampleDeviation(group)! / c4(group.length)!)
  }
  return mean(estimates)
}

export interface SubgroupChart {
  center: number
  sigmaWithin: number
  /** Mean range or mean standard deviation. */
  spread: number
  /** Limits of the means and of the spread; null when the subgroups differ in size (limits are then per subgroup). */
  xbar: Limits | null
  spreadLimits: Limits | null
}

/**
 * Xbar-R: centre = mean of means, σ = R-bar/d2, means ± 3σ/√n, ranges R-bar (1 ± 3 d3/d2) with floor 0. Xbar-S: σ =
 * S-bar/c4, deviations S-bar ± 3σ√(1 − c4²). Null when no subgroup has two values. Source: Montgomery ch. 6; ISO
 * 7870-2.
 */
export function subgroupChart(
  subgroups: readonly (readonly number[])[],
  by: 'range' | 'deviation',
): SubgroupChart | null {
  const groups = subgroups.filter((group) => group.length >= 2)
  const sigmaWithin = withinSigma(groups, by)
  if (sigmaWithin === null) return null
  const size = groups[0]!.length
  const isEqual = groups.every((group) => group.length === size)
  const center = isEqual ? mean(groups.map((group) => mean(group)!))! : mean(groups.flat())!
  const spread = mean(groups.map((group) => (by === 'range' ? rangeOf(group) : sampleDeviation(group)!)))!
  if (!isEqual) return { center, sigmaWithin, spread, xbar: null, spreadLimits: null }
  const reach = (3 * sigmaWithin) / Math.sqrt(size)
  const ofSpread = by === 'range' ? 3 * rangeConstants(size)!.d3 : 3 * Math.sqrt(1 - c4(size)! ** 2)
  return {
    center,
    sigmaWithin,
    spread,
    xbar: { center, lcl: center - reach, ucl: center + reach },
    spreadLimits: {
      center: spread,
      lcl: Math.max(0, spread - ofSpread * sigmaWithin),
      ucl: spread + ofSpread * sigmaWithin,
    },
  }
}

export interface IndividualsChart extends Limits {
  mrbar: number
  sigmaWithin: number
  /** Upper limit of the moving ranges. */
  mrUcl: number
}

/**
 * I-MR: mean ± 3 MR-bar/d2(2). A missing value interrupts the moving range. Null below one moving range. `d2` replaces
 * the exact 1.128379, for limits that must agree with tables of three decimals; above zero. Source: Montgomery ch.
 * 6.4; NIST 6.3.2.2.
 */
export function individualsChart(values: readonly (number | null)[], d2?: number): IndividualsChart | null {
  const moving: number[] = []
  for (let i = 1; i < values.length; i += 1) {
    const now = values[i]!
    const before = values[i - 1]!
    if (now !== null && before !== null) moving.push(Math.abs(now - before))
  }
  const mrbar = mean(moving)
  if (mrbar === null) return null
  if (d2 !== undefined && !(d2 > 0)) throw new RangeError('d2: not above zero')
  const constants = rangeConstants(2)!
  const center = mean(values.filter((value) => value !== null))!
  const sigmaWithin = mrbar / (d2 ?? constants.d2)
  const mrUcl = mrbar * (1 + (3 * constants.d3) / constants.d2)
  return { center, mrbar, sigmaWithin, lcl: center - 3 * sigmaWithin, ucl: center + 3 * sigmaWithin, mrUcl }
}

export interface AttributeChart {
  center: number
  /** Limits of each point, null where the sample is empty. */
  limits: ({ lcl: number; ucl: number } | null)[]
  /** 1-based positions beyond their own limits. */
  beyond: number[]
}

/**
 * p: share of defectives, p-bar ± 3√(p(1 − p)/n_i), clipped to 0 … 1. A count of null is a missing sample. Null when
 * nothing was inspected. Throws a RangeError when the lists differ in length or more are defective than were
 * inspected. Source: Montgomery ch. 7.2; NIST 6.3.3.2.
 */
export function shareChart(defectives: readonly (number | null)[], sizes: readonly number[]): AttributeChart | null {
  const center = pooled(defectives, sizes)
  if (center === null) return null
  if (!(center >= 0 && center <= 1)) throw new RangeError('defectives: more than inspected, or below zero')
  return attributeChart(defectives, sizes, {
    center,
    deviation: (n) => Math.sqrt((center * (1 - center)) / n),
    highest: 1,
  })
}

/**
 * u: defects per unit, u-bar ± 3√(u/n_i), floor 0. A count of null is a missing sample. Null when nothing was inspected.
 * Throws a RangeError when the lists differ in length or defects are below zero. Source: Montgomery ch. 7.3.
 */
export function rateChart(defects: readonly (number | null)[], units: readonly number[]): AttributeChart | null {
  const center = pooled(defects, units)
  if (center === null) return null
  if (center < 0) throw new RangeError('defects: below zero')
  return attributeChart(defects, units, { center, deviation: (n) => Math.sqrt(center / n), highest: Infinity })
}

function attributeChart(
  counts: readonly (number | null)[],
  sizes: readonly number[],
  { center, deviation, highest }: { center: number; deviation: (n: number) => number; highest: number },
): AttributeChart {
  const limits = sizes.map((n) =>
    n > 0 ? { lcl: Math.max(0, center - 3 * deviation(n)), ucl: Math.min(highest, center + 3 * deviation(n)) } : null,
  )
  const shares = counts.map((count, i) => (count !== null && sizes[i]! > 0 ? count / sizes[i]! : null))
  return { center, limits, beyond: beyondLimits(shares, (i) => limits[i] ?? null) }
}

/** Σ counts / Σ sizes over the samples that exist; null when nothing was inspected. */
function pooled(counts: readonly (number | null)[], sizes: readonly number[]): number | null {
  if (counts.length !== sizes.length) throw new RangeError('sizes: not one for each sample')
  let size = 0
  let sum = 0
  counts.forEach((count, i) => {
    if (count === null || !(sizes[i]! > 0)) return
    sum += count
    size += sizes[i]!
  })
  return size > 0 ? sum / size : null
}

/**
 * np: defectives of samples of one size, n p ± 3√(n p (1 − p)) within 0 … n. Null without samples. Throws a RangeError
 * when more are defective than were inspected. Source: Montgomery ch. 7.2.
 */
export function defectivesLimits(defectives: readonly number[], n: number): Limits | null {
  const center = mean(defectives)
  if (center === null || n <= 0) return null
  if (!(center >= 0 && center <= n)) throw new RangeError('defectives: more than inspected, or below zero')
  const reach = 3 * Math.sqrt(center * (1 - center / n))
  return { center, lcl: Math.max(0, center - reach), ucl: Math.min(n, center + reach) }
}

/**
 * c: defects per sample, c-bar ± 3√c-bar, floor 0. Throws a RangeError when c-bar is below zero. Source: Montgomery
 * ch. 7.3; NIST 6.3.3.1.
 */
export function defectsLimits(cbar: number): Limits {
  if (!(cbar >= 0)) throw new RangeError('cbar: below zero')
  const reach = 3 * Math.sqrt(cbar)
  return { center: cbar, lcl: Math.max(0, cbar - reach), ucl: cbar + reach }
}
