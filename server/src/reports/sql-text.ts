import type { ParameterValue, ParameterValues } from '@gemba/contracts/report'
import type { ReportParameter } from '@gemba/contracts/template'
import { DatasetRefused } from './dataset-reading.ts'

/** A statement whose parameters are bound, never written into it. */
export interface BoundSql {
  sql: string
  params: Record<string, unknown>
}

type Piece = { kind: 'text'; text: string } | { kind: 'param'; name: string } | { kind: 'open' } | { kind: 'close' }

/** How a statement is written for one store: where its comments and quotes end, and how a parameter stands in it. */
interface Dialect {
  /** `#` begins a comment, and a backslash keeps the next character of a quoted text. */
  readonly isLoose: boolean
  write(value: Known, place: { index: number; bound: Record<string, unknown> }): { text: string; isEmpty: boolean }
}

/** Stands around the key of a value until all of the statement is known; no author can write it. */
const MARK = '\u0001'
const MARKED = /\u0001(\d+)\u0001/g

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy
const WORD = /[\p{L}\p{N}_$]+/uy

/**
 * Turns `:name` into bound parameters and drops each `[[ … ]]` in which a parameter is empty. Quoted texts, quoted names
 * and comments are left as they are. Throws DatasetRefused for a parameter that the template does not declare.
 */
export const boundSql = (sql: string, given: GivenParameters): BoundSql => compiled(sql, given, WAREHOUSE)

/**
 * The same for PostgreSQL: parameters are `$1`, `$2` …; a list for `IN (:name)` is as many of them as it has values. They
 * are numbered last, for a segment that was dropped has taken its values along.
 */
export const boundPostgres = (sql: string, given: GivenParameters): { sql: string; values: string[] } =>
  inOrder(compiled(sql.replaceAll(MARK, ''), given, POSTGRES), (number) => `$${number}`)

/** The same for MySQL and MariaDB, whose parameters are `?`, and which forget the order of a query within another. */
export function boundMysql(sql: string, given: GivenParameters): { sql: string; values: string[] } {
  const { sql: text, values } = inOrder(compiled(sql.replaceAll(MARK, ''), given, MYSQL), () => '?')
  const words = outerWords(text)
  const isOrdered = words.includes('ORDER') && !words.includes('LIMIT') && !words.includes('FETCH')
  // With a limit the order of the inner query counts; this one is the largest there is.
  return { sql: isOrdered ? `${text}\nLIMIT 18446744073709551615` : text, values }
}

/** Words of a statement of MySQL outside of brackets, quotes and comments, in capitals. */
function outerWords(sql: string): string[] {
  const words: string[] = []
  let depth = 0
  for (let at = 0; at < sql.length;) {
    const skipped = skipQuoted(sql, at, true)
    WORD.lastIndex = at
    const word = skipped > at ? undefined : WORD.exec(sql)?.[0]
    if (sql[at] === '(') depth += 1
    if (sql[at] === ')') depth -= 1
    if (word !== undefined && depth === 0) words.push(word.toUpperCase())
    at = Math.max(skipped, at + (word?.length ?? 1))
  }
  return words
}

function inOrder({ sql: marked, params }: BoundSql, place: (number: number) => string) {
  const values: string[] = []
  const sql = marked.replaceAll(MARKED, (_whole, key: string) => place(values.push(String(params[key]))))
  return { sql, values }
}

export interface GivenParameters {
  parameters: readonly ReportParameter[]
  params: ParameterValues
}

function compiled(sql: string, { parameters, params }: GivenParameters, dialect: Dialect): BoundSql {
  const known = knownNames(parameters, params)
  const bound: Record<string, unknown> = {}
  const take = (name: string): { text: string; isEmpty: boolean } => {
    const value = known.get(name)
    if (value === undefined) throw unknownParameter(name)
    return dialect.write(value, { index: [...known.keys()].indexOf(name), bound })
  }
  let text = ''
  let segment: { text: string; isEmpty: boolean; hasParameter: boolean } | null = null
  const write = (part: string): void => {
    if (segment === null) text += part
    else segment.text += part
  }
  for (const piece of piecesOf(sql, dialect)) {
    if (piece.kind === 'text') write(piece.text)
    else if (piece.kind === 'param') {
      const { text: written, isEmpty } = take(piece.name)
      write(written)
      if (segment !== null) segment = { text: segment.text, isEmpty: segment.isEmpty || isEmpty, hasParameter: true }
    } else if (piece.kind === 'open') {
      if (segment !== null) write('[[')
      else segment = { text: '', isEmpty: false, hasParameter: false }
    } else if (segment === null) write(']]')
    else {
      // Two brackets without a parameter are a list of lists.
      const { text: inner, isEmpty, hasParameter }: { text: string; isEmpty: boolean; hasParameter: boolean } = segment
      segment = null
      if (!hasParameter) text += `[[${inner}]]`
      else if (!isEmpty) text += inner
    }
  }
  if (segment !== null) throw openSegment()
  return { sql: text, params: bound }
}

interface Known {
  type: ReportParameter['type']
  value: ParameterValue
}

/** A range is two parameters, `<name>_from` and `<name>_to`. */
function knownNames(parameters: readonly ReportParameter[], params: ParameterValues): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const { name, type } of parameters) {
    const value = params[name] ?? null
    if (type === 'dateRange') {
      const range =
        value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { from: null, to: null }
      known.set(`${name}_from`, { type: 'date', value: range.from })
      known.set(`${name}_to`, { type: 'date', value: range.to })
    } else known.set(name, { type, value })
  }
  return known
}

