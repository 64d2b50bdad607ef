/** Real: the whole server with its stores. A meter, alarms and maintenance orders as collectors send them, and their figures. */
import { createHash } from 'node:crypto'
import { type KpiAnswer, kpiAnswer, metricsAnswer, numbersAnswer } from '@gemba/contracts/kpi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The day shift of two days ago: 08:00–20:00 in Shanghai. */
const FROM = Math.floor((Date.now() - 48 * HOUR) / (24 * HOUR)) * 24 * HOUR
const TO = FROM + 12 * HOUR
const OTHER = 'SUZ/MOLD/IM/IM02'

const catalog = () => {
  const document = fixtureCatalog()
  const more = (['energy', 'alarm', 'good'] as const).map((role) => ({
    id: `${UNIT}:${role}`,
    equipment: UNIT,
    role,
    name: { zh: role, en: role },
  }))
  return { ...document, points: [...document.points, ...more] }
}

let running: RunningApplication
let cookie: string
let sent = 0

async function send(lines: readonly object[]): Promise<string> {
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
  if (answer.status !== 200) throw new Error(answer.text)
  sent += lines.length
  return answer.text
}

const say = (role: string, at: number, v: string | number) => ({ p: `${UNIT}:${role}`, t: at, v })
const alarm = (id: string, event: string, at: number, code = 'ALM-DOOR') =>
  say('alarm', at, JSON.stringify({ id, event, code, severity: 300, text: 'Door' }))

async function ask(metric: string, more = ''): Promise<KpiAnswer> {
  const answer = await running.call('GET', `/api/kpi/${metric}?equipment=${UNIT}&from=${FROM}&to=${TO}${more}`, {
    cookie,
  })
  if (answer.status !== 200) throw new Error(`${metric}: ${answer.status} ${answer.text}`)
  return kpiAnswer.parse(answer.json())
}
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 250 })

/** Two hours at 6 kW of running, one hour at 2 kW of standing, told every minute; 600 pieces. */
const registerAt = (minute: number): number => {
  const running = Math.min(minute, 120) * 0.1
  return Math.round((100 + running + Math.max(0, minute - 120) * (2 / 60)) * 1_000) / 1_000
}

beforeAll(async () => {
  running = await startApplication(catalog())
  cookie = await running.signIn()
  await send([
    say('state', FROM, 'executing'),
    say('total', FROM, 0),
    say('good', FROM, 0),
    ...Array.from({ length: 181 }, (_, minute) => minute)
      // One minute is late.
      .filter((minute) => minute !== 60 && minute !== 61)
      .map((minute) => say('energy', FROM + minute * MINUTE, registerAt(minute))),
    say('total', FROM + 2 * HOUR - 1, 600),
    say('good', FROM + 2 * HOUR - 1, 600),
    say('state', FROM + 2 * HOUR, 'not-executing'),
    { k: 'alive', u: { [UNIT]: Date.now() } },
  ])
})
afterAll(() => running?.stop())

