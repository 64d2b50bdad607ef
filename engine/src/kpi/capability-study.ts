import { capability, subgroupSpread, type Capability, type CapabilityInput } from './capability.ts'
import { andersonDarling, type Normality } from './normality.ts'
import { normalQuantile } from './normal.ts'

export interface StudyInput {
  /** Values in subgroups, in order of time. */
  subgroups: readonly (readonly number[])[]
  /** Specification valid when the values were measured. */
  lsl: number | null
  usl: number | null
  target: number | null
  /** Verdict of the control chart over the same values; null = no chart. */
  isStable: boolean | null
}

/** Why the indices must be read with care. */
export type CapabilityCaution =
  'few-subgroups' | 'unstable' | 'stability-unknown' | 'not-normal' | 'normality-unknown' | 'one-sided' | 'no-spread'

export interface CapabilityStudy extends Capability {
  values: number
  subgroups: number
  cautions: CapabilityCaution[]
  normality: Normality | null
  /** Two-sided 95 % interval. */
  cpkInterval: Interval | null
  ppkInterval: Interval | null
  /** Ppk from percentiles (0.135 %, 50 %, 99.865 %), needs no normality; null below 741 values. */
  percentilePpk: number | null
}

/** A specification, valid from `effectiveAt` (ms) until the next one. */
export interface Specification {
  effectiveAt: number
  lsl: number | null
  usl: number | null
  target: number | null
}

/**
 * Subgroups by the specification that was valid when they were measured, in order of time: each group is a study of its
 * own, because an index over two specifications means nothing. What was measured before the first one is left out.
 */
export function bySpecification<T extends { at: number }>(
  samples: readonly T[],
  specifications: readonly Specification[],
): { specification: Specification; samples: T[] }[] {
  const sorted = [...specifications].sort((a, b) => a.effectiveAt - b.effectiveAt)
  const groups = sorted.map((specification) => ({ specification, samples: [] as T[] }))
  for (const sample of [...samples].sort((a, b) => a.at - b.at)) {
    groups.findLast((group) => group.specification.effectiveAt <= sample.at)?.samples.push(sample)
  }
  return groups.filter((group) => group.samples.length > 0)
}

export interface Interval {
  low: number
  high: number
}

/** Fewer subgroups than this are shown greyed. */
const LEAST_SUBGROUPS = 25
const LEAST_PROBABILITY = 0.05
const TAIL = 0.00135
/** Enough values that the 0.135 % percentile lies between two of them: 1/0.00135. */
export const LEAST_VALUES_FOR_TAILS = 741

/**
 * Capability with the conditions under which it means something: number of values and subgroups, stability, normality
 * (Anderson–Darling), confidence intervals of Cpk and Ppk (Bissell), and Ppk from percentiles for values that are not
 * normal, such as leak rates. Each condition that does not hold is a caution; the indices stay visible. Source: ISO
 * 22514-2; Montgomery ch. 8; Bissell 1990.
 */
export function capabilityStudy(input: StudyInput): CapabilityStudy {
  const subgroups = input.subgroups.filter((group) => group.length > 0)
  const values = subgroups.flat()
  const { lsl, usl, target, isStable } = input
  return capabilityStudyOfSums({
    ...subgroupSpread(subgroups),
    ...{ lsl, usl, target, isStable },
    values: values.length,
    subgroups: subgroups.length,
    normality: andersonDarling(values),
    percentilePpk: percentilePpk(values, { lsl, usl }),
  })
}

/** A study whose values stay in a database: their number, mean, deviations and what was found about their shape. */
export interface StudySums
  extends
    Omit<StudyInput, 'subgroups'>,
    Pick<CapabilityInput, 'mean' | 'sigmaWithin' | 'sigmaOverall'>,
    Pick<CapabilityStudy, 'values' | 'subgroups' | 'normality' | 'percentilePpk'> {}

/** The study of `capabilityStudy` from sums over the same values. Source: as there. */
export function capabilityStudyOfSums(sums: StudySums): CapabilityStudy {
  const { values, subgroups, normality, lsl, usl, target } = sums
  const { mean, sigmaWithin, sigmaOverall } = sums
  const indices = capability({ mean, sigmaWithin, sigmaOverall, lsl, usl, target, cpmForm: 'spread' })
  return {
    ...indices,
    values,
    subgroups,
    cautions: cautionsOf(sums, { subgroups, normality, sigma: sigmaOverall }),
    normality,
    cpkInterval: interval(indices.cpk, values),
    ppkInterval: interval(indices.ppk, values),
    percentilePpk: sums.percentilePpk,
  }
}

function cautionsOf(
  { lsl, usl, isStable }: Pick<StudyInput, 'lsl' | 'usl' | 'isStable'>,
  found: { subgroups: number; normality: Normality | null; sigma: number | null },
): CapabilityCaution[] {
  const cautions: CapabilityCaution[] = []
  if (found.subgroups < LEAST_SUBGROUPS) cautions.push('few-subgroups')
  if (isStable === false) cautions.push('unstable')
  if (isStable === null) cautions.push('stability-unknown')
  if (found.normality === null) cautions.push('normality-unknown')
  else if (found.normality.probability < LEAST_PROBABILITY) cautions.push('not-normal')
  if ((lsl === null) !== (usl === null)) cautions.push('one-sided')
  if (found.sigma === null || !(found.sigma > 0)) cautions.push('no-spread')
  return cautions
}

/** Cpk ± z √(1/(9n) + Cpk²/(2(n − 1))), 95 %. */
function interval(index: number | null, n: number): Interval | null {
  if (index === null || n < 2) return null
  const reach = normalQuantile(0.975)! * Math.sqrt(1 / (9 * n) + index ** 2 / (2 * (n - 1)))
  return { low: index - reach, high: index + reach }
}

/** min((USL − x50)/(x99.865 − x50), (x50 − LSL)/(x50 − x0.135)) over the sides that exist (ISO 22514-2). */
export function percentilePpk(
  values: readonly number[],
  { lsl, usl }: { lsl: number | null; usl: number | null },
): number | null {
  if (values.length < LEAST_VALUES_FOR_TAILS) return null
  const sorted = [...values].sort((a, b) => a - b)
  const [low, middle, high] = TAIL_SHARES.map((share) => percentile(sorted, share))
  return ppkOfPercentiles([low!, middle!, high!], { lsl, usl })
}

/** Shares of the percentiles that `ppkOfPercentiles` takes: 0.135 %, 50 %, 99.865 %. */
export const TAIL_SHARES = [TAIL, 0.5, 1 - TAIL] as const

/** Ppk from the percentiles of `TAIL_SHARES`, by linear interpolation between values; null without a side. */
export function ppkOfPercentiles(
  [low, middle, high]: readonly [number, number, number],
  { lsl, usl }: { lsl: number | null; usl: number | null },
): number | null {
  const up = high - middle
  const down = middle - low
  const sides: number[] = []
  if (usl !== null && up > 0) sides.push((usl - middle) / up)
  if (lsl !== null && down > 0) sides.push((middle - lsl) / down)
  return sides.length === 0 ? null : Math.min(...sides)
}

/** Linear interpolation at position share · (n − 1) of the sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (position - below)
}
