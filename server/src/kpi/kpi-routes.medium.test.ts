/** Real: the whole server with its stores. What the routes of figures answer, and what they make of nonsense. */
import { createHash } from 'node:crypto'
import { boardListAnswer, healthAnswer, healthDetails } from '@gemba/contracts/api'
import { boardDocument, boardFrame, tileDataByKind } from '@gemba/contracts/board'
import { catalogDocument } from '@gemba/contracts/catalog'
import {
  kpiAnswer,
  metricsAnswer,
  numbersAnswer,
  oeeAnswer,
  oeeAnswerInFull,
  ordersProgressAnswer,
} from '@gemba/contracts/kpi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Answer,
  type Call,
  COLLECTOR,
  type RunningApplication,
  UNIT,
  startApplication,
} from '../application-fixture.ts'

const MINUTE = 60_000
/** A quiet hour that ended long enough ago, on whole minutes. */
const HOUR_TO = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE
const HOUR_FROM = HOUR_TO - 60 * MINUTE

let server: RunningApplication
let cookie: string

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('analyst')
  await feed()
})
afterAll(() => server.stop())

const get = (path: string, call: Call = {}): Promise<Answer> => server.call('GET', path, { cookie, ...call })
const frame = (board: string, json: unknown): Promise<Answer> =>
  server.call('POST', `/api/boards/${board}/data`, { cookie, json })
const oeePath = (query: Record<string, string>): string => `/api/kpi/oee?${new URLSearchParams(query)}`
const hour = { from: new Date(HOUR_FROM).toISOString(), to: String(HOUR_TO) }

async function send(stream: string, lines: readonly object[]): Promise<void> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0123456789abcdef',
      'x-gemba-stream': stream,
      'x-gemba-first': '1',
      'x-gemba-last': String(lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  const { rejected } = answer.json() as { rejected?: unknown[] }
  if (answer.status !== 200 || rejected) throw new Error(answer.text)
}

/** IM01 ran for half of the hour with 90 pieces, the other half it stood; IM02 was never heard of. One open order. */
async function feed(): Promise<void> {
  const half = (HOUR_FROM + HOUR_TO) / 2
  const reading = (name: string, t: number, v: string | number) => ({ p: `${UNIT}:${name}`, t, v })
  await send('im-opcua', [
    reading('material', HOUR_FROM - 1, 'M1'),
    reading('total', HOUR_FROM - 1, 1_000),
    reading('state', HOUR_FROM, 'executing'),
    reading('total', half - 1, 1_090),
    reading('state', half, 'not-executing'),
    { k: 'alive', u: { [UNIT]: HOUR_TO + 30_000 } },
  ])
  const order = {
    order: 'O-1',
    material: 'M1',
    quantity: 100,
    workCenter: 'W01',
    customer: null,
    priority: 1,
    releasedAt: HOUR_FROM,
    scheduledStartAt: HOUR_FROM,
    dueAt: HOUR_TO + 3_600_000,
    deliveredAt: null,
    deliveredQuantity: 0,
    status: 'released',
  }
  const record = { k: 'record', source: 'erp', version: '1', deleted: false, at: HOUR_TO }
  await send('erp', [
    { ...record, type: 'production-order', key: 'O-1', data: order },
    {
      ...record,
      type: 'order-operation',
      key: 'O-1/10',
      data: { order: 'O-1', operation: '10', sequence: 10, name: 'Mold', workCenter: 'W01', standardSeconds: 10 },
    },
  ])
}

