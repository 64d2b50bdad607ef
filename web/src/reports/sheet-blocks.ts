import { type ChartFigures, chartFigures } from '@gemba/contracts/report'
import { linksOf } from './page-clicks.ts'

/** A cell of a page as plain text: what a narrow screen needs of it. */
export interface SheetCell {
  address: string | null
  text: string
  isNumber: boolean
  columns: number
  rows: number
  /** Column from 0. */
  x: number
  link: string | null
  /** What a chart shows, instead of a text; null = no chart. */
  chart: ChartFigures | null
  /** Where the points of the chart lead, by category. */
  points: readonly (string | null)[]
}

export type SheetRow = SheetCell[]

/** Text that stands alone, texts stacked in columns such as label, figure and note, or rows that are a table. */
export type Block =
  | { kind: 'text'; cells: SheetCell[] }
  | { kind: 'cards'; cards: SheetCell[][] }
  | { kind: 'table'; head: SheetRow[]; body: SheetRow[] }
  | { kind: 'chart'; chart: ChartFigures; points: readonly (string | null)[] }

const LEAST_TABLE_CELLS = 3
const LEAST_TABLE_ROWS = 2

/** Rows of a page's sheet. The markup is read by the caller into an inert document; only texts are taken from it. */
export function rowsOf(page: ParentNode): SheetRow[] {
  return [...page.querySelectorAll('.sheet > table')].flatMap(rowsOfTable)
}

/** Rows of a sub-report in its box come after the row that the box begins in. */
function rowsOfTable(table: Element): SheetRow[] {
  const covered: number[] = []
  return [...table.querySelectorAll(':scope > tr, :scope > tbody > tr')].flatMap((line, y) => {
    const inner: SheetRow[] = []
    const row: SheetRow = []
    let x = 0
    for (const cell of line.querySelectorAll(':scope > td')) {
      const boxed = cell.querySelector('.boxed table')
      if (boxed !== null) inner.push(...rowsOfTable(boxed))
      while ((covered[x] ?? 0) > y) x += 1
      const columns = spanOf(cell, 'colspan')
      const rows = spanOf(cell, 'rowspan')
      for (let inner = x; inner < x + columns; inner += 1) covered[inner] = y + rows
      // The words of a drawing are those of its axes: one after the other they say nothing.
      const text = boxed !== null || cell.querySelector('svg') ? '' : (cell.textContent ?? '').trim()
      row.push({
        address: cell.getAttribute('data-cell'),
        text,
        isNumber: cell.classList.contains('n') || isFigureText(text),
        columns,
        rows,
        x,
        link: cell.querySelector('a')?.getAttribute('href') ?? null,
        chart: chartIn(cell.getAttribute('data-chart')),
        points: linksOf(cell)[0] ?? [],
      })
      x += columns
    }
    return [row, ...inner]
  })
}

function chartIn(text: string | null): ChartFigures | null {
  if (text === null) return null
  try {
    return chartFigures.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function spanOf(cell: Element, name: 'colspan' | 'rowspan'): number {
  const span = Number(cell.getAttribute(name) ?? 1)
  return Number.isInteger(span) && span > 0 ? span : 1
}

/** Columns with an alignment of their own do not say that they hold numbers. */
const isFigureText = (text: string): boolean => /^[−+-]?[\d,]+(\.\d+)?\s?%?$/.test(text)

const filled = (row: SheetRow): SheetRow => row.filter(({ text }) => text !== '')
const numbersIn = (row: SheetRow): number => row.filter(({ isNumber }) => isNumber).length
/** A row of figures: several cells, most of them beyond the first being numbers. */
const isFigures = (row: SheetRow): boolean => filled(row).length >= LEAST_TABLE_CELLS && numbersIn(row) >= 2
const isHeading = (row: SheetRow): boolean => numbersIn(row) === 0 && filled(row).length >= LEAST_TABLE_CELLS

/**
 * Takes a sheet apart: stretches of figures with the headings right above them become tables, all else text. A
 * stretch of a single row is no table but text: cards of figures side by side.
 */
export function blocksOf(rows: readonly SheetRow[]): Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < rows.length) {
    const table = tableAt(rows, at)
    if (table) {
      blocks.push({ kind: 'table', head: table.head, body: table.body }, ...chartsIn(rows.slice(at, table.end)))
      at = table.end
      continue
    }
    const row = rows[at] as SheetRow
    const cells = filled(row)
    if (cells.length > 0) addTexts(blocks, cells)
    blocks.push(...chartsIn([row]))
    at += 1
  }
  return blocks
}

const chartsIn = (rows: readonly SheetRow[]): Block[] =>
  rows
    .flat()
    .flatMap(({ chart, points }) =>
      chart === null || chart.categories.length === 0 ? [] : [{ kind: 'chart', chart, points }],
    )

const columnsOf = (cells: readonly SheetCell[]): string => cells.map(({ x }) => x).join(' ')

/** Rows of several texts in the same columns are cards side by side; each column is one of them. */
function addTexts(blocks: Block[], cells: SheetCell[]): void {
  const last = blocks.at(-1)
  if (cells.length < 2 || last === undefined || last.kind === 'table' || last.kind === 'chart')
    blocks.push({ kind: 'text', cells })
  else if (last.kind === 'cards' && columnsOf(last.cards.flatMap(([first]) => first ?? [])) === columnsOf(cells))
    last.cards.forEach((card, index) => card.push(cells[index] as SheetCell))
  else if (last.kind === 'text' && columnsOf(last.cells) === columnsOf(cells))
    blocks.splice(-1, 1, { kind: 'cards', cards: last.cells.map((cell, index) => [cell, cells[index] as SheetCell]) })
  else blocks.push({ kind: 'text', cells })
}

function tableAt(rows: readonly SheetRow[], from: number): { head: SheetRow[]; body: SheetRow[]; end: number } | null {
  let first = from
  while (first < rows.length && isHeading(rows[first] as SheetRow)) first += 1
  let end = first
  while (end < rows.length && (isFigures(rows[end] as SheetRow) || isGap(rows, end))) end += 1
  const body = rows.slice(first, end).filter((row) => filled(row).length > 0)
  if (body.length < LEAST_TABLE_ROWS) return null
  return { head: rows.slice(from, first) as SheetRow[], body, end }
}

/** An empty row between figures, such as a line of a subtotal. */
const isGap = (rows: readonly SheetRow[], at: number): boolean =>
  filled(rows[at] as SheetRow).length === 0 && at + 1 < rows.length && isFigures(rows[at + 1] as SheetRow)

/** Index of the first and, exclusive, the last heading row and of the end of the table below, of the longest table. */
export function headOf(rows: readonly SheetRow[]): { from: number; to: number; end: number } | null {
  let best: { from: number; to: number; end: number } | null = null
  let at = 0
  while (at < rows.length) {
    const table = tableAt(rows, at)
    if (!table) {
      at += 1
      continue
    }
    const found = { from: at, to: at + table.head.length, end: table.end }
    if (table.head.length > 0 && (best === null || found.end - found.to > best.end - best.to)) best = found
    at = table.end
  }
  return best
}

/** The text of the cell that stands in a column; cells may reach over several. */
export function cellIn(row: SheetRow, x: number): SheetCell | null {
  return row.find((cell) => cell.x <= x && x < cell.x + cell.columns) ?? null
}
