import { createHash } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { add, exactText, isNum, type Num } from '@gemba/engine/formula/decimal'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment } from '@gemba/engine/formula/moment'
import { isError, type FormulaError } from '@gemba/engine/formula/values'
import { addressOf } from '@gemba/engine/report/address'
import { findingText, messageText } from '@gemba/engine/report/messages'
import type { RunFinding } from '@gemba/contracts/report'
import { HtmlPages } from './paint-html.ts'
import type { ReportDocument } from './report-document.ts'
import { jsonLineSource, renderSources, streamReport, type RowSource, type SourcedInput } from './row-source.ts'
import { inputsFile, pagesFile, pagesIndexFile, rowsFile, textsFile, type RunInputs } from './run-files.ts'
import type { SheetDocument } from './sheet-document.ts'

/** More pages are not kept for the screen; the files hold all. */
export const MOST_PAGES = 2_000
const MOST_FINDINGS = 200

/** What is known once the cells have their values. */
export interface Computed {
  contentHash: string
  controlTotals: { dataset: string; column: string; sum: string }[]
  findings: RunFinding[]
}

export interface PaintedPages {
  pages: number
  /** Pages that were left out of the screen. */
  cut: number
  paper: { widthMm: number; heightMm: number }
}

/** The report of a run folder, made anew from what lies there: always the same. */
export async function documentIn(dir: string): Promise<ReportDocument> {
  return renderSources(await inputsIn(dir))
}

/** The same report for a file of rows, if its rows need not be there all at once. */
export async function sheetIn(dir: string): Promise<SheetDocument | undefined> {
  return streamReport(await inputsIn(dir))
}

async function inputsIn(dir: string): Promise<SourcedInput> {
  const inputs = JSON.parse(await readFile(inputsFile(dir), 'utf8')) as RunInputs
  const sources = new Map<string, RowSource>()
  for (const name of inputs.datasets) {
    const types = new Map(Object.entries(inputs.types[name] ?? {}))
    const hidden = new Set(inputs.hidden?.[name])
    sources.set(name, await jsonLineSource(rowsFile(dir, name), { types, hidden }))
  }
  const { template, params, locale, timeZone, nowAt, notices, publicUrl } = inputs
  const now = localMoment(new Moment('instant', nowAt), timeZone)
  const site = publicUrl === undefined ? {} : { publicUrl }
  return { sources, template, params, locale, timeZone, now, notices, ...site }
}

/** Hash, control totals and findings: what tells two results apart, and what is wrong with this one. */
export function computedOf(document: ReportDocument): Computed {
  const { result, locale } = document
  const hash = createHash('sha256')
  const errors = new Map<string, RunFinding>()
  for (const row of result.rows()) {
    for (const { box, display, value, cell } of row) {
      hash.update(`${box.y0},${box.x0},${box.y1},${box.x1}\0${display.text}\0`)
      if (isError(value)) noteError(errors, { address: cell.address, error: value, locale })
    }
  }
  const warnings = result.run.template.findings
    .filter(({ level }) => level !== 'refuse')
    .map((finding): RunFinding => {
      const level = finding.level === 'error' ? 'error' : 'warning'
      return { level, cell: finding.cells[0] ?? '', text: findingText(finding, locale), count: 0 }
    })
  const findings = [...errors.values(), ...warnings].slice(0, MOST_FINDINGS)
  return { contentHash: hash.digest('hex'), controlTotals: totalsOf(document), findings }
}

function noteError(
  errors: Map<string, RunFinding>,
  { address, error, locale }: { address: string; error: FormulaError; locale: 'zh-CN' | 'en' },
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

function totalsOf({ result, template }: ReportDocument): Computed['controlTotals'] {
  return Object.keys(template.datasets ?? {}).flatMap((name) => {
    const dataset = result.run.dataset(name)
    return dataset.fields.flatMap((column) => {
      const values = dataset.column(column)
      let sum: Num | undefined
      for (let row = 0; row < dataset.rowCount; row += 1) {
        const value = values?.at(row) ?? null
        if (value === null) continue
        if (!isNum(value)) return []
        sum = sum === undefined ? value : add(sum, value)
      }
      return sum === undefined ? [] : [{ dataset: name, column, sum: exactText(sum) }]
    })
  })
}

/** Writes the pages for the screen, each to be found by its place, and their texts for searching. */
export async function paintPages(document: ReportDocument, dir: string): Promise<PaintedPages> {
  let texts: [string, string][] = []
  const painter = await HtmlPages.of(document, {
    seen: ({ box, display }) => {
      if (display.text !== '') texts.push([addressOf(box.y0, box.x0), display.text])
    },
  })
  const [pages, lines] = [createWriteStream(pagesFile(dir)), createWriteStream(textsFile(dir))]
  const offsets = [0]
  let count = 0
  for (const page of painter.pages()) {
    count = page.count
    if (page.number > MOST_PAGES) break
    const html = `<section class="page">${page.body}</section>`
    offsets.push((offsets.at(-1) as number) + Buffer.byteLength(html))
    await written(pages, html)
    await written(lines, `${JSON.stringify(texts)}\n`)
    texts = []
  }
  await Promise.all([closed(pages), closed(lines)])
  const { width: widthMm, height: heightMm } = painter.layout.box
  await writeFile(pagesIndexFile(dir), JSON.stringify({ css: painter.css(), widthMm, heightMm, offsets }))
  return { pages: count, cut: Math.max(0, count - MOST_PAGES), paper: { widthMm, heightMm } }
}

async function written(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

async function closed(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
}
