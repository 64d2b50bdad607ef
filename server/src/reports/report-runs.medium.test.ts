/** Real: the whole server with PostgreSQL, the warehouse, the threads that make reports, and the browser that prints. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParametersAnswer, ReportDraft, ReportRun, RunRequest } from '@gemba/contracts/report'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RightsService } from '../accounts/rights/rights.service.ts'
import type { Principal } from '../accounts/principal.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { findBrowser } from './browser.ts'
import { ReportRunsService } from './report-runs.service.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { ended, finish, listOf, person, plantRows, publish } from './reports-fixture.ts'

let server: RunningApplication
let admin: string
let suzhou: string
let reader: string

/** A template whose only dataset is a query. */
const query = (sql: string, columns: readonly string[], more: object = {}): object => ({
  datasets: { o: { kind: 'sql', sql } },
  cells: listOf('o', columns),
  ...more,
})

beforeAll(async () => {
  server = await startApplication(rightsPlant(), { GEMBA_REPORT_FOUR_EYES: 'on' })
  admin = await server.signIn('admin')
  suzhou = await person(server, { user: 'suzhou', role: 'manager', places: ['SUZ'] })
  reader = await person(server, { user: 'reader', role: 'plant-it', places: ['SUZ'] })
  await plantRows(server, ORDERS)
  const both = { cookie: admin, second: suzhou }
  const columns = ['number', 'a', 'b', 'c']
  await publish(server, both, [
    'long',
    query('SELECT number, number AS a, number AS b, number AS c FROM numbers(150000)', columns),
  ])
  const paper = { sheet: { paging: { mode: 'paper' } } }
  await publish(server, both, ['printed', query('SELECT number FROM numbers(6000)', ['number'], paper)])
  await publish(server, both, ['cut', query('SELECT number FROM numbers(500005)', ['number'])])
  await publish(server, both, [
    'chosen',
    {
      parameters: [
        { name: 'site', type: 'equipment', required: true },
        { name: 'customer', closed: true, options: { dataset: 'customers', value: 'customer' } },
        { name: 'day', type: 'date', default: 'DATE(2026,1,5)' },
        { name: 'text', maxLength: 200 },
      ],
      datasets: {
        customers: { kind: 'fact', fact: 'order', where: { unit: 'param.site' } },
        o: {
          kind: 'fact',
          fact: 'order',
          where: { unit: 'param.site', customer: 'param.customer' },
          from: 'param.day',
        },
        t: { kind: 'sql', sql: 'SELECT :text AS said, count() AS n FROM fact_order' },
      },
      cells: [...listOf('o', ['order', 'customer']), { at: 'D1', value: { field: 't.said', as: 'first' } }],
    },
  ])
  await publish(server, both, [
    'figures',
    {
      parameters: [{ name: 'day', type: 'date', default: 'DATE(2026,1,5)' }],
      datasets: {
        k: {
          kind: 'kpi',
          figure: 'oee',
          options: { each: 'work-unit', groupBy: 'shift', from: 'param.day', also: ['availability'] },
        },
      },
      cells: listOf('k', ['equipment', 'name', 'value', 'missing', 'plannedMs', 'value_availability']),
    },
  ])
})
afterAll(() => server.stop())

const start = async (cookie: string, id: string, json: Partial<RunRequest> = {}): Promise<ReportRun> =>
  (await server.call('POST', `/api/reports/${id}/runs`, { cookie, json })).json() as ReportRun
const refusal = async (cookie: string, method: string, path: string, json?: unknown): Promise<string> =>
  (await server.call(method, path, json === undefined ? { cookie } : { cookie, json })).problem().code

