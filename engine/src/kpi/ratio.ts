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
