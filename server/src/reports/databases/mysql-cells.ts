import type { FieldType } from '@gemba/contracts/template'
import { cellOf, type ReadCell } from './foreign-cells.ts'
import type { Column } from './foreign-driver.ts'

/** What the protocol says of a column. */
export interface MysqlField {
  name: string
  columnType: number
  characterSet: number
  flags: number
  /** Types of MariaDB that travel as texts: `json`, `uuid`, `inet6`. */
  extendedTypeName?: string
  extendedFormat?: string
}

const [DECIMAL, TINY, SHORT, LONG, FLOAT, DOUBLE, TIMESTAMP, LONGLONG] = [0, 1, 2, 3, 4, 5, 7, 8]
const [INT24, DATE, DATETIME, YEAR, NEWDATE, VARCHAR, BIT, NEWDECIMAL] = [9, 10, 12, 13, 14, 15, 16, 246]
const [TINY_BLOB, MEDIUM_BLOB, LONG_BLOB, BLOB, VAR_STRING, STRING] = [249, 250, 251, 252, 253, 254]
const BINARY_CHARSET = 63
const [ZEROFILL, ENUM, SET] = [64, 256, 2048]

const SHORTS: readonly number[] = [TINY, SHORT, LONG, INT24, YEAR]
const TEXTS: readonly number[] = [VARCHAR, TINY_BLOB, MEDIUM_BLOB, LONG_BLOB, BLOB, VAR_STRING, STRING]
const TYPES: Readonly<Record<number, FieldType>> = {
  ...Object.fromEntries([...SHORTS, LONGLONG, BIT].map((each) => [each, 'integer'] as const)),
  ...Object.fromEntries([DECIMAL, NEWDECIMAL, FLOAT, DOUBLE].map((each) => [each, 'decimal'] as const)),
  [DATE]: 'date',
  [NEWDATE]: 'date',
  [DATETIME]: 'datetime',
  // The zone of the session is UTC.
  [TIMESTAMP]: 'instant',
}

/** Enumerations, texts that are another type, bits and floating numbers are judged here alone. */
function saidAs({ columnType, characterSet, flags, extendedTypeName, extendedFormat }: MysqlField): Column['saidAs'] {
  if (SHORTS.includes(columnType)) return (flags & ZEROFILL) === 0 ? 'short' : 'number'
  if (columnType === LONGLONG || columnType === DECIMAL || columnType === NEWDECIMAL) return 'number'
  const isPlain = (flags & (ENUM | SET)) === 0 && extendedTypeName === undefined && extendedFormat === undefined
  return TEXTS.includes(columnType) && characterSet !== BINARY_CHARSET && isPlain ? 'text' : 'unsaid'
}

export const columnOf = (field: MysqlField): Column => ({
  name: field.name,
  type: TYPES[field.columnType] ?? 'text',
  saidAs: saidAs(field),
})

/** A cell from what the driver read: numbers of few digits, else texts; bytes of binary columns as `0x…`. */
export function mysqlCell(value: unknown, field: MysqlField): ReadCell {
  const type = TYPES[field.columnType] ?? 'text'
  if (value === null || value === undefined) return cellOf(null, type)
  if (typeof value === 'number') return cellOf(field.columnType === FLOAT ? shortestFloat(value) : String(value), type)
  if (typeof value === 'string') return cellOf(value, type)
  if (!Buffer.isBuffer(value)) return cellOf(JSON.stringify(value), 'text')
  const hex = `0x${value.toString('hex')}`
  return cellOf(field.columnType === BIT ? String(BigInt(hex)) : hex, type)
}

/** A number of four bytes with as many digits as tell it from its neighbours: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(value)
}
