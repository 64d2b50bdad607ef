/**
 * Real: the whole server with PostgreSQL, the warehouse and the threads that make reports. Sub-reports as visitors of
 * share links see them: what the maker of the link may see at that moment, and nothing more.
 */
import type { ReportPagesAnswer, ReportRun } from '@gemba/contracts/report'
import { WHOLE } from '@gemba/engine/rights/effective'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { makeLink, visitorOf, type Visitor } from '../accounts/shares/shares-fixture.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { finish, person, plantRows, publish } from './reports-fixture.ts'

let server: RunningApplication
let admin: string
const TARGET = { kind: 'report', report: 'shared-host', params: {} }
const SUZHOU = ORDERS.filter(({ unit }) => unit.startsWith('SUZ'))
const HOST_AND_CHILD = ['shared-host', 'shared-child']

const child = {
  formatVersion: 1,
  name: 'shared-child',
  parameters: [{ name: 'unit', required: true }],
  datasets: {
    o: { kind: 'fact', fact: 'order', where: { unit: 'param.unit' }, order: [{ column: 'order' }] },
  },
  cells: [{ at: 'A1', value: { field: 'o.order', as: 'list' }, expand: 'down' }],
}
/** One site inline, the other in a box. */
const host = {
  formatVersion: 1,
  name: 'shared-host',
  cells: [
    { at: 'A1', value: { sub: { template: 'shared-child', mode: 'inline', params: { unit: '"SUZ"' } } } },
    { at: 'A2', value: { sub: { template: 'shared-child', mode: 'boxed', params: { unit: '"BRQ"' } } } },
  ],
}

beforeAll(async () => {
  server = await startApplication(rightsPlant(), { GEMBA_COST_BURST: '0' })
  admin = await server.signIn('admin')
  await plantRows(server, [...ORDERS])
  await publish(server, { cookie: admin }, ['shared-child', child])
  await publish(server, { cookie: admin }, ['shared-host', host])
}, 240_000)
afterAll(() => server.stop())

const asAdmin = async (): Promise<Principal> => (await server.app.get(RightsService).principalOf('admin')) as Principal

/** A role that may look at some reports and share the first of them. */
async function saveRole(id: string, reports: readonly string[]): Promise<void> {
  await server.app.get(RightsStore).saveRole(await asAdmin(), {
    id,
    name: { zh: id, en: id },
    ready: false,
    permissions: [
      ...reports.map((target, at) => ({
        kind: 'report' as const,
        target,
        actions: at === 0 ? (['view', 'share', 'export'] as const).slice() : (['view'] as const).slice(),
      })),
      { kind: 'dataset', target: '*', actions: ['view'] },
    ],
  })
}

async function runFor(visitor: Visitor): Promise<ReportRun> {
  const begun = await visitor.ask('POST', '/api/share-visits/current/runs', {})
  if (begun.status !== 202) throw new Error(begun.text)
  const { id } = begun.json() as ReportRun
  return vi.waitUntil(
    async () => {
      const run = (await visitor.ask('GET', `/api/report-runs/${id}`)).json() as ReportRun
      return run.state === 'ready' ? run : undefined
    },
    { timeout: 60_000, interval: 50 },
  )
}

async function pagesOf(visitor: Visitor, { id }: ReportRun): Promise<string> {
  const answer = await visitor.ask('GET', `/api/report-runs/${id}/pages?from=1&to=20`)
  return (answer.json() as ReportPagesAnswer).pages.map(({ html }) => html).join('\n')
}

const ordersIn = (html: string): string[] => [...new Set(html.match(/ORD-[\w-]+/g))].toSorted()
const ordersOf = (orders: typeof ORDERS): string[] => orders.map(({ order }) => order).toSorted()

