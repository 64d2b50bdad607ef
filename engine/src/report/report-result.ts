import type { Paging } from '@gemba/contracts/template'
import type { Value } from '../formula/values.ts'
import { addressOf, boxAddress, type Box } from './address.ts'
import type { ReportTemplate } from './compile.ts'
import type { CompiledCell } from './compiled.ts'
import { ConditionResults } from './conditions.ts'
import { displayOf, type Display, type Settings } from './display.ts'
import { DEFAULT_LIMITS } from './findings.ts'
import { excelFormulas, type ExportNote } from './excel-formulas.ts'
import { lineSizes, sum, type LineSizes } from './line-sizes.ts'
import { Looks } from './look.ts'
import { pageRows, type PageRows } from './pages.ts'
import { pageBox } from './paper.ts'
import { ReportRun, type RunInput } from './run.ts'
import { subFormulasOf } from './sub-formulas.ts'
import { SubReports, type MakeResult } from './sub-reports.ts'

/** One shown cell of the continuous grid or of a page. */
export interface ShownCell {
  /** Position where it is shown, hidden lines left out. */
  box: Box
  /** The report that the cell belongs to: that of the page, or one of its sub-reports. */
  of: ReportResult
  cell: CompiledCell
  instance: number
  blank: boolean
  value: Value
  display: Display
  /** What conditions set; undefined if none held. */
  settings: Settings | undefined
  /** The sub-report that is painted into the cell. */
  boxed: ReportResult | undefined
}

/** One printed page. Boxes of its cells count from its own first row and column. */
export interface ReportPage {
  number: number
  count: number
  rows: Generator<ShownCell[]>
  /** Rows and columns of the continuous grid that stand on it, in order. */
  lines: Int32Array
  columns: Int32Array
  rowCount: number
}

/** A page or the whole sheet as rows of texts and numbers; null is covered by a merge. */
export type Grid = (string | number | null)[][]

/** The finished report: values and places. Texts are made when they are asked for, row by row. */
export class ReportResult {
  readonly run: ReportRun
  readonly conditions: ConditionResults
  /** Visible rows and columns of the continuous grid, in order. */
  readonly visibleRows: Int32Array
  readonly visibleColumns: Int32Array
  readonly looks: Looks
  readonly paging: Paging | undefined
  /** Which call of a sub-report it is; '' for the report itself. */
  readonly name: string
  private measured: LineSizes | undefined

  /** Portions of one report share their `looks`. */
  constructor(
    run: ReportRun,
    template: ReportTemplate,
    { looks = new Looks(template.styles), name = '' }: { looks?: Looks; name?: string } = {},
  ) {
    this.run = run
    this.name = name
    this.paging = template.sheet?.paging
    this.looks = looks
    this.conditions = new ConditionResults(run)
    this.visibleRows = visible(this.conditions.hiddenRows)
    this.visibleColumns = visible(this.conditions.hiddenColumns)
  }

  /** This report and all its sub-reports, each once. */
  get all(): readonly ReportResult[] {
    return [this, ...(this.run.subReports?.results ?? [])]
  }

  /** The whole sheet as one page, row by row. */
  *rows(): Generator<ShownCell[]> {
    yield* this.rowsOf(this.visibleRows, this.visibleColumns)
  }

  /** Visible rows among the rows `from` … `to` − 1 of the continuous grid. */
  *rowsBetween(from: number, to: number): Generator<ShownCell[]> {
    yield* this.rowsOf(
      this.visibleRows.filter((row) => row >= from && row < to),
      this.visibleColumns,
    )
  }

  /** Given rows of the continuous grid with all columns, hidden ones included, as spreadsheets hold them. */
  *rowsWithHidden(lines: Int32Array): Generator<ShownCell[]> {
    yield* this.rowsOf(lines, lineNumbers(this.run.placements.columns))
  }

