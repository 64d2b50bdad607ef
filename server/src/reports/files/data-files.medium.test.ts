/**
 * Real: the whole server with both stores and the threads that read files and make reports. Uploaded files as datasets:
 * their versions, what reads them, and who sees which of their rows by every way out.
 */
import type { DataFileChange, DataFileUpload, DataFilesAnswer, RowsPreview } from '@gemba/contracts/data-file'
import type { CellLineage, ReportRun } from '@gemba/contracts/report'
import { WHOLE } from '@gemba/engine/rights/effective'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../../accounts/principal.ts'
import { RightsService } from '../../accounts/rights/rights.service.ts'
import { RightsStore } from '../../accounts/rights/rights-store.service.ts'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { maskHash } from '../../datasets/data-gate.ts'
import { rightsPlant } from '../../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, publish } from '../reports-fixture.ts'

const SECRET = 'K3SECRET'
/** One row of each customer at each place. */
const PLAN = [
  'unit,Kunde,pieces',
  'SUZ/MOLD/IM/IM01,K1,11',
  `SUZ/MOLD/IM/IM02,${SECRET},12`,
  'BRQ/PRESS/P/P1,K1,13',
  ',K1,14',
].join('\n')

let server: RunningApplication
let admin: Principal
const cookies = new Map<string, string>()
const cookieOf = (user: string): string => cookies.get(user) as string

const send = (user: string, bytes: string | Buffer, fileName = 'plan.csv'): Promise<Answer> =>
  server.call('POST', `/api/data-files/uploads?fileName=${encodeURIComponent(fileName)}`, {
    cookie: cookieOf(user),
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  })

async function upload(user: string, bytes: string): Promise<string> {
  const answer = await send(user, bytes)
  if (answer.status !== 200) throw new Error(answer.text)
  return (answer.json() as DataFileUpload).upload
}

const put = (user: string, id: string, change: Omit<DataFileChange, 'name'>): Promise<Answer> =>
  server.call('PUT', `/api/data-files/${id}`, {
    cookie: cookieOf(user),
    json: { name: { zh: `文件${id}`, en: `File ${id}` }, ...change },
  })

async function keep(id: string, text: string, audience: DataFileChange['audience'], version = 0): Promise<void> {
  const answer = await put('admin', id, { audience, version, upload: await upload('admin', text) })
  if (answer.status !== 200) throw new Error(answer.text)
}

const JUDGED: DataFileChange['audience'] = {
  kind: 'fact',
  fact: 'order',
  columns: { unit: 'unit', customer: 'Kunde', quantity: 'pieces' },
}
const reads = (asset: string, more: object = {}) => ({
  datasets: { f: { kind: 'file', asset, ...more } },
  cells: listOf('f', ['unit', 'Kunde', 'pieces']),
})

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  admin = (await server.app.get(RightsService).principalOf('admin')) as Principal
  cookies.set('admin', await server.signIn('admin'))
  for (const [user, role, places] of [
    ['suzhou', 'manager', ['SUZ']],
    ['machine', 'quality', ['SUZ/MOLD/IM/IM01']],
    ['nowhere', 'manager', []],
    ['it', 'plant-it', null],
    ['granted', 'analyst', null],
  ] as const)
    cookies.set(user, await person(server, { user, role, places: places === null ? null : [...places] }))
  cookies.set('customer', await person(server, { user: 'customer', role: 'analyst', places: null }))
  const store = server.app.get(RightsStore)
  await store.saveProfile(admin, { user: 'customer', scope: { ...WHOLE, customers: ['K1'] }, attributes: {} })
  await keep('plan', PLAN, JUDGED)
  await keep('closed', PLAN, { kind: 'granted' })
  await keep('open', PLAN, { kind: 'house' })
  for (const id of ['plan', 'closed', 'open'])
    await publish(server, { cookie: cookieOf('admin') }, [`reads-${id}`, reads(id)])
}, 240_000)
afterAll(() => server.stop())

async function run(user: string, report: string, json: object = {}): Promise<ReportRun> {
  return finish(server, { cookie: cookieOf(user), id: report, json })
}

/** Everything that comes out of one report and one file for a reader. */
async function waysOut(user: string, file: string): Promise<string> {
  const cookie = cookieOf(user)
  const made = await run(user, `reads-${file}`)
  const at = `/api/report-runs/${made.id}`
  const paths = [
    `/api/data-files/${file}/rows`,
    '/api/data-files',
    at,
    `${at}/pages`,
    `${at}/search?q=${SECRET.slice(0, 4)}`,
    ...['A2', 'B2', 'C2', 'B3', 'C3'].map((cell) => `${at}/lineage?page=1&cell=${cell}`),
    ...(made.state === 'ready' ? ['csv', 'json', 'html'].map((format) => `${at}/files/${format}`) : []),
  ]
  const texts: string[] = []
  for (const path of paths) texts.push((await server.call('GET', path, { cookie })).text)
  return texts.join('\n')
}

