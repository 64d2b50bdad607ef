import type { Column, ColumnKind, RollUp, Table } from './table-model.ts'

/** Writes the DDL of one kind of server. Every statement may be run twice. */
export interface DdlRenderer {
  createDatabase(): string[]
  createTable(table: Table): string[]
  createRollUp(rollUp: RollUp): string[]
  /** Takes one month `YYYYMM` of a table away. */
  dropPartition(table: string, partition: string): string
  /** Where the parts of tables are listed, and what their names have behind the name of the model. */
  partsOf(): { from: string; suffix: string }
}

/** How far back (in batches) a resent token is recognised. */
export const DEDUPLICATION_WINDOW = 10_000

const TYPES: Readonly<Record<ColumnKind, { type: string; codec: string }>> = {
  instant: { type: "DateTime64(3, 'UTC')", codec: 'DoubleDelta, ZSTD(1)' },
  date: { type: 'Date', codec: 'ZSTD(1)' },
  text: { type: 'String', codec: 'ZSTD(1)' },
  word: { type: 'String', codec: 'ZSTD(1)' },
  number: { type: 'Float64', codec: 'Gorilla, ZSTD(1)' },
  whole: { type: 'Int64', codec: 'ZSTD(1)' },
  sequence: { type: 'UInt64', codec: 'Delta, ZSTD(1)' },
  small: { type: 'UInt8', codec: 'ZSTD(1)' },
}

function columnType({ kind, nullable }: Column): string {
  const inner = nullable ? `Nullable(${TYPES[kind].type})` : TYPES[kind].type
  return kind === 'word' ? `LowCardinality(${inner})` : inner
}

/** `name type CODEC(…)` lines of a table. */
export function columnLines(columns: readonly Column[]): string {
  return columns
    .map((column) => `  ${column.name} ${columnType(column)} CODEC(${TYPES[column.kind].codec})`)
    .join(',\n')
}

export function rollUpColumnLines({ columns }: RollUp): string {
  return columns.map(({ name, type }) => `  ${name} ${type} CODEC(ZSTD(1))`).join(',\n')
}

/** The SELECT that keeps a roll-up current, reading from `from`. */
export function rollUpSelect(rollUp: RollUp, from: string): string {
  const columns = rollUp.columns.map(({ name, select }) => (select === name ? name : `${select} AS ${name}`))
  return [
    `SELECT ${columns.join(', ')}`,
    `FROM ${from}`,
    `WHERE ${rollUp.where}`,
    `GROUP BY ${rollUp.key.join(', ')}`,
  ].join('\n')
}

/** Partition, order and settings; `window` is the name of the deduplication setting. */
export function storageLines(table: Pick<Table, 'key' | 'partitionBy' | 'granularity'>, window: string): string {
  const partition = table.partitionBy ? [`PARTITION BY toYYYYMM(${table.partitionBy})`] : []
  // An acknowledged batch survives a power cut.
  const granularity = table.granularity ? `, index_granularity = ${table.granularity}` : ''
  const settings = `${window} = ${DEDUPLICATION_WINDOW}, fsync_after_insert = 1, fsync_part_directory = 1${granularity}`
  return [...partition, `ORDER BY (${table.key.join(', ')})`, `SETTINGS ${settings}`].join('\n')
}
