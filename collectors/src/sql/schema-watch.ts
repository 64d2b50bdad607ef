/** Notices when tables of a foreign system change: a drift that nobody announced explains numbers that look wrong. */
import type { DriftLine } from '@gemba/contracts/reading'
import type { Mapping } from './mapping.ts'

/** Types of columns by table and column. */
export type TableShapes = Record<string, Record<string, string>>
export type Drift = Pick<DriftLine, 'table' | 'column' | 'change' | 'before' | 'after'>

/** Tables that a mapping reads, lower case. */
export function tablesOf(mapping: Mapping): string[] {
  const names = mapping.flatMap(({ sql }) =>
    [...sql.matchAll(/\b(?:FROM|JOIN)\s+((?:"?\w+"?\.)*"?[A-Za-z_]\w*"?)/g)].map(
      (match) => (match[1] ?? '').replaceAll('"', '').split('.').at(-1) ?? '',
    ),
  )
  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}

/** Lists table, column and type of the named tables ($1), all as text. */
export const COLUMNS_SQL = `SELECT lower(table_name) AS table_name, lower(column_name) AS column_name, data_type
  FROM information_schema.columns WHERE lower(table_name) = ANY($1) ORDER BY 1, 2`

export function shapesOf(rows: readonly { table_name: string; column_name: string; data_type: string }[]): TableShapes {
  const shapes: TableShapes = {}
  for (const { table_name, column_name, data_type } of rows) (shapes[table_name] ??= {})[column_name] = data_type
  return shapes
}

/** Every table that was ever seen, as it is now: one that has gone has no columns. */
export function shapesToKeep(before: TableShapes, after: TableShapes): TableShapes {
  return { ...Object.fromEntries(Object.keys(before).map((table) => [table, {}])), ...after }
}

/** What changed between two looks; a table that was never seen before is no change. */
export function driftsBetween(before: TableShapes, after: TableShapes): Drift[] {
  return Object.entries(before).flatMap(([table, columns]) => {
    const now = after[table] ?? {}
    const gone = Object.keys(columns).filter((column) => !(column in now))
    const drifts: Drift[] = gone.map((column) => drift(table, column, { before: columns[column], after: undefined }))
    for (const [column, type] of Object.entries(now))
      if (columns[column] !== type) drifts.push(drift(table, column, { before: columns[column], after: type }))
    return drifts
  })
}

function drift(table: string, column: string, types: { before: string | undefined; after: string | undefined }): Drift {
  const { before = '', after = '' } = types
  return { table, column, change: before === '' ? 'added' : after === '' ? 'removed' : 'type', before, after }
}