describe('energy', () => {
  it('is what the register says, by state, and per good piece', async () => {
    await until(async () => {
      const answer = await ask('energy-consumed', '&group=state&explain=1')
      expect(answer.total.value).toBeCloseTo(14, 6)
      expect(answer.groups.map(({ key, value }) => [key, Math.round(Number(value) * 1_000)])).toEqual([
        ['DOWN', 2_000],
        ['RUN', 12_000],
      ])
      expect(answer.explain?.queries.map(({ rows }) => rows)).toEqual(['energy', 'readings'])
    })
    expect((await ask('idle-energy-share')).total).toMatchObject({ value: expect.closeTo(2 / 14, 6) })
    const each = await ask('energy-per-good-piece')
    expect(each.total.value).toBeCloseTo(14 / 600, 8)
    expect(each.total.ratio).toMatchObject({ numeratorUnit: 'kWh', denominator: 600, denominatorUnit: 'piece' })
  })

  it('says which part of the time was metered', async () => {
    const { total, quality } = await ask('energy-consumed')
    expect(total.coverage).toBeCloseTo(3 / 12, 3)
    expect(quality).toBe('uncertain')
  })

  it('adds up over shifts, and over the two halves of a shift that a question cuts', async () => {
    const cut = FROM + HOUR + 20_000
    const part = async (from: number, to: number) =>
      kpiAnswer.parse(
        (
          await running.call('GET', `/api/kpi/energy-consumed?equipment=${UNIT}&from=${from}&to=${to}`, { cookie })
        ).json(),
      ).total.value ?? 0
    expect((await part(FROM, cut)) + (await part(cut, TO))).toBeCloseTo(14, 6)
    const byShift = await ask('energy-consumed', '&group=shift')
    expect(byShift.groups.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBeCloseTo(14, 6)
  })

  it('takes late and doubled readings of a register that was set to zero', async () => {
    // The meter had been exchanged unseen: 6 kWh at minute 60, and the new one begins at nothing.
    await send([
      say('energy', FROM + 60 * MINUTE, registerAt(60)),
      say('energy', FROM + 60 * MINUTE, registerAt(60)),
      say('energy', FROM + 4 * HOUR, 0.5),
    ])
    await until(async () => {
      const { total } = await ask('energy-consumed')
      // Between the third and the fourth hour the new register drew half a kilowatt-hour.
      expect(total.value).toBeCloseTo(14.5, 6)
    })
  })

  it('of a machine without a meter is not configured, and neither is that of the line', async () => {
    for (const place of [OTHER, 'SUZ/MOLD/IM']) {
      const answer = await running.call(
        'GET',
        `/api/kpi/energy-per-good-piece?equipment=${place}&from=${FROM}&to=${TO}`,
        {
          cookie,
        },
      )
      expect(kpiAnswer.parse(answer.json()).total).toMatchObject({ value: null, missing: 'not-configured' })
    }
  })
})

describe('alarms', () => {
  it('count once, however often and in whichever order they are told', async () => {
    const early = alarm('A-1', 'cleared', FROM + 10 * MINUTE)
    await send([
      early,
      alarm('A-1', 'acknowledged', FROM + 2 * MINUTE),
      alarm('A-1', 'raised', FROM + MINUTE),
      alarm('A-1', 'raised', FROM + MINUTE),
      alarm('A-2', 'raised', FROM + 20 * MINUTE),
      alarm('A-2', 'acknowledged', FROM + 23 * MINUTE),
      alarm('A-3', 'raised', FROM + 30 * MINUTE, 'ALM-AIR'),
      alarm('A-3', 'cleared', FROM + 31 * MINUTE, 'ALM-AIR'),
      alarm('A-4', 'raised', TO, 'ALM-AIR'),
      early,
    ])
    const counted = await ask('alarm-count', '&group=alarm&explain=1')
    expect(counted.total).toMatchObject({ value: 3, parts: { raised: 3, acknowledged: 2, standing: 1 } })
    expect(counted.groups.map(({ key, value }) => [key, value])).toEqual([
      ['ALM-DOOR', 2],
      ['ALM-AIR', 1],
    ])
    expect(counted.explain?.queries[0]?.rows).toBe('alarms')
    expect((await ask('alarm-rate')).total.value).toBeCloseTo(3 / 12, 9)
    expect((await ask('standing-alarms')).total.value).toBe(1)
    expect((await ask('mean-time-to-acknowledge')).total).toMatchObject({
      value: 2 * MINUTE,
      ratio: { numerator: 4 * MINUTE, numeratorUnit: 'ms', denominator: 2, denominatorUnit: 'count' },
    })
    const top = await ask('top-alarms', '&group=alarm')
    expect(top.groups.map(({ key, parts }) => [key, parts['alarms']])).toEqual([
      ['ALM-DOOR', 2],
      ['ALM-AIR', 1],
    ])
  })

  it('that cannot be read wait in quarantine, and a point without a word yet is none', async () => {
    expect(await send([say('alarm', FROM + HOUR, '')])).not.toContain('rejected')
    expect(await send([say('alarm', FROM + HOUR, 'door open')])).toContain('The value is not an alarm message.')
    expect((await ask('alarm-count')).total.value).toBe(3)
  })
})

const stamps = (order: string, more: object, kind = 'corrective') => ({
  k: 'record',
  source: 'mes',
  key: order,
  version: '1',
  at: FROM,
  type: 'maintenance-order',
  data: {
    order,
    equipment: UNIT,
    kind,
    status: 'closed',
    reason: 'R1',
    plannedFromAt: null,
    plannedToAt: null,
    failedAt: null,
    calledAt: null,
    arrivedAt: null,
    repairedAt: null,
    restartedAt: null,
    ...more,
  },
})

describe('maintenance', () => {
  it('has the four stamps of failures, and the share of corrective work', async () => {
    const failedAt = FROM + 2 * HOUR
    const called = { failedAt, calledAt: failedAt + MINUTE, arrivedAt: failedAt + 3 * MINUTE }
    await send([
      stamps('CM-1', called),
      // Told anew when it is done.
      {
        ...stamps('CM-1', { ...called, repairedAt: failedAt + 33 * MINUTE, restartedAt: failedAt + 43 * MINUTE }),
        at: FROM + 1,
        version: '2',
      },
      // A quick one: nobody came.
      stamps('CM-2', {
        failedAt: failedAt + HOUR,
        calledAt: failedAt + HOUR + MINUTE,
        restartedAt: failedAt + HOUR + 2 * MINUTE,
      }),
      stamps('CM-3', { failedAt: TO, calledAt: TO + 1, arrivedAt: TO + 9 }),
      stamps('PM-1', { arrivedAt: FROM + MINUTE, repairedAt: FROM + 11 * MINUTE }, 'preventive'),
      stamps('PM-2', { arrivedAt: FROM + MINUTE, repairedAt: FROM + 5 * HOUR, status: 'cancelled' }, 'preventive'),
    ])
    expect((await ask('mean-time-to-respond')).total).toMatchObject({
      value: 2 * MINUTE,
      parts: { failures: 2, measured: 1 },
    })
    expect((await ask('mean-repair-time')).total.value).toBe(30 * MINUTE)
    expect((await ask('mean-time-to-restart')).total.value).toBe(10 * MINUTE)
    const share = await ask('corrective-maintenance-ratio', '&group=unit&explain=1')
    expect(share.total).toMatchObject({ value: 0.75, parts: { preventive: 1 } })
    expect(share.groups.map(({ key, value }) => [key, value])).toEqual([[UNIT, 0.75]])
    expect(share.explain?.queries[0]?.rows).toBe('maintenance-orders')
  })

  it('makes operational availability of what the machine ran, and of repair, delay and preventive work', async () => {
    // 2 h run, one stop; repair 30 min, restore (43 + 2)/2 min, so that the delay is nothing; 10 min preventive.
    const { total } = await ask('operational-availability')
    expect(total.value).toBeCloseTo(120 / (120 + 30 + 10), 9)
  })
})

describe('interfaces', () => {
  it('answer success, latency and lag by source, and let nothing be known of a source that is not one', async () => {
    const call = (n: number) => ({
      k: 'call',
      source: 'erp',
      at: FROM + n * HOUR,
      durationMs: n === 3 ? null : 100 * (n + 1),
      outcome: n === 3 ? 'timeout' : 'ok',
      rows: 1,
      rejected: 0,
      newestAt: null,
    })
    await send([0, 1, 2, 3].map(call))
    const success = await ask('interface-success-rate', '&group=source&explain=1')
    expect(success.groups.find(({ key }) => key === 'erp')).toMatchObject({
      value: 0.75,
      parts: { calls: 4, timeout: 1 },
    })
    expect(success.groups.find(({ key }) => key === 'mes')).toMatchObject({ value: null, missing: 'no-data' })
    expect(success.total).toMatchObject({ value: 0.75, ratio: { numerator: 3, denominator: 4 } })
    expect(success.explain?.queries[0]?.parameters['sources']).toEqual(['erp', 'mes'])
    expect((await ask('interface-latency', '&source=erp')).total).toMatchObject({ value: 300, parts: { p50Ms: 200 } })
    expect((await ask('interface-latency')).total).toMatchObject({ value: null, missing: 'not-applicable' })
    expect((await ask('freshness-lag', '&source=erp')).total.value).toBe(TO - (FROM + 2 * HOUR))
    expect((await ask('freshness-lag')).total).toMatchObject({ value: null, missing: 'no-data' })
    const unknown = await running.call(
      'GET',
      `/api/kpi/freshness-lag?equipment=${UNIT}&from=${FROM}&to=${TO}&source=im-opcua`,
      { cookie },
    )
    expect(unknown.problem().code).toBe('SOURCE_UNKNOWN')
  })
})

describe('the page of numbers', () => {
  it('has all of them, each with its own age, and the dictionary says how they are cut', async () => {
    const answer = await running.call('GET', `/api/kpi?equipment=${UNIT}&from=${FROM}&to=${TO}`, { cookie })
    const { figures } = numbersAnswer.parse(answer.json())
    const ids = ['energy-consumed', 'alarm-count', 'top-alarms', 'mean-repair-time', 'interface-success-rate']
    for (const id of ids) expect(figures.find(({ metric }) => metric === id)?.own).toBeDefined()
    const dictionary = metricsAnswer.parse((await running.call('GET', '/api/metrics', { cookie })).json()).metrics
    expect(dictionary.find(({ id }) => id === 'energy-consumed')).toMatchObject({
      computed: true,
      groupings: ['state', 'unit', 'shift', 'day'],
    })
  })

  it('keeps energy of a window in the store when the window is whole', async () => {
    const rows = await running.app
      .get(WarehouseService)
      .query<{ n: string }>('SELECT count() AS n FROM equipment_energy FINAL WHERE unit = {unit:String}', {
        unit: UNIT,
      })
    expect(Number(rows[0]?.n)).toBeGreaterThan(180)
  })
})
