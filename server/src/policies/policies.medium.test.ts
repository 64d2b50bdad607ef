/** Real: the whole server with its stores. What a new version of a policy changes, from when, and what it must not touch. */
import { auditPage } from '@gemba/contracts/audit'
import { kpiAnswer, oeeAnswerInFull } from '@gemba/contracts/kpi'
import { policiesAnswer, policyVersion } from '@gemba/contracts/policy'
import { restatementsAnswer } from '@gemba/contracts/restatement'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import {
  DAY,
  HOUR,
  aliveLine,
  dayStart,
  historyCatalog,
  lineOf,
  runningDay,
  send,
  settled,
  useCatalog,
} from '../kpi/history-fixture.ts'
import { WindowHistory } from '../kpi/window-history.service.ts'

let server: RunningApplication
let admin: string
let analyst: string

const iso = (at: number) => new Date(at).toISOString()
const day = (days: number) => ({ from: iso(dayStart(days)), to: iso(dayStart(days) + DAY) })
const get = (path: string, query: Record<string, string>, cookie = admin) =>
  server.call('GET', `${path}?${new URLSearchParams(query)}`, { cookie })
const figure = async (metric: string, query: Record<string, string>) => {
  const answer = await get(`/api/kpi/${metric}`, { equipment: UNIT, ...query })
  if (answer.status !== 200) throw new Error(answer.text)
  return metric === 'oee' ? oeeAnswerInFull.parse(answer.json()) : kpiAnswer.parse(answer.json())
}
const availability = async (query: Record<string, string>) => (await figure('availability', query)).total?.value
const change = (json: unknown, cookie = admin) => server.call('POST', '/api/policies', { cookie, json })
const policies = async (query: Record<string, string> = { site: 'SUZ' }) =>
  policiesAnswer.parse((await get('/api/policies', query)).json())
const applied = (id: number) =>
  vi.waitUntil(
    async () => {
      const all = (await policies()).policies.flatMap(({ versions }) => versions)
      return all.find((version) => version.id === id)?.appliedAt !== null
    },
    { timeout: 60_000, interval: 50 },
  )
const threshold = (days: number, value: number) => ({
  site: 'SUZ',
  policy: 'microStopThresholdMs',
  value,
  validFrom: iso(dayStart(days)),
  reason: 'agreed with production',
})

beforeAll(async () => {
  server = await startApplication()
  ;[admin, analyst] = [await server.signIn('admin'), await server.signIn('analyst')]
  await useCatalog(server, historyCatalog(1))
  for (const days of [3, 2, 1])
    await send(
      server,
      runningDay(days, { stopMinutes: 3 }).map((each) => lineOf(UNIT, each)),
    )
  await send(server, [aliveLine([UNIT])])
  await settled(server)
  // From here on every figure counts as read; before, a slow machine derives what is still arriving.
  server.app.get(WindowHistory).publishedAfterMs = 0
})
afterAll(() => server.stop())

