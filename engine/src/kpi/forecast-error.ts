import { mean } from './control-chart.ts'
import { ratio, sumOf } from './ratio.ts'

export interface ForecastError {
  /** Mean of forecast − actual: positive = forecast too high. */
  bias: number | null
  mae: number | null
  /** Σ|e| / Σ|actual|. */
  wape: number | null
  /** MAE / MAE of the naive forecast "as in the period before". */
  mase: number | null
  /** Mean of |e| / actual; null as soon as one actual is zero. */
  mape: number | null
}

/**
 * Error of a forecast over periods; both lists in order of time and of equal length (the longer one is cut). Source:
 * Hyndman and Koehler 2006 (MASE).
 */
export function forecastError(actual: readonly number[], forecast: readonly number[]): ForecastError {
  const count = Math.min(actual.length, forecast.length)
  const real = actual.slice(0, count)
  const errors = real.map((value, i) => forecast[i]! - value)
  const absolute = errors.map(Math.abs)
  const mae = mean(absolute)
  const naive = mean(real.slice(1).map((value, i) => Math.abs(value - real[i]!)))
  const hasZero = real.some((value) => value === 0)
  return {
    bias: mean(errors),
    mae,
    wape: ratio(
      sumOf(absolute, (e) => e),
      sumOf(real, Math.abs),
    ),
    mase: ratio(mae, naive),
    mape: hasZero ? null : mean(absolute.map((e, i) => e / Math.abs(real[i]!))),
  }
}
