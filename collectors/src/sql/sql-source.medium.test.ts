/** Real: the reference factory's ERP and MES on an embedded PostgreSQL, read with the account of a platform. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SqlSettings } from '@gemba/contracts/source'
import { CuttableLine } from '../../../test/faults/cuttable-line.ts'
import { freePort } from '../../../test/flows/product.ts'
import { Office } from '../../../test/plant/office.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import type { RunningSource } from '../source.ts'
import { startSql } from './sql-source.ts'

const PASSWORD = 'reads-only-0123456789'
const ADMIN_PASSWORD = 'owns-all-0123456789'
const OVERLAP_MS = 2_000

let folder: string
let port: number
let office: Office
let mes: pg.Client
const closing: (() => Promise<unknown> | void)[] = []

const startOffice = () =>
  Office.start({ dataDir: join(folder, 'office'), port, adminPassword: ADMIN_PASSWORD, readerPassword: PASSWORD })
async function admin(database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, database, user: 'plant', password: ADMIN_PASSWORD })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sql-source-'))
  chmodSync(folder, 0o755)
  port = await freePort()
  office = await startOffice()
  mes = await admin('mes')
})
afterAll(async () => {
  await mes?.end().catch(() => undefined)
  await office?.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => mes.query('TRUNCATE job_report'))
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const settings = (more: Partial<SqlSettings> = {}): SqlSettings => ({
  kind: 'sql',
  dialect: 'postgresql',
  host: '127.0.0.1',
  port,
  database: 'mes',
  user: 'gemba_reader',
  password: PASSWORD,
  timeZone: 'Asia/Shanghai',
  mapping: 'mes',
  everyMs: 50,
  overlapMs: OVERLAP_MS,
  pageRows: 7,
  statementTimeoutMs: 5_000,
  ...more,
})

function watch(more: Partial<SqlSettings> = {}): WatchedSink {
  const watched = new WatchedSink(settings(more))
  closing.push(() => watched.close())
  return watched
}
function pull(
  watched: WatchedSink,
  more: Partial<SqlSettings> = {},
  limits: { mostSeen?: number } = {},
): RunningSource {
  const source = startSql(settings(more), watched.sink, limits)
  closing.push(() => source.stop())
  return source
}
/** A server that accepts connections and never says anything. */
async function listenSilently(): Promise<{ port: number; sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return { port: (server.address() as AddressInfo).port, sockets }
}
const until = (probe: () => boolean, timeout = 60_000) => vi.waitUntil(probe, { timeout, interval: 20 })
const keys = (watched: WatchedSink) => watched.records.map((record) => record.key)

interface Report {
  readonly key: string
  /** As text, to the microsecond. */
  readonly updatedAt: string
  readonly good?: number
}
const insert = (client: pg.Client, { key, updatedAt, good = 10 }: Report) =>
  client.query(
    `INSERT INTO job_report (report_no, wo_no, op_no, work_center, reported_at, good, scrap, rework, updated_at)
     VALUES ($1, '000001001000', '0010', 'SPG-IM01', $2::timestamptz, $3, 1, 0, $2::timestamptz)
     ON CONFLICT (report_no) DO UPDATE SET good = excluded.good, updated_at = excluded.updated_at`,
    [key, updatedAt, good],
  )
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const name = (prefix: string, index: number) => `${prefix}-${String(index).padStart(3, '0')}`
/** The source has read everything again after this, overlap included. */
async function anotherRound(watched: WatchedSink): Promise<void> {
  const before = watched.sink.report().lastDataAt ?? 0
  await until(() => (watched.sink.report().lastDataAt ?? 0) > before)
  const first = watched.sink.report().lastDataAt ?? 0
  await until(() => (watched.sink.report().lastDataAt ?? 0) > first)
}

