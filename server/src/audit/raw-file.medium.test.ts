/** Real: the whole server with its stores, and the files of its database, written to behind the back of PostgreSQL. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { verifyAudit } from '../cli/audit.ts'
import { startPostgres } from '../database/embedded-postgres.ts'
import { derivedKey } from '../database/secret-box.ts'
import { AUDIT_KEY_PURPOSE, AuditService, SYSTEM } from './audit.service.ts'
import { verifyChains } from './verify-chain.ts'

let server: RunningApplication
let file: string
let seq: number

beforeAll(async () => {
  server = await startApplication()
  const [audit, database] = [server.app.get(AuditService), server.app.get(DataSource)]
  for (const reason of ['released by quality', 'refused by quality', 'filed'])
    await audit.record({ stream: 'change', action: 'test.batch', by: SYSTEM, reason })
  const [row] = await database.query<{ seq: string }[]>(
    "SELECT seq FROM audit_entry WHERE stream = 'change' AND reason = 'refused by quality'",
  )
  seq = Number(row?.seq)
  const [place] = await database.query<{ path: string }[]>("SELECT pg_relation_filepath('audit_entry') AS path")
  file = join(server.dataDir, 'metadata', String(place?.path))
  await database.query('CHECKPOINT')
  await server.stop({ keepData: true })
})
afterAll(() => rmSync(server.dataDir, { recursive: true, force: true }))

const keyFile = (): string => join(server.dataDir, 'secret-key')

/** Writes the same number of other bytes over those of a text in the file of the table. */
function overwrite(before: string, after: string): void {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(before)
  expect(at).toBeGreaterThan(0)
  bytes.write(after, at, 'utf8')
  writeFileSync(file, bytes)
}

async function command(): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const locations = { dataDir: server.dataDir, metadataUrl: null, warehouseUrl: null }
  const code = await verifyAudit(locations, keyFile(), (line) => lines.push(line))
  return { code, text: lines.join('\n') }
}

describe('a row of the audit trail that was changed on disk', () => {
  it('is named by the command: the database refuses its page, and the entries before it are whole', async () => {
    expect((await command()).code).toBe(0)
    overwrite('refused by quality', 'accepts by quality')
    const { code, text } = await command()
    expect(code).toBe(1)
    expect(text).toMatch(/change: broken at entry \d+: block \d+ of the table cannot be read/)
  })

  it('is named exactly when its page is made to look sound', async () => {
    const postgres = await startPostgres({
      dataDir: join(server.dataDir, 'metadata'),
      socketDir: join(server.dataDir, 'run', 'metadata'),
      user: 'gemba',
      database: 'gemba',
      settings: { ignore_checksum_failure: 'on' },
    })
    const client = new pg.Client({ connectionString: postgres.url })
    try {
      await client.connect()
      const ask = async <T>(sql: string, params: readonly unknown[]): Promise<T[]> =>
        (await client.query(sql, [...params])).rows as T[]
      const { streams, ok } = await verifyChains(ask, derivedKey(keyFile(), AUDIT_KEY_PURPOSE), Date.now())
      expect(ok).toBe(false)
      expect(streams.filter(({ broken }) => broken !== null).map(({ stream, broken }) => [stream, broken])).toEqual([
        ['change', { seq, reason: 'its content was changed' }],
      ])
    } finally {
      await client.end()
      await postgres.stop()
    }
  })

  it('that is put back is whole again', async () => {
    overwrite('accepts by quality', 'refused by quality')
    expect((await command()).code).toBe(0)
  })
})
