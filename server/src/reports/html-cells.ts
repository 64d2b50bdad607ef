import type { ChartFigures } from '@gemba/contracts/report'
import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { isError, textOf } from '@gemba/engine/formula/values'
import { addressOf } from '@gemba/engine/report/address'
import { chartOf, partValue, type ReportChart } from '@gemba/engine/report/charts'
import { CELL_PADDING_MM, sum } from '@gemba/engine/report/line-sizes'
import { DEFAULT_SIZE_PT, type Look } from '@gemba/engine/report/look'
import { messageText } from '@gemba/engine/report/messages'
import type { ReportResult, ShownCell } from '@gemba/engine/report/report-result'
import { textWidthMm } from '@gemba/engine/report/text-width'
import { cellLink, placeName, placesIn, pointLinks } from './cell-links.ts'
import { lookCss } from './html-styles.ts'
import { escaped, type ReportDocument } from './report-document.ts'

/** Draws what is not text. Each gives a complete element, or undefined if there is nothing to draw. */
export interface Pictures {
  chart: (chart: ReportChart, size: { widthMm: number; heightMm: number }) => string
  code: (shown: ShownCell, size: { widthMm: number; heightMm: number }) => string
}

/** Markup for a screen that asks back: cells carry their address on the page, and each is told of. */
export interface ScreenCells {
  /** `address` is that on the page; of a cell inside a box `B7.C3`, what the box is and where in it the cell lies. */
  seen: (shown: ShownCell, address: string) => void
}

/** A number is made smaller before it is cut off; below this size it shows as ### with its value in the title. */
const LEAST_SIZE_PT = 5

/** Lines of the continuous grid that a table shows, in order. */
export interface TablePlace {
  lines: Int32Array
  columns: Int32Array
  /** Millimetres of lines that come from several grids; `lines` then count in here. */
  heights?: Float64Array
}

/** Whose cells they are, and what those inside a box share with those around it. */
interface CellsOf {
  document: ReportDocument
  screen: ScreenCells | undefined
  classes: Map<Look, string>
  /** Places of links that were not painted yet; in a file their first cells carry a name. */
  places: Set<string>
  /** What stands before addresses: '' or the box with a full stop. */
  prefix: string
}

/** Cells of pages as tables. Each look is one class; texts are escaped, nothing of the data is markup. */
export class HtmlCells {
  private readonly document: ReportDocument
  private readonly pictures: Pictures
  private readonly screen: ScreenCells | undefined
  private readonly classes: Map<Look, string>
  private readonly places: Set<string>
  private readonly prefix: string
  private readonly widths: Float64Array
  private readonly heights: Float64Array

  private constructor({ document, screen, classes, places, prefix }: CellsOf, pictures: Pictures) {
    this.document = document
    this.screen = screen
    this.pictures = pictures
    this.classes = classes
    this.places = places
    this.prefix = prefix
    this.widths = document.result.sizes.columns
    this.heights = document.result.sizes.rows
  }

  static of(document: ReportDocument, pictures: Pictures, screen?: ScreenCells): HtmlCells {
    return new HtmlCells(
      { document, screen, classes: new Map(), places: placesIn(document.template), prefix: '' },
      pictures,
    )
  }

  /** The rules of all looks used so far. */
  css(): string {
    return [...this.classes].map(([look, name]) => `.${name}{${lookCss(look)}}`).join('\n')
  }

  /** Rows as a table with the widths and heights of their lines. */
  table(rows: Iterable<ShownCell[]>, place: TablePlace): string {
    const { widths } = this
    const heights = place.heights ?? this.heights
    const parts = [`<table style="width:${mm(this.lengthOf(widths, place.columns))}"><colgroup>`]
    for (const column of place.columns) parts.push(`<col style="width:${mm(widths[column] as number)}">`)
    parts.push('</colgroup>')
    const covered = new Int32Array(place.columns.length)
    let y = 0
    for (const row of rows) {
      parts.push(`<tr style="height:${mm(heights[place.lines[y] as number] as number)}">`)
      parts.push(...this.rowOf(row, { y, covered, place }), '</tr>')
      y += 1
    }
    parts.push('</table>')
    return parts.join('')
  }

