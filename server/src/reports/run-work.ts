import { readFile } from 'node:fs/promises'
import type { ParameterValues } from '@gemba/contracts/report'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment } from '@gemba/engine/formula/moment'
import type { Row } from '@gemba/engine/report/dataset'
import { parameterOf, placesIn } from './cell-links.ts'
import type { GivenRows } from './given-rows.ts'
import { HtmlPages } from './paint-html.ts'
import { MOST_PAGES, PagesWriter, type CellText } from './pages-writer.ts'
import type { ReportDocument } from './report-document.ts'
import {
  jsonLineBatches,
  jsonLineSource,
  renderSources,
  streamReport,
  type RowSource,
  type SourcedInput,
} from './row-source.ts'
import { inputsFile, rowsFile, type PagesIndex, type RunInputs, type RunRows, type RunSubs } from './run-files.ts'
import type { SheetDocument } from './sheet-document.ts'
import type { GivenCall, GivenSubs } from './sub-inputs.ts'

/** A call of a sub-report as it crosses threads: its parameters as JSON carries them. */
export interface MissingCall {
  key: string
  template: string
  cell: string
  params: ParameterValues
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

/** All that the result of a run follows from; rows of its datasets are read when they are gone through. */
export async function inputsIn(dir: string): Promise<SourcedInput> {
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

/** Writes the pages for the screen. */
export async function paintPages(document: ReportDocument, dir: string): Promise<PaintedPages> {
  let texts: CellText[] = []
  const targets = placesIn(document.template)
  const places: NonNullable<PagesIndex['places']> = {}
  const painter = await HtmlPages.of(document, {
    seen: ({ display, cell, of }, address) => {
      const target = cell.address
      if (of === document.result && targets.has(target)) places[target] ??= { page: count + 1, cell: address }
      if (display.text !== '') texts.push([address, display.text])
    },
  })
  const writer = new PagesWriter(dir)
  let [count, total] = [0, 0]
  for (const page of painter.pages()) {
    count = page.number
    total = page.count
    if (page.number > MOST_PAGES) break
    await writer.add(page.body, JSON.stringify(texts))
    texts = []
  }
  const { width: widthMm, height: heightMm } = painter.layout.box
  await writer.finish({ css: painter.css(), widthMm, heightMm, places })
  return { pages: total, cut: Math.max(0, total - MOST_PAGES), paper: { widthMm, heightMm } }
}
