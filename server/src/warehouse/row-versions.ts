/**
 * Rows that a source sends again when they have changed. A replacing table holds the newest version of each; beside it
 * every version is kept with the time it came in, so that a figure can be asked as it was known then.
 */
import type { Table } from './table-model.ts'

/** Tables of which every version is kept. */
export const VERSIONED_TABLES = [
  'production_order',
  'order_operation',
  'job_report',
  'reservation',
  'material',
  'bom_item',
  'supplier',
  'customer',
  'stock_movement',
  'stock_balance',
  'material_consumption',
  'purchase_order_line',
  'purchase_confirmation',
  'goods_receipt',
  'sales_order_line',
  'delivery_line',
  'test_result',
  'inspection_characteristic',
  'inspection_result',
  'inspection_lot',
  'defect_record',
  'stop_entry',
  'equipment_alarm',
  'maintenance_order',
] as const
export type VersionedTable = (typeof VERSIONED_TABLES)[number]

export const isVersioned = (table: string): table is VersionedTable =>
  (VERSIONED_TABLES as readonly string[]).includes(table)

export const versionsOf = (table: VersionedTable): string => `${table}_version`

/** The table that keeps all versions of the rows of another one. */
export function versionTable(table: Table): Table {
  return {
    ...table,
    name: versionsOf(table.name as VersionedTable),
    columns: [...table.columns, { name: 'known_at', kind: 'instant' }],
    key: [...table.key, 'known_at'],
    engine: { kind: 'append' },
  }
}

/** Name of the bound instant (ms) that `asKnown` puts into a statement. */
export const ROWS_KNOWN_AT = 'rowsKnownAt'

/**
 * The same statement over rows as they were known at `{rowsKnownAt:Int64}`: the newest version of each row among those
 * that had come in by then. Tables without versions are read as they are.
 */
export function asKnown(sql: string, tableOf: (name: string) => Table | undefined): string {
  return sql.replace(/\b([a-z_]+) FINAL\b/g, (text, name: string) => {
    const table = isVersioned(name) ? tableOf(name) : undefined
    if (table?.engine.kind !== 'replace') return text
    const { version, deleted } = table.engine
    const newest = `SELECT * EXCEPT (known_at) FROM ${versionsOf(name as VersionedTable)} WHERE known_at <= fromUnixTimestamp64Milli({${ROWS_KNOWN_AT}:Int64}) ORDER BY ${version} DESC, known_at DESC LIMIT 1 BY ${table.key.join(', ')}`
    const rows = deleted === undefined ? newest : `SELECT * FROM (${newest}) WHERE ${deleted} = 0`
    return `(${rows}) AS ${name}`
  })
}
