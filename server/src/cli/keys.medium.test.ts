/** Real: the whole server with its stores, which runs while its data key is renewed. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditVerification } from '@gemba/contracts/audit'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { readRing, ringPathOf } from '../database/key-ring.ts'
import { SecretBox } from '../database/secret-box.ts'
import { SourceStore } from '../sources/source-store.service.ts'
import { SEALED_COLUMNS, rotateKeys } from './keys.ts'

const CHANNELS = 40
let server: RunningApplication
let database: DataSource
let keyFile: string

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
  keyFile = join(server.dataDir, 'secret-key')
  const box = new SecretBox(keyFile)
  for (let n = 10; n < 10 + CHANNELS; n += 1)
    await database.query('INSERT INTO delivery_channel VALUES ($1, $1, $2, $3, $4, $5)', [
      `c${n}`,
      'json',
      'hooks.example.com',
      box.seal(`https://hooks.example.com/${n}`),
      n % 2 === 0 ? null : box.seal(`secret ${n}`),
    ])
  await database.query(`UPDATE user_account SET totp_sealed = $1 WHERE id = 'quality'`, [box.seal('factor')])
  const value = JSON.stringify({ host: 'mail.example.com', passwordSealed: box.seal('mail password') })
  await database.query(`INSERT INTO setting (key, value, changed_by) VALUES ('mail-for-test', $1, 'test')`, [value])
})
afterAll(() => server?.stop())

const rotate = (nowMs = Date.now()) =>
  rotateKeys({ dataDir: server.dataDir, metadataUrl: null, warehouseUrl: null }, keyFile, nowMs)
const newest = (): string => readRing(keyFile).at(-1)?.id ?? ''

/** Every secret, opened; throws when one cannot be. */
async function secrets(): Promise<{ sealed: string; opened: string }[]> {
  const box = new SecretBox(keyFile)
  const found: string[] = []
  for (const { table, column } of SEALED_COLUMNS) {
    const rows = await database.query<{ sealed: string }[]>(
      `SELECT ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL ORDER BY 1`,
    )
    found.push(...rows.map(({ sealed }) => sealed))
  }
  const [row] = await database.query<{ sealed: string }[]>(
    `SELECT value->>'passwordSealed' AS sealed FROM setting WHERE key = 'mail-for-test'`,
  )
  return [...found, row?.sealed ?? ''].map((sealed) => ({ sealed, opened: box.open(sealed) }))
}
const openedNow = async (): Promise<string[]> => (await secrets()).map(({ opened }) => opened).sort()

it('knows every column that holds sealed text', async () => {
  const rows = await database.query<{ place: string }[]>(
    `SELECT table_name || '.' || column_name AS place FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name ~ '(seal(ed)?|totp_pending|secrets?)$'
       AND (table_name, column_name) NOT IN (('signature', 'seal'))
     ORDER BY 1`,
  )
  expect(rows.map(({ place }) => place)).toEqual(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort())
})

it('a renewal that is interrupted loses nothing, and the next call finishes it with the same key', async () => {
  const before = await openedNow()
  // The store stops taking changes in the middle, as it looks after a kill: what was sealed anew stays so.
  await database.query(`CREATE FUNCTION stop_renewal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.id = 'c30' THEN RAISE EXCEPTION 'killed'; END IF; RETURN NEW; END $$`)
  await database.query(`CREATE TRIGGER stop_renewal BEFORE UPDATE ON delivery_channel
    FOR EACH ROW EXECUTE FUNCTION stop_renewal()`)
  await expect(rotate()).rejects.toThrow('killed')
  const key = newest()
  const half = await secrets()
  expect(half.some(({ sealed }) => sealed.startsWith(`${key}.`))).toBe(true)
  expect(half.some(({ sealed }) => !sealed.startsWith(`${key}.`))).toBe(true)
  expect(await openedNow()).toEqual(before)
  // A half-written ring beside the ring is of no account.
  writeFileSync(`${ringPathOf(keyFile)}.unfinished`, '{"keys":[')
  await database.query('DROP FUNCTION stop_renewal CASCADE')
  expect(await rotate()).toMatchObject({ key, resumed: true, unreadable: [] })
  expect((await secrets()).every(({ sealed }) => sealed.startsWith(`${key}.`))).toBe(true)
  expect(await openedNow()).toEqual(before)
})

it('each renewal makes a new key, keeps the one before, and the server reads and seals on', async () => {
  const first = newest()
  const sources = server.app.get(SourceStore).all
  expect(await rotate()).toMatchObject({ resumed: false })
  await rotate()
  const ids = readRing(keyFile).map(({ id }) => id)
  expect([ids.length, new Set(ids).size, ids.includes(first)]).toEqual([2, 2, false])
  await server.restart()
  database = server.app.get(DataSource)
  expect(server.app.get(SourceStore).all).toEqual(sources)
  expect(statSync(ringPathOf(keyFile)).mode & 0o077).toBe(0)
  expect((await secrets()).every(({ sealed }) => sealed.startsWith(`${newest()}.`))).toBe(true)
})

it('names what no key opens, leaves it, and keeps all keys', async () => {
  await database.query(
    `UPDATE delivery_channel SET secret_sealed = 'bm8ga2V5IG9wZW5zIHRoaXMgdGV4dCBvZiBvdXJz' WHERE id = 'c11'`,
  )
  expect((await rotate()).unreadable).toEqual(['delivery_channel.secret_sealed of c11'])
  expect(readRing(keyFile).length).toBe(3)
})

it('stands in the audit trail, whose chain is whole as before', async () => {
  const cookie = await server.signIn('admin')
  const trail = await server.call('GET', '/api/audit?stream=change', { cookie })
  expect(trail.text).toContain('keys.rotated')
  for (const { secret } of readRing(keyFile)) expect(trail.text).not.toContain(secret)
  const verified = await server.call('GET', '/api/audit/verification', { cookie })
  expect(auditVerification.parse(verified.json()).ok).toBe(true)
  expect(readFileSync(keyFile, 'utf8')).toBe('a key for tests')
})
