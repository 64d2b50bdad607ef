/** Real: the databases of the ERP, the MES and the second ERP. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../flows/product.ts'
import { OFFICE_FAULTS, FaultyOffice } from './faults/faulty-office.ts'
import { type OfficeLife, liveOffice } from './faults/office-life.ts'
import { Office } from './office.ts'

const DAY_MS = 86_400_000
const EPOCH_AT = Date.parse('2026-11-01T23:00:00Z')
/** When a row was written, which differs between any two offices. */
const CLOCKS = ['last_changed', 'updated_at', 'fupdatetime', 'fmodifydate']
/** How far each has booked is no business document. */
const PROGRESS = ['office_booked', 'quality_booked']

let folder: string
let life: OfficeLife
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plant-office-'))
  life = liveOffice({ seed: 5, epochAt: EPOCH_AT, untilAt: EPOCH_AT + 6 * DAY_MS })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An office whose folder outlives it, as that of the plant does. */
async function inOffice(name: string, untilAt: number, use: (port: number) => Promise<void>): Promise<void> {
  const port = await freePort()
  const office = await Office.start({
    ...{ dataDir: join(folder, name), port, adminPassword: 'owns-all', readerPassword: 'reads-only' },
    faults: new FaultyOffice(
      OFFICE_FAULTS.map((fault) => fault.name),
      life,
    ),
  })
  try {
    const due = <Fact extends { readonly at: number }>(facts: readonly Fact[]) =>
      facts.filter(({ at }) => at <= untilAt)
    await office.book(due(life.orders), untilAt)
    await office.bookSupply(due(life.goods), untilAt)
    await office.bookQuality(due(life.quality), untilAt)
    await use(port)
  } finally {
    await office.stop()
  }
}

async function asked<T extends object>(port: number, database: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, database, user: 'plant', password: 'owns-all' })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

/** A stock that was never touched and one that came to nothing are the same. */
const nothingIsZero = (_: string, value: unknown): unknown => value ?? 0

/** Every row of every table of the three systems, without the clocks of the writing. */
async function documents(port: number): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const database of ['erp', 'mes', 'kingdee']) {
    const tables = await asked<{ name: string }>(
      port,
      database,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    )
    for (const { name } of tables.filter((table) => !PROGRESS.includes(table.name))) {
      const without = CLOCKS.map((clock) => ` - '${clock}'`).join('')
      const rows = await asked<{ row: object }>(port, database, `SELECT to_jsonb(t)${without} AS row FROM ${name} t`)
      found[`${database}.${name}`] = rows.map(({ row }) => JSON.stringify(row, nothingIsZero)).sort()
    }
  }
  return found
}

describe('the offices of the plant', () => {
  it('hold the same documents whether they booked at once or stopped and started in between', async () => {
    let once: Record<string, string[]> = {}
    await inOffice('once', life.untilAt, async (port) => {
      once = await documents(port)
    })
    expect(Object.values(once).flat().length).toBeGreaterThan(10_000)
    // In the middle of the mistakes, after them, and with nothing new.
    for (const untilAt of [EPOCH_AT + 1.3 * DAY_MS, EPOCH_AT + 4 * DAY_MS, life.untilAt])
      await inOffice('restarted', untilAt, async () => undefined)
    await inOffice('restarted', life.untilAt, async (port) => expect(await documents(port)).toEqual(once))
  })
})