describe('figures of the dictionary', () => {
  const kpi = (metric: string, query: Record<string, string> = {}) =>
    get(`/api/kpi/${metric}?${new URLSearchParams({ equipment: UNIT, ...hour, ...query })}`)

  it('are listed with what they mean, and which of them are answered here', async () => {
    const { metrics } = metricsAnswer.parse((await get('/api/metrics')).json())
    expect(metrics.find((metric) => metric.id === 'oee')).toMatchObject({ computed: true, owner: 'production' })
    expect(metrics.some((metric) => !metric.computed)).toBe(true)
  })

  it('are all answered in the shape of the contract, with both sums of the division', async () => {
    const { metrics } = metricsAnswer.parse((await get('/api/metrics')).json())
    for (const { id } of metrics.filter((metric) => metric.computed && metric.id !== 'oee')) {
      const answer = await kpi(id)
      expect([id, answer.status]).toEqual([id, 200])
      kpiAnswer.strict().parse(answer.json())
    }
    const availability = kpiAnswer.parse((await kpi('availability')).json())
    expect(availability.total).toMatchObject({
      value: 0.5,
      ratio: { numerator: 1_800_000, denominator: 3_600_000 },
      parts: { runMs: 1_800_000, plannedMs: 3_600_000 },
    })
    expect(availability).toMatchObject({ groups: [], explain: null, sourceTime: expect.any(String) })
  })

  it('agree with each other: all at once, one by one, and by OEE itself', async () => {
    const query = new URLSearchParams({ equipment: 'SUZ/MOLD/IM', ...hour })
    const all = numbersAnswer.strict().parse((await get(`/api/kpi?${query}`)).json())
    for (const figure of all.figures.filter((each) => each.metric !== 'oee')) {
      const one = kpiAnswer.parse((await kpi(figure.metric, { equipment: 'SUZ/MOLD/IM' })).json())
      expect([figure.metric, one.total.value]).toEqual([figure.metric, figure.value])
    }
    const oee = oeeAnswer.parse((await get(oeePath({ equipment: 'SUZ/MOLD/IM', ...hour }))).json())
    expect(all.figures.find((figure) => figure.metric === 'oee')?.value).toBe(oee.value)
    expect(all.parts).toEqual(oee.parts)
  })

  it.each(['unit', 'shift', 'day'])('cut by %s add up to the whole', async (group) => {
    const equipment = 'SUZ/MOLD/IM'
    const { groups, total } = kpiAnswer.parse((await kpi('availability', { equipment, group })).json())
    expect(groups.length).toBeGreaterThan(0)
    const sum = (name: string) => groups.reduce((all, each) => all + (each.parts[name] ?? 0), 0)
    for (const name of Object.keys(total.parts)) expect(sum(name)).toBeCloseTo(total.parts[name] ?? 0, 6)
  })

  it('of orders rest on the orders and reports of the scope, and list them', async () => {
    const wip = kpiAnswer.parse((await kpi('wip', { group: 'order', explain: '1' })).json())
    expect(wip.total).toMatchObject({ value: 100, ratio: { numerator: 100, isQuotient: false } })
    expect(wip.groups.map(({ key, value }) => [key, value])).toEqual([['O-1', 100]])
    expect(wip.explain?.queries.map((query) => query.rows)).toEqual(['orders', 'job-reports'])
    expect(kpiAnswer.parse((await kpi('wip', { material: 'M1' })).json()).total.value).toBe(100)
    expect(kpiAnswer.parse((await kpi('wip', { material: 'none' })).json()).total.value).toBe(0)
    expect(kpiAnswer.parse((await kpi('on-time-delivery')).json()).total).toMatchObject({
      value: null,
      missing: 'not-applicable',
    })
  })

  it('that cannot be cut or narrowed so say what they take', async () => {
    for (const [metric, query] of [
      ['wip', { group: 'shift' }],
      ['oee', { group: 'material' }],
      ['availability', { supplier: 'V01' }],
      ['wip', { lot: 'L1' }],
    ] as const) {
      const answer = await kpi(metric, query as Record<string, string>)
      expect([metric, answer.status, answer.problem().code]).toEqual([metric, 400, 'QUESTION_INVALID'])
    }
  })

  it('explain themselves: definition, version and statements that list the rows', async () => {
    const { explain, version } = kpiAnswer.parse((await kpi('teep', { explain: '1' })).json())
    expect(explain?.definition).toMatchObject({ id: 'teep', version })
    expect(explain?.queries.map((query) => query.rows)).toEqual(['windows', 'stops', 'readings'])
    expect(JSON.stringify(explain?.queries)).toContain(`${UNIT}:state`)
  })

  it.each([
    ['an unknown metric', 'no-such-metric', {}],
    ['SQL as a metric', "oee'%20OR%201=1", {}],
    ['a metric that no rows feed yet', 'expiry-risk', {}],
  ])('%s is refused', async (_what, metric, query) => {
    expect((await kpi(metric, query)).problem().code).toBe('METRIC_UNKNOWN')
  })

  it('of OEE have groups and an explanation too', async () => {
    const plain = await get(oeePath({ equipment: UNIT, ...hour }))
    const full = oeeAnswerInFull
      .strict()
      .parse((await get(oeePath({ equipment: UNIT, ...hour, group: 'shift', explain: '1' }))).json())
    expect(full).toMatchObject({ value: 0.25, explain: { definition: { id: 'oee' } } })
    expect(full.groups?.length).toBeGreaterThan(0)
    expect(plain.json()).not.toHaveProperty('groups')
  })

  it('an unknown grouping is refused', async () => {
    expect((await kpi('teep', { group: 'galaxy' })).problem().code).toBe('INPUT_INVALID')
  })
})

