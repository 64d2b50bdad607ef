import { isNum } from '../formula/decimal.ts'
import { compareForSort } from '../formula/compare.ts'
import { aggregate, type AggregateName } from '../formula/functions/aggregate.ts'
import { operate } from '../formula/operators.ts'
import type { CallNode, Coordinate, Node, ReferenceNode } from '../formula/syntax.ts'
import { FormulaError, isError, type Scalar, type Value } from '../formula/values.ts'
import { candidateFinder, type FindCandidates } from './candidates.ts'
import { failing, type CellNames } from './cell-names.ts'
import { ROOT, type CompiledCell } from './compiled.ts'
import { RunningSum } from './folds.ts'
import type { ReferenceTable } from './reference-tables.ts'
import type { CellExpression, RunState } from './run-state.ts'

/** Functions that take cells: name → number of arguments at least and at most. */
export const REPORT_FUNCTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ACCSUM: [1, 2],
  RANK: [1, 3],
  SHARE: [1, 2],
  PREV: [2, 3],
  GROWTH: [2, 3],
  SAME: [3, 3],
  PAGESUM: [1, 1],
  PAGEAVG: [1, 1],
  PAGECOUNT: [1, 1],
  PAGEMAX: [1, 1],
  PAGEMIN: [1, 1],
  ROW: [0, 0],
  COL: [0, 0],
  PAGE: [0, 0],
  PAGES: [0, 0],
}

const PAGE_AGGREGATES: Record<string, AggregateName> = {
  PAGESUM: 'SUM',
  PAGEAVG: 'AVG',
  PAGECOUNT: 'COUNT',
  PAGEMAX: 'MAX',
  PAGEMIN: 'MIN',
}

/** Functions whose value differs from page to page. */
export const PAGE_FUNCTIONS = new Set([...Object.keys(PAGE_AGGREGATES), 'PAGE', 'PAGES'])

export function reportCall(
  names: CellNames,
  node: CallNode,
  inner: (node: Node) => CellExpression,
): CellExpression | undefined {
  const bounds = REPORT_FUNCTIONS[node.name]
  if (bounds === undefined) return undefined
  if (node.args.length < bounds[0] || node.args.length > bounds[1]) return failing('#TYPE!', 'argumentCount', node.name)
  const position = positionCall(names, node.name)
  if (position !== undefined) return position
  const rewritten = asReference(names.run, node)
  if (rewritten !== undefined) return rewritten.kind === 'refused' ? rewritten.error : inner(rewritten.node)
  const page = PAGE_AGGREGATES[node.name]
  if (page !== undefined) return pageAggregate(names, node, page)
  return scopedCall(names, node, inner)
}

function positionCall({ run, asking }: CellNames, name: string): CellExpression | undefined {
  const { index } = asking.cell
  if (name === 'ROW') return (scope) => (run.position === undefined ? null : run.position(index, scope.instance).y + 1)
  if (name === 'COL') return (scope) => (run.position === undefined ? null : run.position(index, scope.instance).x + 1)
  if (name === 'PAGE') return () => run.pages.number
  return name === 'PAGES' ? () => run.pages.count : undefined
}

export type Rewritten = { kind: 'node'; node: Node } | { kind: 'refused'; error: CellExpression }

/** PREV, GROWTH and SAME are coordinates under another name. */
export function asReference(run: RunState, node: CallNode): Rewritten | undefined {
  if (node.name !== 'PREV' && node.name !== 'GROWTH' && node.name !== 'SAME') return undefined
  const [cell, parent, third] = node.args
  if (cell?.kind !== 'reference' || parent?.kind !== 'reference') {
    return { kind: 'refused', error: failing('#TYPE!', 'cellExpected', node.name) }
  }
  const offset = node.name === 'SAME' || third === undefined ? 1 : third.kind === 'literal' ? third.value : null
  if (typeof offset !== 'number') return { kind: 'refused', error: failing('#TYPE!', 'constantExpected', node.name) }
  const moved = movedBack(run, { cell: cell.cell, parent: parent.cell, offset })
  if (node.name === 'PREV') return { kind: 'node', node: moved }
  if (node.name === 'SAME') {
    if (third?.kind !== 'reference') return { kind: 'refused', error: failing('#TYPE!', 'cellExpected', node.name) }
    const filter: Node = { kind: 'binary', operator: '=', left: third, right: { kind: 'own', cell: third.cell } }
    return { kind: 'node', node: { ...moved, filter } }
  }
  const difference: Node = { kind: 'binary', operator: '-', left: cell, right: moved }
  return { kind: 'node', node: { kind: 'binary', operator: '/', left: difference, right: moved } }
}

function movedBack(
  run: RunState,
  { cell, parent, offset }: { cell: string; parent: string; offset: number },
): ReferenceNode {
  const step: Coordinate =
    offset === 0 ? { cell: parent, kind: 'current' } : { cell: parent, kind: 'relative', offset: -offset }
  const right = run.template.byAddress.get(parent)?.expand === 'right'
  return { kind: 'reference', cell, scope: right ? { left: [], top: [step] } : { left: [step], top: [] } }
}

function targetOf({ run }: CellNames, node: Node | undefined): CompiledCell | undefined {
  return node?.kind === 'reference' && node.filter === undefined ? run.template.byAddress.get(node.cell) : undefined
}