  /** What the first instance of a template cell shows, hidden or not. Undefined if the template has no such cell. */
  shownAt(address: string): string | undefined {
    const cell = this.run.template.byAddress.get(address)
    if (cell === undefined) return undefined
    const instances = this.run.instancesOf(cell.index)
    if (instances.count === 0 || instances.isBlank(0)) return ''
    return displayOf(this.run, cell, { value: this.run.valueOf(cell.index, 0), settings: undefined }).text
  }

  /** Displayed values of the whole sheet. */
  grid(): Grid {
    return gridOf(this.rows(), { rows: this.visibleRows.length, columns: this.visibleColumns.length })
  }

  /** Merged ranges of the whole sheet, hidden lines left out. */
  merges(): string[] {
    const merges: string[] = []
    for (const row of this.rows()) for (const { box } of row) if (isMerge(box)) merges.push(boxAddress(box))
    return merges
  }

  /** What conditions set, by address; hidden lines count in the address, their cells are left out. */
  styles(): Record<string, Settings> {
    const styles: Record<string, Settings> = {}
    for (const row of this.rows()) {
      for (const { box, settings } of row) {
        if (settings === undefined || Object.keys(settings).length === 0) continue
        const address = addressOf(this.visibleRows[box.y0] as number, this.visibleColumns[box.x0] as number)
        styles[address] = settings
      }
    }
    return styles
  }

  /** Live formulas by address, hidden lines counted, with what could not be translated; those of sub-reports too. */
  excel(): { formulas: Record<string, string>; notes: ExportNote[] } {
    const own = excelFormulas(this.run)
    const below = subFormulasOf(this)?.all()
    if (below === undefined) return own
    return { formulas: { ...own.formulas, ...below.formulas }, notes: [...own.notes, ...below.notes] }
  }

  /** Millimetres of all lines, hidden ones included. Measured when first asked for. */
  get sizes(): LineSizes {
    return (this.measured ??= lineSizes(this.run, this.conditions, this.looks))
  }

  /** Scale of the print: as asked for, or smaller so that all columns fit the width of the paper. */
  scale(paging: Paging | undefined = this.paging): number {
    if (paging?.mode !== 'paper') return 1
    const scale = paging.scale ?? 1
    if (paging.fitToWidth !== true) return scale
    const { width, margins } = pageBox(paging)
    return Math.min(scale, (width - margins.left - margins.right) / this.widthOf(this.visibleColumns))
  }

  /** Rows of each page, repeated bands included. */
  pageRows(paging: Paging | undefined = this.paging): PageRows[] {
    const heightOf = (row: number): number => this.sizes.rows[row] as number
    return pageRows(this.run, this.conditions, { paging, sizes: { heightOf, scale: this.scale(paging) } })
  }

  /** Columns of each page side by side; those of `leftRepeat` stand on each of them. */
  pageColumns(paging: Paging | undefined = this.paging): Int32Array[] {
    if (paging?.mode !== 'paper' || paging.fitToWidth === true) return [this.visibleColumns]
    const { width, margins } = pageBox(paging)
    const most = (width - margins.left - margins.right) / this.scale(paging)
    if (this.widthOf(this.visibleColumns) <= most + 0.5) return [this.visibleColumns]
    const repeated = repeatedColumns(this.run)
    const fixed = this.visibleColumns.filter((column) => repeated[column] === 1)
    const pages: number[][] = []
    let used = Infinity
    for (const column of this.visibleColumns.filter((other) => repeated[other] !== 1)) {
      const size = this.sizes.columns[column] as number
      if (used + size > most + 0.5) {
        pages.push([])
        used = this.widthOf(fixed)
      }
      used += size
      ;(pages.at(-1) as number[]).push(column)
    }
    return pages.length === 0 ? [this.visibleColumns] : pages.map((page) => Int32Array.from([...fixed, ...page]).sort())
  }

  private widthOf(columns: Int32Array): number {
    return columns.reduce((total, column) => total + sum(this.sizes.columns, column, column + 1), 0)
  }

