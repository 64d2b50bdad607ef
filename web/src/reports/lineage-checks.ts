import type { CellLineage, ReportRun } from '@gemba/contracts/report'
import {
  type Num,
  add,
  compareNum,
  divide,
  equalNum,
  exactText,
  isNum,
  parseNum,
  roundSignificant,
} from '@gemba/engine/formula/decimal'

/** A statement about a figure that was recomputed here from what the card shows. */
export interface LineageCheck {
  kind: 'rows' | 'complete'
  /** Whether both sides are equal. */
  holds: boolean
  /** How the field is used, for `rows`: `sum`, `count` … */
  use: string
  expected: string
  found: string
}

/** Quotients are kept with more digits than a figure shows; they are compared by as many as both have. */
const COMPARED_DIGITS = 15

/**
 * Checks that can be made from the listed rows: a sum, mean, count or extreme of all rows must be the value, and a
 * dataset that a limit cut makes every figure below it incomplete. What cannot be checked gives no line.
 */
export function checksOf(lineage: CellLineage, run: Pick<ReportRun, 'datasets'>): LineageCheck[] {
  return [...rowChecks(lineage), ...cutChecks(lineage, run)]
}

function rowChecks({ field, sources, value }: CellLineage): LineageCheck[] {
  const source = sources.find(({ dataset }) => dataset === field?.dataset)
  const shown = numberOf(value)
  if (!field || !source || shown === null || source.sample.length !== source.rows) return []
  const column = source.columns.indexOf(field.column)
  if (column < 0) return []
  const found = resultOf(
    field.use,
    source.sample.map((row) => row[column] ?? null),
  )
  if (found === null) return []
  const holds = equalNum(roundSignificant(found, COMPARED_DIGITS), roundSignificant(shown, COMPARED_DIGITS))
  return [{ kind: 'rows', holds, use: field.use, expected: exactText(shown), found: exactText(found) }]
}

function cutChecks({ sources }: CellLineage, { datasets }: Pick<ReportRun, 'datasets'>): LineageCheck[] {
  return sources.flatMap(({ dataset }) => {
    const whole = datasets.find(({ name }) => name === dataset)
    if (whole === undefined || whole.total === null) return []
    const check = { kind: 'complete' as const, use: dataset, expected: String(whole.total), found: String(whole.rows) }
    return [{ ...check, holds: whole.rows === whole.total }]
  })
}

type Raw = CellLineage['value']

function numberOf(value: Raw): Num | null {
  if (typeof value === 'number') return parseNum(String(value)) ?? null
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? (parseNum(value) ?? null) : null
}

function resultOf(use: string, cells: readonly Raw[]): Num | null {
  const present = cells.filter((cell) => cell !== null)
  if (use === 'count') return present.length
  // A value of one row alone needs no arithmetic, however it is named.
  if (cells.length === 1) return numberOf(cells[0] ?? null)
  const numbers = present.map(numberOf)
  if (numbers.length === 0 || !numbers.every((each) => isNum(each))) return null
  const all = numbers as Num[]
  const sum = () => all.reduce((a, b) => add(a, b))
  if (use === 'sum') return sum()
  if (use === 'avg' || use === 'average') return divide(sum(), all.length) ?? null
  if (use === 'max') return all.reduce((a, b) => (compareNum(a, b) >= 0 ? a : b))
  if (use === 'min') return all.reduce((a, b) => (compareNum(a, b) <= 0 ? a : b))
  return null
}
