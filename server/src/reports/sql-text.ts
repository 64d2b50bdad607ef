import type { ParameterValue, ParameterValues } from '@gemba/contracts/report'
import type { ReportParameter } from '@gemba/contracts/template'
import { DatasetRefused } from './dataset-reading.ts'

/** A statement whose parameters are bound, never written into it. */
export interface BoundSql {
  sql: string
  params: Record<string, unknown>
}

type Piece = { kind: 'text'; text: string } | { kind: 'param'; name: string } | { kind: 'open' } | { kind: 'close' }

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy

/**
 * Turns `:name` into bound parameters and drops each `[[ … ]]` in which a parameter is empty. Quoted texts, quoted names
 * and comments are left as they are. Throws DatasetRefused for a parameter that the template does not declare.
 */
export function boundSql(
  sql: string,
  { parameters, params }: { parameters: readonly ReportParameter[]; params: ParameterValues },
): BoundSql {
  const known = knownNames(parameters, params)
  const bound: Record<string, unknown> = {}
  const take = (name: string): { text: string; isEmpty: boolean } => {
    const value = known.get(name)
    if (value === undefined) throw unknownParameter(name)
    const { type, plain } = bindingOf(value.value, value.type)
    const key = `p_${[...known.keys()].indexOf(name)}`
    bound[key] = plain
    return { text: `{${key}:${type}}`, isEmpty: plain === null || (Array.isArray(plain) && plain.length === 0) }
  }
  let text = ''
  let segment: { text: string; isEmpty: boolean; hasParameter: boolean } | null = null
  const write = (part: string): void => {
    if (segment === null) text += part
    else segment.text += part
  }
  for (const piece of piecesOf(sql)) {
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

/** Cuts a statement at parameters and optional segments, outside of quotes and comments. */
function* piecesOf(sql: string): Generator<Piece> {
  let from = 0
  let at = 0
  const flush = function* (until: number): Generator<Piece> {
    if (until > from) yield { kind: 'text', text: sql.slice(from, until) }
  }
  while (at < sql.length) {
    const skipped = skipQuoted(sql, at)
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
function skipQuoted(sql: string, at: number): number {
  const character = sql[at] as string
  if (sql.startsWith('--', at) || character === '#') return behind(sql, '\n', at + 1)
  if (sql.startsWith('/*', at)) return behind(sql, '*/', at + 2)
  if (character !== "'" && character !== '"' && character !== '`') return at
  for (let end = at + 1; end < sql.length; end += 1) {
    if (sql[end] === '\\') end += 1
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