describe('the cursor of a SQL source', () => {
  it('reads rows of one and the same instant, many more than a page, each once', async () => {
    const updatedAt = ago(60_000)
    const wanted = Array.from({ length: 50 }, (_, index) => name('TIE', index))
    for (const key of wanted.toSorted(() => -1)) await insert(mes, { key, updatedAt })
    const watched = watch()
    pull(watched)
    await until(() => keys(watched).length >= wanted.length)
    await anotherRound(watched)
    expect(keys(watched)).toEqual(wanted)
    expect(watched.status).toBe('running')
  })

  it('tells rows apart that lie a microsecond apart, also at the edge of a page', async () => {
    const second = ago(60_000).slice(0, 19)
    const wanted = Array.from({ length: 29 }, (_, index) => name('MICRO', index))
    for (const [index, key] of wanted.entries())
      await insert(mes, { key, updatedAt: `${second}.${String(123_000 + index).padStart(6, '0')}+00` })
    const watched = watch({ pageRows: 4 })
    pull(watched, { pageRows: 4 })
    await until(() => keys(watched).length >= wanted.length)
    await anotherRound(watched)
    expect(keys(watched)).toEqual(wanted)
    expect(new Set(watched.records.map((record) => record.version)).size).toBe(wanted.length)
  })

  it('finds a row that was committed behind it, and doubles none of those in front', async () => {
    const late = await admin('mes')
    closing.push(() => late.end())
    const watched = watch()
    pull(watched)
    await late.query('BEGIN')
    await insert(late, { key: 'LATE', updatedAt: ago(900) })
    for (let index = 0; index < 20; index += 1) await insert(mes, { key: name('EARLY', index), updatedAt: ago(0) })
    await until(() => keys(watched).length >= 20)
    await anotherRound(watched)
    expect(keys(watched)).not.toContain('LATE')
    await late.query('COMMIT')
    await until(() => keys(watched).includes('LATE'))
    await anotherRound(watched)
    expect(keys(watched).toSorted()).toEqual([
      ...Array.from({ length: 20 }, (_, index) => name('EARLY', index)),
      'LATE',
    ])
  })

  it('reads a bulk at the end of a table anew only until it has settled, and drops what it has in mind', async () => {
    const more = { overlapMs: 300 }
    const updatedAt = ago(60_000)
    for (let index = 0; index < 40; index += 1) await insert(mes, { key: name('BULK', index), updatedAt })
    const watched = watch(more)
    pull(watched, more, { mostSeen: 25 })
    await until(() => new Set(keys(watched)).size === 40)
    // What has no room in mind comes again while the overlap is read; then nothing does.
    let known = 0
    await vi.waitUntil(
      async () => {
        known = watched.records.length
        await anotherRound(watched)
        await anotherRound(watched)
        return watched.records.length === known
      },
      { timeout: 60_000 },
    )
    const again = keys(watched).slice(40)
    expect(again.filter((key) => key < name('BULK', 25))).toEqual([])
    await insert(mes, { key: 'NEXT', updatedAt: ago(0) })
    await until(() => keys(watched).includes('NEXT'))
    await anotherRound(watched)
    expect(keys(watched).slice(known)).toEqual(['NEXT'])
  })

  it('brings every change of a row as a new version', async () => {
    const watched = watch()
    pull(watched)
    const versions: number[] = []
    for (const good of [1, 2, 3]) {
      await insert(mes, { key: 'CHANGED', updatedAt: ago(0), good })
      await until(() => watched.records.length === good)
      versions.push(good)
    }
    await anotherRound(watched)
    expect(watched.records.map((record) => record.data)).toMatchObject(versions.map((good) => ({ good })))
    const told = watched.records.map((record) => record.version)
    expect(told).toEqual(told.toSorted())
    expect(new Set(told).size).toBe(3)
  })

  it('loses nothing while rows are written from several sides, and after a restart doubles only the overlap', async () => {
    const writers = await Promise.all([admin('mes'), admin('mes'), admin('mes')])
    closing.push(() => Promise.all(writers.map((writer) => writer.end())))
    const watched = watch()
    let source = pull(watched)
    const write = async (writer: pg.Client, prefix: string) => {
      for (let index = 0; index < 60; index += 1) {
        await writer.query('BEGIN')
        await insert(writer, { key: name(prefix, index), updatedAt: ago(index % 3 === 0 ? 300 : 0) })
        // Held open, so that others commit with later times first.
        await writer.query('SELECT pg_sleep(0.02)')
        await writer.query('COMMIT')
      }
    }
    const writing = Promise.all(writers.map((writer, index) => write(writer, `W${index}`)))
    await until(() => keys(watched).length >= 60)
    await source.stop()
    const beforeRestart = new Map(watched.records.map((record) => [`${record.key} ${record.version}`, record.at]))
    const stoppedAt = Math.max(...beforeRestart.values())
    watched.restart()
    source = pull(watched)
    await writing
    await until(() => new Set(keys(watched)).size >= 180)
    await anotherRound(watched)
    expect(new Set(keys(watched)).size).toBe(180)
    const seen = new Set<string>()
    const doubled = watched.records.filter((record) => {
      const version = `${record.key} ${record.version}`
      return seen.has(version) || !seen.add(version)
    })
    // The warehouse drops a repeat of the same version; older rows must not come again at all.
    expect(doubled.filter((record) => record.at < stoppedAt - OVERLAP_MS - 1)).toEqual([])
    expect(seen.size).toBe(180)
  })

  it('goes on where it was, in time, when the collector starts again after the overlap', async () => {
    for (let index = 0; index < 10; index += 1) await insert(mes, { key: name('OLD', index), updatedAt: ago(60_000) })
    await insert(mes, { key: 'EDGE', updatedAt: ago(30_000) })
    const watched = watch()
    const source = pull(watched)
    await until(() => keys(watched).length >= 11)
    await source.stop()
    watched.restart()
    await insert(mes, { key: 'NEW', updatedAt: ago(0) })
    pull(watched)
    await until(() => keys(watched).includes('NEW'))
    await anotherRound(watched)
    expect(keys(watched).slice(11)).toEqual(['EDGE', 'NEW'])
  })
})

