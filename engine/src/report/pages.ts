import type { Paging, RowBand } from '@gemba/contracts/template'
import { ROOT } from './compiled.ts'
import type { ConditionResults } from './conditions.ts'
import { pageJoins, type PageJoins, type RepeatedRow } from './page-joins.ts'
import { pageBox } from './paper.ts'
import type { ReportRun } from './run.ts'

/** Rows of one page in the order in which they are printed, as rows of the continuous grid. */
export interface PageRows {
  number: number
  rows: Int32Array
  /** Whether a row counts for this page: its own rows, hidden ones among them, and the bands it repeats. */
  holds: (row: number) => boolean
}

type Band = Exclude<RowBand, 'leftRepeat'>

/** Rows of each band, visible ones only for printing, all for counting. */
interface Bands {
  of: Band[]
  visible: Record<Band, number[]>
}

/** Cuts the continuous grid into pages (specification 1.10). Without paging the whole sheet is one page. */
export function pageRows(
  run: ReportRun,
  conditions: ConditionResults,
  { paging, sizes }: { paging: Paging | undefined; sizes: PageSizes },
): PageRows[] {
  const bands = bandsOf(run, conditions)
  const rows = run.placements.rows
  if (paging === undefined || paging.mode === 'continuous') {
    const all = Array.from({ length: rows }, (_, row) => row).filter((row) => conditions.hiddenRows[row] === 0)
    return [{ number: 1, rows: Int32Array.from(all), holds: () => true }]
  }
  const pages = bodyPages(run, { conditions, bands, paging, sizes })
  const last = pages.count - 1
  const parts = Array.from({ length: pages.count }, (_, i) => pages.visible[i] ?? [])
  return parts.map((body, i) => {
    const printed = [
      ...(i === 0 ? bands.visible.title : []),
      ...bands.visible.headerRepeat,
      ...(pages.again[i] ?? []),
      ...body,
      ...bands.visible.footerRepeat,
      ...(i === last ? bands.visible.summary : []),
    ]
    const holds = (row: number): boolean => {
      const band = bands.of[row] as Band
      if (band === 'body') return pages.pageOf[row] === i
      return band === 'title' ? i === 0 : band === 'summary' ? i === last : true
    }
    return { number: i + 1, rows: Int32Array.from(printed), holds }
  })
}

/** Visible rows of the continuous grid that are printed again on each page. */
export const repeatedRows = (run: ReportRun, conditions: ConditionResults): number[] =>
  bandsOf(run, conditions).visible.headerRepeat

/** A row belongs to the band of the cells in it. */
function bandsOf(run: ReportRun, conditions: ConditionResults): Bands {
  const of = new Array<Band>(run.placements.rows).fill('body')
  const interval = new Int32Array(2)
  for (const cell of run.template.cells) {
    const band = cell.source.band
    if (band === undefined || band === 'leftRepeat') continue
    // Cells without a parent on the left all lie in the same rows, however many columns they have.
    const atRoot = cell.left === ROOT && cell.expand !== 'down'
    const count = run.instancesOf(cell.index).count
    for (let i = 0; i < (atRoot ? Math.min(count, 1) : count); i += 1) {
      run.placements.vertical.interval(cell, i, interval)
      of.fill(band, interval[0], interval[1])
    }
  }
  const visible: Bands['visible'] = { title: [], headerRepeat: [], body: [], footerRepeat: [], summary: [] }
  of.forEach((band, row) => {
    if (conditions.hiddenRows[row] === 0) visible[band].push(row)
  })
  return { of, visible }
}

interface BodyPages {
  count: number
  visible: number[][]
  /** Page of each body row, hidden ones included. */
  pageOf: Int32Array
  /** Headers of groups that are cut, printed again above the body of each page. */
  again: number[][]
}

interface Cutting {
  conditions: ConditionResults
  bands: Bands
  paging: Exclude<Paging, { mode: 'continuous' }>
  sizes: PageSizes
}

/** Deals body rows out to pages: requested breaks, then the room on a page. A break never makes an empty page. */
function bodyPages(run: ReportRun, cutting: Cutting): BodyPages {
  const { conditions, bands } = cutting
  const room = roomOf(cutting)
  const joins = cutting.paging.mode === 'paper' ? pageJoins(run) : undefined
  const pages = new BodyCutter(run.placements.rows, { room, joins, hidden: conditions.hiddenRows })
  pages.take(bands.visible.title)
  let wanted = false
  for (let row = 0; row < run.placements.rows; row += 1) {
    wanted ||= conditions.breaks.has(row)
    if (bands.of[row] !== 'body') continue
    pages.add(row, wanted)
    wanted = false
  }
  if (cutting.paging.mode === 'paper') pages.leaveRoom(bands.visible.summary)
  return pages.finished()
}

