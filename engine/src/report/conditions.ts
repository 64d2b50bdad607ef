import { truth } from '../formula/operators.ts'
import { askingInstance } from './asking.ts'
import { cellExpression } from './cell-host.ts'
import type { CompiledCell } from './compiled.ts'
import type { Settings } from './display.ts'
import type { Pieces } from './pieces.ts'
import type { ReportRun } from './run.ts'

/** Properties that belong to lines or to paging, not to the look of a cell. */
const LINE_PROPERTIES = new Set(['hideRow', 'hideCol', 'rowHeight', 'colWidth', 'pageBreakBefore', 'pageBreakAfter'])

/** A condition that held, with the lines its cell covers. */
interface Held {
  /** Reading order of the cell in the template, then place in its list. */
  rank: number
  scope: 'cell' | 'row' | 'column'
  set: Settings
  y0: number
  y1: number
  x0: number
  x1: number
}

/** What all conditions of a run say, evaluated after the values and before paging. */
export class ConditionResults {
  readonly hiddenRows: Uint8Array
  readonly hiddenColumns: Uint8Array
  /** Breaks before a row of the continuous grid: the boundary above that row. */
  readonly breaks = new Set<number>()
  readonly rowHeights = new Map<number, number>()
  readonly columnWidths = new Map<number, number>()
  private readonly own = new Map<number, Held[]>()
  private readonly byRow = new Map<number, Held[]>()
  private readonly byColumn = new Map<number, Held[]>()
  private readonly pieces: Pieces

  constructor(run: ReportRun) {
    this.pieces = run.placements.pieces
    this.hiddenRows = new Uint8Array(run.placements.rows)
    this.hiddenColumns = new Uint8Array(run.placements.columns)
    for (const { row, result, line } of run.placements.grafts.rows)
      if (result.conditions.breaks.has(line)) this.breaks.add(row)
    const conditional = run.template.cells.filter((cell) => cell.conditions.length > 0)
    if (conditional.length === 0) return
    const judge = conditionJudge(run, conditional)
    const lines: Held[] = []
    for (let piece = 0; piece < this.pieces.count; piece += 1) {
      for (const held of judge(piece)) {
        this.keep(piece, held)
        lines.push(held)
      }
    }
    lines.sort((a, b) => a.rank - b.rank)
    const cuts = breaksOf(run)
    for (const held of lines) this.applyToLines(held, cuts(held))
  }

  /** Merged settings of a piece: column, then row, then cell; undefined if nothing applies. */
  settingsOf(piece: number): Settings | undefined {
    if (this.own.size === 0 && this.byRow.size === 0 && this.byColumn.size === 0) return undefined
    const own = this.own.get(piece)
    const { y0, x0, y1, x1 } = this.pieces
    const inRows = this.byRow.get(y0[piece] as number)?.filter((held) => (y1[piece] as number) <= held.y1)
    const inColumns = this.byColumn.get(x0[piece] as number)?.filter((held) => (x1[piece] as number) <= held.x1)
    if (own === undefined && inRows === undefined && inColumns === undefined) return undefined
    const merged: Record<string, unknown> = {}
    for (const list of [inColumns, inRows, own]) {
      for (const held of (list ?? []).toSorted((a, b) => a.rank - b.rank)) Object.assign(merged, held.set)
    }
    for (const property of LINE_PROPERTIES) delete merged[property]
    return merged
  }

  private keep(piece: number, held: Held): void {
    if (held.scope === 'cell') add(this.own, piece, held)
    else if (held.scope === 'row') for (let y = held.y0; y < held.y1; y += 1) add(this.byRow, y, held)
    else for (let x = held.x0; x < held.x1; x += 1) add(this.byColumn, x, held)
  }

  private applyToLines({ set, y0, y1, x0, x1 }: Held, cuts: boolean): void {
    if ('hideRow' in set) this.hiddenRows.fill(set['hideRow'] === true ? 1 : 0, y0, y1)
    if ('hideCol' in set) this.hiddenColumns.fill(set['hideCol'] === true ? 1 : 0, x0, x1)
    if (typeof set['rowHeight'] === 'number') for (let y = y0; y < y1; y += 1) this.rowHeights.set(y, set['rowHeight'])
    if (typeof set['colWidth'] === 'number') for (let x = x0; x < x1; x += 1) this.columnWidths.set(x, set['colWidth'])
    if (!cuts) return
    setBreak(this.breaks, y0, set['pageBreakBefore'])
    setBreak(this.breaks, y1, set['pageBreakAfter'])
  }
}

/**
 * Which conditions may cut pages: in a portion of a report those of its own rows, since head and tail stand in each
 * portion, but in the report once.
 */
function breaksOf({ portion, template, placements }: ReportRun): (held: Held) => boolean {
  if (portion === undefined) return () => true
  const { listFrom, listTo, isLast } = portion
  const isFirst = portion.instancesBefore === 0
  const tail = placements.rows - (template.rows - listTo)
  return ({ y0 }) => (isFirst || y0 >= listFrom) && (isLast || y0 < tail)
}

function setBreak(breaks: Set<number>, boundary: number, wanted: unknown): void {
  if (wanted === true) breaks.add(boundary)
  if (wanted === false) breaks.delete(boundary)
}

function add(map: Map<number, Held[]>, key: number, held: Held): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [held])
  else list.push(held)
}

/** Which conditions of a piece hold. Blank instances are never asked. */
function conditionJudge(run: ReportRun, cells: readonly CompiledCell[]): (piece: number) => Held[] {
  const { pieces } = run.placements
  const tests = new Map(
    cells.map((cell) => {
      const asking = askingInstance(run, cell)
      return [cell.index, cell.conditions.map(({ test }) => cellExpression({ run, asking }, test))]
    }),
  )
  const judged = new Map<number, Map<number, boolean[]>>(cells.map((cell) => [cell.index, new Map()]))
  return (piece) => {
    const index = pieces.cell[piece] as number
    const instance = pieces.instance[piece] as number
    const own = tests.get(index)
    if (own === undefined || run.instancesOf(index).isBlank(instance)) return []
    const known = judged.get(index) as Map<number, boolean[]>
    let verdicts = known.get(instance)
    if (verdicts === undefined) {
      run.spend(own.length)
      verdicts = own.map((test) => truth(test({ instance })) === true)
      known.set(instance, verdicts)
    }
    const cell = run.template.cells[index] as CompiledCell
    const box = {
      y0: pieces.y0[piece] as number,
      y1: pieces.y1[piece] as number,
      x0: pieces.x0[piece] as number,
      x1: pieces.x1[piece] as number,
    }
    return cell.conditions.flatMap(({ scope, set }, i) =>
      verdicts[i] === true ? [{ rank: (cell.row * 16_384 + cell.column) * 100 + i, scope, set, ...box }] : [],
    )
  }
}