describe('parameters', () => {
  it('offer the places and values that the reader sees, and follow each other', async () => {
    const ask = async (values: object): Promise<ParametersAnswer> =>
      (
        await server.call('POST', '/api/reports/chosen/parameters', { cookie: suzhou, json: { values } })
      ).json() as ParametersAnswer
    const [site, customer, day] = (await ask({})).parameters
    expect(site).toMatchObject({ value: 'SUZ', control: 'tree' })
    expect(site?.options?.every(({ value }) => String(value).startsWith('SUZ'))).toBe(true)
    expect(customer).toMatchObject({ dependsOn: ['site'], value: null })
    expect(customer?.options?.map(({ value }) => value).sort()).toEqual(['K1', 'K2', 'K3'])
    expect(day?.value).toBe('2026-01-05')
    const dropped = (await ask({ customer: 'K9' })).parameters[1]
    expect(dropped).toMatchObject({ value: null, dropped: true })
  })

  it('outside their options, of another type or unknown are refused before anything is read', async () => {
    for (const params of [
      { customer: 'K9' },
      { site: 'BRQ' },
      { day: 'tomorrow' },
      { text: 'x'.repeat(201) },
      { other: 1 },
    ])
      expect(await refusal(suzhou, 'POST', '/api/reports/chosen/runs', { params })).toBe('REPORT_PARAMETERS_INVALID')
  })

  it('of any text are only a text', async () => {
    const hostile = [
      "' OR 1=1 --",
      '=1+1',
      '${1+1}',
      ']] OR [[',
      '{p_0:Identifier}',
      '"; DROP TABLE reading',
      '\\',
      'SUM(A1)',
    ]
    for (const text of hostile) {
      const run = await finish(server, { cookie: suzhou, id: 'chosen', json: { params: { text } } })
      expect([run.state, run.error]).toEqual(['ready', null])
      const answer = await server.call('GET', `/api/report-runs/${run.id}/search?q=${encodeURIComponent(text)}`, {
        cookie: suzhou,
      })
      expect(answer.json()).toMatchObject({ total: 1, hits: [{ text }] })
    }
  })
})

describe('a query of an author', () => {
  const refused = async (sql: string): Promise<ReportRun> => {
    const id = `q-${Math.trunc(performance.now() * 1000)}`
    await publish(server, { cookie: admin, second: suzhou }, [id, query(sql, ['x'])])
    return finish(server, { cookie: suzhou, id })
  }

  it.each([
    'SELECT number AS x FROM reading',
    'SELECT 1 AS x FROM gemba.reading',
    'SELECT 1 AS x FROM `production_order`',
    'SELECT 1 AS x FROM (SELECT order_no FROM production_order)',
    'SELECT 1 AS x FROM fact_order WHERE `order` IN (SELECT order_no FROM production_order)',
    "SELECT 1 AS x WHERE ('a', 'b') IN production_order",
    "SELECT 1 AS x WHERE in('a', production_order)",
    "SELECT 1 AS x WHERE 'a' NOT IN quarantine",
    'WITH reading AS (SELECT 1 AS x) SELECT x FROM reading',
    'SELECT 1 AS x FROM fact_order JOIN production_order ON 1 = 1',
    'SELECT 1 AS x UNION ALL SELECT 1 FROM reading',
    'SELECT 1 AS x FROM system.tables',
    "SELECT 1 AS x FROM merge('.*')",
    'SELECT 1 AS x FROM view(SELECT 1 FROM reading)',
    "SELECT * FROM url('http://127.0.0.1/', 'TSV', 'x String')",
    "SELECT 1 AS x INTO OUTFILE '/tmp/x'",
    'SELECT 1 AS x; DROP TABLE reading',
    'DROP TABLE reading',
    "SELECT dictGet('d', 'a', 1) AS x",
    'SELECT 1 AS x FROM {t:Identifier}',
    'SELECT :nothing AS x',
    'SELECT 1 AS x FROM fact_nothing',
    'SELECT 1 AS x SETTINGS max_threads = 1',
  ])('reads nothing but the views of its reader: %s', async (sql) => {
    const run = await refused(sql)
    expect(run.state).toBe('failed')
    expect(run.error).toMatchObject({ code: 'dataset-refused', dataset: 'o' })
  })
})

describe('a query over the views', () => {
  it('may use sub-queries and names of its own', async () => {
    const sql =
      "WITH a AS (SELECT customer FROM fact_order WHERE customer != 'K3') SELECT unit AS x, count() AS n FROM fact_order WHERE customer IN (SELECT customer FROM a) AND customer IN a GROUP BY unit"
    await publish(server, { cookie: admin, second: suzhou }, ['q-own-names', query(sql, ['x', 'n'])])
    const run = await finish(server, { cookie: suzhou, id: 'q-own-names' })
    expect(run.error).toBeNull()
    expect(run.controlTotals).toContainEqual({ dataset: 'o', column: 'n', sum: '6' })
  })

  it('never tells a value of a hidden row by an error', async () => {
    const sql = 'SELECT toFloat64(assumeNotNull(unit)) AS x FROM fact_order'
    await publish(server, { cookie: admin, second: suzhou }, ['q-error', query(sql, ['x'])])
    const run = await finish(server, { cookie: suzhou, id: 'q-error' })
    expect(run.state).toBe('failed')
    expect(JSON.stringify(run.error)).not.toMatch(/SUZ|BRQ|ORD/)
  })
})

