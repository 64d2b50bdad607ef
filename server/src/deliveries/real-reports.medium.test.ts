/** Real: the whole server, both stores, report threads, an SMTP server: from a row to an attachment. */
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { ORDERS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { hasOpenssl } from '../http/certificate-fixture.ts'
import { type Mailbox, startMailbox } from '../mail/smtp-fixture.ts'
import { type Webhook, startWebhook } from '../mail/webhook-fixture.ts'
import { findBrowser } from '../reports/browser.ts'
import { listOf, person, plantRows, publish } from '../reports/reports-fixture.ts'
import { readArchive } from '../reports/zip-reader.ts'
import { detailOf, saved } from './delivery-fixture.ts'

let server: RunningApplication
let box: Mailbox
let webhook: Webhook | null
let admin: string
let suzhou: string
let database: DataSource

beforeAll(async () => {
  webhook = hasOpenssl ? await startWebhook() : null
  server = await startApplication(rightsPlant(), { GEMBA_WEBHOOK_HOSTS: webhook?.host ?? '' })
  box = await startMailbox()
  database = server.app.get(DataSource)
  await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL')
  admin = await server.signIn('admin')
  for (const [user, place] of [
    ['suzhou', 'SUZ'],
    ['brno', 'BRQ'],
  ] as const) {
    const cookie = await person(server, { user, role: 'manager', places: [place] })
    if (user === 'suzhou') suzhou = cookie
    await database.query('INSERT INTO mail_address VALUES ($1, $2, $3)', [user, `${user}@suz.example`, 'test'])
  }
  await plantRows(server, ORDERS)
  const link = { to: 'report', target: 'orders' }
  const cells = [
    ...listOf('o', ['order', 'unit', 'quantity']),
    { at: 'C3', value: { expr: 'SUM(C2)' } },
    { at: 'D1', value: { lit: '…' }, link },
  ]
  const datasets = { o: { kind: 'fact', fact: 'order', order: [{ column: 'order' }] } }
  await publish(server, { cookie: admin }, ['orders', { datasets, cells }])
  const mail = {
    host: '127.0.0.1',
    port: box.port,
    tls: 'none',
    user: null,
    password: null,
    from: 'report@suz.example',
    fromName: 'Gemba',
    publicUrl: server.url,
    mostAttachedMb: 10,
  }
  await server.call('PUT', '/api/settings/mail', { cookie: admin, json: mail })
})
afterAll(async () => {
  await server.stop()
  await box.stop()
})

const finished = (run: string) =>
  vi.waitFor(
    async () => {
      const detail = await detailOf(server, admin, run)
      if (detail.finishedAt === null) throw new Error(detail.state)
      return detail
    },
    { timeout: 90_000, interval: 200 },
  )

async function runOf(schedule: string): Promise<string> {
  await database.query('UPDATE delivery_schedule SET next_at = now() WHERE id = $1', [schedule])
  return vi.waitFor(
    async () => {
      const [run] = await database.query<{ id: string }[]>('SELECT id FROM delivery_run WHERE schedule = $1', [
        schedule,
      ])
      if (!run) throw new Error('not planned yet')
      return run.id
    },
    { timeout: 30_000, interval: 100 },
  )
}

it('brings each reader the own orders of the plant as files', async () => {
  const recipients = [{ kind: 'user', user: 'suzhou' } as const, { kind: 'user', user: 'brno' } as const]
  const pictures = findBrowser() === undefined ? [] : (['png'] as const)
  const formats = ['csv', 'xlsx', ...pictures] as const
  const schedule = await saved(server, admin, { report: 'orders', formats: [...formats], params: {}, recipients })
  const detail = await finished(await runOf(schedule.id))
  expect(detail).toMatchObject({ state: 'accepted', accepted: 2, parts: 2 })
  expect(detail.receipts.map(({ recipient, rows }) => [recipient, rows])).toEqual([
    ['brno', 6],
    ['suzhou', 9],
  ])
  const fileOf = (user: string, end: string) =>
    box.mails
      .find((mail) => mail.to && 'value' in mail.to && mail.to.value[0]?.address === `${user}@suz.example`)
      ?.attachments.find(({ filename }) => filename?.endsWith(end))?.content
  expect(fileOf('suzhou', '.csv')?.toString()).toContain('ORD-00')
  expect(fileOf('suzhou', '.csv')?.toString()).not.toContain('BRQ')
  expect(fileOf('brno', '.csv')?.toString()).not.toContain('SUZ')
  const workbook = readArchive(fileOf('brno', '.xlsx') as Buffer)
  expect(String(workbook('xl/worksheets/_rels/sheet1.xml.rels'))).toContain(`Target="${server.url}/reports/orders?p=`)
  if (pictures.length > 0) expect(fileOf('brno', '.png')?.subarray(1, 4).toString()).toBe('PNG')
})

it('tells nobody how much was rendered for readers with other rights', async () => {
  const recipients = [{ kind: 'user', user: 'suzhou' } as const, { kind: 'user', user: 'brno' } as const]
  const schedule = await saved(server, admin, { report: 'orders', formats: ['csv'], params: {}, recipients })
  const run = await runOf(schedule.id)
  const whole = await finished(run)
  expect(whole.steps.find(({ kind }) => kind === 'rendered')?.evidence).toMatchObject({ rows: '9 6' })
  const seen = await detailOf(server, suzhou, run)
  expect(seen.receipts.map(({ recipient, rows, hash }) => [recipient, rows, hash === null])).toEqual([
    ['brno', null, true],
    ['suzhou', 9, false],
  ])
  const { evidence } = seen.steps.find(({ kind }) => kind === 'rendered') ?? { evidence: {} }
  expect(Object.keys(evidence)).toEqual(['parts', 'recipients'])
})

it.skipIf(!hasOpenssl)('tells a webhook what the owner of the delivery sees, and no row more', async () => {
  const { url, bodies } = webhook as Webhook
  const channel = { id: 'floor', name: '车间群', kind: 'json', url }
  const made = await server.call('PUT', '/api/settings/mail/channels', { cookie: admin, json: channel })
  expect(made.status).toBe(200)
  const half = await person(server, { user: 'half', role: 'admin', places: ['BRQ'] })
  const schedule = await saved(server, half, {
    ...{ report: 'orders', site: 'BRQ', formats: ['csv'], params: {}, rights: 'snapshot', owner: 'half' },
    recipients: [{ kind: 'channel', channel: 'floor', confirmed: true }],
    ...{ subject: '{{report}} {{rows}}', body: '{{totals}} {{notes}}' },
  })
  const detail = await finished(await runOf(schedule.id))
  expect(detail).toMatchObject({ state: 'accepted', accepted: 1 })
  const own = ORDERS.map(({ unit }, index) => ({ unit, quantity: 100 + index })).filter(({ unit }) =>
    unit.startsWith('BRQ'),
  )
  const sum = own.reduce((all, { quantity }) => all + quantity, 0)
  expect(bodies).toHaveLength(1)
  const { title, text } = JSON.parse(bodies[0] as string) as { title: string; text: string }
  expect(title).toMatch(new RegExp(`\\b${own.length}$`))
  expect(text).toContain(`o.quantity ${sum}`)
  expect(`${title} ${text}`).not.toMatch(/SUZ/)
})

it('keeps a linked file from a reader whose rights are not what they were when it was made', async () => {
  const recipients = [{ kind: 'user', user: 'brno' } as const]
  const linked = { report: 'orders', formats: ['csv' as const], params: {}, recipients, files: 'linked' as const }
  const schedule = await saved(server, admin, linked)
  await finished(await runOf(schedule.id))
  const token = box.mails.map(({ text }) => /\/deliveries\?file=([\w-]{43})/.exec(text ?? '')?.[1]).findLast(Boolean)
  const cookie = await server.signIn('brno')
  const open = () =>
    server.call('GET', `/api/delivery-files/${token}`, { cookie, headers: { 'accept-encoding': 'gzip' } })
  const opened = await open()
  expect(opened.text).toContain('ORD-30')
  // As it is, with its length, though the reader would take it compressed.
  expect(opened.headers['content-encoding']).toBeUndefined()
  expect(opened.headers['content-length']).toBe(String(Buffer.byteLength(opened.text)))
  const store = server.app.get(RightsStore)
  const by = (await server.app.get(RightsService).principalOf('admin')) as Principal
  const scope = { ...WHOLE, equipment: ['BRQ/PRESS/P/P2'] }
  await store.saveProfile(by, { user: 'brno', scope, attributes: {} })
  const refused = await open()
  expect(refused.problem().code).toBe('REPORT_RIGHTS_CHANGED')
  expect(refused.text).not.toContain('ORD-')
})

it('keeps a linked file from everybody once its foreign data is for fewer readers', async () => {
  const headers = { 'content-type': 'application/octet-stream' }
  const sent = { cookie: admin, body: 'unit,pieces\nSUZ/X,11\n', headers }
  const upload = await server.call('POST', '/api/data-files/uploads?fileName=plan.csv', sent)
  const audienceOf = async (kind: 'house' | 'granted', more: object) => {
    const json = { name: { zh: '计划', en: 'Plan' }, audience: { kind }, ...more }
    const answer = await server.call('PUT', '/api/data-files/plan', { cookie: admin, json })
    if (answer.status !== 200) throw new Error(answer.text)
  }
  await audienceOf('house', { version: 0, upload: (upload.json() as { upload: string }).upload })
  const datasets = { f: { kind: 'file', asset: 'plan' } }
  await publish(server, { cookie: admin }, ['plan', { datasets, cells: listOf('f', ['unit', 'pieces']) }])
  const tokens: string[] = []
  for (const [cookie, rights] of [
    [admin, 'recipient'],
    [suzhou, 'snapshot'],
  ] as const) {
    const recipients = [{ kind: 'user', user: 'suzhou' } as const]
    const linked = { report: 'plan', formats: ['csv' as const], params: {}, recipients, files: 'linked' as const }
    const schedule = await saved(server, cookie, { ...linked, rights })
    expect(await finished(await runOf(schedule.id))).toMatchObject({ state: 'accepted' })
    const found = box.mails.map(({ text }) => /\/deliveries\?file=([\w-]{43})/.exec(text ?? '')?.[1])
    tokens.push(found.findLast(Boolean) ?? '')
  }
  const open = () => tokens.map((token) => server.call('GET', `/api/delivery-files/${token}`, { cookie: suzhou }))
  for (const opened of await Promise.all(open())) expect(opened.text).toContain('SUZ/X')
  await audienceOf('granted', { version: 1 })
  for (const refused of await Promise.all(open())) {
    expect(refused.problem().code).toBe('REPORT_AUDIENCE_CHANGED')
    expect(refused.text).not.toContain('SUZ/X')
  }
})

it('names the cause when a report cannot be made', async () => {
  const schedule = await saved(server, admin, {
    report: 'no-such-report',
    params: {},
    recipients: [{ kind: 'user', user: 'suzhou' }],
  })
  const detail = await finished(await runOf(schedule.id))
  expect(detail).toMatchObject({ state: 'failed', reason: 'no-access' })
  expect(detail.receipts[0]).toMatchObject({ state: 'skipped', reason: 'no-access' })
})

it.skipIf(!hasOpenssl)('asks a webhook again that is away, since nothing has gone out', async () => {
  await (webhook as Webhook).stop()
  const trial = await server.call('POST', '/api/settings/mail/channels/floor/trial', { cookie: admin })
  expect(trial.json()).toMatchObject({ outcome: 'later' })
})
