/** Real: the whole server with its stores, report threads and an SMTP server. Figures change after letters were sent. */
import { createHash } from 'node:crypto'
import type { DeliveryRunDetail } from '@gemba/contracts/delivery'
import { deliveryRunsAnswer } from '@gemba/contracts/delivery'
import { runChanges } from '@gemba/contracts/run-changes'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { FigureHistories } from '../kpi/figure-history.service.ts'
import { type Mailbox, startMailbox } from '../mail/smtp-fixture.ts'
import { listOf, person, publish } from '../reports/reports-fixture.ts'
import { Corrections } from './corrections.service.ts'
import { DELIVERY_PACE, type DeliveryPace } from './delivery-pace.ts'
import { detailOf, saved, scheduleOf } from './delivery-fixture.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const FROM = Math.floor((Date.now() - 2 * DAY) / DAY) * DAY
const PATIENCE = { timeout: 90_000, interval: 50 }
/** Readers with the same rights; the run is made for the first of them. */
const READERS = ['li', 'wang', 'zhou'] as const

let server: RunningApplication
let box: Mailbox
let database: DataSource
let admin: string
let sent = 0
let version = 0
const cookies = new Map<string, string>()

/** A stop of that many minutes, as somebody wrote it down; again with another length = corrected. */
async function enterStop(minutes: number): Promise<void> {
  version += 1
  const line = {
    ...{ k: 'record', source: 'mes', key: 'E-1', version: String(version), at: FROM + version, type: 'stop-entry' },
    data: {
      ...{ equipment: UNIT, fromAt: FROM + 60 * MINUTE, toAt: FROM + (60 + minutes) * MINUTE },
      ...{ reason: 'F-TOOL', priority: 1, timeCertainty: 'exact' },
    },
  }
  const body = `${JSON.stringify(line)}\n`
  sent += 1
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0000000000000010',
      'x-gemba-stream': 'mes',
      'x-gemba-first': String(sent),
      'x-gemba-last': String(sent),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200 || answer.text.includes('rejected')) throw new Error(answer.text)
}

/** Sends a schedule now, and waits until its letters are taken, or one of them is not. */
async function delivered(
  more: Parameters<typeof saved>[2] = {},
  end: DeliveryRunDetail['state'] = 'accepted',
): Promise<DeliveryRunDetail> {
  const recipients = READERS.map((user) => ({ kind: 'user' as const, user }))
  const { id } = await saved(server, admin, { report: 'stops', params: {}, recipients, ...more })
  await database.query('UPDATE delivery_schedule SET next_at = now() WHERE id = $1', [id])
  return vi.waitFor(async () => {
    const [run] = await database.query<{ id: string }[]>('SELECT id FROM delivery_run WHERE schedule = $1', [id])
    const detail = await detailOf(server, admin, run?.id ?? '')
    expect(detail.state).toBe(end)
    return detail
  }, PATIENCE)
}

const see = (user: string, run: string) => detailOf(server, cookies.get(user) ?? admin, run)
const correctionsOf = async ({ schedule }: DeliveryRunDetail): Promise<{ id: string; state: string }[]> =>
  database.query(
    `SELECT id, state FROM delivery_run WHERE schedule = $1 AND trigger = 'correction' ORDER BY planned_at`,
    [schedule],
  )
/** As often as the clock would come along, and once more than there is to do. */
async function look(): Promise<void> {
  const corrections = server.app.get(Corrections)
  await database.query("UPDATE delivery_part SET look_at = now() - interval '1 second'")
  while (await corrections.lookAtOne());
}
const settled = (run: DeliveryRunDetail, count: number) =>
  vi.waitFor(async () => {
    const runs = await correctionsOf(run)
    expect(runs).toHaveLength(count)
    for (const { state } of runs) expect(['accepted', 'skipped', 'failed']).toContain(state)
    return runs
  }, PATIENCE)
/** Who got letters whose subject says so, one by one. */
const addressees = (subject = '') =>
  box.mails
    .filter((mail) => mail.subject?.includes(subject))
    .flatMap(({ to }) => (to && 'value' in to ? to.value.map(({ address }) => address) : []))
    .sort()

beforeAll(async () => {
  server = await startApplication()
  box = await startMailbox()
  database = server.app.get(DataSource)
  await database.query('UPDATE delivery_schedule SET enabled = false, next_at = NULL')
  server.app.get(FigureHistories).publishedAfterMs = 0
  // The test says when to look.
  Object.assign(server.app.get<DeliveryPace>(DELIVERY_PACE), { lookAfterMs: 3_600_000 })
  admin = await server.signIn('admin')
  for (const user of [...READERS, 'stranger']) {
    cookies.set(user, await person(server, { user, role: 'executive', places: ['SUZ'] }))
    await database.query("INSERT INTO mail_address VALUES ($1, $2, 'test')", [user, `${user}@suz.example`])
  }
  const json = {
    ...{ host: '127.0.0.1', port: box.port, tls: 'none', user: null, password: null, from: 'report@suz.example' },
    ...{ fromName: 'Gemba', publicUrl: server.url, mostAttachedMb: 10 },
  }
  expect((await server.call('PUT', '/api/settings/mail', { cookie: admin, json })).status).toBe(200)
  const day = new Date(FROM).toISOString().slice(0, 10)
  const options = { equipment: UNIT, from: day, to: day }
  const datasets = { k: { kind: 'kpi', figure: 'entered-stop-time', options } }
  await publish(server, { cookie: admin }, ['stops', { datasets, cells: listOf('k', ['equipment', 'value']) }])
  await enterStop(10)
}, 300_000)
afterAll(async () => {
  await server?.stop()
  await box?.stop()
})

