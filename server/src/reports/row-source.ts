import { createReadStream } from 'node:fs'
import { compileTemplate } from '@gemba/engine/report/compile'
import { DatasetBuilder, type ColumnFacts, type Dataset, type Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { StreamedReport, type RowBatches } from '@gemba/engine/report/stream-report'
import { tierOf } from '@gemba/engine/report/tier'
import { wordsIn } from '@gemba/engine/report/words'
import { columnFacts, refuseMissingRows } from './given-rows.ts'
import { refusalOf, renderOver, runFactsOf, withNotices, type RenderFacts } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'
import { rowsOf, type SheetDocument } from './sheet-document.ts'
import { storedTemplate } from './stored-template.ts'

/** Rows of a dataset that can be gone through more than once, without ever being there all at once. */
export interface RowSource extends ColumnFacts {
  batches: () => RowBatches
  count: number
}

/** What a report is made from, its rows among it. */
export interface SourcedInput extends RenderFacts {
  /** By name of the dataset; they take the place of the rows in the template. */
  sources: ReadonlyMap<string, RowSource>
  /** About how many rows are computed at a time where they are streamed; fitted to the template if not given. */
  portionRows?: number
}

/** A report in memory; its rows become columns as they come. Refuses what `renderReport` refuses. */
export async function renderSources(input: SourcedInput): Promise<ReportDocument> {
  const template = storedTemplate(input.template)
  const datasets = new Map<string, Dataset>()
  for (const [name, { batches, count: _, ...facts }] of input.sources) {
    const builder = new DatasetBuilder(name, columnFacts(template, name, facts))
    for await (const batch of batches()) builder.add(batch)
    datasets.set(name, builder.finish())
  }
  return renderOver(template, input, datasets)
}

/** A report whose rows go by, with what else is known of it. */
export interface OpenedStream {
  report: StreamedReport
  /** Everything but its cells. */
  document: Omit<ReportDocument, 'result'>
  /** The rows that it is made from, and how they are read. */
  source: RowSource
  facts: ColumnFacts
}

/**
 * A report computed while its rows go by; undefined if its template needs them all at once. With `fields`, portions
 * hold these columns, named by the template or not. Refuses what `renderReport` refuses.
 */
export async function openStream(input: SourcedInput, fields?: readonly string[]): Promise<OpenedStream | undefined> {
  const template = storedTemplate(input.template)
  const tier = tierOf(compileTemplate(template), template)
  const source = tier.kind === 'stream' ? input.sources.get(tier.plan.dataset) : undefined
  if (tier.kind === 'memory' || source === undefined) return undefined
  const run = runFactsOf(template, input)
  refuseMissingRows(template, input.sources, run.locale)
  const { batches, count: _, ...given } = source
  const facts = columnFacts(template, tier.plan.dataset, given)
  try {
    const portion = input.portionRows === undefined ? {} : { portionRows: input.portionRows }
    const report = await StreamedReport.open(template, { ...run, ...portion, fields, rows: batches, facts })
    if (report === undefined) return undefined
    const name = wordsIn(template.name, run.locale)
    return { report, document: withNotices({ name, locale: run.locale, template }, input), source, facts }
  } catch (error) {
    throw refusalOf(error, run.locale)
  }
}

/** The same for painters of sheets. */
export async function streamReport(input: SourcedInput): Promise<SheetDocument | undefined> {
  const stream = await openStream(input)
  if (stream === undefined) return undefined
  const { report, document, source } = stream
  try {
    const rows = await rowsOf(report, source.count)
    return { ...document, first: report.first, portions: () => report.portions(), rows, tailFrom: report.plan.to }
  } catch (error) {
    throw refusalOf(error, document.locale)
  }
}

/** Text with more digits than a double surely holds. */
const MANY_DIGITS = /[\d.]{16,}/

const rowOf = (line: string): Row => (MANY_DIGITS.test(line) ? parseExactJson(line) : JSON.parse(line)) as Row

/** Rows of a file with one JSON object a line, a piece of the file at a time. */
export async function* jsonLineBatches(file: string): AsyncGenerator<Row[]> {
  let open = ''
  for await (const piece of createReadStream(file, 'utf8')) {
    const lines = `${open}${piece as string}`.split('\n')
    open = lines.pop() as string
    yield lines.filter((line) => line.trim() !== '').map(rowOf)
  }
  if (open.trim() !== '') yield [rowOf(open)]
}

/** A file with one JSON object a line; it is gone through once for the number of its rows. */
export async function jsonLineSource(file: string, facts: ColumnFacts): Promise<RowSource> {
  let count = 0
  let isOpen = false
  for await (const piece of createReadStream(file)) {
    const bytes = piece as Buffer
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1
    isOpen = bytes.at(-1) !== 10
  }
  return { ...facts, batches: () => jsonLineBatches(file), count: isOpen ? count + 1 : count }
}
