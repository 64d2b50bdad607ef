import { exactText, isNum } from '@gemba/engine/formula/decimal'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment, momentText } from '@gemba/engine/formula/moment'
import { displayOf } from '@gemba/engine/report/display'
import type { ShownCell } from '@gemba/engine/report/report-result'
import type { PlainRows } from '@gemba/engine/report/row-program'
import { spread } from '@gemba/engine/report/spread'
import type { ReportDocument, Sink } from './report-document.ts'
import type { ReportPortion } from '@gemba/engine/report/stream-report'
import { sheetOf, type SheetDocument } from './sheet-document.ts'

export type CsvEncoding = 'utf-8' | 'gb18030'

/** Text that a spreadsheet would take for a formula: in Latin and in full-width letters, also behind blanks. */
const FORMULA = /^[\s\u00a0\u3000\u0000\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/u

const CHUNK = 64 * 1024

/**
 * The continuous sheet as comma-separated values: exact, unrounded numbers, ISO dates, texts as displayed. Text that
 * a spreadsheet would run gets an apostrophe. Covered positions of a merge are empty. UTF-8 begins with a BOM.
 */
export async function paintCsv(
  document: ReportDocument | SheetDocument,
  sink: Sink,
  encoding: CsvEncoding = 'utf-8',
): Promise<void> {
  const encode = encoding === 'utf-8' ? null : (await import('iconv-lite')).default
  const { first, portions, notices = [] } = sheetOf(document)
  const columns = first.visibleColumns.length
  let buffer = encode === null ? '\ufeff' : ''
  const flush = async (): Promise<void> => {
    await sink(encode === null ? buffer : encode.encode(buffer, encoding))
    buffer = ''
  }
  for (const notice of notices) buffer += `${quoted(`# ${notice}`)}\r\n`
  for await (const portion of portions()) {
    for (const line of portion.plain === undefined ? lines(portion, columns) : plainLines(portion.plain, columns)) {
      buffer += `${line.join(',')}\r\n`
      if (buffer.length > CHUNK) await flush()
    }
  }
  if (buffer !== '') await flush()
}

function* lines({ result, from, to }: ReportPortion, columns: number): Generator<string[]> {
  for (const row of spread(result.rowsBetween(from, to))) {
    const line = new Array<string>(columns).fill('')
    for (const cell of row) line[cell.box.x0] = field(cell, result.run.context.timeZone)
    yield line
  }
}

/** Rows of a plain list need no layout. */
function* plainLines(plain: PlainRows, columns: number): Generator<string[]> {
  const { run } = plain.program.first
  for (let row = 0; row < plain.rows.length; row += 1) {
    const line = new Array<string>(columns).fill('')
    for (const [place, { cell, x }] of plain.program.columns.entries()) {
      const value = plain.at(place, row)
      line[x] = field({ value, display: displayOf(run, cell, { value, settings: undefined }) }, run.context.timeZone)
    }
    yield line
  }
}

function field({ value, display }: Pick<ShownCell, 'value' | 'display'>, timeZone: string): string {
  if (display.faithful && isNum(value)) return exactText(value)
  if (display.faithful && value instanceof Moment) return momentText(localMoment(value, timeZone))
  if (display.number !== undefined) return String(display.number)
  const text = display.text.replaceAll('\0', '')
  return quoted(FORMULA.test(text) ? `'${text}` : text)
}

/** Raw rows as comma-separated values with a BOM; text that a spreadsheet would run gets an apostrophe. */
export const csvText = (rows: readonly (readonly (string | number | boolean | null)[])[]): string =>
  `\ufeff${rows.map((row) => `${row.map(rawField).join(',')}\r\n`).join('')}`

const rawField = (value: string | number | boolean | null): string =>
  typeof value === 'string' ? safeText(value) : value === null ? '' : String(value)

/** Decimal text with all its digits is a number too, and no formula. */
const safeText = (text: string): string =>
  quoted(FORMULA.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text.replaceAll('\0', ''))

const quoted = (text: string): string => (/[",\r\n;\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
