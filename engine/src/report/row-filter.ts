import { Moment } from '../formula/moment.ts'
import { truth } from '../formula/operators.ts'
import type { Node } from '../formula/syntax.ts'
import { walk } from '../formula/syntax.ts'
import { isError, keyOf, type FormulaError } from '../formula/values.ts'
import type { CompiledCell } from './compiled.ts'
import type { Column } from './dataset.ts'
import { ReportLimitError } from './findings.ts'
import type { Contexts } from './instances.ts'
import { columnOf, namesRow, rowExpression } from './row-host.ts'
import type { RowExpression, RunState } from './run-state.ts'
import { familyWithin, type SliceView } from './slices.ts'

export interface FilteredView extends SliceView {
  /** Contexts in which the condition failed, with the error. */
  errors: ReadonlyMap<number, FormulaError>
}

interface Filter {
  cell: CompiledCell
  contexts: Contexts
  view: SliceView
  where: Node
}

/**
 * Applies a `where`. Without ancestors in it, it is judged once a slice; with ancestors, once a context, equalities
 * `row.x = ancestor` through a hash index so that the cost is that of the hits.
 */
export function filteredView(run: RunState, filter: Filter): FilteredView {
  const { cell, contexts, view, where } = filter
  const dependent = namesAncestor(where)
  const count = dependent ? contexts.count : view.family.count
  const collector = new Collector(count, { most: run.limits.sliceRows, cell: cell.address })
  const used = dependent ? undefined : usedSlices(view)
  const equality = dependent ? indexable(run, filter) : undefined
  const test = rowExpression(run, cell, { node: where, contexts })
  for (let i = 0; i < count; i += 1) {
    const slice = dependent ? (view.index[i] as number) : i
    const idle = dependent ? contexts.blank?.[i] === 1 : used?.[i] !== 1
    if (!idle) collector.add(i, { test, rows: candidates(view, { slice, equality, context: i }), run })
    collector.close(i)
  }
  const family = familyWithin(collector.parts(), [view.family])
  if (dependent) return { family, index: Int32Array.from({ length: count }, (_, i) => i), errors: collector.errors }
  return { family, index: view.index, errors: collector.errorsBy(view.index) }
}

function usedSlices(view: SliceView): Uint8Array {
  const used = new Uint8Array(view.family.count)
  for (const slice of view.index) used[slice] = 1
  return used
}

class Collector {
  readonly errors = new Map<number, FormulaError>()
  private readonly rows: number[] = []
  private readonly start: Int32Array
  private readonly end: Int32Array
  private readonly limit: { most: number; cell: string }

  constructor(count: number, limit: { most: number; cell: string }) {
    this.start = new Int32Array(count)
    this.end = new Int32Array(count)
    this.limit = limit
  }

  add(slice: number, { test, rows, run }: { test: RowExpression; rows: Int32Array; run: RunState }): void {
    this.start[slice] = this.rows.length
    const scope = { context: slice, row: 0, rows, from: 0, to: rows.length }
    run.spend(rows.length)
    for (const row of rows) {
      scope.row = row
      const held = truth(test(scope))
      if (held === true) this.rows.push(row)
      else if (isError(held)) {
        this.errors.set(slice, held)
        break
      }
    }
    if (this.rows.length > this.limit.most) throw new ReportLimitError('sliceRows', this.limit.most, this.limit.cell)
  }

  close(slice: number): void {
    this.start[slice] = Math.max(this.start[slice] as number, slice === 0 ? 0 : (this.end[slice - 1] as number))
    this.end[slice] = this.rows.length
  }

  parts(): { count: number; rows: Int32Array; start: Int32Array; end: Int32Array } {
    return { count: this.start.length, rows: Int32Array.from(this.rows), start: this.start, end: this.end }
  }

  errorsBy(index: Int32Array): Map<number, FormulaError> {
    const result = new Map<number, FormulaError>()
    if (this.errors.size === 0) return result
    index.forEach((slice, context) => {
      const error = this.errors.get(slice)
      if (error !== undefined) result.set(context, error)
    })
    return result
  }
}

function namesAncestor(node: Node): boolean {
  let found = false
  walk(node, (part) => {
    if (part.kind === 'reference' || part.kind === 'own' || part.kind === 'ordinal' || part.kind === 'range')
      found = true
  })
  return found
}

/** A condition `row.x = expression without row`, with an index by x for each slice that is asked. */
interface Equality {
  column: Column
  wanted: RowExpression
  bySlice: Map<number, Map<string | number, number[]>>
}

function indexable(run: RunState, { cell, contexts, where }: Filter): Equality | undefined {
  for (const part of conjuncts(where)) {
    if (part.kind !== 'binary' || part.operator !== '=') continue
    for (const [row, other] of [
      [part.left, part.right],
      [part.right, part.left],
    ] as const) {
      if (row.kind !== 'field' || row.of !== 'row' || namesRow(other)) continue
      const column = columnOf(run, cell, row.name)
      if (column === undefined || column === 'unknown' || holdsDates(column)) continue
      return { column, wanted: rowExpression(run, cell, { node: other, contexts }), bySlice: new Map() }
    }
  }
  return undefined
}

/** A date equals a text that says the same, which keys do not know. */
const holdsDates = (column: Column): boolean => column.coding().values.some((value) => value instanceof Moment)

function conjuncts(node: Node): Node[] {
  if (node.kind !== 'binary' || node.operator !== 'AND') return [node]
  return [...conjuncts(node.left), ...conjuncts(node.right)]
}

const noRows = new Int32Array(0)

function candidates(
  { family }: SliceView,
  { slice, equality, context }: { slice: number; equality: Equality | undefined; context: number },
): Int32Array {
  const all = family.rows.subarray(family.start[slice], family.end[slice])
  if (equality === undefined || all.length < 8) return all
  const wanted = equality.wanted({ context, row: -1, rows: noRows, from: 0, to: 0 })
  // Dates meet texts and errors must be seen: only plain keys go through the index.
  if (typeof wanted !== 'number' && typeof wanted !== 'string') return wanted === null ? noRows : all
  let index = equality.bySlice.get(slice)
  if (index === undefined) {
    index = indexOf(equality.column, all)
    equality.bySlice.set(slice, index)
  }
  return Int32Array.from(index.get(keyOf(wanted)) ?? [])
}

function indexOf(column: Column, rows: Int32Array): Map<string | number, number[]> {
  const { codes, values } = column.coding()
  const byCode = new Map<number, number[]>()
  for (const row of rows) {
    const code = codes[row] as number
    const list = byCode.get(code)
    if (list === undefined) byCode.set(code, [row])
    else list.push(row)
  }
  return new Map([...byCode].map(([code, list]) => [keyOf(values[code] ?? null), list]))
}
