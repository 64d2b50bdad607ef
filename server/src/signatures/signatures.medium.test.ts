/** Real: the whole server with its stores. A kind of record is made up: reports bring their own. */
import { createHash } from 'node:crypto'
import { auditPage } from '@gemba/contracts/audit'
import { signatureList, signatureRow } from '@gemba/contracts/signature'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'
import { SignableRecords } from './signable-records.service.ts'

let server: RunningApplication
let database: DataSource
let quality: string
let analyst: string

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const records = new Map<string, { text: string; authors: string[]; hiddenFrom?: string }>()

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
  server.app.get(SignableRecords).provide('batch', async (id, principal) => {
    const record = records.get(id)
    if (!record || (principal && record.hiddenFrom === principal.user)) return null
    return { contentHash: hashOf(record.text), authors: record.authors }
  })
  quality = await server.signIn('quality')
  analyst = await server.signIn('analyst')
})
afterAll(() => server.stop())
beforeEach(async () => {
  records.clear()
  records.set('B-1', { text: 'first version', authors: ['analyst'] })
  await database.query('UPDATE user_account SET failed_tries = 0, locked_until = NULL')
})

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
const sign = (cookie: string, more: object = {}): Promise<Answer> =>
  server.call('POST', '/api/signatures', {
    cookie,
    json: {
      kind: 'batch',
      id: 'B-1',
      contentHash: hashOf('first version'),
      meaning: 'approval',
      password: PASSWORD,
      ...more,
    },
  })
const list = async (id = 'B-1', cookie = quality) =>
  signatureList.parse((await server.call('GET', `/api/signatures?kind=batch&id=${id}`, { cookie })).json())

describe('a signature', () => {
  it('names signer, time, meaning and the content it is bound to', async () => {
    const before = Date.now()
    const made = signatureRow.parse((await sign(quality, { comment: '符合放行条件' })).json())
    expect(made).toMatchObject({
      signer: 'quality',
      signerName: { zh: '赵强', en: 'Zhao Qiang' },
      meaning: 'approval',
      comment: '符合放行条件',
      state: 'valid',
    })
    expect(made.signedAt).toBeGreaterThanOrEqual(before)
    expect((await list()).signatures.at(-1)).toEqual(made)
  })

  it('is asked for with the password again; wrong ones count and are written down', async () => {
    expect(codeOf(await sign(quality, { password: 'wrong' }))).toBe('SIGN_IN_REFUSED')
    expect(codeOf(await sign(quality, { password: undefined }))).toBe('SIGN_IN_REFUSED')
    for (let round = 0; round < 5; round += 1) await sign(quality, { password: 'wrong' })
    expect(codeOf(await sign(quality))).toBe('ACCOUNT_LOCKED')
    const admin = await server.signIn('admin')
    const trail = await server.call('GET', '/api/audit?stream=signature&outcome=refused', { cookie: admin })
    expect(auditPage.parse(trail.json()).entries[0]).toMatchObject({
      actor: 'quality',
      action: 'signature.refused',
      object: { kind: 'batch', id: 'B-1' },
      reason: 'ACCOUNT_LOCKED',
    })
  })

  it('is void as soon as the record is another one, and valid again only for the very same content', async () => {
    await sign(quality)
    records.set('B-1', { text: 'second version', authors: ['analyst'] })
    expect((await list()).signatures.every(({ state }) => state === 'void')).toBe(true)
    expect(codeOf(await sign(quality))).toBe('RECORD_CHANGED')
    records.set('B-1', { text: 'first version', authors: ['analyst'] })
    expect((await list()).signatures.every(({ state }) => state === 'valid')).toBe(true)
  })

  it("on one's own work says nothing: no review or approval by an author", async () => {
    expect(codeOf(await sign(analyst))).toBe('SELF_APPROVAL')
    expect(codeOf(await sign(analyst, { meaning: 'review' }))).toBe('SELF_APPROVAL')
    expect(codeOf(await sign(analyst, { meaning: 'authorship' }))).toBe('ok')
    records.set('B-1', { text: 'first version', authors: [] })
    expect(codeOf(await sign(analyst))).toBe('SELF_APPROVAL')
  })

  it('is refused for what is unknown or hidden, with the same words', async () => {
    records.set('B-2', { text: 'first version', authors: [], hiddenFrom: 'quality' })
    for (const more of [{ id: 'none' }, { id: 'B-2' }, { kind: 'nothing' }])
      expect(codeOf(await sign(quality, more))).toBe('RECORD_UNKNOWN')
    const hidden = await server.call('GET', '/api/signatures?kind=batch&id=B-2', { cookie: quality })
    expect(codeOf(hidden)).toBe('RECORD_UNKNOWN')
  })

  it('cannot be changed, removed, or moved to another record or person without being seen', async () => {
    for (const sql of [`UPDATE signature SET record = 'B-2'`, 'DELETE FROM signature', 'TRUNCATE signature'])
      await expect(database.query(sql)).rejects.toThrow('rows can only be added')
    await sign(quality, { meaning: 'responsibility' })
    const [row] = await database.query<Record<string, unknown>[]>(
      `SELECT * FROM signature WHERE meaning = 'responsibility'`,
    )
    const copy = { ...row, id: '00000000-0000-4000-8000-000000000001', signer: 'admin' }
    const names = Object.keys(copy)
    await database.query(
      `INSERT INTO signature (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(copy),
    )
    expect((await list()).signatures.find(({ id }) => id === copy.id)?.state).toBe('forged')
  })

  it('under an audit review is bound to the chain', async () => {
    const admin = await server.signIn('admin')
    const trail = await server.call('GET', '/api/audit?stream=access&limit=1', { cookie: admin })
    const [entry] = auditPage.parse(trail.json()).entries
    const record = { kind: 'audit-review', id: `access:${entry?.seq}`, contentHash: entry?.hash, meaning: 'review' }
    expect(codeOf(await sign(quality, record))).toBe('ok')
    expect(codeOf(await sign(analyst, record))).toBe('RECORD_UNKNOWN')
  })

  it('is not taken from what does not fit the contract', async () => {
    const odd = [
      { contentHash: 'x' },
      { contentHash: hashOf('x').toUpperCase() },
      { meaning: 'anything' },
      { kind: '../etc' },
      { signer: 'admin' },
      { comment: 'x'.repeat(501) },
    ]
    for (const more of odd) expect([more, codeOf(await sign(quality, more))]).toEqual([more, 'INPUT_INVALID'])
  })
})
