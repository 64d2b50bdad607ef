/** Real: both embedded stores, started and stopped by the commands themselves. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataSourceOptions } from '../database/database.module.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { migrate } from '../warehouse/migrations.ts'
import { backup } from './backup.ts'
import { type OpenStores, openStores } from './open-stores.ts'
import { restore } from './restore.ts'

const START = 1_763_000_000_000
let folder: string
const at = (name: string) => ({ dataDir: join(folder, name), metadataUrl: null, warehouseUrl: null })

async function withStores<T>(name: string, use: (stores: OpenStores) => Promise<T>): Promise<T> {
  const stores = await openStores(at(name))
  try {
    return await use(stores)
  } finally {
    await stores.close()
  }
}

const order = (number: number, versionAt: number, deleted = 0) => ({
  source: 'erp',
  order_no: `O-${number}\t"'\\`,
  material: '注塑件',
  quantity: number + 0.1,
  work_center: 'W',
  customer: null,
  priority: 1,
  released_at: null,
  scheduled_start_at: START,
  due_at: START + number,
  delivered_at: null,
  delivered_quantity: 0,
  status: 'released',
  version_at: versionAt,
  is_deleted: deleted,
})

/** What both stores hold, as far as a user can tell. */
async function contents({ metadataUrl, warehouseUrl }: OpenStores) {
  const client = new pg.Client({ connectionString: metadataUrl })
  await client.connect()
  const tables = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
  )
  const metadata: Record<string, unknown> = {}
  for (const { name } of tables.rows) {
    const { rows } = await client.query(`SELECT to_jsonb(t) AS row FROM "${name}" t ORDER BY to_jsonb(t)::text`)
    metadata[name] = rows.map((entry: { row: Record<string, unknown> }) =>
      name === 'schema_migration' ? entry.row['name'] : entry.row,
    )
  }
  await client.end()
  const warehouse = new WarehouseService(warehouseUrl)
  const ask = (sql: string) => warehouse.query(sql)
  const facts = {
    readings: await ask('SELECT count() AS c, toString(groupBitXor(cityHash64(*))) AS everyField FROM reading'),
    rollUp: await ask(
      'SELECT point, sum(n) AS n, round(sum(sum)) AS s, min(min) AS low FROM reading_1m GROUP BY point ORDER BY point',
    ),
    orders: await ask('SELECT * FROM production_order FINAL ORDER BY order_no'),
  }
  await warehouse.onApplicationShutdown()
  return { metadata, facts }
}

let original: Awaited<ReturnType<typeof contents>>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-backup-'))
  chmodSync(folder, 0o755)
  original = await withStores('first', async (stores) => {
    const source = await new DataSource(dataSourceOptions(stores.metadataUrl)).initialize()
    // A table with text, numbers beyond JavaScript's, JSON and instants.
    await source.query(
      `INSERT INTO ingest_ledger (collector, epoch, stream, last_seq, alive)
       VALUES (E'tab\\tline\\nslash\\\\ 注塑', 'e', '\\N', 9007199254740993, '{"u\\"1": [1, null]}'), ('', 'e', 's', 0, '{}')`,
    )
    // Tables that only grow are copied like all others.
    await source.query(
      `INSERT INTO audit_entry (stream, seq, at_ms, action, outcome, actor, rights, before_text, after_text, key_id,
         previous_hash, hash) VALUES ('access', 1, 1, 'test', 'ok', 'system', '[]', 'null', '{"a":"注塑"}', 'k', '', 'h')`,
    )
    await source.query(`UPDATE audit_head SET seq = 1, hash = 'h' WHERE stream = 'access'`)
    await source.destroy()
    const warehouse = new WarehouseService(stores.warehouseUrl)
    await migrate(warehouse)
    const readings = Array.from({ length: 250_000 }, (_, index) => ({
      point: `SUZ/A/U${index % 3}:${index % 2 ? 'temperature' : 'total'}`,
      source_at: START + index * 1_000,
      seq: index + 1,
      number: index / 7,
      text: index % 1_000 === 0 ? 'odd\ttext\n\\N' : '',
      quality: 0,
      kind: 1,
      received_at: START,
      stream: 's',
    }))
    for (let first = 0; first < readings.length; first += 50_000)
      await warehouse.insertRows('reading', readings.slice(first, first + 50_000))
    await warehouse.insertRows('production_order', [order(1, START), order(2, START), order(3, START)])
    await warehouse.insertRows('production_order', [order(1, START + 5), order(2, START + 5, 1)])
    await warehouse.onApplicationShutdown()
    return contents(stores)
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a backup', () => {
  it('brings back both stores in an empty place, row for row', async () => {
    const out = join(folder, 'copy')
    const manifest = await backup(at('first'), out)
    expect(manifest.warehouse.tables.find(({ name }) => name === 'reading')?.rows).toBe(250_000)
    expect(statSync(join(out, 'warehouse/reading.tsv.zst')).mode & 0o077).toBe(0)
    await restore(out, at('second'), { replace: false })
    expect(await withStores('second', contents)).toEqual(original)
  })

  it('is not written into a folder that holds something', async () => {
    await expect(backup(at('first'), join(folder, 'copy'))).rejects.toThrow('is not empty')
  })

  it('does not overwrite anything unless told to', async () => {
    const copy = join(folder, 'copy')
    await expect(restore(copy, at('second'), { replace: false })).rejects.toThrow('not empty')
    expect(await withStores('second', contents)).toEqual(original)
    await withStores('second', async ({ warehouseUrl }) => {
      const warehouse = new WarehouseService(warehouseUrl)
      await warehouse.insertRows('production_order', [order(77, START)])
      await warehouse.onApplicationShutdown()
    })
    await restore(copy, at('second'), { replace: true })
    expect(await withStores('second', contents)).toEqual(original)
  })

  it('that was damaged is refused before anything is touched', async () => {
    const copy = join(folder, 'copy')
    const file = join(copy, 'warehouse/reading.tsv.zst')
    const whole = readFileSync(file)
    const damaged = Buffer.from(whole)
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1
    writeFileSync(file, damaged)
    await expect(restore(copy, at('third'), { replace: true })).rejects.toThrow('reading.tsv.zst is damaged')
    expect(existsSync(join(folder, 'third'))).toBe(false)
    rmSync(file)
    await expect(restore(copy, at('third'), { replace: true })).rejects.toThrow('reading.tsv.zst is missing')
    writeFileSync(file, whole)
    rmSync(join(copy, 'manifest.json'))
    await expect(restore(copy, at('third'), { replace: true })).rejects.toThrow('no whole backup')
  })
})
