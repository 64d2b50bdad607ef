import type { Action, Mask, OrganisationScope } from '@gemba/contracts/rights'
import { BoundValues, type SqlPart, conditionSql } from './condition-sql.ts'
import { coversPlace, maskOf, permits, scopeShows } from './decide.ts'
import type { EffectiveRights } from './effective.ts'
import { type Judge, type RightsRow, judgeOf } from './evaluate.ts'
import { type Fact, columnSql } from './facts.ts'
import type { ForeignLimits } from './foreign-sql.ts'

export interface ConditionOptions {
  /** How columns are reached when not by their own SQL. */
  columns?: Readonly<Record<string, string>>
  /** Begins the names of bound values; two conditions in one statement need two. */
  prefix?: string
}

/**
 * The rights of one user on one fact, ready for many rows: the same decision in memory, as a condition of SQL, and
 * as masks of columns.
 */
export class FactGate {
  readonly fact: Fact
  /** Columns that are not shown as they are. */
  readonly masks: ReadonlyMap<string, Mask>
  /** Codes of the row rules that narrow what is seen. */
  readonly rules: readonly string[]
  private readonly rights: EffectiveRights
  private readonly scopes: readonly OrganisationScope[]
  private readonly judges: readonly Judge[]
  private readonly isBroken: boolean

  constructor(rights: EffectiveRights, fact: Fact, action: Action = 'view') {
    this.fact = fact
    this.rights = rights
    const object = { kind: 'dataset', id: fact.id } as const
    this.scopes = rights.held
      .filter((held) => permits(held, { action, object }, rights.folders))
      .map(({ scope }) => scope)
    const rules = rights.rowRules.get(fact.id) ?? []
    this.rules = rules.map(({ rule }) => rule.id)
    this.isBroken = rules.some(({ condition }) => condition === null)
    this.judges = rules.flatMap(({ condition }) => (condition ? [judgeOf(condition, rights.attributes)] : []))
    const masks = fact.columns.map(({ name }) => [name, maskOf(rights, fact, name)] as const)
    this.masks = new Map(masks.filter((entry): entry is [string, Mask] => entry[1] !== null))
  }

  /** Nothing of the fact is ever seen. */
  get isClosed(): boolean {
    return this.isBroken || this.scopes.length === 0
  }

  /** Every row of the fact is seen. */
  get isOpen(): boolean {
    return !this.isBroken && this.judges.length === 0 && this.scopes.some((scope) => isWhole(scope, this.fact))
  }

  /** Every row of the fact at a place and below it is seen. */
  isOpenAt(path: string): boolean {
    if (this.isBroken || this.judges.length > 0) return false
    return this.scopes.some((scope) => coversPlace(scope, path) && isWhole({ ...scope, equipment: null }, this.fact))
  }

  /** Some row of the fact at a place could be seen: a role shows it there, and the fact names what its scope asks for. */
  reaches(path: string): boolean {
    const { supplier, customer } = this.fact
    return (
      !this.isBroken &&
      this.scopes.some(
        (scope) =>
          coversPlace(scope, path) &&
          (scope.suppliers === null || (supplier !== undefined && scope.suppliers.length > 0)) &&
          (scope.customers === null || (customer !== undefined && scope.customers.length > 0)),
      )
    )
  }

  /** Who is limited by customers could see rows of theirs at a place, though no machine of it. */
  reachesByCustomer(path: string): boolean {
    if (this.isBroken || this.fact.customer === undefined) return false
    return this.scopes.some(
      (scope) => coversPlace(scope, path) && scope.suppliers === null && (scope.customers?.length ?? 0) > 0,
    )
  }

  /** Whether some role that shows the fact has a scope of which the test holds. */
  scopesAt(test: (scope: OrganisationScope) => boolean): boolean {
    return this.scopes.some(test)
  }

  allows(row: RightsRow): boolean {
    return this.isShown(row) && this.passes(row)
  }

  /** Whether a role shows the row, rules aside. */
  isShown(row: RightsRow): boolean {
    return !this.isBroken && this.scopes.some((scope) => scopeShows(scope, this.fact, row))
  }

  passes(row: RightsRow): boolean {
    return !this.isBroken && this.judges.every((judge) => judge(row) === true)
  }