describe('a policy', () => {
  it('has the recommended value at first, and says which figures it changes', async () => {
    const { policies: all, closedUntil } = await policies()
    expect(all.map(({ origin }) => origin)).toEqual(all.map(() => 'default'))
    const own = all.find(({ policy }) => policy === 'microStopThresholdMs')
    expect(own).toMatchObject({ value: 120_000, since: null, derived: true, versions: [] })
    expect(own?.metrics.map(({ id }) => id)).toContain('performance')
    expect(closedUntil).toBeNull()
  })

  it('is changed by administrators and quality only, with a reason, and a value it knows', async () => {
    expect((await change(threshold(2, 300_000), analyst)).problem().code).toBe('NO_ACCESS')
    for (const wrong of [
      { ...threshold(2, 300_000), reason: ' ' },
      threshold(2, -5),
      { ...threshold(2, 1), policy: 'waiting' },
      { ...threshold(2, 300_000), validFrom: '2026-03-01' },
    ])
      expect((await change(wrong)).problem().code).toBe('INPUT_INVALID')
    expect((await change({ ...threshold(2, 300_000), site: 'XXX' })).problem().code).toBe('SITE_UNKNOWN')
  })

  it('as a what-if changes the answer, is marked in it, and leaves nothing behind', async () => {
    const before = await figure('availability', day(3))
    const asked = await figure('availability', { ...day(3), whatIf: 'microStopThresholdMs:300000' })
    expect(asked.whatIf).toEqual({ policy: 'microStopThresholdMs', value: 300_000, inForce: [120_000] })
    expect(before.total?.value).toBeCloseTo(1 - 6 / 1440, 12)
    expect(asked.total?.value).toBe(1)
    expect(await figure('availability', day(3))).toEqual(before)
    const oee = await figure('oee', { ...day(3), whatIf: 'microStopThresholdMs:300000' })
    expect(oee).toMatchObject({ availability: 1, whatIf: { value: 300_000 } })
    expect(oee.total?.value).toBe((await figure('oee', { ...day(3), explain: '1' })).total?.value)
    const refused = async (whatIf: string) =>
      (await get('/api/kpi/oee', { equipment: UNIT, ...day(3), whatIf })).problem().code
    expect(await refused('microStopThresholdMs:soon')).toBe('INPUT_INVALID')
    expect(await refused('kitting:skip')).toBe('POLICY_WITHOUT_EFFECT')
    expect(await refused('threshold:3')).toBe('INPUT_INVALID')
  })

  it('changes exactly the windows from its date on; the rest stays, and each change is explained', async () => {
    const beforeAt = iso(Date.now())
    const oee = (await figure('oee', day(2))).total
    const version = policyVersion.parse((await change(threshold(2, 300_000))).json())
    await applied(version.id)
    expect(await availability(day(3))).toBeCloseTo(1 - 6 / 1440, 12)
    expect(await availability(day(2))).toBe(1)
    expect((await figure('oee', day(2))).total).toEqual(oee)
    const { restatements } = restatementsAnswer.parse(
      (
        await get('/api/restatements', { equipment: UNIT, metric: 'availability', from: day(3).from, to: day(1).to })
      ).json(),
    )
    // Two shifts of two days; the running day has none yet.
    expect(restatements.map(({ fromAt }) => fromAt).toSorted()).toEqual(
      [0, 12, 24, 36].map((hours) => iso(dayStart(2) + hours * HOUR)),
    )
    expect(restatements[0]).toMatchObject({
      unit: UNIT,
      from: { value: 1 - 3 / 720, ratio: { numerator: 717 * 60_000, denominator: 720 * 60_000 } },
      to: { value: 1, ratio: { numerator: 720 * 60_000, denominator: 720 * 60_000 } },
      causes: [{ kind: 'policy', id: String(version.id), facts: { by: 'admin', reason: 'agreed with production' } }],
      inClosedPeriod: false,
    })
    // OEE does not depend on the threshold: nothing of it was restated.
    const ofOee = await get('/api/restatements', { equipment: UNIT, from: day(3).from, to: day(1).to })
    expect(restatementsAnswer.parse(ofOee.json()).restatements).toEqual([])
    const then = await figure('availability', { ...day(2), knownAt: beforeAt })
    expect(then.total?.value).toBeCloseTo(1 - 6 / 1440, 12)
    expect(then.knownAt).toEqual({ at: beforeAt, complete: true })
    expect((await figure('availability', { ...day(2), knownAt: iso(Date.now()) })).total?.value).toBe(1)
  })

  it('is in the audit trail with what held before, who changed it and why', async () => {
    const answer = await server.call('GET', '/api/audit?action=policy.changed', { cookie: admin })
    const [entry] = auditPage.parse(answer.json()).entries
    expect(entry).toMatchObject({ actor: 'admin', outcome: 'ok', object: { kind: 'policy' } })
    expect(entry?.reason).toBeTruthy()
    expect(entry?.before).toHaveProperty('value')
    expect(entry?.after).toHaveProperty('value')
    expect(JSON.stringify(entry?.before)).not.toBe(JSON.stringify(entry?.after))
  })

  it('is not known before anything was: as known long ago there is no figure', async () => {
    const then = await figure('availability', { ...day(2), knownAt: iso(dayStart(1)) })
    expect(then.total).toMatchObject({ value: null })
    expect(then.knownAt?.complete).toBe(false)
  })

  it('that changes inside a window cuts it there', async () => {
    const cutAt = dayStart(1) + 12 * HOUR + 2 * HOUR
    const version = policyVersion.parse((await change({ ...threshold(1, 60_000), validFrom: iso(cutAt) })).json())
    await applied(version.id)
    const shifts = await figure('availability', { ...day(1), group: 'shift' })
    expect(shifts.groups?.map(({ value }) => value)).toEqual([1, 1 - 3 / 720])
    expect((await policies()).policies.find(({ policy }) => policy === 'microStopThresholdMs')).toMatchObject({
      value: 60_000,
      origin: 'site',
      versions: [{ id: version.id }, {}],
    })
    expect((await policies({ site: 'SUZ', asOf: iso(cutAt - 1) })).policies[2]).toMatchObject({ value: 300_000 })
  })

  it('says which production day owns the night shift', async () => {
    const dates = async (query: Record<string, string>) =>
      (await figure('availability', { from: day(3).from, to: day(2).to, group: 'day', ...query })).groups?.map(
        ({ key, parts }) => [key, parts['plannedMs']],
      )
    const [first, second, third] = [3, 2, 1].map((days) => iso(dayStart(days) + 8 * HOUR).slice(0, 10))
    const whole = DAY
    expect(await dates({})).toEqual([
      [first, whole],
      [second, whole],
    ])
    const whatIf = await dates({ whatIf: 'productionDateOwner:end' })
    expect(whatIf).toEqual([
      [first, whole / 2],
      [second, whole],
      [third, whole / 2],
    ])
    const owner = { ...threshold(2, 0), policy: 'productionDateOwner', value: 'end' }
    const version = policyVersion.parse((await change(owner)).json())
    await applied(version.id)
    // The night that began before the date stays with its day.
    expect(await dates({})).toEqual([
      [first, whole],
      [second, whole / 2],
      [third, whole / 2],
    ])
  })
})

