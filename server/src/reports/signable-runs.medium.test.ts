/** Real: the whole server with its stores and the threads that make reports. Signatures under finished runs. */
import { appendFile } from 'node:fs/promises'
import { auditPage } from '@gemba/contracts/audit'
import type { ReportRun } from '@gemba/contracts/report'
import { type SignatureList, signatureList, signatureRow } from '@gemba/contracts/signature'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { finish, listOf, person, plantRows, publish } from './reports-fixture.ts'
import { rowsFile } from './run-files.ts'
import { RunStore } from './run-store.service.ts'

let server: RunningApplication
let admin: string
let analyst: string

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  admin = await server.signIn('admin')
  await plantRows(server, [...ORDERS])
  const datasets = { o: { kind: 'fact', fact: 'order', order: [{ column: 'order' }] } }
  await publish(server, { cookie: admin }, ['signed', { datasets, cells: listOf('o', ['order', 'unit']) }])
  analyst = await person(server, { user: 'signer', role: 'analyst', places: null })
}, 240_000)
afterAll(() => server.stop())

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
const hashOf = ({ contentHash }: ReportRun): string => contentHash ?? ''
const sign = (cookie: string, run: ReportRun, more: object = {}): Promise<Answer> => {
  const record = { kind: 'report-run', id: run.id, contentHash: hashOf(run) }
  return server.call('POST', '/api/signatures', {
    cookie,
    json: { ...record, meaning: 'responsibility', password: PASSWORD, ...more },
  })
}
async function signaturesOf(cookie: string, { id }: ReportRun): Promise<SignatureList> {
  return signatureList.parse((await server.call('GET', `/api/signatures?kind=report-run&id=${id}`, { cookie })).json())
}

describe('a signature under a run', () => {
  it('names who signed which content with what meaning, and stands in the audit trail', async () => {
    const run = await finish(server, { cookie: analyst, id: 'signed' })
    expect((await signaturesOf(analyst, run)).current?.contentHash).toBe(run.contentHash)
    const made = signatureRow.parse((await sign(analyst, run, { comment: '月度核对' })).json())
    expect(made).toMatchObject({ signer: 'signer', contentHash: run.contentHash, comment: '月度核对', state: 'valid' })
    expect((await signaturesOf(analyst, run)).signatures).toEqual([made])
    const trail = await server.call('GET', '/api/audit?stream=signature', { cookie: admin })
    expect(auditPage.parse(trail.json()).entries[0]).toMatchObject({
      actor: 'signer',
      action: 'signature.made',
      object: { kind: 'report-run', id: run.id },
    })
  })

  it('is asked for with the password again, and not given for another content than that of the run', async () => {
    const run = await finish(server, { cookie: analyst, id: 'signed' })
    expect(codeOf(await sign(analyst, run, { password: 'wrong' }))).toBe('SIGN_IN_REFUSED')
    expect(codeOf(await sign(analyst, run, { contentHash: 'a'.repeat(64) }))).toBe('RECORD_CHANGED')
    expect((await signaturesOf(analyst, run)).signatures).toEqual([])
  })

  it('keeps its run for years', async () => {
    const run = await finish(server, { cookie: analyst, id: 'signed' })
    await sign(analyst, run)
    const { keptUntil } = (
      await server.call('GET', `/api/report-runs/${run.id}`, { cookie: analyst })
    ).json() as ReportRun
    expect(Date.parse(keptUntil) - Date.now()).toBeGreaterThan(9 * 365 * 86_400_000)
    expect(Date.parse(run.keptUntil) - Date.now()).toBeLessThan(365 * 86_400_000)
  })

  it('is void as soon as the rows that the run shows are others, and nothing more is signed there', async () => {
    const run = await finish(server, { cookie: analyst, id: 'signed' })
    await sign(analyst, run)
    const dir = server.app.get(RunStore).folderOf(run.id)
    await appendFile(rowsFile(dir, 'o'), `${JSON.stringify({ order: 'FORGED', unit: 'SUZ' })}\n`)
    const { current, signatures } = await signaturesOf(analyst, run)
    expect(signatures.map(({ state }) => state)).toEqual(['void'])
    expect(current?.contentHash).not.toBe(run.contentHash)
    expect(codeOf(await sign(analyst, run))).toBe('RECORD_CHANGED')
  })

  it('is no review or approval of its maker, and nobody signs what he does not see', async () => {
    const run = await finish(server, { cookie: analyst, id: 'signed' })
    for (const meaning of ['review', 'approval'])
      expect(codeOf(await sign(analyst, run, { meaning }))).toBe('SELF_APPROVAL')
    expect(codeOf(await sign(admin, run))).toBe('RECORD_UNKNOWN')
    const other = await server.call('GET', `/api/signatures?kind=report-run&id=${run.id}`, { cookie: admin })
    expect(codeOf(other)).toBe('RECORD_UNKNOWN')
    expect(codeOf(await sign(analyst, { ...run, id: '00000000-0000-4000-8000-000000000000' }))).toBe('RECORD_UNKNOWN')
  })

  it('stands under published reports alone', async () => {
    await server.call('POST', '/api/reports', {
      cookie: admin,
      json: { id: 'unpublished', template: { formatVersion: 1, name: 'x', cells: [{ at: 'A1', value: { lit: 1 } }] } },
    })
    const run = await finish(server, { cookie: admin, id: 'unpublished', json: { version: 0 } })
    expect([run.state, codeOf(await sign(admin, run))]).toEqual(['ready', 'RECORD_UNKNOWN'])
  })
})
