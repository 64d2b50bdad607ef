import { argumentError } from '../formula/evaluate.ts'
import { functionNamed } from '../formula/functions.ts'
import type { CallNode, Node } from '../formula/syntax.ts'
import type { Value } from '../formula/values.ts'
import { candidateFinder, type FindCandidates } from './candidates.ts'
import { strangeCoordinate, valueOfCandidates, type CellNames } from './cell-names.ts'
import type { CellExpression } from './run-state.ts'

/** Groups smaller than this are not worth remembering. */
const WORTHWHILE = 8

type Argument = { value: Value } | { find: FindCandidates }

/**
 * A function of nothing but references and constants depends on the groups that the references mean, and on nothing
 * else: `SUM(C2[*])` in a hundred thousand rows is computed once.
 */
export function rememberedCall(names: CellNames, node: CallNode): CellExpression | undefined {
  const { run } = names
  const definition = functionNamed(node.name)
  if (definition === undefined || argumentError(definition, node.args.length) !== undefined) return undefined
  const args = node.args.map((arg) => argument(names, arg))
  if (args.some((arg) => arg === undefined) || !args.some((arg) => arg !== undefined && 'find' in arg)) return undefined
  let memory = new Map<string | number, Value>()
  let epoch = run.epoch
  return (scope) => {
    run.spend(1)
    const found = (args as Argument[]).map((arg) => ('find' in arg ? arg.find(scope.instance) : arg))
    let size = 0
    for (const arg of found) if ('table' in arg) size += arg.table.size(arg.group)
    const thunks = found.map((arg) => () => ('table' in arg ? valueOfCandidates(run, arg) : arg.value))
    if (size < WORTHWHILE) return definition.run(thunks, run.context)
    if (epoch !== run.epoch) {
      memory = new Map()
      epoch = run.epoch
    }
    const groups = found.flatMap((arg) => ('table' in arg ? [arg.group] : []))
    const key = groups.length === 1 ? (groups[0] as number) : groups.join()
    const known = memory.get(key)
    if (known !== undefined) return known
    const value = definition.run(thunks, run.context)
    memory.set(key, value)
    return value
  }
}

function argument({ run, asking }: CellNames, node: Node): Argument | undefined {
  if (node.kind === 'literal') return { value: node.value }
  if (node.kind !== 'reference' || node.filter !== undefined) return undefined
  const target = run.template.byAddress.get(node.cell)
  if (target === undefined || strangeCoordinate(run, node, target) !== undefined) return undefined
  return { find: candidateFinder(run, asking, { target, scope: node.scope }) }
}