describe('a visitor of a shared report', () => {
  it('sees its sub-reports with the rows that the maker of the link may see, inline and boxed, and in files', async () => {
    await saveRole('whole-maker', HOST_AND_CHILD)
    const maker = await person(server, { user: 'whole-maker', role: 'whole-maker', places: null })
    const visitor = await visitorOf(server, await makeLink(server, maker, { target: TARGET, downloads: true }))
    const run = await runFor(visitor)
    const html = await pagesOf(visitor, run)
    expect([html.includes('#SUB!'), JSON.stringify(run.findings)]).toEqual([false, '[]'])
    expect(ordersIn(html)).toEqual(ordersOf(ORDERS))
    const file = await visitor.ask('GET', `/api/report-runs/${run.id}/files/html`)
    expect(ordersIn(file.text)).toEqual(ordersOf(ORDERS))
  })

  it('reads nothing of a sub-report that the maker may not see, and is told no more than that', async () => {
    await saveRole('host-maker', ['shared-host'])
    const maker = await person(server, { user: 'host-maker', role: 'host-maker', places: null })
    const visitor = await visitorOf(server, await makeLink(server, maker, { target: TARGET }))
    const run = await runFor(visitor)
    expect(run.datasets).toEqual([])
    const html = await pagesOf(visitor, run)
    expect([html.match(/#SUB!/g)?.length, ordersIn(html)]).toEqual([2, []])
  })

  it('loses a sub-report at the moment when the maker does, also of what was read before', async () => {
    await saveRole('losing-maker', HOST_AND_CHILD)
    const maker = await person(server, { user: 'losing-maker', role: 'losing-maker', places: null })
    const visitor = await visitorOf(server, await makeLink(server, maker, { target: TARGET }))
    const before = await runFor(visitor)
    expect(ordersIn(await pagesOf(visitor, before))).toEqual(ordersOf(ORDERS))
    await saveRole('losing-maker', ['shared-host'])
    const closed = await visitor.ask('GET', `/api/report-runs/${before.id}/pages?from=1&to=20`)
    expect([closed.status, closed.problem().code]).toEqual([403, 'REPORT_RIGHTS_CHANGED'])
    const after = await runFor(visitor)
    expect(after.id).not.toBe(before.id)
    expect(ordersIn(await pagesOf(visitor, after))).toEqual([])
  })

  it('sees fewer rows when the maker does', async () => {
    await saveRole('narrow-maker', HOST_AND_CHILD)
    const maker = await person(server, { user: 'narrow-maker', role: 'narrow-maker', places: null })
    const visitor = await visitorOf(server, await makeLink(server, maker, { target: TARGET }))
    expect(ordersIn(await pagesOf(visitor, await runFor(visitor)))).toEqual(ordersOf(ORDERS))
    const scope = { ...WHOLE, equipment: ['SUZ'] }
    await server.app.get(RightsStore).saveProfile(await asAdmin(), { user: 'narrow-maker', scope, attributes: {} })
    expect(ordersIn(await pagesOf(visitor, await runFor(visitor)))).toEqual(ordersOf(SUZHOU))
  })

  it('of a run that was made sees its sub-reports as they were made, and neither template nor runs of them', async () => {
    const run = await finish(server, { cookie: admin, id: 'shared-host' })
    const made = await makeLink(server, admin, { target: { kind: 'run', run: run.id } })
    const visitor = await visitorOf(server, made)
    expect(ordersIn(await pagesOf(visitor, await runFor(visitor)))).toEqual(ordersOf(ORDERS))
    const alone = await finish(server, { cookie: admin, id: 'shared-child', json: { params: { unit: 'SUZ' } } })
    for (const path of [`/api/report-runs/${alone.id}`, `/api/report-runs/${alone.id}/pages`])
      expect((await visitor.ask('GET', path)).status).toBe(404)
    for (const path of ['/api/reports/shared-child', `/api/report-runs/${run.id}/lineage?page=1&cell=A1`])
      expect([401, 403, 404]).toContain((await visitor.ask('GET', path)).status)
  })
})
