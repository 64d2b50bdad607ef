/** What a bench reports: figures of the product beside a floor or peer measured in the same run. */
export interface Figure {
  name: string
  unit: 'ms' | 's' | 'rows/s' | 'ratio' | 'MB' | 'cores' | 'bytes' | 'count'
  value: number
  /** The promise, when there is one: the value must be at most (or at least) this. */
  atMost?: number
  atLeast?: number
}

export interface BenchResult {
  bench: string
  /** What was done, in one sentence a reader can repeat. */
  work: string
  figures: Figure[]
  /** What stands in the way of a stronger claim. */
  notes: string[]
}

/** Nearest-rank percentile of unsorted numbers; NaN-free: throws on an empty list. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('percentile of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

export function holds(figure: Figure): boolean | null {
  if (figure.atMost === undefined && figure.atLeast === undefined) return null
  return (
    (figure.atMost === undefined || figure.value <= figure.atMost) &&
    (figure.atLeast === undefined || figure.value >= figure.atLeast)
  )
}
