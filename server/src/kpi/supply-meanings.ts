/** Materials as they are meant: a code of an ERP that was used again for another material is both, each in its time. */
import type { CodesService } from '../codes/codes.service.ts'

type CodeMeaning = ReturnType<CodesService['meanings']>[number]

/** Far enough for every instant of a warehouse, ms. */
const ENDLESS_MS = 9_000_000_000_000

/** Parallel lists: the code with its source, from, to, and the material that is meant. */
export interface MeaningParameters {
  meant_codes: string[]
  meant_from: number[]
  meant_to: number[]
  meant: string[]
}

/** The instant by which a row of each table is judged; what has none is meant as of now. */
const INSTANTS: Readonly<Record<string, { column: string; at: string }>> = {
  stock_movement: { column: 'material', at: 'posted_at' },
  stock_balance: { column: 'material', at: 'now64(3)' },
  material: { column: 'material', at: 'now64(3)' },
  purchase_order_line: { column: 'material', at: 'ordered_at' },
  sales_order_line: { column: 'material', at: 'ordered_at' },
  delivery_line: { column: 'material', at: 'shipped_at' },
  material_consumption: { column: 'material', at: 'consumed_at' },
  production_order: { column: 'material', at: 'coalesce(released_at, due_at)' },
  reservation: { column: 'component', at: 'now64(3)' },
}

/** Codes stand in the warehouse in their normal form. */
export function meaningParameters(meanings: readonly CodeMeaning[]): MeaningParameters | null {
  if (meanings.length === 0) return null
  return {
    meant_codes: meanings.map(({ source, code }) => `${source}\n${code}`),
    meant_from: meanings.map(({ fromAt }) => Math.max(0, fromAt)),
    meant_to: meanings.map(({ toAt }) => Math.min(ENDLESS_MS, toAt)),
    meant: meanings.map(({ target }) => target),
  }
}

const meaning = (column: string, at: string): string =>
  `coalesce(nullIf(arrayFirst((t, c, f, u) -> c = concat(source, '\\n', ${column}) AND f <= toUnixTimestamp64Milli(${at}) AND toUnixTimestamp64Milli(${at}) < u, {meant:Array(String)}, {meant_codes:Array(String)}, {meant_from:Array(Int64)}, {meant_to:Array(Int64)}), ''), ${column})`

/** The same statement over rows with the materials that are meant. */
export const asMeant = (sql: string): string =>
  sql.replace(/\bFROM (\w+) FINAL\b/g, (text, table: string) => {
    const row = INSTANTS[table]
    return row
      ? `FROM (SELECT * REPLACE (${meaning(row.column, row.at)} AS ${row.column}) FROM ${table} FINAL) AS ${table}`
      : text
  })
