import { printedPages, printLayout, pageWords, type PrintLayout } from '@gemba/engine/report/print-layout'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { drawCode } from './draw-code.ts'
import { drawingOf, needsCharts } from './draw-chart.ts'
import { HtmlCells, mm, type Pictures, type ScreenCells, type TablePlace } from './html-cells.ts'
import { baseCss } from './html-styles.ts'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import { escaped, type ReportDocument, type Sink } from './report-document.ts'

/** Everything that one page needs, as markup. */
export interface HtmlPage {
  number: number
  count: number
  body: string
  cells: number
}

/** A report whose pages are painted by somebody who knows how they come. */
export interface PagedReport {
  document: ReportDocument
  painter: Pick<HtmlPages, 'layout' | 'css'> & { pages: () => Iterable<HtmlPage> | AsyncIterable<HtmlPage> }
}

/** The pages of a report in memory, or those given. */
export const pagesOf = async (report: ReportDocument | PagedReport): Promise<PagedReport> =>
  'painter' in report ? report : { document: report, painter: await HtmlPages.of(report) }

/** Which page it is, of how many. */
type PagePlace = Pick<HtmlPage, 'number' | 'count'>

/** Nothing but what stands in the file itself is ever loaded or run. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src https://report.invalid"

/** Pages of a report one after the other, and the rules they need. Printing and the screen use the same. */
export class HtmlPages {
  readonly layout: PrintLayout
  private readonly document: ReportDocument
  private readonly cells: HtmlCells

  private constructor(document: ReportDocument, pictures: Pictures, screen?: ScreenCells) {
    this.document = document
    this.layout = printLayout(document.result)
    this.cells = HtmlCells.of(document, pictures, screen)
  }

  static async of(document: ReportDocument, screen?: ScreenCells): Promise<HtmlPages> {
    const chart = needsCharts(document.result) ? await drawingOf() : () => ''
    return new HtmlPages(document, { chart, code: await drawCode(document) }, screen)
  }

  *pages(): Generator<HtmlPage> {
    for (const page of printedPages(this.document.result, this.layout)) {
      const { number, count, rowCount, columns } = page
      yield { number, count, body: this.framed(this.sheet(page.rows, page), page), cells: rowCount * columns.length }
    }
  }

  css(fontFaces = ''): string {
    return `${baseCss(this.layout.box, fontFaces)}\n${this.cells.css()}`
  }

  /** The first rows of the whole sheet as one table, without paper. */
  table(most: number): string {
    const { result } = this.document
    return this.cells.table(firstOf(result.rows(), most), { lines: result.visibleRows, columns: result.visibleColumns })
  }

  /** The cells of a page without what stands above and below them. */
  sheet(rows: Iterable<ShownCell[]>, place: TablePlace): string {
    const { margins } = this.layout.box
    const scale = this.layout.scale === 1 ? '' : `;transform:scale(${this.layout.scale.toFixed(5)})`
    return `<div class="sheet" style="left:${margins.left}mm;top:${margins.top}mm${scale}">${this.cells.table(rows, place)}</div>`
  }

  /** A page between its header and its footer. */
  framed(sheet: string, page: PagePlace): string {
    return `${this.band('head', page)}${sheet}${this.band('foot', page)}`
  }

  private band(kind: 'head' | 'foot', page: PagePlace): string {
    const { paging, box } = this.layout
    const words = pageWords(kind === 'head' ? paging.header : paging.footer, this.document.result, {
      page: page.number,
      pages: page.count,
      name: this.document.name,
    })
    if (words.left === '' && words.center === '' && words.right === '') return ''
    const side =
      kind === 'head'
        ? `bottom:${mm(box.height - box.margins.top)}`
        : `top:${mm(box.height - box.margins.bottom + 1.5)}`
    const place = `left:${mm(box.margins.left)};right:${mm(box.margins.right)};${side}`
    // Without words in the middle the left side may be longer than the right one.
    const sides = words.center === '' ? ';grid-template-columns:1fr 0 auto' : ''
    return `<div class="band ${kind}" style="${place}${sides}"><div>${escaped(words.left)}</div><div>${escaped(words.center)}</div><div>${escaped(words.right)}</div></div>`
  }
}

function* firstOf<T>(list: Iterable<T>, most: number): Generator<T> {
  let left = most
  for (const item of list) {
    if (left <= 0) return
    left -= 1
    yield item
  }
}

/** What the reader has to know, above everything else. */
export const noticeHtml = (texts: readonly string[]): string =>
  texts.map((text) => `<p class="note">${escaped(text)}</p>`).join('')

/** A document around pages. The rules come after the body is known, since looks are collected while painting. */
export function htmlDocument(document: ReportDocument, { css, body }: { css: string; body: string }): string {
  return `<!doctype html><html lang="${document.locale}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width"><title>${escaped(document.name)}</title><style>${css}</style></head><body>${body}</body></html>`
}

/**
 * The report as one HTML file: printed pages if the template has paging, else the whole sheet. Gives what had to be
 * left out; the file says the same at its top.
 */
export async function paintHtml(document: ReportDocument, sink: Sink): Promise<PaintNote[]> {
  const painter = await HtmlPages.of(document)
  const { result, locale } = document
  const isPaged = result.paging !== undefined && result.paging.mode !== 'continuous'
  const bodies: string[] = []
  const notes: PaintNote[] = []
  if (isPaged) {
    let cells = 0
    for (const page of painter.pages()) {
      bodies.push(`<section class="page">${page.body}</section>`)
      cells += page.cells
      if (cells < PAINT_LIMITS.htmlCells || page.number === page.count) continue
      notes.push(paintNote('pagesCut', locale, { shown: page.number, total: page.count }))
      break
    }
  } else {
    const total = result.visibleRows.length
    const shown = Math.min(total, Math.ceil(PAINT_LIMITS.htmlCells / Math.max(1, result.visibleColumns.length)))
    if (shown < total) notes.push(paintNote('rowsCut', locale, { shown, total }))
    bodies.push(`<section class="page flow"><div class="sheet">${painter.table(shown)}</div></section>`)
  }
  const notice = noticeHtml([...(document.notices ?? []), ...notes.map(({ text }) => text)])
  await sink(htmlDocument(document, { css: painter.css(), body: notice }).replace('</body></html>', ''))
  for (const body of bodies) await sink(body)
  await sink('</body></html>\n')
  return notes
}
