import type { Paging } from '@gemba/contracts/template'
import { ROOT, type CompiledCell } from './compiled.ts'
import { BodyCutter, type BodyPage } from './page-cutter.ts'
import { pageJoins, type RepeatedRow } from './page-joins.ts'
import { bandsOf, roomOf, type Bands } from './pages.ts'
import type { ShownCell } from './report-result.ts'
import type { ReportPortion, StreamedReport } from './stream-report.ts'
import type { StreamPlan } from './tier.ts'

type PagedBy = Exclude<Paging, { mode: 'continuous' }>

/** Rows of a page that follow each other on it and belong to one portion: lines of its continuous grid. */
export interface PagePart {
  of: Printed
  lines: Int32Array
}

/** What rows are printed from. */
type Printed = Pick<ReportPortion, 'result' | 'plain'>

/** Rows of one page, in the order in which they are printed. */
export interface DealtPage {
  /** From 1 on, downwards. */
  number: number
  parts: readonly PagePart[]
}

/** A page reaches over more rows than are held at a time: the report has to be made in memory. */
export class PageTooLongError extends Error {
  constructor() {
    super(`a page reaches over more than ${MOST_HELD_ROWS} rows`)
  }
}

/** Rows of earlier portions that are held until the page which they stand on is full. */
const MOST_HELD_ROWS = 20_000

/** A portion whose rows are still asked for. */
interface Held extends Pick<ReportPortion, 'from' | 'to' | 'before'> {
  of: Printed
  /** By line of its grid: 1 where the boundary above should not be cut. */
  joined: Uint8Array
}

/** The portion that head or tail of the report are printed from. */
interface Edge {
  of: Printed
  bands: Bands
  /** First line below the list. */
  tail: number
}

type Line = readonly [of: Printed, line: number]

const NO_BREAKS: ReadonlySet<number> = new Set()

/**
 * Cuts a streamed report into the pages that it has in memory, while its portions go by. Held are the portions of the
 * page that is being filled, and the first one, whose head is printed again.
 */
export class StreamedPages {
  private readonly plan: StreamPlan
  private readonly paging: PagedBy
  private readonly tailRows: number
  private readonly inList: (cell: CompiledCell) => boolean
  /** Cells that ask for the whole report on one page: then no boundary is better than another. */
  private readonly keepsAll: boolean
  /** Whether cells of the list ask anything of pages beside breaks. */
  private readonly rowsAsk: boolean
  private readonly endless: RepeatedRow[] = []
  private first: Edge | undefined
  private last: Edge | undefined
  private cutter: BodyCutter | undefined
  /** Its rows above the list are asked for to the end. */
  private head: Held | undefined
  private held: Held[] = []
  private dealt = 0
  private wanted = false
  private joinedNext = false

  constructor({ plan, template }: StreamedReport, paging: PagedBy) {
    this.plan = plan
    this.paging = paging
    this.tailRows = template.rows - plan.to
    this.inList = (cell) => cell.index === plan.expander || cell.ancestors.has(plan.expander)
    this.rowsAsk = template.cells.some(
      (cell) =>
        this.inList(cell) &&
        (cell.source.keepTogether ?? cell.source.keepWith ?? cell.source.repeatOnPage) !== undefined,
    )
    this.keepsAll = template.cells.some(
      ({ source, left, expand }) => source.keepTogether === true && left === ROOT && expand !== 'down',
    )
  }

  /** Takes the next portion in; gives the pages that no later row can change. Throws PageTooLongError. */
  take(portion: ReportPortion): DealtPage[] {
    const cutter = (this.cutter ??= this.begin(portion))
    if (portion.isLast) this.last = this.edge(portion)
    this.hold(portion, cutter)
    this.addRows(portion, cutter)
    if (portion.isLast) return this.finish(cutter)
    const pages = cutter.drain().map((page) => this.dealtPage(page, false))
    this.forget(cutter)
    return pages
  }

  private edge(of: ReportPortion): Edge {
    const { run, conditions } = of.result
    return { of, bands: bandsOf(run, conditions), tail: run.placements.rows - this.tailRows }
  }

