import type { Column, Table } from './table-model.ts'
import { tsvInstant, tsvValue, type TsvValue } from './tsv.ts'

function encodeField(column: Column, value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  if (column.kind === 'instant') return tsvInstant(value as number)
  return tsvValue(value as TsvValue)
}

/** Rows as TSV. The columns are those of the first row; every row must have the same ones. */
export function encodeRows(table: Table, rows: readonly object[]): { columns: string[]; body: Buffer } {
  const columns = Object.keys(rows[0] ?? {}).map((name) => {
    const column = table.columns.find((candidate) => candidate.name === name)
    if (!column) throw new Error(`the table ${table.name} has no column ${name}`)
    return column
  })
  const lines: string[] = []
  for (const row of rows) {
    const fields = row as Record<string, unknown>
    let line = ''
    for (const [index, column] of columns.entries()) {
      const value = fields[column.name]
      if ((value === null || value === undefined) && !column.nullable)
        throw new Error(`${table.name}.${column.name} must have a value`)
      line += (index > 0 ? '\t' : '') + encodeField(column, value)
    }
    lines.push(line + '\n')
  }
  return { columns: columns.map(({ name }) => name), body: Buffer.from(lines.join('')) }
}
