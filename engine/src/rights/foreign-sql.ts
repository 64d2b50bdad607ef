import type { OrganisationScope } from '@gemba/contracts/rights'
import type { Node } from '../formula/syntax.ts'
import { type Condition, constantOf } from './condition.ts'
import { type Attributes, fixedOf, listOf } from './evaluate.ts'
import { type Fact, columnNamed } from './facts.ts'
import { type ForeignDialect, ODD_BLANKS } from './foreign-dialects.ts'

/** A column of a foreign query: what the gate finds in it, and what of it can be said there with the same meaning. */
export interface ForeignColumn {
  readonly name: string
  readonly holds: 'text' | 'number' | 'flag'
  /** `short`: whole numbers that a double holds, as number and as text; `number`: exact ones, as number alone. */
  readonly saidAs: 'text' | 'short' | 'number' | 'unsaid'
}

/** Where a condition is said. */
export interface ForeignPlace {
  readonly dialect: ForeignDialect
  readonly columns: readonly ForeignColumn[]
  /** Columns of the query by those of the fact. */
  readonly mapping: Readonly<Record<string, string>>
}

/** What rows of a fact are judged by, for one user. */
export interface ForeignLimits {
  readonly fact: Fact
  /** Null = some scope shows every row. */
  readonly scopes: readonly OrganisationScope[] | null
  readonly rules: readonly { readonly id: string; readonly condition: Condition }[]
  readonly attributes: Attributes
}

/**
 * The judgement of the gate as a condition of a foreign query. Every row that the gate shows fulfils it. Of what is
 * named in `inQuery` it lets nothing else through, but for rows whose texts begin or end with a white space that the
 * dialect does not trim; those, and what is named in `inMemory`, the gate alone decides.
 */
export interface ForeignCondition {
  /** Bound values stand as marks until `numbered` has put the places of the dialect there. */
  readonly sql: string
  readonly values: readonly (string | number)[]
  /** Codes of rules, `scope` for limits of roles. */
  readonly inQuery: readonly string[]
  readonly inMemory: readonly string[]
}

const MARKED = /\u0001(\d+)\u0001/g
/** More values than this are not sent: the gate judges here. */
const MOST_VALUES = 2_000
const UNKNOWN = '(1 = NULL)'
const truth = (is: boolean): string => (is ? '(1 = 1)' : '(1 = 0)')

/** A part that cannot be said in the dialect with exactly the same meaning. */
class Unsaid extends Error {}

/** Puts the places of bound values into a text, in their order; gives the values in that order. */
export function numbered(
  { sql, values }: Pick<ForeignCondition, 'sql' | 'values'>,
  place: (index: number) => string,
): { sql: string; values: (string | number)[] } {
  const ordered: (string | number)[] = []
  const text = sql.replaceAll(MARKED, (_whole, key: string) => {
    ordered.push(values[Number(key)] as string | number)
    return place(ordered.length - 1)
  })
  return { sql: text, values: ordered }
}

export function foreignCondition(limits: ForeignLimits, place: ForeignPlace): ForeignCondition {
  const values: (string | number)[] = []
  const parts: string[] = []
  const [inQuery, inMemory]: [Set<string>, Set<string>] = [new Set(), new Set()]
  const say = (code: string, write: (part: PartSql) => string): void => {
    const part = new PartSql(limits, place, values.length)
    try {
      parts.push(part.whole(write(part)))
      values.push(...part.values)
      inQuery.add(code)
    } catch (error) {
      if (!(error instanceof Unsaid)) throw error
      inMemory.add(code)
    }
  }
  const { scopes, rules } = limits
  if (scopes !== null) say('scope', (part) => part.scopes(scopes))
  for (const { id, condition } of rules)
    for (const node of conjuncts(condition.node)) say(id, (part) => part.condition(node))
  return {
    sql: parts.length === 0 ? truth(true) : parts.join(' AND '),
    values,
    inQuery: [...inQuery].filter((code) => !inMemory.has(code)),
    inMemory: [...inMemory],
  }
}

