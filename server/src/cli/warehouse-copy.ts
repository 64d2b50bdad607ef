import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { MIGRATIONS, migrate, rendererFor } from '../warehouse/migrations.ts'
import { ROLL_UPS, TABLES, type Table } from '../warehouse/table-model.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { type BackupManifest, type BackupTable, readTable, writeTable } from './backup-format.ts'

const MOST_BATCH_ROWS = 100_000
const MOST_BATCH_BYTES = 16_000_000

/** Rows of a SELECT as they are made, so that a table larger than memory can be copied. */
async function streamRows(url: string, sql: string): Promise<Readable> {
  const target = new URL(url)
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`).toString('base64')}`
  const database = target.pathname === '/' ? 'gemba' : target.pathname.slice(1)
  // No limit of time or rows: a copy of years takes long and must be whole.
  const query = new URLSearchParams({ database, max_execution_time: '0' })
  const answer = await fetch(`${target.origin}/?${query.toString()}`, {
    method: 'POST',
    headers: { authorization, 'x-gemba-stream': '1' },
    body: sql,
  })
  if (!answer.ok || !answer.body) throw new Error(`the warehouse refused to copy: ${(await answer.text()).trim()}`)
  return Readable.fromWeb(answer.body as ReadableStream)
}

/** Rows of an append-only table are counted instead: their keys would not fit into memory. */
async function countKeys(warehouse: WarehouseService, { name, key, engine }: Table): Promise<number | null> {
  if (engine.kind === 'append') return null
  const [found] = await warehouse.query<{ keys: number }>(
    `SELECT uniqExact(cityHash64(${key.join(', ')})) AS keys FROM ${name}`,
  )
  return found?.keys ?? 0
}

/** Copies every table; roll-ups are made again from the readings they come from. */
export async function saveWarehouse(url: string, folder: string): Promise<BackupManifest['warehouse']> {
  const warehouse = new WarehouseService(url)
  try {
    const [schema] = await warehouse.query<{ number: number }>('SELECT max(number) AS number FROM schema_migration')
    const tables: BackupTable[] = []
    for (const table of TABLES) {
      const before = await countKeys(warehouse, table)
      const columns = table.columns.map(({ name }) => name)
      const rows = await streamRows(url, `SELECT ${columns.join(', ')} FROM ${table.name} FORMAT TabSeparated`)
      const file = `warehouse/${table.name}.tsv.zst`
      const saved = await writeTable(folder, { name: table.name, columns, keys: before, file }, rows)
      tables.push({ ...saved, keys: (await countKeys(warehouse, table)) === before ? before : null })
    }
    return { migration: schema?.number ?? 1, tables }
  } finally {
    await warehouse.onApplicationShutdown()
  }
}

/** Throws when the store holds rows already; with `replace` its tables are removed. */
export async function clearWarehouse(url: string, replace: boolean, cluster?: string): Promise<void> {
  const warehouse = new WarehouseService(url)
  try {
    await warehouse.createDatabase(rendererFor(warehouse.database, cluster).createDatabase())
    const found = await warehouse.query<{ name: string; rows: number }>(
      'SELECT name, ifNull(total_rows, 0) AS rows FROM system.tables WHERE database = {database:String}',
      { database: warehouse.database },
    )
    const filled = found.filter(({ name, rows }) => rows > 0 && name !== 'schema_migration')
    if (filled.length > 0 && !replace)
      throw new Error(`the warehouse is not empty (${filled[0]?.name} …); --replace removes what is there`)
    const onCluster = cluster ? ` ON CLUSTER '${cluster}'` : ''
    const views = ROLL_UPS.map(({ name }) => `${name}_view`)
    const rest = found.map(({ name }) => name).filter((name) => !views.includes(name))
    for (const name of [...views, ...rest]) await warehouse.command(`DROP TABLE IF EXISTS ${name}${onCluster} SYNC`)
  } finally {
    await warehouse.onApplicationShutdown()
  }
}

/** Whole lines, in batches that the store takes as one block each. */
async function* batchesOf(rows: Readable): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let [bytes, lines] = [0, 0]
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, end + 1)) {
      lines += 1
      if (lines < MOST_BATCH_ROWS && bytes + end + 1 - start < MOST_BATCH_BYTES) continue
      held.push(chunk.subarray(start, end + 1))
      yield Buffer.concat(held)
      held = []
      ;[bytes, lines, start] = [0, 0, end + 1]
    }
    held.push(chunk.subarray(start))
    bytes += chunk.length - start
  }
  const rest = Buffer.concat(held)
  if (rest.length > 0) yield rest
}

/** Puts every table back and compares the counts. The store must be empty. */
export async function loadWarehouse(
  url: string,
  folder: string,
  manifest: BackupManifest,
  cluster?: string,
): Promise<void> {
  const warehouse = new WarehouseService(url)
  try {
    if (manifest.warehouse.migration > (MIGRATIONS.at(-1)?.number ?? 0))
      throw new Error('the backup comes from a newer version of Gemba: update first')
    await migrate(warehouse, cluster)
    for (const saved of manifest.warehouse.tables) {
      const table = TABLES.find(({ name }) => name === saved.name)
      if (!table) throw new Error(`this version of Gemba has no table ${saved.name}`)
      let number = 0
      for await (const batch of batchesOf(readTable(folder, saved)))
        await warehouse.insertTsv(saved.name, saved.columns, batch, `${manifest.id}-${saved.name}-${(number += 1)}`)
      await checkTable(warehouse, table, saved)
    }
  } finally {
    await warehouse.onApplicationShutdown()
  }
}

async function checkTable(warehouse: WarehouseService, table: Table, saved: BackupTable): Promise<void> {
  const [found] = await warehouse.query<{ rows: number }>(`SELECT count() AS rows FROM ${table.name}`)
  const keys = await countKeys(warehouse, table)
  // Old versions of a row may be merged away; its key stays.
  const rowsFit = table.engine.kind === 'replace' || found?.rows === saved.rows
  if (rowsFit && (saved.keys === null || keys === saved.keys)) return
  throw new Error(`${table.name} has ${found?.rows} rows and ${keys} keys instead of ${saved.rows} and ${saved.keys}`)
}
