import { truth } from '../formula/operators.ts'
import { walk, type Node, type ReferenceNode } from '../formula/syntax.ts'
import { isError, keyOf, type FormulaError, type Value } from '../formula/values.ts'
import { askingInstance } from './asking.ts'
import { candidateFinder, type Candidates } from './candidates.ts'
import type { CellNames } from './cell-names.ts'
import type { CompiledCell } from './compiled.ts'
import type { CellExpression, CellScope, RunState } from './run-state.ts'

/** Values of a filtered reference: plain names are read at the candidate, `$` names at the asking instance. */
export function filteredReference(names: CellNames, target: CompiledCell, node: ReferenceNode): CellExpression {
  const { run } = names
  const select = filterCandidates(names, target, node)
  return (scope) => {
    const found = select(scope)
    if (isError(found as Value)) return found as FormulaError
    const instances = found as readonly number[]
    if (instances.length === 0) return null
    const values = instances.map((instance) => run.valueOf(target.index, instance))
    return values.length === 1 ? (values[0] as Value) : values
  }
}

export type Selection = (scope: CellScope) => readonly number[] | FormulaError

/** Instances of the target that satisfy the filter, in reading order; an error of the condition is the result. */
export function filterCandidates(
  { run, asking, compile }: CellNames,
  target: CompiledCell,
  node: ReferenceNode & { blanks?: boolean },
): Selection {
  const find = candidateFinder(run, asking, { target, scope: node.scope, blanks: node.blanks ?? false })
  const condition = node.filter as Node
  const at: CellNames = { run, asking: askingInstance(run, target), outer: asking, compile }
  const test = compile(at, condition)
  const index = equalityIndex(at, condition)
  return (scope) => {
    const candidates = find(scope.instance)
    const kept: number[] = []
    for (const instance of index?.(candidates, scope) ?? candidates.table.members(candidates.group)) {
      run.spend(1)
      if (candidates.table.target.isBlank(instance)) continue
      const held = truth(test({ instance, outer: scope }))
      if (isError(held)) return held
      if (held === true) kept.push(instance)
    }
    return kept
  }
}

type Index = (candidates: Candidates, scope: CellScope) => readonly number[] | undefined

/** `{B2=$B2}`: candidates by the value on their side of the equality, built on first use for each group. */
function equalityIndex(at: CellNames, condition: Node): Index | undefined {
  const sides = equalitySides(condition)
  if (sides === undefined) return undefined
  const { run } = at
  const key = at.compile(at, sides.candidate)
  const wanted = at.compile(at, sides.asking)
  let tables = new Map<string, Map<string | number, number[]>>()
  let epoch = run.epoch
  return (candidates, scope) => {
    if (candidates.table.size(candidates.group) < 8) return undefined
    const value = wanted({ instance: candidates.table.members(candidates.group)[0] as number, outer: scope })
    if (typeof value !== 'number' && typeof value !== 'string') return undefined
    if (epoch !== run.epoch) {
      tables = new Map()
      epoch = run.epoch
    }
    const name = `${candidates.table.id}|${candidates.group}`
    let table = tables.get(name)
    if (table === undefined) {
      table = byKey(run, candidates, { key, scope })
      tables.set(name, table)
    }
    return table.get('*') ?? table.get(keyOf(value)) ?? []
  }
}

function byKey(
  run: RunState,
  { table, group }: Candidates,
  { key, scope }: { key: CellExpression; scope: CellScope },
): Map<string | number, number[]> {
  const result = new Map<string | number, number[]>()
  const members = table.members(group)
  for (const instance of members) {
    run.spend(1)
    const value = table.target.isBlank(instance) ? null : key({ instance, outer: scope })
    // Dates, errors and arrays are left to the condition itself.
    if (typeof value === 'object' && value !== null && !('coefficient' in value)) return new Map([['*', [...members]]])
    const name = keyOf(value)
    const list = result.get(name)
    if (list === undefined) result.set(name, [instance])
    else list.push(instance)
  }
  return result
}

function equalitySides(node: Node): { candidate: Node; asking: Node } | undefined {
  if (node.kind !== 'binary') return undefined
  if (node.operator === 'AND') return equalitySides(node.left) ?? equalitySides(node.right)
  if (node.operator !== '=') return undefined
  const [left, right] = [readsFrom(node.left), readsFrom(node.right)]
  if (!left.asking && !right.candidate) return { candidate: node.left, asking: node.right }
  if (!right.asking && !left.candidate) return { candidate: node.right, asking: node.left }
  return undefined
}

/** Whether an expression reads at the candidate, at the asking instance, or at neither. */
function readsFrom(node: Node): { candidate: boolean; asking: boolean } {
  const reads = { candidate: false, asking: false }
  walk(node, (part) => {
    if (part.kind === 'own') reads.asking = true
    const plain = part.kind === 'reference' || part.kind === 'range' || part.kind === 'ordinal' || part.kind === 'this'
    if (plain || part.kind === 'call' || (part.kind === 'field' && part.of === 'row')) reads.candidate = true
  })
  return reads
}
