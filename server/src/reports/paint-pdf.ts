import type { Browser } from 'puppeteer-core'
import { printTimeoutMs } from './browser.ts'
import { htmlDocument, noticeHtml, pagesOf, type PagedReport } from './paint-html.ts'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import { fontFaces } from './print-fonts.ts'
import { inBrowser, inPrintPage } from './print-page.ts'
import { escaped, type ReportDocument, type Sink } from './report-document.ts'

/** Pages in one print: a browser needs gigabytes for hundreds at once. */
const CHUNK_PAGES = 40

/**
 * The report on paper: pages cut by the engine, each a box of fixed size, printed by Chromium in chunks. Text stays
 * text, charts stay vectors, the font is embedded. Throws ReportRefused when there is no browser.
 */
export async function paintPdf(
  report: ReportDocument | PagedReport,
  sink: Sink,
  endpoint?: string,
): Promise<PaintNote[]> {
  const paged = await pagesOf(report)
  const { document } = paged
  const faces = await fontFaces()
  return inBrowser({ endpoint, locale: document.locale }, async (browser) => {
    const { chunks, notes } = await printChunks(paged, { browser, faces })
    await sink(chunks.length === 1 ? (chunks[0] as Uint8Array) : await joined(document, chunks))
    return notes
  })
}

interface Printing {
  browser: Browser
  faces: string
}

async function printChunks(
  { document, painter }: PagedReport,
  printing: Printing,
): Promise<{ chunks: Uint8Array[]; notes: PaintNote[] }> {
  const chunks: Uint8Array[] = []
  let bodies: string[] = []
  let notes: PaintNote[] = []
  const flush = async (): Promise<void> => {
    chunks.push(
      await printed(
        htmlDocument(document, { css: painter.css(printing.faces), body: bodies.join('') }),
        printing,
        bodies.length,
      ),
    )
    bodies = []
  }
  const notices = noticeHtml(document.notices ?? [])
  if (notices !== '') bodies.push(`<section class="page"><div style="margin:20mm">${notices}</div></section>`)
  for await (const page of painter.pages()) {
    if (page.number === 1 && page.count > PAINT_LIMITS.pdfPages) {
      notes = [paintNote('pagesCut', document.locale, { shown: PAINT_LIMITS.pdfPages, total: page.count })]
      bodies.push(
        `<section class="page"><p class="note" style="margin:20mm">${escaped(notes[0]?.text ?? '')}</p></section>`,
      )
    }
    bodies.push(`<section class="page">${page.body}</section>`)
    if (bodies.length >= CHUNK_PAGES) await flush()
    if (page.number >= PAINT_LIMITS.pdfPages) break
  }
  if (bodies.length > 0 || chunks.length === 0) await flush()
  return { chunks, notes }
}

/** One chunk as PDF. */
function printed(html: string, { browser }: Printing, pages: number): Promise<Uint8Array> {
  const timeout = printTimeoutMs(pages)
  return inPrintPage(browser, { html, timeoutMs: timeout }, (page) =>
    page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: false, outline: false, timeout }),
  )
}

async function joined(document: ReportDocument, chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const { PDFDocument } = await import('pdf-lib')
  const whole = await PDFDocument.create({ updateMetadata: false })
  whole.setTitle(document.name)
  whole.setLanguage(document.locale)
  for (const chunk of chunks) {
    const part = await PDFDocument.load(chunk, { updateMetadata: false })
    for (const page of await whole.copyPages(part, part.getPageIndices())) whole.addPage(page)
  }
  return whole.save()
}
