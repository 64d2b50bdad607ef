import { compareForSort } from '../formula/compare.ts'
import { truth } from '../formula/operators.ts'
import { FormulaError, isError, type Value } from '../formula/values.ts'
import type { CompiledCell, CompiledField } from './compiled.ts'
import type { Column } from './dataset.ts'
import type { Contexts } from './instances.ts'
import { columnOf, rowExpression } from './row-host.ts'
import type { RowExpression, RunState } from './run-state.ts'
import { wordsIn, type Locale } from './words.ts'

/** The rows of one context, cut into parts: part i has `keys[i]` and `rows[start[i]] … rows[start[i + 1] − 1]`. */
export interface Parts {
  keys: Value[]
  rows: Int32Array
  start: number[]
}

type Cut = (rows: Int32Array, context: number) => Parts | FormulaError

/** Cuts, keeps, sorts and cuts off, in the order of the specification 1.5. One for each field cell. */
export class Partitioner {
  private readonly cut: Cut
  private readonly field: CompiledField
  private readonly othersLabel: string | undefined
  private readonly having: RowExpression | undefined
  private readonly orders: { by: RowExpression | 'self'; descending: boolean }[]

  constructor(run: RunState, cell: CompiledCell, contexts: Contexts) {
    const field = cell.field as CompiledField
    const expression = (node: Parameters<typeof rowExpression>[2]['node']): RowExpression =>
      rowExpression(run, cell, { node, contexts })
    this.field = field
    const { others } = field.source
    this.othersLabel = others === undefined ? undefined : wordsIn(others, run.context.locale)
    this.cut = cutOf(run, cell, expression)
    this.having = field.having === undefined ? undefined : expression(field.having)
    this.orders = field.order.map((order) => ({
      by: order.by === 'self' ? 'self' : expression(order.by),
      descending: order.descending,
    }))
  }

  /** The parts of one context in their final order, or the error of a band's condition. */
  parts(rows: Int32Array, context: number): Parts | FormulaError {
    const parts = this.cut(rows, context)
    const top = this.field.source.top
    if (parts instanceof FormulaError) return parts
    if (this.having === undefined && this.orders.length === 0 && top === undefined) return parts
    let chosen = parts.keys.map((_, i) => i)
    if (this.having !== undefined)
      chosen = chosen.filter((i) => truth(this.evaluate(this.having as RowExpression, parts, { i, context })) === true)
    if (this.orders.length > 0) chosen = this.sorted(parts, chosen, context)
    if (top === undefined || chosen.length <= top) return rearranged(parts, chosen)
    return withOthers(parts, chosen.slice(0, top), { rest: chosen.slice(top), label: this.othersLabel })
  }

  private evaluate(expression: RowExpression, parts: Parts, { i, context }: { i: number; context: number }): Value {
    const [from, to] = [parts.start[i] as number, parts.start[i + 1] as number]
    return expression({ context, row: to > from ? (parts.rows[from] as number) : -1, rows: parts.rows, from, to })
  }

  private sorted(parts: Parts, chosen: number[], context: number): number[] {
    const by = this.orders.map((order) =>
      chosen.map((i) =>
        order.by === 'self' ? (parts.keys[i] as Value) : this.evaluate(order.by, parts, { i, context }),
      ),
    )
    const places = chosen.map((_, place) => place)
    places.sort((a, b) => {
      for (const [o, order] of this.orders.entries()) {
        const values = by[o] as Value[]
        const result = compareForSort(values[a] as Value, values[b] as Value, order.descending)
        if (result !== 0) return result
      }
      return a - b
    })
    return places.map((place) => chosen[place] as number)
  }
}

function rearranged(parts: Parts, chosen: number[]): Parts {
  const rows: number[] = []
  const start = [0]
  for (const i of chosen) {
    for (let at = parts.start[i] as number; at < (parts.start[i + 1] as number); at += 1)
      rows.push(parts.rows[at] as number)
    start.push(rows.length)
  }
  return { keys: chosen.map((i) => parts.keys[i] as Value), rows: Int32Array.from(rows), start }
}

