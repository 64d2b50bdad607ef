/** Real: the whole server, PostgreSQL, the warehouse, an SMTP server. Reports are those of the fixture, under real rights. */
import { type DeliveryRunDetail, deliveryRunsAnswer } from '@gemba/contracts/delivery'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { UNITS, rightsPlant } from '../datasets/rights-plant-fixture.ts'
import { type Mailbox, startMailbox } from '../mail/smtp-fixture.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { type FixtureReports, detailOf, saved, scheduleOf, useFixtureReports } from './delivery-fixture.ts'
import { type Ask, watchOnce } from './watchdog/watch.ts'

let server: RunningApplication
let box: Mailbox
let reports: FixtureReports
let database: DataSource
let admin: string
const SUZ = 'suz-analyst'
const BRQ = 'brq-analyst'
/** Sees reports and no schedules. */
const CHIEF = 'suz-chief'
const PATIENCE = { timeout: 60_000, interval: 100 }

/** An account with a mailbox that sees one site only. */
async function person(id: string, site: string | null, role = 'analyst'): Promise<void> {
  await database.query(
    `INSERT INTO user_account (id, name_zh, name_en, roles, active, password_hash)
     SELECT $1, $1, $1, $2, true, password_hash FROM user_account WHERE id = 'admin'`,
    [id, [role]],
  )
  const scope = { equipment: site === null ? null : [site], departments: null, suppliers: null, customers: null }
  await database.query('INSERT INTO access_profile (id, document) VALUES ($1, $2)', [
    id,
    JSON.stringify({ user: id, scope, attributes: {} }),
  ])
  await database.query("INSERT INTO mail_address VALUES ($1, $2, 'test')", [id, `${id}@suz.example`])
}

