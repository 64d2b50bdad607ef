import { readFile } from 'node:fs/promises'
import type { CellRows } from '@gemba/contracts/report'
import { parse } from '@gemba/engine/formula/parser'
import type { Value } from '@gemba/engine/formula/values'
import type { CompiledCell } from '@gemba/engine/report/compiled'
import { cellsRead } from '@gemba/engine/report/evaluation-order'
import { lineageOf, MOST_SAMPLES, MOST_TEXTS, rowsBehind, type Lineage } from '@gemba/engine/report/lineage'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { computedOn, StreamedPages } from '@gemba/engine/report/stream-pages'
import type { PagedReport } from './paint-html.ts'
import { openStream, type OpenedStream } from './row-source.ts'
import { pagesIndexFile, type PagesIndex } from './run-files.ts'
import { cellIn, cellPart, rawOf, type CellPart } from './run-lineage.ts'
import { inputsIn } from './run-work.ts'
import { acrossOf, numberOf, pagedOf } from './streamed-pages.ts'

interface Asked {
  stream: OpenedStream
  shown: ShownCell
}

/** The stream of the run that was asked about last: opening it may cost a pass over its rows. */
let last: { dir: string; stream: OpenedStream; down: number } | undefined

/** Whether the rows of a run went by when it was made. */
export const wentBy = async (dir: string): Promise<boolean> => (await indexIn(dir)).streamed !== undefined

/** Pages of a run whose rows went by, as they go by once more; undefined for one that was made in memory. */
export async function pagedIn(dir: string): Promise<PagedReport | undefined> {
  const known = await opened(dir)
  return known && pagedOf(known.stream, known.down)
}

/** What stands at an address of a page, taken apart; null when there is nothing. */
export async function lineageIn(dir: string, at: { page: number; cell: string }): Promise<CellPart | null> {
  const asked = await shownIn(dir, at)
  if (asked === null) return null
  const { stream, shown } = asked
  const lineage = isOfList(asked) ? lineageOf(shown.of.run, shown.cell, shown.instance) : await lineageOfAll(asked)
  return cellPart(shown, lineage, { ...at, locale: stream.document.locale })
}

/** Rows behind what stands at an address; null when there is nothing, or nothing of that dataset. */
export async function rowsIn(
  dir: string,
  { dataset, from, to, ...at }: { page: number; cell: string; dataset: string; from: number; to: number },
): Promise<CellRows | null> {
  const asked = await shownIn(dir, at)
  if (asked === null) return null
  const { shown } = asked
  const order = { instance: shown.instance, dataset, from, to }
  const found = isOfList(asked) ? rowsBehind(shown.of.run, shown.cell, order) : await rowsOfAll(asked, order)
  if (found === null) return null
  const { fields: columns, rows, total } = found
  return { dataset, columns, rows: rows.map((row) => row.map(rawOf)), from, total }
}

const indexIn = async (dir: string): Promise<PagesIndex> =>
  JSON.parse(await readFile(pagesIndexFile(dir), 'utf8')) as PagesIndex

/** The stream of a run, opened anew from what lies in its folder; undefined for a run that was made in memory. */
export async function streamIn(dir: string): Promise<OpenedStream | undefined> {
  const { streamed } = await indexIn(dir)
  return streamed && openStream(await inputsIn(dir), streamed.fields)
}

async function opened(dir: string): Promise<{ stream: OpenedStream; down: number } | undefined> {
  if (last?.dir === dir) return last
  const { streamed } = await indexIn(dir)
  const stream = await streamIn(dir)
  if (streamed === undefined || stream === undefined) return undefined
  last = { dir, stream, down: streamed.down }
  return last
}

/** Portions are computed until the page is there; no more than a page of them is held. */
async function shownIn(dir: string, { page, cell }: { page: number; cell: string }): Promise<Asked | null> {
  const known = await opened(dir)
  if (known === undefined) return null
  const { stream, down } = known
  const { report } = stream
  const across = acrossOf(report)
  const cutter = new StreamedPages(report, across.paging)
  for await (const portion of report.portions()) {
    for (const dealt of cutter.take(portion)) {
      const x = across.columns.findIndex((_, x) => numberOf(across, { down: dealt.number - 1, x, of: down }) === page)
      if (x < 0) continue
      const shown = cellIn(computedOn(dealt, across.columns[x] as Int32Array), cell)
      return shown === null || shown.blank ? null : { stream, shown }
    }
  }
  return null
}

/** Cells of the list rest on rows of their own portion; head and tail look at all. */
const isOfList = ({ stream: { report }, shown: { cell } }: Asked): boolean => isInList(cell, report.plan.expander)

const isInList = (cell: CompiledCell | undefined, list: number): boolean =>
  cell !== undefined && (cell.index === list || cell.ancestors.has(list))

/** Rows of a cell outside of the list are those of all portions, and so are the cells of the list that it names. */
async function lineageOfAll({ stream, shown: { cell, instance, of } }: Asked): Promise<Lineage> {
  const whole = lineageOf(of.run, cell, instance)
  if (whole.sources.length === 0) return whole
  let lineage: Lineage | undefined
  for await (const { result } of stream.report.portions()) {
    const part = lineageOf(result.run, cell, instance)
    lineage = lineage === undefined ? part : joined(stream, lineage, part)
  }
  return lineage ?? whole
}

/** What was found so far with what one more portion adds. Their lists have the same order: they come from the template. */
function joined(stream: OpenedStream, known: Lineage, more: Lineage): Lineage {
  const inputs = more.inputs.map((input, i) => {
    const before = known.inputs[i]
    if (before === undefined || !namesList(stream, input.cell)) return input
    const texts = [...before.texts, ...input.texts].slice(0, MOST_TEXTS)
    return { cell: input.cell, texts, count: before.count + input.count }
  })
  const sources = more.sources.map((source, i) => {
    const { sample = [], rowCount = 0 } = known.sources[i] ?? {}
    const samples = [...sample, ...source.sample].slice(0, MOST_SAMPLES)
    return { ...source, sample: samples, rowCount: rowCount + source.rowCount }
  })
  return { ...more, inputs, sources }
}

/** Whether a reference means cells of the list. */
const namesList = ({ report: { template, plan } }: OpenedStream, reference: string): boolean =>
  [...cellsRead(template, parse(reference))].some((index) => isInList(template.cells[index], plan.expander))

async function rowsOfAll(
  { stream, shown: { cell, instance } }: Asked,
  { dataset, from, to }: { dataset: string; from: number; to: number },
): Promise<ReturnType<typeof rowsBehind>> {
  let total = 0
  let fields: string[] | undefined
  const rows: Value[][] = []
  for await (const { result } of stream.report.portions()) {
    const range = { from: Math.max(0, from - total), to: Math.max(0, to - total) }
    const found = rowsBehind(result.run, cell, { instance, dataset, ...range })
    if (found === null) return null
    fields ??= found.fields
    for (const row of found.rows) rows.push(row)
    total += found.total
  }
  return { fields: fields ?? [], rows, total }
}
