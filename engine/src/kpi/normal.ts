const SQRT_2PI = Math.sqrt(2 * Math.PI)

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / SQRT_2PI
}

/** Probability that a standard normal value is at most `z`; error below 1e-14. */
export function normalCumulative(z: number): number {
  if (z > 0) return 1 - upperTail(z)
  return upperTail(-z)
}

/** P(Z > x) for x ≥ 0: power series near zero, continued fraction beyond, where the series loses digits. */
function upperTail(x: number): number {
  if (x > 38) return 0
  if (x < 2.5) {
    let term = x
    let sum = x
    for (let k = 1; Math.abs(term) > 1e-18; k += 1) {
      term *= (x * x) / (2 * k + 1)
      sum += term
    }
    return 0.5 - sum * normalDensity(x)
  }
  let fraction = 0
  for (let k = 160; k >= 1; k -= 1) fraction = k / (x + fraction)
  return normalDensity(x) / (x + fraction)
}

/**
 * The value below which a standard normal value lies with probability `p`; null outside (0, 1). A rational start
 * value (Acklam) is refined by Halley steps to full precision.
 */
export function normalQuantile(p: number): number | null {
  if (!(p > 0 && p < 1)) return null
  let z = startQuantile(p)
  for (let step = 0; step < 3; step += 1) {
    const density = normalDensity(z)
    if (!(density > 0)) break
    const u = (normalCumulative(z) - p) / density
    z -= u / (1 + (z * u) / 2)
  }
  return z
}

function startQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ]
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572]
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ]
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416]
  const poly = (coefficients: number[], x: number): number => coefficients.reduce((sum, each) => sum * x + each, 0)
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    return poly(c, q) / (poly(d, q) * q + 1)
  }
  if (p > 1 - 0.02425) return -startQuantile(1 - p)
  const q = p - 0.5
  const r = q * q
  return (poly(a, r) * q) / (poly(b, r) * r + 1)
}