/** Columns of the query that the judgement asks for, by their own names. */
export function judgedColumns({ fact, scopes, rules }: ForeignLimits, mapping: ForeignPlace['mapping']): Set<string> {
  const { place, supplier, customer, department } = fact
  const asked = new Set(scopes === null ? [] : [place, supplier, customer, department])
  for (const { condition } of rules) for (const name of fieldsOf(condition.node)) asked.add(name)
  if (place !== undefined && rules.length > 0) asked.add(place)
  return new Set([...asked].flatMap((name) => (name === undefined ? [] : (mapping[name] ?? []))))
}

function fieldsOf(node: Node): string[] {
  if (node.kind === 'field') return node.of === 'row' ? [node.name] : []
  if (node.kind === 'unary') return fieldsOf(node.operand)
  if (node.kind === 'binary') return [...fieldsOf(node.left), ...fieldsOf(node.right)]
  return node.kind === 'call' ? node.args.flatMap(fieldsOf) : []
}

/** Parts that must all be true; each is said for itself. */
const conjuncts = (node: Node): Node[] =>
  node.kind === 'binary' && node.operator === 'AND' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]

/** An operand: its SQL, or null for what is unknown whatever the row. */
interface Operand {
  readonly sql: string | null
  readonly isText: boolean
}

/** One part of the condition, with its values and its doubts. */
class PartSql {
  readonly values: (string | number)[] = []
  private readonly doubts = new Map<string, string>()
  private readonly limits: ForeignLimits
  private readonly place: ForeignPlace
  private readonly first: number

  constructor(limits: ForeignLimits, place: ForeignPlace, first: number) {
    this.limits = limits
    this.place = place
    this.first = first
  }

  /** Rows in doubt are let through: the gate decides about them. */
  whole(sql: string): string {
    return `(${[`(${sql}) IS TRUE`, ...[...this.doubts.values()].map((doubt) => `${doubt} IS TRUE`)].join(' OR ')})`
  }

  scopes(scopes: readonly OrganisationScope[]): string {
    return scopes.map((scope) => this.scope(scope)).join(' OR ') || truth(false)
  }

  private scope({ equipment, suppliers, customers, departments }: OrganisationScope): string {
    const { fact } = this.limits
    const parts: string[] = []
    if (fact.place !== undefined && equipment !== null) parts.push(this.covered(fact.place, equipment))
    const named = (list: readonly string[] | null, column: string | undefined): void => {
      if (list !== null) parts.push(column === undefined ? truth(false) : this.listed(this.column(column), list))
    }
    named(suppliers, fact.supplier)
    named(customers, fact.customer)
    if (fact.department !== undefined) named(departments, fact.department)
    return parts.length === 0 ? truth(true) : `(${parts.join(' AND ')})`
  }

  private covered(column: string, allowed: readonly string[]): string {
    const { sql } = this.column(column)
    if (sql === null || allowed.length === 0) return truth(false)
    const one = (path: string): string =>
      `${this.compared('=', sql, this.bind(path))} OR ${this.begins(sql, `${path}/`)}`
    return `(${allowed.map(one).join(' OR ')})`
  }

  condition(node: Node): string {
    if (node.kind === 'literal') return truth(node.value === true)
    if (node.kind === 'unary') return `(NOT ${this.condition(node.operand)})`
    if (node.kind === 'call') return this.called(node.name, node.args)
    if (node.kind !== 'binary') throw new Unsaid()
    const { operator, left, right } = node
    if (operator === 'AND' || operator === 'OR') return `(${this.condition(left)} ${operator} ${this.condition(right)})`
    const of = this.operand(left)
    if (operator === 'IN') {
      const list = listOf(right, this.limits.attributes)
      return list === undefined ? UNKNOWN : this.listed(of, list)
    }
    if (operator === 'LIKE') {
      const pattern = fixedOf(right, this.limits.attributes)
      return of.sql === null || pattern === null ? UNKNOWN : this.matches(of.sql, String(pattern).replaceAll('!', '!!'))
    }
    const other = this.operand(right)
    if (of.sql === null || other.sql === null) return UNKNOWN
    return of.isText ? this.compared(operator, of.sql, other.sql) : `(${of.sql} ${operator} ${other.sql})`
  }

