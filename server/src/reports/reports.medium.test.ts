/** Real: the whole server with PostgreSQL, the warehouse and the threads that make reports. */
import { type CellLineage, type ReportEntry, type ReportPagesAnswer, reportsAnswer } from '@gemba/contracts/report'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, plantRows, publish } from './reports-fixture.ts'

let server: RunningApplication
let admin: string
let suzhou: string
let borsod: string

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  admin = await server.signIn('admin')
  suzhou = await person(server, { user: 'suzhou', role: 'manager', places: ['SUZ'] })
  borsod = await person(server, { user: 'borsod', role: 'analyst', places: ['BRQ'] })
  await plantRows(server, ORDERS)
  await publish(server, { cookie: admin }, [
    'orders',
    {
      datasets: { o: { kind: 'fact', fact: 'order', order: [{ column: 'order' }] } },
      cells: [...listOf('o', ['order', 'unit', 'quantity']), { at: 'C3', value: { expr: 'SUM(C2)' } }],
    },
  ])
  await publish(server, { cookie: admin }, [
    'orders-sql',
    {
      parameters: [
        { name: 'customer', control: 'multiSelect' },
        { name: 'least', type: 'number', default: '0' },
      ],
      datasets: {
        o: {
          kind: 'sql',
          sql: 'SELECT unit, count() AS n, sum(quantity) AS q FROM fact_order WHERE quantity >= :least [[ AND customer IN (:customer) ]] GROUP BY unit ORDER BY unit',
        },
      },
      cells: listOf('o', ['unit', 'n', 'q']),
    },
  ])
})
afterAll(() => server.stop())

const text = async (cookie: string, run: string): Promise<string> => {
  const answer = await server.call('GET', `/api/report-runs/${run}/pages?from=1&to=20`, { cookie })
  return (answer.json() as ReportPagesAnswer).pages.map(({ html }) => html).join('')
}

describe('the library', () => {
  it('holds the templates of the product as published versions', async () => {
    const { reports } = (await server.call('GET', '/api/reports', { cookie: suzhou })).json() as {
      reports: ReportEntry[]
    }
    const daily = reports.find(({ id }) => id === 'daily-production')
    expect(daily).toMatchObject({ name: { zh: '生产日报' }, ready: true, version: 1, may: { run: true, export: true } })
  })

  it('has each template of the product in a folder with a name', async () => {
    const { reports, folders } = reportsAnswer.parse(
      (await server.call('GET', '/api/reports', { cookie: suzhou })).json(),
    )
    const names = new Map(folders.map(({ path, name }) => [path, name.zh]))
    const shelves = reports.filter(({ ready }) => ready).map(({ id, folder }) => [id, folder && names.get(folder)])
    expect(shelves).toContainEqual(['daily-production', '生产'])
    expect(shelves).toContainEqual(['supplier-logistics', '库存与供应'])
    expect(shelves.filter(([, name]) => !name)).toEqual([])
  })

  it('leaves a report where somebody has put it, and a folder that somebody else has made', async () => {
    const by = (await server.app.get(RightsService).principalOf('admin')) as Principal
    const store = server.app.get(RightsStore)
    await store.placeObject(by, { kind: 'report', id: 'energy', folder: '/management' })
    await store.saveFolder(by, { path: '/supply', name: { zh: '采购部', en: 'Purchasing' }, inherits: false })
    const database = server.app.get(DataSource)
    await database.query("DELETE FROM access_object WHERE id IN ('stock-status', 'oee-loss')")
    await server.restart()
    const folderOf = (id: string) => server.app.get(RightsService).model.folders.folderOf('report', id)
    expect(['energy', 'stock-status', 'oee-loss'].map(folderOf)).toEqual(['/management', null, '/production'])
  })

  it('takes a new report into a folder from who may edit there, and from nobody else', async () => {
    const by = (await server.app.get(RightsService).principalOf('admin')) as Principal
    const store = server.app.get(RightsStore)
    const permission = { kind: 'report', target: '/quality', actions: ['view', 'edit'] } as const
    await store.saveRole(by, {
      id: 'quality-author',
      name: { zh: '质量作者', en: 'quality author' },
      ready: false,
      permissions: [{ ...permission, actions: [...permission.actions] }],
    })
    const author = await person(server, { user: 'author', role: 'operator', places: ['SUZ'] })
    const subject = { kind: 'user', id: 'author' } as const
    const always = { fromAt: null, untilAt: null, reason: 'a test' }
    await store.addGrant(by, { subject, role: 'quality-author', scope: { ...WHOLE, equipment: ['SUZ'] }, ...always })

    const template = { formatVersion: 1, name: 'own', cells: [{ at: 'A1', value: { lit: 'x' } }] }
    const make = async (id: string, folder?: string, cookie = author) => {
      const json = { id, template, ...(folder === undefined ? {} : { folder }) }
      return (await server.call('POST', '/api/reports', { cookie, json })).status
    }
    expect(await make('own-nowhere')).toBe(403)
    expect(await make('own-elsewhere', '/production')).toBe(403)
    expect(await make('own-unknown', '/never-was', admin)).toBe(404)
    expect(await make('own-quality', '/quality')).toBe(201)
    const folderOf = (id: string) => server.app.get(RightsService).model.folders.folderOf('report', id)
    expect(['own-quality', 'own-nowhere', 'own-elsewhere'].map(folderOf)).toEqual(['/quality', null, null])
    // An id that is taken moves nothing.
    expect(await make('orders', '/quality', admin)).toBe(409)
    expect(folderOf('orders')).toBeNull()
  })
})

