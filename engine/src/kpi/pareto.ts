import { sumOf } from './ratio.ts'

export interface ParetoItem {
  code: string
  measure: number
}

export interface Pareto {
  /** By measure descending, ties by code; "others" always last. */
  items: (ParetoItem & { cumulative: number | null })[]
  /** The items until the cumulative share before the item reaches the threshold: the crossing item is included. */
  vitalFew: string[]
}

const OTHERS = /^(others?|其他|其它)$/i

/**
 * Pareto order with cumulative shares (fractions; null when the total is zero). Default threshold 0.8. Source:
 * Juran; qcc package.
 */
export function pareto(items: readonly ParetoItem[], vitalThreshold = 0.8): Pareto {
  const isLast = (item: ParetoItem): number => (OTHERS.test(item.code) ? 1 : 0)
  const sorted = [...items].sort(
    (a, b) => isLast(a) - isLast(b) || b.measure - a.measure || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  )
  const total = sumOf(sorted, (item) => item.measure)
  const vitalFew: string[] = []
  let sum = 0
  const ordered = sorted.map((item) => {
    if (total > 0 && sum / total < vitalThreshold - 1e-12) vitalFew.push(item.code)
    sum += item.measure
    return { ...item, cumulative: total > 0 ? sum / total : null }
  })
  return { items: ordered, vitalFew }
}