describe('a figure dataset', () => {
  it('has a row for each visible unit and shift, with its reason where there is no value', async () => {
    const run = await finish(server, { cookie: suzhou, id: 'figures' })
    expect(run.error).toBeNull()
    expect(run.datasets[0]).toMatchObject({ kind: 'kpi', rules: ['scope'] })
    // Three units of the site, and the shifts of one day.
    expect((run.datasets[0]?.rows ?? 0) % 3).toBe(0)
    expect(run.datasets[0]?.rows).toBeGreaterThan(0)
  })
})

describe('limits', () => {
  it('say in the run, in the sheet and in every file what was cut', async () => {
    const run = await finish(server, { cookie: suzhou, id: 'cut' })
    expect(run.datasets[0]).toMatchObject({ rows: 500_000, total: null })
    expect(run.notes).toContainEqual(expect.objectContaining({ key: 'rows-cut', dataset: 'o' }))
    const csv = await server.call('GET', `/api/report-runs/${run.id}/files/csv`, { cookie: suzhou })
    expect(csv.text.slice(0, 200)).toContain('500,000')
  })
})

describe('files', () => {
  it('are made when asked for, are the same the next time, and each export is in the audit trail', async () => {
    const run = await finish(server, { cookie: suzhou, id: 'chosen' })
    const formats = ['html', 'xlsx', 'csv', 'json', ...(findBrowser() === undefined ? [] : ['pdf', 'png'])]
    for (const format of formats) {
      const headers = { 'accept-encoding': 'gzip' }
      const first = await server.call('GET', `/api/report-runs/${run.id}/files/${format}`, { cookie: suzhou, headers })
      expect([format, first.status]).toEqual([format, 200])
      // Its length is known, so that a reader sees how far it is.
      expect([format, first.headers['content-encoding']]).toEqual([format, undefined])
      expect([format, Number(first.headers['content-length']) > 0]).toEqual([format, true])
      expect(first.headers['content-disposition']).toContain('attachment')
    }
    const { files } = (await server.call('GET', `/api/report-runs/${run.id}`, { cookie: suzhou })).json() as ReportRun
    expect(files.map(({ format }) => format)).toEqual(formats)
    const rows = await server.app
      .get(DataSource)
      .query<{ n: string }[]>(
        `SELECT count(*) AS n FROM audit_entry WHERE action = 'report.exported' AND actor = 'suzhou'`,
      )
    expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(formats.length)
  })

  it('need the right to export', async () => {
    const run = await finish(server, { cookie: reader, id: 'chosen' })
    expect(run.state).toBe('ready')
    expect(await refusal(reader, 'GET', `/api/report-runs/${run.id}/files/csv`)).toBe('NO_ACCESS')
  })

  it('are given to deliveries in one call, under the rights of whom they are for', async () => {
    const principal = (await server.app.get(RightsService).principalOf('suzhou')) as Principal
    const order = { principal, report: 'chosen', params: {}, locale: 'en', formats: ['csv', 'xlsx'] } as const
    const { run, files } = await server.app.get(ReportRunsService).render(order)
    expect(run.state).toBe('ready')
    expect(files.map(({ format }) => format)).toEqual(['csv', 'xlsx'])
    const failed = await server.app.get(ReportRunsService).render({ ...order, report: 'long', formats: [], version: 1 })
    expect(failed.run.state).toBe('ready')
  })
})