/** Over the instances on the current page, among those that the bare name means. */
function pageAggregate(names: CellNames, node: CallNode, name: AggregateName): CellExpression {
  const { run, asking } = names
  const target = targetOf(names, node.args[0])
  if (target === undefined) return failing('#TYPE!', 'cellExpected', node.name)
  const scope = (node.args[0] as ReferenceNode).scope
  const find = candidateFinder(run, asking, { target, scope })
  return ({ instance }) => {
    const { table, group } = find(instance)
    const values: Scalar[] = []
    for (const candidate of table.members(group)) {
      run.spend(1)
      if (run.pages.holds(target.index, candidate)) values.push(run.valueOf(target.index, candidate) as Scalar)
    }
    return aggregate(name, values.flat() as Scalar[])
  }
}

/** ACCSUM, RANK and SHARE: this cell's C against all C within the current P, or in the report. */
function scopedCall(names: CellNames, node: CallNode, inner: (node: Node) => CellExpression): CellExpression {
  const { run } = names
  const target = targetOf(names, node.args[0])
  if (target === undefined) return failing('#TYPE!', 'cellExpected', node.name)
  const within = scopeOf(names, node.args[1], target)
  if (typeof within === 'string') return failing('#REF!', 'notAncestor', within)
  const sources: Sources = {
    find: candidateFinder(run, names.asking, { target, scope: (node.args[0] as ReferenceNode).scope }),
    target,
    within,
  }
  if (node.name === 'ACCSUM') return accumulated(run, sources, node)
  if (node.name === 'SHARE') return share(run, sources)
  const ascending = node.args[2] === undefined ? undefined : inner(node.args[2])
  return rank(run, sources, ascending)
}

interface Sources {
  find: FindCandidates
  target: CompiledCell
  /** ROOT for the whole report. */
  within: number
}

/** Index of the scope cell, ROOT for none, or the name of a cell that is no scope. */
function scopeOf({ run }: CellNames, node: Node | undefined, target: CompiledCell): number | string {
  if (node === undefined || (node.kind === 'literal' && node.value === null)) return ROOT
  if (node.kind !== 'reference') return 'scope'
  const cell = run.template.byAddress.get(node.cell)
  return cell !== undefined && target.ancestors.has(cell.index) ? cell.index : node.cell
}

/** The instance of C that is meant, and the group of the scope it lies in. */
function located(
  run: RunState,
  { find, target, within }: Sources,
  instance: number,
): { own: number; scope: ReferenceTable; group: number } | undefined {
  const { table, group } = find(instance)
  const size = table.size(group)
  if (size === 0) return undefined
  const own = table.members(group)[size - 1] as number
  const scope = run.tables.table(target, within === ROOT ? [] : [within])
  return { own, scope, group: scope.groupOf((ancestor) => run.instancesOf(target.index).above(ancestor, own)) }
}

/** Results for all instances of a group, computed together and kept until the epoch ends. */
function perGroup<T>(run: RunState, compute: (members: Int32Array) => T): (table: ReferenceTable, group: number) => T {
  let memory = new Map<number, T>()
  let epoch = run.epoch
  return (table, group) => {
    if (epoch !== run.epoch) {
      memory = new Map()
      epoch = run.epoch
    }
    let result = memory.get(group)
    if (result === undefined) {
      run.spend(table.size(group))
      result = compute(table.members(group))
      memory.set(group, result)
    }
    return result
  }
}

/** Running sums in reading order; from an error on, that error. */
function accumulated(run: RunState, sources: Sources, node: CallNode): CellExpression {
  const sums = perGroup(run, (members) => {
    const result = new Map<number, Value>()
    const sum = new RunningSum(run.portion?.sumBefore(node))
    for (const instance of members) result.set(instance, sum.add(run.valueOf(sources.target.index, instance)))
    return result
  })
  return ({ instance }) => {
    const at = located(run, sources, instance)
    return at === undefined ? null : (sums(at.scope, at.group).get(at.own) ?? null)
  }
}

function share(run: RunState, sources: Sources): CellExpression {
  const totals = perGroup(run, (members) =>
    aggregate(
      'SUM',
      Array.from(members, (instance) => run.valueOf(sources.target.index, instance) as Scalar),
    ),
  )
  return ({ instance }) => {
    const at = located(run, sources, instance)
    if (at === undefined) return null
    return operate('/', run.valueOf(sources.target.index, at.own), totals(at.scope, at.group))
  }
}

/** Competition rank (1, 2, 2, 4), descending unless the third argument holds. */
function rank(run: RunState, sources: Sources, ascending: CellExpression | undefined): CellExpression {
  const { index } = sources.target
  const ranksBy = (descending: boolean): ReturnType<typeof perGroup<Map<number, number> | FormulaError>> =>
    perGroup(run, (members) => {
      const values = Array.from(members, (instance) => ({ instance, value: run.valueOf(index, instance) }))
      const error = values.find(({ value }) => isError(value))
      if (error !== undefined) return error.value as FormulaError
      const known = values.filter(({ value }) => value !== null)
      known.sort((a, b) => compareForSort(a.value, b.value, descending))
      const ranks = new Map<number, number>()
      let current = 0
      known.forEach(({ instance, value }, i) => {
        if (i === 0 || compareForSort((known[i - 1] as { value: Value }).value, value, false) !== 0) current = i + 1
        ranks.set(instance, current)
      })
      return ranks
    })
  const tables = { down: ranksBy(true), up: ranksBy(false) }
  return (scope) => {
    const at = located(run, sources, scope.instance)
    if (at === undefined) return null
    const own = run.valueOf(index, at.own)
    if (own === null || isError(own)) return own
    const up = ascending?.(scope)
    if (up !== undefined && isError(up)) return up
    const ranks = tables[up === true || (isNum(up) && up !== 0) ? 'up' : 'down'](at.scope, at.group)
    return ranks instanceof FormulaError ? ranks : (ranks.get(at.own) ?? null)
  }
}
