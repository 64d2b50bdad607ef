import type { Sheet } from '@gemba/contracts/template'
import { columnName, type Box } from './address.ts'
import type { ConditionResults } from './conditions.ts'
import { displayOf } from './display.ts'
import { DEFAULT_SIZE_PT, type Look, type Looks } from './look.ts'
import type { ReportResult } from './report-result.ts'
import type { ReportRun } from './run.ts'
import { lineCount, lineHeightMm } from './text-width.ts'

export const DEFAULT_ROW_MM = 6
export const DEFAULT_COLUMN_MM = 22
/** Empty space left and right of the text of a cell, both sides together. */
export const CELL_PADDING_MM = 2
const INDENT_MM = 2.5

/** Heights of rows and widths of columns of the continuous grid in millimetres, hidden lines included. */
export interface LineSizes {
  rows: Float64Array
  columns: Float64Array
}

/** Of a condition, else of the template line it stems from, else the default; rows grow for text that wraps. */
export function lineSizes(run: ReportRun, conditions: ConditionResults, looks: Looks): LineSizes {
  const { sheet, placements } = run
  const columns = columnWidths(placements.horizontal.origins(), sheet)
  for (const [column, width] of conditions.columnWidths) columns[column] = width
  const rows = givenHeights(run)
  growForText(run, { looks, rows, columns })
  growForGrafts(run, { rows, columns })
  for (const [row, height] of conditions.rowHeights) rows[row] = height
  return { rows, columns }
}

/** Heights before any text asks for more; a row of a sub-report is as high as there. */
function givenHeights({ sheet, placements }: ReportRun): Float64Array {
  const rows = rowHeights(placements.vertical.origins(), sheet)
  const known = new Map<ReportRun, Float64Array>()
  for (const { row, result, line } of placements.grafts.rows) {
    const own = known.get(result.run) ?? givenHeights(result.run)
    known.set(result.run, own)
    rows[row] = result.conditions.rowHeights.get(line) ?? (own[line] as number)
  }
  return rows
}

/** Cells of inline sub-reports wrap in the columns of the host. */
function growForGrafts(run: ReportRun, sizes: LineSizes): void {
  const { grafts, pieces } = run.placements
  const { first, count } = grafts.pieces
  for (let piece = first; piece < first + count; piece += 1) {
    const { result, piece: own } = grafts.of(piece) as { result: ReportResult; piece: number }
    const { x0, x1, y0, y1 } = pieces
    const box = { x0: x0[piece] as number, x1: x1[piece] as number, y0: y0[piece] as number, y1: y1[piece] as number }
    const { of, cell, settings, display, blank } = result.shown(
      own,
      box,
      result.run.placements.pieces.y0[own] as number,
    )
    const look = of.looks.of(cell, settings)
    if (look.wrap !== true || blank) continue
    growFor(display.text, { look, box }, sizes)
  }
}

function columnWidths(origins: Int32Array, sheet: Sheet | undefined): Float64Array {
  const most = sheet?.defaultColumnWidth ?? DEFAULT_COLUMN_MM
  return Float64Array.from(origins, (line) => (line < 0 ? most : (sheet?.columnWidths?.[columnName(line)] ?? most)))
}

function rowHeights(origins: Int32Array, sheet: Sheet | undefined): Float64Array {
  const most = sheet?.defaultRowHeight ?? DEFAULT_ROW_MM
  return Float64Array.from(origins, (line) => (line < 0 ? most : (sheet?.rowHeights?.[String(line + 1)] ?? most)))
}

/** A cell that wraps is never cut off: its last row grows. */
function growForText(run: ReportRun, { looks, rows, columns }: LineSizes & { looks: Looks }): void {
  const wrapping = new Map<number, Look>()
  for (const cell of run.template.cells) {
    const look = looks.of(cell, undefined)
    if (look.wrap === true) wrapping.set(cell.index, look)
  }
  if (wrapping.size === 0) return
  const { count, cell, instance, x0, x1, y0, y1 } = run.placements.pieces
  for (let piece = 0; piece < count; piece += 1) {
    const index = cell[piece] as number
    const look = wrapping.get(index)
    if (look === undefined || run.instancesOf(index).isBlank(instance[piece] as number)) continue
    const value = run.valueOf(index, instance[piece] as number)
    const compiled = run.template.cells[index]
    if (compiled === undefined) continue
    const { text } = displayOf(run, compiled, { value, settings: undefined })
    const box = { x0: x0[piece] as number, x1: x1[piece] as number, y0: y0[piece] as number, y1: y1[piece] as number }
    growFor(text, { look, box }, { rows, columns })
  }
}

function growFor(text: string, { look, box }: { look: Look; box: Box }, { rows, columns }: LineSizes): void {
  if (text.length < 4) return
  const sizePt = look.size ?? DEFAULT_SIZE_PT
  const room = sum(columns, box.x0, box.x1) - CELL_PADDING_MM - (look.indent ?? 0) * INDENT_MM
  const needed = lineCount(text, { sizePt, widthMm: room }) * lineHeightMm(sizePt) + 1.2
  const has = sum(rows, box.y0, box.y1)
  if (needed > has) rows[box.y1 - 1] = (rows[box.y1 - 1] as number) + needed - has
}

export function sum(sizes: Float64Array, from: number, to: number): number {
  let total = 0
  for (let line = from; line < to; line += 1) total += sizes[line] as number
  return total
}
