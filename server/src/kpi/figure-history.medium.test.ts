/** Real: the whole server with its stores. Rows that are corrected after their period, and what became of the figures. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type KpiAnswer, kpiAnswer, metricsAnswer } from '@gemba/contracts/kpi'
import { type Restatement, restatementsAnswer } from '@gemba/contracts/restatement'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { QUALITY_EXAMPLES } from '../ingest/quality-record-fixture.ts'
import { FigureFamilies } from './figure-families.service.ts'
import { restsOnWindows } from './figure-family.ts'
import { FigureHistories, isKept } from './figure-history.service.ts'
import { WindowHistory } from './window-history.service.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The day shift of two days ago: 08:00–20:00 in Shanghai. */
const FROM = Math.floor((Date.now() - 48 * HOUR) / (24 * HOUR)) * 24 * HOUR
const TO = FROM + 12 * HOUR

const catalog = () => {
  const document = fixtureCatalog()
  const more = (['energy', 'alarm', 'good'] as const).map((role) => ({
    ...{ id: `${UNIT}:${role}`, equipment: UNIT, role, name: { zh: role, en: role } },
  }))
  return { ...document, points: [...document.points, ...more] }
}

let running: RunningApplication
let cookie: string
let sent = 0

async function send(lines: readonly object[]): Promise<void> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await running.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0000000000000010',
      'x-gemba-stream': 'im-opcua',
      'x-gemba-first': String(sent + 1),
      'x-gemba-last': String(sent + lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200 || answer.text.includes('rejected')) throw new Error(answer.text)
  sent += lines.length
}

const say = (role: string, at: number, v: string | number) => ({ p: `${UNIT}:${role}`, t: at, v })
const alarm = (id: string, event: string, at: number) =>
  say('alarm', at, JSON.stringify({ id, event, code: 'ALM-DOOR', severity: 300, text: 'Door' }))
const record = (type: string, key: string, version: number, data: object) => ({
  ...{ k: 'record', source: 'mes', key, version: String(version), at: FROM + version, type, data },
})
const maintenance = (version: number, repairMs: number) => {
  const failedAt = FROM + HOUR
  const stamps = { failedAt, calledAt: failedAt + MINUTE, arrivedAt: failedAt + 2 * MINUTE }
  return record('maintenance-order', 'CM-1', version, {
    ...{ order: 'CM-1', equipment: UNIT, kind: 'corrective', status: 'closed', reason: 'R1' },
    ...{ plannedFromAt: null, plannedToAt: null, ...stamps, repairedAt: stamps.arrivedAt + repairMs },
    restartedAt: stamps.arrivedAt + repairMs + MINUTE,
  })
}
const stopEntry = (version: number, minutes: number) =>
  record('stop-entry', 'E-1', version, {
    ...{ equipment: UNIT, fromAt: FROM + HOUR, toAt: FROM + HOUR + minutes * MINUTE },
    ...{ reason: 'F-TOOL', priority: 1, timeCertainty: 'exact' },
  })
const defect = (version: number, quantity: number) =>
  record('defect-record', 'D-1', version, {
    ...{ defect: 'D-FLASH', equipment: UNIT, material: 'PEN-BARREL', disposition: 'scrap', quantity },
    ...{ lot: null, order: null, at: FROM + HOUR, timeCertainty: 'exact' },
  })

async function ask(metric: string, more = ''): Promise<KpiAnswer> {
  const path = `/api/kpi/${metric}?equipment=${UNIT}&from=${FROM}&to=${TO}${more}`
  const answer = await running.call('GET', path, { cookie })
  if (answer.status !== 200) throw new Error(`${metric}: ${answer.status} ${answer.text}`)
  // OEE answers in a shape of its own, with the same parts in it.
  return metric === 'oee' ? (answer.json() as KpiAnswer) : kpiAnswer.parse(answer.json())
}
async function restated(metric: string): Promise<Restatement[]> {
  const path = `/api/restatements?metric=${metric}&equipment=${UNIT}&from=${FROM}&to=${TO}`
  return restatementsAnswer.parse((await running.call('GET', path, { cookie })).json()).restatements
}
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 250 })
/** An instant after all that has been sent and before all that will be. */
async function between(): Promise<number> {
  const at = Date.now() + 1
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(at + 1), { timeout: 60_000, interval: 1 })
  return at
}

