import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { Moment } from '@gemba/engine/formula/moment'
import { localMoment } from '@gemba/engine/formula/function-table'
import type { ReportFormat, ReportOptions } from './report-options.ts'
import type { PagedReport } from './paint-html.ts'
import type { PaintNote } from './paint-limits.ts'
import type { ToldPaint } from './paint-news.ts'
import { readRows } from './read-rows.ts'
import { refusalOf } from './render-report.ts'
import { subsOf } from './sub-files.ts'
import type { Chunk, ReportDocument, Sink } from './report-document.ts'
import { renderSources, streamReport, type SourcedInput } from './row-source.ts'
import type { SheetDocument } from './sheet-document.ts'

/** Renders a template into a file and gives what the reader must know, one line each. The file appears when complete. */
export async function renderFile(template: string, options: ReportOptions): Promise<string[]> {
  const given = new Map(
    await Promise.all(options.data.map(async ([name, file]) => [name, await readRows(name, file)] as const)),
  )
  const subs = await subsOf(template, options, given)
  const own = [...given].filter(([name]) => !subs.takes(name))
  const zone = options.timeZone ?? 'UTC'
  const input: SourcedInput = {
    template,
    sources: new Map(own),
    subs,
    params: options.params,
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    now: localMoment(new Moment('instant', Date.now()), zone),
  }
  const sheet = isSheet(options.format) ? await streamReport(input) : undefined
  const notes = await (sheet === undefined
    ? paintFile(await renderSources(input), options)
    : paintSheet(sheet, options))
  return notes.map(({ text }) => text)
}

/** Formats that hold the continuous sheet row by row, so that rows can stream through them. */
export const isSheet = (format: ReportFormat): format is 'xlsx' | 'csv' => format === 'xlsx' || format === 'csv'

/** A file to be made. */
export interface FileOrder {
  format: ReportFormat
  out: string
  encoding?: 'utf-8' | 'gb18030'
  /** A browser that runs already; without it printing starts its own. */
  browserEndpoint?: string
}

/** Paints a finished report into a file, which appears when it is complete. */
export const paintFile = (document: ReportDocument, order: FileOrder, told?: ToldPaint): Promise<PaintNote[]> =>
  whole(order.out, (sink) => paint(document, order, { sink, told }))

/** The same for a report whose rows come in portions; an error of the engine on the way is told as it is from memory. */
export async function paintSheet(sheet: SheetDocument, order: FileOrder, told?: ToldPaint): Promise<PaintNote[]> {
  try {
    return await whole(order.out, (sink) => paintRows(sheet, order, { sink, told }))
  } catch (error) {
    throw refusalOf(error, sheet.locale)
  }
}

/** Pages of a report whose rows go by, on paper or as a picture. */
export async function paintPaged(report: PagedReport, order: FileOrder, told?: ToldPaint): Promise<PaintNote[]> {
  const { format, out, browserEndpoint: endpoint } = order
  try {
    return await whole(out, async (sink) => {
      if (format === 'pdf') return (await import('./paint-pdf.ts')).paintPdf(report, sink, { endpoint, told })
      return (await import('./paint-png.ts')).paintPng(report, sink, endpoint)
    })
  } catch (error) {
    throw refusalOf(error, report.document.locale)
  }
}

async function whole(out: string, write: (sink: Sink) => Promise<PaintNote[]>): Promise<PaintNote[]> {
  const partial = `${out}.part`
  try {
    const notes = await toFile(partial, write)
    await rename(partial, out)
    return notes
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** Where a file goes to, and who hears how far it is. */
interface Painting {
  sink: Sink
  told: ToldPaint | undefined
}

async function paint(document: ReportDocument, options: FileOrder, { sink, told }: Painting): Promise<PaintNote[]> {
  switch (options.format) {
    case 'json': {
      const { paintJson } = await import('./paint-json.ts')
      await paintJson(document, sink)
      return []
    }
    case 'html': {
      const { paintHtml } = await import('./paint-html.ts')
      return paintHtml(document, sink)
    }
    case 'csv':
    case 'xlsx':
      return paintRows(document, options, { sink, told })
    case 'pdf': {
      const { paintPdf } = await import('./paint-pdf.ts')
      return paintPdf(document, sink, { endpoint: options.browserEndpoint, told })
    }
    case 'png': {
      const { paintPng } = await import('./paint-png.ts')
      return paintPng(document, sink, options.browserEndpoint)
    }
  }
}

async function paintRows(
  report: ReportDocument | SheetDocument,
  { format, encoding }: FileOrder,
  { sink, told }: Painting,
): Promise<PaintNote[]> {
  if (format === 'xlsx') {
    const { paintXlsx } = await import('./paint-xlsx.ts')
    return paintXlsx(report, sink, { told })
  }
  const { paintCsv } = await import('./paint-csv.ts')
  await paintCsv(report, sink, encoding)
  return []
}

/** Writes with back-pressure: the painter waits while the disk is busy. */
async function toFile<T>(path: string, write: (sink: Sink) => Promise<T>): Promise<T> {
  const file = createWriteStream(path)
  const failed = once(file, 'error').then(([error]) => {
    throw error as Error
  })
  const sink: Sink = async (chunk: Chunk) => {
    if (!file.write(chunk)) await Promise.race([once(file, 'drain'), failed])
  }
  failed.catch(() => undefined)
  const result = await Promise.race([write(sink), failed])
  await new Promise<void>((resolve, reject) => {
    file.once('error', reject)
    file.end(resolve)
  })
  return result as T
}
