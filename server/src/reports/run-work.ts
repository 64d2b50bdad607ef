import { createHash } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { add, exactText, isNum, type Num } from '@gemba/engine/formula/decimal'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment } from '@gemba/engine/formula/moment'
import { isError, type FormulaError } from '@gemba/engine/formula/values'
import type { Column, Row } from '@gemba/engine/report/dataset'
import { findingText, messageText } from '@gemba/engine/report/messages'
import type { ReportResult, ShownCell } from '@gemba/engine/report/report-result'
import type { ParameterValues, RunFinding } from '@gemba/contracts/report'
import { HtmlPages } from './paint-html.ts'
import type { GivenRows } from './given-rows.ts'
import type { ReportDocument } from './report-document.ts'
import {
  jsonLineBatches,
  jsonLineSource,
  renderSources,
  streamReport,
  type RowSource,
  type SourcedInput,
} from './row-source.ts'
import { parameterOf, placesIn } from './cell-links.ts'
import {
  inputsFile,
  pagesFile,
  pagesIndexFile,
  rowsFile,
  textsFile,
  type PagesIndex,
  type RunInputs,
  type RunRows,
  type RunSubs,
} from './run-files.ts'
import type { SheetDocument } from './sheet-document.ts'
import type { GivenCall, GivenSubs } from './sub-inputs.ts'

/** More pages are not kept for the screen; the files hold all. */
export const MOST_PAGES = 2_000
const MOST_FINDINGS = 200

/** A call of a sub-report as it crosses threads: its parameters as JSON carries them. */
export interface MissingCall {
  key: string
  template: string
  cell: string
  params: ParameterValues
}

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
  const subs = inputs.subs === undefined ? {} : { subs: await subsIn(dir, inputs.subs) }
  return { sources, template, params, locale, timeZone, now, notices, ...site, ...subs }
}

async function rowsIn(dir: string, { datasets, types, hidden }: RunRows, prefix = ''): Promise<Map<string, GivenRows>> {
  const given = new Map<string, GivenRows>()
  for (const name of datasets) {
    const facts = { types: new Map(Object.entries(types[name] ?? {})), hidden: new Set(hidden?.[name]) }
    given.set(name, { rows: await readJsonLines(rowsFile(dir, `${prefix}${name}`)), ...facts })
  }
  return given
}

async function subsIn(dir: string, { host, templates, calls, refused }: RunSubs): Promise<GivenSubs> {
  const given = new Map<string, GivenCall>()
  for (const call of calls) {
    const { key, name, params } = call
    given.set(key, { name, params, rows: await rowsIn(dir, call, `${name}.`) })
  }
  return {
    host,
    templates: new Map(Object.entries(templates).map(([id, { text }]) => [id, text])),
    call: ({ key }) => given.get(key) ?? refused[key],
  }
}

/** Sub-reports that the report asks for and whose rows are not there yet. */
export const missingCalls = ({ result }: ReportDocument): MissingCall[] =>
  (result.run.subReports?.missing ?? []).map(({ key, template, cell, params }) => ({
    ...{ key, template, cell },
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, parameterOf(value)])),
  }))

async function readJsonLines(file: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of jsonLineBatches(file)) for (const row of batch) rows.push(row)
  return rows
}

/** Hash, control totals and findings: what tells two results apart, and what is wrong with this one. */
export function computedOf(document: ReportDocument): Computed {
  const { result, locale } = document
  const hash = createHash('sha256')
  const errors = new Map<string, RunFinding>()
  for (const row of result.rows()) {
    for (const { box, display } of row) hash.update(`${box.y0},${box.x0},${box.y1},${box.x1}\0${display.text}\0`)
    noteErrors(errors, row, { locale, of: result })
  }
  const warnings = result.all.flatMap(({ name, run }) =>
    run.template.findings.flatMap((finding): RunFinding[] => {
      if (finding.level === 'refuse') return []
      const cell = name === '' ? (finding.cells[0] ?? '') : `${templateOf(name)} ${finding.cells[0] ?? ''}`
      return [{ level: finding.level, cell, text: findingText(finding, locale), count: 0 }]
    }),
  )
  const told = new Map(warnings.map((each) => [`${each.cell} ${each.text}`, each]))
  const findings = [...errors.values(), ...told.values()].slice(0, MOST_FINDINGS)
  return { contentHash: hash.digest('hex'), controlTotals: totalsOf(document), findings }
}

/** `line-day/3` is the third call of the template `line-day`. */
const templateOf = (name: string): string => name.slice(0, name.lastIndexOf('/'))

/** Errors of cells, those inside boxes included; of a sub-report with its template. */
function noteErrors(
  errors: Map<string, RunFinding>,
  row: readonly ShownCell[],
  { locale, of }: { locale: 'zh-CN' | 'en'; of: ReportResult },
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

/** Undefined for a column that is empty or holds anything but numbers. */
function sumOf(values: Column | undefined, rowCount: number): Num | undefined {
  let sum: Num | undefined
  for (let row = 0; row < rowCount; row += 1) {
    const value = values?.at(row) ?? null
    if (value === null) continue
    if (!isNum(value)) return undefined
    sum = sum === undefined ? value : add(sum, value)
  }
  return sum
}

/** Writes the pages for the screen, each to be found by its place, and their texts for searching. */
export async function paintPages(document: ReportDocument, dir: string): Promise<PaintedPages> {
  let texts: [string, string][] = []
  const targets = placesIn(document.template)
  const places: NonNullable<PagesIndex['places']> = {}
  const painter = await HtmlPages.of(document, {
    seen: ({ display, cell, of }, address) => {
      const target = cell.address
      if (of === document.result && targets.has(target)) places[target] ??= { page: count + 1, cell: address }
      if (display.text !== '') texts.push([address, display.text])
    },
  })
  const [pages, lines] = [createWriteStream(pagesFile(dir)), createWriteStream(textsFile(dir))]
  const offsets = [0]
  let [count, total] = [0, 0]
  for (const page of painter.pages()) {
    count = page.number
    total = page.count
    if (page.number > MOST_PAGES) break
    const html = `<section class="page">${page.body}</section>`
    offsets.push((offsets.at(-1) as number) + Buffer.byteLength(html))
    await written(pages, html)
    await written(lines, `${JSON.stringify(texts)}\n`)
    texts = []
  }
  await Promise.all([closed(pages), closed(lines)])
  const { width: widthMm, height: heightMm } = painter.layout.box
  await writeFile(
    pagesIndexFile(dir),
    JSON.stringify({ css: painter.css(), widthMm, heightMm, offsets, places } satisfies PagesIndex),
  )
  return { pages: total, cut: Math.max(0, total - MOST_PAGES), paper: { widthMm, heightMm } }
}

async function written(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

async function closed(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
}
