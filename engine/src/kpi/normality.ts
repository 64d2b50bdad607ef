import { mean, sampleDeviation } from './control-chart.ts'
import { normalCumulative } from './normal.ts'

export interface Normality {
  /** Anderson–Darling A*², corrected for estimated mean and deviation. */
  statistic: number
  /** Probability of such a statistic from normal values, approximate. */
  probability: number
}

/** Fewer values than this say nothing about normality. */
const LEAST_VALUES = 8

/**
 * Anderson–Darling test for normality with mean and deviation estimated from the values (case 3 of Stephens). Null below
 * 8 values or without spread. Source: D'Agostino and Stephens, Goodness-of-Fit Techniques, table 4.9; NIST 7.2.1.3.
 */
export function andersonDarling(values: readonly number[]): Normality | null {
  const n = values.length
  const center = mean(values)
  const deviation = sampleDeviation(values)
  if (n < LEAST_VALUES || center === null || deviation === null || !(deviation > 0)) return null
  const scores = values.map((value) => (value - center) / deviation).sort((a, b) => a - b)
  let sum = 0
  for (let i = 0; i < n; i += 1) {
    sum += (2 * i + 1) * (logCumulative(scores[i]!) + logCumulative(-scores[n - 1 - i]!))
  }
  const statistic = (-n - sum / n) * (1 + 0.75 / n + 2.25 / n ** 2)
  return { statistic, probability: probabilityOf(statistic) }
}

/** ln Φ(z), finite for any finite z. */
function logCumulative(z: number): number {
  return z < -37 ? -(z ** 2) / 2 - Math.log(-z * Math.sqrt(2 * Math.PI)) : Math.log(normalCumulative(z))
}

function probabilityOf(a: number): number {
  if (a >= 13) return 0
  if (a >= 0.6) return Math.exp(1.2937 - 5.709 * a + 0.0186 * a ** 2)
  if (a >= 0.34) return Math.exp(0.9177 - 4.279 * a - 1.38 * a ** 2)
  if (a >= 0.2) return 1 - Math.exp(-8.318 + 42.796 * a - 59.938 * a ** 2)
  return 1 - Math.exp(-13.436 + 101.14 * a - 223.73 * a ** 2)
}
