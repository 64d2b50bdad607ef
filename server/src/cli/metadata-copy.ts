import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { DataSource } from 'typeorm'
import { dataSourceOptions } from '../database/database.module.ts'
import { type BackupManifest, type BackupTable, readTable, writeTable } from './backup-format.ts'

const MIGRATIONS = 'schema_migration'
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name`,
  )
  return rows.map(({ name }) => name)
}

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** Copies every table as of one instant. */
export async function saveMetadata(url: string, folder: string): Promise<BackupManifest['metadata']> {
  const client = await connect(url)
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const names = await tablesOf(client)
    if (!names.includes(MIGRATIONS)) throw new Error('the metadata store holds no Gemba yet')
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS} ORDER BY id`)
    const tables: BackupTable[] = []
    for (const name of names) {
      if (name === MIGRATIONS) continue
      const columns = await columnsOf(client, name)
      const stream = client.query(copyTo(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) TO STDOUT`))
      tables.push(await writeTable(folder, { name, columns, keys: null, file: `metadata/${name}.copy.zst` }, stream))
    }
    await client.query('COMMIT')
    return { migrations: rows.map(({ name }) => name), tables }
  } finally {
    await client.end()
  }
}

/** Throws when the store holds tables already; with `replace` they are removed. */
export async function clearMetadata(url: string, replace: boolean): Promise<void> {
  const client = await connect(url)
  try {
    const names = await tablesOf(client)
    if (names.length === 0) return
    if (!replace)
      throw new Error(`the metadata store is not empty (${names.length} tables); --replace removes what is there`)
    await client.query('BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public; COMMIT')
  } finally {
    await client.end()
  }
}

/** Brings the schema to the state the backup was taken in; the next start does what is newer. */
async function migrateAsSaved(url: string, migrations: readonly string[]): Promise<void> {
  const source = new DataSource({ ...dataSourceOptions(url), migrationsRun: false } as never)
  await source.initialize()
  try {
    const nameOf = (migration: { name?: string }) => migration.name ?? migration.constructor.name
    const unknown = migrations.filter((name) => !source.migrations.some((migration) => nameOf(migration) === name))
    if (unknown.length > 0)
      throw new Error(`the backup comes from a newer version of Gemba (${unknown.join(', ')}): update first`)
    const newer = source.migrations.filter((migration) => !migrations.includes(nameOf(migration)))
    for (const migration of newer) source.migrations.splice(source.migrations.indexOf(migration), 1)
    await source.runMigrations()
  } finally {
    await source.destroy()
  }
}

/** Tables in an order in which a row never refers to one that is not there yet. */
async function inOrderOfReference(client: pg.Client, tables: readonly BackupTable[]): Promise<BackupTable[]> {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT c.relname AS child, p.relname AS parent FROM pg_constraint k
     JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
     WHERE k.contype = 'f' AND k.conrelid <> k.confrelid`,
  )
  const waiting = [...tables]
  const ordered: BackupTable[] = []
  while (waiting.length > 0) {
    const index = waiting.findIndex(
      ({ name }) => !rows.some(({ child, parent }) => child === name && waiting.some((table) => table.name === parent)),
    )
    if (index < 0) throw new Error(`the tables ${waiting.map(({ name }) => name).join(', ')} refer to each other`)
    ordered.push(...waiting.splice(index, 1))
  }
  return ordered
}

/** Puts every table back in one transaction and compares the counts. The store must be empty. */
export async function loadMetadata(
  url: string,
  folder: string,
  { migrations, tables }: BackupManifest['metadata'],
): Promise<void> {
  await migrateAsSaved(url, migrations)
  const client = await connect(url)
  try {
    await client.query('BEGIN')
    const ordered = await inOrderOfReference(client, tables)
    // Rows that migrations made themselves are in the backup too. Tables that only grow refuse a TRUNCATE; they are empty.
    for (const { name } of ordered.toReversed()) await client.query(`DELETE FROM ${quoted(name)}`)
    for (const table of ordered) {
      const columns = table.columns.map(quoted).join(', ')
      const target = client.query(copyFrom(`COPY ${quoted(table.name)} (${columns}) FROM STDIN`))
      await pipeline(readTable(folder, table), target)
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${quoted(table.name)}`)
      if (Number(rows[0]?.count) !== table.rows)
        throw new Error(`${table.name} has ${rows[0]?.count} rows instead of ${table.rows}`)
    }
    await setSequences(client)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

/** Numbers given by the store go on behind the restored ones. */
async function setSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sequence: string; table: string; column: string }>(
    `SELECT pg_get_serial_sequence(format('%I.%I', table_schema, table_name), column_name) AS sequence,
            table_name AS table, column_name AS column
     FROM information_schema.columns
     WHERE table_schema = 'public' AND pg_get_serial_sequence(format('%I.%I', table_schema, table_name), column_name) IS NOT NULL`,
  )
  for (const { sequence, table, column } of rows) {
    const newest = `(SELECT max(${quoted(column)}) FROM ${quoted(table)})`
    await client.query(`SELECT setval($1, coalesce(${newest}, 1), ${newest} IS NOT NULL)`, [sequence])
  }
}
