import { addressOf } from '@gemba/engine/report/address'
import { messageText } from '@gemba/engine/report/messages'
import { wordsIn } from '@gemba/engine/report/words'
import { PAINT_LIMITS, paintNote, type PaintNote } from './paint-limits.ts'
import type { ToldPaint } from './paint-news.ts'
import { escaped, type ReportDocument, type Sink } from './report-document.ts'
import { SheetDealer } from './sheet-dealer.ts'
import { sheetOf, type SheetDocument } from './sheet-document.ts'
import { SheetPlaces } from './sheet-places.ts'
import { XlsxCells } from './xlsx-cells.ts'
import { columnsXml, pageXml, titleRows, viewXml } from './xlsx-page.ts'
import { XlsxParts } from './xlsx-parts.ts'
import { barsXml, mergesXml, XlsxRows } from './xlsx-sheet.ts'
import { XlsxPictures } from './xlsx-pictures.ts'
import { XlsxStyles } from './xlsx-styles.ts'
import { ZipWriter } from './zip-writer.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN =
  'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'

export interface XlsxOptions {
  /** Rows that one sheet holds. */
  sheetRows?: number
  told?: ToldPaint | undefined
}

/**
 * The continuous sheet as a workbook, written row by row: styles, merges, number formats, live formulas with their
 * cached values, frozen panes, print set-up with repeated titles, protection, pictures, data bars, native charts.
 * Gives what the format could not hold; the workbook says the same on a sheet of its own.
 */
export async function paintXlsx(
  report: ReportDocument | SheetDocument,
  sink: Sink,
  { sheetRows = PAINT_LIMITS.sheetRows, told }: XlsxOptions = {},
): Promise<PaintNote[]> {
  const sheet = sheetOf(report)
  const document: ReportDocument = { ...sheet, result: sheet.first }
  const zip = new ZipWriter(sink)
  const parts = new XlsxParts(zip, document)
  const styles = new XlsxStyles()
  const dealt = new SheetDealer(sheet, sheetRows)
  const places = new SheetPlaces(sheet, dealt)
  const pictures = await XlsxPictures.of(document)
  const cells = new XlsxCells(document, { styles, pictures, withFormulas: dealt.sheets === 1 })
  try {
    for (let at = 0; at < dealt.sheets; at += 1) parts.name(sheetName(document, dealt.sheets))
    for (let at = 0; at < dealt.sheets; at += 1) {
      const written = (rows: number): void =>
        told?.({ unit: 'rows', done: dealt.rowsBefore(at) + rows, of: sheet.rows ?? null })
      const rows = new XlsxRows(document, { cells, places, sheet: at, written })
      const links = (): string => {
        const { xml, dead } = rows.gathered.links.xml((target) => places.locationOf(target, parts.names))
        cells.losses.places += dead
        return xml
      }
      const drawing = (): string => parts.drawing(rows.gathered)
      await zip.stream(parts.nextSheet(), sheetXml(document, { rows, dealt, links, drawing }))
    }
  } finally {
    await dealt.close()
  }
  const notes = [...(document.notices ?? []).map(givenNote), ...notesOf(document, { cells, dealt })]
  if (notes.length > 0) {
    parts.name(wordsIn(NOTES, document.locale))
    await zip.add(parts.nextSheet(), notesXml(notes))
  }
  await parts.finish(styles.xml(), dealt.sheets === 1 ? titleRows(document) : undefined)
  await zip.finish()
  return notes
}

const givenNote = (text: string): PaintNote => ({ key: 'notice', text })

const NOTES = { 'zh-CN': '导出说明', en: 'Export notes' }

function sheetName({ template, locale, name }: ReportDocument, count: number): string {
  const own = template.sheet?.name === undefined ? name : wordsIn(template.sheet.name, locale)
  return count === 1 ? own : own.slice(0, 24)
}

interface SheetParts {
  rows: XlsxRows
  dealt: SheetDealer
  /** Called after the rows. */
  links: () => string
  /** Called after the rows: gives the reference of the drawing part, or nothing. */
  drawing: () => string
}

async function* sheetXml(
  document: ReportDocument,
  { rows, dealt, links, drawing }: SheetParts,
): AsyncGenerator<string | Iterable<string>> {
  const { result, template } = document
  const isFitted = result.paging?.mode !== 'paper' || result.paging.fitToWidth === true
  yield `${HEAD}<worksheet ${MAIN}><sheetPr><pageSetUpPr${isFitted ? ' fitToPage="1"' : ''}/></sheetPr>${dimensionXml(document, dealt)}${viewXml(document)}<sheetFormatPr defaultRowHeight="15"/>${columnsXml(document)}<sheetData>`
  yield* rows.xml(dealt.nextSheet())
  yield '</sheetData>'
  if (template.sheet?.protect === true) yield '<sheetProtection sheet="1" objects="1" scenarios="1"/>'
  yield* mergesXml(rows.gathered.merges)
  yield barsXml(rows.gathered.bars)
  yield links()
  yield pageXml(document, dealt.keptBreaks)
  yield `${drawing()}</worksheet>`
}

/** What the sheet covers, where it is known before its rows are written. */
function dimensionXml({ result }: ReportDocument, { nextRows }: SheetDealer): string {
  if (nextRows === undefined) return ''
  const last = addressOf(Math.max(0, nextRows - 1), Math.max(0, result.run.placements.columns - 1))
  return `<dimension ref="A1:${last}"/>`
}

function notesOf({ locale }: ReportDocument, { cells, dealt }: { cells: XlsxCells; dealt: SheetDealer }): PaintNote[] {
  const { rows, sheets, droppedBreaks: dropped } = dealt
  const { cutTexts, links, places, boxes, formulas } = cells.losses
  const notes: PaintNote[] = []
  if (sheets > 1) notes.push(paintNote('sheetsSplit', locale, { total: rows, count: sheets }))
  if (cutTexts > 0) notes.push(paintNote('textCut', locale, { count: cutTexts }))
  if (links > 0) notes.push(paintNote('linksDropped', locale, { count: links }))
  if (places > 0) notes.push(paintNote('placesAbsent', locale, { count: places }))
  if (boxes > 0) notes.push(paintNote('boxesAsText', locale, { count: boxes }))
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
