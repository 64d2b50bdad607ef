import { compile, type Host } from '../formula/evaluate.ts'
import type { CallNode, FieldNode, Node, RangeNode, ReferenceNode } from '../formula/syntax.ts'
import type { Value } from '../formula/values.ts'
import { positionOf } from './address.ts'
import type { Asking } from './asking.ts'
import { candidateFinder } from './candidates.ts'
import { failing, strangeCoordinate, valueOfCandidates, type CellNames } from './cell-names.ts'
import type { CompiledCell } from './compiled.ts'
import { filteredReference } from './reference-filter.ts'
import { rememberedCall } from './remembered-call.ts'
import { reportCall } from './report-functions.ts'
import { columnOf } from './row-host.ts'
import type { CellExpression, CellScope, RunState } from './run-state.ts'

/** Compiles an expression of a cell; the scope names the instance. */
export function cellExpression(names: { run: RunState; asking: Asking; outer?: Asking }, node: Node): CellExpression {
  return compile(node, cellHost({ ...names, compile: cellExpression }))
}

function cellHost(names: CellNames): Host<CellScope> {
  const { run, asking } = names
  const host: Host<CellScope> = {
    context: run.context,
    spend: run.spend,
    reference: (node) => reference(names, node),
    range: (node) => range(names, node),
    ordinal: (address) => ordinal(names, address),
    own: (address) => own(names, address),
    field: (node) => field(names, node),
    self: () => (scope) => run.valueOf(asking.cell.index, scope.instance),
    call: (node: CallNode, inner) =>
      totalCall(run, node) ?? reportCall(names, node, inner) ?? rememberedCall(names, node),
  }
  return host
}

/** An aggregate over a list of which only a portion is here. */
function totalCall(run: RunState, node: CallNode): CellExpression | undefined {
  const total = run.portion?.totals.get(node)
  return total === undefined ? undefined : () => total(run)
}

function reference(names: CellNames, node: ReferenceNode): CellExpression {
  const { run, asking } = names
  const target = run.template.byAddress.get(node.cell)
  if (target === undefined) return failing('#REF!', 'unknownCell', node.cell)
  const stranger = strangeCoordinate(run, node, target)
  if (stranger !== undefined) return failing('#REF!', 'strangeCoordinate', stranger)
  if (node.filter !== undefined) return filteredReference(names, target, node)
  const find = candidateFinder(run, asking, { target, scope: node.scope })
  return (scope) => valueOfCandidates(run, find(scope.instance))
}

/** Every template cell in the rectangle, each by the rule of bare names. */
function range(names: CellNames, node: RangeNode): CellExpression {
  const { run } = names
  const parts = cellsInRange(run, node).map((cell) => reference(names, { kind: 'reference', cell: cell.address }))
  return (scope) =>
    parts.flatMap((part) => {
      const value = part(scope)
      return Array.isArray(value) ? (value as readonly Value[]) : [value]
    })
}

export function cellsInRange(run: RunState, node: RangeNode): CompiledCell[] {
  const [a, b] = [positionOf(node.from), positionOf(node.to)]
  if (a === undefined || b === undefined) return []
  const within = (value: number, one: number, other: number): boolean =>
    value >= Math.min(one, other) && value <= Math.max(one, other)
  return run.template.cells
    .filter((cell) => within(cell.row, a.row, b.row) && within(cell.column, a.column, b.column))
    .toSorted((one, other) => one.row - other.row || one.column - other.column)
}

function ordinal({ run, asking }: CellNames, address: string): CellExpression {
  const target = run.template.byAddress.get(address)
  if (target === undefined) return failing('#REF!', 'unknownCell', address)
  if (!asking.known.has(target.index)) return failing('#REF!', 'notAncestor', address)
  return (scope) => run.instancesOf(target.index).ordinal(asking.above(target.index, scope.instance))
}

/** `$B2` in a filter is read where the reference stands, elsewhere it is the bare name. */
function own(names: CellNames, address: string): CellExpression {
  const node: ReferenceNode = { kind: 'reference', cell: address }
  if (names.outer === undefined) return reference(names, node)
  const read = reference({ run: names.run, asking: names.outer, compile: names.compile }, node)
  return (scope) => read(scope.outer ?? scope)
}

/** Outside `where`, `row.x` is the field of the first row of the slice. */
function field({ run, asking }: CellNames, node: FieldNode): CellExpression {
  if (node.of === 'param') return () => run.params.get(node.name) ?? null
  if (node.of === 'user') return () => run.context.user.get(node.name) ?? null
  const { cell } = asking
  if (cell.rowDataset === undefined) return failing('#REF!', 'rowWithoutDataset', node.name)
  const dataset = cell.rowDataset
  const column = columnOf(run, cell, node.name)
  if (column === 'unknown') return failing('#NAME?', 'unknownField', node.name)
  if (column === undefined) return () => null
  return (scope) => {
    const { family, index } = run.viewOf(cell.index, dataset)
    const slice = index[scope.instance] as number
    const from = family.start[slice] as number
    return from < (family.end[slice] as number) ? column.at(family.rows[from] as number) : null
  }
}