const register = (minute: number): number => Math.round((100 + minute * 0.1) * 1_000) / 1_000
let thenAt: number

beforeAll(async () => {
  running = await startApplication(catalog())
  running.app.get(FigureHistories).publishedAfterMs = 0
  running.app.get(WindowHistory).publishedAfterMs = 0
  cookie = await running.signIn()
  await send([
    say('state', FROM, 'executing'),
    say('total', FROM, 0),
    say('good', FROM, 0),
    ...Array.from({ length: 61 }, (_, minute) => say('energy', FROM + minute * MINUTE, register(minute))),
    say('total', FROM + 2 * HOUR - 1, 600),
    say('good', FROM + 2 * HOUR - 1, 600),
    say('state', FROM + 2 * HOUR, 'not-executing'),
    { k: 'alive', u: { [UNIT]: Date.now() } },
    maintenance(1, 30 * MINUTE),
    stopEntry(1, 10),
    defect(1, 3),
    record('inspection-characteristic', 'C-1', 1, QUALITY_EXAMPLES['inspection-characteristic']),
    alarm('A-1', 'raised', FROM + MINUTE),
  ])
  await until(async () => {
    expect((await ask('energy-consumed', `&knownAt=${Date.now()}`)).total.value).toBeCloseTo(6, 6)
  })
  thenAt = await between()
  await send([
    maintenance(2, 45 * MINUTE),
    stopEntry(2, 25),
    defect(2, 5),
    alarm('A-2', 'raised', FROM + 5 * MINUTE),
    say('energy', FROM + 2 * HOUR, register(120)),
  ])
})
afterAll(() => running?.stop())

/** Metric, what was known first, what is known since the correction, and the rows that made it. */
const CORRECTED: [metric: string, before: number, after: number, cause: object][] = [
  ['mean-repair-time', 30 * MINUTE, 45 * MINUTE, { table: 'maintenance_order', rows: 1, keys: ['CM-1 · mes'] }],
  ['entered-stop-time', 10 * MINUTE, 25 * MINUTE, { table: 'stop_entry', rows: 1, keys: [`${UNIT} · E-1 · mes`] }],
  ['defects-per-unit', 3 / 600, 5 / 600, { table: 'defect_record', rows: 1, keys: ['D-1 · mes'] }],
  ['alarm-count', 1, 2, { table: 'equipment_alarm', rows: 1 }],
]

describe('a figure made of rows that were corrected after its period', () => {
  for (const [metric, before, after, cause] of CORRECTED) {
    it(`is known as it was then and as it is now: ${metric}`, async () => {
      expect((await ask(metric)).total.value).toBeCloseTo(after, 9)
      const then = await ask(metric, `&knownAt=${thenAt}&explain=1`)
      expect(then.total.value).toBeCloseTo(before, 9)
      expect(then.knownAt).toEqual({ at: new Date(thenAt).toISOString(), complete: true })
      expect(then.explain?.queries[0]?.parameters).toHaveProperty('rowsKnownAt', thenAt)
      expect((await ask(metric, `&knownAt=${FROM}`)).knownAt?.complete).toBe(false)
    })

    it(`says from what to what it was restated, by which rows: ${metric}`, async () => {
      // Windows that were derived a moment after their rows are older than the correction.
      const [found, ...others] = (await restated(metric)).filter(({ restatedAt }) => Date.parse(restatedAt) > thenAt)
      expect(others).toEqual([])
      expect(found?.from.value).toBeCloseTo(before, 9)
      expect(found?.to.value).toBeCloseTo(after, 9)
      expect(found).toMatchObject({ unit: UNIT, isWholePeriod: true, inClosedPeriod: false })
      expect(found?.causes).toEqual([expect.objectContaining({ kind: 'changed-rows', ...cause })])
    })
  }

  it('is not restated where nothing came later', async () => {
    const metrics = ['control-chart-signals', 'mean-time-to-respond', 'schedule-attainment']
    for (const metric of metrics)
      expect((await restated(metric)).filter(({ restatedAt }) => Date.parse(restatedAt) > thenAt)).toEqual([])
  })
})

