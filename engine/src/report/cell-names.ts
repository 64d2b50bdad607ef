import type { Evaluate } from '../formula/evaluate.ts'
import type { Node, ReferenceNode } from '../formula/syntax.ts'
import { FormulaError, type Value } from '../formula/values.ts'
import type { Asking } from './asking.ts'
import type { Candidates } from './candidates.ts'
import type { CompiledCell } from './compiled.ts'
import type { CellExpression, CellScope, RunState } from './run-state.ts'

/** Meaning of names for one asking cell. `outer` is the cell that holds a filter, for its `$` names. */
export interface CellNames {
  run: RunState
  asking: Asking
  outer?: Asking
  /** Compiles an expression for the same or another asking cell. */
  compile: (names: CellNames, node: Node) => CellExpression
}

export function failing(code: '#REF!' | '#NAME?' | '#TYPE!', key: string, name: string): Evaluate<CellScope> {
  const error = new FormulaError(code, { key, details: { name } })
  return () => error
}

/** No candidate is null, one its value, several an array in reading order. */
export function valueOfCandidates(run: RunState, { table, group }: Candidates): Value {
  const size = table.size(group)
  if (size === 0) return null
  const target = table.target.cell.index
  if (size === 1) return run.valueOf(target, table.order[table.first[group] as number] as number)
  run.spend(size)
  return Array.from(table.members(group), (instance) => run.valueOf(target, instance))
}

/** A coordinate must name the target or something above it. */
export function strangeCoordinate(run: RunState, node: ReferenceNode, target: CompiledCell): string | undefined {
  if (node.scope === undefined || node.scope === '*') return undefined
  return [...node.scope.left, ...node.scope.top].find(({ cell }) => {
    const index = run.template.byAddress.get(cell)?.index
    return index === undefined || (index !== target.index && !target.ancestors.has(index))
  })?.cell
}
