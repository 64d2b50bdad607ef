import type { FunctionContext, FunctionDefinition, Thunk } from './function-table.ts'
import { functionNamed } from './functions.ts'
import { negated, operate, truth } from './operators.ts'
import type { CallNode, FieldNode, Node, RangeNode, ReferenceNode } from './syntax.ts'
import { FormulaError, isError, type Value } from './values.ts'

/** A compiled expression: the value in one scope. What a scope is, the host decides. */
export type Evaluate<S> = (scope: S) => Value

/** Meaning of the names that lead out of an expression. Each is compiled once and evaluated often. */
export interface Host<S> {
  context: FunctionContext
  /** Counts work; throws when the run has used up its budget. */
  spend: (steps: number) => void
  reference: (node: ReferenceNode) => Evaluate<S>
  range: (node: RangeNode) => Evaluate<S>
  ordinal: (cell: string) => Evaluate<S>
  own: (cell: string) => Evaluate<S>
  field: (node: FieldNode) => Evaluate<S>
  self: () => Evaluate<S>
  /** Functions that take cells rather than values; undefined leaves a call to the function table. */
  call: (node: CallNode, compile: (node: Node) => Evaluate<S>) => Evaluate<S> | undefined
}

/** Compiles a tree to a closure. Never throws for what an author can write: unknown names become error values. */
export function compile<S>(node: Node, host: Host<S>): Evaluate<S> {
  const inner = (part: Node): Evaluate<S> => compile(part, host)
  switch (node.kind) {
    case 'literal': {
      const value = node.value
      return () => value
    }
    case 'this':
      return host.self()
    case 'unary':
      return unary(node.operator, inner(node.operand))
    case 'binary':
      return binary(node, inner, host)
    case 'call':
      return host.call(node, inner) ?? call(node, inner, host)
    case 'reference':
      return host.reference(node)
    case 'range':
      return host.range(node)
    case 'ordinal':
      return host.ordinal(node.cell)
    case 'own':
      return host.own(node.cell)
    case 'field':
      return host.field(node)
    case 'array': {
      const items = node.items.map(inner)
      return (scope) => items.map((item) => item(scope))
    }
  }
}

function unary<S>(operator: '-' | 'NOT', operand: Evaluate<S>): Evaluate<S> {
  if (operator === '-') return (scope) => negated(operand(scope))
  return (scope) => {
    const held = truth(operand(scope))
    return typeof held === 'boolean' ? !held : held
  }
}

function binary<S>(
  node: Extract<Node, { kind: 'binary' }>,
  inner: (part: Node) => Evaluate<S>,
  host: Host<S>,
): Evaluate<S> {
  const { operator } = node
  const left = inner(node.left)
  const right = inner(node.right)
  if (operator === 'AND' || operator === 'OR') return junction(operator === 'OR', left, right)
  return (scope) => {
    host.spend(1)
    return operate(operator, left(scope), right(scope))
  }
}

/** Three-valued logic: the right side is not evaluated when the left one decides. */
function junction<S>(decides: boolean, left: Evaluate<S>, right: Evaluate<S>): Evaluate<S> {
  return (scope) => {
    const a = truth(left(scope))
    if (a === decides || isError(a)) return a
    const b = truth(right(scope))
    if (b === decides || isError(b)) return b
    return a === null || b === null ? null : !decides
  }
}

function call<S>(node: CallNode, inner: (part: Node) => Evaluate<S>, host: Host<S>): Evaluate<S> {
  const definition = functionNamed(node.name)
  if (definition === undefined) {
    const unknown = new FormulaError('#NAME?', { key: 'unknownFunction', details: { name: node.name } })
    return () => unknown
  }
  const wrong = argumentError(definition, node.args.length)
  if (wrong !== undefined) return () => wrong
  const args = node.args.map(inner)
  return (scope) => {
    host.spend(1)
    const thunks: Thunk[] = args.map((arg) => () => arg(scope))
    return definition.run(thunks, host.context)
  }
}

export function argumentError(definition: FunctionDefinition, count: number): FormulaError | undefined {
  if (count >= definition.least && count <= definition.most) return undefined
  const details = { name: definition.name, least: String(definition.least), most: String(definition.most) }
  return new FormulaError('#TYPE!', { key: 'argumentCount', details })
}
