/** Real: the whole server with its stores. Records come by the door of collectors, are signed and edited there again. */
import { createHash } from 'node:crypto'
import { auditPage } from '@gemba/contracts/audit'
import { type SignatureList, signatureList, signatureRow } from '@gemba/contracts/signature'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  COLLECTOR,
  PASSWORD,
  type RunningApplication,
  UNIT,
  startApplication,
} from '../application-fixture.ts'
import { person } from '../reports/reports-fixture.ts'

const AT = Date.now() - 86_400_000
let server: RunningApplication
let quality: string
let sent = 0

async function send(lines: readonly object[]): Promise<void> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0000000000000010',
      'x-gemba-stream': 'mes',
      'x-gemba-first': String(sent + 1),
      'x-gemba-last': String(sent + lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200 || answer.text.includes('rejected')) throw new Error(answer.text)
  sent += lines.length
}

const record = (type: string, key: string, data: object, version: number, more: object = {}) => ({
  ...{ k: 'record', source: 'mes', type, key, version: String(version), at: AT + version, data, ...more },
})
const stopEntry = (version: number, minutes: number, more: object = {}) => {
  const times = { fromAt: AT, toAt: AT + minutes * 60_000, timeCertainty: 'exact' }
  return record('stop-entry', 'E-1', { equipment: UNIT, ...times, reason: 'F-TOOL', priority: 1 }, version, more)
}
const inspectionLot = (version: number, decision: 'accepted' | 'rejected') => {
  const what = { inspectionLot: 'IL-1', lot: 'L-1', material: 'PEN-BARREL', kind: 'final', equipment: UNIT }
  const counts = { inspected: 80, accepted: 78, decision, decidedAt: AT, timeCertainty: 'exact' }
  return record('inspection-lot', 'IL-1', { ...what, ...counts }, version)
}
const result = (version: number, value: number) => {
  const what = { characteristic: 'C-1', subgroup: '7', sample: 1, equipment: UNIT, at: AT, value }
  return record('inspection-result', 'C-1/7/1', { ...what, size: 1, cavity: null, lot: null, order: null }, version)
}

const RECORDS = [
  { kind: 'stop-entry', id: 'mes:E-1', first: stopEntry(1, 10), edited: stopEntry(2, 25) },
  { kind: 'inspection-lot', id: 'mes:IL-1', first: inspectionLot(1, 'rejected'), edited: inspectionLot(2, 'accepted') },
  { kind: 'inspection-subgroup', id: 'mes:C-1/7', first: result(1, 4.2), edited: result(2, 4.21) },
] as const

const list = async (kind: string, id: string, cookie = quality): Promise<SignatureList> =>
  signatureList.parse(
    (await server.call('GET', `/api/signatures?${String(new URLSearchParams({ kind, id }))}`, { cookie })).json(),
  )
const sign = (cookie: string, json: object): Promise<Answer> =>
  server.call('POST', '/api/signatures', { cookie, json: { meaning: 'approval', password: PASSWORD, ...json } })
const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)

beforeAll(async () => {
  server = await startApplication()
  quality = await server.signIn('quality')
  await send(RECORDS.map(({ first }) => first))
})
afterAll(() => server?.stop())

describe('a record of the plant', () => {
  for (const { kind, id, edited } of RECORDS) {
    it(`that was signed is void when its source edits it: ${kind}`, async () => {
      const before = (await list(kind, id)).current
      const signed = await sign(quality, { kind, id, contentHash: before?.contentHash })
      expect(signatureRow.parse(signed.json())).toMatchObject({ kind, record: id, signer: 'quality', state: 'valid' })
      await send([edited])
      const after = await list(kind, id)
      expect(after.current?.contentHash).not.toBe(before?.contentHash)
      expect(after.signatures.map(({ state }) => state)).toEqual(['void'])
      // What is signed is what was seen.
      expect(codeOf(await sign(quality, { kind, id, contentHash: before?.contentHash }))).toBe('RECORD_CHANGED')
      expect(codeOf(await sign(quality, { kind, id, contentHash: after.current?.contentHash }))).toBe('ok')
      expect((await list(kind, id)).signatures.map(({ state }) => state)).toEqual(['void', 'valid'])
    })
  }

  it('is not approved by whoever made it, and the refusal stays in the trail', async () => {
    const { kind, id } = RECORDS[0]
    const { contentHash } = (await list(kind, id)).current ?? {}
    const manager = await server.signIn('manager')
    expect(codeOf(await sign(manager, { kind, id, contentHash, meaning: 'authorship' }))).toBe('ok')
    expect(codeOf(await sign(manager, { kind, id, contentHash }))).toBe('SELF_APPROVAL')
    const admin = await server.signIn('admin')
    const trail = await server.call('GET', '/api/audit?stream=signature&outcome=refused', { cookie: admin })
    expect(auditPage.parse(trail.json()).entries[0]).toMatchObject({
      ...{ actor: 'manager', reason: 'SELF_APPROVAL', object: { kind, id } },
    })
  })

  it('does not exist for who may not see its machine, nor when its source has never told of it', async () => {
    const stranger = await person(server, { user: 'stranger', role: 'manager', places: ['SUZ/MOLD/IM/IM02'] })
    for (const [cookie, id] of [
      [stranger, 'mes:E-1'],
      [quality, 'mes:E-9'],
      [quality, 'E-1'],
    ] as const) {
      const answer = await server.call('GET', `/api/signatures?kind=stop-entry&id=${id}`, { cookie })
      expect(codeOf(answer)).toBe('RECORD_UNKNOWN')
    }
  })

  it('that its source takes back leaves its signatures, of a record that is gone', async () => {
    await send([stopEntry(3, 25, { deleted: true })])
    const { current, signatures } = await list('stop-entry', 'mes:E-1')
    expect(current).toBeNull()
    expect(new Set(signatures.map(({ state }) => state))).toEqual(new Set(['gone']))
  })
})
