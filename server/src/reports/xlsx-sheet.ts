import { chartOf } from '@gemba/engine/report/charts'
import { boxAddress, columnName, type Box } from '@gemba/engine/report/address'
import { packPoints, type Point } from '@gemba/engine/report/excel-ranges'
import type { Look } from '@gemba/engine/report/look'
import type { ReportResult, ShownCell } from '@gemba/engine/report/report-result'
import type { PlainRows, RowProgram } from '@gemba/engine/report/row-program'
import { spread } from '@gemba/engine/report/spread'
import type { ReportDocument } from './report-document.ts'
import type { SheetStretch } from './sheet-dealer.ts'
import type { SheetPlaces } from './sheet-places.ts'
import type { CellParts, XlsxCells } from './xlsx-cells.ts'
import type { Drawn } from './xlsx-drawing.ts'
import { SheetLinks } from './xlsx-links.ts'
import { PlainCells } from './xlsx-plain.ts'
import { argb } from './xlsx-styles.ts'

/** What a sheet gathers while its rows are written, for the parts that stand after them. */
export interface Gathered {
  /** Four numbers for each merge: y0, x0, y1, x1. */
  merges: number[]
  bars: Map<Look, Point[]>
  drawn: Drawn[]
  links: SheetLinks
}

/** Where a row lies: `y` on its sheet, `line` on the continuous grid of `result`. */
interface SheetPlace {
  y: number
  line: number
  result: ReportResult
}

/** What rows of a sheet are written with. */
interface SheetFacts {
  cells: XlsxCells
  places: SheetPlaces
  /** Counts from 0. */
  sheet: number
  /** Hears how many rows of the sheet are written. */
  written: (rows: number) => void
}

const CHUNK = 64 * 1024
/** Rows between two words of how far the sheet is. */
const TOLD_EVERY = 500
const MM_PER_POINT = 25.4 / 72

/** Rows of the sheet as XML. */
export class XlsxRows {
  readonly gathered: Gathered = { merges: [], bars: new Map(), drawn: [], links: new SheetLinks() }
  private readonly cells: XlsxCells
  private readonly places: SheetPlaces
  private readonly sheet: number
  private readonly written: SheetFacts['written']
  /** For each column until which row a merge covers it, and with which style. */
  private readonly covered: { until: Int32Array; style: Int32Array }
  /** What the last rows of a plain list were written with. */
  private plain: { program: RowProgram; opening: string; cells: PlainCells } | undefined

  constructor({ result }: ReportDocument, { cells, places, sheet, written }: SheetFacts) {
    this.cells = cells
    this.places = places
    this.sheet = sheet
    this.written = written
    const { columns } = result.run.placements
    this.covered = { until: new Int32Array(columns), style: new Int32Array(columns) }
  }

  /** The rows of one stretch after the other. */
  async *xml(stretches: AsyncIterable<SheetStretch>): AsyncGenerator<Iterable<string>> {
    let y = 0
    for await (const stretch of stretches) {
      yield this.told('plain' in stretch ? this.plainRows(stretch, y) : this.rows(stretch, y), y)
      y += stretch.lines.length
    }
    this.written(y)
  }

  /** Rows, and now and then how many of the sheet are written with them. */
  private *told(rows: Iterable<string>, before: number): Generator<string> {
    let count = before
    for (const row of rows) {
      yield row
      count += 1
      if (count % TOLD_EVERY === 0) this.written(count)
    }
  }

  private *rows({ result, lines }: { result: ReportResult; lines: Int32Array }, first: number): Generator<string> {
    this.cells.turnTo(result)
    let at = 0
    for (const cells of cellRows(result, lines)) {
      yield this.rowXml(cells, { y: first + at, line: lines[at] as number, result })
      at += 1
    }
  }

  private *plainRows({ plain, lines }: { plain: PlainRows; lines: Int32Array }, first: number): Generator<string> {
    const { program } = plain
    if (this.plain?.program !== program) {
      const opening = rowOpening(program.first, program.line)
      this.plain = { program, opening, cells: new PlainCells(this.cells, program) }
    }
    const { opening, cells } = this.plain
    cells.turn()
    for (let at = 0; at < lines.length; at += 1) {
      const name = String(first + at + 1)
      yield `<row r="${name}"${opening}>${cells.xml(plain, (lines[at] as number) - program.line, name)}</row>`
    }
  }

