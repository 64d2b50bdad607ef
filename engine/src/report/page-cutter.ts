import type { RepeatedRow } from './page-joins.ts'

/** Rows of the body as the cutter asks for them, by their number in the whole report. */
export interface CutRows {
  /** What a row takes of the room. */
  size: (row: number) => number
  hidden: (row: number) => boolean
  /** Whether the boundary above a row should not be cut. */
  joined: (row: number) => boolean
}

/** Rows of the body on one page, and headers of groups that are cut, printed again above them. */
export interface BodyPage {
  rows: readonly number[]
  again: readonly number[]
}

interface OpenPage extends BodyPage {
  rows: number[]
}

/** Rounding of millimetres. */
const SLACK = 1e-6

/** Deals body rows out to pages: requested breaks, then the room on a page. A break never makes an empty page. */
export class BodyCutter {
  private readonly most: number
  private readonly rows: CutRows
  /** Told the page of each row, hidden ones included, whenever it changes. */
  private readonly put: (row: number, page: number) => void
  private readonly pages: OpenPage[] = [{ rows: [], again: [] }]
  private drained = 0
  private used = 0
  /** Group headers whose block goes on at the current row; those that come next start at `upcoming`. */
  private open: RepeatedRow[] = []
  private headers: RepeatedRow[] = []
  private upcoming = 0

  constructor(most: number, rows: CutRows, put: (row: number, page: number) => void = () => undefined) {
    this.most = most
    this.rows = rows
    this.put = put
  }

  /** Rows that are printed again, in order of rows; called before any of them is added. */
  announce(headers: readonly RepeatedRow[]): void {
    this.headers = [...this.headers.slice(this.upcoming), ...headers]
    this.upcoming = 0
  }

  /** Takes room on the first page for what stands there beside the body. */
  take(size: number): void {
    this.used = size
  }

  add(row: number, wanted: boolean): void {
    const hidden = this.rows.hidden(row)
    const size = this.rows.size(row)
    const isEmpty = this.last.rows.length === 0
    // A hidden row behind a requested break already belongs to the page that follows.
    if (!isEmpty && wanted) this.openPage(row)
    else if (!isEmpty && !hidden && this.used + size > this.most + SLACK) this.openPage(this.cutBefore(row))
    this.put(row, this.count - 1)
    if (hidden) return
    this.last.rows.push(row)
    this.used += size
  }

  /** What stands behind the body needs room on the last page: the last body row goes with it to a new one if need be. */
  leaveRoom(size: number): void {
    const { rows } = this.last
    if (rows.length >= 2 && this.used + size > this.most + SLACK) this.openPage(this.cutBefore(rows.at(-1) as number))
  }

  /** Pages so far, those that were drained among them. */
  get count(): number {
    return this.drained + this.pages.length
  }

  /** Rows on the page that is being filled. */
  get filled(): number {
    return this.last.rows.length
  }

  /** Pages that no later row can change; they are forgotten here. */
  drain(): BodyPage[] {
    const kept = this.last.rows.length === 0 ? 2 : 1
    const done = this.pages.splice(0, Math.max(0, this.pages.length - kept))
    this.drained += done.length
    return done
  }

  /** All pages that were not drained. Hidden rows after the last break hold no page of their own. */
  finished(): BodyPage[] {
    if (this.count > 1 && this.last.rows.length === 0) this.pages.pop()
    return this.pages
  }

  /** First row from `from` on that pages or headers still name; Infinity if none does. */
  earliest(from: number): number {
    const named = [
      ...this.pages.flatMap(({ rows, again }) => [...again, ...rows]),
      ...this.open.map(({ row }) => row),
      ...this.headers.slice(this.upcoming).map(({ row }) => row),
    ]
    return named.reduce((least, row) => (row >= from && row < least ? row : least), Infinity)
  }

  private get last(): OpenPage {
    return this.pages.at(-1) as OpenPage
  }

  /** The nearest boundary above that may be cut; the row itself if that would leave the page empty. */
  private cutBefore(row: number): number {
    const first = this.last.rows[0] as number
    for (let at = row; at > first; at -= 1) if (!this.rows.joined(at)) return at
    return row
  }

  /** Rows from `start` on go to a new page. */
  private openPage(start: number): void {
    const { rows } = this.last
    const moved = rows.filter((row) => row >= start)
    rows.length -= moved.length
    const again = this.headersAt(start)
    this.pages.push({ rows: moved, again })
    for (const row of moved) this.put(row, this.count - 1)
    this.used = [...again, ...moved].reduce((sum, row) => sum + this.rows.size(row), 0)
  }

  /** Headers above a row whose block still holds it. Called with growing rows. */
  private headersAt(row: number): number[] {
    for (; (this.headers[this.upcoming]?.row ?? row) < row; this.upcoming += 1)
      this.open.push(this.headers[this.upcoming] as RepeatedRow)
    this.open = this.open.filter(({ until }) => until > row)
    return this.open.map((header) => header.row).filter((header) => !this.rows.hidden(header))
  }
}
