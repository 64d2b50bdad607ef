import { aggregate, type AggregateName } from '../formula/functions/aggregate.ts'
import { FormulaError, type Scalar, type Value } from '../formula/values.ts'
import { askingInstance } from './asking.ts'
import { cellExpression } from './cell-host.ts'
import type { CompiledCell, CompiledField } from './compiled.ts'
import { Partitioner } from './partition.ts'
import { columnOf } from './row-host.ts'
import type { RunState } from './run-state.ts'
import type { SliceFamily, SliceView } from './slices.ts'
import { literalIn, wordsIn, type Locale } from './words.ts'

/** Value of an instance that is not blank and not known beforehand. */
export interface Compute {
  (instance: number): Value
  /** As cheap to ask again as to remember. */
  isDirect?: boolean
}

const SUMMARIES: Record<string, AggregateName> = {
  sum: 'SUM',
  avg: 'AVG',
  count: 'COUNT',
  distinct: 'DISTINCT',
  max: 'MAX',
  min: 'MIN',
  first: 'FIRST',
  last: 'LAST',
}

/** How the values of a cell are computed; made once for each cell of a run. */
export function valueComputer(run: RunState, cell: CompiledCell): Compute {
  if (cell.sub !== undefined) return (instance) => run.subCells.valueOf(cell, instance)
  if (cell.field?.use === 'summary') return summaryComputer(run, cell, cell.field)
  if (cell.field !== undefined) return fieldComputer(run, cell, cell.field)
  if (cell.expression !== undefined) {
    const evaluate = cellExpression({ run, asking: askingInstance(run, cell) }, cell.expression)
    return (instance) => evaluate({ instance })
  }
  const value = literalOf(cell, run.context.locale)
  return () => value
}

function literalOf(cell: CompiledCell, locale: Locale): Value {
  const { value } = cell.source
  if (value !== undefined && 'slash' in value) return value.slash.map((label) => wordsIn(label, locale)).join('|')
  return value !== undefined && 'lit' in value ? literalIn(value.lit, locale) : null
}

export const unknownField = (name: string): FormulaError =>
  new FormulaError('#NAME?', { key: 'unknownField', details: { name } })

/** One aggregate for each slice, however many instances look at it. Of no non-null value, sum is null too. */
function summaryComputer(run: RunState, cell: CompiledCell, field: CompiledField): Compute {
  const column = columnOf(run, cell, field.column)
  const name = SUMMARIES[field.summary ?? 'sum'] as AggregateName
  if (column === 'unknown') return () => unknownField(field.column)
  const known = new Map<number, Value>()
  return (instance) => {
    const { family, index } = run.viewOf(cell.index, field.dataset)
    const slice = index[instance] as number
    let value = known.get(slice)
    if (value !== undefined) return value
    const list: Scalar[] = []
    const [from, to] = [family.start[slice] as number, family.end[slice] as number]
    run.spend(to - from)
    for (let at = from; at < to; at += 1) {
      const item = column === undefined ? null : column.at(family.rows[at] as number)
      if (item !== null) list.push(item as Scalar)
    }
    value = name === 'SUM' && list.length === 0 ? null : aggregate(name, list)
    known.set(slice, value)
    return value
  }
}

/** A list or group that does not expand: its one key, or the array of its keys. */
function fieldComputer(run: RunState, cell: CompiledCell, field: CompiledField): Compute {
  const column = columnOf(run, cell, field.column)
  let partitioner: Partitioner | undefined
  const simple = field.use !== 'bands' && field.having === undefined && column !== 'unknown'
  let view: SliceView | undefined
  const compute: Compute = (instance) => {
    view ??= run.viewOf(cell.index, field.dataset)
    const { family, index } = view
    const slice = index[instance] as number
    const [from, to] = [family.start[slice] as number, family.end[slice] as number]
    if (from === to && !(field.use === 'bands' && field.source.keepEmpty === true)) return null
    if (simple && to - from === 1) return column === undefined ? null : column.at(family.rows[from] as number)
    run.spend(to - from)
    const instances = run.instancesOf(cell.index)
    partitioner ??= new Partitioner(run, cell, instances.contexts)
    const parts = partitioner.parts(family.rows.subarray(from, to), instances.context[instance] as number)
    if (parts instanceof FormulaError) return parts
    if (parts.keys.length === 0) return null
    return parts.keys.length === 1 ? (parts.keys[0] as Value) : parts.keys
  }
  compute.isDirect = simple && holdsSingleRows(run.viewOf(cell.index, field.dataset).family)
  return compute
}

function holdsSingleRows({ count, start, end }: SliceFamily): boolean {
  for (let slice = 0; slice < count; slice += 1) if ((end[slice] as number) - (start[slice] as number) > 1) return false
  return true
}
