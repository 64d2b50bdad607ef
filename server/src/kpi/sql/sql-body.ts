/**
 * A figure in SQL, written once over named input relations. The relations are bound to rows that are given as
 * parameters (a conformance case, a what-if) or to tables of the warehouse (history); the text of the body is the same.
 *
 * Every relation begins with `scope`: what one figure is of (a unit, an order, a chart, a case). The relation `asked`
 * has one row for each figure wanted, also for those without a single input row, so that nothing is silently left out.
 * The answer has one row for each scope, with the figures by the names of the conformance cases.
 */
/** `date` is a calendar date as text `YYYY-MM-DD`; a trailing `?` allows null. */
export type ColumnType = 'text' | 'text?' | 'date' | 'date?' | 'number' | 'number?' | 'whole' | 'whole?' | 'flag'

export type Columns = Readonly<Record<string, ColumnType>>

export interface SqlBody {
  /** What it computes, for messages. */
  readonly name: string
  /** Columns beside `scope`, by relation; `asked` is always there. */
  readonly inputs: Readonly<Record<string, Columns>> & { readonly asked: Columns }
  /** Relations without `scope`: the same for all figures. */
  readonly shared?: readonly string[]
  /** Intermediate relations in order, by name. */
  readonly steps?: Readonly<Record<string, string>>
  /** The SELECT of the answer, with a column `scope`. */
  readonly answer: string
  /** A step refers to itself. */
  readonly isRecursive?: true
  /** Parameters in the text itself, which must be constant for one statement. */
  readonly params?: readonly string[]
}

export interface BoundQuery {
  readonly sql: string
  readonly params: Record<string, unknown>
}

export type InputRow = Readonly<Record<string, unknown>>
/** Rows by relation; an absent relation is empty. Every row has `scope` unless its relation is shared. */
export type InputRows = Readonly<Record<string, readonly InputRow[]>>

const SQL_TYPES: Record<ColumnType, string> = {
  text: 'String',
  'text?': 'Nullable(String)',
  date: 'String',
  'date?': 'Nullable(String)',
  number: 'Float64',
  'number?': 'Nullable(Float64)',
  whole: 'Int64',
  'whole?': 'Nullable(Int64)',
  flag: 'UInt8',
}

/** Columns of a relation as they stand in the statement: `scope` first. */
export function columnsOf(body: SqlBody, relation: string): [string, ColumnType][] {
  const own = Object.entries(body.inputs[relation] ?? {})
  return body.shared?.includes(relation) ? own : [['scope', 'text'], ...own]
}

/**
 * The body over rows. Each column goes as one bound array, so no value stands in the text. A field that is undefined
 * is null. Throws a RangeError that names relation and column when a value does not fit its type.
 */
export function bodyOverRows(body: SqlBody, rows: InputRows, own: Record<string, unknown> = {}): BoundQuery {
  const params: Record<string, unknown> = { ...own }
  const relations = Object.keys(body.inputs).map((relation): [string, string] => {
    const columns = columnsOf(body, relation)
    const arrays = columns.map(([column, type], index) => {
      const parameter = `${relation}_${index}`
      params[parameter] = (rows[relation] ?? []).map((row) =>
        checked(row[column] ?? null, type, `${relation}.${column}`),
      )
      return `{${parameter}:Array(${SQL_TYPES[type]})}`
    })
    const selected = columns.map(([column], index) => `cell.${index + 1} AS ${column}`).join(', ')
    return [relation, `SELECT ${selected} FROM (SELECT arrayJoin(arrayZip(${arrays.join(', ')})) AS cell)`]
  })
  return { sql: statement(body, relations), params }
}

/**
 * The body over SELECTs, one for each relation, whose columns are named as the inputs of the body; parameters belong to
 * them. Columns are cast to the types of the inputs. Throws a RangeError when a relation is missing.
 */
export function bodyOverTables(
  body: SqlBody,
  selects: Readonly<Record<string, string>>,
  params: Record<string, unknown>,
): BoundQuery {
  const relations = Object.keys(body.inputs).map((relation): [string, string] => {
    const select = selects[relation]
    if (select === undefined) throw new RangeError(`${body.name}: no table for ${relation}`)
    const columns = columnsOf(body, relation).map(
      ([column, type]) => `CAST(${column} AS ${SQL_TYPES[type]}) AS ${column}`,
    )
    return [relation, `SELECT ${columns.join(', ')} FROM (${select})`]
  })
  return { sql: statement(body, relations), params }
}

/** An input relation without rows, for what a table path has no use of. */
export function emptyRelation(body: SqlBody, relation: string): string {
  const columns = columnsOf(body, relation).map(
    ([column, type]) => `defaultValueOfTypeName('${SQL_TYPES[type]}') AS ${column}`,
  )
  return `SELECT ${columns.join(', ')} WHERE 0`
}

function statement(body: SqlBody, relations: readonly [string, string][]): string {
  const all = [...relations, ...Object.entries(body.steps ?? {})]
  const steps = all.map(([name, select]) => `${name} AS (${select})`).join(',\n')
  return `WITH ${body.isRecursive ? 'RECURSIVE ' : ''}${steps}\n${body.answer}`
}

const DATE = /^\d{4}-\d{2}-\d{2}$/

function checked(value: unknown, type: ColumnType, place: string): unknown {
  if (value === null) {
    if (type.endsWith('?')) return null
    throw new RangeError(`${place}: missing`)
  }
  switch (type) {
    case 'text':
    case 'text?':
      if (typeof value === 'string') return value
      break
    case 'date':
    case 'date?':
      if (typeof value === 'string' && DATE.test(value)) return value
      break
    case 'flag':
      if (typeof value === 'boolean') return value ? 1 : 0
      break
    case 'whole':
    case 'whole?':
      if (Number.isSafeInteger(value)) return value
      break
    default:
      if (typeof value === 'number' && Number.isFinite(value)) return value
  }
  throw new RangeError(`${place}: not a ${type.replace('?', '')}`)
}
