import type { Coordinate, ReferenceNode } from '../formula/syntax.ts'
import { common, type Asking } from './asking.ts'
import { ROOT, type CompiledCell } from './compiled.ts'
import type { Instances } from './instances.ts'
import type { ReferenceTable } from './reference-tables.ts'
import type { RunState } from './run-state.ts'
import { PairTable } from './slices.ts'

/** A group of a reference table; group −1 is empty. */
export interface Candidates {
  table: ReferenceTable
  group: number
}

export type FindCandidates = (instance: number) => Candidates

/**
 * Plan of a reference without its filter: which instances of the target an asking instance means. Bare names agree on
 * all common ancestors, `[*]` on none, coordinates choose siblings and leave the levels below them free.
 */
export function candidateFinder(
  run: RunState,
  asking: Asking,
  { target, scope, blanks = false }: { target: CompiledCell; scope: ReferenceNode['scope']; blanks?: boolean },
): FindCandidates {
  const coordinates = scope === undefined || scope === '*' ? [] : [...scope.left, ...scope.top]
  const shared = scope === '*' ? [] : common(asking, target)
  const steps = coordinates.map((step) => ({ step, cell: run.template.byAddress.get(step.cell) as CompiledCell }))
  const named = new Set(steps.map(({ cell }) => cell.index))
  const stays = shared.filter((cell) => !named.has(cell) && !below(run, cell, named))
  let table: ReferenceTable | undefined
  let epoch = -1
  return (instance) => {
    if (table === undefined || epoch !== run.epoch) {
      table = run.tables.table(target, [...stays, ...named], blanks)
      epoch = run.epoch
    }
    const chosen = new Map<number, number>()
    for (const { step, cell } of steps) {
      const found = chooseSibling(run, asking, { step, cell, chosen, instance })
      if (found < 0) return { table, group: -1 }
      chosen.set(cell.index, found)
    }
    return { table, group: table.groupOf((ancestor) => chosen.get(ancestor) ?? asking.above(ancestor, instance)) }
  }
}

function below(run: RunState, cell: number, named: ReadonlySet<number>): boolean {
  const { ancestors } = run.template.cells[cell] as CompiledCell
  return [...named].some((other) => ancestors.has(other))
}

interface Choice {
  step: Coordinate
  cell: CompiledCell
  /** What earlier coordinates chose. */
  chosen: ReadonlyMap<number, number>
  instance: number
}

/** The instance that a coordinate selects; −1 out of range, or when the asking instance does not know enough. */
function chooseSibling(run: RunState, asking: Asking, { step, cell, chosen, instance }: Choice): number {
  const instances = run.instancesOf(cell.index)
  if (step.kind === 'current' || step.kind === 'relative') {
    if (!asking.known.has(cell.index)) return -1
    const current = asking.above(cell.index, instance)
    if (!agrees(instances, current, chosen)) return -1
    return sibling(
      instances,
      instances.context[current] as number,
      instances.ordinal(current) + (step.kind === 'relative' ? step.offset : 0),
    )
  }
  const context = contextUnder(run, instances, (parent) => parentInstance(run, asking, { parent, chosen, instance }))
  if (context < 0) return -1
  const count = instances.real[context] as number
  return sibling(instances, context, step.kind === 'absolute' ? step.position : count + 1 - step.position)
}

/** By ordinal within a context; blanks are no siblings. */
function sibling(instances: Instances, context: number, ordinal: number): number {
  if (ordinal < 1 || ordinal > (instances.real[context] as number)) return -1
  return (instances.first[context] as number) + ordinal - 1
}

/** An instance that does not lie under what was chosen is not meant. */
function agrees(instances: Instances, instance: number, chosen: ReadonlyMap<number, number>): boolean {
  for (const [cell, wanted] of chosen) {
    if (instances.cell.ancestors.has(cell) && instances.above(cell, instance) !== wanted) return false
  }
  return true
}

function parentInstance(
  run: RunState,
  asking: Asking,
  { parent, chosen, instance }: { parent: number; chosen: ReadonlyMap<number, number>; instance: number },
): number {
  const direct = chosen.get(parent)
  if (direct !== undefined) return direct
  for (const [cell, found] of chosen) {
    if ((run.template.cells[cell] as CompiledCell).ancestors.has(parent))
      return run.instancesOf(cell).above(parent, found)
  }
  if (!asking.known.has(parent)) return -1
  const own = asking.above(parent, instance)
  return agrees(run.instancesOf(parent), own, chosen) ? own : -1
}

const contextTables = new WeakMap<Instances, PairTable>()

/** The context of a cell under given parents; −1 if there is none. */
function contextUnder(run: RunState, instances: Instances, parentInstanceOf: (parent: number) => number): number {
  const { cell, contexts } = instances
  const left = cell.left === ROOT ? 0 : parentInstanceOf(cell.left)
  const top = cell.top === ROOT ? 0 : parentInstanceOf(cell.top)
  if (left < 0 || top < 0) return -1
  let table = contextTables.get(instances)
  if (table === undefined) {
    const lefts = cell.left === ROOT ? 1 : run.instancesOf(cell.left).count
    const tops = cell.top === ROOT ? 1 : run.instancesOf(cell.top).count
    table = new PairTable(lefts, tops)
    for (let c = 0; c < contexts.count; c += 1) {
      table.set(
        cell.left === ROOT ? 0 : (contexts.left[c] as number),
        cell.top === ROOT ? 0 : (contexts.top[c] as number),
        c,
      )
    }
    contextTables.set(instances, table)
  }
  return table.get(left, top)
}