describe('OEE of an hour', () => {
  it('has the shape of its contract and the numbers of its readings', async () => {
    const answer = await get(oeePath({ equipment: UNIT, ...hour }))
    expect(answer.status).toBe(200)
    const oee = oeeAnswer.strict().parse(answer.json())
    expect(oee).toMatchObject({
      equipment: UNIT,
      fromAt: hour.from,
      coverage: 1,
      availability: 0.5,
      // 90 pieces of 10 s in 30 minutes.
      performance: 0.5,
      quality: 1,
      value: 0.25,
      parts: { allMs: 3_600_000, runMs: 1_800_000, total: 90 },
      definition: { rule: 'work-unit' },
    })
  })

  it('of a line says what it does not know', async () => {
    const oee = oeeAnswer.parse((await get(oeePath({ equipment: 'SUZ/MOLD/IM', ...hour }))).json())
    expect(oee).toMatchObject({ coverage: 0.5, sourceTime: null, definition: { rule: 'sum-of-parallel-units' } })
    expect(oee.flags).toContain('coverage-below-95')
    expect(oee.noData).toEqual([{ fromAt: HOUR_FROM, toAt: HOUR_TO }])
  })

  it('of a unit that was never heard of is no number', async () => {
    const oee = oeeAnswer.parse((await get(oeePath({ equipment: 'SUZ/MOLD/IM/IM02', ...hour }))).json())
    expect(oee).toMatchObject({ value: null, missing: 'no-data', coverage: 0 })
  })

  it('is the same by names of instants and by milliseconds, and across ended windows', async () => {
    const read = async (query: Record<string, string>) =>
      oeeAnswer.parse((await get(oeePath({ equipment: UNIT, ...query }))).json())
    const byMs = await read({ from: String(HOUR_FROM), to: String(HOUR_TO) })
    expect(byMs).toEqual(await read(hour))
    await vi.waitFor(
      async () => {
        const wide = await read({ from: String(HOUR_FROM - 3 * 86_400_000), to: String(HOUR_TO) })
        expect([wide.parts.total, wide.parts.runMs]).toEqual([90, byMs.parts.runMs])
      },
      { timeout: 60_000, interval: 100 },
    )
  })

  it('of the running shift is answered too', async () => {
    const oee = oeeAnswer.strict().parse((await get(oeePath({ equipment: UNIT, shift: 'current' }))).json())
    expect(oee.shift).toMatchObject({ running: true })
  })
})

describe('the other routes', () => {
  it('answer in the shape of their contracts', async () => {
    catalogDocument.strict().parse((await get('/api/catalog')).json())
    healthAnswer.strict().parse((await get('/api/health')).json())
    healthDetails.strict().parse((await get('/api/health/details')).json())
    const { boards } = boardListAnswer.strict().parse((await get('/api/boards')).json())
    expect(boards.map(({ document }) => document.id)).toEqual(['order-progress', 'oee'])
    for (const { document } of boards)
      expect(boardDocument.strict().parse((await get(`/api/boards/${document.id}`)).json())).toEqual(document)
  })

  it('give every tile of every board with every scope in its own shape', async () => {
    const { boards } = boardListAnswer.parse((await get('/api/boards')).json())
    for (const { document, scopes } of boards) {
      expect(scopes.length).toBeGreaterThan(0)
      for (const { equipment } of scopes) {
        const whole = boardFrame.strict().parse((await frame(document.id, { equipment })).json())
        expect(whole.tiles.map(({ tile }) => tile)).toEqual(document.tiles.map(({ id }) => id))
        for (const [index, tile] of whole.tiles.entries()) {
          expect([document.id, equipment, tile.tile, tile.state]).not.toContain('error')
          if (tile.state !== 'ready') continue
          const kind = document.tiles[index]?.kind as keyof typeof tileDataByKind
          tileDataByKind[kind].parse(tile.data)
        }
      }
    }
  })

  it('tell open orders with what they rest on', async () => {
    for (const path of ['/api/orders/progress?site=SUZ', '/api/orders/progress']) {
      const answer = ordersProgressAnswer.strict().parse((await get(path)).json())
      expect(answer.site).toBe('SUZ')
      expect(answer.orders).toMatchObject([{ order: 'O-1', equipment: UNIT, quantity: 100, good: 0 }])
      expect(answer.totals.open).toBe(1)
    }
  })
})