describe('a run under way', () => {
  const until = async (run: string, states: ReportRun['state'][]): Promise<void> => {
    await vi.waitUntil(
      async () => {
        const now = (await server.call('GET', `/api/report-runs/${run}`, { cookie: suzhou })).json() as ReportRun
        return states.includes(now.state)
      },
      { timeout: 30_000, interval: 5 },
    )
  }

  it('is cancelled at once, and leaves nothing behind', async () => {
    const { id } = await start(suzhou, 'long')
    await until(id, ['computing', 'painting', 'ready'])
    const answer = await server.call('POST', `/api/report-runs/${id}/cancel`, { cookie: suzhou })
    expect((answer.json() as ReportRun).state).toBe('cancelled')
    expect(await readdir(join(server.dataDir, 'reports'))).not.toContain(id)
    expect(await refusal(suzhou, 'GET', `/api/report-runs/${id}/pages`)).toBe('REPORT_RUN_FAILED')
  })

  it.skipIf(findBrowser() === undefined)(
    'tells how far its file is, and stops making it when who waits for it gives up; then others are made',
    async () => {
      const { id, pages } = await finish(server, { cookie: suzhou, id: 'printed' })
      const read = async () =>
        (await server.call('GET', `/api/report-runs/${id}`, { cookie: suzhou })).json() as ReportRun
      const fileOf = (format: string) =>
        server.call('GET', `/api/report-runs/${id}/files/${format}`, { cookie: suzhou })
      const file = fileOf('pdf')
      const painting = await vi.waitUntil(async () => (await read()).painting, { timeout: 60_000, interval: 20 })
      expect(pages).toBeGreaterThan(100)
      expect(painting).toEqual([{ format: 'pdf', unit: 'pages', done: expect.any(Number) as number, of: pages }])
      await server.call('POST', `/api/report-runs/${id}/cancel`, { cookie: suzhou })
      expect((await file).problem().code).toBe('REPORT_FILE_FAILED')
      expect(await read()).toMatchObject({ state: 'ready', files: [] })
      expect((await fileOf('xlsx')).status).toBe(200)
      const after = await read()
      expect([after.painting, after.files.map(({ format }) => format)]).toEqual([undefined, ['xlsx']])
    },
    300_000,
  )

  const kill = () => Promise.all(server.app.get(ReportWorkers).threads.map((thread) => thread.terminate()))

  it('fails with a reason when its thread dies, and the next one is made', async () => {
    const { id } = await start(suzhou, 'long')
    await until(id, ['computing', 'painting', 'ready'])
    // The state is seen before the thread has its task: one blow might hit nothing.
    const killing = setInterval(() => void kill(), 50)
    try {
      expect(await ended(server, suzhou, id)).toMatchObject({ state: 'failed', error: { code: 'worker-died' } })
    } finally {
      clearInterval(killing)
    }
    expect((await finish(server, { cookie: suzhou, id: 'chosen' })).state).toBe('ready')
  })

  it('fails with a reason when its threads die while they start, and the next one is made', async () => {
    await kill()
    const killing = setInterval(() => void kill(), 5)
    try {
      const { id } = await start(suzhou, 'chosen')
      expect(await ended(server, suzhou, id)).toMatchObject({ state: 'failed', error: { code: 'worker-died' } })
    } finally {
      clearInterval(killing)
    }
    expect((await finish(server, { cookie: suzhou, id: 'chosen' })).state).toBe('ready')
  })
})

describe('a draft', () => {
  const template = { formatVersion: 1, name: 'Draft', cells: [{ at: 'A1', value: { lit: 1 } }] }
  const at = async (cookie: string, method: string, step: string, json?: object) =>
    server.call(method, `/api/reports/drafted${step}`, json === undefined ? { cookie } : { cookie, json })

  it('is published by another person than its author, and never over a newer one', async () => {
    await server.call('POST', '/api/reports', { cookie: suzhou, json: { id: 'drafted', template } })
    expect(
      (await server.call('POST', '/api/reports', { cookie: suzhou, json: { id: 'drafted', template } })).problem().code,
    ).toBe('REPORT_EXISTS')
    expect((await at(admin, 'POST', '/draft/publish', { revision: 1 })).problem().code).toBe('REPORT_STEP_REFUSED')
    await at(suzhou, 'POST', '/draft/submit', { revision: 1, note: 'first' })
    expect((await at(suzhou, 'POST', '/draft/publish', { revision: 1 })).problem().code).toBe('SELF_APPROVAL')
    expect((await at(admin, 'POST', '/draft/publish', { revision: 1 })).json()).toMatchObject({
      version: 1,
      draft: 'none',
    })
    const draft = (await at(suzhou, 'GET', '/draft')).json() as ReportDraft
    await at(suzhou, 'PUT', '/draft', { revision: draft.revision, template: { ...template, name: 'Draft two' } })
    expect((await at(admin, 'PUT', '/draft', { revision: draft.revision, template })).problem().code).toBe(
      'REPORT_DRAFT_CHANGED',
    )
    expect((await finish(server, { cookie: suzhou, id: 'drafted' })).version).toBe(1)
    expect((await finish(server, { cookie: suzhou, id: 'drafted', json: { version: 0 } })).name.en).toBe('Draft two')
    expect(await refusal(reader, 'POST', '/api/reports/drafted/runs', { version: 0 })).toBe('NO_ACCESS')
  })

  it('that cannot be read is refused with the cell', async () => {
    const bad = { ...template, cells: [{ at: 'A1', value: { expr: '' } }] }
    const answer = await server.call('POST', '/api/reports', { cookie: suzhou, json: { id: 'bad', template: bad } })
    expect(answer.problem()).toMatchObject({ code: 'REPORT_TEMPLATE_INVALID' })
    expect(answer.problem().detail).toContain('A1')
  })
})
