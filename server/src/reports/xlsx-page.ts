import { addressOf } from '@gemba/engine/report/address'
import { repeatedRows } from '@gemba/engine/report/pages'
import { pageWords, printLayout } from '@gemba/engine/report/print-layout'
import { PAINT_LIMITS } from './paint-limits.ts'
import { escaped, type ReportDocument } from './report-document.ts'

const MM_PER_INCH = 25.4
const PAPER_CODES: Record<string, number> = { Letter: 1, Legal: 5, A3: 8, A4: 9, A5: 11 }
const HEADER_LENGTH = 255
/** Stand for the numbers until the codes of the format take their place. */
const [PAGE, PAGES] = ['\ue000', '\ue001']

/** Frozen rows and columns: those of the template, to the end of what they became. */
export function viewXml({ template, result }: ReportDocument): string {
  const { rows = 0, columns = 0 } = template.sheet?.freeze ?? {}
  const { vertical, horizontal } = result.run.placements
  const y = rows === 0 ? 0 : vertical.origins().findLastIndex((line) => line >= 0 && line < rows) + 1
  const x = columns === 0 ? 0 : horizontal.origins().findLastIndex((line) => line >= 0 && line < columns) + 1
  const grid = template.sheet?.gridLines === true ? '' : ' showGridLines="0"'
  if (y === 0 && x === 0) return `<sheetViews><sheetView${grid} workbookViewId="0"/></sheetViews>`
  const pane = x > 0 && y > 0 ? 'bottomRight' : y > 0 ? 'bottomLeft' : 'topRight'
  const split = `${x > 0 ? ` xSplit="${x}"` : ''}${y > 0 ? ` ySplit="${y}"` : ''}`
  const corner = addressOf(y, x)
  return `<sheetViews><sheetView${grid} workbookViewId="0"><pane${split} topLeftCell="${corner}" activePane="${pane}" state="frozen"/><selection pane="${pane}" activeCell="${corner}" sqref="${corner}"/></sheetView></sheetViews>`
}

/** Widths of columns in characters of the default font, as the format counts them. */
export function columnsXml({ result }: ReportDocument): string {
  const { columns } = result.sizes
  const parts = Array.from(columns.subarray(0, PAINT_LIMITS.sheetColumns), (width, i) => {
    const characters = Math.max(0.5, ((width / MM_PER_INCH) * 96 - 5) / 7)
    const hidden = result.conditions.hiddenColumns[i] === 1 ? ' hidden="1"' : ''
    return `<col min="${i + 1}" max="${i + 1}" width="${Math.round(characters * 100) / 100}" customWidth="1"${hidden}/>`
  })
  return parts.length === 0 ? '' : `<cols>${parts.join('')}</cols>`
}

/** Margins, paper, header and footer, page breaks: everything about printing, in the order of the format. */
export function pageXml(document: ReportDocument, breaks: readonly number[]): string {
  const { paging, box, scale } = printLayout(document.result)
  const inches = (length: number): string => (length / MM_PER_INCH).toFixed(4)
  const { top, right, bottom, left } = box.margins
  const size = typeof paging.size === 'string' ? (PAPER_CODES[paging.size] ?? 9) : 9
  const fit = paging.fitToWidth === true ? ' fitToWidth="1" fitToHeight="0"' : ` scale="${Math.round(scale * 100)}"`
  const order = paging.order === 'overThenDown' ? ' pageOrder="overThenDown"' : ''
  return [
    `<printOptions${paging.fitToWidth === true ? ' horizontalCentered="1"' : ''}/>`,
    `<pageMargins left="${inches(left)}" right="${inches(right)}" top="${inches(top)}" bottom="${inches(bottom)}" header="${inches(Math.min(5, top / 2))}" footer="${inches(Math.min(5, bottom / 2))}"/>`,
    `<pageSetup paperSize="${size}"${fit}${order} orientation="${paging.orientation}"/>`,
    headerFooterXml(document),
    breaks.length === 0
      ? ''
      : `<rowBreaks count="${breaks.length}" manualBreakCount="${breaks.length}">${breaks.map((row) => `<brk id="${row}" max="16383" man="1"/>`).join('')}</rowBreaks>`,
  ].join('')
}

function headerFooterXml(document: ReportDocument): string {
  const { paging } = printLayout(document.result)
  const band = (line: typeof paging.header): string => {
    const words = pageWords(line, document.result, { page: PAGE, pages: PAGES, name: document.name })
    const code = (text: string): string => text.replaceAll('&', '&&').replaceAll(PAGE, '&P').replaceAll(PAGES, '&N')
    const parts = [
      words.left && `&L${code(words.left)}`,
      words.center && `&C${code(words.center)}`,
      words.right && `&R${code(words.right)}`,
    ]
    return parts.filter(Boolean).join('').slice(0, HEADER_LENGTH)
  }
  const [header, footer] = [band(paging.header), band(paging.footer)]
  if (header === '' && footer === '') return ''
  return `<headerFooter>${header === '' ? '' : `<oddHeader>${escaped(header)}</oddHeader>`}${footer === '' ? '' : `<oddFooter>${escaped(footer)}</oddFooter>`}</headerFooter>`
}

/** The rows repeated on each printed page, as the format wants them: one run of rows, or nothing. */
export function titleRows({ result }: ReportDocument): [first: number, last: number] | undefined {
  const rows = repeatedRows(result.run, result.conditions)
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined || last - first + 1 !== rows.length) return undefined
  return [first + 1, last + 1]
}