async function setMail(): Promise<void> {
  const json = {
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
  expect((await server.call('PUT', '/api/settings/mail', { cookie: admin, json })).status).toBe(200)
}

/** Makes the next instant of a schedule now, as if the clock had come there; gives the run. */
async function dueNow(schedule: string): Promise<string> {
  await database.query('UPDATE delivery_schedule SET next_at = now() WHERE id = $1', [schedule])
  return vi.waitFor(async () => {
    const [run] = await database.query<{ id: string }[]>(
      "SELECT id FROM delivery_run WHERE schedule = $1 AND trigger = 'clock' ORDER BY planned_at DESC LIMIT 1",
      [schedule],
    )
    if (!run) throw new Error('not planned yet')
    return run.id
  }, PATIENCE)
}

const over = (run: string): Promise<DeliveryRunDetail> =>
  vi.waitFor(async () => {
    const detail = await detailOf(server, admin, run)
    if (detail.finishedAt === null) throw new Error(`${detail.state}`)
    return detail
  }, PATIENCE)

const mailsTo = (address: string) =>
  box.mails.filter((mail) => mail.to && 'value' in mail.to && mail.to.value.some((to) => to.address === address))
const ask: Ask = (statement, values = []) => database.query(statement, values)
const watch = () => watchOnce({ ask, server: () => server.app.get(MailSettingsService).server() })

beforeAll(async () => {
  server = await startApplication(rightsPlant())
  box = await startMailbox()
  reports = useFixtureReports(server.app, UNITS)
  database = server.app.get(DataSource)
  // The demo brings a delivery of its own; here every letter is one of the test.
  await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL')
  await person(SUZ, 'SUZ')
  await person(BRQ, 'BRQ')
  await person('leaver', 'SUZ')
  await person(CHIEF, 'SUZ', 'executive')
  await database.query('UPDATE access_version SET version = version + 1')
  await server.app.get(RightsService).reload()
  admin = await server.signIn('admin')
  await setMail()
})
afterAll(async () => {
  await server.stop()
  await box.stop()
})
beforeEach(async () => {
  await database.query('UPDATE delivery_notice SET told_at = now() WHERE told_at IS NULL')
  box.behave = () => 'take'
  box.mails.length = 0
  box.tries.clear()
  reports.before = () => Promise.resolve(undefined)
})

describe('a delivery', () => {
  it('gives recipients with other rights other rows, and renders once for each set of rights', async () => {
    const schedule = await saved(server, admin, {
      recipients: [
        { kind: 'user', user: SUZ },
        { kind: 'user', user: BRQ },
        { kind: 'user', user: 'leaver' },
      ],
    })
    reports.asked.length = 0
    const detail = await over(await dueNow(schedule.id))
    expect(detail).toMatchObject({ state: 'accepted', recipients: 3, accepted: 3, failed: 0, parts: 2 })
    expect(reports.asked).toHaveLength(2)
    const shown = (user: string) => mailsTo(`${user}@suz.example`)[0]?.attachments[0]?.content.toString('utf8')
    expect(shown(SUZ)).toContain('SUZ/MOLD/IM/IM01')
    expect(shown(SUZ)).not.toContain('BRQ')
    expect(shown(BRQ)).toContain('BRQ/PRESS')
    expect(shown(BRQ)).not.toContain('SUZ')
    expect(shown('leaver')).toBe(shown(SUZ))
    const hash = (user: string) => detail.receipts.find(({ recipient }) => recipient === user)?.hash
    expect(hash(SUZ)).toBe(hash('leaver'))
    expect(hash(SUZ)).not.toBe(hash(BRQ))
    expect(detail.steps.map(({ kind }) => kind)).toEqual(['triggered', 'rendering', 'rendered', 'sent', 'accepted'])
    expect(mailsTo(`${SUZ}@suz.example`)[0]?.text).toContain('覆盖率 99.9 %')
  })

  it('gives a leaver nothing, also when the account is closed between render and letter', async () => {
    const schedule = await saved(server, admin, {
      recipients: [
        { kind: 'user', user: 'leaver' },
        { kind: 'user', user: 'never-was' },
      ],
    })
    reports.before = async ({ principal }) => {
      if (principal.user === 'leaver')
        await database.query("UPDATE user_account SET active = false WHERE id = 'leaver'")
      return undefined
    }
    const detail = await over(await dueNow(schedule.id))
    expect(detail.state).toBe('failed')
    expect(detail.receipts.map(({ state, reason }) => [state, reason])).toEqual([
      ['skipped', 'account-gone'],
      ['skipped', 'account-gone'],
    ])
    expect(box.mails).toHaveLength(0)
    await database.query("UPDATE user_account SET active = true WHERE id = 'leaver'")
  })

  it('shows a shared snapshot to all, outsiders only when they are confirmed, and only by who may share', async () => {
    const outsider = { kind: 'external', address: 'buyer@customer.example', name: '采购', confirmed: true } as const
    const refused = await server.call('POST', '/api/delivery-schedules', {
      cookie: admin,
      json: scheduleOf({ recipients: [outsider] }),
    })
    expect(refused.problem().code).toBe('INPUT_INVALID')
    const unconfirmed = { ...scheduleOf({ rights: 'snapshot' }), recipients: [{ ...outsider, confirmed: false }] }
    expect(
      (await server.call('POST', '/api/delivery-schedules', { cookie: admin, json: unconfirmed })).problem().code,
    ).toBe('INPUT_INVALID')
    const analyst = await server.signIn(SUZ)
    const byAnalyst = await server.call('POST', '/api/delivery-schedules', {
      cookie: analyst,
      json: scheduleOf({ rights: 'snapshot', recipients: [outsider] }),
    })
    expect(byAnalyst.problem().code).toBe('NO_ACCESS')
    const schedule = await saved(server, admin, {
      rights: 'snapshot',
      recipients: [outsider, { kind: 'user', user: BRQ }],
    })
    const detail = await over(await dueNow(schedule.id))
    expect(detail).toMatchObject({ state: 'accepted', accepted: 2, parts: 1 })
    expect(new Set(detail.receipts.map(({ hash }) => hash)).size).toBe(1)
  })

  it('is seen only by those who see its site', async () => {
    const schedule = await saved(server, admin, { name: '苏州专用' })
    const other = await server.signIn(BRQ)
    expect((await server.call('GET', '/api/delivery-schedules', { cookie: other })).text).not.toContain('苏州专用')
    expect(
      (await server.call('POST', `/api/delivery-schedules/${schedule.id}/test`, { cookie: other })).problem().code,
    ).toBe('DELIVERY_UNKNOWN')
  })

  it('is seen by its recipient as far as it went there, and by nobody else who sees no schedules', async () => {
    box.behave = (address, times) => (address.startsWith(BRQ) ? (times === 0 ? 'busy' : 'refuse') : 'take')
    const users = [CHIEF, SUZ, BRQ].map((user) => ({ kind: 'user' as const, user }))
    const run = await dueNow((await saved(server, admin, { recipients: users })).id)
    const without = await dueNow((await saved(server, admin, { recipients: users.slice(1) })).id)
    expect(await over(run)).toMatchObject({ state: 'failed', accepted: 2, failed: 1 })
    await over(without)
    const cookie = await server.signIn(CHIEF)
    const range = `from=${new Date(Date.now() - 86_400_000).toISOString()}&to=${new Date(Date.now() + 60_000).toISOString()}`
    const { runs } = deliveryRunsAnswer.parse(
      (await server.call('GET', `/api/delivery-runs?${range}`, { cookie })).json(),
    )
    // The letters of others are no matter of this reader: neither that one failed nor how it went.
    const own = { id: run, recipients: 1, accepted: 1, failed: 0, parts: 1, state: 'accepted', reason: null }
    expect(runs).toMatchObject([own])
    const detail = await detailOf(server, cookie, run)
    expect(detail).toMatchObject({ ...own, seenAs: 'recipient', mayEdit: false })
    expect(detail.steps.filter(({ evidence }) => Object.keys(evidence).length > 0)).toEqual([])
    const kinds = detail.steps.map(({ kind }) => kind)
    for (const kind of ['retry', 'failed', 'notice'] as const) expect(kinds).not.toContain(kind)
    expect(detail.receipts).toMatchObject([{ recipient: CHIEF, state: 'accepted', rows: expect.any(Number) as number }])
    expect(JSON.stringify(detail)).not.toContain(BRQ)
    const read = await server.call('GET', `/api/delivery-runs/${without}`, { cookie })
    expect(read.problem().code).toBe('DELIVERY_UNKNOWN')
    for (const act of ['retry', 'send-to-me'])
      expect((await server.call('POST', `/api/delivery-runs/${run}/${act}`, { cookie })).problem().code).toBe(
        'NO_ACCESS',
      )
    expect((await server.call('GET', '/api/delivery-schedules', { cookie })).problem().code).toBe('NO_ACCESS')
  })

  it('goes as a test through all stages to the caller alone, under the own rights', async () => {
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: BRQ }] })
    const cookie = await server.signIn(SUZ)
    const answer = await server.call('POST', `/api/delivery-schedules/${schedule.id}/test`, { cookie })
    expect(answer.status).toBe(202)
    const detail = await over((answer.json() as { id: string }).id)
    expect(detail.receipts.map(({ recipient, state }) => [recipient, state])).toEqual([[SUZ, 'accepted']])
    expect(box.mails[0]?.subject).toMatch(/^\[测试\] /)
    expect(box.mails[0]?.attachments[0]?.content.toString()).not.toContain('BRQ')
  })

  it('sends links instead of files when asked to; they open for their recipient alone, and not for a leaver', async () => {
    const schedule = await saved(server, admin, { files: 'linked', recipients: [{ kind: 'user', user: 'leaver' }] })
    const run = await dueNow(schedule.id)
    await over(run)
    const token = /\/deliveries\?file=([\w-]{43})/.exec(box.mails[0]?.text ?? '')?.[1] ?? ''
    const path = `/api/delivery-files/${token}`
    expect(box.mails[0]?.attachments).toEqual([])
    expect((await server.call('GET', path)).problem().code).toBe('NOT_SIGNED_IN')
    expect((await server.call('GET', `/api/delivery-files/open/${token}`)).problem().code).toBe('DELIVERY_UNKNOWN')
    const other = await server.signIn(BRQ)
    expect((await server.call('GET', path, { cookie: other })).problem().code).toBe('DELIVERY_UNKNOWN')
    const cookie = await server.signIn('leaver')
    const file = await server.call('GET', path, { cookie })
    expect([file.status, file.text.includes('SUZ/MOLD')]).toEqual([200, true])
    expect((await detailOf(server, admin, run)).receipts[0]?.openedAt).not.toBeNull()
    await database.query("UPDATE user_account SET active = false WHERE id = 'leaver'")
    expect((await server.call('GET', path, { cookie })).status).toBeGreaterThanOrEqual(401)
    await database.query("UPDATE user_account SET active = true WHERE id = 'leaver'")
  })

  it('gives an outsider a link that needs no account and expires', async () => {
    const outsider = { kind: 'external', address: 'buyer@customer.example', name: '采购', confirmed: true } as const
    const schedule = await saved(server, admin, { files: 'linked', rights: 'snapshot', recipients: [outsider] })
    await over(await dueNow(schedule.id))
    const path = /\/api\/delivery-files\/open\/[\w-]{43}/.exec(box.mails[0]?.text ?? '')?.[0] ?? ''
    expect((await server.call('GET', path)).status).toBe(200)
    await database.query('UPDATE delivery_link SET expires_at = now()')
    expect((await server.call('GET', path)).problem().code).toBe('DELIVERY_UNKNOWN')
  })
})