  private called(name: string, args: readonly Node[]): string {
    const { sql } = this.operand(args[0] as Node)
    if (name === 'ISNULL') return sql === null ? truth(true) : `(${sql} IS NULL)`
    const prefix = fixedOf(args[1] as Node, this.limits.attributes)
    return sql === null || prefix === null ? UNKNOWN : this.begins(sql, String(prefix))
  }

  private listed({ sql, isText }: Operand, list: readonly unknown[]): string {
    if (sql === null) return UNKNOWN
    const { comparable } = this.place.dialect
    // Unknown stays unknown under NOT, whatever the list.
    if (list.length === 0) return `(CASE WHEN ${sql} IS NOT NULL THEN ${truth(false)} END)`
    const values = list.map((value) => this.bind(value)).map((value) => (isText ? comparable(value) : value))
    return `(${isText ? comparable(sql) : sql} IN (${values.join(', ')}))`
  }

  private compared(operator: string, left: string, right: string): string {
    const { comparable } = this.place.dialect
    return `(${comparable(left)} ${operator} ${comparable(right)})`
  }

  private begins(sql: string, prefix: string): string {
    return this.matches(sql, `${prefix.replaceAll(/[!%_]/g, '!$&')}%`)
  }

  private matches(sql: string, pattern: string): string {
    return `(${sql} LIKE ${this.bind(pattern)} ESCAPE '!')`
  }

  private operand(node: Node): Operand {
    if (node.kind === 'field' && node.of === 'row') return this.column(node.name)
    const value = node.kind === 'field' ? fixedOf(node, this.limits.attributes) : (constantOf(node) ?? null)
    return { sql: value === null ? null : this.bind(value), isText: typeof value !== 'number' }
  }

  private bind(value: unknown): string {
    if (typeof value !== 'number' && typeof value !== 'string') throw new Unsaid()
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) throw new Unsaid()
    if (this.values.length >= MOST_VALUES) throw new Unsaid()
    const mark = `\u0001${this.first + this.values.push(value) - 1}\u0001`
    return this.place.dialect.bound(mark, typeof value === 'number' ? 'number' : 'text')
  }

  /** A column of the fact; where its place is a work unit, that says site, area and line. */
  private column(name: string): Operand {
    const level = ['site', 'area', 'line'].indexOf(name) + 1
    if (this.limits.fact.place !== 'unit' || level === 0) return this.mapped(name)
    const { sql: unit } = this.mapped('unit')
    const { sql: own } = this.mapped(name)
    if (unit === null) return { sql: own, isText: true }
    const { firstParts } = this.place.dialect
    const slashes = `LENGTH(${unit}) - LENGTH(REPLACE(${unit}, '/', ''))`
    const cut = `CASE WHEN ${slashes} >= ${level - 1} THEN ${firstParts(unit, level)} END`
    return { sql: `(CASE WHEN ${unit} IS NOT NULL THEN ${cut}${own === null ? '' : ` ELSE ${own}`} END)`, isText: true }
  }

  private mapped(name: string): Operand {
    const type = columnNamed(this.limits.fact, name)?.type
    const column = this.place.columns.find((each) => each.name === this.place.mapping[name])
    const isText = type === 'text'
    if (column === undefined) return { sql: null, isText }
    const sql = this.place.dialect.column(column.name)
    if (isText) return { sql: this.text(column, sql), isText }
    if (type === 'flag') throw new Unsaid()
    if (column.holds !== 'number') return { sql: null, isText }
    if (column.saidAs !== 'short' && column.saidAs !== 'number') throw new Unsaid()
    return { sql: this.place.dialect.number(sql), isText }
  }

  private text({ saidAs }: ForeignColumn, column: string): string {
    const { dialect } = this.place
    if (saidAs === 'short') return dialect.text(column, true)
    if (saidAs !== 'text') throw new Unsaid()
    const text = dialect.text(column, false)
    const doubt = this.doubts.has(column) ? null : dialect.doubt(text, () => this.bind(ODD_BLANKS))
    if (doubt !== null) this.doubts.set(column, doubt)
    return dialect.trimmed(text)
  }
}
