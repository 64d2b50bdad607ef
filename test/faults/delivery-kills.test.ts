/**
 * Real: the built server, both stores, report threads, an SMTP server. The server is killed while it renders and mails;
 * afterwards what the mail server took is compared with the outbox.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureCatalog } from '../../server/src/catalog-fixture.ts'
import { openStores, type OpenStores } from '../../server/src/cli/open-stores.ts'
import { freePort, root, signIn, until } from '../flows/product.ts'
import { type SlowMailbox, startSlowMailbox } from './slow-mailbox.ts'

const KILLS = Number(process.env['GEMBA_DELIVERY_KILLS'] ?? 20)
const PASSWORD = 'gemba-test-password'
const PEOPLE = ['manager', 'analyst', 'executive']
const SCHEDULES = 6
/** A machine with two slow cores starts the server anew twenty times. */
const PATIENCE_MS = 120_000

const dataDir = mkdtempSync(join(tmpdir(), 'gemba-delivery-kills-'))
let stores: OpenStores
let database: pg.Client
let box: SlowMailbox
let port: number
let server: ChildProcess
let ask: Awaited<ReturnType<typeof signIn>>
const schedules: string[] = []
/** What became due: `schedule instant`. */
const due = new Set<string>()

async function startServer(): Promise<void> {
  const give = (file: string, text: string): string => {
    writeFileSync(join(dataDir, file), text, { mode: 0o600 })
    return join(dataDir, file)
  }
  const child = spawn(process.execPath, [join(root, 'server/dist/main.js')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      GEMBA_PORT: String(port),
      GEMBA_DATA: dataDir,
      METADATA_URL: stores.metadataUrl,
      WAREHOUSE_URL: stores.warehouseUrl,
      GEMBA_PROVISION: give('catalog.json', JSON.stringify(fixtureCatalog())),
      GEMBA_SECRET_KEY_FILE: give('secret-key', 'a key for tests'),
      GEMBA_DEMO: 'on',
      GEMBA_DEMO_PASSWORD: PASSWORD,
      GEMBA_LOG_LEVEL: 'error',
    },
  })
  server = child
  await until('the server answers', async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok, PATIENCE_MS)
}

/** Kills the server as the power would, and gives what it held to the next one, as time would. */
async function kill(): Promise<void> {
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL')
  await gone
  await database.query('UPDATE delivery_run SET lease_until = now() WHERE lease IS NOT NULL')
  await database.query('UPDATE delivery_receipt SET lease_until = now() WHERE lease IS NOT NULL')
}