describe('a mail server', () => {
  it('that is busy gets the same letter again until it takes it', async () => {
    box.behave = (_address, times) => (times < 2 ? 'busy' : 'take')
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    const detail = await over(await dueNow(schedule.id))
    expect(detail).toMatchObject({ state: 'accepted' })
    expect(detail.receipts[0]?.attempts).toBe(3)
    expect(box.mails.map(({ messageId }) => messageId)).toEqual([detail.receipts[0]?.messageId])
  })

  it('that refuses for good is not asked again; owner and deputy are told, and the others got theirs', async () => {
    box.behave = (address) => (address.startsWith(SUZ) ? 'refuse' : 'take')
    const schedule = await saved(server, admin, {
      recipients: [
        { kind: 'user', user: SUZ },
        { kind: 'user', user: BRQ },
      ],
    })
    const run = await dueNow(schedule.id)
    const detail = await over(run)
    expect(detail).toMatchObject({ state: 'failed', accepted: 1, failed: 1, reason: 'refused-by-server' })
    expect(detail.receipts.find(({ recipient }) => recipient === SUZ)).toMatchObject({
      state: 'refused',
      attempts: 1,
      response: expect.stringContaining('550'),
    })
    await watch()
    expect(mailsTo('manager@suz.example')[0]?.subject).toContain('投递失败')
    expect(mailsTo('analyst@suz.example')).toHaveLength(1)
    await watch()
    expect(mailsTo('manager@suz.example')).toHaveLength(1)
    expect((await detailOf(server, admin, run)).steps.at(-1)?.kind).toBe('notice')
    box.behave = () => 'take'
    expect((await server.call('POST', `/api/delivery-runs/${run}/retry`, { cookie: admin })).status).toBe(202)
    expect(await over(run)).toMatchObject({ state: 'accepted', accepted: 2 })
    expect(mailsTo(`${BRQ}@suz.example`)).toHaveLength(1)
  })

  it('that dies after the last byte gets it once more with the same Message-ID, and the run says so', async () => {
    box.behave = (_address, times) => (times === 0 ? 'take-and-hang-up' : 'take')
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    const detail = await over(await dueNow(schedule.id))
    expect(detail.state).toBe('accepted')
    expect(new Set(box.mails.map(({ messageId }) => messageId)).size).toBe(1)
    expect(box.mails.map(({ headers }) => headers.has('x-gemba-repeated'))).toEqual([false, true])
    expect(detail.steps.some(({ kind, reason }) => kind === 'retry' && reason === 'acceptance-unknown')).toBe(true)
  })

  it('that dies so each time ends in a named failure, after two letters at most', async () => {
    box.behave = () => 'take-and-hang-up'
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    const detail = await over(await dueNow(schedule.id))
    expect(detail).toMatchObject({ state: 'failed', reason: 'acceptance-unknown' })
    expect(box.mails).toHaveLength(2)
  })

  it('that is away fails the delivery by name after the last try', async () => {
    await database.query(`UPDATE setting SET value = jsonb_set(value, '{port}', '1') WHERE key = 'mail'`)
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    const detail = await over(await dueNow(schedule.id))
    expect(detail).toMatchObject({ state: 'failed', reason: 'server-away' })
    expect(detail.receipts[0]?.attempts).toBe(4)
    await setMail()
  })
})

