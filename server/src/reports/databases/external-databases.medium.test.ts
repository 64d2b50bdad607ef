/**
 * Real: the whole server with both stores, and a PostgreSQL of others on a port of its own. Queries as datasets: what is
 * bound, what cannot be done to it, how it fails, and who sees which rows.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowsPreview } from '@gemba/contracts/data-file'
import type { DatabaseTrial, ExternalDatabasesAnswer } from '@gemba/contracts/external-database'
import type { ReportRun } from '@gemba/contracts/report'
import { WHOLE } from '@gemba/engine/rights/effective'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../../accounts/principal.ts'
import { RightsService } from '../../accounts/rights/rights.service.ts'
import { RightsStore } from '../../accounts/rights/rights-store.service.ts'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { type RunningPostgres, startPostgres } from '../../database/embedded-postgres.ts'
import { rightsPlant } from '../../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, publish } from '../reports-fixture.ts'

const SECRET = 'K3SECRET'
const OWNER = 'owns-all-0123456789'
const READER = 'reads-only-0123456789'

let server: RunningApplication
let foreign: RunningPostgres
let owner: pg.Client
let folder: string
let port: number
let silent: Server
let admin: Principal
const cookies = new Map<string, string>()
const cookieOf = (user: string): string => cookies.get(user) as string

const listening = (listener: Server): Promise<number> =>
  new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port)))

async function freePort(): Promise<number> {
  const probe = createServer()
  const found = await listening(probe)
  await new Promise((resolve) => probe.close(resolve))
  return found
}

const settings = (more: object = {}) => ({
  name: { zh: '外部 ERP', en: 'ERP of others' },
  kind: 'postgresql',
  host: '127.0.0.1',
  port,
  database: 'erp',
  user: 'reader',
  tls: 'none',
  audience: { kind: 'granted' },
  ...more,
})
const put = (id: string, more: object = {}, user = 'admin'): Promise<Answer> =>
  server.call('PUT', `/api/external-databases/${id}`, { cookie: cookieOf(user), json: settings(more) })
const reads = (sql: string, { source = 'erp', parameters = [] as object[] } = {}) => ({
  parameters,
  datasets: { x: { kind: 'external', source, sql } },
  cells: listOf('x', ['no', 'customer', 'pieces']),
})

let reports = 0
/** Makes a report of a query, publishes it and runs it. */
async function run(
  sql: string,
  more: { parameters?: object[]; params?: object; source?: string } = {},
): Promise<ReportRun> {
  const id = `query-${(reports += 1)}`
  await publish(server, { cookie: cookieOf('admin') }, [id, reads(sql, more)])
  return finish(server, { cookie: cookieOf('admin'), id, json: { params: (more.params ?? {}) as never } })
}
const rowsOf = ({ datasets }: ReportRun): number | undefined => datasets[0]?.rows

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-foreign-'))
  chmodSync(folder, 0o755)
  port = await freePort()
  foreign = await startPostgres({
    dataDir: join(folder, 'erp'),
    tcpPort: port,
    user: 'owner',
    password: OWNER,
    database: 'erp',
  })
  owner = new pg.Client({ host: '127.0.0.1', port, database: 'erp', user: 'owner', password: OWNER })
  owner.on('error', () => undefined)
  await owner.connect()
  await owner.query(`CREATE TABLE sales (no int8, unit text, customer text, pieces numeric, due date, at timestamptz);
    INSERT INTO sales VALUES (9007199254740993, 'SUZ/MOLD/IM/IM01', 'K1', 11.25, '2026-01-05', '2026-01-05 04:00:00.123456+00'),
      (2, 'SUZ/MOLD/IM/IM02', '${SECRET}', 12, NULL, NULL), (3, 'BRQ/PRESS/P/P1', 'K1', 'NaN', NULL, NULL);
    CREATE TABLE other (secret text); INSERT INTO other VALUES ('not granted');
    CREATE ROLE reader LOGIN PASSWORD '${READER}'; GRANT SELECT ON sales TO reader`)
  silent = createServer(() => undefined)
  server = await startApplication(rightsPlant())
  admin = (await server.app.get(RightsService).principalOf('admin')) as Principal
  cookies.set('admin', await server.signIn('admin'))
  cookies.set('suzhou', await person(server, { user: 'suzhou', role: 'analyst', places: ['SUZ'] }))
  cookies.set('it', await person(server, { user: 'it', role: 'plant-it', places: null }))
  cookies.set('customer', await person(server, { user: 'customer', role: 'analyst', places: null }))
  await server.app
    .get(RightsStore)
    .saveProfile(admin, { user: 'customer', scope: { ...WHOLE, customers: ['K1'] }, attributes: {} })
  await put('erp', { password: READER })
}, 240_000)
afterAll(async () => {
  await owner?.end().catch(() => undefined)
  await server?.stop()
  await foreign?.stop()
  silent?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a database of others', () => {
  it('keeps its password sealed, and only for the account it was given for', async () => {
    const answer = await server.call('GET', '/api/external-databases', { cookie: cookieOf('admin') })
    expect([
      (answer.json() as ExternalDatabasesAnswer).databases[0]?.hasPassword,
      answer.text.includes(READER),
    ]).toEqual([true, false])
    const rows = await server.app.get(DataSource).query<object[]>('SELECT * FROM external_database')
    expect(JSON.stringify(rows)).not.toContain(READER)
    const trail = await server.app.get(DataSource).query<object[]>(`SELECT * FROM audit_entry`)
    expect([
      JSON.stringify(trail).includes(READER),
      JSON.stringify(trail).includes('external-database.created'),
    ]).toEqual([false, true])
    await put('moved', { password: READER })
    const moved = await put('moved', { host: 'localhost' })
    const { databases } = moved.json() as ExternalDatabasesAnswer
    expect(databases.find(({ id }) => id === 'moved')).toMatchObject({ host: 'localhost', hasPassword: false })
  })

  it('is set up and seen by who may edit sources, and by nobody else', async () => {
    expect((await put('erp', {}, 'suzhou')).problem().code).toBe('EXTERNAL_DATABASE_UNKNOWN')
    const seen = await server.call('GET', '/api/external-databases', { cookie: cookieOf('suzhou') })
    expect(seen.json()).toEqual({ databases: [], mayEdit: false })
    for (const path of ['trial', 'rows']) {
      const json = { sql: 'SELECT 1 AS one' }
      const answer = await server.call('POST', `/api/external-databases/erp/${path}`, {
        cookie: cookieOf('suzhou'),
        json,
      })
      expect(answer.problem().code).toBe('EXTERNAL_DATABASE_UNKNOWN')
    }
  })

  const attempt = async (id: string): Promise<DatabaseTrial> =>
    (
      await server.call('POST', `/api/external-databases/${id}/trial`, { cookie: cookieOf('admin') })
    ).json() as DatabaseTrial
  const outcomes = ({ stages }: DatabaseTrial) => stages.map(({ outcome }) => outcome)

  it('is tried stage by stage; what fails is told where it fails', async () => {
    const good = await attempt('erp')
    expect([outcomes(good), good.writableTables]).toEqual([['done', 'done', 'done'], 0])
    await put('writes', { user: 'owner', password: OWNER })
    expect((await attempt('writes')).writableTables).toBe(2)
    const failing: [string, object, string, string[]][] = [
      ['wrong-password', { password: 'not this one' }, 'user or password', ['done', 'failed', 'not-tried']],
      ['no-database', { password: READER, database: 'nothing' }, 'no such database', ['done', 'failed', 'not-tried']],
      ['no-tls', { password: READER, tls: 'verified' }, 'encrypted line', ['done', 'failed', 'not-tried']],
      ['down', { password: READER, port: await freePort() }, 'nothing listens', ['done', 'failed', 'not-tried']],
      ['keys', { host: '169.254.169.254' }, 'give away keys', ['failed', 'not-tried', 'not-tried']],
      ['clear', { host: '8.8.8.8' }, 'encrypted line', ['failed', 'not-tried', 'not-tried']],
    ]
    for (const [id, more, words, expected] of failing) {
      await put(id, more)
      const trial = await attempt(id)
      const said = trial.stages.find(({ outcome }) => outcome === 'failed')?.answer
      expect([id, outcomes(trial), said?.en.includes(words) ? words : said?.en]).toEqual([id, expected, words])
      expect(said?.zh).toMatch(/\p{Script=Han}/u)
    }
  })

  it('is not removed while a report reads it', async () => {
    await put('busy', { password: READER })
    await publish(server, { cookie: cookieOf('admin') }, [
      'reads-busy',
      reads('SELECT * FROM sales', { source: 'busy' }),
    ])
    const remove = () => server.call('DELETE', '/api/external-databases/busy', { cookie: cookieOf('admin') })
    expect((await remove()).problem().code).toBe('EXTERNAL_DATABASE_IN_USE')
    const idle = await server.call('DELETE', '/api/external-databases/moved', { cookie: cookieOf('admin') })
    expect(idle.status).toBe(200)
  })
})