  /** SQL condition on rows of the fact; values are bound. */
  condition({ columns, prefix = 'gate' }: ConditionOptions = {}): SqlPart {
    if (this.isClosed) return { sql: '0', params: {} }
    const values = new BoundValues(prefix)
    const place = { fact: this.fact, attributes: this.rights.attributes, values, columns }
    const parts: string[] = []
    if (!this.scopes.some((scope) => isWhole(scope, this.fact)))
      parts.push(`(${this.scopes.map((scope) => scopeSql(scope, this.fact, { values, columns })).join(' OR ')})`)
    for (const { condition } of this.rights.rowRules.get(this.fact.id) ?? [])
      if (condition) parts.push(`ifNull(${conditionSql(condition, place)}, 0)`)
    return { sql: parts.length === 0 ? '1' : parts.join(' AND '), params: values.params }
  }

  /** What rows that lie elsewhere are judged by; nothing to ask of a gate that is closed. */
  get foreignLimits(): ForeignLimits {
    const rules = this.rights.rowRules.get(this.fact.id) ?? []
    return {
      fact: this.fact,
      scopes: this.scopes.some((scope) => isWhole(scope, this.fact)) ? null : this.scopes,
      rules: rules.flatMap(({ rule, condition }) => (condition ? [{ id: rule.id, condition }] : [])),
      attributes: this.rights.attributes,
    }
  }

  /** SQL of a column as the user sees it; `salt` keeps hashes from being looked up. */
  columnSql(name: string, { salt, columns }: { salt: string; columns?: Readonly<Record<string, string>> }): SqlPart {
    const sql = columnSql(this.fact, name, columns)
    const mask = this.masks.get(name)
    if (!mask) return { sql, params: {} }
    if (mask.kind === 'hide') return { sql: 'NULL', params: {} }
    if (mask.kind === 'bucket')
      return {
        sql: `floor((${sql}) / {step_${name}:Float64}) * {step_${name}:Float64}`,
        params: { [`step_${name}`]: mask.size },
      }
    if (mask.kind === 'partial') return { sql: `concat(substringUTF8(${sql}, 1, 1), '**')`, params: {} }
    return {
      sql: `lower(substring(hex(SHA256(concat({mask_salt:String}, ${sql}))), 1, 12))`,
      params: { mask_salt: salt },
    }
  }
}

const isWhole = (scope: OrganisationScope, fact: Fact): boolean =>
  (scope.equipment === null || fact.place === undefined) &&
  scope.suppliers === null &&
  scope.customers === null &&
  (scope.departments === null || fact.department === undefined)

/** A scope as SQL; unknown places and names lie outside. */
function scopeSql(
  scope: OrganisationScope,
  fact: Fact,
  { values, columns }: { values: BoundValues; columns: Readonly<Record<string, string>> | undefined },
): string {
  const parts: string[] = []
  if (fact.place !== undefined && scope.equipment !== null)
    parts.push(placeSql(scope.equipment, `toString(${columnSql(fact, fact.place, columns)})`, values))
  const named = (list: readonly string[] | null, column: string | undefined) => {
    if (list === null) return
    if (column === undefined || list.length === 0) parts.push('0')
    else
      parts.push(`ifNull(has(${values.bind(list, 'Array(String)')}, toString(${columnSql(fact, column, columns)})), 0)`)
  }
  named(scope.suppliers, fact.supplier)
  named(scope.customers, fact.customer)
  if (fact.department !== undefined) named(scope.departments, fact.department)
  return parts.length === 0 ? '1' : `(${parts.join(' AND ')})`
}

/** A place is covered when it, cut to the depth of an allowed one, is an allowed one: one look-up for each depth. */
function placeSql(allowed: readonly string[], column: string, values: BoundValues): string {
  if (allowed.length === 0) return '0'
  const byDepth = new Map<number, string[]>()
  for (const path of allowed) {
    const depth = path.split('/').length
    byDepth.set(depth, [...(byDepth.get(depth) ?? []), path])
  }
  const whole = `ifNull(${column}, '')`
  const looks = [...byDepth].map(([depth, paths]) => {
    const cut =
      depth === 1
        ? `splitByChar('/', ${whole})[1]`
        : `arrayStringConcat(arraySlice(splitByChar('/', ${whole}), 1, ${depth}), '/')`
    return `${cut} IN ${values.bind(paths, 'Array(String)')}`
  })
  return `(${looks.join(' OR ')})`
}

/** A value as the user sees it; `hash` gives the 12 characters of a salted SHA-256. */
export function masked(
  value: string | number | null,
  mask: Mask,
  hash: (text: string) => string,
): string | number | null {
  if (value === null || mask.kind === 'hide') return null
  if (mask.kind === 'bucket') return typeof value === 'number' ? Math.floor(value / mask.size) * mask.size : null
  if (mask.kind === 'partial') return `${[...String(value)][0] ?? ''}**`
  return hash(String(value))
}
