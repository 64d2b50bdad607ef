/** Real: the whole server with its stores, and the command that checks the trail. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditPage, auditPage, auditVerification } from '@gemba/contracts/audit'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'
import { verifyAudit } from '../cli/audit.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { AuditKeeping } from './audit-keeping.service.ts'
import { AuditService, SYSTEM } from './audit.service.ts'

let server: RunningApplication
let database: DataSource
let admin: string

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
  admin = await server.signIn('admin')
})
afterAll(() => server.stop())
beforeEach(() => database.query('UPDATE user_account SET failed_tries = 0, locked_until = NULL'))

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
const page = async (query: Record<string, string> = {}, cookie = admin): Promise<AuditPage> => {
  const answer = await server.call('GET', `/api/audit?${new URLSearchParams(query)}`, { cookie })
  if (answer.status !== 200) throw new Error(answer.text)
  return auditPage.parse(answer.json())
}
const command = async (): Promise<{ code: number; lines: string[] }> => {
  const config = server.app.get<ServerConfig>(SERVER_CONFIG)
  const lines: string[] = []
  const locations = { dataDir: server.dataDir, metadataUrl: config.metadataUrl, warehouseUrl: null }
  const code = await verifyAudit(locations, join(server.dataDir, 'secret-key'), (line) => lines.push(line))
  return { code, lines }
}

describe('the audit trail', () => {
  it('knows who came in, who was refused and who was locked out, and from where', async () => {
    const tries = (user: string, password: string) =>
      server.call('POST', '/api/sessions', { json: { user, password }, from: '127.4.0.1' })
    await tries('analyst', PASSWORD)
    for (let round = 0; round < 6; round += 1) await tries('operator', 'wrong')
    await tries('my-secret-typed-into-the-wrong-field', 'x')
    const { entries } = await page({ text: '127.4.0.1', limit: '50' })
    const seen = entries.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`)
    expect(seen).toEqual([
      '(unknown) sign-in.refused refused',
      'operator sign-in.locked refused',
      'operator sign-in.locked refused',
      ...new Array<string>(4).fill('operator sign-in.refused refused'),
      'analyst sign-in.ok ok',
    ])
    expect(entries.at(-1)).toMatchObject({ rights: ['analyst'], means: 'password', object: { kind: 'session' } })
    expect(JSON.stringify(await database.query('SELECT * FROM audit_entry'))).not.toContain('my-secret')
  })

  it('keeps what a setting was before and after, and by whom it was changed', async () => {
    const before = (await server.call('GET', '/api/sign-in/settings', { cookie: admin })).json() as object
    const json = { ...before, idleMinutes: 600 }
    expect(codeOf(await server.call('PUT', '/api/sign-in/settings', { cookie: admin, json }))).toBe('ok')
    const [entry] = (await page({ action: 'setting.changed' })).entries
    expect(entry).toMatchObject({ actor: 'admin', rights: ['admin'], before, after: json, stream: 'change' })
  })

  it('is filtered, and turned page by page without losing or doubling an entry', async () => {
    const audit = server.app.get(AuditService)
    for (let n = 0; n < 25; n += 1)
      await audit.record({ stream: n % 2 ? 'change' : 'access', action: 'test.counted', by: SYSTEM, after: { n } })
    const seen: number[] = []
    let after: string | null = null
    do {
      const found: AuditPage = await page({ action: 'test.', limit: '4', ...(after ? { after } : {}) })
      expect(found.total).toBe(25)
      seen.push(...found.entries.map((entry) => (entry.after as { n: number }).n))
      after = found.next
    } while (after)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n))
    expect((await page({ action: 'test.', stream: 'change' })).total).toBe(12)
    expect((await page({ actor: 'system', action: 'test.' })).total).toBe(25)
    expect((await page({ text: '100%' })).total).toBe(0)
    expect((await page({ action: 'test.', to: '1' })).total).toBe(0)
  })

  it('refuses questions that are not understood rather than answering another', async () => {
    for (const query of [
      'limit=0',
      'limit=501',
      'stream=all',
      'after=x',
      'unknown=1',
      'from=yesterday',
      'actor=a&actor=b',
    ])
      expect([query, codeOf(await server.call('GET', `/api/audit?${query}`, { cookie: admin }))]).toEqual([
        query,
        'INPUT_INVALID',
      ])
  })

  it('is open to administrators and quality only', async () => {
    const codes: string[] = []
    for (const user of ['manager', 'analyst', 'executive', 'quality']) {
      const cookie = await server.signIn(user)
      codes.push(codeOf(await server.call('GET', '/api/audit', { cookie })))
    }
    expect(codes).toEqual(['NO_ACCESS', 'NO_ACCESS', 'NO_ACCESS', 'ok'])
  })

  it('is exported as CSV, and the export is an entry itself', async () => {
    const answer = await server.call('GET', '/api/audit/export?action=test.', { cookie: admin })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    const lines = answer.text.replace('\uFEFF', '').trimEnd().split('\r\n')
    expect(lines).toHaveLength(26)
    expect(lines[0]).toMatch(/^stream,seq,at_utc,/)
    const [entry] = (await page({ stream: 'export' })).entries
    expect(entry).toMatchObject({ action: 'audit.exported', actor: 'admin', after: { entries: 25, complete: true } })
  })

  it('has no holes and no doubles when many write at the same moment, and none of a change that failed', async () => {
    const audit = server.app.get(AuditService)
    const record = (n: number) => ({ stream: 'change', action: 'test.crowd', by: SYSTEM, after: { n } }) as const
    await Promise.all(Array.from({ length: 40 }, (_, n) => audit.record(record(n))))
    await expect(
      database.transaction(async (manager) => {
        await audit.record(record(99), manager)
        throw new Error('the change failed')
      }),
    ).rejects.toThrow('the change failed')
    const found = await page({ action: 'test.crowd', limit: '100' })
    expect(found.total).toBe(40)
    expect((await command()).code).toBe(0)
  })

  it('takes any text there is', async () => {
    const audit = server.app.get(AuditService)
    const odd = { text: 'a\0b\ud800 现场 \u202E', big: 'x'.repeat(200_000) }
    await audit.record({ stream: 'change', action: 'test.odd', by: SYSTEM, reason: 'a\0b', after: odd })
    const [entry] = (await page({ action: 'test.odd' })).entries
    expect(entry?.after).toMatchObject({ tooLong: expect.any(Number) as number })
    expect((await command()).code).toBe(0)
  })
})

describe('an entry', () => {
  it('cannot be changed or removed, by the role that writes it and by the owner of the table neither', async () => {
    const statements = ["UPDATE audit_entry SET actor = 'x'", 'DELETE FROM audit_entry', 'TRUNCATE audit_entry']
    for (const sql of statements) {
      await expect(database.query(sql)).rejects.toThrow('rows can only be added')
      await expect(
        database.transaction(async (manager) => {
          await manager.query('SET LOCAL ROLE gemba_audit_writer')
          await manager.query(sql)
        }),
      ).rejects.toThrow('permission denied')
    }
  })

  /** As somebody with all rights on the database would do it. */
  const behindTheGuard = async (sql: string, params: unknown[] = []): Promise<void> => {
    await database.transaction(async (manager) => {
      await manager.query('SET LOCAL session_replication_role = replica')
      await manager.query(sql, params)
    })
  }

  it('that was changed behind the guard is named by the command and by the page', async () => {
    const [target] = await database.query<{ seq: string; actor: string }[]>(
      `SELECT seq, actor FROM audit_entry WHERE stream = 'access' ORDER BY seq OFFSET 3 LIMIT 1`,
    )
    await behindTheGuard(`UPDATE audit_entry SET actor = 'somebody-else' WHERE stream = 'access' AND seq = $1`, [
      target?.seq,
    ])
    const broken = await command()
    expect(broken.code).toBe(1)
    expect(broken.lines.join('\n')).toContain(`access: broken at entry ${target?.seq}: its content was changed`)
    const answer = await server.call('GET', '/api/audit/verification', { cookie: admin })
    const access = auditVerification.parse(answer.json()).streams.find(({ stream }) => stream === 'access')
    expect(access?.broken?.seq).toBe(Number(target?.seq))
    await behindTheGuard(`UPDATE audit_entry SET actor = $2 WHERE stream = 'access' AND seq = $1`, [
      target?.seq,
      target?.actor,
    ])
    expect((await command()).code).toBe(0)
  })

  it('that was removed behind the guard is missed, at the end as well', async () => {
    await server.app.get(AuditService).record({ stream: 'signature', action: 'test.last', by: SYSTEM })
    const [row] = await database.query<Record<string, unknown>[]>(
      `SELECT * FROM audit_entry WHERE stream = 'signature'`,
    )
    await behindTheGuard(`DELETE FROM audit_entry WHERE stream = 'signature'`)
    const broken = await command()
    expect([broken.code, broken.lines.join('\n')]).toEqual([1, expect.stringContaining('signature: broken at entry 1')])
    const names = Object.keys(row ?? {})
    await behindTheGuard(
      `INSERT INTO audit_entry (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row ?? {}),
    )
    expect((await command()).code).toBe(0)
  })
})

describe('once a day', () => {
  const DAY = 86_400_000

  it('the head of each chain is anchored, once', async () => {
    const keeping = server.app.get(AuditKeeping)
    await keeping.keep(Date.now())
    await keeping.keep(Date.now())
    const rows = await database.query<{ stream: string }[]>('SELECT stream FROM audit_anchor ORDER BY stream')
    expect(new Set(rows.map(({ stream }) => stream)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(0)
  })

  it('what is older than its class is kept is removed, and the chain still holds', async () => {
    const keeping = server.app.get(AuditKeeping)
    const count = async () => (await page({ stream: 'access', limit: '1' })).total
    const before = await count()
    expect(before).toBeGreaterThan(5)
    await keeping.keep(Date.now() + 399 * DAY)
    expect(await count()).toBe(before)
    const changes = (await page({ stream: 'change', limit: '1' })).total
    await keeping.keep(Date.now() + 401 * DAY)
    expect(await count()).toBe(1)
    expect((await page({ stream: 'change', limit: '1' })).total).toBe(changes)
    expect((await page({ stream: 'access' })).entries[0]).toMatchObject({ action: 'audit.retained', actor: 'system' })
    await server.app.get(AuditService).record({ stream: 'access', action: 'test.later', by: SYSTEM })
    expect((await command()).lines.join('\n')).toContain('The audit trail is whole.')
  })

  it('the key of the installation is what the chain rests on', async () => {
    expect(readFileSync(join(server.dataDir, 'secret-key'), 'utf8')).not.toBe('')
    const config = server.app.get<ServerConfig>(SERVER_CONFIG)
    const lines: string[] = []
    const locations = { dataDir: server.dataDir, metadataUrl: config.metadataUrl, warehouseUrl: null }
    const code = await verifyAudit(locations, join(server.dataDir, 'catalog.json'), (line) => lines.push(line))
    expect([code, lines.join('\n')]).toEqual([1, expect.stringContaining('another key')])
  })
})
