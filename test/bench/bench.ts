/** What a bench reports: figures of the product beside a floor or peer measured in the same run. */
export interface Figure {
  name: string
  unit: 'ms' | 's' | 'rows/s' | 'ratio' | 'MB' | 'cores' | 'bytes' | 'count'
  value: number
  /** The promise, when there is one: the value must be at most (or at least) this. */
  atMost?: number
  atLeast?: number
  /** What the figure is held against: a floor or peer of the same run, in the same unit. */
  beside?: { name: string; value: number }
  /** Promised bound of value ÷ beside. */
  ratioAtMost?: number
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

export const ratioOf = ({ value, beside }: Figure): number | null =>
  beside && beside.value > 0 ? value / beside.value : null

/** Whether the promises of a figure are kept; null without a promise. */
export function holds(figure: Figure): boolean | null {
  const ratio = ratioOf(figure)
  const checks = [
    figure.atMost === undefined ? null : figure.value <= figure.atMost,
    figure.atLeast === undefined ? null : figure.value >= figure.atLeast,
    figure.ratioAtMost === undefined || ratio === null ? null : ratio <= figure.ratioAtMost,
  ].filter((check) => check !== null)
  return checks.length === 0 ? null : checks.every(Boolean)
}

const digits = (value: number): string => value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)

function promise({ atMost, atLeast, ratioAtMost, unit }: Figure): string {
  return [
    atMost === undefined ? null : `≤ ${atMost} ${unit}`,
    atLeast === undefined ? null : `≥ ${atLeast} ${unit}`,
    ratioAtMost === undefined ? null : `≤ ${ratioAtMost} ×`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}

function cells(figure: Figure): string[] {
  const verdict = holds(figure)
  const ratio = ratioOf(figure)
  return [
    figure.name,
    `${digits(figure.value)} ${figure.unit}`,
    promise(figure),
    figure.beside ? `${figure.beside.name}: ${digits(figure.beside.value)} ${figure.unit}` : '',
    ratio === null ? '' : `${digits(ratio)} ×`,
    verdict === null ? '' : verdict ? 'kept' : 'MISSED',
  ]
}

/** The figures as a plain table, one line each. */
export function table(figures: readonly Figure[]): string {
  const rows = [['figure', 'measured', 'promise', 'floor or peer', 'ratio', 'verdict'], ...figures.map(cells)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}
