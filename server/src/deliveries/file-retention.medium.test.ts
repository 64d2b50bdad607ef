/** Real: the whole server, PostgreSQL, the warehouse, an SMTP server, files on disk. Reports are those of the fixture. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DeliveryRunDetail } from '@gemba/contracts/delivery'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { UNITS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { type Mailbox, startMailbox } from '../mail/smtp-fixture.ts'
import { detailOf, saved, useFixtureReports } from './delivery-fixture.ts'
import { FileRetention } from './file-retention.service.ts'

const DAY_MS = 86_400_000
let server: RunningApplication
let box: Mailbox
let admin: string
let database: DataSource

beforeAll(async () => {
  server = await startApplication(rightsPlant(), { GEMBA_DELIVERY_FILE_DAYS: '90' })
  box = await startMailbox()
  useFixtureReports(server.app, UNITS)
  database = server.app.get(DataSource)
  await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL')
  admin = await server.signIn('admin')
  const host = { host: '127.0.0.1', port: box.port, tls: 'none', user: null, password: null, mostAttachedMb: 10 }
  const json = { ...host, from: 'report@suz.example', fromName: 'Gemba', publicUrl: server.url }
  await server.call('PUT', '/api/settings/mail', { cookie: admin, json })
})
afterAll(async () => {
  await server.stop()
  await box.stop()
})

const over = (run: string): Promise<DeliveryRunDetail> =>
  vi.waitFor(
    async () => {
      const detail = await detailOf(server, admin, run)
      if (detail.finishedAt === null) throw new Error(detail.state)
      return detail
    },
    { timeout: 60_000, interval: 100 },
  )

/** A run of the clock or a test, sent, as links. */
async function sent(trigger: 'clock' | 'test'): Promise<string> {
  const { id } = await saved(server, admin, { files: 'linked', recipients: [{ kind: 'user', user: 'admin' }] })
  if (trigger === 'test') {
    const run = (await server.call('POST', `/api/delivery-schedules/${id}/test`, { cookie: admin })).json() as {
      id: string
    }
    return (await over(run.id)).id
  }
  await database.query('UPDATE delivery_schedule SET next_at = now() WHERE id = $1', [id])
  const run = await vi.waitFor(
    async () => {
      const [row] = await database.query<{ id: string }[]>('SELECT id FROM delivery_run WHERE schedule = $1', [id])
      if (!row) throw new Error('not planned yet')
      return row.id
    },
    { timeout: 60_000, interval: 100 },
  )
  return (await over(run)).id
}

it('files go by their age class, rows and receipts stay, and links to them are as unknown', async () => {
  const [byClock, byHand] = [await sent('clock'), await sent('test')]
  const folder = (run: string) => join(server.dataDir, 'deliveries', run)
  const token =
    /file=([\w-]{43})/.exec(box.mails.find(({ subject }) => !subject?.includes('测试'))?.text ?? '')?.[1] ?? ''
  const fetched = async () => (await server.call('GET', `/api/delivery-files/${token}`, { cookie: admin })).status
  expect(await fetched()).toBe(200)

  // What a kill left behind: a folder that no row knows goes a day later, not before.
  const stray = folder('00000000-0000-4000-8000-000000000000')
  mkdirSync(stray)
  const retention = server.app.get(FileRetention)
  expect(await retention.drop(Date.now())).toBe(0)
  expect([folder(byHand), folder(byClock), stray].map((path) => existsSync(path))).toEqual([true, true, true])
  expect(await retention.drop(Date.now() + 14 * DAY_MS)).toBe(0)

  expect(await retention.drop(Date.now() + 16 * DAY_MS)).toBe(1)
  expect([folder(byHand), folder(byClock), stray].map((path) => existsSync(path))).toEqual([false, true, false])
  expect(await fetched()).toBe(200)
  expect(await retention.drop(Date.now() + 91 * DAY_MS)).toBe(1)
  expect(readdirSync(join(server.dataDir, 'deliveries'))).toEqual([])
  expect(await fetched()).toBe(404)

  const detail = await detailOf(server, admin, byClock)
  expect(detail.filesDroppedAt).not.toBeNull()
  expect(detail.receipts).toMatchObject([{ state: 'accepted', rows: UNITS.length }])
  expect(detail.receipts[0]?.hash).toMatch(/^[0-9A-F]{8}$/)
})

it('a run whose files went is not tried again: they would not be the same', async () => {
  const run = await sent('test')
  await database.query(
    "UPDATE delivery_run SET state = 'failed', finished_at = now() - interval '100 days' WHERE id = $1",
    [run],
  )
  await server.app.get(FileRetention).drop(Date.now())
  const answer = await server.call('POST', `/api/delivery-runs/${run}/retry`, { cookie: admin })
  expect([answer.status, answer.problem().code]).toEqual([409, 'DELIVERY_FILES_DROPPED'])
})