  private *rowOf(
    row: ShownCell[],
    { y, covered, place }: { y: number; covered: Int32Array; place: TablePlace },
  ): Generator<string> {
    const starting = new Map(row.map((cell) => [cell.box.x0, cell]))
    for (let x = 0; x < covered.length; x += 1) {
      if ((covered[x] as number) > y) continue
      const cell = starting.get(x)
      if (cell === undefined) {
        yield '<td></td>'
        continue
      }
      for (let inner = cell.box.x0; inner < cell.box.x1; inner += 1) covered[inner] = cell.box.y1
      yield this.cell(cell, place)
    }
  }

  private cell(shown: ShownCell, place: TablePlace): string {
    const { box, boxed } = shown
    const look = shown.of.looks.of(shown.cell, shown.settings)
    const [rows, columns] = [box.y1 - box.y0, box.x1 - box.x0]
    const size = {
      widthMm: this.lengthOf(this.widths, place.columns.subarray(box.x0, box.x1)),
      heightMm: this.lengthOf(place.heights ?? this.heights, place.lines.subarray(box.y0, box.y1)),
    }
    const span = `${rows > 1 ? ` rowspan="${rows}"` : ''}${columns > 1 ? ` colspan="${columns}"` : ''}`
    const address = `${this.prefix}${addressOf(box.y0, box.x0)}`
    if (boxed !== undefined)
      return `<td class="b ${this.classOf(look)}"${span}>${this.boxed(boxed, `${address}.`, size)}</td>`
    this.screen?.seen(shown, address)
    return this.plain(shown, { look, size, span: `${this.at(shown, address)}${span}` })
  }

  private at({ blank, of, cell }: ShownCell, address: string): string {
    if (blank) return ''
    if (this.screen !== undefined) return ` data-cell="${address}"`
    return of.name === '' && this.places.delete(cell.address) ? ` id="${placeName(cell.address)}"` : ''
  }

  private plain(
    shown: ShownCell,
    { look, size, span }: { look: Look; size: { widthMm: number; heightMm: number }; span: string },
  ): string {
    const { display, value } = shown
    const picture = shown.blank ? undefined : this.picture(shown, size)
    if (picture !== undefined)
      return `<td class="m ${this.classOf(look)}"${span}${picture.figures}>${picture.markup}</td>`
    const isNumber = isNum(value) && (display.faithful || display.number !== undefined)
    const extra = this.attributes(shown, { look, isNumber, widthMm: size.widthMm })
    const name = `${isNumber && look.align === undefined ? 'n ' : ''}${this.classOf(look)}`
    return `<td class="${name}"${span}${extra.attributes}>${bar(shown, look)}${this.linked(shown, extra.text)}</td>`
  }

  /** A sub-report in its box: as large as it is, or smaller so that all of it fits. */
  private boxed(result: ReportResult, prefix: string, room: { widthMm: number; heightMm: number }): string {
    const document = { ...this.document, result }
    const { screen, classes, places } = this
    const cells = new HtmlCells({ document, screen, classes, places, prefix }, this.pictures)
    const place = { lines: result.visibleRows, columns: result.visibleColumns }
    const table = cells.table(result.rows(), place)
    const [width, height] = [this.lengthOf(cells.widths, place.columns), this.lengthOf(cells.heights, place.lines)]
    const scale = Math.min(1, room.widthMm / width, room.heightMm / height)
    const shrunk = scale < 1 ? `;transform:scale(${scale.toFixed(5)})` : ''
    return `<div class="boxed" style="height:${mm(room.heightMm)}"><div style="width:${mm(width)}${shrunk}">${table}</div></div>`
  }

  private lengthOf(sizes: Float64Array, lines: Int32Array): number {
    return lines.reduce((total, line) => total + sum(sizes, line, line + 1), 0)
  }

  private classOf(look: Look): string {
    let name = this.classes.get(look)
    if (name === undefined) {
      name = `s${this.classes.size}`
      this.classes.set(look, name)
    }
    return name
  }

