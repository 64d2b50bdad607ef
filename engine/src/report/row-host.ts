import { aggregate, type AggregateName } from '../formula/functions/aggregate.ts'
import { compile, type Evaluate, type Host } from '../formula/evaluate.ts'
import { walk, type CallNode, type Node } from '../formula/syntax.ts'
import { FormulaError, flatten, type Scalar, type Value } from '../formula/values.ts'
import type { CompiledCell } from './compiled.ts'
import type { Column } from './dataset.ts'
import { aboveContexts, type Contexts } from './instances.ts'
import type { RowExpression, RowScope, RunState } from './run-state.ts'

const NAMES: Record<string, AggregateName> = {
  SUM: 'SUM',
  AVG: 'AVG',
  AVERAGE: 'AVG',
  COUNT: 'COUNT',
  COUNTA: 'COUNT',
  MAX: 'MAX',
  MIN: 'MIN',
  DISTINCT: 'DISTINCT',
  COUNTDISTINCT: 'DISTINCT',
  FIRST: 'FIRST',
  LAST: 'LAST',
}

/**
 * Compiles an expression over the rows of a field's dataset: `row.x` is the field of the row, a cell name the value of
 * an ancestor. Inside an aggregate `row.x` runs over the rows of the group; a SUM of no number is null there.
 */
export function rowExpression(
  run: RunState,
  cell: CompiledCell,
  { node, contexts }: { node: Node; contexts: Contexts },
): RowExpression {
  const host = rowHost(run, cell, contexts)
  return compile(node, host)
}

function rowHost(run: RunState, cell: CompiledCell, contexts: Contexts): Host<RowScope> {
  const failing = (key: string, name: string): Evaluate<RowScope> => {
    const error = new FormulaError(key === 'unknownField' ? '#NAME?' : '#REF!', { key, details: { name } })
    return () => error
  }
  const ancestor = (address: string, read: (above: number, instance: number) => Value): Evaluate<RowScope> => {
    const target = run.template.byAddress.get(address)
    if (target === undefined || !cell.ancestors.has(target.index)) return failing('notAncestor', address)
    let above: Int32Array | undefined
    return (scope) => {
      above ??= aboveContexts(run, cell, { contexts, above: target.index })
      return read(target.index, above[scope.context] as number)
    }
  }
  const valueOf = (above: number, instance: number): Value =>
    run.instancesOf(above).isBlank(instance) ? null : run.valueOf(above, instance)
  return {
    context: run.context,
    spend: run.spend,
    reference: (node) => ancestor(node.cell, valueOf),
    range: (node) => failing('notAncestor', `${node.from}:${node.to}`),
    ordinal: (address) => ancestor(address, (above, instance) => run.instancesOf(above).ordinal(instance)),
    own: (address) => ancestor(address, valueOf),
    field: (node) => {
      if (node.of === 'param') return () => run.params.get(node.name) ?? null
      if (node.of === 'user') return () => run.context.user.get(node.name) ?? null
      const column = columnOf(run, cell, node.name)
      if (column === 'unknown') return failing('unknownField', node.name)
      return column === undefined ? () => null : (scope) => (scope.row < 0 ? null : column.at(scope.row))
    },
    self: () => failing('notAncestor', 'THIS'),
    call: groupAggregate,
  }
}

/** The column of a field; undefined when nothing is known of the dataset, so that every field is empty. */
export function columnOf(run: RunState, cell: CompiledCell, field: string): Column | undefined | 'unknown' {
  const dataset = run.dataset(cell.field?.dataset ?? cell.rowDataset ?? '')
  return dataset.column(field) ?? (dataset.fieldsKnown ? 'unknown' : undefined)
}

/** An aggregate whose argument names a field of the row is taken over the rows of the group. */
function groupAggregate(call: CallNode, inner: (node: Node) => Evaluate<RowScope>): Evaluate<RowScope> | undefined {
  const name = NAMES[call.name]
  const [node] = call.args
  if (name === undefined || node === undefined || call.args.length !== 1 || !namesRow(node)) return undefined
  const each = inner(node)
  return (scope) => {
    const list: Scalar[] = []
    const at: RowScope = { ...scope }
    for (let i = scope.from; i < scope.to; i += 1) {
      at.row = scope.rows[i] as number
      for (const value of flatten(each(at))) list.push(value)
    }
    if (name === 'SUM' && list.every((value) => value === null)) return null
    return aggregate(name, list)
  }
}

export function namesRow(node: Node): boolean {
  let found = false
  walk(node, (part) => {
    if (part.kind === 'field' && part.of === 'row') found = true
  })
  return found
}
