import type { PageLine, Paging } from '@gemba/contracts/template'
import { textOf } from '../formula/values.ts'
import { DEFAULT_PAPER, pageBox, type PageBox, type PaperPaging } from './paper.ts'
import type { ReportPage, ReportResult } from './report-result.ts'
import { wordsIn } from './words.ts'

/** Header or footer of a page, each side with its lines. */
export interface PageWords {
  left: string
  center: string
  right: string
}

/** How the pages of a report look around their cells. */
export interface PrintLayout {
  paging: PaperPaging
  box: PageBox
  /** Size of the cells on paper ÷ their size in the template. */
  scale: number
}

/** The paper of a report. Without paper in the template, A4 fitted to the width. */
export function printLayout(result: ReportResult): PrintLayout {
  const own = result.paging
  const paging = own?.mode === 'paper' ? own : DEFAULT_PAPER
  return { paging, box: pageBox(paging), scale: result.scale(paging) }
}

/** What ends a page: requested breaks and fixed rows hold; all others are dealt out by the paper. */
export function pagedBy(result: ReportResult, layout: PrintLayout): Exclude<Paging, { mode: 'continuous' }> {
  const own = result.paging
  return own?.mode === 'breaks' || own?.mode === 'fixedRows' ? own : layout.paging
}

/** The pages to be printed. */
export function* printedPages(result: ReportResult, layout: PrintLayout): Generator<ReportPage> {
  yield* result.pages(pagedBy(result, layout))
}

/** Fills in `{page}`, `{pages}`, `{name}`, `{param.x}` and `{B12}`; unknown words in braces stay as they are. */
export function pageWords(
  line: PageLine | undefined,
  result: ReportResult,
  { page, pages, name }: { page: number | string; pages: number | string; name: string },
): PageWords {
  const { locale } = result.run.context
  const fill = (words: Parameters<typeof wordsIn>[0] | undefined): string =>
    (words === undefined ? '' : wordsIn(words, locale)).replaceAll(/\{([\w.]+)\}/g, (whole, key: string) => {
      if (key === 'page') return String(page)
      if (key === 'pages') return String(pages)
      if (key === 'name') return name
      if (!key.startsWith('param.')) return result.shownAt(key) ?? whole
      const value = result.run.params.get(key.slice(6))
      return value === undefined ? whole : textOf(value)
    })
  if (line === undefined) return { left: '', center: '', right: '' }
  if (typeof line === 'string' || 'zh-CN' in line) return { left: '', center: fill(line), right: '' }
  return { left: fill(line.left), center: fill(line.center), right: fill(line.right) }
}