class BodyCutter {
  private readonly visible: number[][] = [[]]
  private readonly again: number[][] = [[]]
  private readonly pageOf: Int32Array
  private readonly room: Room
  private readonly joins: PageJoins | undefined
  private readonly hidden: Uint8Array
  private used = 0
  /** Group headers whose block goes on at the current row; those that come next start at `upcoming`. */
  private open: RepeatedRow[] = []
  private upcoming = 0

  constructor(rows: number, parts: { room: Room; joins: PageJoins | undefined; hidden: Uint8Array }) {
    this.pageOf = new Int32Array(rows)
    this.room = parts.room
    this.joins = parts.joins
    this.hidden = parts.hidden
  }

  add(row: number, wanted: boolean): void {
    const hidden = this.hidden[row] === 1
    const size = this.room.size(row)
    const page = this.visible.at(-1) as number[]
    // A hidden row behind a requested break already belongs to the page that follows.
    if (page.length > 0 && wanted) this.openPage(row)
    else if (page.length > 0 && !hidden && this.used + size > this.room.most + 1e-6) this.openPage(this.cutBefore(row))
    this.pageOf[row] = this.visible.length - 1
    if (hidden) return
    ;(this.visible.at(-1) as number[]).push(row)
    this.used += size
  }

  /** Rows that stand on the first page beside the body; of the fixed number of rows they take nothing. */
  take(title: readonly number[]): void {
    if (this.joins !== undefined) this.used = this.heightOf(title)
  }

  /** The rows behind the body need room on the last page: the last body row goes with them to a new one if need be. */
  leaveRoom(summary: readonly number[]): void {
    const page = this.visible.at(-1) as number[]
    const last = page.at(-1)
    if (last === undefined || page.length < 2 || summary.length === 0) return
    if (this.used + this.heightOf(summary) > this.room.most + 1e-6) this.openPage(this.cutBefore(last))
  }

  private heightOf(rows: readonly number[]): number {
    return rows.reduce((sum, row) => sum + this.room.size(row), 0)
  }

  finished(): BodyPages {
    const { visible, pageOf } = this
    // Hidden rows after the last break hold no page of their own.
    if (visible.length > 1 && (visible.at(-1) as number[]).length === 0) {
      visible.pop()
      for (let row = 0; row < pageOf.length; row += 1) {
        pageOf[row] = Math.min(pageOf[row] as number, visible.length - 1)
      }
    }
    return { count: visible.length, visible, pageOf, again: this.again }
  }

  /** The nearest boundary above that may be cut; the row itself if that would leave the page empty. */
  private cutBefore(row: number): number {
    const first = (this.visible.at(-1) as number[])[0] as number
    for (let at = row; at > first; at -= 1) if (this.joins?.joined[at] !== 1) return at
    return row
  }

  /** Rows from `start` on go to a new page. */
  private openPage(start: number): void {
    const page = this.visible.at(-1) as number[]
    const moved = page.filter((row) => row >= start)
    page.length -= moved.length
    const again = this.headersAt(start)
    this.visible.push(moved)
    this.again.push(again)
    const number = this.visible.length - 1
    for (const row of moved) this.pageOf[row] = number
    this.used = this.heightOf([...again, ...moved])
  }

  /** Headers above a row whose block still holds it. Called with growing rows. */
  private headersAt(row: number): number[] {
    const repeated = this.joins?.repeated ?? []
    for (; (repeated[this.upcoming]?.row ?? row) < row; this.upcoming += 1) {
      this.open.push(repeated[this.upcoming] as RepeatedRow)
    }
    this.open = this.open.filter(({ until }) => until > row)
    return this.open.map((header) => header.row).filter((header) => this.hidden[header] === 0)
  }
}

interface Room {
  size: (row: number) => number
  most: number
}

/** Measures that paper needs; all in millimetres. */
export interface PageSizes {
  heightOf: (row: number) => number
  scale: number
}

/** What a page holds: rows by number, or millimetres by height. */
function roomOf({ bands, paging, sizes }: Cutting): Room {
  if (paging.mode === 'breaks') return { size: () => 0, most: 0 }
  if (paging.mode === 'fixedRows') return { size: () => 1, most: paging.rows }
  const { height, margins } = pageBox(paging)
  const { heightOf, scale } = sizes
  const repeated = [...bands.visible.headerRepeat, ...bands.visible.footerRepeat]
  const taken = repeated.reduce((sum, row) => sum + heightOf(row), 0)
  return { size: heightOf, most: (height - margins.top - margins.bottom) / scale - taken }
}
