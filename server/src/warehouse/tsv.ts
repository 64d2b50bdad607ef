/**
 * Tab-separated rows as ClickHouse reads them. Every value goes through one of these functions, so a value can never
 * end a field or a row early: tabs, line ends, NUL and backslashes are written as escapes.
 */

/** What a field may hold; null is written as `\N`. */
export type TsvValue = string | number | bigint | boolean | null | undefined

const UNSAFE = /[\t\n\r\\\0\b\f]/
const UNSAFE_ALL = /[\t\n\r\\\0\b\f]/g
const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
}

/** 13 digits are read as milliseconds; shorter numbers would be read as seconds. */
const SHORTEST_MS = 1_000_000_000_000
const LONGEST_MS = 9_999_999_999_999

/** Text of a String column. */
export function tsvText(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, (character) => ESCAPES[character] ?? character) : text
}

/** A number column; NaN and infinities are a bug of the caller, not data. */
export function tsvNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('a warehouse number must be finite')
  return String(value)
}

/** An instant (ms since 1970) of a `DateTime64(3, 'UTC')` column. */
export function tsvInstant(ms: number): string {
  if (!Number.isInteger(ms)) throw new RangeError('an instant must be whole milliseconds')
  if (ms >= SHORTEST_MS && ms <= LONGEST_MS) return String(ms)
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

/** A value of any plain type. Instants go through `tsvInstant` first. */
export function tsvValue(value: TsvValue): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return tsvText(value)
  if (typeof value === 'number') return tsvNumber(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint') return value.toString()
  throw new TypeError(`a warehouse field cannot hold a ${typeof value}`)
}

/** One row with its line end. */
export function tsvLine(values: readonly TsvValue[]): string {
  let line = ''
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) line += '\t'
    line += tsvValue(values[index])
  }
  return line + '\n'
}
