/**
 * Real: the whole server with PostgreSQL, the warehouse and the threads that make reports. Sub-reports as readers with
 * other places and other rights see them, and long after they were made.
 */
import type { CellLineage, CellRows, ReportPagesAnswer, ReportRun } from '@gemba/contracts/report'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { finish, person, plantRows, publish } from './reports-fixture.ts'

let server: RunningApplication
let admin: string

/** Orders of one customer, with their number. */
const ofCustomer = (heading: string) => ({
  formatVersion: 1,
  name: 'of-customer',
  parameters: [{ name: 'customer', required: true, maxLength: 2 }],
  datasets: {
    o: { kind: 'fact', fact: 'order', where: { customer: 'param.customer' }, order: [{ column: 'order' }] },
    all: { kind: 'fact', fact: 'order' },
  },
  cells: [
    { at: 'A1', value: { lit: heading } },
    { at: 'B1', value: { field: 'all.order', as: 'count' } },
    { at: 'A2', value: { field: 'o.order', as: 'list' }, expand: 'down' },
    { at: 'B2', value: { field: 'o.quantity', as: 'list' } },
    { at: 'A3', value: { lit: '合计' } },
    { at: 'B3', value: { expr: 'SUM(B2)' } },
  ],
})

const byCustomer = (params: Record<string, string> = { customer: 'A1' }) => ({
  formatVersion: 1,
  name: 'by-customer',
  datasets: { c: [{ customer: 'K1' }, { customer: 'K2' }] },
  cells: [
    { at: 'A1', value: { field: 'c.customer', as: 'list' }, expand: 'down' },
    { at: 'B1', span: [1, 2], value: { sub: { template: 'of-customer', mode: 'inline', params } } },
  ],
})

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  admin = await server.signIn('admin')
  await plantRows(server, ORDERS)
  await publish(server, { cookie: admin }, ['of-customer', ofCustomer('第一版')])
  await publish(server, { cookie: admin }, ['by-customer', byCustomer()])
})
afterAll(() => server.stop())

interface Json {
  grid: (string | number | null)[][]
  errors: { cell: string; why: string }[]
}

async function jsonOf(cookie: string, { id }: ReportRun): Promise<Json> {
  return (await server.call('GET', `/api/report-runs/${id}/files/json`, { cookie })).json() as Json
}

const SUZHOU = ORDERS.filter(({ unit }) => unit.startsWith('SUZ'))
const ordersIn = (grid: Json['grid']): string[] =>
  grid.flatMap(([, order]) => (String(order).startsWith('ORD-') ? [String(order)] : []))
const expectedOf = (orders: typeof ORDERS): string[] =>
  ['K1', 'K2'].flatMap((customer) =>
    orders
      .filter((each) => each.customer === customer)
      .map(({ order }) => order)
      .toSorted(),
  )

