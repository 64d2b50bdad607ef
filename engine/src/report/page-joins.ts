import type { CompiledCell } from './compiled.ts'
import { ROOT } from './compiled.ts'
import type { ReportRun } from './run.ts'

/** A row of the continuous grid that is printed again on each page that its block reaches. */
export interface RepeatedRow {
  row: number
  /** End of the block, exclusive. */
  until: number
}

/** What the cells ask of paging beside breaks: boundaries not to be cut, and headers of groups. */
export interface PageJoins {
  /** 1 where the boundary above a row should not be cut. */
  joined: Uint8Array
  /** In order of rows. */
  repeated: RepeatedRow[]
}

/** Reads `keepTogether`, `keepWith` and `repeatOnPage` of all cells, or of those asked for (specification 1.10). */
export function pageJoins(run: ReportRun, takes: (cell: CompiledCell) => boolean = () => true): PageJoins {
  const joined = new Uint8Array(run.placements.rows + 1)
  const repeated = new Map<number, RepeatedRow>()
  const span = new Int32Array(2)
  for (const cell of run.template.cells.filter(takes)) {
    const { keepTogether, keepWith, repeatOnPage } = cell.source
    if (keepTogether !== true && keepWith === undefined && repeatOnPage !== true) continue
    const { count } = run.instancesOf(cell.index)
    for (let i = 0; i < count; i += 1) {
      run.placements.vertical.interval(cell, i, span)
      const [y0, y1] = [span[0] as number, span[1] as number]
      if (keepWith === 'next') joined.fill(1, y0 + 1, y1 + 1)
      if (keepWith === 'prev') joined.fill(1, y0, y1)
      blockOf(run, cell, { instance: i, out: span })
      if (keepTogether === true) joined.fill(1, (span[0] as number) + 1, span[1] as number)
      if (repeatOnPage !== true || isAtRoot(cell)) continue
      for (let row = y0; row < y1; row += 1) repeated.set(row, { row, until: span[1] as number })
    }
  }
  for (const header of rootHeaders(run, takes)) repeated.set(header.row, header)
  return { joined, repeated: [...repeated.values()].sort((a, b) => a.row - b.row) }
}

export const isAtRoot = (cell: CompiledCell): boolean => cell.left === ROOT && cell.expand !== 'down'

/**
 * Headers outside all groups, one below the other: they belong to the table that follows, which ends at the next such
 * header, or where a cell says `repeatOnPage: false`.
 */
function rootHeaders(run: ReportRun, takes: (cell: CompiledCell) => boolean): RepeatedRow[] {
  const asks = new Map<number, boolean>()
  const span = new Int32Array(2)
  for (const cell of run.template.cells) {
    const { repeatOnPage } = cell.source
    if (repeatOnPage === undefined || !isAtRoot(cell) || !takes(cell) || run.instancesOf(cell.index).count === 0)
      continue
    run.placements.vertical.interval(cell, 0, span)
    for (let row = span[0] as number; row < (span[1] as number); row += 1) asks.set(row, repeatOnPage)
  }
  const marked = [...asks].sort(([a], [b]) => a - b)
  return marked.flatMap(([row, isHeader], i) => {
    if (!isHeader) return []
    let next = i + 1
    while (marked[next]?.[1] === true && marked[next]?.[0] === (marked[next - 1]?.[0] as number) + 1) next += 1
    return [{ row, until: marked[next]?.[0] ?? run.placements.rows }]
  })
}

/** All rows of the cell's own block if it expands down, else of its parent's on the left. */
function blockOf(run: ReportRun, cell: CompiledCell, { instance, out }: { instance: number; out: Int32Array }): void {
  const owner = cell.expand === 'down' ? cell.index : cell.left
  const at = owner === ROOT ? 0 : run.instancesOf(cell.index).above(owner, instance)
  run.placements.vertical.block(owner, at, out)
}