describe('a closed period', () => {
  it('stays as it is: no policy reaches into it, and it is never opened again', async () => {
    const close = (closedUntil: string, cookie = admin) =>
      server.call('POST', '/api/policies/periods', { cookie, json: { site: 'SUZ', closedUntil, reason: 'month end' } })
    expect((await close(day(2).from, analyst)).problem().code).toBe('NO_ACCESS')
    expect((await close(iso(Date.now() + HOUR))).problem().code).toBe('INPUT_INVALID')
    expect((await close(day(2).from)).status).toBe(201)
    expect((await close(day(3).from)).problem().code).toBe('PERIOD_CLOSED')
    const refused = (await change(threshold(3, 30_000))).problem()
    expect(refused).toMatchObject({ code: 'PERIOD_CLOSED', facts: { closedUntil: day(2).from } })
    expect((await policies()).closedUntil).toBe(day(2).from)
    expect((await change({ ...threshold(3, 30_000), site: null })).problem().code).toBe('PERIOD_CLOSED')
  })
})

describe('what was recorded', () => {
  it('can neither be changed nor taken away, not even in the database', async () => {
    const database = server.app.get(DataSource)
    for (const table of ['policy_version', 'period_close', 'recalculation', 'recalculation_done']) {
      await expect(database.query(`TRUNCATE ${table} CASCADE`)).rejects.toThrow('never rewritten')
    }
    await expect(database.query("UPDATE policy_version SET reason = ''")).rejects.toThrow('never rewritten')
    await expect(database.query('DELETE FROM period_close')).rejects.toThrow('never rewritten')
  })
})
