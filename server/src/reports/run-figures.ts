import { createHash, type Hash } from 'node:crypto'
import type { RunFinding } from '@gemba/contracts/report'
import { add, exactText, isNum, type Num } from '@gemba/engine/formula/decimal'
import { isError, type FormulaError, type Value } from '@gemba/engine/formula/values'
import { fieldReader, type Column, type ColumnFacts, type Row } from '@gemba/engine/report/dataset'
import { findingText, messageText } from '@gemba/engine/report/messages'
import type { ReportResult, ShownCell } from '@gemba/engine/report/report-result'
import type { ReportRun } from '@gemba/engine/report/run'
import type { Locale } from '@gemba/engine/report/words'
import type { ReportDocument } from './report-document.ts'

const MOST_FINDINGS = 200

/** What is known once the cells have their values. */
export interface Computed {
  contentHash: string
  controlTotals: ControlTotal[]
  findings: RunFinding[]
}

export interface ControlTotal {
  dataset: string
  column: string
  sum: string
}

/** Hash, control totals and findings: what tells two results apart, and what is wrong with this one. */
export function computedOf(document: ReportDocument): Computed {
  const { result, locale } = document
  const cells = new CellFigures(locale)
  for (const row of result.rows()) cells.add(row, { of: result, above: 0 })
  return { ...cells.done(warningsOf(result.all, locale)), controlTotals: totalsOf(document) }
}

/** Hash of all cells in reading order with their places, and the errors among them. */
export class CellFigures {
  private readonly hash: Hash = createHash('sha256')
  private readonly errors = new Map<string, RunFinding>()
  private readonly locale: Locale

  constructor(locale: Locale) {
    this.locale = locale
  }

  /** One row; `above` is how many stand above the first of its portion. */
  add(row: readonly ShownCell[], { of, above }: { of: ReportResult; above: number }): void {
    let text = ''
    for (const { box, display } of row)
      text += `${box.y0 + above},${box.x0},${box.y1 + above},${box.x1}\0${display.text}\0`
    this.hash.update(text)
    noteErrors(this.errors, row, { locale: this.locale, of })
  }

  done(warnings: readonly RunFinding[]): Pick<Computed, 'contentHash' | 'findings'> {
    const findings = [...this.errors.values(), ...warnings].slice(0, MOST_FINDINGS)
    return { contentHash: this.hash.digest('hex'), findings }
  }
}

/** What the compiler has to say of the report and its sub-reports, each once. */
export function warningsOf(
  all: readonly { name: string; run: Pick<ReportRun, 'template'> }[],
  locale: Locale,
): RunFinding[] {
  const warnings = all.flatMap(({ name, run }) =>
    run.template.findings.flatMap((finding): RunFinding[] => {
      if (finding.level === 'refuse') return []
      const cell = name === '' ? (finding.cells[0] ?? '') : `${templateOf(name)} ${finding.cells[0] ?? ''}`
      return [{ level: finding.level, cell, text: findingText(finding, locale), count: 0 }]
    }),
  )
  return [...new Map(warnings.map((each) => [`${each.cell} ${each.text}`, each])).values()]
}

/** `line-day/3` is the third call of the template `line-day`. */
const templateOf = (name: string): string => name.slice(0, name.lastIndexOf('/'))

/** Errors of cells, those inside boxes included; of a sub-report with its template. */
function noteErrors(
  errors: Map<string, RunFinding>,
  row: readonly ShownCell[],
  { locale, of }: { locale: Locale; of: ReportResult },
): void {
  for (const { value, cell, of: owner, boxed } of row) {
    if (boxed !== undefined) for (const inner of boxed.rows()) noteErrors(errors, inner, { locale, of })
    if (!isError(value)) continue
    const address = owner === of ? cell.address : `${templateOf(owner.name)} ${cell.address}`
    noteError(errors, { address, error: value, locale })
  }
}

function noteError(
  errors: Map<string, RunFinding>,
  { address, error, locale }: { address: string; error: FormulaError; locale: Locale },
): void {
  const key = `${address} ${error.code} ${error.cause?.key ?? ''}`
  const known = errors.get(key)
  if (known !== undefined) known.count += 1
  else {
    const why = error.cause === undefined ? '' : ` ${messageText(error.cause.key, locale, error.cause.details)}`
    // What is hidden is no fault of the report.
    const level = error.code === '#HIDDEN!' ? 'warning' : 'error'
    errors.set(key, { level, cell: address, text: `${error.code}${why}`, count: 1 })
  }
}

function totalsOf({ result }: ReportDocument): Computed['controlTotals'] {
  return result.all.flatMap(({ name: sub, run }) =>
    run.datasetNames.flatMap((name) => {
      const dataset = run.dataset(name)
      return dataset.fields.flatMap((column) => {
        const sum = sumOf(dataset.column(column), dataset.rowCount)
        return sum === undefined ? [] : [{ dataset: sub === '' ? name : `${sub}.${name}`, column, sum: exactText(sum) }]
      })
    }),
  )
}

/** Sums of the columns of a dataset, taken while its rows go by: the same as over all rows at once. */
export class ColumnSums {
  private readonly facts: ColumnFacts
  private readonly fields = new Map<string, { read: (row: Row) => Value; sum: ColumnSum }>()
  private rowCount = 0

  constructor(facts: ColumnFacts) {
    this.facts = facts
    for (const field of facts.types?.keys() ?? []) this.open(field)
  }

  /** Fields so far, in order of appearance. */
  get names(): string[] {
    return [...this.fields.keys()]
  }

  /** `columnOf` gives values that were read already. */
  add(rows: readonly Row[], columnOf: (field: string) => Column | undefined = () => undefined): void {
    for (const row of rows) for (const field in row) if (!this.fields.has(field)) this.open(field)
    for (const [field, { read, sum }] of this.fields) {
      const column = columnOf(field)
      for (let at = 0; at < rows.length && sum.isOpen; at += 1)
        sum.add(column === undefined ? read(rows[at] as Row) : column.at(at))
    }
    this.rowCount += rows.length
  }

  totals(dataset: string): ControlTotal[] {
    return [...this.fields].flatMap(([column, { sum }]) => {
      const { value } = sum
      return value === undefined ? [] : [{ dataset, column, sum: exactText(value) }]
    })
  }

  /** A field that no row had so far. */
  private open(field: string): void {
    const read = fieldReader(field, this.facts)
    const sum = new ColumnSum()
    if (this.rowCount > 0) sum.add(read({}))
    this.fields.set(field, { read, sum })
  }
}

function sumOf(column: Column | undefined, rowCount: number): Num | undefined {
  const sum = new ColumnSum()
  for (let row = 0; row < rowCount && sum.isOpen; row += 1) sum.add(column?.at(row) ?? null)
  return sum.value
}

/** Undefined for a column that is empty or holds anything but numbers. */
class ColumnSum {
  isOpen = true
  private sum: Num | undefined

  add(value: Value): void {
    if (value === null || !this.isOpen) return
    this.isOpen = isNum(value)
    this.sum = isNum(value) ? (this.sum === undefined ? value : add(this.sum, value)) : undefined
  }

  get value(): Num | undefined {
    return this.sum
  }
}