describe('nonsense', () => {
  const long = 'A'.repeat(12_000)
  const day = 86_400_000
  const range = (from: string | number, to: string | number) =>
    oeePath({ equipment: UNIT, from: String(from), to: String(to) })
  const asked: [string, string, string][] = [
    ['no equipment', '/api/kpi/oee?shift=current', 'INPUT_INVALID'],
    ['unknown equipment', oeePath({ equipment: 'SUZ/NONE', shift: 'current' }), 'EQUIPMENT_UNKNOWN'],
    ['an area without units', oeePath({ equipment: 'SUZ/STORE', shift: 'current' }), 'EQUIPMENT_UNKNOWN'],
    ['an unknown site as equipment', oeePath({ equipment: 'XXX', shift: 'current' }), 'EQUIPMENT_UNKNOWN'],
    ['half a name', oeePath({ equipment: 'SUZ/MOLD/IM/IM0', shift: 'current' }), 'EQUIPMENT_UNKNOWN'],
    ['a name of the language', oeePath({ equipment: '__proto__', shift: 'current' }), 'EQUIPMENT_UNKNOWN'],
    ['SQL as equipment', oeePath({ equipment: "x' OR 1=1 --", shift: 'current' }), 'INPUT_INVALID'],
    ['a parameter as equipment', oeePath({ equipment: '{unit:String}', shift: 'current' }), 'INPUT_INVALID'],
    ['a path upwards', oeePath({ equipment: '../../etc', shift: 'current' }), 'INPUT_INVALID'],
    ['two equipments', `/api/kpi/oee?equipment=${UNIT}&equipment=${UNIT}&shift=current`, 'INPUT_INVALID'],
    ['an object as equipment', `/api/kpi/oee?equipment[$ne]=x&shift=current`, 'INPUT_INVALID'],
    ['a long equipment', oeePath({ equipment: long, shift: 'current' }), 'INPUT_INVALID'],
    ['no range', oeePath({ equipment: UNIT }), 'RANGE_INVALID'],
    ['half a range', oeePath({ equipment: UNIT, from: hour.from }), 'RANGE_INVALID'],
    ['a reversed range', range(HOUR_TO, HOUR_FROM), 'RANGE_INVALID'],
    ['an empty range', range(HOUR_TO, HOUR_TO), 'RANGE_INVALID'],
    ['NaN', range('NaN', 'NaN'), 'RANGE_INVALID'],
    ['Infinity', range('Infinity', '-Infinity'), 'RANGE_INVALID'],
    ['a number with an exponent', range('1e12', '2e12'), 'RANGE_INVALID'],
    ['a negative number', range(-1, HOUR_TO), 'RANGE_INVALID'],
    ['an instant without a zone', range('2026-01-01T00:00:00', HOUR_TO), 'RANGE_INVALID'],
    ['a month that does not exist', range('2026-13-01T00:00:00Z', HOUR_TO), 'RANGE_INVALID'],
    ['a day that does not exist', range('2024-02-30T00:00:00Z', '2024-03-10T00:00:00Z'), 'RANGE_INVALID'],
    ['the year 1970', range('1970-01-01T00:00:00Z', '1970-01-02T00:00:00Z'), 'RANGE_INVALID'],
    ['the future', range(Date.now() + day, Date.now() + 2 * day), 'RANGE_INVALID'],
    ['four hundred and one days', range(HOUR_TO - 401 * day, HOUR_TO), 'RANGE_INVALID'],
    ['SQL as instant', range("now() --'", HOUR_TO), 'RANGE_INVALID'],
    ['a long instant', range(long, HOUR_TO), 'RANGE_INVALID'],
    ['another shift', oeePath({ equipment: UNIT, shift: 'N' }), 'RANGE_INVALID'],
    ['a shift and a range', oeePath({ equipment: UNIT, shift: 'current', ...hour }), 'RANGE_INVALID'],
    ['an unknown site', '/api/orders/progress?site=XXX', 'SITE_UNKNOWN'],
    ['an empty site', '/api/orders/progress?site=', 'SITE_UNKNOWN'],
    ['SQL as site', `/api/orders/progress?site=${encodeURIComponent("' OR 1=1")}`, 'SITE_UNKNOWN'],
    ['NUL as site', '/api/orders/progress?site=%00', 'SITE_UNKNOWN'],
    ['a long site', `/api/orders/progress?site=${long}`, 'INPUT_INVALID'],
    ['an unknown board', '/api/boards/nothing', 'BOARD_UNKNOWN'],
    ['a name of the language as board', '/api/boards/constructor', 'BOARD_UNKNOWN'],
    ['SQL as board', `/api/boards/${encodeURIComponent("x'; DROP TABLE board --")}`, 'BOARD_UNKNOWN'],
    ['NUL as board', '/api/boards/%00', 'BOARD_UNKNOWN'],
    ['a long board', `/api/boards/${long}`, 'BOARD_UNKNOWN'],
    ['an address that cannot be decoded', '/api/boards/%zz', 'INPUT_INVALID'],
    ['a query that cannot be decoded', '/api/kpi/oee?equipment=%zz', 'INPUT_INVALID'],
    ['nothing at all', '/api/nothing', 'ROUTE_UNKNOWN'],
    ['another version of ingest', '/ingest/v2/state', 'ROUTE_UNKNOWN'],
    ['a file that is not there', '/assets/none.js', 'ROUTE_UNKNOWN'],
  ]
  for (const [what, path, code] of asked)
    it(`is refused with a problem document: ${what}`, async () => {
      expect((await get(path)).problem().code).toBe(code)
    })

  const sent: [string, Call, string][] = [
    ['an unknown equipment', { json: { equipment: 'SUZ/NONE' } }, 'EQUIPMENT_UNKNOWN'],
    ['SQL as equipment', { json: { equipment: "x' OR 1=1" } }, 'EQUIPMENT_UNKNOWN'],
    ['a number as equipment', { json: { equipment: 1 } }, 'INPUT_INVALID'],
    ['a list', { json: [] }, 'INPUT_INVALID'],
    ['no JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 'INPUT_INVALID'],
    ['null', { body: 'null', headers: { 'content-type': 'application/json' } }, 'INPUT_INVALID'],
    [
      'another charset',
      { body: '{}', headers: { 'content-type': 'application/json; charset=x' } },
      'MEDIA_TYPE_UNKNOWN',
    ],
    [
      'another encoding',
      { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'x' } },
      'MEDIA_TYPE_UNKNOWN',
    ],
    [
      'garbage as gzip',
      { body: '{}', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      'INPUT_INVALID',
    ],
    ['more than a megabyte', { json: { equipment: 'x'.repeat(1 << 20) } }, 'BODY_TOO_LARGE'],
  ]
  for (const [what, call, code] of sent)
    it(`sent to a board is refused with a problem document: ${what}`, async () => {
      const answer = await server.call('POST', '/api/boards/oee/data', { cookie, ...call })
      expect(answer.problem().code).toBe(code)
    })

  it('leads to no file outside of the web application', async () => {
    for (const path of [
      '/assets/..%2f..%2f..%2fpackage.json',
      '/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
    ]) {
      const answer = await get(path)
      expect([path, answer.text.includes('"dependencies"')]).toEqual([path, false])
      expect(answer.status).toBeLessThan(500)
    }
  })

  it('of a megabyte in the address is refused before it is read whole, and the server goes on', async () => {
    const ask = (length: number) => get(`/api/kpi/oee?equipment=${'A'.repeat(length)}`)
    expect((await ask(20_000)).status).toBe(431)
    // The connection may be closed while we still write.
    const refusal = await ask(1 << 20).then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(refusal)
    expect((await get('/api/health')).status).toBe(200)
  })

  it('in a query nobody asked for changes nothing', async () => {
    const path = oeePath({ equipment: UNIT, ...hour })
    const plain = (await get(path)).json()
    expect((await get(`${path}&a=1&b[]=2&__proto__[x]=1&constructor=3`)).json()).toEqual(plain)
  })

  it('is told in the language of the reader', async () => {
    const title = async (headers: Record<string, string>) =>
      (await get('/api/boards/none', { headers })).problem().title
    expect(await title({})).toBe('没有这个看板')
    expect(await title({ 'accept-language': 'en-GB,zh' })).toBe('There is no such board')
    expect(await title({ 'accept-language': 'en', cookie: `${cookie}; gemba_language=zh` })).toBe('没有这个看板')
  })

  it('of a board with a scope it was not made for is still a frame', async () => {
    for (const [board, equipment] of [
      ['oee', 'SUZ'],
      ['oee', 'SUZ/STORE'],
      ['order-progress', UNIT],
    ]) {
      const answer = await frame(String(board), { equipment })
      expect([board, equipment, answer.status]).toEqual([board, equipment, 200])
      const { tiles } = boardFrame.parse(answer.json())
      expect(tiles.map(({ state }) => state)).not.toContain('error')
    }
  })
})
