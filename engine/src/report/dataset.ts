import { Decimal, exactText, isNum, parseNum, toNumber } from '../formula/decimal.ts'
import { Moment, momentAt, parseMoment } from '../formula/moment.ts'
import { FormulaError, keyOf, valueOf, type Value } from '../formula/values.ts'

export type ColumnType = 'boolean' | 'integer' | 'decimal' | 'text' | 'date' | 'datetime' | 'instant' | 'bytes'

/** Distinct values of a column and, for each row, which of them it holds. Null is a value. */
export interface Coding {
  codes: Int32Array
  values: Value[]
}

/** Numbers as a coefficient and a scale, exactly as they came; NULL_SCALE where there is none. */
interface Scaled {
  coefficients: Float64Array
  scales: Uint8Array
}

const NULL_SCALE = 255

/** One column, immutable: numbers as scaled doubles, texts as codes into their distinct values, the rest as values. */
export class Column {
  readonly length: number
  private readonly scaled: Scaled | undefined
  private readonly values: Value[] | undefined
  private known: Coding | undefined

  private constructor(length: number, parts: { scaled?: Scaled; values?: Value[]; coding?: Coding }) {
    this.length = length
    this.scaled = parts.scaled
    this.values = parts.values
    this.known = parts.coding
  }

  static of(values: Value[]): Column {
    const length = values.length
    if (length > 0 && values.every((value) => typeof value === 'string' || value === null)) {
      return new Column(length, { coding: coded((row) => values[row] as Value, length) })
    }
    const scaled = scaledOf(values)
    return new Column(length, scaled === undefined ? { values } : { scaled })
  }

  at(row: number): Value {
    if (this.values !== undefined) return this.values[row] as Value
    if (this.scaled === undefined) {
      const coding = this.known as Coding
      return coding.values[coding.codes[row] as number] as Value
    }
    const coefficient = this.scaled.coefficients[row] as number
    const scale = this.scaled.scales[row] as number
    if (scale === 0) return coefficient
    return scale === NULL_SCALE ? null : new Decimal(BigInt(coefficient), scale)
  }

  /** Built on first use, then kept: grouping and indexing work on small integers. */
  coding(): Coding {
    this.known ??= coded((row) => this.at(row), this.length)
    return this.known
  }
}

/** Undefined when a value is no number, or has more digits than a double holds. */
function scaledOf(values: readonly Value[]): Scaled | undefined {
  const coefficients = new Float64Array(values.length)
  const scales = new Uint8Array(values.length)
  for (const [row, value] of values.entries()) {
    if (value === null) scales[row] = NULL_SCALE
    else if (typeof value === 'number') coefficients[row] = value
    else if (value instanceof Decimal && value.scale > 0 && value.scale < NULL_SCALE) {
      coefficients[row] = Number(value.coefficient)
      scales[row] = value.scale
      if (!Number.isSafeInteger(coefficients[row])) return undefined
    } else return undefined
  }
  return { coefficients, scales }
}

function coded(at: (row: number) => Value, length: number): Coding {
  const codes = new Int32Array(length)
  const values: Value[] = []
  const byKey = new Map<string | number, number>()
  for (let row = 0; row < length; row += 1) {
    const value = at(row)
    const key = keyOf(value)
    let code = byKey.get(key)
    if (code === undefined) {
      code = values.length
      byKey.set(key, code)
      values.push(value)
    }
    codes[row] = code
  }
  return { codes, values }
}

/** An ordered, immutable list of rows, held by columns. */
export class Dataset {
  readonly name: string
  readonly rowCount: number
  /** False when nothing is known of the fields: no rows and no declaration. Any field is then empty. */
  readonly fieldsKnown: boolean
  private readonly columns: Map<string, Column>

  constructor(name: string, rowCount: number, columns: Map<string, Column>) {
    this.name = name
    this.rowCount = rowCount
    this.columns = columns
    this.fieldsKnown = columns.size > 0
  }