describe('a sub-report', () => {
  it('has the rows that its reader may see, for each reader', async () => {
    const suzhou = await person(server, { user: 'suzhou', role: 'manager', places: ['SUZ'] })
    const [own, all] = [
      await finish(server, { cookie: suzhou, id: 'by-customer' }),
      await finish(server, { cookie: admin, id: 'by-customer' }),
    ]
    expect([own.error, all.error]).toEqual([null, null])
    expect(ordersIn((await jsonOf(admin, all)).grid)).toEqual(expectedOf(ORDERS))
    expect(ordersIn((await jsonOf(suzhou, own)).grid)).toEqual(expectedOf(SUZHOU))
    expect(SUZHOU.length).toBeLessThan(ORDERS.length)
  })

  it('is written down with its version, its rows and its sums, call by call', async () => {
    const run = await finish(server, { cookie: admin, id: 'by-customer' })
    expect(run.subReports).toEqual([{ report: 'of-customer', version: 1, calls: 2 }])
    expect(run.datasets.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'c rows',
      'of-customer/1.o fact',
      'of-customer/1.all fact',
      'of-customer/2.o fact',
      'of-customer/2.all fact',
    ])
    const [first, second] = ['of-customer/1.all', 'of-customer/2.all'].map((name) =>
      run.datasets.find((each) => each.name === name),
    )
    expect(first?.hash).toBe(second?.hash)
    expect(run.controlTotals).toContainEqual(
      expect.objectContaining({ dataset: 'of-customer/1.o', column: 'quantity' }),
    )
  })

  it('tells of its figures where they come from', async () => {
    const run = await finish(server, { cookie: admin, id: 'by-customer' })
    const pages = (
      await server.call('GET', `/api/report-runs/${run.id}/pages?from=1&to=1`, { cookie: admin })
    ).json() as ReportPagesAnswer
    const sum = /data-cell="(C\d+)"[^>]*>[^<]*<\/td>/.exec(pages.pages[0]?.html.split('合计')[1] ?? '')?.[1] ?? ''
    const lineage = (
      await server.call('GET', `/api/report-runs/${run.id}/lineage?page=1&cell=${sum}`, { cookie: admin })
    ).json() as CellLineage
    expect(lineage).toMatchObject({ templateCell: 'of-customer/1 B3', expression: 'SUM(B2)' })
    expect(lineage.sources).toMatchObject([
      { dataset: 'of-customer/1.o', kind: 'fact', rows: expectedOf(ORDERS).length / 2 },
    ])
  })

  it('stays as it was in a run whose template has a newer version since', async () => {
    const before = await finish(server, { cookie: admin, id: 'by-customer' })
    const draft = (await server.call('GET', '/api/reports/of-customer/draft', { cookie: admin })).json() as {
      revision: number
    }
    const saved = await server.call('PUT', '/api/reports/of-customer/draft', {
      cookie: admin,
      json: { revision: draft.revision, template: ofCustomer('第二版') },
    })
    const { revision } = saved.json() as { revision: number }
    for (const step of ['submit', 'publish'])
      await server.call('POST', `/api/reports/of-customer/draft/${step}`, { cookie: admin, json: { revision } })
    const after = await finish(server, { cookie: admin, id: 'by-customer' })
    // The file of the old run is made now.
    const [old, fresh] = [await jsonOf(admin, before), await jsonOf(admin, after)]
    expect([old.grid[0]?.[1], fresh.grid[0]?.[1]]).toEqual(['第一版', '第二版'])
    expect(after.subReports).toMatchObject([{ version: 2 }])
    expect(ordersIn(old.grid)).toEqual(ordersIn(fresh.grid))
  })

  it('that its reader may not see says so in its cell, and none of its rows are read', async () => {
    const by = (await server.app.get(RightsService).principalOf('admin')) as Principal
    await server.app.get(RightsStore).saveRole(by, {
      id: 'half-reader',
      name: { zh: '半个读者', en: 'half a reader' },
      ready: false,
      permissions: [
        { kind: 'report', target: 'by-customer', actions: ['view', 'export'] },
        { kind: 'dataset', target: '*', actions: ['view'] },
      ],
    })
    const half = await person(server, { user: 'half', role: 'half-reader', places: ['SUZ'] })
    const run = await finish(server, { cookie: half, id: 'by-customer' })
    expect({ state: run.state, error: run.error }).toEqual({ state: 'ready', error: null })
    expect(run.datasets.map(({ name }) => name)).toEqual(['c'])
    const { grid, errors } = await jsonOf(half, run)
    expect(grid).toEqual([
      ['K1', '#SUB!', null],
      ['K2', '#SUB!', null],
    ])
    expect(errors.map(({ why }) => why)).toEqual(Array(2).fill('你无权查看报表 of-customer'))
  })

  it('with a parameter that it does not take says so in its cell, and the rest is rendered', async () => {
    await publish(server, { cookie: admin }, ['half-wrong', byCustomer({ customer: 'IF(A1 = "K1", "too long", A1)' })])
    const run = await finish(server, { cookie: admin, id: 'half-wrong' })
    const { grid, errors } = await jsonOf(admin, run)
    expect(errors).toMatchObject([{ cell: 'B1', why: '子报表 of-customer：customer: 最多 2 个字' }])
    expect(ordersIn(grid)).toEqual(expectedOf(ORDERS).slice(expectedOf(ORDERS).length / 2))
    expect(run.findings).toMatchObject([{ level: 'error', cell: 'B1', count: 1 }])
  })
})

