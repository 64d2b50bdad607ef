import type { Limits } from './control-chart.ts'

export interface EwmaSettings {
  /** Weight of the newest value, in (0, 1]. */
  lambda: number
  /** Standard deviation of single values. */
  sigma: number
  /** Start value and centre. */
  target: number
}

export interface EwmaChart extends Limits {
  /** Begins with z_0 = target; a missing value leaves the average where it was. */
  ewma: number[]
  /** Limits of each point of `ewma` with the start-up factor √(1 − (1 − λ)^2i); the first one is the target itself. */
  startUp: { lcl: number; ucl: number }[]
}

/**
 * EWMA: z_0 = target, z_i = λ x_i + (1 − λ) z_(i−1); asymptotic limits target ± 3σ√(λ/(2 − λ)). Throws a RangeError when
 * λ is outside (0, 1] or σ is below zero. Source: NIST/SEMATECH e-Handbook 6.3.2.4; Roberts 1959.
 */
export function ewmaChart(values: readonly (number | null)[], { lambda, sigma, target }: EwmaSettings): EwmaChart {
  if (!(lambda > 0 && lambda <= 1)) throw new RangeError('lambda: not in (0, 1]')
  if (!(sigma >= 0)) throw new RangeError('sigma: below zero')
  const reach = 3 * sigma * Math.sqrt(lambda / (2 - lambda))
  const ewma = [target]
  for (const value of values) {
    const before = ewma.at(-1)!
    ewma.push(value === null ? before : lambda * value + (1 - lambda) * before)
  }
  const startUp = ewma.map((_, i) => {
    const own = reach * Math.sqrt(1 - (1 - lambda) ** (2 * i))
    return { lcl: target - own, ucl: target + own }
  })
  return { center: target, lcl: target - reach, ucl: target + reach, ewma, startUp }
}
