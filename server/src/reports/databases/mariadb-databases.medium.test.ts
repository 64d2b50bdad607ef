/**
 * Real: the whole server with both stores, and a MariaDB of others on a port of its own. Queries as datasets: what is
 * bound, what cannot be done to it, how it fails, who sees which rows, and what the audit trail says of it.
 */
import { createServer, type Server } from 'node:net'
import type { RowsPreview } from '@gemba/contracts/data-file'
import type { DatabaseTrial } from '@gemba/contracts/external-database'
import type { ReportRun } from '@gemba/contracts/report'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { rightsPlant } from '../../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, publish } from '../reports-fixture.ts'
import { awayOf } from './database-words.ts'
import { freePort, hasMariaDb, OWNER, type RunningMariaDb, startMariaDb } from './mariadb-fixture.ts'
import { mysqlDriver } from './mysql-driver.ts'

const SECRET = 'K3SECRET'
const READER = 'reads-only-0123456789'
const isThere = hasMariaDb('queries of MariaDB')

let server: RunningApplication
let foreign: RunningMariaDb
let silent: Server
const cookies = new Map<string, string>()
const cookieOf = (user: string): string => cookies.get(user) as string

const put = (id: string, more: object = {}): Promise<Answer> =>
  server.call('PUT', `/api/external-databases/${id}`, {
    cookie: cookieOf('admin'),
    json: {
      name: { zh: '外部 MES', en: 'MES of others' },
      kind: 'mariadb',
      host: '127.0.0.1',
      port: foreign.port,
      database: 'mes',
      user: 'reader',
      password: READER,
      tls: 'none',
      audience: { kind: 'granted' },
      ...more,
    },
  })
const post = (path: string, json: object = {}): Promise<Answer> =>
  server.call('POST', `/api/external-databases/${path}`, { cookie: cookieOf('admin'), json })
const reads = (sql: string, { source = 'mes', parameters = [] as object[] } = {}) => ({
  parameters,
  datasets: { x: { kind: 'external', source, sql } },
  cells: listOf('x', ['no', 'customer', 'pieces']),
})

let reports = 0
async function run(
  sql: string,
  more: { parameters?: object[]; params?: object; source?: string } = {},
): Promise<ReportRun> {
  const id = `query-${(reports += 1)}`
  await publish(server, { cookie: cookieOf('admin') }, [id, reads(sql, more)])
  return finish(server, { cookie: cookieOf('admin'), id, json: { params: (more.params ?? {}) as never } })
}
const rowsOf = ({ datasets }: ReportRun): number | undefined => datasets[0]?.rows
const counted = async (): Promise<number> =>
  (await foreign.ask<{ n: number }>('SELECT count(*) AS n FROM mes.sales'))[0]?.n ?? -1

