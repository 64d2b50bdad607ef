import type { Paging, RowBand } from '@gemba/contracts/template'
import { ROOT } from './compiled.ts'
import type { ConditionResults } from './conditions.ts'
import { BodyCutter, type BodyPage } from './page-cutter.ts'
import { pageJoins } from './page-joins.ts'
import { pageBox } from './paper.ts'
import type { ReportRun } from './run.ts'

/** Rows of one page in the order in which they are printed, as rows of the continuous grid. */
export interface PageRows {
  number: number
  rows: Int32Array
  /** Whether a row counts for this page: its own rows, hidden ones among them, and the bands it repeats. */
  holds: (row: number) => boolean
}

export type Band = Exclude<RowBand, 'leftRepeat'>

/** Rows of each band, visible ones only for printing, all for counting. */
export interface Bands {
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
  const last = pages.parts.length - 1
  return pages.parts.map(({ rows: body, again }, i) => {
    const printed = [
      ...(i === 0 ? bands.visible.title : []),
      ...bands.visible.headerRepeat,
      ...again,
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
export function bandsOf(run: ReportRun, conditions: ConditionResults): Bands {
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
  parts: BodyPage[]
  /** Page of each body row, hidden ones included. */
  pageOf: Int32Array
}

interface Cutting {
  conditions: ConditionResults
  bands: Bands
  paging: Exclude<Paging, { mode: 'continuous' }>
  sizes: PageSizes
}

/** Body rows by page. */
function bodyPages(run: ReportRun, cutting: Cutting): BodyPages {
  const { conditions, bands, paging } = cutting
  const { size, most } = roomOf(cutting)
  const isPaper = paging.mode === 'paper'
  const joins = isPaper ? pageJoins(run) : undefined
  const pageOf = new Int32Array(run.placements.rows)
  const asked = {
    size,
    hidden: (row: number) => conditions.hiddenRows[row] === 1,
    joined: (row: number) => joins?.joined[row] === 1,
  }
  const cutter = new BodyCutter(most, asked, (row, page) => (pageOf[row] = page))
  cutter.announce(joins?.repeated ?? [])
  const sizeOf = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + size(row), 0)
  if (isPaper) cutter.take(sizeOf(bands.visible.title))
  let wanted = false
  for (let row = 0; row < run.placements.rows; row += 1) {
    wanted ||= conditions.breaks.has(row)
    if (bands.of[row] !== 'body') continue
    cutter.add(row, wanted)
    wanted = false
  }
  if (isPaper && bands.visible.summary.length > 0) cutter.leaveRoom(sizeOf(bands.visible.summary))
  const parts = cutter.finished()
  for (let row = 0; row < pageOf.length; row += 1) pageOf[row] = Math.min(pageOf[row] as number, parts.length - 1)
  return { parts, pageOf }
}

export interface Room {
  size: (row: number) => number
  most: number
}

/** Measures that paper needs; all in millimetres. */
export interface PageSizes {
  heightOf: (row: number) => number
  scale: number
}

/** What a page holds: rows by number, or millimetres by height. */
export function roomOf({ bands, paging, sizes }: Pick<Cutting, 'bands' | 'paging' | 'sizes'>): Room {
  if (paging.mode === 'breaks') return { size: () => 0, most: 0 }
  if (paging.mode === 'fixedRows') return { size: () => 1, most: paging.rows }
  const { height, margins } = pageBox(paging)
  const { heightOf, scale } = sizes
  const repeated = [...bands.visible.headerRepeat, ...bands.visible.footerRepeat]
  const taken = repeated.reduce((sum, row) => sum + heightOf(row), 0)
  return { size: heightOf, most: (height - margins.top - margins.bottom) / scale - taken }
}
