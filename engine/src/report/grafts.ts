import type { CompiledCell } from './compiled.ts'
import type { Placements } from './placements.ts'
import type { ReportResult } from './report-result.ts'
import type { ReportRun } from './run.ts'

/** A row of a host that is a row of an inline sub-report. */
export interface GraftedRow {
  row: number
  result: ReportResult
  /** Line of the sub-report's own grid. */
  line: number
}

/** Where an inline sub-report begins on the grid of its host. */
export interface GraftPlace {
  result: ReportResult
  y0: number
  x0: number
}

/** Cell number of a piece that belongs to a sub-report; the host has no such cell. */
export const GRAFTED = -1

/** Which pieces and rows of a host belong to inline sub-reports. */
export class Grafts {
  readonly rows: GraftedRow[] = []
  readonly places: GraftPlace[] = []
  /** Its pieces stand after all pieces of the host. */
  private readonly first: number
  private readonly results: ReportResult[] = []
  private readonly ownPieces: number[] = []

  constructor(first: number) {
    this.first = first
  }

  add(result: ReportResult, piece: number): void {
    this.results.push(result)
    this.ownPieces.push(piece)
  }

  /** The sub-report and its own piece behind a piece of the host; undefined for the host's own. */
  of(piece: number): { result: ReportResult; piece: number } | undefined {
    const at = piece - this.first
    if (at < 0) return undefined
    return { result: this.results[at] as ReportResult, piece: this.ownPieces[at] as number }
  }

  get pieces(): { first: number; count: number } {
    return { first: this.first, count: this.results.length }
  }
}

/** Puts the cells of all inline sub-reports in the place of the rows that were kept free for them. */
export function graftAll(run: ReportRun, placements: Placements): Grafts {
  const grafts = new Grafts(placements.pieces.count)
  for (const cell of run.template.cells) if (cell.sub?.isInline === true) graftCell(run, cell, { placements, grafts })
  return grafts
}

function graftCell(
  run: ReportRun,
  cell: CompiledCell,
  { placements, grafts }: { placements: Placements; grafts: Grafts },
): void {
  const { contexts, first, real } = run.instancesOf(cell.index)
  const [vertical, horizontal] = [new Int32Array(2), new Int32Array(2)]
  for (let context = 0; context < contexts.count; context += 1) {
    const instance = first[context] as number
    const result = run.subCells.behind(cell, instance)
    if (result === undefined || real[context] === 0) continue
    placements.vertical.interval(cell, instance, vertical)
    placements.horizontal.interval(cell, instance, horizontal)
    const [y0, x0] = [vertical[0] as number, horizontal[0] as number]
    const width = (horizontal[1] as number) - x0
    placements.clear({ y0, x0, y1: y0 + result.visibleRows.length, x1: x0 + width })
    grafts.places.push({ result, y0, x0 })
    result.visibleRows.forEach((line, i) => grafts.rows.push({ row: y0 + i, result, line }))
    for (const { piece, box } of result.visiblePieces()) {
      placements.graft({ y0: y0 + box.y0, x0: x0 + box.x0, y1: y0 + box.y1, x1: x0 + box.x1 })
      grafts.add(result, piece)
    }
  }
}