describe('a report that was sent', () => {
  let first: DeliveryRunDetail
  const asSent = async (user: string) => {
    const own = (await see(user, first.id)).receipts.find(({ recipient }) => recipient === user)
    return own?.reportRun ?? ''
  }
  const pagesFor = (user: string, run: string) =>
    server.call('GET', `/api/report-runs/${run}/pages?from=1&to=1`, { cookie: cookies.get(user) ?? '' })

  it('opens as it was sent for each reader of the same rights, though it was made once', async () => {
    first = await delivered({ name: 'quiet' })
    expect(first).toMatchObject({ parts: 1, accepted: 3, corrections: [], correctedAt: null })
    const runs = await Promise.all(READERS.map(asSent))
    expect(runs[0]).not.toBe('')
    expect(new Set(runs).size).toBe(1)
    for (const user of READERS) {
      const pages = await pagesFor(user, runs[0] ?? '')
      expect([user, pages.status]).toEqual([user, 200])
      expect(pages.text).toContain('600000')
    }
  })

  it('stays closed to who has the same rights and did not get it, and to who looks through other eyes', async () => {
    const run = await asSent('li')
    expect((await pagesFor('stranger', run)).problem().code).toBe('REPORT_RUN_UNKNOWN')
    const admins = await server.call('GET', `/api/report-runs/${run}`, { cookie: admin })
    expect(admins.problem().code).toBe('REPORT_RUN_UNKNOWN')
    // The keeper of the schedule reads receipts, and opens no run by them.
    expect((await see('admin', first.id)).receipts.map(({ reportRun }) => reportRun)).toEqual([null, null, null])
  })

  it('is marked as corrected for who got it once a figure is another; nobody is written to unasked', async () => {
    box.mails.length = 0
    await enterStop(25)
    await look()
    for (const user of ['li', 'wang', 'admin']) {
      const [correction, ...more] = (await see(user, first.id)).corrections
      expect(more).toEqual([])
      expect(correction?.figures).toEqual([
        expect.objectContaining({ metric: 'entered-stop-time', before: 10 * MINUTE, now: 25 * MINUTE }),
      ])
    }
    const range = `from=${new Date(Date.now() - DAY).toISOString()}&to=${new Date(Date.now() + DAY).toISOString()}`
    const list = await server.call('GET', `/api/delivery-runs?${range}`, { cookie: cookies.get('wang') ?? '' })
    expect(deliveryRunsAnswer.parse(list.json()).runs.map(({ correctedAt }) => correctedAt !== null)).toEqual([true])
    const changes = await server.call('GET', `/api/report-runs/${await asSent('wang')}/changes`, {
      cookie: cookies.get('wang') ?? '',
    })
    expect(runChanges.parse(changes.json()).restated).toBe(true)
    expect(await correctionsOf(first)).toEqual([])
    expect(box.mails).toEqual([])
  })
})

