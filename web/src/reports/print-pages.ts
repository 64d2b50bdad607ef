import type { ReportRun } from '@gemba/contracts/report'
import { fontFacesOf, printDocument } from './page-document.ts'
import { reportApi } from './report-api.ts'

/** More pages are better printed from a PDF: a browser lays out all of them before it shows anything. */
export const MOST_PRINTED = 200
const PAGES_AT_ONCE = 20

/** Sends all pages of a run to the printer dialog of the browser; `progress` gets the pages fetched so far. */
export async function printPages(run: ReportRun, title: string, progress: (page: number) => void): Promise<void> {
  const count = run.pages ?? 0
  const parts: string[] = []
  let css = ''
  for (let from = 1; from <= count; from += PAGES_AT_ONCE) {
    const answer = await reportApi.pages(run.id, { from, to: Math.min(count, from + PAGES_AT_ONCE - 1) })
    css = answer.css
    parts.push(...answer.pages.map(({ html }) => html))
    progress(Math.min(count, from + PAGES_AT_ONCE - 1))
  }
  const fontFaces = fontFacesOf(document.styleSheets)
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals')
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0;visibility:hidden'
  frame.setAttribute('aria-hidden', 'true')
  frame.srcdoc = printDocument({ html: parts.join(''), css, title, fontFaces })
  await new Promise<void>((resolve) => {
    frame.addEventListener('load', () => resolve(), { once: true })
    document.body.append(frame)
  })
  await frame.contentDocument?.fonts.ready
  const window = frame.contentWindow
  window?.addEventListener('afterprint', () => frame.remove(), { once: true })
  window?.print()
}