describe('conditions', () => {
  it('skip a delivery whose rows or values do not call for it, and say which number decided', async () => {
    const conditions = [{ kind: 'value', dataset: 'units', column: 'scrap', is: '>', than: 20 }] as const
    const schedule = await saved(server, admin, {
      conditions: [...conditions],
      recipients: [
        { kind: 'user', user: SUZ },
        { kind: 'user', user: BRQ },
      ],
    })
    const detail = await over(await dueNow(schedule.id))
    // Suzhou has three machines, so 30; Brno two, so 20.
    expect(detail.receipts.map(({ recipient, state }) => [recipient, state])).toEqual([
      [BRQ, 'skipped'],
      [SUZ, 'accepted'],
    ])
    expect(detail.receipts[0]?.response).toContain('"found":20')
    expect(detail.state).toBe('accepted')
    const none = await saved(server, admin, {
      conditions: [{ kind: 'rows', dataset: null, is: '>', than: 99 }],
      recipients: [{ kind: 'user', user: SUZ }],
    })
    expect(await over(await dueNow(none.id))).toMatchObject({ state: 'skipped', reason: 'condition-not-met' })
  })

  it('hold a delivery whose source is too old, tell the owner, and let it go when the data are there', async () => {
    const schedule = await saved(server, admin, {
      conditions: [{ kind: 'freshness', source: 'erp-suz', maxAgeMinutes: 30 }],
      recipients: [{ kind: 'user', user: SUZ }],
    })
    const run = await dueNow(schedule.id)
    await vi.waitFor(async () => expect((await detailOf(server, admin, run)).state).toBe('held'), PATIENCE)
    await watch()
    expect(mailsTo('manager@suz.example')[0]?.subject).toContain('投递已扣留')
    expect(mailsTo(`${SUZ}@suz.example`)).toHaveLength(0)
    const { SourcesService } = await import('../sources/sources.service.ts')
    const lastDataAt = vi
      .spyOn(server.app.get(SourcesService), 'lastDataAt')
      .mockImplementation(() => Date.now() - 60_000)
    expect(await over(run)).toMatchObject({ state: 'accepted' })
    lastDataAt.mockRestore()
  })
})