  /** Title and size of letters: an error says why, a number that does not fit is made smaller, never cut. */
  private attributes(
    { value, display }: ShownCell,
    { look, isNumber, widthMm }: { look: Look; isNumber: boolean; widthMm: number },
  ): { attributes: string; text: string } {
    const css = display.colour === undefined ? [] : [`color:${cssColour(display.colour)}`]
    const icon = look.icon === undefined ? '' : `${look.icon} `
    let text = icon + display.text
    let title = ''
    if (isError(value) && value.cause !== undefined)
      title = messageText(value.cause.key, this.document.locale, value.cause.details)
    const size = look.size ?? DEFAULT_SIZE_PT
    const room = widthMm - CELL_PADDING_MM
    const width = isNumber && look.wrap !== true ? textWidthMm(text, size) : 0
    if (width > room) {
      const fitting = Math.floor((size * room * 20) / width) / 20
      title = display.text
      if (fitting >= LEAST_SIZE_PT) css.push(`font-size:${fitting}pt`)
      else text = '###'
    }
    const style = css.length > 0 ? ` style="${css.join(';')}"` : ''
    return { attributes: `${style}${title === '' ? '' : ` title="${escaped(title)}"`}`, text: escaped(text) }
  }

  private linked(shown: ShownCell, text: string): string {
    const address = cellLink(this.document, shown, { onScreen: this.screen !== undefined })
    return address === null ? text : `<a href="${escaped(address)}" rel="noopener noreferrer">${text}</a>`
  }

  private picture(
    shown: ShownCell,
    size: { widthMm: number; heightMm: number },
  ): { markup: string; figures: string } | undefined {
    const { value } = shown.cell.source
    if (value === undefined) return undefined
    if ('chart' in value) {
      const chart = chartOf(shown.of.run, shown.cell, shown.instance)
      if (chart === undefined) return undefined
      // A course without axes is an ornament of the figure beside it.
      const isTold = this.screen !== undefined && !chart.plain
      const figures = isTold ? ` data-chart="${escaped(JSON.stringify(figuresOf(chart)))}"` : ''
      const points = this.screen === undefined ? [] : pointLinks(shown, chart)
      const told = points.length === 0 ? '' : ` data-points="${escaped(JSON.stringify(points))}"`
      return { markup: this.pictures.chart(chart, size), figures: `${figures}${told}` }
    }
    const drawn =
      'code' in value ? this.pictures.code(shown, size) : 'image' in value ? this.image(shown, value.image.fit) : null
    return drawn === null ? undefined : { markup: inside(drawn, size.heightMm), figures: '' }
  }

  private image({ of, cell, instance }: ShownCell, fit: 'contain' | 'cover' | 'stretch'): string {
    const address = textOf(partValue(of.run, cell, { part: 'value.image.expr', instance }))
    if (!isPicture(address)) return ''
    return `<img alt="" src="${escaped(address)}" style="object-fit:${fit === 'stretch' ? 'fill' : fit}">`
  }
}

export const mm = (length: number): string => `${Math.round(length * 1000) / 1000}mm`

/** A chart as a table: for screens too narrow for the drawing, and for who cannot see it. */
export const figuresOf = ({ title, categories, series, lines }: ReportChart): ChartFigures => ({
  title,
  categories,
  series: series.map(({ name, texts }) => ({ name, texts })),
  lines: lines.map(({ name, text }) => ({ name, text })),
})

/** A picture never makes its rows higher than they are, else the page would run over its end. */
const inside = (picture: string, heightMm: number): string =>
  picture === ''
    ? ''
    : `<div style="height:${heightMm.toFixed(3)}mm">${picture.replace(/^<(svg|img) /, '<$1 class="p" ')}</div>`

/** Pictures come inside the data, as PNG or JPEG; nothing is fetched. */
export function isPicture(address: string): boolean {
  return address.length < 4_000_000 && /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+=*$/.test(address)
}

function bar({ value }: ShownCell, look: Look): string {
  if (look.dataBar === undefined || !isNum(value)) return ''
  const { min = 0, max = 1, color = '#5b8ff9' } = look.dataBar
  const share = max > min ? Math.min(1, Math.max(0, (toNumber(value) - min) / (max - min))) : 0
  return `<div class="bar" style="width:${(share * 100).toFixed(1)}%;background:${color}"></div>`
}

const COLOURS: Record<string, string> = { 红: 'red', 绿: 'green', 蓝: 'blue', 黑: 'black', 白: 'white', 黄: 'olive' }
const cssColour = (name: string): string => COLOURS[name] ?? (/^[a-z]+$/i.test(name) ? name.toLowerCase() : 'inherit')
