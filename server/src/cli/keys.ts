import { DataSource } from 'typeorm'
import { AuditService, SYSTEM } from '../audit/audit.service.ts'
import { connectionOf } from '../database/database.module.ts'
import { type DataKey, newDataKey, readRing, writeRing } from '../database/key-ring.ts'
import { SecretBox } from '../database/secret-box.ts'
import type { StoreLocations } from './config.ts'
import { openMetadataStore } from './open-stores.ts'

/** One renewal at a time. */
const LOCK = 762_302
const BATCH = 200

interface SealedColumn {
  readonly table: string
  readonly key: string
  readonly column: string
}

/** Every column that holds sealed text. Settings hold theirs in fields whose names end in `Sealed`. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'source', key: 'id', column: 'secrets' },
  { table: 'user_account', key: 'id', column: 'totp_sealed' },
  { table: 'user_account', key: 'id', column: 'totp_pending' },
  { table: 'delivery_channel', key: 'id', column: 'url_sealed' },
  { table: 'delivery_channel', key: 'id', column: 'secret_sealed' },
  { table: 'external_database', key: 'id', column: 'password_sealed' },
]

/** What a renewal did. `unreadable`: places whose text no key opens; they stay as they are. */
export interface Renewal {
  readonly key: string
  /** An earlier renewal that was interrupted was finished; no further key was made. */
  readonly resumed: boolean
  readonly resealed: number
  readonly unreadable: readonly string[]
}

/**
 * Renews the data key and seals every secret with it, while Gemba runs or not. It may be killed at any moment: both keys
 * open what they sealed, and the next call goes on. The key before the newest is kept, for what was sealed in the very
 * moment of the change and for backups; older ones are dropped once nothing is sealed by them.
 */
export async function rotateKeys(locations: StoreLocations, keyFile: string, nowMs: number): Promise<Renewal> {
  const store = await openMetadataStore(locations)
  const database = new DataSource({ type: 'postgres', ...connectionOf(store.url), poolSize: 3 })
  try {
    await database.initialize()
    const [lock] = await database.query<{ ours: boolean }[]>('SELECT pg_try_advisory_lock($1) AS ours', [LOCK])
    if (!lock?.ours) throw new Error('another renewal of keys is under way')
    const before = readRing(keyFile)
    const newest = before.at(-1)
    const resumed = newest?.finishedAt === null
    const key = newest?.finishedAt === null ? newest : newDataKey(nowMs)
    // On disk before anything is sealed with it.
    if (!resumed) writeRing(keyFile, [...before, key])
    const renewal = await sealAnew(database, new SecretBox(keyFile), key)
    const kept = readRing(keyFile).map((each) => (each.id === key.id ? { ...each, finishedAt: nowMs } : each))
    writeRing(keyFile, renewal.unreadable.length === 0 ? kept.slice(-2) : kept)
    await note(database, keyFile, { ...renewal, key: key.id, resumed })
    return { ...renewal, key: key.id, resumed }
  } finally {
    if (database.isInitialized) await database.destroy()
    await store.close()
  }
}

const isSealedBy = (text: string, { id }: DataKey): boolean => text.startsWith(`${id}.`)

async function sealAnew(
  database: DataSource,
  box: SecretBox,
  key: DataKey,
): Promise<Pick<Renewal, 'resealed' | 'unreadable'>> {
  const unreadable: string[] = []
  let resealed = 0
  const renewed = (place: string, sealed: string): string | null => {
    try {
      return box.seal(box.open(sealed))
    } catch {
      unreadable.push(place)
      return null
    }
  }
  for (const column of SEALED_COLUMNS) {
    let rows = await olderRows(database, column, key)
    while (rows.length > 0) {
      for (const { id, sealed } of rows) {
        const next = renewed(`${column.table}.${column.column} of ${id}`, sealed)
        if (next !== null) resealed += await replace(database, column, { id, sealed, next })
      }
      rows = await olderRows(database, column, key, rows.at(-1)?.id)
    }
  }
  for (const { name, field, sealed } of await olderSettings(database, key)) {
    const next = renewed(`setting ${name} ${field}`, sealed)
    // Only where it is still what was read: a change that came meanwhile has been sealed anew itself.
    if (next !== null)
      resealed += await changed(
        database,
        `UPDATE setting SET value = jsonb_set(value, ARRAY[$2], to_jsonb($4::text)) WHERE key = $1 AND value->>$2 = $3`,
        [name, field, sealed, next],
      )
  }
  return { resealed, unreadable }
}

async function changed(database: DataSource, sql: string, params: unknown[]): Promise<number> {
  const [, count] = await database.query<[unknown, number]>(sql, params)
  return count
}

const replace = (
  database: DataSource,
  { table, key, column }: SealedColumn,
  { id, sealed, next }: { id: string; sealed: string; next: string },
): Promise<number> =>
  changed(database, `UPDATE ${table} SET ${column} = $3 WHERE ${key} = $1 AND ${column} = $2`, [id, sealed, next])

/** Rows after this one that another key has sealed. */
function olderRows(
  database: DataSource,
  { table, key, column }: SealedColumn,
  newest: DataKey,
  after = '',
): Promise<{ id: string; sealed: string }[]> {
  return database.query(
    `SELECT ${key} AS id, ${column} AS sealed FROM ${table}
     WHERE ${column} IS NOT NULL AND NOT starts_with(${column}, $1) AND ${key} > $2 ORDER BY ${key} LIMIT ${BATCH}`,
    [`${newest.id}.`, after],
  )
}

async function olderSettings(
  database: DataSource,
  newest: DataKey,
): Promise<{ name: string; field: string; sealed: string }[]> {
  const rows = await database.query<{ key: string; value: Record<string, unknown> }[]>('SELECT key, value FROM setting')
  return rows.flatMap(({ key: name, value }) =>
    Object.entries(value).flatMap(([field, sealed]) =>
      field.endsWith('Sealed') && typeof sealed === 'string' && !isSealedBy(sealed, newest)
        ? [{ name, field, sealed }]
        : [],
    ),
  )
}

async function note(database: DataSource, keyFile: string, after: Renewal): Promise<void> {
  const audit = new AuditService(database, { secretKeyFile: keyFile })
  await audit.onModuleInit()
  const object = { kind: 'data-key', id: after.key }
  await audit.record({ stream: 'change', action: 'keys.rotated', by: SYSTEM, object, after })
}