describe('a kill', () => {
  it('of who renders is taken over when the lease has run out, and ends in one letter', async () => {
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    let release: (() => void) | undefined
    let times = 0
    reports.before = async () => {
      times += 1
      // The first render never comes back in time, as if its process were gone.
      if (times === 1) await new Promise<void>((resolve) => (release = resolve))
      return undefined
    }
    const run = await dueNow(schedule.id)
    await vi.waitFor(() => expect(times).toBe(1), PATIENCE)
    await database.query(
      "UPDATE delivery_run SET lease = gen_random_uuid(), lease_until = now() - interval '1 second' WHERE id = $1",
      [run],
    )
    const { RunWorker } = await import('./run-worker.service.ts')
    expect(await server.app.get(RunWorker).workOnOne()).toBe(true)
    const detail = await over(run)
    release?.()
    expect(detail.steps.map(({ kind }) => kind)).toContain('taken-over')
    expect(detail.state).toBe('accepted')
    expect(mailsTo(`${SUZ}@suz.example`)).toHaveLength(1)
  })

  it('again and again ends in a named failure', async () => {
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    await database.query(
      `INSERT INTO delivery_run (id, schedule, document, saved_by, trigger, planned_at, production_date, deadline_at, state, attempts, lease, lease_until)
       SELECT gen_random_uuid(), id, document, saved_by, 'clock', now(), current_date, now() + interval '1 hour', 'rendering', 4, gen_random_uuid(), now() - interval '1 s'
       FROM delivery_schedule WHERE id = $1`,
      [schedule.id],
    )
    const [run] = await database.query<{ id: string }[]>('SELECT id FROM delivery_run WHERE schedule = $1', [
      schedule.id,
    ])
    expect(await over(run?.id ?? '')).toMatchObject({ state: 'failed', reason: 'interrupted' })
  })

  it('of who sends makes the letter unknown; it goes once more with the same Message-ID', async () => {
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    const run = await dueNow(schedule.id)
    await over(run)
    await database.query(
      "UPDATE delivery_receipt SET state = 'sending', lease = gen_random_uuid(), lease_until = now() - interval '1 s' WHERE run = $1",
      [run],
    )
    await database.query("UPDATE delivery_run SET state = 'rendered', finished_at = NULL WHERE id = $1", [run])
    const detail = await over(run)
    expect(detail.state).toBe('accepted')
    expect(box.mails).toHaveLength(2)
    expect(new Set(box.mails.map(({ messageId }) => messageId)).size).toBe(1)
    expect(box.mails[1]?.headers.has('x-gemba-repeated')).toBe(true)
  })

  it('of the scheduler is noticed by the watchdog alone', async () => {
    const schedule = await saved(server, admin, { name: '晨报' })
    // A schedule whose site is gone is never planned: to the watchdog that is the same as a dead clock.
    await database.query(
      `UPDATE delivery_schedule SET next_at = now() - interval '20 minutes', document = jsonb_set(document, '{site}', '"GONE"') WHERE id = $1`,
      [schedule.id],
    )
    await watch()
    expect(mailsTo('manager@suz.example').map(({ subject }) => subject)).toEqual([
      expect.stringContaining('投递超时 · 晨报'),
    ])
    await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL WHERE id = $1', [schedule.id])
  })

  it('of the whole server over several instants makes up for the newest only', async () => {
    const schedule = await saved(server, admin, { recipients: [{ kind: 'user', user: SUZ }] })
    await database.query("UPDATE delivery_schedule SET next_at = next_at - interval '3 days' WHERE id = $1", [
      schedule.id,
    ])
    const runs = await vi.waitFor(async () => {
      const rows = await database.query<{ id: string; state: string; reason: string | null }[]>(
        'SELECT id, state, reason FROM delivery_run WHERE schedule = $1 ORDER BY planned_at',
        [schedule.id],
      )
      if (rows.length < 3) throw new Error('not planned yet')
      return rows
    }, PATIENCE)
    expect(runs.slice(0, -1).every(({ reason }) => reason === 'missed-while-off')).toBe(true)
    expect((await over(runs.at(-1)?.id ?? '')).state).toBe('accepted')
    expect(mailsTo(`${SUZ}@suz.example`)).toHaveLength(1)
  })
})

