import type { RecordLine } from '@gemba/contracts/erp-record'

export type Row = Record<string, string | null>

/** A place in a stream: time of change as text (microseconds), and among rows of that time the key. */
export interface Cursor {
  readonly changed: string
  readonly key: string
}

export interface MappingContext {
  readonly source: string
  readonly timeZone: string
}

/** One stream of rows of a business system: a query with a text cursor and a key, and what a row means. */
export interface PullStream {
  readonly name: string
  /**
   * SELECT with the columns `cursor` (timestamptz as text, microseconds) and `key` (text) and everything `toRecord`
   * needs, all as text; `{after}` stands for the condition on (cursor, key), `{limit}` for the page size.
   */
  readonly sql: string
  toRecord(row: Row, context: MappingContext): RecordLine | null
}

export type Mapping = readonly PullStream[]

/** An instant of a cursor text such as `2026-11-21 05:00:00.123456+00`, ms. */
export function instantOfCursor(cursor: string): number {
  return Date.parse(
    cursor
      .replace(' ', 'T')
      .replace(/(\.\d{3})\d*/, '$1')
      .replace(/([+-]\d{2})$/, '$1:00'),
  )
}
