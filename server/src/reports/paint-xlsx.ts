import { formulaTranslator } from '@gemba/engine/report/excel-formulas'
import { addressOf } from '@gemba/engine/report/address'
import { messageText } from '@gemba/engine/report/messages'
import { repeatedRows } from '@gemba/engine/report/pages'
import { lineNumbers, type ShownCell } from '@gemba/engine/report/report-result'
import { wordsIn } from '@gemba/engine/report/words'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import { escaped, type ReportDocument, type Sink } from './report-document.ts'
import { XlsxCells } from './xlsx-cells.ts'
import { columnsXml, pageXml, titleRows, viewXml } from './xlsx-page.ts'
import { XlsxParts } from './xlsx-parts.ts'
import { barsXml, mergesXml, XlsxRows, type Gathered } from './xlsx-sheet.ts'
import { XlsxPictures } from './xlsx-pictures.ts'
import { XlsxStyles } from './xlsx-styles.ts'
import { ZipWriter } from './zip-writer.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN =
  'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'

/**
 * The continuous sheet as a workbook, written row by row: styles, merges, number formats, live formulas with their
 * cached values, frozen panes, print set-up with repeated titles, protection, pictures, data bars, native charts.
 * Gives what the format could not hold; the workbook says the same on a sheet of its own.
 */
export async function paintXlsx(document: ReportDocument, sink: Sink): Promise<PaintNote[]> {
  const zip = new ZipWriter(sink)
  const parts = new XlsxParts(zip, document)
  const styles = new XlsxStyles()
  const sheets = sheetLines(document)
  const formulaOf = sheets.length === 1 ? formulaTranslator(document.result.run) : undefined
  const cells = new XlsxCells(document, { styles, formulaOf, pictures: await XlsxPictures.of(document) })
  const { breaks, dropped } = breaksOf(document, sheets.length)
  for (const lines of sheets) {
    const rows = new XlsxRows(document, cells)
    const name = parts.nextSheet(sheetName(document, sheets.length))
    await zip.stream(name, sheetXml(document, { rows, lines, breaks, drawing: () => parts.drawing(rows.gathered) }))
  }
  const notes = [
    ...(document.notices ?? []).map(givenNote),
    ...notesOf(document, { cells, sheets: sheets.length, dropped }),
  ]
  if (notes.length > 0) await zip.add(parts.nextSheet(wordsIn(NOTES, document.locale)), notesXml(notes))
  await parts.finish(styles.xml(), sheets.length === 1 ? titleRows(document) : undefined)
  await zip.finish()
  return notes
}

const givenNote = (text: string): PaintNote => ({ key: 'notice', text })

const NOTES = { 'zh-CN': '导出说明', en: 'Export notes' }

function sheetName({ template, locale, name }: ReportDocument, count: number): string {
  const own = template.sheet?.name === undefined ? name : wordsIn(template.sheet.name, locale)
  return count === 1 ? own : own.slice(0, 24)
}

/** Rows of each sheet: one, unless there are more than a sheet holds; then the repeated rows head each of them. */
function sheetLines({ result }: ReportDocument): Int32Array[] {
  const { rows } = result.run.placements
  const all = lineNumbers(rows)
  if (rows <= PAINT_LIMITS.sheetRows) return [all]
  const heads = repeatedRows(result.run, result.conditions)
  const body = all.filter((line) => !heads.includes(line))
  const each = PAINT_LIMITS.sheetRows - heads.length
  return Array.from({ length: Math.ceil(body.length / each) }, (_, i) =>
    Int32Array.from([...heads, ...body.subarray(i * each, (i + 1) * each)]),
  )
}

function breaksOf({ result }: ReportDocument, sheets: number): { breaks: number[]; dropped: number } {
  const { rows } = result.run.placements
  const breaks = [...result.conditions.breaks].filter((row) => row > 0 && row < rows).sort((a, b) => a - b)
  const fits = sheets === 1 && breaks.length <= PAINT_LIMITS.rowBreaks
  return fits ? { breaks, dropped: 0 } : { breaks: [], dropped: breaks.length }
}

interface SheetParts {
  rows: XlsxRows
  lines: Int32Array
  breaks: number[]
  /** Called after the rows: gives the reference of the drawing part, or nothing. */
  drawing: () => string
}

async function* sheetXml(
  document: ReportDocument,
  { rows, lines, breaks, drawing }: SheetParts,
): AsyncGenerator<string> {
  const { result, template } = document
  const isFitted = result.paging?.mode !== 'paper' || result.paging.fitToWidth === true
  const last = addressOf(Math.max(0, lines.length - 1), Math.max(0, result.run.placements.columns - 1))
  yield `${HEAD}<worksheet ${MAIN}><sheetPr><pageSetUpPr${isFitted ? ' fitToPage="1"' : ''}/></sheetPr><dimension ref="A1:${last}"/>${viewXml(document)}<sheetFormatPr defaultRowHeight="15"/>${columnsXml(document)}<sheetData>`
  yield* rows.xml(numbered(result.rowsWithHidden(lines), lines))
  yield '</sheetData>'
  if (template.sheet?.protect === true) yield '<sheetProtection sheet="1" objects="1" scenarios="1"/>'
  yield* tailXml(rows.gathered)
  yield pageXml(document, breaks)
  yield `${drawing()}</worksheet>`
}

function* tailXml(gathered: Gathered): Generator<string> {
  yield* mergesXml(gathered.merges)
  yield barsXml(gathered.bars)
  yield gathered.links.xml()
}

function* numbered(rows: Iterable<ShownCell[]>, lines: Int32Array): Generator<{ cells: ShownCell[]; line: number }> {
  let at = 0
  for (const cells of rows) {
    yield { cells, line: lines[at] as number }
    at += 1
  }
}

function notesOf(
  { locale, result }: ReportDocument,
  { cells, sheets, dropped }: { cells: XlsxCells; sheets: number; dropped: number },
): PaintNote[] {
  const { cutTexts, links, formulas } = cells.losses
  const notes: PaintNote[] = []
  if (sheets > 1) notes.push(paintNote('sheetsSplit', locale, { total: result.run.placements.rows, count: sheets }))
  if (cutTexts > 0) notes.push(paintNote('textCut', locale, { count: cutTexts }))
  if (links > 0) notes.push(paintNote('linksDropped', locale, { count: links }))
  if (dropped > 0) notes.push(paintNote('breaksDropped', locale, { count: dropped }))
  for (const { cell, key, count } of formulas.values())
    notes.push(paintNote('formula', locale, { cell, count, why: messageText(key, locale) }))
  return notes
}

function notesXml(notes: readonly PaintNote[]): string {
  const rows = notes.map(
    ({ text }, i) => `<row r="${i + 1}"><c r="A${i + 1}" t="inlineStr"><is><t>${escaped(text)}</t></is></c></row>`,
  )
  return `${HEAD}<worksheet ${MAIN}><cols><col min="1" max="1" width="100" customWidth="1"/></cols><sheetData>${rows.join('')}</sheetData></worksheet>`
}