  /** The pages one after the other; page functions are evaluated for each. */
  *pages(paging: Paging | undefined = this.paging): Generator<ReportPage> {
    const pageDependent = this.run.pageDependent.size > 0
    const pages = this.pagesInOrder(paging)
    for (const [i, { rows: page, columns }] of pages.entries()) {
      if (pageDependent) {
        this.run.pages = {
          number: i + 1,
          count: pages.length,
          holds: (cell, instance) => page.holds(this.run.position?.(cell, instance).y ?? 0),
        }
        this.run.renew()
      }
      const rows = this.rowsOf(page.rows, columns)
      yield { number: i + 1, count: pages.length, rows, lines: page.rows, columns, rowCount: page.rows.length }
    }
    if (!pageDependent) return
    this.run.pages = { number: 1, count: 1, holds: () => true }
    this.run.renew()
  }

  private pagesInOrder(paging: Paging | undefined): { rows: PageRows; columns: Int32Array }[] {
    const down = this.pageRows(paging)
    const over = this.pageColumns(paging)
    if (paging?.mode === 'paper' && paging.order === 'overThenDown')
      return down.flatMap((rows) => over.map((columns) => ({ rows, columns })))
    return over.flatMap((columns) => down.map((rows) => ({ rows, columns })))
  }

  pageGrids(): Grid[] {
    return Array.from(this.pages(), ({ rows, rowCount, columns }) =>
      gridOf(rows, { rows: rowCount, columns: columns.length }),
    )
  }

  /**
   * Cells of some rows of the continuous grid, in the order given. A box is cut where its rows are not neighbours
   * here; the first cell of each part carries the value, unless `repeatOnSplit` is off.
   */
  *rowsOf(rows: Int32Array, shown: Int32Array): Generator<ShownCell[]> {
    for (const row of this.piecesOf(rows, shown))
      yield row.map(({ piece, box }) => this.shown(piece, box, rows[box.y0] as number))
  }

  /** Pieces of the whole sheet with the positions where they are shown. */
  *visiblePieces(): Generator<{ piece: number; box: Box }> {
    for (const row of this.piecesOf(this.visibleRows, this.visibleColumns)) yield* row
  }

  private *piecesOf(rows: Int32Array, shown: Int32Array): Generator<{ piece: number; box: Box }[]> {
    const { at, columns, pieces } = this.run.placements
    const { y0, x0 } = pieces
    for (let place = 0; place < rows.length; place += 1) {
      const y = rows[place] as number
      const row: { piece: number; box: Box }[] = []
      for (let x = 0; x < shown.length; x += 1) {
        const piece = (at[y * columns + (shown[x] as number)] as number) - 1
        if (piece < 0 || (x > 0 && (shown[x - 1] as number) >= (x0[piece] as number))) continue
        if (place > 0 && continues(rows, { place, start: y0[piece] as number })) continue
        row.push({ piece, box: this.boxOf(piece, { rows, place, columns: shown, x }) })
      }
      yield row
    }
  }

  private boxOf(piece: number, { rows, place, columns, x }: Position): Box {
    const { pieces } = this.run.placements
    const [y1, x1] = [pieces.y1[piece] as number, pieces.x1[piece] as number]
    let below = place + 1
    while (
      below < rows.length &&
      (rows[below] as number) < y1 &&
      continues(rows, { place: below, start: pieces.y0[piece] as number })
    )
      below += 1
    let right = x + 1
    while (right < columns.length && (columns[right] as number) < x1) right += 1
    return { y0: place, x0: x, y1: below, x1: right }
  }

  /** What a piece shows in a box; `line` is the row of its own grid where the box begins. */
  shown(piece: number, box: Box, line: number): ShownCell {
    const { template, placements, subCells } = this.run
    const settings = this.conditions.settingsOf(piece)
    const graft = placements.grafts.of(piece)
    if (graft !== undefined) return this.shownGraft(graft, { piece, box, line, settings })
    const cell = template.cells[placements.pieces.cell[piece] as number] as CompiledCell
    const instance = placements.pieces.instance[piece] as number
    const blank = this.run.instancesOf(cell.index).isBlank(instance)
    const cut = cell.source.repeatOnSplit === false && this.isContinuation(piece, line)
    const value = blank || cut ? null : this.run.valueOf(cell.index, instance)
    const display = blank || cut ? { text: '', faithful: true } : displayOf(this.run, cell, { value, settings })
    const boxed = cell.sub === undefined || cell.sub.isInline ? undefined : subCells.behind(cell, instance)
    return { box, of: this, cell, instance, blank, value, display, settings, boxed }
  }

