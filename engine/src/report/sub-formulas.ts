import { addressOf, type Box } from './address.ts'
import { formulaTranslator, type ExportNote, type FormulaOf, type PlaceOf } from './excel-formulas.ts'
import type { Point } from './excel-ranges.ts'
import { GRAFTED } from './grafts.ts'
import type { ReportResult, ShownCell } from './report-result.ts'

/** One showing of a sub-report in cells of the sheet; equal calls are one result with several of them. */
interface Showing {
  result: ReportResult
  placeOf: PlaceOf
  /** Its columns on the sheet: x0 … x1 − 1. */
  x0: number
  x1: number
  formulaOf: FormulaOf
}

/** Live formulas of sub-reports in a workbook; undefined for a report without any. */
export const subFormulasOf = (result: ReportResult): SubFormulas | undefined =>
  result.all.length > 1 ? new SubFormulas(result) : undefined

/** A template cell as notes name it: that of a sub-report with its template before it. */
export const templateCellOf = ({ of, cell }: Pick<ShownCell, 'of' | 'cell'>): string =>
  of.name === '' ? cell.address : `${of.name.replace(/\/\d+$/, '')} ${cell.address}`

/**
 * A formula of a sub-report names places of its own grid. Here they are moved to where these places stand on the sheet
 * of the host, hidden lines of the host counted: inline sub-reports, and boxed ones that are spread over the cells of
 * their box. What a sub-report hides stands nowhere: a formula that needs it becomes its value.
 */
export class SubFormulas {
  private readonly showings: Showing[] = []
  private readonly byRow = new Map<number, Showing[]>()
  private readonly lines = new Map<ReportResult, { row: Int32Array; column: Int32Array }>()

  constructor(host: ReportResult) {
    this.gather(host, (point) => point, { isBoxed: false })
  }

  /** The formula of a cell that is shown at a place of the sheet. */
  formulaAt({ of, cell, instance }: ShownCell, { y, x }: Point): ReturnType<FormulaOf> {
    const showing = this.byRow.get(y)?.find(({ result, x0, x1 }) => result === of && x0 <= x && x < x1)
    return showing?.formulaOf(cell.index, instance)
  }

  /** All of them by address on the sheet. */
  all(): { formulas: Record<string, string>; notes: ExportNote[] } {
    const formulas: Record<string, string> = {}
    const notes: ExportNote[] = []
    for (const { result, placeOf, formulaOf } of this.showings) {
      const { pieces } = result.run.placements
      for (let piece = 0; piece < pieces.count; piece += 1) {
        const cell = result.run.template.cells[pieces.cell[piece] as number]
        const formula = cell === undefined ? undefined : formulaOf(cell.index, pieces.instance[piece] as number)
        const place = formula === undefined ? undefined : firstPlace(boxOf(result, piece), placeOf)
        if (cell === undefined || formula === undefined || place === undefined) continue
        const address = addressOf(place.y, place.x)
        if (typeof formula === 'string') formulas[address] = formula
        else notes.push({ address, cell: templateCellOf({ of: result, cell }), key: formula.key })
      }
    }
    return { formulas, notes }
  }

  private gather(parent: ReportResult, placeOf: PlaceOf, { isBoxed }: { isBoxed: boolean }): void {
    for (const { result, y0, x0 } of parent.run.placements.grafts.places) {
      const inside = this.inside(result, ({ y, x }) => placeOf({ y: y0 + y, x: x0 + x }))
      this.add(result, inside)
      this.gather(result, inside, { isBoxed })
    }
    // What stands in a box is spread once: a box inside it is one cell.
    if (!isBoxed) this.gatherBoxes(parent, placeOf)
  }