describe('a query', () => {
  it('gives its rows with all their digits, dates and instants, and says where and when they were read', async () => {
    const made = await run('SELECT * FROM sales ORDER BY pieces')
    expect(made).toMatchObject({ state: 'ready', datasets: [{ kind: 'external', rows: 3, total: 3 }] })
    expect(made.datasets[0]?.origin?.en).toMatch(/^Database “ERP of others”, read \d{4}-\d\d-\d\d /)
    expect(made.notes.map(({ key }) => key)).toContain('database-read')
    const json = { sql: 'SELECT * FROM sales ORDER BY pieces' }
    const look = (
      await server.call('POST', '/api/external-databases/erp/rows', { cookie: cookieOf('admin'), json })
    ).json() as RowsPreview
    expect(look.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'no integer',
      'unit text',
      'customer text',
      'pieces decimal',
      'due date',
      'at instant',
    ])
    expect(look.rows[0]?.slice(1)).toEqual(['SUZ/MOLD/IM/IM01', 'K1', 11.25, '2026-01-05', '2026-01-05T04:00:00.123Z'])
    const csv = await server.call('GET', `/api/report-runs/${made.id}/files/csv`, { cookie: cookieOf('admin') })
    expect(csv.text).toContain('9007199254740993')
  })

  it('binds its parameters, drops empty segments, and takes lists', async () => {
    const parameters = [
      { name: 'who', type: 'text' },
      { name: 'least', type: 'number' },
      {
        name: 'some',
        type: 'text',
        control: 'multiSelect',
        options: { list: [{ value: 'K1' }, { value: SECRET }] },
      },
    ]
    const sql =
      'SELECT * FROM sales WHERE true [[ AND customer = :who AND pieces >= :least ]] [[ AND customer IN (:some) ]]'
    const rows = async (params: object) => rowsOf(await run(sql, { parameters, params }))
    expect(await rows({})).toBe(3)
    expect(await rows({ who: 'K1', least: 11 })).toBe(2)
    // Half a segment is none: its other value is not sent either.
    expect(await rows({ who: 'K1' })).toBe(3)
    expect(await rows({ some: ['K1', SECRET] })).toBe(3)
    expect(await rows({ some: [SECRET] })).toBe(1)
  })

  it.each(["K1' OR '1'='1", "'; DROP TABLE sales; --", "K1'/*", '$1', ':least', ']] OR [[', '\\'])(
    'finds nothing for the value %s and does nothing else with it',
    async (who) => {
      const parameters = [{ name: 'who', type: 'text' }]
      expect(rowsOf(await run('SELECT * FROM sales WHERE customer = :who', { parameters, params: { who } }))).toBe(0)
      expect((await owner.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 3 }])
    },
  )

  it.each([
    ['two statements', 'SELECT * FROM sales; DELETE FROM sales'],
    ['an end of the query around it', 'SELECT * FROM sales) AS a; DELETE FROM sales; SELECT * FROM (SELECT 1'],
    ['a change instead of a query', 'DELETE FROM sales RETURNING *'],
    ['a change inside of a query', 'WITH gone AS (DELETE FROM sales RETURNING *) SELECT * FROM gone'],
    ['a comment that swallows its end', 'SELECT * FROM sales --'],
    [
      'another mode of the transaction',
      "SELECT set_config('transaction_read_only', 'off', false)::text AS no, 'x' AS customer, 1 AS pieces",
    ],
    ['a table that is not granted', 'SELECT secret AS no FROM other'],
    ['a file of the server', "SELECT pg_read_file('PG_VERSION') AS no"],
    ['two columns of one name', "SELECT 1 AS no, 'K1' AS customer, customer FROM sales"],
  ])('cannot be %s', async (_what, sql) => {
    const made = await run(sql)
    if (sql.endsWith('--')) expect(rowsOf(made)).toBe(3)
    else {
      expect(made.state).toBe('failed')
      expect(made.error).toMatchObject({ code: 'dataset-refused', dataset: 'x' })
      expect(made.error?.cause.zh).toContain('外部 ERP')
    }
    expect((await owner.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 3 }])
  })

  it('that fails over a value quotes no value', async () => {
    const made = await run('SELECT customer::int AS no FROM sales')
    expect(made.error?.cause.en).toContain('reports error 22P02')
    expect(JSON.stringify(made)).not.toContain(SECRET)
  })

  it('that is cancelled ends over there as well', async () => {
    await publish(server, { cookie: cookieOf('admin') }, ['slow', reads('SELECT pg_sleep(50)::text AS no')])
    const begun = await server.call('POST', '/api/reports/slow/runs', { cookie: cookieOf('admin'), json: {} })
    const { id } = begun.json() as ReportRun
    const running = async (): Promise<number> =>
      (
        await owner.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'`,
        )
      ).rows[0]?.n ?? -1
    await vi.waitUntil(async () => (await running()) === 1, { timeout: 60_000, interval: 50 })
    await server.call('POST', `/api/report-runs/${id}/cancel`, { cookie: cookieOf('admin') })
    await vi.waitUntil(async () => (await running()) === 0, { timeout: 40_000, interval: 50 })
  })

  it('to a database that is away says so, and leaves everything else as it is', async () => {
    await put('away', { password: READER, port: await freePort() })
    const made = await run('SELECT 1 AS no', { source: 'away' })
    expect(made.error?.cause.en).toContain('nothing listens there')
    const silentPort = await listening(silent)
    await put('silent', { password: READER, port: silentPort })
    expect((await run('SELECT 1 AS no', { source: 'silent' })).error?.cause.en).toContain('no answer')
    expect(
      (await run('SELECT 1 AS no', { source: 'nowhere' }).catch((error: Error) => error.message)).toString(),
    ).toContain('EXTERNAL_DATABASE_REFUSED')
    expect(rowsOf(await run('SELECT * FROM sales'))).toBe(3)
  })
})