/** Rows of the others stand in dataset order. Without a label they are left out. */
function withOthers(
  parts: Parts,
  kept: number[],
  { rest, label }: { rest: number[]; label: string | undefined },
): Parts {
  const first = rearranged(parts, kept)
  if (label === undefined) return first
  const others = rearranged(parts, rest).rows.sort()
  const rows = new Int32Array(first.rows.length + others.length)
  rows.set(first.rows)
  rows.set(others, first.rows.length)
  return { keys: [...first.keys, label], rows, start: [...first.start, rows.length] }
}

function cutOf(
  run: RunState,
  cell: CompiledCell,
  expression: (node: CompiledField['bands'][0]['test']) => RowExpression,
): Cut {
  const field = cell.field as CompiledField
  const column = columnOf(run, cell, field.column)
  if (field.use === 'bands') return cutIntoBands(field, { expression, locale: run.context.locale })
  if (column === 'unknown') {
    const error = new FormulaError('#NAME?', { key: 'unknownField', details: { name: field.column } })
    return () => error
  }
  if (field.use === 'list') return (rows) => cutIntoRows(rows, column)
  if (column === undefined) return () => ({ keys: [], rows: new Int32Array(0), start: [0] })
  return field.source.adjacent === true ? (rows) => cutIntoRuns(rows, column) : cutIntoGroups(column)
}

function cutIntoRows(rows: Int32Array, column: Column | undefined): Parts {
  const keys: Value[] = new Array<Value>(rows.length)
  const start = new Array<number>(rows.length + 1)
  start[0] = 0
  for (let i = 0; i < rows.length; i += 1) {
    keys[i] = column === undefined ? null : column.at(rows[i] as number)
    start[i + 1] = i + 1
  }
  return { keys, rows, start }
}

/** A new part whenever the key differs from the row before. */
function cutIntoRuns(rows: Int32Array, column: Column): Parts {
  const { codes, values } = column.coding()
  const keys: Value[] = []
  const start: number[] = []
  let before = -1
  for (let i = 0; i < rows.length; i += 1) {
    const code = codes[rows[i] as number] as number
    if (code !== before) {
      keys.push(values[code] as Value)
      start.push(i)
      before = code
    }
  }
  return { keys, rows, start: [...start, rows.length] }
}

/** Distinct keys in order of first appearance, by counting: two passes over the rows of the context. */
function cutIntoGroups(column: Column): Cut {
  const { codes, values } = column.coding()
  const group = new Int32Array(values.length).fill(-1)
  return (rows) => {
    const found: number[] = []
    const counts: number[] = []
    for (const row of rows) {
      const code = codes[row] as number
      const known = group[code] as number
      if (known >= 0) counts[known] = (counts[known] as number) + 1
      else {
        group[code] = found.length
        found.push(code)
        counts.push(1)
      }
    }
    const start = [0]
    for (const count of counts) start.push((start.at(-1) as number) + count)
    const next = start.slice()
    const dealt = new Int32Array(rows.length)
    for (const row of rows) {
      const g = group[codes[row] as number] as number
      dealt[next[g] as number] = row
      next[g] = (next[g] as number) + 1
    }
    for (const code of found) group[code] = -1
    return { keys: found.map((code) => values[code] as Value), rows: dealt, start }
  }
}

/** A row goes to the first band whose condition holds; empty bands stay only if they are to be kept. */
function cutIntoBands(
  field: CompiledField,
  { expression, locale }: { expression: (node: CompiledField['bands'][0]['test']) => RowExpression; locale: Locale },
): Cut {
  const labels = field.bands.map(({ label }) => wordsIn(label, locale))
  const tests = field.bands.map((band) => expression(band.test))
  return (rows, context) => {
    const members: number[][] = tests.map(() => [])
    for (let at = 0; at < rows.length; at += 1) {
      for (const [b, test] of tests.entries()) {
        const held = truth(test({ context, row: rows[at] as number, rows, from: at, to: at + 1 }))
        if (isError(held)) return held
        if (held !== true) continue
        ;(members[b] as number[]).push(rows[at] as number)
        break
      }
    }
    const kept = members
      .map((_, b) => b)
      .filter((b) => field.source.keepEmpty === true || (members[b] as number[]).length > 0)
    const start = [0]
    for (const b of kept) start.push((start.at(-1) as number) + (members[b] as number[]).length)
    const dealt = Int32Array.from(kept.flatMap((b) => members[b] as number[]))
    return { keys: kept.map((b) => labels[b] as string), rows: dealt, start }
  }
}