  /** A cell of an inline sub-report: as there, with what conditions of its host say of the row. */
  private shownGraft(
    graft: { result: ReportResult; piece: number },
    { piece, box, line, settings }: { piece: number; box: Box; line: number; settings: Settings | undefined },
  ): ShownCell {
    const inner = graft.result.shown(graft.piece, box, graft.result.run.placements.pieces.y0[graft.piece] as number)
    const shown = settings === undefined ? inner : { ...inner, settings: { ...settings, ...inner.settings } }
    const isCut = inner.cell.source.repeatOnSplit === false && this.isContinuation(piece, line)
    return isCut ? { ...shown, value: null, display: { text: '', faithful: true } } : shown
  }

  /** True if a visible row of the piece lies above. */
  private isContinuation(piece: number, y: number): boolean {
    const start = this.run.placements.pieces.y0[piece] as number
    for (let above = start; above < y; above += 1) if (this.conditions.hiddenRows[above] === 0) return true
    return false
  }
}

interface Position {
  rows: Int32Array
  place: number
  columns: Int32Array
  x: number
}

/** 1 for columns of the continuous grid that hold a cell of the band `leftRepeat`. */
function repeatedColumns(run: ReportRun): Uint8Array {
  const flags = new Uint8Array(run.placements.columns)
  const { count, cell, x0, x1 } = run.placements.pieces
  for (let piece = 0; piece < count; piece += 1) {
    if (run.template.cells[cell[piece] as number]?.source.band !== 'leftRepeat') continue
    flags.fill(1, x0[piece], x1[piece])
  }
  return flags
}

/** 0, 1, 2 … */
export const lineNumbers = (count: number): Int32Array => Int32Array.from({ length: count }, (_, line) => line)

const isMerge = (box: Box): boolean => box.y1 - box.y0 > 1 || box.x1 - box.x0 > 1

/** Whether the row before, on the same page, belongs to a box that starts at `start` and goes on here. */
function continues(rows: Int32Array, { place, start }: { place: number; start: number }): boolean {
  const before = rows[place - 1] as number
  return before >= start && before < (rows[place] as number)
}

function visible(hidden: Uint8Array): Int32Array {
  const lines: number[] = []
  hidden.forEach((flag, line) => {
    if (flag === 0) lines.push(line)
  })
  return Int32Array.from(lines)
}

function gridOf(rows: Iterable<ShownCell[]>, size: { rows: number; columns: number }): Grid {
  const grid: Grid = Array.from({ length: size.rows }, () => new Array<string | number | null>(size.columns).fill(''))
  for (const row of rows) {
    for (const { box, display } of row) {
      for (let y = box.y0; y < box.y1; y += 1) (grid[y] as Grid[0]).fill(null, box.x0, box.x1)
      ;(grid[box.y0] as Grid[0])[box.x0] = display.number ?? display.text
    }
  }
  return grid
}

/** Runs a template over data. Throws TemplateRefusedError for a template that cannot run, ReportLimitError for a bomb. */
export function runReport(template: ReportTemplate, input: RunInput): ReportResult {
  const limits = { ...DEFAULT_LIMITS, ...input.limits }
  const make: MakeResult = ({ name, template: own, params, datasets }, left, below) =>
    new ReportResult(new ReportRun(own, { ...input, params, datasets, limits: left }, below), own, { name })
  const subs = input.subs === undefined ? undefined : SubReports.of(input.subs, { limits, make })
  return new ReportResult(new ReportRun(template, input, subs), template)
}
