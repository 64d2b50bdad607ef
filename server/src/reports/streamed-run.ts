import type { Template } from '@gemba/contracts/template'
import { compileTemplate } from '@gemba/engine/report/compile'
import { PageTooLongError } from '@gemba/engine/report/stream-pages'
import { lineNumbers } from '@gemba/engine/report/report-result'
import { tierOf } from '@gemba/engine/report/tier'
import type { ReportPortion } from '@gemba/engine/report/stream-report'
import { columnFacts, inlineRowsOf } from './given-rows.ts'
import { refusalOf } from './render-report.ts'
import type { OpenedStream, SourcedInput } from './row-source.ts'
import { CellFigures, ColumnSums, warningsOf, type Computed, type ControlTotal } from './run-figures.ts'
import type { PaintedPages } from './run-work.ts'
import { storedTemplate } from './stored-template.ts'
import { StreamedPainter } from './streamed-pages.ts'

/** Below so many cells a report is made in memory, where whatever is asked next finds it. */
const LEAST_STREAMED_CELLS = 300_000

/** Whether a run is made while its rows go by, as far as that is seen before: many rows, pages that can be cut so. */
export function goesBy(input: SourcedInput): boolean {
  const template = storedTemplate(input.template)
  const tier = tierOf(compileTemplate(template), template)
  if (tier.kind === 'memory' || tier.plan.pageReasons.length > 0) return false
  const rows = input.sources.get(tier.plan.dataset)?.count ?? 0
  return tier.plan.listCells * rows >= LEAST_STREAMED_CELLS
}

/**
 * Everything that a run is told of and shows, in one pass over its rows: hash, totals, findings and pages. `told` gets
 * the share that has gone by. Undefined if a page turns out too long to be cut so.
 */
export async function makeStreamed(
  stream: OpenedStream,
  { dir, input, told }: { dir: string; input: SourcedInput; told: (share: number) => void },
): Promise<(Computed & PaintedPages) | undefined> {
  const { report, document, source, facts } = stream
  const figures = new CellFigures(document.locale)
  const sums = new ColumnSums(facts)
  const painter = await StreamedPainter.of(stream, dir)
  let [above, rowsDone] = [0, 0]
  try {
    for await (const portion of report.portions()) {
      const { rows, plain } = portion
      const dataset = plain === undefined ? portion.result.run.dataset(report.plan.dataset) : undefined
      sums.add(rows, (field) => dataset?.column(field))
      above += addCells(figures, portion, above)
      await painter.take(portion)
      rowsDone += rows.length
      told(rowsDone / Math.max(1, source.count))
    }
    const painted = await painter.finish(sums.names)
    const own = sums.totals(report.plan.dataset)
    const controlTotals = await totalsOf(document.template, { input, name: report.plan.dataset, own })
    return { ...figures.done(warningsOf([report.first], document.locale)), controlTotals, ...painted }
  } catch (error) {
    if (error instanceof PageTooLongError) return undefined
    throw refusalOf(error, document.locale)
  } finally {
    await painter.close()
  }
}

/** The hash of the cells alone. */
export async function streamedHash({ report, document }: OpenedStream): Promise<string> {
  const figures = new CellFigures(document.locale)
  let above = 0
  for await (const portion of report.portions()) above += addCells(figures, portion, above)
  return figures.done([]).contentHash
}

/** Adds the shown rows of a portion and tells how many they are; `above` stand before them. */
function addCells(figures: CellFigures, portion: ReportPortion, above: number): number {
  const { plain, from, to } = portion
  const of = plain?.program.first ?? portion.result
  const rows = plain?.shownRows(lineNumbers(to).subarray(from), of.visibleColumns) ?? of.rowsBetween(from, to)
  let shown = 0
  for (const row of rows) {
    figures.add(row, { of, above })
    shown += 1
  }
  return shown
}

/** Totals of all datasets in the order in which a report in memory has them, those among them that no cell asks for. */
async function totalsOf(
  template: Template,
  { input, name: streamed, own }: { input: SourcedInput; name: string; own: ControlTotal[] },
): Promise<ControlTotal[]> {
  const totals: ControlTotal[] = []
  for (const name of Object.keys(template.datasets ?? {})) {
    const rows = inlineRowsOf(template, name)
    if (rows === undefined || input.sources.has(name)) continue
    const sums = new ColumnSums(columnFacts(template, name))
    sums.add(rows)
    totals.push(...sums.totals(name))
  }
  for (const [name, { batches, count: _, ...facts }] of input.sources) {
    if (name === streamed) totals.push(...own)
    else {
      const sums = new ColumnSums(columnFacts(template, name, facts))
      for await (const batch of batches()) sums.add(batch)
      totals.push(...sums.totals(name))
    }
  }
  return totals
}
