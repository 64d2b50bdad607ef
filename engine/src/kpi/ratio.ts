/** a / b; null when b is zero or not a number: "there is no figure" is different from zero. */
export function ratio(a: number | null, b: number | null): number | null {
  if (a === null || b === null || b === 0) return null
  const quotient = a / b
  return Number.isFinite(quotient) ? quotient : null
}

/** a × b × …; null when any of them is. */
export function product(...factors: (number | null)[]): number | null {
  let result = 1
  for (const factor of factors) {
    if (factor === null) return null
    result *= factor
  }
  return result
}

/** Sum of a measure over a list. */
export function sumOf<T>(list: readonly T[], measure: (each: T) => number): number {
  return list.reduce((sum, each) => sum + measure(each), 0)
}

/** Share by which sums of decimal quantities may miss each other: 0.1 + 0.2 is not 0.3 in binary. */
const ROUNDING = 1e-9

/** Whether a quantity is at least the wanted one, up to the rounding of sums (1e-9 of the larger of the two). */
export function reaches(quantity: number, wanted: number): boolean {
  return quantity >= wanted - ROUNDING * Math.max(Math.abs(quantity), Math.abs(wanted))
}

/** The difference a − b, exactly 0 where nothing but the rounding of sums of that size is left. */
export function remainder(a: number, b: number): number {
  const rest = a - b
  return Math.abs(rest) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b)) ? 0 : rest
}
