import { repeatedRows } from '@gemba/engine/report/pages'
import { lineNumbers, type ReportResult } from '@gemba/engine/report/report-result'
import type { PlainRows } from '@gemba/engine/report/row-program'
import type { ReportPortion } from '@gemba/engine/report/stream-report'
import { PAINT_LIMITS } from './paint-limits.ts'
import type { SheetDocument } from './sheet-document.ts'

/** Rows that follow each other on a sheet: lines of the continuous grid of a portion. */
export type SheetStretch = {
  lines: Int32Array
} & ({ result: ReportResult } | PlainStretch)

/** Rows of a plain list, for which nobody has to make a run: the line `program.line` is the first of them. */
interface PlainStretch {
  plain: PlainRows
}

/**
 * Deals the rows of a report out to sheets: one, unless there are more rows than a sheet holds; then the repeated rows
 * head each of them. Gathers the page breaks on the way.
 */
export class SheetDealer {
  readonly sheets: number
  private readonly document: SheetDocument
  /** Rows that one sheet holds. */
  private readonly most: number
  private readonly heads: readonly number[]
  private readonly portions: AsyncIterator<ReportPortion>
  private readonly breaks = new Set<number>()
  private open: SheetStretch | undefined
  private dealt = 0
  private counted = 0

  constructor(document: SheetDocument, most: number = PAINT_LIMITS.sheetRows) {
    this.document = document
    this.most = most
    const { first, rows = 0 } = document
    const isSplit = rows > this.most
    this.heads = isSplit ? repeatedRows(first.run, first.conditions) : []
    this.sheets = isSplit ? Math.ceil((rows - this.heads.length) / (this.most - this.heads.length)) : 1
    this.portions = document.portions()[Symbol.asyncIterator]()
  }

  /** All rows of the report; known at the latest when all are dealt out. */
  get rows(): number {
    return this.document.rows ?? this.counted
  }

  /** Rows of the sheet that comes next; undefined if they are not known before they are written. */
  get nextRows(): number | undefined {
    const { rows } = this.document
    if (rows === undefined) return undefined
    const each = this.most - this.heads.length
    const body = rows - this.heads.length - this.dealt * each
    return this.sheets === 1 ? rows : this.heads.length + Math.min(each, body)
  }

  /** Rows of the report on the sheets before one; the heads of later sheets are none of them. */
  rowsBefore(sheet: number): number {
    return sheet === 0 ? 0 : sheet * (this.most - this.heads.length)
  }

  /** On which sheet a row of the continuous grid is written, and where; both count from 0. */
  placeOf(line: number): { sheet: number; y: number } {
    const { heads, sheets } = this
    if (sheets === 1) return { sheet: 0, y: line }
    const head = heads.indexOf(line)
    if (head >= 0) return { sheet: 0, y: head }
    const below = line - heads.filter((other) => other < line).length
    const each = this.most - heads.length
    return { sheet: Math.floor(below / each), y: heads.length + (below % each) }
  }

  /** Breaks before rows of the one sheet, if it holds them all. */
  get keptBreaks(): number[] {
    return this.fits ? this.wantedBreaks : []
  }

  get droppedBreaks(): number {
    return this.fits ? 0 : this.wantedBreaks.length
  }

  /** The rows of the next sheet in order. */
  async *nextSheet(): AsyncGenerator<SheetStretch> {
    const isFirst = this.dealt === 0
    this.dealt += 1
    let room = this.sheets === 1 ? Infinity : this.most - this.heads.length
    if (!isFirst && this.heads.length > 0) yield { result: this.document.first, lines: Int32Array.from(this.heads) }
    for (let isTop = isFirst; room > 0; isTop = false) {
      const stretch = this.open ?? (await this.next())
      if (stretch === undefined) return
      const { lines } = stretch
      this.open = lines.length > room ? { ...stretch, lines: lines.subarray(room) } : undefined
      const taken = lines.subarray(0, Math.min(room, lines.length))
      room -= taken.length
      yield { ...stretch, lines: isTop ? Int32Array.from([...this.heads, ...taken]) : taken }
    }
  }

  /** Lets go of the rows, also of those that nobody asked for. */
  async close(): Promise<void> {
    await this.portions.return?.()
  }

  /** The next portion without the rows that head every sheet. */
  private async next(): Promise<SheetStretch | undefined> {
    const step = await this.portions.next()
    if (step.done === true) return undefined
    const { from, to, before, plain } = step.value
    this.counted = before + to - from
    const all = lineNumbers(to).subarray(from)
    if (plain !== undefined) return { plain, lines: all }
    const { result } = step.value
    for (const row of result.conditions.breaks) if (row >= from && row <= to) this.breaks.add(before + row - from)
    return { result, lines: before === 0 ? all.filter((line) => !this.heads.includes(line)) : all }
  }

  private get fits(): boolean {
    return this.sheets === 1 && this.wantedBreaks.length <= PAINT_LIMITS.rowBreaks
  }

  private get wantedBreaks(): number[] {
    return [...this.breaks].filter((row) => row > 0 && row < this.rows).sort((a, b) => a - b)
  }
}
