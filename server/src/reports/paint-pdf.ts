import type { Browser, HTTPRequest } from 'puppeteer-core'
import {
  closeBrowser,
  connectBrowser,
  findBrowser,
  launchBrowser,
  printTimeoutMs,
  type BorrowedBrowser,
} from './browser.ts'
import { htmlDocument, HtmlPages, noticeHtml } from './paint-html.ts'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import { fontAt, fontFaces } from './print-fonts.ts'
import { escaped, type ReportDocument, type Sink } from './report-document.ts'
import { ReportRefused } from './report-refused.ts'

/** Pages in one print: a browser needs gigabytes for hundreds at once. */
const CHUNK_PAGES = 40

/**
 * The report on paper: pages cut by the engine, each a box of fixed size, printed by Chromium in chunks. Text stays
 * text, charts stay vectors, the font is embedded. Throws ReportRefused when there is no browser.
 */
export async function paintPdf(document: ReportDocument, sink: Sink, endpoint?: string): Promise<PaintNote[]> {
  if (endpoint !== undefined) return paintThrough(await connectBrowser(endpoint), document, sink)
  const path = findBrowser()
  if (path === undefined)
    throw new ReportRefused([
      document.locale === 'zh-CN'
        ? '没有找到浏览器，不能生成 PDF。请安装 chromium，或用 REPORT_BROWSER_PATH 指定。'
        : 'No browser was found, so no PDF can be made. Install chromium, or name one in REPORT_BROWSER_PATH.',
    ])
  return paintThrough({ browser: await launchBrowser(path), leave: closeBrowser }, document, sink)
}

/** `leave` closes a browser of one's own, and goes away from one that others use as well. */
async function paintThrough(
  { browser, leave }: BorrowedBrowser,
  document: ReportDocument,
  sink: Sink,
): Promise<PaintNote[]> {
  try {
    const faces = await fontFaces()
    const { chunks, notes } = await printChunks(document, { browser, faces })
    await sink(chunks.length === 1 ? (chunks[0] as Uint8Array) : await joined(document, chunks))
    return notes
  } finally {
    await leave(browser)
  }
}

interface Printing {
  browser: Browser
  faces: string
}

async function printChunks(
  document: ReportDocument,
  printing: Printing,
): Promise<{ chunks: Uint8Array[]; notes: PaintNote[] }> {
  const painter = await HtmlPages.of(document)
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
  for (const page of painter.pages()) {
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

/** One chunk as PDF. Scripts are off, and no request leaves the machine: only our fonts are answered. */
async function printed(html: string, { browser }: Printing, pages: number): Promise<Uint8Array> {
  const page = await browser.newPage()
  const timeout = printTimeoutMs(pages)
  try {
    await page.setJavaScriptEnabled(false)
    await page.setRequestInterception(true)
    page.on('request', (request) => void answer(request))
    await page.setContent(html, { waitUntil: 'load', timeout })
    await page.evaluate('document.fonts.ready.then(() => true)')
    return await page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: false, outline: false, timeout })
  } finally {
    await page.close().catch(() => undefined)
  }
}

async function answer(request: HTTPRequest): Promise<void> {
  const font = await fontAt(request.url())
  try {
    if (font !== undefined) {
      const headers = { 'Access-Control-Allow-Origin': '*' }
      await request.respond({ status: 200, contentType: 'font/woff2', headers, body: font })
    } else if (/^(data:|about:)/.test(request.url())) await request.continue()
    else await request.abort('blockedbyclient')
  } catch {
    // The page was closed while it asked.
  }
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