  private begin(portion: ReportPortion): BodyCutter {
    const { paging } = this
    const first = (this.first = this.edge(portion))
    const { bands } = first
    const { result } = portion
    const sizes = { heightOf: (line: number) => result.sizes.rows[line] as number, scale: result.scale(paging) }
    const { size, most } = roomOf({ bands, paging, sizes })
    const cutter = new BodyCutter(most, {
      size: paging.mode === 'paper' ? (row) => heightOf(this.at(row)) : size,
      hidden: (row) => {
        const [of, line] = this.at(row)
        return of.plain === undefined && of.result.conditions.hiddenRows[line] === 1
      },
      joined: (row) => this.joined(row),
    })
    if (paging.mode === 'paper') cutter.take(bands.visible.title.reduce((sum, line) => sum + sizes.heightOf(line), 0))
    return cutter
  }

  /** Where a row of the report stands, as long as it is held. */
  private at(row: number): Line {
    const { of, before, from } = this.holder(row)
    return [of, row - before + from]
  }

  private joined(row: number): boolean {
    const { joined, before, from } = this.holder(row)
    return joined[row - before + from] === 1
  }

  private holder(row: number): Held {
    if (row < this.plan.from) return this.head as Held
    return this.held.findLast(({ before }) => before <= row) as Held
  }

  private hold(portion: ReportPortion, cutter: BodyCutter): void {
    const { plain, from, to, before } = portion
    const isAlone = plain !== undefined && !this.rowsAsk
    const joined = new Uint8Array((isAlone ? to : portion.result.run.placements.rows) + 1)
    if (this.paging.mode === 'paper' && isAlone) this.joinPlain(portion, joined)
    else if (this.paging.mode === 'paper') this.readJoins(portion, { joined, cutter })
    const held = { of: portion, from, to, before, joined }
    this.head ??= held
    this.held.push(held)
  }

  /** Rows that ask nothing of pages, but for the rows before them or the whole report. */
  private joinPlain({ from, to }: ReportPortion, joined: Uint8Array): void {
    if (this.keepsAll) joined.fill(1, from, to + 1)
    if (this.joinedNext) joined[from] = 1
    this.joinedNext = false
  }

  /** Head and tail stand in the grid of each portion; what they ask for counts where they are printed. */
  private readJoins(
    { result, from, to, before, isLast }: ReportPortion,
    { joined, cutter }: { joined: Uint8Array; cutter: BodyCutter },
  ): void {
    const { run } = result
    const tail = run.placements.rows - this.tailRows
    const isFirst = before === 0
    const list = pageJoins(run, this.inList)
    const edges = pageJoins(run, (cell) => !this.inList(cell))
    for (let line = from; line <= to; line += 1) {
      const isEdge = (isFirst && line <= this.plan.from) || (isLast && line >= tail)
      const asked = list.joined[line] === 1 || (isEdge && edges.joined[line] === 1)
      joined[line] = this.keepsAll || asked || (line === from && this.joinedNext) ? 1 : 0
    }
    this.joinedNext = list.joined[tail] === 1
    const inReport = ({ row, until }: RepeatedRow): RepeatedRow => ({
      row: row - from + before,
      until: until - from + before,
    })
    const ofHead = edges.repeated.filter(({ row }) => row < this.plan.from)
    if (isFirst) cutter.announce(ofHead.map((header) => this.untilKnown(header, isLast)))
    else if (isLast)
      for (const header of this.endless) header.until = endOf(header, ofHead.map(inReport), before - from)
    cutter.announce(list.repeated.map(inReport))
    if (isLast) cutter.announce(edges.repeated.filter(({ row }) => row >= tail).map(inReport))
  }

  /** A header of the head that reaches below the list does so until the last portion says where it ends. */
  private untilKnown({ row, until }: RepeatedRow, isLast: boolean): RepeatedRow {
    if (isLast || until <= this.plan.from) return { row, until }
    const header = { row, until: Infinity }
    this.endless.push(header)
    return header
  }

  private addRows(portion: ReportPortion, cutter: BodyCutter): void {
    const { from, to, before, isLast } = portion
    const breaks = portion.plain === undefined ? portion.result.conditions.breaks : NO_BREAKS
    const edge = isLast ? this.last : before === 0 ? this.first : undefined
    for (let line = from; line < to; line += 1) {
      this.wanted ||= breaks.has(line)
      if (edge !== undefined && edge.bands.of[line] !== 'body') continue
      cutter.add(line - from + before, this.wanted)
      this.wanted = false
    }
    if (!isLast) this.wanted ||= breaks.has(to)
  }