describe('a schedule that asks to tell of corrections', () => {
  let told: DeliveryRunDetail

  it('writes to each recipient in the thread of the letter, once, however often is looked', async () => {
    told = await delivered({ name: 'told', tellCorrections: true, subject: '日报 {{production-day}}' })
    const letters = new Map(told.receipts.map(({ recipient, messageId }) => [`${recipient}@suz.example`, messageId]))
    box.mails.length = 0
    await enterStop(40)
    await Promise.all([look(), look()])
    const [run] = await settled(told, 1)
    await look()
    expect(await correctionsOf(told)).toHaveLength(1)
    expect(addressees()).toEqual(READERS.map((user) => `${user}@suz.example`).sort())
    for (const mail of box.mails) {
      const to = mail.to && 'value' in mail.to ? (mail.to.value[0]?.address ?? '') : ''
      expect(mail.inReplyTo).toBe(letters.get(to))
      expect(mail.references).toBe(letters.get(to))
      expect(mail.messageId).not.toBe(letters.get(to))
      expect(mail.subject).toBe(`更正：日报 ${told.productionDate}`)
      expect(mail.text).toContain('25.0')
      expect(mail.text).toContain('40.0')
      expect(mail.text).toContain(`/deliveries?run=${told.id}`)
      expect(mail.attachments).toEqual([])
    }
    expect(await see('li', run?.id ?? '')).toMatchObject({
      trigger: 'correction',
      corrects: told.id,
      state: 'accepted',
    })
  })

  it('tells each further correction, and that figures are again as they were sent', async () => {
    for (const [minutes, text] of [
      [55, '55.0'],
      [25, '又与发送时一致'],
    ] as const) {
      const before = await correctionsOf(told)
      box.mails.length = 0
      await enterStop(minutes)
      await look()
      await settled(told, before.length + 1)
      expect(addressees()).toHaveLength(3)
      for (const mail of box.mails.filter(({ subject }) => subject?.includes('日报'))) expect(mail.text).toContain(text)
    }
    expect((await see('li', told.id)).corrections).toEqual([])
  })

  describe('whose letter to one was accepted only after a correction was found', () => {
    const zhou = 'zhou@suz.example'
    /** Delivered to all but one, then to him: what he was sent since, in order. */
    const late = async (
      more: Parameters<typeof saved>[2],
      meanwhile: (run: DeliveryRunDetail) => Promise<void>,
    ): Promise<{ run: DeliveryRunDetail; letters: (typeof box.mails)[number][] }> => {
      await enterStop(25)
      box.behave = (address) => (address === zhou ? 'refuse' : 'take')
      const run = await delivered(more, 'failed').finally(() => (box.behave = () => 'take'))
      await meanwhile(run)
      box.mails.length = 0
      const answer = await server.call('POST', `/api/delivery-runs/${run.id}/retry`, { cookie: admin })
      expect(answer.status).toBe(202)
      await vi.waitFor(async () => expect((await see('admin', run.id)).state).toBe('accepted'), PATIENCE)
      await settled(run, (await correctionsOf(run)).length)
      await look()
      const mine = ({ subject, to }: (typeof box.mails)[number]): boolean =>
        subject?.includes(more?.name ?? '') === true && to !== undefined && 'text' in to && to.text.includes(zhou)
      return { run, letters: box.mails.filter(mine) }
    }
    const asking = (name: string) => ({ name, tellCorrections: true, subject: name })

    it('tells him too, once, in the thread of his letter', async () => {
      const { run, letters } = await late(asking('late-one'), async (sent) => {
        await enterStop(33)
        await look()
        await settled(sent, 1)
      })
      expect(letters.map(({ subject }) => subject)).toEqual(['late-one', '更正：late-one'])
      expect(letters[1]?.inReplyTo).toBe(letters[0]?.messageId)
      expect(letters[1]?.text).toContain('25.0')
      expect(letters[1]?.text).toContain('33.0')
      expect(await correctionsOf(run)).toHaveLength(2)
    }, 300_000)

    it('tells him nothing where figures are again as sent', async () => {
      const { letters } = await late(asking('late-back'), async (sent) => {
        for (const [at, minutes] of [33, 25].entries()) {
          await enterStop(minutes)
          await look()
          await settled(sent, at + 1)
        }
      })
      expect(letters.map(({ subject }) => subject)).toEqual(['late-back'])
    }, 300_000)

    it('tells him nothing where nobody asked to; the page shows it', async () => {
      const { run, letters } = await late({ ...asking('late-quiet'), tellCorrections: false }, async () => {
        await enterStop(33)
        await look()
      })
      expect(letters.map(({ subject }) => subject)).toEqual(['late-quiet'])
      expect((await see('zhou', run.id)).corrections).toHaveLength(1)
    }, 300_000)
  })

  it('tells who has other rights by now nothing, neither by letter nor on the page', async () => {
    const store = server.app.get(RightsStore)
    const by = (await server.app.get(RightsService).principalOf('admin')) as Principal
    await store.saveProfile(by, { user: 'wang', scope: { ...WHOLE, equipment: ['SUZ/NONE'] }, attributes: {} })
    box.mails.length = 0
    const before = await correctionsOf(told)
    await enterStop(70)
    await look()
    const run = (await settled(told, before.length + 1)).at(-1)
    expect(addressees('日报')).toEqual(['li@suz.example', 'zhou@suz.example'])
    // Nor of any other schedule that asks to tell.
    expect(addressees()).not.toContain('wang@suz.example')
    const own = await see('wang', told.id)
    expect(own.corrections).toEqual([])
    expect(own.receipts.map(({ reportRun, rows }) => [reportRun, rows])).toEqual([[null, null]])
    expect(JSON.stringify(await see('wang', run?.id ?? ''))).not.toContain('4200000')
    const seen = (await see('li', told.id)).receipts[0]?.reportRun ?? ''
    const refused = await server.call('GET', `/api/report-runs/${seen}`, { cookie: cookies.get('wang') ?? '' })
    expect(refused.problem().code).toBe('REPORT_RIGHTS_CHANGED')
  })

  it('is stored without the option as one that does not ask', async () => {
    const { tellCorrections: _left, ...older } = scheduleOf({ report: 'stops', params: {} })
    const answer = await server.call('POST', '/api/delivery-schedules', { cookie: admin, json: older })
    expect(answer.json()).toMatchObject({ schedule: { tellCorrections: false } })
  })
})
