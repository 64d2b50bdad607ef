import type { TimeRange } from '@gemba/contracts/time'
import { coveredMs } from '../time/ranges.ts'
import type { RateSample } from './order-forecast.ts'
import { normalCumulative } from './normal.ts'

const HOUR_MS = 3_600_000

export interface DelayRiskInput {
  /** Good pieces still to make. */
  remaining: number
  nowAt: number
  dueAt: number
  /** Planned segments of the unit, sorted, covering now to due. */
  planned: readonly TimeRange[]
  /** Good pieces per stretch of planned time. */
  samples: readonly RateSample[]
}

/** Fewer samples than this give no distribution. */
const LEAST_SAMPLES = 4

/**
 * P(expected completion > due): the probability that the pieces made in the planned time left stay below `remaining`,
 * with mean and variance of the good pieces per planned hour of the samples, hours taken as independent (normal sum).
 * 0 when nothing remains, 1 when the due date has passed or no planned time is left. Null below four samples. Samples
 * without spread give 0 or 1. Source: domain rule 3.4; central limit theorem.
 */
export function delayRisk({ remaining, nowAt, dueAt, planned, samples }: DelayRiskInput): number | null {
  if (remaining <= 0) return 0
  const hours = nowAt >= dueAt ? 0 : coveredMs(planned, { fromAt: nowAt, toAt: dueAt }) / HOUR_MS
  if (hours <= 0) return 1
  const usable = samples.filter((sample) => sample.plannedMs > 0)
  if (usable.length < LEAST_SAMPLES) return null
  const sampled = usable.reduce((sum, sample) => sum + sample.plannedMs, 0) / HOUR_MS
  const perHour = usable.reduce((sum, sample) => sum + sample.good, 0) / sampled
  // Var(good of h hours) = h σ²: each sample estimates σ² by (good − rate·h)² / h.
  const squares = usable.reduce((sum, sample) => {
    const sampleHours = sample.plannedMs / HOUR_MS
    return sum + (sample.good - perHour * sampleHours) ** 2 / sampleHours
  }, 0)
  const deviation = Math.sqrt((squares / (usable.length - 1)) * hours)
  const expected = perHour * hours
  if (!(deviation > 1e-9 * Math.max(1, Math.abs(expected)))) return expected + 1e-9 * remaining >= remaining ? 0 : 1
  return normalCumulative((remaining - expected) / deviation)
}