describe('a row of the ERP that cannot be read', () => {
  it('goes to quarantine once and keeps nothing else back', async () => {
    const erp = await admin('erp')
    closing.push(async () => {
      for (const table of ['aufk', 'afko', 'afpo']) await erp.query(`DELETE FROM ${table} WHERE aufnr LIKE 'T%'`)
      await erp.end()
    })
    for (const [order, due] of [
      ['T1', '20261121'],
      ['T2', '00000000'],
      ['T3', '20261122'],
    ] as const) {
      await erp.query(`INSERT INTO aufk (mandt, aufnr, objnr) VALUES ('800', $1, $1)`, [order])
      await erp.query(`INSERT INTO afko (mandt, aufnr, aufpl, gamng) VALUES ('800', $1, $1, 5)`, [order])
      await erp.query(
        `INSERT INTO afpo (mandt, aufnr, posnr, matnr, psmng, wemng, ltrmp, ltrup) VALUES ('800', $1, '0001', 'PEN-CAP', 5, 0, $2, '120000')`,
        [order, due],
      )
    }
    const more = { database: 'erp', mapping: 'sap' } as const
    const watched = watch(more)
    pull(watched, more)
    const orders = () => watched.records.filter((record) => record.type === 'production-order')
    await until(() => orders().length >= 2)
    await anotherRound(watched)
    expect(
      orders()
        .map((record) => record.key)
        .toSorted(),
    ).toEqual(['T1', 'T3'])
    expect(orders()[0]?.data).toMatchObject({ dueAt: Date.parse('2026-11-21T12:00:00+08:00'), quantity: 5 })
    expect(watched.quarantined).toMatchObject([{ reason: 'schema', raw: expect.stringContaining('"key":"T2"') }])
    expect(watched.status).toBe('running')
  })
})

describe('a SQL source that cannot read', () => {
  const failure = async (more: Partial<SqlSettings>, timeout?: number) => {
    const watched = watch(more)
    pull(watched, more)
    await until(() => watched.sink.report().state === 'failing', timeout)
    const { errorType, errorText } = watched.sink.report()
    expect(errorText).toContain(`${more.host ?? '127.0.0.1'}:${more.port ?? port}/${more.database ?? 'mes'}`)
    expect(errorText).not.toContain(more.password ?? PASSWORD)
    return errorType
  }

  it('names a wrong password', async () => {
    expect(await failure({ password: 'not-the-password' })).toBe('auth')
  })
  it('names a wrong user', async () => {
    expect(await failure({ user: 'nobody_here' })).toBe('auth')
  })
  it('names a port where nobody listens', async () => {
    expect(await failure({ port: await freePort() })).toBe('connect')
  })
  it('names a host that does not exist', async () => {
    expect(await failure({ host: 'no-such-host.invalid' })).toBe('connect')
  })
  it('names a database that does not exist', async () => {
    expect(await failure({ database: 'not_here' })).toBe('connect')
  })
  it('names a missing table', async () => {
    expect(await failure({ database: 'mes', mapping: 'sap' })).toBe('schema')
  })
  it('names a dialect that it does not speak', async () => {
    const watched = watch({ dialect: 'mysql' })
    pull(watched, { dialect: 'mysql' })
    await until(() => watched.status === 'failing: protocol')
  })

  it('names a table that it may not read, and reads it once it may', async () => {
    await mes.query('REVOKE SELECT ON job_report FROM gemba_reader')
    closing.push(() => mes.query('GRANT SELECT ON job_report TO gemba_reader'))
    const watched = watch()
    pull(watched)
    await until(() => watched.status === 'failing: permission')
    await mes.query('GRANT SELECT ON job_report TO gemba_reader')
    await until(() => watched.status === 'running')
  })

  it('names a query that takes too long, and recovers', async () => {
    const locker = await admin('mes')
    closing.push(() => locker.end())
    await locker.query('BEGIN; LOCK TABLE job_report IN ACCESS EXCLUSIVE MODE')
    const watched = watch({ statementTimeoutMs: 200 })
    pull(watched, { statementTimeoutMs: 200 })
    await until(() => watched.status === 'failing: timeout')
    await locker.query('ROLLBACK')
    await insert(mes, { key: 'AFTER', updatedAt: ago(0) })
    await until(() => keys(watched).includes('AFTER'))
    // The round goes on with the streams after this one.
    await until(() => watched.status === 'running')
  })

  it('names a database that accepts and says nothing, and leaves no connection behind when stopped', async () => {
    const { port: silentPort, sockets } = await listenSilently()
    expect(await failure({ port: silentPort }, 20_000)).toBe('timeout')
    await until(() => sockets.size === 0)
  })

  it('stops at once while it is still connecting, and closes what it opened', async () => {
    const { port: silentPort, sockets } = await listenSilently()
    const watched = watch({ port: silentPort })
    const source = startSql(settings({ port: silentPort }), watched.sink)
    await until(() => sockets.size === 1)
    const startedAt = performance.now()
    await source.stop()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    await until(() => sockets.size === 0)
  })

  it('stops in the middle of a query, and leaves no session at the database', async () => {
    const locker = await admin('mes')
    closing.push(() => locker.end())
    await locker.query('BEGIN; LOCK TABLE job_report IN ACCESS EXCLUSIVE MODE')
    const sessions = async (condition: string) =>
      Number(
        (await mes.query(`SELECT count(*) FROM pg_stat_activity WHERE usename = 'gemba_reader' ${condition}`)).rows[0]
          .count,
      )
    const source = startSql(settings(), watch().sink)
    await vi.waitFor(async () => expect(await sessions("AND wait_event_type = 'Lock'")).toBe(1), { timeout: 60_000 })
    await source.stop()
    await locker.query('ROLLBACK')
    await vi.waitFor(async () => expect(await sessions('')).toBe(0), { timeout: 60_000 })
  })
})

