import type { Paging, RowBand } from '@gemba/contracts/template'
import { ROOT } from './compiled.ts'
import type { ConditionResults } from './conditions.ts'
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
export function pageRows(run: ReportRun, conditions: ConditionResults, paging: Paging | undefined): PageRows[] {
  const bands = bandsOf(run, conditions)
  const rows = run.placements.rows
  if (paging === undefined || paging.mode === 'continuous') {
    const all = Array.from({ length: rows }, (_, row) => row).filter((row) => conditions.hiddenRows[row] === 0)
    return [{ number: 1, rows: Int32Array.from(all), holds: () => true }]
  }
  const pages = bodyPages(run, { conditions, bands, paging })
  const last = pages.count - 1
  const parts = Array.from({ length: pages.count }, (_, i) => pages.visible[i] ?? [])
  return parts.map((body, i) => {
    const printed = [
      ...(i === 0 ? bands.visible.title : []),
      ...bands.visible.headerRepeat,
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
}

interface Cutting {
  conditions: ConditionResults
  bands: Bands
  paging: Exclude<Paging, { mode: 'continuous' }>
}

/** Deals body rows out to pages: requested breaks, then the room on a page. A break never makes an empty page. */
function bodyPages(run: ReportRun, { conditions, bands, paging }: Cutting): BodyPages {
  const room = roomOf(run, { conditions, bands, paging })
  const pageOf = new Int32Array(run.placements.rows)
  const visible: number[][] = [[]]
  let used = 0
  let wanted = false
  for (let row = 0; row < run.placements.rows; row += 1) {
    wanted ||= conditions.breaks.has(row)
    if (bands.of[row] !== 'body') continue
    const hidden = conditions.hiddenRows[row] === 1
    const page = visible.at(-1) as number[]
    // A hidden row behind a requested break already belongs to the page that follows.
    const opens = page.length > 0 && (wanted || (!hidden && used + room.size(row) > room.most))
    if (opens) {
      visible.push([])
      used = 0
    }
    if (wanted) wanted = false
    pageOf[row] = visible.length - 1
    if (hidden) continue
    ;(visible.at(-1) as number[]).push(row)
    used += room.size(row)
  }
  // Hidden rows after the last break hold no page of their own.
  if (visible.length > 1 && (visible.at(-1) as number[]).length === 0) {
    visible.pop()
    for (let row = 0; row < pageOf.length; row += 1) pageOf[row] = Math.min(pageOf[row] as number, visible.length - 1)
  }
  return { count: visible.length, visible, pageOf }
}

interface Room {
  size: (row: number) => number
  most: number
}

const PAPER: Record<string, [number, number]> = {
  A3: [297, 420],
  A4: [210, 297],
  A5: [148, 210],
  Letter: [215.9, 279.4],
  Legal: [215.9, 355.6],
}

/** What a page holds: rows by number, or millimetres by height. */
function roomOf(run: ReportRun, { conditions, bands, paging }: Cutting): Room {
  if (paging.mode === 'breaks') return { size: () => 0, most: 0 }
  if (paging.mode === 'fixedRows') return { size: () => 1, most: paging.rows }
  const size = typeof paging.size === 'string' ? (PAPER[paging.size] as [number, number]) : paging.size
  const height = paging.orientation === 'landscape' ? Math.min(...size) : Math.max(...size)
  const margin = paging.margins ?? { top: 10, right: 10, bottom: 10, left: 10 }
  const heightOf = rowHeights(run, conditions)
  const repeated = [...bands.visible.headerRepeat, ...bands.visible.footerRepeat].reduce(
    (sum, row) => sum + heightOf(row),
    0,
  )
  return { size: heightOf, most: (height - margin.top - margin.bottom) / (paging.scale ?? 1) - repeated }
}

/** Height of a row on the continuous grid in millimetres: of a condition, of its template row, or the default. */
function rowHeights(run: ReportRun, conditions: ConditionResults): (row: number) => number {
  const heights = new Float64Array(run.placements.rows).fill(run.sheet?.defaultRowHeight ?? 6)
  const { cell, y0, y1 } = run.placements
  for (let piece = 0; piece < cell.length; piece += 1) {
    const template = run.template.cells[cell[piece] as number]
    const height = template?.rowSpan === 1 ? run.sheet?.rowHeights?.[String(template.row + 1)] : undefined
    if (height !== undefined && (y1[piece] as number) - (y0[piece] as number) === 1)
      heights[y0[piece] as number] = height
  }
  for (const [row, height] of conditions.rowHeights) heights[row] = height
  return (row) => heights[row] as number
}
