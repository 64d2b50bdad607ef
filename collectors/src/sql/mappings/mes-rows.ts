/** What the rows of the MES have in common: a key, the time of the change as cursor, and places by their number. */
import type { RecordLine } from '@gemba/contracts/erp-record'
import { conformedCode, orderOrNull } from './codes.ts'
import { type MappingContext, type PullStream, type Row, instantOfCursor } from '../mapping.ts'

/** Fields of a row as the contract wants them; each throws nothing and gives null for what is not there. */
export class MesRow {
  private readonly row: Row
  readonly timeZone: string

  constructor(row: Row, timeZone: string) {
    this.row = row
    this.timeZone = timeZone
  }

  text(name: string): string {
    return this.row[name] ?? ''
  }
  textOrNull(name: string): string | null {
    const text = this.row[name] ?? ''
    return text === '' ? null : text
  }
  number(name: string): number {
    return Number(this.row[name] ?? Number.NaN)
  }
  numberOrNull(name: string): number | null {
    const text = this.row[name] ?? null
    return text === null ? null : Number(text)
  }
  /** The order in its one writing; null without one. */
  get order(): string | null {
    return orderOrNull(this.text('wo_no'))
  }
  get material(): string {
    return conformedCode(this.text('material'))
  }
  /** Where it happened: the place of the machine or room in the plant. */
  get equipment(): string {
    return this.text('place')
  }
}

interface RowStream<T extends RecordLine['type']> {
  readonly name: string
  readonly table: string
  readonly key: string
  /** Columns as text; `ms` ones are instants with zone, given as milliseconds. */
  readonly columns: readonly string[]
  readonly ms?: readonly string[]
  readonly type: T
  /** Null = the row cannot be read. */
  readonly data: (row: MesRow) => Extract<RecordLine, { type: T }>['data'] | null
  readonly isDeleted?: (row: MesRow) => boolean
}

const inMs = (name: string): string => `(extract(epoch FROM t.${name}) * 1000)::bigint::text AS ${name}`

/** A stream over one table of the MES, read by the time of the change; the place comes from the table of equipment. */
export function rowStream<T extends RecordLine['type']>(stream: RowStream<T>): PullStream {
  const columns = [...stream.columns.map((name) => `t.${name}::text AS ${name}`), ...(stream.ms ?? []).map(inMs)]
  return {
    name: stream.name,
    sql: `SELECT t.updated_at::text AS cursor, t.updated_at AS changed, t.${stream.key} AS key, e.path AS place, ${columns.join(', ')}
    FROM ${stream.table} t LEFT JOIN equipment e ON e.equipment_no = t.equipment_no
    WHERE {after:t.updated_at,t.${stream.key}} ORDER BY t.updated_at, t.${stream.key} LIMIT {limit}`,
    toRecord: (row: Row, context: MappingContext): RecordLine | null => {
      const read = new MesRow(row, context.timeZone)
      // A place that the MES does not know is nobody's: the row waits in quarantine until the place is entered.
      if (read.equipment === '') return null
      const data = stream.data(read)
      if (data === null) return null
      return {
        k: 'record',
        source: context.source,
        key: row['key'] ?? '',
        version: row['cursor'] ?? '',
        deleted: stream.isDeleted?.(read) ?? false,
        at: instantOfCursor(row['cursor'] ?? ''),
        type: stream.type,
        data,
      } as RecordLine
    },
  }
}