function bindingOf(value: ParameterValue, type: ReportParameter['type']): { type: string; plain: unknown } {
  const single = type === 'number' ? 'Float64' : type === 'date' ? 'Date' : type === 'boolean' ? 'Bool' : 'String'
  if (Array.isArray(value)) {
    const element = single === 'Float64' ? 'Float64' : 'String'
    return {
      type: `Array(${element})`,
      plain: value.map((each) => (element === 'String' ? String(each) : Number(each))),
    }
  }
  if (value === null || value === '') return { type: `Nullable(${single})`, plain: null }
  return { type: single, plain: value }
}

const WAREHOUSE: Dialect = {
  isLoose: true,
  write: ({ value, type: of }, { index, bound }) => {
    const { type, plain } = bindingOf(value, of)
    bound[`p_${index}`] = plain
    return { text: `{p_${index}:${type}}`, isEmpty: plain === null || (Array.isArray(plain) && plain.length === 0) }
  },
}

/** Each value is bound as text and cast there; a list is as many of them as it has values, an empty one NULL. */
const foreign = (isLoose: boolean, cast: (place: string, type: ReportParameter['type']) => string): Dialect => ({
  isLoose,
  write: ({ value, type }, { bound }) => {
    const values = Array.isArray(value) ? value : value === null || value === '' ? [] : [value]
    const marks = values.map((each) => {
      const key = String(Object.keys(bound).length)
      bound[key] = each
      return cast(`${MARK}${key}${MARK}`, type)
    })
    return { text: marks.length === 0 ? cast('NULL', type) : marks.join(', '), isEmpty: marks.length === 0 }
  },
})

const POSTGRES_TYPES: Partial<Record<ReportParameter['type'], string>> = {
  number: 'numeric',
  date: 'date',
  boolean: 'boolean',
}
const POSTGRES = foreign(false, (place, type) => `${place}::${POSTGRES_TYPES[type] ?? 'text'}`)

/** A text stays bare: a cast one would argue with the collation of the column that it is compared with. */
const MYSQL = foreign(true, (place, type) => {
  if (type === 'number') return `CAST(${place} AS DECIMAL(65,30))`
  if (type === 'date') return `CAST(${place} AS DATE)`
  return type === 'boolean' ? `(${place} = 'true')` : place
})

/** Cuts a statement at parameters and optional segments, outside of quotes and comments. */
function* piecesOf(sql: string, { isLoose }: Dialect): Generator<Piece> {
  let from = 0
  let at = 0
  const flush = function* (until: number): Generator<Piece> {
    if (until > from) yield { kind: 'text', text: sql.slice(from, until) }
  }
  while (at < sql.length) {
    const skipped = skipQuoted(sql, at, isLoose)
    if (skipped > at) {
      at = skipped
      continue
    }
    if (/^\{\s*[\p{L}_]/u.test(sql.slice(at, at + 40))) throw ownBraces()
    const pair = sql.slice(at, at + 2)
    if (pair === '[[' || pair === ']]') {
      yield* flush(at)
      yield { kind: pair === '[[' ? 'open' : 'close' }
      at += 2
      from = at
      continue
    }
    NAME.lastIndex = at + 1
    const name = sql[at] === ':' && sql[at - 1] !== ':' ? NAME.exec(sql)?.[0] : undefined
    if (name === undefined) {
      // A cast `::Type` is passed whole, so that its second colon begins no parameter.
      at += pair === '::' ? 2 : 1
      continue
    }
    yield* flush(at)
    yield { kind: 'param', name }
    at += 1 + name.length
    from = at
  }
  yield* flush(sql.length)
}

/** The place behind a quoted text, a quoted name or a comment that begins here; the same place when none does. */
function skipQuoted(sql: string, at: number, isLoose: boolean): number {
  const character = sql[at] as string
  if (sql.startsWith('--', at) || (isLoose && character === '#')) return behind(sql, '\n', at + 1)
  if (sql.startsWith('/*', at)) return behind(sql, '*/', at + 2)
  if (character !== "'" && character !== '"' && character !== '`') return at
  for (let end = at + 1; end < sql.length; end += 1) {
    if (isLoose && sql[end] === '\\') end += 1
    else if (sql[end] === character) {
      if (sql[end + 1] !== character) return end + 1
      end += 1
    }
  }
  return sql.length
}

function behind(sql: string, mark: string, from: number): number {
  const end = sql.indexOf(mark, from)
  return end < 0 ? sql.length : end + mark.length
}

const inTheQuery = { zh: '请修改数据集的查询', en: 'correct the query of the dataset' }
const unknownParameter = (name: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `查询中的参数 :${name} 没有声明`, en: `the query names the parameter :${name}, which is not declared` },
    inTheQuery,
  )
const openSegment = (): DatasetRefused =>
  new DatasetRefused({ zh: '可选片段 [[ 没有结束', en: 'an optional segment [[ is not closed' }, inTheQuery)
const ownBraces = (): DatasetRefused =>
  new DatasetRefused(
    { zh: '参数写作 :名称，不用花括号', en: 'parameters are written :name, without braces' },
    inTheQuery,
  )