async function pieces(user: string, file: string): Promise<number[]> {
  const answer = await server.call('GET', `/api/data-files/${file}/rows`, { cookie: cookieOf(user) })
  return answer.status === 200 ? (answer.json() as RowsPreview).rows.map(([, , value]) => Number(value)) : []
}

describe('an uploaded file', () => {
  it('says what was read of it, and refuses in words what it cannot read', async () => {
    const good = (await send('admin', PLAN)).json() as DataFileUpload
    expect(good).toMatchObject({ format: 'csv', encoding: 'UTF-8', rows: 4, fileName: 'plan.csv' })
    expect(good.columns.map(({ name, type }) => [name, type])).toEqual([
      ['unit', 'text'],
      ['Kunde', 'text'],
      ['pieces', 'decimal'],
    ])
    const twice = await send('admin', 'a,a\n1,2\n')
    expect([twice.status, twice.problem().code]).toEqual([422, 'DATA_FILE_REFUSED'])
    expect(twice.text).toContain('列名重复')
    const large = await send('admin', Buffer.alloc(8 * 1024 * 1024 + 1, 0x61))
    expect([large.status, large.problem().code]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  it('is read by a report, which says version, file and time', async () => {
    const made = await run('admin', 'reads-plan')
    expect(made).toMatchObject({ state: 'ready', datasets: [{ kind: 'file', rows: 4, total: 4, rules: [] }] })
    expect(made.datasets[0]?.origin?.en).toBe('File “File plan”, version 1 (plan.csv)')
    expect(made.notes.map(({ key }) => key)).toContain('file-version')
    const lineage = (
      await server.call('GET', `/api/report-runs/${made.id}/lineage?page=1&cell=C2`, { cookie: cookieOf('admin') })
    ).json() as CellLineage
    expect(lineage.sources[0]).toMatchObject({ kind: 'file', origin: made.datasets[0]?.origin })
    expect(lineage.sources[0]?.sourceTime).toBe(made.datasets[0]?.sourceTime)
  })

  it('narrows by values of parameters, and refuses a column that it lacks', async () => {
    const parameters = [{ name: 'who', type: 'text' }]
    const cookie = cookieOf('admin')
    await publish(server, { cookie }, ['narrowed', { parameters, ...reads('plan', { where: { Kunde: 'param.who' } }) }])
    const rows = async (who: string | null) => (await run('admin', 'narrowed', { params: { who } })).datasets[0]?.rows
    expect([await rows('K1'), await rows("K1' OR '1'='1"), await rows(null)]).toEqual([3, 0, 4])
    await publish(server, { cookie }, ['lacking', reads('plan', { where: { colour: 'red' } })])
    expect((await run('admin', 'lacking')).error?.cause.en).toContain('no column colour')
  })

  it('is replaced by a new version; runs keep what they read, and earlier versions are still known then', async () => {
    await keep('targets', 'unit,Kunde,pieces\nSUZ,K1,1\n', { kind: 'house' })
    await publish(server, { cookie: cookieOf('admin') }, ['reads-targets', reads('targets')])
    const before = await run('admin', 'reads-targets')
    await keep('targets', 'unit,Kunde,pieces\nSUZ,K1,2\nSUZ,K1,3\n', { kind: 'house' }, 1)
    const csv = async (id: string) =>
      (await server.call('GET', `/api/report-runs/${id}/files/csv`, { cookie: cookieOf('admin') })).text
    expect(await csv(before.id)).toMatch(/SUZ,K1,1\b/)
    const after = await run('admin', 'reads-targets')
    expect(await csv(after.id)).toMatch(/SUZ,K1,2\b[^]*SUZ,K1,3\b/)
    const then = await run('admin', 'reads-targets', { knownAt: before.datasets[0]?.sourceTime ?? '' })
    expect(then.datasets[0]).toMatchObject({
      rows: 1,
      hash: before.datasets[0]?.hash,
      origin: before.datasets[0]?.origin,
    })
    const never = await run('admin', 'reads-targets', { knownAt: '2020-01-01T00:00:00.000Z' })
    expect(never.error?.cause.en).toContain('no version at that time')
  })

  it('is changed by one after the other, never by two at once, and only with an own upload', async () => {
    const change = { audience: { kind: 'house' } as const, version: 9 }
    expect((await put('admin', 'plan', change)).problem().code).toBe('DATA_FILE_CHANGED')
    const foreign = await upload('admin', PLAN)
    const stolen = await put('it', 'other', { audience: { kind: 'house' }, version: 0, upload: foreign })
    expect(stolen.problem().code).toBe('UPLOAD_UNKNOWN')
    const again = { audience: { kind: 'granted' } as const, version: 0, upload: foreign }
    expect((await put('admin', 'once', again)).status).toBe(200)
    expect((await put('admin', 'twice', again)).problem().code).toBe('UPLOAD_UNKNOWN')
  })

  it('is refused where it lacks a column that decides who sees a row', async () => {
    const bad = await put('admin', 'plan', { audience: JUDGED, version: 1, upload: await upload('admin', 'a\n1\n') })
    expect([bad.problem().code, bad.text.includes('Kunde')]).toEqual(['DATA_FILE_REFUSED', true])
    expect(await pieces('admin', 'plan')).toEqual([11, 12, 13, 14])
  })

  it('is not removed while a report reads it', async () => {
    const used = await server.call('DELETE', '/api/data-files/plan', { cookie: cookieOf('admin') })
    expect([used.problem().code, used.text.includes('reads-plan')]).toEqual(['DATA_FILE_IN_USE', true])
    await keep('idle', PLAN, { kind: 'house' })
    const gone = await server.call('DELETE', '/api/data-files/idle', { cookie: cookieOf('admin') })
    expect((gone.json() as DataFilesAnswer).files.map(({ id }) => id)).not.toContain('idle')
    const { usedBy } = (gone.json() as DataFilesAnswer).files.find(({ id }) => id === 'closed') ?? {}
    expect(usedBy?.reports.map(({ id }) => id)).toEqual(['reads-closed'])
  })

  it('is kept by who may edit sources, and by nobody else', async () => {
    expect((await send('suzhou', PLAN)).problem().code).toBe('NO_ACCESS')
    for (const method of ['PUT', 'DELETE'])
      expect(
        (
          await server.call(method, '/api/data-files/open', {
            cookie: cookieOf('suzhou'),
            ...(method === 'PUT'
              ? { json: { name: { zh: 'x', en: 'x' }, audience: { kind: 'house' }, version: 1 } }
              : {}),
          })
        ).problem().code,
      ).toBe('DATA_FILE_UNKNOWN')
    expect((await send('it', PLAN)).status).toBe(200)
    expect((await server.call('GET', '/api/data-files')).status).toBe(401)
  })
})

describe('rows of a file', () => {
  it('that are judged as orders are those of the reader: by place and customer, and what lacks a place is hidden', async () => {
    expect(await pieces('admin', 'plan')).toEqual([11, 12, 13, 14])
    expect(await pieces('suzhou', 'plan')).toEqual([11, 12])
    expect(await pieces('customer', 'plan')).toEqual([11, 13, 14])
    expect(await pieces('nowhere', 'plan')).toEqual([])
  })

  it('of the house are for everybody inside and for nobody limited to customers', async () => {
    expect(await pieces('suzhou', 'open')).toHaveLength(4)
    expect([await pieces('customer', 'open'), await pieces('nowhere', 'open')]).toEqual([[], []])
  })

  it('that are granted are for who sees everything and who holds a permission by name', async () => {
    expect([await pieces('admin', 'closed'), await pieces('suzhou', 'closed')]).toEqual([[11, 12, 13, 14], []])
    const role = {
      id: 'plan-readers',
      name: { zh: '计划读者', en: 'plan readers' },
      ready: false,
      permissions: [{ kind: 'dataset' as const, target: 'file.closed', actions: ['view' as const] }],
    }
    const store = server.app.get(RightsStore)
    await store.saveRole(admin, role)
    const grant = {
      subject: { kind: 'user' as const, id: 'suzhou' },
      role: role.id,
      fromAt: null,
      untilAt: null,
      reason: '',
    }
    await store.addGrant(admin, { ...grant, scope: { ...WHOLE, equipment: ['SUZ'] } })
    expect(await pieces('suzhou', 'closed')).toEqual([])
    await store.addGrant(admin, { ...grant, scope: WHOLE })
    expect(await pieces('suzhou', 'closed')).toEqual([11, 12, 13, 14])
  })

  it.each(['machine', 'customer', 'nowhere'])('that %s may not see are in no answer', async (user) => {
    for (const file of ['plan', 'closed']) expect(await waysOut(user, file)).not.toContain(SECRET)
    if (user !== 'machine') expect(await waysOut(user, 'open')).not.toContain(SECRET)
    expect(await waysOut('admin', 'plan')).toContain(SECRET)
  })

  it('have their columns masked as those of the fact, and a condition never meets what is masked', async () => {
    const rule = {
      id: 'C-900',
      name: { zh: '客户', en: 'customer' },
      fact: 'order',
      column: 'customer',
      mask: { kind: 'hash' as const },
      visibleTo: ['admin'],
      enabled: true,
    }
    await server.app.get(RightsStore).saveColumnRule(admin, rule)
    const text = await waysOut('machine', 'plan')
    expect([text.includes(maskHash('K1')), /\bK1\b/.test(text)]).toEqual([true, false])
    const probed = await run('machine', 'narrowed', { params: { who: 'K1' } })
    expect(probed.datasets[0]).toMatchObject({ rows: 0, masked: ['Kunde'] })
    expect(probed.notes.map(({ key }) => key)).toContain('masked')
  })
})