describe('what a SQL source tells about its calls', () => {
  it('is one line per round with its outcome, so that an outage and a slow query can be counted', async () => {
    const line = new CuttableLine(port)
    const linePort = await freePort()
    await line.open(linePort)
    closing.push(() => line.close())
    const watched = watch({ port: linePort, statementTimeoutMs: 300 })
    await insert(mes, { key: 'CALL-1', updatedAt: ago(60_000) })
    pull(watched, { port: linePort, statementTimeoutMs: 300 })
    await until(() => watched.calls.filter(({ outcome }) => outcome === 'ok').length >= 3)
    expect(watched.calls[0]).toMatchObject({ outcome: 'ok', rows: 1, rejected: 0 })
    expect(watched.calls[0]?.durationMs).toBeGreaterThan(0)
    expect(watched.calls[0]?.newestAt).toBeGreaterThan(Date.now() - 70_000)

    await mes.query('BEGIN; LOCK TABLE job_report IN ACCESS EXCLUSIVE MODE')
    await until(() => watched.calls.some(({ outcome }) => outcome === 'timeout'))
    await mes.query('COMMIT')
    await until(() => watched.calls.at(-1)?.outcome === 'ok')

    await line.close()
    await until(() => watched.calls.some(({ outcome }) => outcome === 'connect'))
    const outcomes = new Set(watched.calls.map(({ outcome }) => outcome))
    expect([...outcomes].sort()).toEqual(['connect', 'ok', 'timeout'])
  }, 40_000)

  it('names every column that came, went or changed its type, once, and goes on reading', async () => {
    const watched = watch()
    const first = pull(watched)
    await until(() => watched.calls.some(({ outcome }) => outcome === 'ok'))
    expect(watched.drifts).toEqual([])
    await first.stop()
    await mes.query('ALTER TABLE job_report ADD COLUMN shift_remark text, ALTER COLUMN rework TYPE bigint')
    closing.push(() =>
      mes.query('ALTER TABLE job_report DROP COLUMN IF EXISTS shift_remark, ALTER COLUMN rework TYPE integer'),
    )
    const before = watched.calls.length
    const second = pull(watched)
    await until(() => watched.calls.slice(before).some(({ outcome }) => outcome === 'ok'))
    await second.stop()
    const told = watched.drifts.map(({ table, column, change }) => `${table}.${column} ${change}`)
    expect(told.sort()).toEqual(['job_report.rework type', 'job_report.shift_remark added'])

    watched.restart()
    pull(watched)
    const calls = watched.calls.length
    await until(() => watched.calls.slice(calls).some(({ outcome }) => outcome === 'ok'))
    expect(watched.drifts).toHaveLength(2)
  }, 30_000)
})

describe('a database that restarts', () => {
  it('is told as not reachable, then read on without loss', async () => {
    const watched = watch()
    pull(watched)
    await insert(mes, { key: 'BEFORE', updatedAt: ago(0) })
    await until(() => keys(watched).includes('BEFORE'))
    await mes.end()
    await office.stop()
    await until(() => watched.status === 'failing: connect')
    office = await startOffice()
    mes = await admin('mes')
    await insert(mes, { key: 'AFTER', updatedAt: ago(0) })
    await until(() => keys(watched).includes('AFTER'), 30_000)
    expect(keys(watched)).toEqual(['BEFORE', 'AFTER'])
    await until(() => watched.status === 'running')
  })
})