describe('a schedule', () => {
  it('is refused with unknown placeholders, a wrong timing, or too often', async () => {
    const codeOf = async (more: object) =>
      (
        await server.call('POST', '/api/delivery-schedules', { cookie: admin, json: { ...scheduleOf(), ...more } })
      ).problem().code
    expect(await codeOf({ body: '{{secret}}' })).toBe('DELIVERY_TEXT_INVALID')
    expect(await codeOf({ timing: { kind: 'clock', cron: '99 7 * * *', calendar: 'every-day' } })).toBe(
      'DELIVERY_TIMING_INVALID',
    )
    expect(await codeOf({ timing: { kind: 'clock', cron: '* * * * *', calendar: 'every-day' } })).toBe(
      'DELIVERY_TIMING_INVALID',
    )
    expect(await codeOf({ owner: 'nobody' })).toBe('DELIVERY_TIMING_INVALID')
    expect(await codeOf({ subject: 'a\r\nBcc: b' })).toBe('INPUT_INVALID')
    expect(await codeOf({ site: 'NOWHERE' })).toBe('SITE_UNKNOWN')
  })

  it('is changed by one at a time', async () => {
    const { id, revision } = await saved(server, admin)
    const change = () =>
      server.call('PUT', `/api/delivery-schedules/${id}`, {
        cookie: admin,
        json: { revision, schedule: scheduleOf({ enabled: false }) },
      })
    expect((await change()).status).toBe(200)
    expect((await change()).problem().code).toBe('RECORD_CHANGED')
  })

  it('cannot be made by who only looks', async () => {
    const cookie = await server.signIn('executive')
    expect((await server.call('POST', '/api/delivery-schedules', { cookie, json: scheduleOf() })).problem().code).toBe(
      'NO_ACCESS',
    )
  })
})

it('keeps the password of a mail server from another host', async () => {
  const base = {
    host: '127.0.0.1',
    port: box.port,
    tls: 'none',
    user: 'u',
    from: 'report@suz.example',
    fromName: 'Gemba',
    publicUrl: server.url,
    mostAttachedMb: 10,
  }
  const put = async (json: object) =>
    (await server.call('PUT', '/api/settings/mail', { cookie: admin, json })).json() as { hasPassword: boolean }
  expect((await put({ ...base, password: 'secret' })).hasPassword).toBe(true)
  expect((await put(base)).hasPassword).toBe(true)
  expect((await put({ ...base, host: 'localhost' })).hasPassword).toBe(false)
  const [row] = await database.query<{ value: object }[]>("SELECT value FROM setting WHERE key = 'mail'")
  expect(JSON.stringify(row)).not.toContain('secret')
})