async function send(method: string, path: string, body: object = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const answer = await ask(path, { method, headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

async function publishReport(): Promise<void> {
  const fields = [{ name: 'unit', type: 'text' }]
  const rows = ['IM01', 'IM02', 'IM03'].map((unit) => ({ unit }))
  const cells = [
    { at: 'A1', value: { lit: '机台' } },
    { at: 'A2', value: { field: 'u.unit', as: 'list' }, expand: 'down' },
  ]
  const template = { formatVersion: 1, name: 'units', datasets: { u: { kind: 'rows', fields, rows } }, cells }
  await send('POST', '/api/reports', { id: 'units', template })
  await send('POST', '/api/reports/units/draft/submit', { revision: 1 })
  await send('POST', '/api/reports/units/draft/publish', { revision: 1 })
}

async function saveSchedule(number: number): Promise<void> {
  const { id } = (await send('POST', '/api/delivery-schedules', {
    name: `机台 ${number}`,
    site: 'SUZ',
    timing: { kind: 'clock', cron: '20 7 * * *', calendar: 'every-day' },
    report: 'units',
    version: null,
    params: {},
    locale: 'zh-CN',
    formats: ['csv', 'xlsx'],
    files: 'attached',
    rights: 'recipient',
    recipients: PEOPLE.map((user) => ({ kind: 'user', user })),
    subject: '{{report}}',
    body: '{{recipient}}',
    conditions: [],
    owner: 'manager',
    deputy: null,
    deadlineMinutes: 1_440,
    enabled: true,
  })) as { id: string }
  schedules.push(id)
}

/** Makes the next instant of some schedules now; one that is not planned yet keeps its own. */
async function makeDue(count: number, round: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const { rows } = await database.query<{ id: string; next_at: Date }>(
      `UPDATE delivery_schedule SET next_at = date_trunc('milliseconds', now())
       WHERE id = $1 AND next_at > now() RETURNING id, next_at`,
      [schedules[(round + index) % schedules.length]],
    )
    for (const { id, next_at } of rows) due.add(`${id} ${next_at.toISOString()}`)
  }
}

beforeAll(async () => {
  chmodSync(dataDir, 0o755)
  stores = await openStores({ dataDir, metadataUrl: null, warehouseUrl: null })
  box = await startSlowMailbox()
  port = await freePort()
  await startServer()
  database = new pg.Client({ connectionString: stores.metadataUrl })
  await database.connect()
  ask = await signIn({ url: `http://127.0.0.1:${port}`, password: PASSWORD })
  await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL')
  const host = { host: '127.0.0.1', port: box.port, tls: 'none', user: null, password: null, mostAttachedMb: 10 }
  const sender = { from: 'report@suz.example', fromName: 'Gemba', publicUrl: 'http://gemba.example' }
  await send('PUT', '/api/settings/mail', { ...host, ...sender })
  await publishReport()
  for (let number = 0; number < SCHEDULES; number += 1) await saveSchedule(number)
})
afterAll(async () => {
  if (server?.exitCode === null) server.kill('SIGKILL')
  await database?.end()
  await stores?.close()
  await box?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

interface OutboxRow {
  run: string
  schedule: string
  planned_at: Date
  recipient: string
  address: string
  message_id: string
  state: string
  was_unknown: boolean
}
const outbox = async (): Promise<OutboxRow[]> =>
  (
    await database.query<OutboxRow>(
      `SELECT c.run, r.schedule, r.planned_at, c.recipient, c.address, c.message_id, c.state, c.was_unknown
       FROM delivery_receipt c JOIN delivery_run r ON r.id = c.run WHERE r.trigger = 'clock'`,
    )
  ).rows

/** Waits are cut short, and what was given up is sent off again, as its owner would after the notice. */
async function settled(): Promise<void> {
  await until(
    'every run is over and accepted',
    async () => {
      await database.query('UPDATE delivery_run SET next_try_at = now() WHERE finished_at IS NULL')
      await database.query("UPDATE delivery_receipt SET next_try_at = now() WHERE state IN ('pending', 'unknown')")
      const { rows } = await database.query<{ id: string; state: string; finished_at: Date | null }>(
        "SELECT id, state, finished_at FROM delivery_run WHERE trigger = 'clock'",
      )
      for (const { id } of rows.filter(({ state }) => state === 'failed'))
        await send('POST', `/api/delivery-runs/${id}/retry`)
      return rows.length === due.size && rows.every(({ state }) => state === 'accepted')
    },
    300_000,
  )
}

describe(`${KILLS} kills while schedules render and mail`, () => {
  it('lose no letter, and repeat one only with its own Message-ID and a mark', async () => {
    for (let round = 0; round < KILLS; round += 1) {
      await makeDue(2, round)
      // Every other kill comes when the mail server has a whole letter and has not answered: the worst moment.
      if (round % 2 === 0) await box.holdsOne(PATIENCE_MS)
      else await new Promise((resolve) => setTimeout(resolve, Math.random() * 2_500))
      await kill()
      box.letGo()
      await startServer()
    }
    await settled()

    const letters = await outbox()
    // No instant without its run, no recipient twice in a run.
    expect(new Set(letters.map(({ schedule, planned_at }) => `${schedule} ${planned_at.toISOString()}`))).toEqual(due)
    expect(letters).toHaveLength(due.size * PEOPLE.length)
    expect(new Set(letters.map(({ run, recipient }) => `${run} ${recipient}`)).size).toBe(letters.length)
    expect(new Set(letters.map(({ message_id }) => message_id)).size).toBe(letters.length)

    const taken = Map.groupBy(box.mails, ({ messageId }) => messageId)
    const lost = letters.filter(({ message_id, address }) => !taken.get(message_id)?.every(({ to }) => to === address))
    expect(lost).toEqual([])
    expect([...taken.keys()].sort()).toEqual(letters.map(({ message_id }) => message_id).sort())
    const doubled = [...taken.values()].filter((copies) => copies.length > 1)
    const unmarked = doubled.filter(([, ...again]) => !again.every(({ isRepeated }) => isRepeated))
    expect(unmarked).toEqual([])
    // Each copy shows the same: the files of the run were kept, not made anew of other data.
    for (const copies of doubled) expect(new Set(copies.map(({ files }) => files)).size).toBe(1)
    // The kills at the worst moment must have left letters that nobody knew of, else this test proves nothing.
    expect(doubled.length).toBeGreaterThan(0)
    const known = new Map(letters.map((letter) => [letter.message_id, letter.was_unknown]))
    expect(doubled.filter(([first]) => first && !known.get(first.messageId))).toEqual([])
    console.log({
      kills: KILLS,
      runs: due.size,
      letters: letters.length,
      taken: box.mails.length,
      doubled: doubled.length,
    })
  }, 1_800_000)
})
