import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { Moment } from '@gemba/engine/formula/moment'
import { localMoment } from '@gemba/engine/formula/function-table'
import type { ReportFormat, ReportOptions } from './report-options.ts'
import type { PaintNote } from './paint-limits.ts'
import { readRows } from './read-rows.ts'
import { renderReport } from './render-report.ts'
import type { Chunk, ReportDocument, Sink } from './report-document.ts'

/** Renders a template into a file and gives what the reader must know, one line each. The file appears when complete. */
export async function renderFile(template: string, options: ReportOptions): Promise<string[]> {
  const rows = new Map(
    await Promise.all(options.data.map(async ([name, file]) => [name, await readRows(name, file)] as const)),
  )
  const zone = options.timeZone ?? 'UTC'
  const document = renderReport({
    template,
    rows,
    params: options.params,
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    now: localMoment(new Moment('instant', Date.now()), zone),
  })
  return (await paintFile(document, options)).map(({ text }) => text)
}

/** A file to be made. */
export interface FileOrder {
  format: ReportFormat
  out: string
  encoding?: 'utf-8' | 'gb18030'
  /** A browser that runs already; without it printing starts its own. */
  browserEndpoint?: string
}

/** Paints a finished report into a file, which appears when it is complete. */
export async function paintFile(document: ReportDocument, order: FileOrder): Promise<PaintNote[]> {
  const partial = `${order.out}.part`
  try {
    const notes = await toFile(partial, (sink) => paint(document, order, sink))
    await rename(partial, order.out)
    return notes
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function paint(document: ReportDocument, options: FileOrder, sink: Sink): Promise<PaintNote[]> {
  switch (options.format) {
    case 'json': {
      const { paintJson } = await import('./paint-json.ts')
      await paintJson(document, sink)
      return []
    }
    case 'csv': {
      const { paintCsv } = await import('./paint-csv.ts')
      await paintCsv(document, sink, options.encoding)
      return []
    }
    case 'html': {
      const { paintHtml } = await import('./paint-html.ts')
      return paintHtml(document, sink)
    }
    case 'xlsx': {
      const { paintXlsx } = await import('./paint-xlsx.ts')
      return paintXlsx(document, sink)
    }
    case 'pdf': {
      const { paintPdf } = await import('./paint-pdf.ts')
      return paintPdf(document, sink, options.browserEndpoint)
    }
    case 'png': {
      const { paintPng } = await import('./paint-png.ts')
      return paintPng(document, sink, options.browserEndpoint)
    }
  }
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
