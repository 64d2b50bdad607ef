import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { columnName } from '@gemba/engine/report/address'
import type { ColumnType } from '@gemba/engine/report/dataset'
import { displayOf } from '@gemba/engine/report/display'
import type { PlainRows, ProgramColumn, RowProgram } from '@gemba/engine/report/row-program'
import { formulaXml, isShort, type XlsxCells } from './xlsx-cells.ts'

/** What is the same in each row of a column. */
interface PlainColumn extends ProgramColumn {
  /** `<c r="B`, which the number of the row follows. */
  opening: string
  /** The live formula as XML, cut where the number of the row belongs. */
  formulaXml: readonly string[] | undefined
  /** Numbers are shown as numbers, in its format. */
  isNumeric: boolean
  /** Numbers and texts of the rows are its values as they are, and nothing is shown in their place. */
  isRawNumber: boolean
  isRawText: boolean
}

/** Columns whose numbers and texts become something else when they are read. */
const NUMBERS_BECOME: ReadonlySet<ColumnType | undefined> = new Set(['text', 'instant'])
const TEXTS_STAY: ReadonlySet<ColumnType | undefined> = new Set([undefined, 'text', 'bytes'])

/** Cells of plain lists as XML, a row at a time: what `XlsxCells` writes of them, with less work for each. */
export class PlainCells {
  private readonly cells: XlsxCells
  private readonly program: RowProgram
  private readonly columns: readonly PlainColumn[]
  /** By place of the column, once there was such a cell: what stands between the number of the row and the value. */
  private readonly numberStyles: string[] = []
  private readonly textStyles: string[] = []
  /** Number of the row that is written. */
  private row = ''

  constructor(cells: XlsxCells, program: RowProgram) {
    this.cells = cells
    this.program = program
    this.columns = program.columns.map((column) => plainColumn(column, program, cells.withFormulas))
  }

  /** Rows of the list come next. */
  turn(): void {
    const formulas = new Map(this.columns.map(({ cell, formula }) => [cell.index, formula]))
    this.cells.turnTo(this.program.first, (cell) => formulas.get(cell)?.join(this.row))
  }

  /** One row, to stand in a row of the sheet by its number as text. */
  xml(plain: PlainRows, at: number, row: string): string {
    this.row = row
    let xml = ''
    for (let place = 0; place < this.columns.length; place += 1) xml += this.cellXml(plain, place, at)
    return xml
  }

  private cellXml(plain: PlainRows, place: number, at: number): string {
    const column = this.columns[place] as PlainColumn
    const raw = plain.raw(place, at)
    if (typeof raw === 'number' && column.isRawNumber && isShort(raw)) return this.numberXml(column, place, raw)
    if (typeof raw === 'string' && column.isRawText && raw !== '') return this.textXml(column, place, raw)
    const value = plain.at(place, at)
    if (column.isNumeric && isNum(value)) {
      const number = toNumber(value)
      if (isShort(number)) return this.numberXml(column, place, number)
    }
    const { cell, x } = column
    const { first } = this.program
    const display = displayOf(first.run, cell, { value, settings: undefined })
    const box = { y0: 0, x0: x, y1: 1, x1: x + 1 }
    const shown = { box, of: first, cell, instance: 0, blank: false, value, display, settings: undefined }
    return this.cells.cell({ ...shown, boxed: undefined }, this.row, x).xml
  }

  private numberXml(column: PlainColumn, place: number, number: number): string {
    const style = (this.numberStyles[place] ??= `" s="${this.styleOf(column, 'right')}"><`)
    const formula = column.formulaXml === undefined ? '' : `f>${column.formulaXml.join(this.row)}</f><`
    return `${column.opening}${this.row}${style}${formula}v>${number}</v></c>`
  }

  private textXml(column: PlainColumn, place: number, text: string): string {
    const style = (this.textStyles[place] ??= `" s="${this.styleOf(column, 'left')}" t="inlineStr"><is>`)
    return `${column.opening}${this.row}${style}${this.cells.textXml(text)}</is></c>`
  }

  private styleOf({ cell }: PlainColumn, align: 'left' | 'right'): number {
    const look = this.program.first.looks.of(cell, undefined)
    return this.cells.styles.of(look, align === 'right' ? (look.format ?? '') : '', align)
  }
}

function plainColumn(column: ProgramColumn, { first, facts }: RowProgram, withFormulas: boolean): PlainColumn {
  const { cell, x, formula } = column
  const { value } = cell.source
  const type = cell.field === undefined ? undefined : facts.types?.get(cell.field.column)
  const isShownAsIs = value !== undefined && !('dict' in value && value.dict !== undefined)
  const isUnformatted = (first.looks.of(cell, undefined).format ?? '') === ''
  return {
    ...column,
    opening: `<c r="${columnName(x)}`,
    formulaXml: withFormulas ? formula?.map(formulaXml) : undefined,
    isNumeric: isShownAsIs,
    isRawNumber: isShownAsIs && !NUMBERS_BECOME.has(type),
    isRawText: isShownAsIs && isUnformatted && TEXTS_STAY.has(type),
  }
}