describe('rows of a database of others', () => {
  const seen = async (user: string, report: string): Promise<string> => {
    const cookie = cookieOf(user)
    const made = await finish(server, { cookie, id: report })
    const at = `/api/report-runs/${made.id}`
    const ways = [at, `${at}/pages`, `${at}/search?q=K`, `${at}/lineage?page=1&cell=B2`, `${at}/lineage?page=1&cell=B3`]
    const files = made.state === 'ready' ? ['csv', 'json', 'html'].map((format) => `${at}/files/${format}`) : []
    const texts = await Promise.all([...ways, ...files].map((path) => server.call('GET', path, { cookie })))
    return `${rowsOf(made)} rows\n${texts.map(({ text }) => text).join('\n')}`
  }

  it('are hidden from who is limited until somebody says which column decides', async () => {
    await put('judged', { password: READER })
    await publish(server, { cookie: cookieOf('admin') }, [
      'sales-list',
      reads('SELECT * FROM sales', { source: 'judged' }),
    ])
    await publish(server, { cookie: cookieOf('admin') }, [
      'sales-sum',
      reads('SELECT 1 AS no, max(customer) AS customer, sum(pieces) AS pieces FROM sales', { source: 'judged' }),
    ])
    expect(await seen('admin', 'sales-list')).toContain(SECRET)
    for (const user of ['suzhou', 'customer'])
      for (const report of ['sales-list', 'sales-sum']) expect(await seen(user, report)).toMatch(/^0 rows/)
    await put('judged', { audience: { kind: 'fact', fact: 'order', columns: { unit: 'unit', customer: 'customer' } } })
    expect(await seen('suzhou', 'sales-list')).toMatch(/^2 rows/)
    const own = await seen('customer', 'sales-list')
    expect([own.startsWith('2 rows'), own.includes(SECRET)]).toEqual([true, false])
    // A sum over everybody belongs to no place and, for who is limited to one customer, to none of theirs.
    for (const user of ['suzhou', 'customer']) expect(await seen(user, 'sales-sum')).toMatch(/^0 rows/)
  })

  it('are in no kept result any more once fewer may see them, or the database was removed', async () => {
    await put('kept', { password: READER, audience: { kind: 'house' } })
    await publish(server, { cookie: cookieOf('admin') }, ['kept', reads('SELECT * FROM sales', { source: 'kept' })])
    const [own, whole] = [
      await finish(server, { cookie: cookieOf('suzhou'), id: 'kept' }),
      await finish(server, { cookie: cookieOf('admin'), id: 'kept' }),
    ]
    const opened = async (run: ReportRun, user: string): Promise<string> => {
      const answer = await server.call('GET', `/api/report-runs/${run.id}/pages`, { cookie: cookieOf(user) })
      return answer.status === 200 ? 'ok' : answer.problem().code
    }
    expect([await opened(own, 'suzhou'), await opened(whole, 'admin')]).toEqual(['ok', 'ok'])
    await put('kept', { audience: { kind: 'fact', fact: 'order', columns: { unit: 'unit' } } })
    expect([await opened(own, 'suzhou'), await opened(whole, 'admin')]).toEqual(['REPORT_AUDIENCE_CHANGED', 'ok'])
    await put('kept', { audience: { kind: 'house' } })
    expect(await opened(own, 'suzhou')).toBe('ok')
    // Past the door that keeps a database while a report reads it.
    await server.app.get(DataSource).query(`DELETE FROM external_database WHERE id = 'kept'`)
    expect([await opened(own, 'suzhou'), await opened(whole, 'admin')]).toEqual(['REPORT_AUDIENCE_CHANGED', 'ok'])
  })

  it('are narrowed in its own query, and the note says where', async () => {
    await put('narrowed', {
      password: READER,
      audience: { kind: 'fact', fact: 'order', columns: { unit: 'unit', customer: 'customer' } },
    })
    await publish(server, { cookie: cookieOf('admin') }, [
      'narrowed',
      reads('SELECT * FROM sales', { source: 'narrowed' }),
    ])
    const noteFor = async (user: string): Promise<string | undefined> =>
      (await finish(server, { cookie: cookieOf(user), id: 'narrowed' })).notes.find(
        ({ key }) => key === 'database-read',
      )?.text.en
    expect(await noteFor('suzhou')).toMatch(/; narrowed in its query by scope$/)
    expect(await noteFor('admin')).toMatch(/read \d{4}-\d\d-\d\d \d\d:\d\d$/)
  })

  it('are not had by writing a query that calls them one of the own', async () => {
    const forged = reads(`SELECT 1 AS no, 'SUZ/X' AS unit, customer, pieces FROM sales`, { source: 'judged' })
    const template = { formatVersion: 1, name: 'forged', ...forged }
    const create = await server.call('POST', '/api/reports', {
      cookie: cookieOf('suzhou'),
      json: { id: 'forged', template },
    })
    expect(create.problem().code).toBe('EXTERNAL_DATABASE_REFUSED')
    const save = await server.call('PUT', '/api/reports/sales-list/draft', {
      cookie: cookieOf('suzhou'),
      json: { revision: 1, template },
    })
    expect(save.problem().code).toBe('EXTERNAL_DATABASE_REFUSED')
    const kept = { formatVersion: 1, name: 'renamed', ...reads('SELECT * FROM sales', { source: 'judged' }) }
    const renamed = await server.call('PUT', '/api/reports/sales-list/draft', {
      cookie: cookieOf('suzhou'),
      json: { revision: 1, template: kept },
    })
    expect(renamed.status).toBe(200)
  })
})
