import {
  countOf,
  locationLimits,
  singleOf,
  spreadLimits,
  valuesOf,
  type ChartBaseline,
  type ChartKind,
  type ChartSample,
  type PointLimits,
} from './chart-baseline.ts'
import { isBeyond, mean, rangeOf, sampleDeviation } from './control-chart.ts'
import { RUN_RULES, runRules, type RunRule } from './run-rules.ts'

/** One point of a control chart with its own limits and every rule that fires at it. */
export interface ChartPoint {
  /** Mean, single value, share, number or rate; null = missing. */
  value: number | null
  limits: PointLimits | null
  /** Range, deviation or moving range; null where there is none. */
  spread: number | null
  spreadLimits: PointLimits | null
  rules: RunRule[]
  /** The spread lies beyond its limits. Zone rules are never applied to it. */
  isSpreadBeyond: boolean
  version: string | null
}

/** A sample and the limits in force when it was taken; null = none were frozen yet. */
export interface JudgedSample {
  sample: ChartSample
  baseline: ChartBaseline | null
}

/** Below this expected count an attribute chart is too skewed for zone rules. */
const LOW_COUNT = 5

/**
 * The rules a chart is judged by unless somebody chose others: Western Electric 1–4 for measured values; attribute charts
 * whose expected count per sample is below 5 are judged by the limits alone.
 */
export function defaultRules(baseline: ChartBaseline, size: number): RunRule[] {
  const expected = baseline.kind === 'c' ? baseline.center : baseline.center * size
  return baseline.sigma === null && expected < LOW_COUNT ? ['WE1'] : ['WE1', 'WE2', 'WE3', 'WE4']
}

/**
 * Phase II: judges points, in order of time, against the limits that were in force for each. Patterns cross neither a
 * change of the limit version nor a missing subgroup; each point is judged by its own limits where sample sizes vary; all
 * rules that fire are listed. `rules` default: `defaultRules` of each stretch. Throws a RangeError when a sample does not
 * fit its chart. Source: Western Electric handbook; Nelson 1984; conventions in `run-rules`.
 */
export function judgeChart(samples: readonly JudgedSample[], rules?: readonly RunRule[]): ChartPoint[] {
  const points: ChartPoint[] = samples.map(({ sample, baseline }, index) =>
    pointOf(sample, baseline, samples[index - 1]?.sample ?? null),
  )
  let from = 0
  for (let i = 1; i <= samples.length; i += 1) {
    if (i < samples.length && isSameVersion(samples[i]!.baseline, samples[from]!.baseline)) continue
    const { baseline, sample } = samples[from]!
    if (baseline) {
      const size = sample ? sizeOf(baseline.kind, sample) : 1
      applyRules(points.slice(from, i), rules ?? defaultRules(baseline, size))
    }
    from = i
  }
  return points
}

function isSameVersion(a: ChartBaseline | null, b: ChartBaseline | null): boolean {
  return a?.version === b?.version && a?.kind === b?.kind
}

function applyRules(points: readonly ChartPoint[], rules: readonly RunRule[]): void {
  const found = runRules(
    {
      values: points.map((point) => (point.limits === null ? null : point.value)),
      center: points.map((point) => point.limits?.center ?? 0),
      sigma: points.map((point) => point.limits?.sigma ?? 0),
    },
    rules,
  )
  for (const rule of RUN_RULES) {
    for (const position of found[rule] ?? []) points[position - 1]!.rules.push(rule)
  }
}

function sizeOf(kind: ChartKind, sample: NonNullable<ChartSample>): number {
  if (kind === 'i-mr') return 1
  if (kind !== 'xbar-r' && kind !== 'xbar-s') return countOf(sample).size
  return 'summary' in sample ? sample.summary.size : valuesOf(sample).length
}

function pointOf(sample: ChartSample, baseline: ChartBaseline | null, before: ChartSample): ChartPoint {
  const point: ChartPoint = {
    value: null,
    limits: null,
    spread: null,
    spreadLimits: null,
    rules: [],
    isSpreadBeyond: false,
    version: baseline?.version ?? null,
  }
  if (sample === null || baseline === null) return point
  const size = sizeOf(baseline.kind, sample)
  point.value = locationOf(baseline.kind, sample)
  point.limits = locationLimits(baseline, size)
  point.spread = spreadOf(baseline.kind, sample, before)
  if (point.spread !== null) point.spreadLimits = spreadLimits(baseline, size)
  point.isSpreadBeyond =
    point.spread !== null && point.spreadLimits !== null && isBeyond(point.spread, point.spreadLimits)
  return point
}

function locationOf(kind: ChartKind, sample: NonNullable<ChartSample>): number | null {
  if (kind === 'i-mr') return singleOf(sample)
  if (kind === 'xbar-r' || kind === 'xbar-s') return 'summary' in sample ? sample.summary.mean : mean(valuesOf(sample))
  const { count, size } = countOf(sample)
  if (kind === 'np' || kind === 'c') return count
  return size > 0 ? count / size : null
}

function spreadOf(kind: ChartKind, sample: NonNullable<ChartSample>, before: ChartSample): number | null {
  if (kind === 'xbar-r' || kind === 'xbar-s') {
    if ('summary' in sample) return kind === 'xbar-r' ? sample.summary.range : sample.summary.deviation
    if (kind === 'xbar-s') return sampleDeviation(valuesOf(sample))
    return valuesOf(sample).length < 2 ? null : rangeOf(valuesOf(sample))
  }
  if (kind !== 'i-mr' || before === null) return null
  const [now, last] = [singleOf(sample), singleOf(before)]
  return now === null || last === null ? null : Math.abs(now - last)
}
