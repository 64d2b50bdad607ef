import type { Browser } from 'puppeteer-core'
import { printTimeoutMs } from './browser.ts'
import { placesIn } from './cell-links.ts'
import { htmlDocument, pagesOf, type PagedReport } from './paint-html.ts'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import type { ToldPaint } from './paint-news.ts'
import { fontFaces } from './print-fonts.ts'
import { inBrowser, inPrintPage } from './print-page.ts'
import { printNotes } from './print-notes.ts'
import { placesOn, standIns, type Print } from './print-places.ts'
import type { ReportDocument, Sink } from './report-document.ts'

/** Pages in one print: a browser needs gigabytes for hundreds at once. */
const CHUNK_PAGES = 40

export interface PdfOptions {
  /** A browser that runs already; without it one is started. */
  endpoint?: string | undefined
  told?: ToldPaint | undefined
}

/**
 * The report on paper: pages cut by the engine, each a box of fixed size, printed by Chromium in chunks. Text stays
 * text, charts stay vectors, the font is embedded. Throws ReportRefused when there is no browser.
 */
export async function paintPdf(
  report: ReportDocument | PagedReport,
  sink: Sink,
  { endpoint, told }: PdfOptions = {},
): Promise<PaintNote[]> {
  const paged = await pagesOf(report)
  const { document } = paged
  const faces = await fontFaces()
  return inBrowser({ endpoint, locale: document.locale }, async (browser) => {
    const { prints, notes } = await new Printing(paged, { browser, faces, told }).run()
    await sink(await whole(document, prints))
    return notes
  })
}

async function whole(document: ReportDocument, prints: readonly Print[]): Promise<Uint8Array> {
  const [first] = prints
  if (first !== undefined && prints.length === 1) return first.bytes
  return (await import('./join-prints.ts')).joined(document, prints)
}

/** Pages printed as they come, some at a time. */
class Printing {
  private readonly paged: PagedReport
  private readonly browser: Browser
  private readonly faces: string
  private readonly told: ToldPaint | undefined
  private readonly targets: readonly string[]
  private readonly prints: Print[] = []
  private readonly links = new Map<string, number>()
  private bodies: string[] = []
  /** Pages that the file will have. */
  private of = 0

  constructor(
    paged: PagedReport,
    { browser, faces, told }: { browser: Browser; faces: string; told: ToldPaint | undefined },
  ) {
    this.paged = paged
    this.browser = browser
    this.faces = faces
    this.told = told
    this.targets = [...placesIn(paged.document.template)]
  }

  async run(): Promise<{ prints: Print[]; notes: PaintNote[] }> {
    const { document, painter } = this.paged
    const notes: PaintNote[] = []
    let said = this.notesFor(document.notices ?? [])
    for await (const page of painter.pages()) {
      if (page.number === 1 && page.count > PAINT_LIMITS.pdfPages) {
        const note = paintNote('pagesCut', document.locale, { shown: PAINT_LIMITS.pdfPages, total: page.count })
        notes.push(note)
        said = this.notesFor([note.text, ...(document.notices ?? [])])
      }
      if (this.bodies.length >= CHUNK_PAGES) await this.print({ isLast: false })
      this.of = Math.min(page.count, PAINT_LIMITS.pdfPages)
      if (this.bodies.length === 0 || page.number === 1) this.tell(page.number - 1)
      this.bodies.push(page.number === 1 ? `${said.line}${page.body}` : page.body)
      if (page.number >= PAINT_LIMITS.pdfPages) break
    }
    if (said.page !== '') this.bodies.push(said.page)
    await this.print({ isLast: true })
    this.tell(this.of)
    const count = this.deadLinks()
    if (count > 0) notes.push(paintNote('placesAbsent', document.locale, { count }))
    return { prints: this.prints, notes }
  }

  private notesFor(texts: readonly string[]): { line: string; page: string } {
    const { document, painter } = this.paged
    return printNotes(texts, { paper: painter.layout.box, locale: document.locale })
  }

  private tell(done: number): void {
    this.told?.({ unit: 'pages', done, of: this.of })
  }

  /** Prints the pages that are there. */
  private async print({ isLast }: { isLast: boolean }): Promise<void> {
    const { document, painter } = this.paged
    const { places, elsewhere } = this.placesHere()
    const isOnly = isLast && this.prints.length === 0
    if (!isOnly) this.bodies.push(`${this.bodies.pop() ?? ''}${standIns(places, elsewhere)}`)
    const body = this.bodies.map((page) => `<section class="page">${page}</section>`).join('')
    const html = htmlDocument(document, { css: painter.css(this.faces), body })
    this.prints.push({ bytes: await printed(this.browser, { html, pages: this.bodies.length }), places })
    this.bodies = []
  }

  private placesHere(): { places: Set<string>; elsewhere: string[] } {
    if (this.targets.length === 0) return { places: new Set(), elsewhere: [] }
    const { places, links } = placesOn(this.bodies)
    for (const [place, count] of links) this.links.set(place, (this.links.get(place) ?? 0) + count)
    return { places, elsewhere: this.targets.filter((place) => !places.has(place)) }
  }

  private deadLinks(): number {
    const dead = [...this.links].filter(([place]) => !this.prints.some(({ places }) => places.has(place)))
    return dead.reduce((sum, [, count]) => sum + count, 0)
  }
}

/** Pages as PDF. */
function printed(browser: Browser, { html, pages }: { html: string; pages: number }): Promise<Uint8Array> {
  const timeout = printTimeoutMs(pages)
  return inPrintPage(browser, { html, timeoutMs: timeout }, (page) =>
    page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: false, outline: false, timeout }),
  )
}
