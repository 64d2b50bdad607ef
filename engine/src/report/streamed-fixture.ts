import type { ReportTemplate } from './compile.ts'
import { datasetOf, type ColumnFacts, type Row } from './dataset.ts'
import { formulaTranslator } from './excel-formulas.ts'
import { runReport, type ReportResult, type ShownCell } from './report-result.ts'
import { StreamedReport } from './stream-report.ts'

/** A small generator of numbers, the same in each run. */
export function dice(seed: number): (sides: number) => number {
  let state = seed * 2_654_435_761 + 1
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Everything that a reader can see of a report, however it was computed. */
export interface Seen {
  cells: unknown[]
  breaks: number[]
  rows: number
}

/** What a reader can see of a cell, at its place in the whole report. */
function seen(shown: ShownCell, result: ReportResult, before: number): unknown {
  const { box, cell, instance, blank, value, display, settings } = shown
  return {
    at: [box.y0 + before, box.x0, box.y1 + before, box.x1],
    cell: cell.address,
    blank,
    value,
    text: display.text,
    number: display.number,
    faithful: display.faithful,
    settings,
    look: result.looks.of(cell, settings),
    formula: formulaTranslator(result.run)(cell.index, instance),
  }
}

const heights = (result: ReportResult, from: number, to: number): number[] => [...result.sizes.rows.subarray(from, to)]

export interface SeenInput {
  name?: string
  facts?: ColumnFacts
  params?: Readonly<Record<string, unknown>> | undefined
}

export function inMemory(
  template: ReportTemplate,
  rows: readonly Row[],
  { name = 'd', facts, params }: SeenInput,
): Seen {
  const result = runReport(template, { datasets: new Map([[name, datasetOf(name, rows, facts)]]), params })
  const cells = Array.from(result.rows(), (row) => row.map((shown) => seen(shown, result, 0)))
  const { rows: count } = result.run.placements
  return {
    cells: [cells, [...result.sizes.columns], heights(result, 0, count)],
    breaks: [...result.conditions.breaks].filter((row) => row < count).sort((a, b) => a - b),
    rows: count,
  }
}

/** Undefined if it cannot be streamed. */
export async function streamed(
  template: ReportTemplate,
  rows: readonly Row[],
  { facts = {}, params, portionRows }: SeenInput & { portionRows: number },
): Promise<Seen | undefined> {
  const batches = (): Row[][] => rows.map((row) => [row])
  const report = await StreamedReport.open(template, { rows: batches, facts, params, portionRows })
  if (report === undefined) return undefined
  const [cells, sizes, breaks]: [unknown[], number[], number[]] = [[], [], []]
  let count = 0
  for await (const { result, from, to, before } of report.portions()) {
    for (const row of result.rowsBetween(from, to)) {
      const first = cells.length - (row[0]?.box.y0 ?? 0)
      cells.push(row.map((shown) => seen(shown, result, first)))
    }
    sizes.push(...heights(result, from, to))
    for (const row of result.conditions.breaks) {
      const at = before + row - from
      if (row >= from && row <= to) breaks.push(at)
    }
    count = before + to - from
  }
  return {
    cells: [cells, [...report.first.sizes.columns], sizes],
    breaks: [...new Set(breaks)].filter((row) => row < count).sort((a, b) => a - b),
    rows: count,
  }
}
