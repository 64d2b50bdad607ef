import { exactText, isNum, signOf } from './decimal.ts'
import type { BinaryOperator, Coordinate, Node, ReferenceNode } from './syntax.ts'
import { textOf, type Scalar } from './values.ts'

/** How tightly a node binds; a part that binds less than its place asks for gets brackets. */
const STRENGTH: Record<BinaryOperator, number> = {
  OR: 1,
  AND: 2,
  '=': 4,
  '<>': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  IN: 4,
  LIKE: 4,
  '+': 5,
  '-': 5,
  '&&': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '^': 8,
}
const WORDS = new Set<BinaryOperator>(['OR', 'AND', 'IN', 'LIKE'])
const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u

/** The text of a tree, with as few brackets as its meaning allows; `parse(print(x))` equals x. */
export function print(node: Node): string {
  return printed(node, 0)
}

function printed(node: Node, least: number): string {
  const text = bare(node)
  return strength(node) < least ? `(${text})` : text
}

export function strength(node: Node): number {
  if (node.kind === 'binary') return STRENGTH[node.operator]
  if (node.kind === 'unary') return node.operator === 'NOT' ? 3 : 7
  if (node.kind === 'literal' && isNum(node.value) && signOf(node.value) < 0) return 7
  return 9
}

function bare(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return literal(node.value)
    case 'this':
      return 'THIS'
    case 'unary':
      return node.operator === 'NOT' ? `NOT ${printed(node.operand, 3)}` : `-${printed(node.operand, 7)}`
    case 'binary':
      return binary(node)
    case 'call':
      return `${node.name}(${node.args.map(print).join(',')})`
    case 'reference':
      return reference(node)
    case 'range':
      return `${node.from}:${node.to}`
    case 'ordinal':
      return `&${node.cell}`
    case 'own':
      return `$${node.cell}`
    case 'field':
      return `${node.of}.${NAME.test(node.name) ? node.name : quoted(node.name)}`
    case 'array':
      return `{${node.items.map(print).join(',')}}`
  }
}

function binary(node: Extract<Node, { kind: 'binary' }>): string {
  const own = STRENGTH[node.operator]
  const gap = WORDS.has(node.operator) ? ' ' : ''
  if (node.operator === '^') return `${printed(node.left, 9)}^${printed(node.right, 7)}`
  // A comparison does not chain, and an operation of the same strength on the right needs brackets.
  const left = printed(node.left, own === 4 ? 5 : own)
  return `${left}${gap}${node.operator}${gap}${printed(node.right, own + 1 === 3 ? 3 : own + 1)}`
}

export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

function literal(value: Scalar): string {
  if (value === null) return 'NULL'
  if (isNum(value)) return exactText(value)
  return typeof value === 'string' ? quoted(value) : textOf(value)
}

function reference(node: ReferenceNode): string {
  const scope = node.scope === undefined ? '' : node.scope === '*' ? '[*]' : `[${coordinates(node.scope)}]`
  return `${node.cell}${scope}${node.filter === undefined ? '' : `{${print(node.filter)}}`}`
}

function coordinates(scope: { left: Coordinate[]; top: Coordinate[] }): string {
  const left = scope.left.map(coordinate).join(',')
  return scope.top.length === 0 ? left : `${left};${scope.top.map(coordinate).join(',')}`
}

function coordinate(step: Coordinate): string {
  if (step.kind === 'current') return step.cell
  if (step.kind === 'relative') return `${step.cell}:${step.offset > 0 ? '+' : ''}${step.offset}`
  return step.kind === 'absolute' ? `${step.cell}:${step.position}` : `${step.cell}:!-${step.position}`
}
