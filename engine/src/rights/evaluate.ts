import { compareText } from '../formula/compare.ts'
import { like } from '../formula/operators.ts'
import type { Node } from '../formula/syntax.ts'
import { type Condition, constantOf } from './condition.ts'

/** A row as rights see it: columns of its fact by name; a column that is missing is unknown. */
export type RightsRow = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Values after `user.` in a condition; an attribute the user does not have is unknown, not empty. */
export type Attributes = Readonly<Record<string, string | readonly string[] | undefined>>

type Truth = boolean | null
type Cell = string | number | boolean | null
export type Judge = (row: RightsRow) => Truth

/**
 * A condition as a function of rows, for one user. Three-valued: what is unknown is null, and null is not true, so a
 * row without the value that a rule asks for stays hidden.
 */
export function judgeOf({ node }: Condition, attributes: Attributes): Judge {
  return judge(node, attributes)
}

function judge(node: Node, attributes: Attributes): Judge {
  if (node.kind === 'literal') return () => node.value === true
  if (node.kind === 'field') return (row) => (cellOf(row[node.name]) === null ? null : row[node.name] === true)
  if (node.kind === 'unary') {
    const inner = judge(node.operand, attributes)
    return (row) => negated(inner(row))
  }
  if (node.kind === 'call') return called(node.name, node.args, attributes)
  if (node.kind !== 'binary') throw new Error(`${node.kind} is no condition`)
  const { operator, left, right } = node
  if (operator === 'AND' || operator === 'OR') {
    const sides = [judge(left, attributes), judge(right, attributes)] as const
    return operator === 'AND'
      ? (row) => both(sides[0](row), () => sides[1](row))
      : (row) => either(sides[0](row), () => sides[1](row))
  }
  const of = reader(left, attributes)
  if (operator === 'IN') {
    const list = listOf(right, attributes)
    if (list === undefined) return () => null
    const wanted = new Set<Cell>(list)
    return (row) => known(of(row), (value) => wanted.has(value))
  }
  const other = reader(right, attributes)
  if (operator === 'LIKE')
    return (row) => known(of(row), (value) => known(other(row), (pattern) => like(String(value), String(pattern))))
  return (row) => known(of(row), (a) => known(other(row), (b) => compared(operator, a, b)))
}

const cellOf = (value: RightsRow[string]): Cell => value ?? null
const negated = (truth: Truth): Truth => (truth === null ? null : !truth)
const known = (value: Cell, then: (value: NonNullable<Cell>) => Truth): Truth => (value === null ? null : then(value))

function both(left: Truth, right: () => Truth): Truth {
  if (left === false) return false
  const other = right()
  return other === false ? false : left === null || other === null ? null : true
}

function either(left: Truth, right: () => Truth): Truth {
  if (left === true) return true
  const other = right()
  return other === true ? true : left === null || other === null ? null : false
}

function compared(operator: string, a: NonNullable<Cell>, b: NonNullable<Cell>): Truth {
  if (operator === '=') return a === b
  if (operator === '<>') return a !== b
  const order = typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : Number(a) - Number(b)
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function called(name: string, args: readonly Node[], attributes: Attributes): Judge {
  const of = reader(args[0] as Node, attributes)
  if (name === 'ISNULL') return (row) => of(row) === null
  const prefix = reader(args[1] as Node, attributes)
  return (row) => known(of(row), (value) => known(prefix(row), (start) => String(value).startsWith(String(start))))
}

function reader(node: Node, attributes: Attributes): (row: RightsRow) => Cell {
  if (node.kind === 'field' && node.of === 'row') return (row) => cellOf(row[node.name])
  const value = fixedOf(node, attributes)
  return () => value
}

/** The value of a literal or of a one-valued attribute; null when the user has no such attribute. */
export function fixedOf(node: Node, attributes: Attributes): Cell {
  if (node.kind === 'field') {
    const value = attributes[node.name]
    return typeof value === 'string' ? value : null
  }
  return constantOf(node) ?? null
}

/** The values of a list; undefined when the user has no such attribute. */
export function listOf(node: Node, attributes: Attributes): readonly NonNullable<Cell>[] | undefined {
  if (node.kind === 'array') return node.items.map((item) => constantOf(item) as NonNullable<Cell>)
  const value = node.kind === 'field' ? attributes[node.name] : undefined
  return typeof value === 'string' || value === undefined ? undefined : value
}
