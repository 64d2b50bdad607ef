/** Real: the whole server, PostgreSQL, the warehouse, an SMTP server. Webhooks are hosts that nothing listens on. */
import { deliveryChannels, mailSettings } from '@gemba/contracts/delivery'
import { mailContacts, mailPeople, mailTrial, recipientDirectory } from '@gemba/contracts/mail'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { type Mailbox, startMailbox } from '../mail/smtp-fixture.ts'
import { person } from '../reports/reports-fixture.ts'

let server: RunningApplication
let box: Mailbox
let admin: string
let manager: string

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  box = await startMailbox()
  admin = await server.signIn('admin')
  manager = await server.signIn('manager')
})
afterAll(async () => {
  await server.stop()
  await box.stop()
})

const call = (method: string, path: string, json?: unknown, cookie = admin) =>
  server.call(method, path, { cookie, ...(json === undefined ? {} : { json }) })
const settings = (more: object = {}) => ({
  host: '127.0.0.1',
  port: box.port,
  tls: 'none',
  user: null,
  password: null,
  from: 'report@suz.example',
  fromName: 'Gemba',
  publicUrl: server.url,
  mostAttachedMb: 10,
  ...more,
})
const save = (more: object = {}) => call('PUT', '/api/settings/mail', settings(more))
async function attempt(to: string) {
  // Each test asks once or twice; the bucket of the route holds more than that.
  const answer = await call('POST', '/api/settings/mail/trial', { to })
  expect(answer.status, answer.text).toBe(200)
  const trial = mailTrial.parse(answer.json())
  return { ...trial, outcomes: Object.fromEntries(trial.stages.map(({ stage, outcome }) => [stage, outcome])) }
}

describe('the trial of a mail server', () => {
  it('goes through all stages to a mailbox', async () => {
    await save()
    const { outcomes, messageId } = await attempt('it@suz.example')
    expect(outcomes).toEqual({
      name: 'done',
      line: 'done',
      greeting: 'done',
      'sign-in': 'not-needed',
      envelope: 'done',
      letter: 'done',
    })
    expect(box.mails.at(-1)?.messageId).toBe(messageId)
  })

  it('names the stage at which a recipient is refused, with the answer as it came', async () => {
    await save()
    box.behave = (address) => (address === 'nobody@suz.example' ? 'refuse' : 'take')
    const { stages, outcomes } = await attempt('nobody@suz.example')
    expect(outcomes).toMatchObject({ greeting: 'done', envelope: 'failed', letter: 'not-tried' })
    expect(stages.find(({ stage }) => stage === 'envelope')?.answer).toContain('550')
    box.behave = () => 'take'
  })

  it('tells encryption that the server does not offer from a port where nobody listens', async () => {
    await save({ tls: 'starttls' })
    expect((await attempt('it@suz.example')).outcomes).toMatchObject({ line: 'done', greeting: 'failed' })
    await save({ port: 1 })
    expect((await attempt('it@suz.example')).outcomes).toMatchObject({
      name: 'done',
      line: 'failed',
      letter: 'not-tried',
    })
    await save()
  })

  it('is for who keeps the mail settings alone', async () => {
    expect((await call('POST', '/api/settings/mail/trial', { to: 'a@b.example' }, manager)).status).toBe(403)
    expect((await call('GET', '/api/settings/mail/people', undefined, manager)).status).toBe(403)
  })
})

