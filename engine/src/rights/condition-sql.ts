import type { Node } from '../formula/syntax.ts'
import { type Condition, constantOf } from './condition.ts'
import { type Attributes, fixedOf, listOf } from './evaluate.ts'
import { type Fact, columnNamed, columnSql } from './facts.ts'

/** A part of a statement; values stand in `params` and are bound, never written into the text. */
export interface SqlPart {
  sql: string
  params: Record<string, unknown>
}

/** Collects bound values under names that no other part of the statement uses. */
export class BoundValues {
  readonly params: Record<string, unknown> = {}
  private readonly prefix: string
  private count = 0

  constructor(prefix = 'gate') {
    this.prefix = prefix
  }

  bind(value: unknown, type: string): string {
    const name = `${this.prefix}${this.count}`
    this.count += 1
    this.params[name] = value
    return `{${name}:${type}}`
  }
}

export interface SqlPlace {
  fact: Fact
  attributes: Attributes
  values: BoundValues
  /** How columns are reached when not by their own SQL. */
  columns?: Readonly<Record<string, string>> | undefined
}

const UNKNOWN = "CAST(NULL, 'Nullable(UInt8)')"

/** A condition as SQL of the warehouse, for one user; true, false or NULL exactly where the same rule in memory is. */
export function conditionSql({ node }: Condition, place: SqlPlace): string {
  return sqlOf(node, place)
}

function sqlOf(node: Node, place: SqlPlace): string {
  if (node.kind === 'literal') return node.value === true ? '1' : '0'
  if (node.kind === 'field') return `(${sqlOfColumn(node.name, place)})`
  if (node.kind === 'unary') return `(NOT ${sqlOf(node.operand, place)})`
  if (node.kind === 'call') return calledSql(node.name, node.args, place)
  if (node.kind !== 'binary') throw new Error(`${node.kind} is no condition`)
  const { operator, left, right } = node
  if (operator === 'AND' || operator === 'OR') return `(${sqlOf(left, place)} ${operator} ${sqlOf(right, place)})`
  if (operator === 'IN') return containedSql(left, right, place)
  const of = operandSql(left, place)
  if (operator === 'LIKE') {
    const pattern = fixedOf(right, place.attributes)
    if (of === null || pattern === null) return UNKNOWN
    // A backslash is an escape in the warehouse and a plain character in the language.
    return `(${of} LIKE ${place.values.bind(String(pattern).replaceAll('\\', '\\\\'), 'String')})`
  }
  const other = operandSql(right, place)
  return of === null || other === null ? UNKNOWN : `(${of} ${operator === '<>' ? '!=' : operator} ${other})`
}

function calledSql(name: string, args: readonly Node[], place: SqlPlace): string {
  const of = operandSql(args[0] as Node, place)
  if (name === 'ISNULL') return of === null ? '1' : `isNull(${of})`
  const prefix = fixedOf(args[1] as Node, place.attributes)
  return of === null || prefix === null ? UNKNOWN : `startsWith(${of}, ${place.values.bind(prefix, 'String')})`
}

function containedSql(left: Node, right: Node, place: SqlPlace): string {
  const of = operandSql(left, place)
  const list = listOf(right, place.attributes)
  if (of === null || list === undefined) return UNKNOWN
  const isNullable = left.kind === 'field' && columnNamed(place.fact, left.name)?.nullable === true
  const whenKnown = (value: string) =>
    list.length === 0 ? '0' : `(${value} IN ${place.values.bind(list.map(bindable), arrayType(list))})`
  // The warehouse takes NULL IN (…) for false; unknown must stay unknown under NOT.
  return isNullable ? `if(isNull(${of}), NULL, ${whenKnown(`assumeNotNull(${of})`)})` : whenKnown(of)
}

const arrayType = (list: readonly unknown[]): string => `Array(${typeOf(list[0])})`
const typeOf = (value: unknown): string =>
  typeof value === 'number' ? 'Float64' : typeof value === 'boolean' ? 'UInt8' : 'String'
const bindable = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

function operandSql(node: Node, place: SqlPlace): string | null {
  if (node.kind === 'field' && node.of === 'row') return sqlOfColumn(node.name, place)
  const value = node.kind === 'field' ? fixedOf(node, place.attributes) : (constantOf(node) ?? null)
  return value === null ? null : place.values.bind(bindable(value), typeOf(value))
}

function sqlOfColumn(name: string, { fact, columns }: SqlPlace): string {
  const sql = columnSql(fact, name, columns)
  return columnNamed(fact, name)?.type === 'number' ? `toFloat64(${sql})` : sql
}