describe('a run', () => {
  it('gives two people with different places different rows, pages and hashes', async () => {
    const [one, other] = [
      await finish(server, { cookie: suzhou, id: 'orders' }),
      await finish(server, { cookie: borsod, id: 'orders' }),
    ]
    expect([one.state, one.error, other.state, other.error]).toEqual(['ready', null, 'ready', null])
    expect([one.datasets[0]?.rows, other.datasets[0]?.rows]).toEqual([9, 6])
    expect(one.datasets[0]).toMatchObject({ kind: 'fact', total: 9, rules: ['scope'], masked: [] })
    expect(one.contentHash).not.toBe(other.contentHash)
    expect(one.datasets[0]?.hash).not.toBe(other.datasets[0]?.hash)
    const [pages, others] = [await text(suzhou, one.id), await text(borsod, other.id)]
    expect(pages.match(/ORD-\d\d/g)).toHaveLength(9)
    expect(others.match(/ORD-[34]\d/g)).toHaveLength(6)
    expect(pages).not.toContain('BRQ')
    expect(one.controlTotals).toContainEqual({ dataset: 'o', column: 'quantity', sum: '936' })
  })

  it('is made again to the same hash', async () => {
    const [one, again] = [
      await finish(server, { cookie: suzhou, id: 'orders' }),
      await finish(server, { cookie: suzhou, id: 'orders' }),
    ]
    expect(again.contentHash).toBe(one.contentHash)
    expect(again.datasets[0]?.hash).toBe(one.datasets[0]?.hash)
  })

  it('reads SQL over views that hold only what the reader sees; empty parameters drop their condition', async () => {
    const all = await finish(server, { cookie: suzhou, id: 'orders-sql' })
    expect(all.error).toBeNull()
    expect(all.datasets[0]?.rows).toBe(3)
    const some = await finish(server, {
      cookie: suzhou,
      id: 'orders-sql',
      json: { params: { customer: ['K1', 'K2'] } },
    })
    expect(some.controlTotals).toContainEqual({ dataset: 'o', column: 'n', sum: '6' })
    const least = await finish(server, { cookie: suzhou, id: 'orders-sql', json: { params: { least: 108 } } })
    expect(least.controlTotals).toContainEqual({ dataset: 'o', column: 'n', sum: '1' })
  })

  it('says where a number comes from', async () => {
    const run = await finish(server, { cookie: suzhou, id: 'orders' })
    const found = (await server.call('GET', `/api/report-runs/${run.id}/search?q=936`, { cookie: suzhou })).json() as {
      hits: { page: number; cell: string }[]
      total: number
    }
    expect(found.total).toBe(1)
    const { page, cell } = found.hits[0] as { page: number; cell: string }
    const answer = await server.call('GET', `/api/report-runs/${run.id}/lineage?page=${page}&cell=${cell}`, {
      cookie: suzhou,
    })
    const lineage = answer.json() as CellLineage
    expect(lineage).toMatchObject({
      text: '936',
      value: 936,
      templateCell: 'C3',
      expression: 'SUM(C2)',
      type: 'number',
    })
    expect(lineage.inputs).toEqual([
      { templateCell: 'C2', texts: ['100', '101', '102', '103', '104', '105', '106', '107', '108'], count: 9 },
    ])
    expect(lineage.sources[0]).toMatchObject({ dataset: 'o', rows: 9, rules: ['scope'] })
  })

  it('belongs to who started it, and ends with other rights', async () => {
    const run = await finish(server, { cookie: suzhou, id: 'orders' })
    expect((await server.call('GET', `/api/report-runs/${run.id}`, { cookie: borsod })).problem().code).toBe(
      'REPORT_RUN_UNKNOWN',
    )
  })
})