describe('addresses', () => {
  it('of one account change and those of others stay', async () => {
    const of = async (user: string) =>
      mailPeople
        .parse((await call('GET', '/api/settings/mail/people')).json())
        .people.find((each) => each.user === user)?.address
    const before = await of('analyst')
    expect((await call('PUT', '/api/settings/mail/people/manager', { address: 'boss@suz.example' })).status).toBe(200)
    expect([await of('manager'), await of('analyst')]).toEqual(['boss@suz.example', before])
    await call('PUT', '/api/settings/mail/people/manager', { address: null })
    expect(await of('manager')).toBeNull()
    const unknown = await call('PUT', '/api/settings/mail/people/never-was', { address: 'x@suz.example' })
    expect([unknown.status, unknown.problem().code]).toEqual([404, 'RECIPIENT_UNKNOWN'])
  })

  it('of outsiders are kept once for each mailbox, whatever its spelling', async () => {
    await call('PUT', '/api/settings/mail/contacts', { name: '采购', address: 'Buyer@customer.example' })
    const answer = await call('PUT', '/api/settings/mail/contacts', {
      name: '客户采购',
      address: 'buyer@customer.example',
    })
    expect(mailContacts.parse(answer.json()).contacts).toEqual([
      { name: '客户采购', address: 'buyer@customer.example' },
    ])
    const removed = await call('DELETE', '/api/settings/mail/contacts/BUYER@customer.example')
    expect(mailContacts.parse(removed.json()).contacts).toEqual([])
    expect((await call('DELETE', '/api/settings/mail/contacts/buyer@customer.example')).status).toBe(404)
  })
})

describe('a webhook', () => {
  const channel = { id: 'floor', name: '车间群', kind: 'dingtalk' }
  const url = 'https://oapi.dingtalk.com/robot/send?access_token=one'

  it('keeps what is not sent again, and no secret for another address', async () => {
    const put = (more: object) => call('PUT', '/api/settings/mail/channels', { ...channel, ...more })
    const signed = async (answer: ReturnType<typeof put>) => deliveryChannels.parse((await answer).json()).channels[0]
    expect((await put({})).status).toBe(400)
    expect(await signed(put({ url, secret: 'a long secret' }))).toMatchObject({ name: '车间群', signed: true })
    expect(await signed(put({ name: '一车间群' }))).toMatchObject({ name: '一车间群', signed: true })
    expect(await signed(put({ url: `${url}2` }))).toMatchObject({ signed: false })
    const other = await put({ kind: 'wecom' })
    expect(other.status).toBe(400)
    const text = (await call('GET', '/api/settings/mail/channels')).text
    expect(text).not.toContain('access_token')
    expect((await call('DELETE', '/api/settings/mail/channels/floor')).json()).toEqual({ channels: [] })
    expect((await call('POST', '/api/settings/mail/channels/floor/trial')).status).toBe(404)
  })
})

describe('the mail settings', () => {
  it('forget the password when host or user change', async () => {
    const hasPassword = async (more: object) => mailSettings.parse((await save(more)).json()).hasPassword
    const secure = { host: 'mail.suz.example', port: 465, tls: 'implicit', user: 'gemba', password: undefined }
    expect(await hasPassword({ ...secure, password: 'secret' })).toBe(true)
    expect(await hasPassword({ ...secure, fromName: 'Gemba 现场' })).toBe(true)
    expect(await hasPassword({ ...secure, host: 'other.suz.example' })).toBe(false)
    await save()
  })
})

describe('who can be written to', () => {
  it('is told with what stands in the way, for the report that was asked for', async () => {
    const database = server.app.get(DataSource)
    await database.query("DELETE FROM mail_address WHERE account = 'quality'")
    await call('PUT', '/api/settings/mail/people/manager', { address: 'manager@suz.example' })
    await person(server, { user: 'it', role: 'plant-it', places: null })
    const ask = async (query: string) =>
      recipientDirectory.parse((await call('GET', `/api/delivery-recipients${query}`, undefined, manager)).json())
    const directory = await ask('?report=daily-production')
    const of = (user: string) => directory.users.find((each) => each.user === user)
    expect(of('manager')).toMatchObject({ hasAddress: true, maySee: true })
    expect(of('quality')).toMatchObject({ hasAddress: false })
    // A role that may look at reports but not take them out of the product gets none by mail either.
    expect(of('it')?.maySee).toBe(false)
    expect((await ask('')).users.every(({ maySee }) => maySee === null)).toBe(true)
  })

  it('is for who may edit schedules alone', async () => {
    const executive = await server.signIn('executive')
    expect((await call('GET', '/api/delivery-recipients', undefined, executive)).status).toBe(403)
  })
})
