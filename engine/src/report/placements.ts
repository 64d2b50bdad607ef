import { addressOf, type Box } from './address.ts'
import { AxisLayout } from './axis-layout.ts'
import { HORIZONTAL, planAxis, VERTICAL } from './axis-plan.ts'
import type { CompiledCell } from './compiled.ts'
import { ReportLimitError, TemplateRefusedError } from './findings.ts'
import { GRAFTED, graftAll, type Grafts } from './grafts.ts'
import { Pieces } from './pieces.ts'
import type { ReportRun } from './run.ts'

/** Boxes of all instances on the continuous grid. */
export class Placements {
  readonly rows: number
  readonly columns: number
  readonly vertical: AxisLayout
  readonly horizontal: AxisLayout
  /** Piece at each position, plus one; 0 is nothing. */
  readonly at: Int32Array
  readonly pieces: Pieces
  readonly grafts: Grafts
  private readonly run: ReportRun

  constructor(run: ReportRun) {
    this.run = run
    this.vertical = new AxisLayout(run, planAxis(run.template, VERTICAL))
    this.horizontal = new AxisLayout(run, planAxis(run.template, HORIZONTAL))
    this.rows = this.vertical.size
    this.columns = this.horizontal.size
    const size = this.rows * this.columns
    if (size > run.limits.outputCells) throw new ReportLimitError('outputCells', run.limits.outputCells)
    this.at = new Int32Array(size)
    this.pieces = new Pieces(run.template.cells.reduce((sum, { index }) => sum + run.instancesOf(index).count, 0))
    for (const cell of run.template.cells) this.placeCell(cell)
    this.grafts = graftAll(run, this)
  }

  /** Frees positions for what takes their place; the pieces that held them are kept for their conditions. */
  clear({ y0, x0, y1, x1 }: Box): void {
    for (let y = y0; y < y1; y += 1) this.at.fill(0, y * this.columns + x0, y * this.columns + x1)
  }

  /** One more piece that belongs to a sub-report. */
  graft(box: Box): void {
    const mark = this.pieces.add(GRAFTED, 0, box) + 1
    for (let y = box.y0; y < box.y1; y += 1) this.at.fill(mark, y * this.columns + box.x0, y * this.columns + box.x1)
  }

  private placeCell(cell: CompiledCell): void {
    const { count } = this.run.instancesOf(cell.index)
    const vertical = new Int32Array(2)
    const horizontal = new Int32Array(2)
    for (let i = 0; i < count; i += 1) {
      this.vertical.interval(cell, i, vertical)
      this.horizontal.interval(cell, i, horizontal)
      const [y0, y1] = [vertical[0] as number, vertical[1] as number]
      const [x0, x1] = [horizontal[0] as number, horizontal[1] as number]
      if (y1 > y0 && x1 > x0) this.placeInstance(cell, i, { y0, x0, y1, x1 })
    }
  }

  /** One box, or a part of it, or many, as `stretch` and `merge` of the cell say. */
  private placeInstance(
    cell: CompiledCell,
    instance: number,
    box: { y0: number; x0: number; y1: number; x1: number },
  ): void {
    const { stretch, merge, expand } = cell.source
    const { y0, x0 } = box
    const first = merge === 'first'
    const y1 = stretch?.v === false || (first && expand !== 'right') ? y0 + 1 : box.y1
    const x1 = stretch?.h === false || (first && expand !== 'down') ? x0 + 1 : box.x1
    if (merge !== 'repeat') return this.add(cell, instance, { y0, x0, y1, x1 })
    const height = expand === 'right' ? y1 - y0 : 1
    const width = expand === 'down' ? x1 - x0 : 1
    for (let y = y0; y < y1; y += height) {
      for (let x = x0; x < x1; x += width) this.add(cell, instance, { y0: y, x0: x, y1: y + height, x1: x + width })
    }
  }

  private add(cell: CompiledCell, instance: number, box: { y0: number; x0: number; y1: number; x1: number }): void {
    const mark = this.pieces.add(cell.index, instance, box) + 1
    for (let y = box.y0; y < box.y1; y += 1) {
      for (let x = box.x0; x < box.x1; x += 1) {
        const slot = y * this.columns + x
        const taken = this.at[slot] as number
        if (taken !== 0) this.refuse(this.pieces.cell[taken - 1] as number, cell, addressOf(y, x))
        this.at[slot] = mark
      }
    }
  }

  private refuse(other: number, cell: CompiledCell, place: string): never {
    const cells = [(this.run.template.cells[other] as CompiledCell).address, cell.address]
    throw new TemplateRefusedError([{ level: 'refuse', cells, key: 'overlap', details: { place } }])
  }
}
