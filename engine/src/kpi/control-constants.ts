import { normalCumulative, normalDensity } from './normal.ts'

/**
 * Constants of control charts for samples of n normal values with standard deviation 1, exact (not the three-decimal
 * table values): the range has mean d2 and standard deviation d3, the sample standard deviation has mean c4.
 * d2(5) = 2.325929, c4(5) = 0.939986. Limits made with table values differ by up to 0.04 %.
 */
export interface RangeConstants {
  d2: number
  d3: number
}

const known = new Map<number, RangeConstants>()

/** d2 and d3 of the range of n values, n ≥ 2; null below. */
export function rangeConstants(n: number): RangeConstants | null {
  if (!Number.isInteger(n) || n < 2) return null
  const found = known.get(n)
  if (found) return found
  const beyond = new Float64Array(RANGE_STEPS + 1)
  for (let i = 0; i <= RANGE_STEPS; i += 1) beyond[i] = 1 - rangeCumulative(n, i * RANGE_WIDTH)
  const mean = simpson(
    { from: 0, to: RANGE_STEPS * RANGE_WIDTH },
    RANGE_STEPS,
    (r) => beyond[Math.round(r / RANGE_WIDTH)]!,
  )
  const square = simpson(
    { from: 0, to: RANGE_STEPS * RANGE_WIDTH },
    RANGE_STEPS,
    (r) => 2 * r * beyond[Math.round(r / RANGE_WIDTH)]!,
  )
  const constants = { d2: mean, d3: Math.sqrt(square - mean * mean) }
  known.set(n, constants)
  return constants
}

/** c4 of n values, n ≥ 2; null below. c4 = √(2/(n−1)) · Γ(n/2) / Γ((n−1)/2). */
export function c4(n: number): number | null {
  if (!Number.isInteger(n) || n < 2) return null
  let ratio = 1 / Math.sqrt(Math.PI)
  for (let k = 2; k < n; k += 1) ratio = (k - 1) / 2 / ratio
  return Math.sqrt(2 / (n - 1)) * ratio
}

const STEPS = 400
const FROM = -8
const TO = 8
const WIDTH = (TO - FROM) / STEPS
const RANGE_WIDTH = 0.02
const RANGE_STEPS = 800
/** Φ on a grid of half a step, so that Φ(x + r) is found without computing it for each pair. */
const cumulative = new Map<number, number>()

/** P(range of n values ≤ r) = n ∫ φ(x) (Φ(x + r) − Φ(x))^(n−1) dx. */
function rangeCumulative(n: number, r: number): number {
  return n * simpson({ from: FROM, to: TO }, STEPS, (x) => normalDensity(x) * (phi(x + r) - phi(x)) ** (n - 1))
}

function phi(x: number): number {
  const key = Math.round(x / (WIDTH / 2))
  if (Math.abs(key * (WIDTH / 2) - x) > 1e-9) return normalCumulative(x)
  const found = cumulative.get(key)
  if (found !== undefined) return found
  const value = normalCumulative(x)
  cumulative.set(key, value)
  return value
}

function simpson({ from, to }: { from: number; to: number }, steps: number, f: (x: number) => number): number {
  const width = (to - from) / steps
  let sum = f(from) + f(to)
  for (let i = 1; i < steps; i += 1) sum += f(from + i * width) * (i % 2 === 1 ? 4 : 2)
  return (sum * width) / 3
}
