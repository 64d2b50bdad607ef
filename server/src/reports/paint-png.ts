import { printTimeoutMs } from './browser.ts'
import { htmlDocument, noticeHtml, pagesOf, type PagedReport } from './paint-html.ts'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import { fontFaces } from './print-fonts.ts'
import { inBrowser, inPrintPage } from './print-page.ts'
import type { ReportDocument, Sink } from './report-document.ts'

/** Points of the picture for each point of the screen. */
const SHARPNESS = 2
const PIXELS_PER_MM = 96 / 25.4
/** Pages stand one below the other, as on a desk. */
const DESK = 'body{background:#dfe3e8}.page{margin-bottom:4mm}.page:last-child{margin-bottom:0}'

/**
 * The first pages of the report as one picture, one below the other, at twice the size of a screen. What is left out
 * stands at its top. Throws ReportRefused when there is no browser.
 */
export async function paintPng(
  report: ReportDocument | PagedReport,
  sink: Sink,
  endpoint?: string,
): Promise<PaintNote[]> {
  const paged = await pagesOf(report)
  const { document } = paged
  const { bodies, css, widthMm, notes } = await firstPages(paged)
  const texts = [...(document.notices ?? []), ...notes.map(({ text }) => text)]
  const html = htmlDocument(document, {
    css: `${css}\n${DESK}body{width:${widthMm}mm}`,
    body: `${noticeHtml(texts)}${bodies.join('')}`,
  })
  const width = Math.floor(widthMm * PIXELS_PER_MM)
  const picture = await inBrowser({ endpoint, locale: document.locale }, (browser) =>
    inPrintPage(browser, { html, timeoutMs: printTimeoutMs(bodies.length) }, async (page) => {
      await page.emulateMediaType('print')
      await page.setViewport({ width, height: 1_000 })
      const height = Math.ceil((await page.evaluate('document.body.getBoundingClientRect().height')) as number)
      // Paper larger than a picture can be is shown smaller, never cut.
      const deviceScaleFactor = Math.min(SHARPNESS, PAINT_LIMITS.picturePixels / Math.max(width, height))
      await page.setViewport({ width, height, deviceScaleFactor })
      return page.screenshot({ type: 'png', clip: { x: 0, y: 0, width, height } })
    }),
  )
  await sink(picture)
  return notes
}

async function firstPages({
  document,
  painter,
}: PagedReport): Promise<{ bodies: string[]; css: string; widthMm: number; notes: PaintNote[] }> {
  const bodies: string[] = []
  let total = 0
  for await (const { number, count, body } of painter.pages()) {
    total = count
    if (number > PAINT_LIMITS.picturePages) break
    bodies.push(`<section class="page">${body}</section>`)
  }
  const notes =
    total > bodies.length ? [paintNote('picturesCut', document.locale, { shown: bodies.length, total })] : []
  return { bodies, css: painter.css(await fontFaces()), widthMm: painter.layout.box.width, notes }
}