describe('energy', () => {
  it('that a late register shows is restated with the readings that came late', async () => {
    await until(async () => {
      const [found] = await restated('energy-consumed')
      expect(found?.from.value).toBeCloseTo(6, 6)
      expect(found?.to.value).toBeCloseTo(12, 6)
      expect(found?.causes).toEqual([expect.objectContaining({ kind: 'late-rows', points: [`${UNIT}:energy`] })])
    })
    const then = await ask('energy-consumed', `&knownAt=${thenAt}`)
    expect(then.total.value).toBeCloseTo(6, 6)
    expect((await ask('energy-consumed')).total.value).toBeCloseTo(12, 6)
  })

  it('of a period that is cut inside a window is known in part, and says so', async () => {
    const path = `/api/kpi/energy-consumed?equipment=${UNIT}&from=${FROM + HOUR}&to=${TO}&knownAt=${Date.now()}`
    const { knownAt, quality } = kpiAnswer.parse((await running.call('GET', path, { cookie })).json())
    expect([knownAt?.complete, quality === 'good']).toEqual([false, false])
  })

  it('of standing follows the policy that is asked for', async () => {
    const { whatIf } = await ask('idle-energy-share', '&whatIf=microStopThresholdMs:90000')
    expect(whatIf).toMatchObject({ policy: 'microStopThresholdMs', value: 90_000 })
  })
})

const ROWS_DOC = fileURLToPath(new URL('../../../docs/figures-of-the-past.md', import.meta.url))

describe('every figure of the dictionary', () => {
  it('answers as it was known then, as restated, with other policies and with its rows, or says why not', async () => {
    const families = running.app.get(FigureFamilies)
    const { metrics } = metricsAnswer.parse((await running.call('GET', '/api/metrics', { cookie })).json())
    const at = Date.now()
    const judged = new Set<object>()
    for (const { id, computed, policies } of metrics) {
      const history = families.historyOf(id)
      if (!computed || history === null) {
        expect([id, computed, history]).toEqual([id, false, null])
        continue
      }
      expect([id, (await ask(id, '&explain=1')).explain?.queries.length]).not.toEqual([id, 0])
      // What the dictionary says a policy changes can be asked with another one.
      expect([id, policies.filter((policy) => !history.policies.includes(policy))]).toEqual([id, []])
      // Metrics of one family look back alike.
      if (!isKept(history.rows) || judged.has(history)) continue
      judged.add(history)
      expect([id, (await ask(id, `&knownAt=${at}`)).knownAt?.complete]).toEqual([id, expect.any(Boolean)])
      const path = `/api/restatements?metric=${id}&equipment=${UNIT}&from=${FROM}&to=${TO}`
      expect([id, (await running.call('GET', path, { cookie })).status]).toEqual([id, 200])
    }
  }, 300_000)

  it('stands in the table of the manual as the server answers it', () => {
    const families = running.app.get(FigureFamilies)
    const lines = METRICS.flatMap(({ id }) => {
      const history = families.historyOf(id)
      if (history === null) return []
      const windows = restsOnWindows(history, id) ? ['windows of equipment'] : []
      const rows = isKept(history.rows) ? [...history.rows.map(({ table }) => `\`${table}\``), ...windows] : []
      const known = isKept(history.rows) ? rows.join(' ') : `no: ${history.rows.en}`
      return [`| \`${id}\` | ${known} | ${history.policies.map((name) => `\`${name}\``).join(' ')} |`]
    })
    const text = readFileSync(ROWS_DOC, 'utf8')
    const head = text.slice(0, text.indexOf('| Figure |'))
    const table = ['| Figure | Versions it is known by | What-if of |', '|---|---|---|', ...lines, ''].join('\n')
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(ROWS_DOC, head + table)
    expect(readFileSync(ROWS_DOC, 'utf8')).toBe(head + table)
  })
})
