import { mean } from './control-chart.ts'

/** Smoothing constants of Holt-Winters, each in [0, 1], and the number of periods of a season. */
export interface SmoothingSettings {
  level: number
  trend: number
  season: number
  seasonLength: number
}

/**
 * Forecast of the next `horizon` periods as the mean of the last `window` ones; fewer when history is short, null when
 * there is none. The transparent baseline that every other method has to beat: show its error beside it. Source:
 * Hyndman and Athanasopoulos ch. 5.
 */
export function movingAverageForecast(history: readonly number[], window: number, horizon: number): number[] | null {
  if (!(window >= 1)) throw new RangeError('window: below 1')
  const level = mean(history.slice(-Math.floor(window)))
  return level === null ? null : Array.from({ length: horizon }, () => level)
}

/**
 * Additive Holt-Winters: level, trend and season smoothed over the history, started from its first two seasons. Null below
 * two full seasons: use the moving average then. Throws a RangeError on constants outside [0, 1]. Source: Winters 1960;
 * Hyndman and Athanasopoulos, Forecasting, ch. 8.
 */
export function holtWintersForecast(
  history: readonly number[],
  settings: SmoothingSettings,
  horizon: number,
): number[] | null {
  const { seasonLength: length } = settings
  for (const name of ['level', 'trend', 'season'] as const) {
    if (!(settings[name] >= 0 && settings[name] <= 1)) throw new RangeError(`${name}: not in [0, 1]`)
  }
  if (!(Number.isInteger(length) && length >= 1)) throw new RangeError('seasonLength: not a whole number above 0')
  if (history.length < 2 * length) return null
  const first = mean(history.slice(0, length))!
  let level = first
  let trend = (mean(history.slice(length, 2 * length))! - first) / length
  const seasons = history.slice(0, length).map((value) => value - first)
  for (let i = length; i < history.length; i += 1) {
    const value = history[i]!
    const season = seasons[i % length]!
    const before = level
    level = settings.level * (value - season) + (1 - settings.level) * (before + trend)
    trend = settings.trend * (level - before) + (1 - settings.trend) * trend
    seasons[i % length] = settings.season * (value - level) + (1 - settings.season) * season
  }
  return Array.from({ length: horizon }, (_, k) => level + (k + 1) * trend + seasons[(history.length + k) % length]!)
}