describe('the rows behind a figure', () => {
  const rowsAt = (cookie: string, run: string, query: string) =>
    server.call('GET', `/api/report-runs/${run}/rows${query}`, { cookie })

  it('are those of its group in its sub-report, some at a time, and as a file for who may export', async () => {
    const run = await finish(server, { cookie: admin, id: 'by-customer' })
    const at = `page=1&cell=C2&dataset=${encodeURIComponent('of-customer/1.o')}`
    const all = (await rowsAt(admin, run.id, `?${at}`)).json() as CellRows
    expect(all).toMatchObject({ total: 1, from: 0, dataset: 'of-customer/1.o' })
    const first = expectedOf(ORDERS)[0] as string
    expect(all.rows[0]?.[all.columns.indexOf('order')]).toBe(first)
    expect((await rowsAt(admin, run.id, `?${at}&from=1&count=10`)).json()).toMatchObject({ rows: [], total: 1 })
    const file = await rowsAt(admin, run.id, `/csv?${at}`)
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
    const [head = '', line = ''] = file.text.replace('\ufeff', '').split('\r\n')
    expect([head.split(',').length, line.includes(first)]).toEqual([all.columns.length, true])
    const audited = await server.app
      .get(DataSource)
      .query(
        `SELECT count(*)::int AS n FROM audit_entry WHERE action = 'report.exported' AND after_text LIKE '%1/C2 of-customer/1.o%'`,
      )
    expect(audited).toEqual([{ n: 1 }])
  })

  it('are none of a dataset that does not feed it, and nobody else has them', async () => {
    const run = await finish(server, { cookie: admin, id: 'by-customer' })
    expect((await rowsAt(admin, run.id, '?page=1&cell=C2&dataset=of-customer/1.all')).status).toBe(404)
    expect((await rowsAt(admin, run.id, '?page=1&cell=C2&dataset=c')).status).toBe(404)
    const other = await person(server, { user: 'other', role: 'manager', places: ['SUZ'] })
    expect((await rowsAt(other, run.id, '?page=1&cell=C2&dataset=of-customer/1.o')).status).toBe(404)
  })
})

describe('a draft', () => {
  const submit = async (id: string, template: object) => {
    await server.call('POST', '/api/reports', { cookie: admin, json: { id, template } })
    const inLanguage = (language: string) =>
      server.call('POST', `/api/reports/${id}/draft/submit`, {
        cookie: admin,
        json: { revision: 1 },
        headers: { 'accept-language': language },
      })
    return [await inLanguage('zh-CN'), await inLanguage('en')] as const
  }

  it('that contains itself is refused with the cell and the way round, in both languages', async () => {
    const loop = { ...byCustomer(), cells: [{ at: 'C7', value: { sub: { template: 'round', mode: 'boxed' } } }] }
    const [chinese, english] = await submit('round', loop)
    expect([chinese.status, english.status]).toEqual([422, 422])
    expect(chinese.text).toContain('C7: 子报表互相包含，成了循环：round → round')
    expect(english.text).toContain('C7: sub-reports that contain each other: round → round')
    const run = await server.call('POST', '/api/reports/round/runs', { cookie: admin, json: { version: 0 } })
    expect(run.status).toBe(422)
  })

  it('that asks for what is not there is not submitted either', async () => {
    const wrong = byCustomer({ client: 'A1' })
    const [, refused] = await submit('wrong', wrong)
    expect(refused.text).toContain('B1: the sub-report of-customer has no parameter client')
    expect(refused.text).toContain('B1: the sub-report of-customer needs the parameter customer')
  })
})