  private gatherBoxes(parent: ReportResult, placeOf: PlaceOf): void {
    const { template, placements, subCells } = parent.run
    if (!template.cells.some(({ sub }) => sub?.isInline === false)) return
    const { pieces } = placements
    for (let piece = 0; piece < pieces.count; piece += 1) {
      const cell = pieces.cell[piece] === GRAFTED ? undefined : template.cells[pieces.cell[piece] as number]
      if (cell?.sub?.isInline !== false) continue
      const result = subCells.behind(cell, pieces.instance[piece] as number)
      const box = boxOf(parent, piece)
      const first = firstPlace(box, placeOf)
      if (result === undefined || first === undefined || !hasRoom(result, box, placeOf)) continue
      const inside = this.inside(result, ({ y, x }) => ({ y: first.y + y, x: first.x + x }))
      this.add(result, inside)
      this.gather(result, inside, { isBoxed: true })
    }
  }

  /** `shownAt` says where a visible line and column, by their order, stand on the sheet. */
  private inside(result: ReportResult, shownAt: PlaceOf): PlaceOf {
    const { row, column } = this.linesOf(result)
    return ({ y, x }) => {
      const [line, across] = [row[y] ?? -1, column[x] ?? -1]
      return line < 0 || across < 0 ? undefined : shownAt({ y: line, x: across })
    }
  }

  private linesOf(result: ReportResult): { row: Int32Array; column: Int32Array } {
    let lines = this.lines.get(result)
    if (lines === undefined) {
      const { rows, columns } = result.run.placements
      lines = { row: orderOf(rows, result.visibleRows), column: orderOf(columns, result.visibleColumns) }
      this.lines.set(result, lines)
    }
    return lines
  }

  private add(result: ReportResult, placeOf: PlaceOf): void {
    const { visibleRows, visibleColumns } = result
    const columns = Array.from(visibleColumns, (x) => firstOf(visibleRows, (y) => placeOf({ y, x }))?.x).filter(
      (x) => x !== undefined,
    )
    const formulaOf = formulaTranslator(result.run, placeOf)
    const showing = { result, placeOf, x0: Math.min(...columns), x1: Math.max(...columns) + 1, formulaOf }
    this.showings.push(showing)
    for (const y of visibleRows) {
      const place = firstOf(visibleColumns, (x) => placeOf({ y, x }))
      if (place === undefined) continue
      const row = this.byRow.get(place.y) ?? []
      this.byRow.set(place.y, row)
      row.push(showing)
    }
  }
}

/** For each line its number among the visible ones; −1 for hidden ones. */
function orderOf(count: number, visible: Int32Array): Int32Array {
  const order = new Int32Array(count).fill(-1)
  visible.forEach((line, i) => (order[line] = i))
  return order
}

function firstOf(lines: Iterable<number>, at: (line: number) => Point | undefined): Point | undefined {
  for (const line of lines) {
    const place = at(line)
    if (place !== undefined) return place
  }
  return undefined
}

function boxOf(result: ReportResult, piece: number): Box {
  const { y0, x0, y1, x1 } = result.run.placements.pieces
  return {
    y0: y0[piece] as number,
    x0: x0[piece] as number,
    y1: y1[piece] as number,
    x1: x1[piece] as number,
  }
}

function* linesBetween(from: number, to: number): Generator<number> {
  for (let line = from; line < to; line += 1) yield line
}

/** Where a box begins on the sheet: at its first row and column that are there. */
function firstPlace({ y0, x0, y1, x1 }: Box, placeOf: PlaceOf): Point | undefined {
  return firstOf(linesBetween(y0, y1), (y) => firstOf(linesBetween(x0, x1), (x) => placeOf({ y, x })))
}

/** As many rows and columns on the sheet as the sub-report needs. */
function hasRoom({ visibleRows, visibleColumns }: ReportResult, { y0, x0, y1, x1 }: Box, placeOf: PlaceOf): boolean {
  const height = [...linesBetween(y0, y1)].filter((y) => firstPlace({ y0: y, y1: y + 1, x0, x1 }, placeOf)).length
  const width = [...linesBetween(x0, x1)].filter((x) => firstPlace({ y0, y1, x0: x, x1: x + 1 }, placeOf)).length
  return visibleRows.length <= height && visibleColumns.length <= width
}
