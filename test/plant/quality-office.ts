/** Writes what the MES learns of quality into its tables: whole rows, in batches, each stretch of time once. */
import { DateTime } from 'luxon'
import type pg from 'pg'
import { type TableRow, type WriteRow, asItIs } from './faults/office-fault.ts'
import { QUALITY_KEYS, type QualityFact, type QualityTable } from './quality-facts.ts'
import { UNITS } from './parameters.ts'

const ZONE = 'Asia/Shanghai'
const BATCH = 5_000

/** Local time of the MES without a zone, as two of its tables keep it. */
export const localTime = (at: number): string =>
  DateTime.fromMillis(at, { zone: ZONE }).toFormat('yyyy-MM-dd HH:mm:ss.SSS')

/** Places that are no machines of the catalog yet but rooms of the MES. */
const ROOMS: readonly (readonly [string, string])[] = [
  ['SUZ-STORE', 'SUZ'],
  ['BRQ-STORE', 'BRQ'],
  ['ST01', 'SUZ/STER/ST/ST01'],
  ['F1', 'BRQ/FA/F1'],
  ['T1', 'BRQ/FA/T1'],
]

export async function openQuality(mes: pg.Client): Promise<void> {
  const places = new Map<string, string>([...ROOMS, ...UNITS.map((unit) => [unit.code, unit.path] as const)])
  for (const [code, path] of places)
    await mes.query(
      'INSERT INTO equipment (equipment_no, path) VALUES ($1, $2) ON CONFLICT (equipment_no) DO UPDATE SET path = excluded.path',
      [code, path],
    )
}

/** Books facts that come in order of time; what was booked before a restart is passed over. */
export async function bookQuality(mes: pg.Client, facts: readonly QualityFact[], write = asItIs): Promise<void> {
  if (facts.length === 0) return
  const { rows } = await mes.query<{ at: string }>('SELECT until_ms::text AS at FROM quality_booked')
  const bookedAt = Number(rows[0]?.at ?? 0)
  const open = facts.filter((fact) => fact.at >= bookedAt)
  for (let index = 0; index < open.length; index += BATCH) await bookBatch(mes, open.slice(index, index + BATCH), write)
}

async function bookBatch(mes: pg.Client, facts: readonly QualityFact[], write: WriteRow): Promise<void> {
  await mes.query('BEGIN')
  try {
    for (const [table, own] of Map.groupBy(facts, (fact) => fact.table)) {
      const latest = new Map(own.map((fact) => [fact.key, write(table, fact.row)]))
      await upsert(mes, table, [...latest.values()])
    }
    await mes.query(
      'INSERT INTO quality_booked (row_no, until_ms) VALUES (1, $1) ON CONFLICT (row_no) DO UPDATE SET until_ms = excluded.until_ms',
      [facts.at(-1)?.at ?? 0],
    )
    await mes.query('COMMIT')
  } catch (error) {
    await mes.query('ROLLBACK')
    throw error
  }
}

async function upsert(mes: pg.Client, table: QualityTable, rows: readonly TableRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const changed = columns
    .filter((name) => name !== QUALITY_KEYS[table])
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')
  await mes.query(
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $1::json)
     ON CONFLICT (${QUALITY_KEYS[table]}) DO UPDATE SET ${changed}, updated_at = clock_timestamp()`,
    [JSON.stringify(rows)],
  )
}