  get fields(): string[] {
    return [...this.columns.keys()]
  }

  column(field: string): Column | undefined {
    return this.columns.get(field)
  }
}

export type Row = Readonly<Record<string, unknown>>

/** What is known of columns beside their rows. */
export interface ColumnFacts {
  types?: ReadonlyMap<string, ColumnType>
  /** Columns that are hidden from the reader: their empty values are errors that say so, and no sum passes over them. */
  hidden?: ReadonlySet<string>
}

/** Turns rows into columns. Fields are those that are declared and those that any row has, in order of appearance. */
export function datasetOf(name: string, rows: readonly Row[], facts: ColumnFacts = {}): Dataset {
  const builder = new DatasetBuilder(name, facts)
  builder.add(rows)
  return builder.finish()
}

/** Takes rows in some at a time and keeps their values alone, so that nobody has to hold all rows. */
export class DatasetBuilder {
  private readonly name: string
  private readonly facts: ColumnFacts
  private readonly fields = new Map<string, { read: (row: Row) => Value; values: Value[] }>()
  private rowCount = 0

  constructor(name: string, facts: ColumnFacts = {}) {
    this.name = name
    this.facts = facts
    for (const field of facts.types?.keys() ?? []) this.open(field)
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) for (const field in row) if (!this.fields.has(field)) this.open(field)
    for (const { read, values } of this.fields.values()) for (const row of rows) values.push(read(row))
    this.rowCount += rows.length
  }

  finish(): Dataset {
    const columns = new Map<string, Column>()
    for (const [field, { values }] of this.fields) {
      columns.set(field, Column.of(values))
      this.fields.delete(field)
    }
    return new Dataset(this.name, this.rowCount, columns)
  }

  /** A field that no row had so far. */
  private open(field: string): void {
    const read = fieldReader(field, this.facts)
    const none = read({})
    this.fields.set(field, { read, values: Array.from({ length: this.rowCount }, () => none) })
  }
}

/** Fields that are declared and those of rows, in order of appearance. */
export function fieldsIn(rows: readonly Row[], { types = new Map() }: ColumnFacts): Set<string> {
  const fields = new Set<string>(types.keys())
  for (const row of rows) for (const field in row) fields.add(field)
  return fields
}

/** Turns given fields of rows into columns, whether a row has them or not. */
export function datasetWith(
  name: string,
  rows: readonly Row[],
  facts: ColumnFacts & { fields: Iterable<string> },
): Dataset {
  const columns = new Map<string, Column>()
  for (const field of facts.fields) columns.set(field, Column.of(rows.map(fieldReader(field, facts))))
  return new Dataset(name, rows.length, columns)
}

/** How one field of a row is read. */
export function fieldReader(field: string, { types, hidden }: ColumnFacts): (row: Row) => Value {
  const type = types?.get(field)
  const empty =
    hidden?.has(field) === true ? new FormulaError('#HIDDEN!', { key: 'columnHidden', details: { name: field } }) : null
  return (row) => typed(Object.hasOwn(row, field) ? valueOf(row[field]) : null, type) ?? empty
}

/** A value that does not fit its declared type stays what it is. A number of an instant is milliseconds since 1970. */
function typed(value: Value, type: ColumnType | undefined): Value {
  if (type === undefined || value === null || type === 'text' || type === 'bytes') {
    return type === 'text' && isNum(value) ? exactText(value) : value
  }
  if (type === 'instant' && isNum(value)) return momentAt('instant', toNumber(value)) ?? value
  if (typeof value !== 'string') return value
  if (type === 'integer' || type === 'decimal') return parseNum(value.trim()) ?? value
  if (type === 'boolean') return value === 'true' || value === 'false' ? value === 'true' : value
  const moment = parseMoment(value)
  if (moment === undefined) return value
  return type === 'date' ? new Moment('date', moment.ms) : moment
}