  private finish(cutter: BodyCutter): DealtPage[] {
    const summary = this.summary()
    if (this.paging.mode === 'paper' && summary.length > 0)
      cutter.leaveRoom(summary.reduce((sum, line) => sum + heightOf(line), 0))
    const pages = cutter.finished()
    return pages.map((page, i) => this.dealtPage(page, i === pages.length - 1))
  }

  /** Lets go of the portions whose rows all stand on finished pages. */
  private forget(cutter: BodyCutter): void {
    const earliest = cutter.earliest(this.plan.from)
    const isLatest = (i: number): boolean => i === this.held.length - 1
    this.held = this.held.filter(({ before, from, to }, i) => isLatest(i) || before + to - from > earliest)
    const rows = this.held.slice(0, -1).reduce((sum, { from, to }) => sum + to - from, 0)
    if (rows > MOST_HELD_ROWS) throw new PageTooLongError()
  }

  private dealtPage({ rows, again }: BodyPage, isLast: boolean): DealtPage {
    const { of, bands } = this.first as Edge
    const ofHead = (line: number): Line => [of, line]
    this.dealt += 1
    const lines = [
      ...(this.dealt === 1 ? bands.visible.title.map(ofHead) : []),
      ...bands.visible.headerRepeat.map(ofHead),
      ...again.map((row) => this.at(row)),
      ...rows.map((row) => this.at(row)),
      ...bands.visible.footerRepeat.map((line) => this.footer(line, isLast)),
      ...(isLast ? this.summary() : []),
    ]
    return { number: this.dealt, parts: partsOf(lines) }
  }

  /** A repeated footer below the list shows the same in all portions; on the last page it stands among its neighbours. */
  private footer(line: number, isLast: boolean): Line {
    const first = this.first as Edge
    if (!isLast || line < first.tail) return [first.of, line]
    const last = this.last as Edge
    return [last.of, line - first.tail + last.tail]
  }

  private summary(): Line[] {
    const [first, last] = [this.first as Edge, this.last as Edge]
    const above = first.bands.visible.summary.filter((line) => line < this.plan.from)
    const below = last.bands.visible.summary.filter((line) => line >= last.tail)
    return [...above.map((line): Line => [first.of, line]), ...below.map((line): Line => [last.of, line])]
  }
}

/** Rows of a plain list are all as high as its first. */
const heightOf = ([of, line]: Line): number =>
  (of.plain === undefined
    ? of.result.sizes.rows[line]
    : of.plain.program.first.sizes.rows[of.plain.program.line]) as number

/** Where a header of the head ends, in rows of the report. */
function endOf({ row }: RepeatedRow, known: readonly RepeatedRow[], shift: number): number {
  return known.find((header) => header.row === row + shift)?.until ?? Infinity
}

function partsOf(lines: readonly Line[]): PagePart[] {
  const parts: { of: Printed; lines: number[] }[] = []
  for (const [of, line] of lines) {
    const part = parts.at(-1)
    if (part?.of === of) part.lines.push(line)
    else parts.push({ of, lines: [line] })
  }
  return parts.map(({ of, lines: own }) => ({ of, lines: Int32Array.from(own) }))
}

/** Cells of a page with the columns given, row by row; their boxes count from its first row. */
export const shownOn = (page: DealtPage, columns: Int32Array): Generator<ShownCell[]> =>
  rowsOn(page, ({ of, lines }) => of.plain?.shownRows(lines, columns) ?? of.result.rowsOf(lines, columns))

/** The same, each cell with the run that it is an instance of: for questions about it. */
export const computedOn = (page: DealtPage, columns: Int32Array): Generator<ShownCell[]> =>
  rowsOn(page, ({ of, lines }) => of.result.rowsOf(lines, columns))

function* rowsOn({ parts }: DealtPage, rowsOf: (part: PagePart) => Generator<ShownCell[]>): Generator<ShownCell[]> {
  let above = 0
  for (const part of parts) {
    const down = above
    for (const row of rowsOf(part))
      yield row.map((shown) => {
        const { x0, y0, x1, y1 } = shown.box
        return { ...shown, box: { x0, y0: y0 + down, x1, y1: y1 + down } }
      })
    above += part.lines.length
  }
}

/** Millimetres of the rows of a page. */
export const heightsOn = ({ parts }: DealtPage): Float64Array =>
  Float64Array.from(parts.flatMap(({ of, lines }) => Array.from(lines, (line) => heightOf([of, line]))))