describe.skipIf(!isThere)('a MariaDB of others', () => {
  beforeAll(async () => {
    foreign = await startMariaDb(['--ssl=0', '--local-infile=1'])
    await foreign.run(
      'CREATE DATABASE mes CHARACTER SET utf8mb4',
      `CREATE TABLE mes.sales (no BIGINT UNSIGNED, unit VARCHAR(60), customer VARCHAR(60), pieces DECIMAL(20,4), due DATE,
         at TIMESTAMP(6) NULL, local DATETIME NULL, share FLOAT)`,
      `SET time_zone = '+00:00', sql_mode = ''`,
      `INSERT INTO mes.sales VALUES
         (18446744073709551615, 'SUZ/MOLD/IM/IM01', 'K1', 11.25, '2026-01-05', '2026-01-05 04:00:00.123456', '2026-01-05 12:00:00', 0.1),
         (2, 'SUZ/MOLD/IM/IM02', '${SECRET}', 12, '0000-00-00', NULL, '0000-00-00 00:00:00', NULL),
         (3, 'BRQ/PRESS/P/P1', 'K1', NULL, NULL, NULL, NULL, NULL)`,
      'CREATE TABLE mes.log (what TEXT)',
      'CREATE TABLE mes.other (secret TEXT)',
      `CREATE FUNCTION mes.writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO mes.log VALUES ('was here'); RETURN 1; END`,
      `CREATE USER reader@'%' IDENTIFIED BY '${READER}'`,
      'GRANT SELECT ON mes.sales TO reader@`%`',
      `CREATE USER writer@'%' IDENTIFIED BY '${READER}'`,
      'GRANT SELECT, EXECUTE ON mes.* TO writer@`%`',
      'GRANT INSERT ON mes.log TO writer@`%`',
    )
    silent = createServer(() => undefined)
    server = await startApplication(rightsPlant())
    cookies.set('admin', await server.signIn('admin'))
    cookies.set('suzhou', await person(server, { user: 'suzhou', role: 'analyst', places: ['SUZ'] }))
    await put('mes')
    await put('writes', { user: 'writer' })
  }, 240_000)
  afterAll(async () => {
    await server?.stop()
    await foreign?.stop()
    silent?.close()
  })

  const attempt = async (id: string): Promise<DatabaseTrial> => (await post(`${id}/trial`)).json() as DatabaseTrial
  const outcomes = ({ stages }: DatabaseTrial) => stages.map(({ outcome }) => outcome)

  it('is tried stage by stage; what fails is told where it fails', async () => {
    const good = await attempt('mes')
    expect([outcomes(good), good.writableTables]).toEqual([['done', 'done', 'done'], 0])
    expect(good.stages[2]?.answer?.en).toMatch(/^MariaDB \d+\.\d+/)
    expect((await attempt('writes')).writableTables).toBe(1)
    await put('owns', { user: OWNER.user, password: OWNER.password })
    expect((await attempt('owns')).writableTables).toBe(3)
    const failing: [string, object, string, string[]][] = [
      ['wrong-password', { password: 'not this one' }, 'user or password', ['done', 'failed', 'not-tried']],
      ['no-database', { ...OWNER, database: 'nothing' }, 'no such database', ['done', 'failed', 'not-tried']],
      ['not-granted', { database: 'mysql' }, 'may not use it', ['done', 'failed', 'not-tried']],
      ['no-tls', { tls: 'unverified' }, 'has no TLS', ['done', 'failed', 'not-tried']],
      ['address', { tls: 'verified' }, 'host name, not an address', ['done', 'failed', 'not-tried']],
      ['down', { port: await freePort() }, 'nothing listens', ['done', 'failed', 'not-tried']],
      ['keys', { host: '169.254.169.254' }, 'give away keys', ['failed', 'not-tried', 'not-tried']],
    ]
    for (const [id, more, words, expected] of failing) {
      await put(id, more)
      const trial = await attempt(id)
      const said = trial.stages.find(({ outcome }) => outcome === 'failed')?.answer
      expect([id, outcomes(trial), said?.en.includes(words) ? words : said?.en]).toEqual([id, expected, words])
      expect(said?.zh).toMatch(/\p{Script=Han}/u)
    }
  })

  it('gives rows with all their digits; dates, local times and instants stay three things', async () => {
    const made = await run('SELECT * FROM sales ORDER BY no')
    expect(made).toMatchObject({ state: 'ready', datasets: [{ kind: 'external', rows: 3, total: 3 }] })
    const look = (await post('mes/rows', { sql: 'SELECT * FROM sales ORDER BY no DESC' })).json() as RowsPreview
    expect(look.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'no integer',
      'unit text',
      'customer text',
      'pieces decimal',
      'due date',
      'at instant',
      'local datetime',
      'share decimal',
    ])
    expect(look.rows[0]?.slice(3)).toEqual([
      11.25,
      '2026-01-05',
      '2026-01-05T04:00:00.123Z',
      '2026-01-05 12:00:00',
      0.1,
    ])
    // A date of noughts is no date.
    expect(look.rows.find(([no]) => no === 2)?.slice(3)).toEqual([12, null, null, null, null])
    const csv = await server.call('GET', `/api/report-runs/${made.id}/files/csv`, { cookie: cookieOf('admin') })
    expect(csv.text).toContain('18446744073709551615')
  })

  it.each([
    'SELECT no FROM sales ORDER BY no DESC',
    'SELECT no FROM sales ORDER BY no DESC -- the largest first',
    'WITH s AS (SELECT no FROM sales) SELECT no FROM s ORDER BY no DESC',
    'SELECT no FROM sales UNION SELECT 4 ORDER BY no DESC',
    'SELECT no FROM sales ORDER BY no DESC LIMIT 2',
  ])('keeps the order of %s', async (sql) => {
    const { rows } = (await post('mes/rows', { sql })).json() as RowsPreview
    const numbers = rows.map(([no]) => Number(no))
    expect(numbers).toEqual(numbers.toSorted((one, other) => other - one))
    expect(numbers.length).toBeGreaterThan(1)
  })

  it('binds parameters, drops empty segments, and takes lists', async () => {
    const parameters = [
      { name: 'who', type: 'text' },
      { name: 'least', type: 'number' },
      { name: 'day', type: 'date' },
      { name: 'some', type: 'text', control: 'multiSelect', options: { list: [{ value: 'K1' }, { value: SECRET }] } },
    ]
    const sql = `SELECT * FROM sales WHERE true [[ AND customer = :who AND pieces >= :least ]]
      [[ AND due = :day ]] [[ AND customer IN (:some) ]] -- :who`
    const rows = async (params: object) => rowsOf(await run(sql, { parameters, params }))
    expect(await rows({})).toBe(3)
    expect(await rows({ who: 'K1', least: 11.2 })).toBe(1)
    expect(await rows({ who: 'K1' })).toBe(3)
    expect(await rows({ day: '2026-01-05' })).toBe(1)
    expect(await rows({ some: ['K1', SECRET] })).toBe(3)
    expect(await rows({ some: [SECRET] })).toBe(1)
  })

  it.each(["K1' OR '1'='1", "'; DROP TABLE sales; --", "K1'/*", '?', ':least', ']] OR [[', '\\', "\\' OR 1 -- "])(
    'finds nothing for the value %s and does nothing else with it',
    async (who) => {
      const parameters = [{ name: 'who', type: 'text' }]
      expect(rowsOf(await run('SELECT * FROM sales WHERE customer = :who', { parameters, params: { who } }))).toBe(0)
      expect(await counted()).toBe(3)
    },
  )

  it.each([
    ['two statements', 'SELECT * FROM sales; DELETE FROM sales'],
    ['an end of the query around it', 'SELECT * FROM sales) AS a; DELETE FROM sales; SELECT * FROM (SELECT 1'],
    ['a change instead of a query', 'DELETE FROM sales'],
    ['a comment that swallows its end', 'SELECT * FROM sales) AS a /*'],
    ['a comment that is executed', 'SELECT * FROM sales /*! ; DELETE FROM sales */'],
    ['a file of the server', "SELECT no, customer, pieces FROM sales INTO OUTFILE '/tmp/gemba-outfile'"],
    ['a file that is loaded', "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE log"],
    ['another limit of time', 'SET STATEMENT max_statement_time = 0 FOR SELECT 1 AS no'],
    ['a table that is not granted', 'SELECT secret AS no FROM other'],
    ['two columns of one name', "SELECT 1 AS no, 'K1' AS customer, customer FROM sales"],
    ['a bare place of a value', 'SELECT * FROM sales WHERE customer = ?'],
  ])('cannot be asked for %s', async (_what, sql) => {
    const made = await run(sql)
    expect([made.state, made.error?.code]).toEqual(['failed', 'dataset-refused'])
    expect(made.error?.cause.zh).toContain('外部 MES')
    expect([await counted(), await foreign.ask('SELECT * FROM mes.log')]).toEqual([3, []])
  })

  it('that fails over a value quotes no value', async () => {
    const sql = `SELECT CAST(customer AS INET6) AS no FROM sales WHERE customer = '${SECRET}'
      UNION ALL SELECT (SELECT customer FROM sales LIMIT 2)`
    const made = await run(sql)
    expect(made.state).toBe('failed')
    expect(JSON.stringify(made.error)).not.toContain(SECRET)
  })

  it('that is cancelled ends over there as well', async () => {
    await publish(server, { cookie: cookieOf('admin') }, ['slow', reads('SELECT SLEEP(50) AS no')])
    const begun = await server.call('POST', '/api/reports/slow/runs', { cookie: cookieOf('admin'), json: {} })
    const { id } = begun.json() as ReportRun
    const running = async (): Promise<number> =>
      (
        await foreign.ask<{ n: number }>(
          `SELECT count(*) AS n FROM information_schema.processlist WHERE user = 'reader' AND info LIKE '%SLEEP(50)%'`,
        )
      )[0]?.n ?? -1
    await vi.waitUntil(async () => (await running()) === 1, { timeout: 60_000, interval: 50 })
    await server.call('POST', `/api/report-runs/${id}/cancel`, { cookie: cookieOf('admin') })
    // A SLEEP that nobody stops would take fifty seconds.
    await vi.waitUntil(async () => (await running()) === 0, { timeout: 40_000, interval: 50 })
  })

  it('runs under a limit of time, in a transaction that only reads', async () => {
    const limit = await run('SELECT @@max_statement_time AS no')
    const csv = await server.call('GET', `/api/report-runs/${limit.id}/files/csv`, { cookie: cookieOf('admin') })
    expect(csv.text).toMatch(/^"?60(\.0+)?\b/m)
    const writing = await run('SELECT mes.writes() AS no', { source: 'writes' })
    expect(writing.error?.cause.en).toContain('databases of others are only read')
  })

  it('ends a query there when its time is over, and says so', async () => {
    const reached = { host: '127.0.0.1', port: foreign.port, database: 'mes', user: 'reader', password: READER }
    const place = { reached: { ...reached, tls: 'none' as const }, networks: ['127.0.0.0/8'] }
    const connection = await mysqlDriver.connect(place, 300)
    const sink = { begin: () => undefined, take: async () => true }
    // Nine rows of ten seconds each: nobody waits for the end of it.
    const slow = 'SELECT SLEEP(10) FROM sales AS a JOIN sales AS b'
    const error: unknown = await connection.rows({ sql: slow, values: [] }, sink).catch((failure: unknown) => failure)
    await connection.close()
    expect(awayOf(error).words.en).toBe('the query took too long')
  })

  it('that is away or says nothing is told in words', async () => {
    await put('away', { port: await freePort() })
    expect((await run('SELECT 1 AS no', { source: 'away' })).error?.cause.en).toContain('nothing listens there')
    const port = await new Promise<number>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port)),
    )
    await put('silent', { port })
    expect((await run('SELECT 1 AS no', { source: 'silent' })).error?.cause.en).toContain('no answer')
  })

  it('shows limited readers their rows alone, narrowed in its own query, and says so', async () => {
    const audience = { kind: 'fact', fact: 'order', columns: { unit: 'unit', customer: 'customer' } }
    await put('judged', { audience })
    await publish(server, { cookie: cookieOf('admin') }, ['sales', reads('SELECT * FROM sales', { source: 'judged' })])
    const made = await finish(server, { cookie: cookieOf('suzhou'), id: 'sales' })
    expect([made.state, rowsOf(made), made.datasets[0]?.rules]).toEqual(['ready', 2, ['scope']])
    const note = made.notes.find(({ key }) => key === 'database-read')?.text
    expect(note?.en).toMatch(/read \d{4}-\d\d-\d\d \d\d:\d\d; narrowed in its query by scope$/)
    expect(note?.zh).toContain('已在其查询中限制：权限范围')
    const csv = await server.call('GET', `/api/report-runs/${made.id}/files/csv`, { cookie: cookieOf('suzhou') })
    expect([csv.text.includes('IM02') || csv.text.includes(SECRET), csv.text.includes('BRQ')]).toEqual([true, false])
  })

  it('leaves in the audit trail who tried it and who looked at which query', async () => {
    await attempt('mes')
    await post('mes/rows', { sql: 'SELECT no FROM sales' })
    await post('mes/rows', { sql: 'SELECT nothing FROM sales' })
    const entries = await server.app
      .get(DataSource)
      .query<{ action: string; outcome: string; actor: string; after_text: string }[]>(
        `SELECT action, outcome, actor, after_text FROM audit_entry
         WHERE stream = 'access' AND object_id = 'mes' ORDER BY seq DESC LIMIT 3`,
      )
    expect(entries.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
      ['external-database.queried', 'refused', 'admin'],
      ['external-database.queried', 'ok', 'admin'],
      ['external-database.tried', 'ok', 'admin'],
    ])
    expect(JSON.parse(entries[1]?.after_text ?? '')).toMatchObject({ sql: 'SELECT no FROM sales', rows: 3, rules: [] })
  })
})