  private rowXml(cells: ShownCell[], place: SheetPlace): string {
    const { y, line, result } = place
    const name = String(y + 1)
    let xml = `<row r="${name}"${rowOpening(result, line)}>`
    const { until, style } = this.covered
    let next = 0
    for (let x = 0; x < until.length; x += 1) {
      const shown = cells[next]
      if (shown !== undefined && shown.box.x0 === x) {
        next += 1
        const painted = this.cells.cell(shown, name, x)
        xml += painted.xml
        this.cover(shown, { y, style: painted.style })
        this.places.note(shown, { sheet: this.sheet, y })
        this.gather(shown, painted, place)
      } else if ((until[x] as number) > y) xml += `<c r="${columnName(x)}${name}" s="${style[x] as number}"/>`
    }
    return `${xml}</row>`
  }

  private cover({ box }: ShownCell, { y, style }: { y: number; style: number }): void {
    const height = box.y1 - box.y0
    if (height === 1 && box.x1 - box.x0 === 1) return
    this.gathered.merges.push(y, box.x0, y + height, box.x1)
    this.covered.until.fill(y + height, box.x0, box.x1)
    this.covered.style.fill(style, box.x0, box.x1)
  }

  private gather(shown: ShownCell, { link, picture, look }: CellParts, place: SheetPlace): void {
    if (shown.blank) return
    const { y } = place
    const { value } = shown.cell.source
    if (look.dataBar !== undefined) {
      const points = this.gathered.bars.get(look) ?? []
      this.gathered.bars.set(look, points)
      points.push({ y, x: shown.box.x0 })
    }
    const hasChart = value !== undefined && 'chart' in value
    if (link === null && picture === undefined && !hasChart) return
    const box = { ...shown.box, y0: y, y1: y + shown.box.y1 - shown.box.y0 }
    if (link !== null && !this.gathered.links.add(box, link)) this.cells.losses.links += 1
    if (picture !== undefined) this.gathered.drawn.push({ kind: 'picture', picture, ...roomOf(box, place) })
    const chart = hasChart ? chartOf(shown.of.run, shown.cell, shown.instance) : undefined
    if (chart !== undefined) this.gathered.drawn.push({ kind: 'chart', chart, ...roomOf(box, place) })
  }
}

/** What the XML of a row says of the row itself, after its number. */
function rowOpening({ sizes, conditions }: ReportResult, line: number): string {
  const height = Math.min(409, Math.round(((sizes.rows[line] as number) / MM_PER_POINT) * 100) / 100)
  return ` ht="${height}" customHeight="1"${conditions.hiddenRows[line] === 1 ? ' hidden="1"' : ''}`
}

/** Cells of boxed sub-reports stand in cells, where their box has room; a report without them is not looked through. */
const cellRows = (result: ReportResult, lines: Int32Array): Generator<ShownCell[]> =>
  result.all.length > 1 ? spread(result.rowsWithHidden(lines)) : result.rowsWithHidden(lines)

/** The lines under a box, as long as they are shown. */
function roomOf(box: Box, { line, result }: SheetPlace): Pick<Drawn, 'box' | 'widths' | 'heights'> {
  const { sizes, conditions } = result
  const shownOf = (lengths: Float64Array, hidden: Uint8Array, [from, to]: [number, number]): Float64Array =>
    lengths.slice(from, to).map((length, i) => (hidden[from + i] === 1 ? 0 : length))
  return {
    box,
    widths: shownOf(sizes.columns, conditions.hiddenColumns, [box.x0, box.x1]),
    heights: shownOf(sizes.rows, conditions.hiddenRows, [line, line + box.y1 - box.y0]),
  }
}

/** All merges, a chunk at a time. */
export function* mergesXml(merges: readonly number[]): Generator<string> {
  if (merges.length === 0) return
  let buffer = `<mergeCells count="${merges.length / 4}">`
  for (let i = 0; i < merges.length; i += 4) {
    const [y0, x0, y1, x1] = merges.slice(i, i + 4) as [number, number, number, number]
    buffer += `<mergeCell ref="${boxAddress({ y0, x0, y1, x1 })}"/>`
    if (buffer.length < CHUNK) continue
    yield buffer
    buffer = ''
  }
  yield `${buffer}</mergeCells>`
}

export function barsXml(bars: Gathered['bars']): string {
  let priority = 0
  return [...bars]
    .map(([look, points]) => {
      priority += 1
      const { min, max, color = '#5B8FF9' } = look.dataBar as NonNullable<Look['dataBar']>
      const bound = (value: number | undefined, kind: 'min' | 'max'): string =>
        value === undefined ? `<cfvo type="${kind}"/>` : `<cfvo type="num" val="${value}"/>`
      const ranges = packPoints(points).map(boxAddress).join(' ')
      return `<conditionalFormatting sqref="${ranges}"><cfRule type="dataBar" priority="${priority}"><dataBar>${bound(min, 'min')}${bound(max, 'max')}<color rgb="${argb(color)}"/></dataBar></cfRule></conditionalFormatting>`
    })
    .join('')
}
