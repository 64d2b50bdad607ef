/**
 * Real: the whole server with both stores. Results are kept for days; who sees rows from elsewhere may change the next
 * minute. What was made of them before is shown to nobody who would not see the same rows now.
 */
import type { DataFileUpload, DataFilesAnswer, RowAudience } from '@gemba/contracts/data-file'
import type { ReportRun, ReportRunsAnswer } from '@gemba/contracts/report'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeLink, openLink, partsOf, visitorOf } from '../accounts/shares/shares-fixture.ts'
import { type Answer, type RunningApplication, startApplication } from '../application-fixture.ts'
import { rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, publish } from './reports-fixture.ts'

const PLAN = 'unit,customer,pieces\nSUZ/MOLD/IM/IM01,K1,11\nBRQ/PRESS/P/P1,K3SECRET,13\n'
const BY_UNIT: RowAudience = { kind: 'fact', fact: 'order', columns: { unit: 'unit' } }
const OTHERWISE: RowAudience = { kind: 'fact', fact: 'order', columns: { unit: 'unit', material: 'customer' } }

let server: RunningApplication
let admin: string
let suzhou: string

const put = async (id: string, audience: RowAudience): Promise<void> => {
  const { files } = (await server.call('GET', '/api/data-files', { cookie: admin })).json() as DataFilesAnswer
  const version = files.find((file) => file.id === id)?.version ?? 0
  const sent = { cookie: admin, body: PLAN, headers: { 'content-type': 'application/octet-stream' } }
  const upload =
    version > 0
      ? {}
      : ((await server.call('POST', '/api/data-files/uploads?fileName=plan.csv', sent)).json() as DataFileUpload)
  const json = { name: { zh: id, en: id }, audience, version, ...('upload' in upload ? { upload: upload.upload } : {}) }
  const answer = await server.call('PUT', `/api/data-files/${id}`, { cookie: admin, json })
  if (answer.status !== 200) throw new Error(answer.text)
}
const report = (id: string, asset: string): Promise<void> =>
  publish(server, { cookie: admin }, [
    id,
    { datasets: { f: { kind: 'file', asset } }, cells: listOf('f', ['unit', 'customer', 'pieces']) },
  ])
const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
const WAYS = ['', '/pages', '/search?q=K', '/lineage?page=1&cell=A2', '/changes', '/files/csv', '/files/json']
const askedFor = (run: string, cookie: string): Promise<Answer[]> =>
  Promise.all(WAYS.map((way) => server.call('GET', `/api/report-runs/${run}${way}`, { cookie })))
const codesOf = async (run: string, cookie: string): Promise<string[]> => [
  ...new Set((await askedFor(run, cookie)).map(codeOf)),
]
const listed = async (id: string, cookie: string): Promise<string[]> => {
  const answer = await server.call('GET', `/api/report-runs?report=${id}`, { cookie })
  return (answer.json() as ReportRunsAnswer).runs.map((run: ReportRun) => run.id)
}

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  admin = await server.signIn('admin')
  suzhou = await person(server, { user: 'suzhou', role: 'manager', places: ['SUZ'] })
}, 240_000)
afterAll(() => server?.stop())

describe('a kept result with rows from elsewhere', () => {
  it('is not opened in any way once its audience was narrowed, and is again when it was widened back', async () => {
    await put('plan', { kind: 'house' })
    await report('plan', 'plan')
    const [own, whole] = [
      await finish(server, { cookie: suzhou, id: 'plan' }),
      await finish(server, { cookie: admin, id: 'plan' }),
    ]
    expect((await askedFor(own.id, suzhou)).map(({ text }) => text).join()).toContain('K3SECRET')
    expect(await codesOf(own.id, suzhou)).toEqual(['ok'])
    for (const narrower of [BY_UNIT, { kind: 'granted' } as const]) {
      await put('plan', narrower)
      const refused = await askedFor(own.id, suzhou)
      expect([...new Set(refused.map(codeOf))]).toEqual(['REPORT_AUDIENCE_CHANGED'])
      expect(refused.map(({ text }) => text).join()).not.toContain('K3SECRET')
      expect(await listed('plan', suzhou)).toEqual([])
      // Who sees every row still does.
      expect([await codesOf(whole.id, admin), await listed('plan', admin)]).toEqual([['ok'], [whole.id]])
    }
    await put('plan', { kind: 'house' })
    expect([await codesOf(own.id, suzhou), await listed('plan', suzhou)]).toEqual([['ok'], [own.id]])
  })

  it('is not opened when another column decides than did then', async () => {
    await put('columns', BY_UNIT)
    await report('columns', 'columns')
    const own = await finish(server, { cookie: suzhou, id: 'columns' })
    expect([own.datasets[0]?.rows, await codesOf(own.id, suzhou)]).toEqual([1, ['ok']])
    await put('columns', OTHERWISE)
    expect(await codesOf(own.id, suzhou)).toEqual(['REPORT_AUDIENCE_CHANGED'])
  })

  it('is for who sees everything once the file was removed', async () => {
    await put('gone', { kind: 'house' })
    await report('gone', 'gone')
    const own = await finish(server, { cookie: suzhou, id: 'gone' })
    const whole = await finish(server, { cookie: admin, id: 'gone' })
    // Past the door that keeps a file while a report reads it.
    await server.app.get(DataSource).query(`DELETE FROM data_file WHERE id = 'gone'`)
    expect(await codesOf(own.id, suzhou)).toEqual(['REPORT_AUDIENCE_CHANGED'])
    expect(await codesOf(whole.id, admin)).toEqual(['ok'])
  })

  it('is behind no share link any more; a link to the report gives what its maker sees now', async () => {
    await put('shared', { kind: 'house' })
    await report('shared', 'shared')
    const run = await finish(server, { cookie: suzhou, id: 'shared' })
    const toRun = await makeLink(server, suzhou, { target: { kind: 'run', run: run.id } })
    const toReport = await makeLink(server, suzhou, { target: { kind: 'report', report: 'shared', params: {} } })
    const [reader, asker] = [await visitorOf(server, toRun), await visitorOf(server, toReport)]
    const begin = async (): Promise<string> =>
      ((await asker.ask('POST', '/api/share-visits/current/runs', {})).json() as ReportRun).id
    const first = await begin()
    expect(codeOf(await reader.ask('GET', `/api/report-runs/${run.id}/pages`))).toBe('ok')
    await put('shared', { kind: 'granted' })
    expect(codeOf(await reader.ask('GET', `/api/report-runs/${run.id}/pages`))).toBe('REPORT_AUDIENCE_CHANGED')
    expect((await openLink(server, partsOf(toRun))).status).toBeGreaterThanOrEqual(400)
    const second = await begin()
    expect(second).not.toBe(first)
    const made = await vi.waitUntil(
      async () => {
        const now = (await asker.ask('GET', `/api/report-runs/${second}`)).json() as ReportRun
        return now.state === 'ready' ? now : undefined
      },
      { timeout: 60_000, interval: 50 },
    )
    expect(made.datasets[0]?.rows).toBe(0)
  })
})
