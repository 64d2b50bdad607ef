/** Real: the whole server with its stores. Codes that nobody knows keep their rows; a meaning changes what it must and no more. */
import { codeMappingVersion, codeMappingsAnswer, unmappedAnswer } from '@gemba/contracts/code-mapping'
import { type OeeAnswerInFull, oeeAnswerInFull } from '@gemba/contracts/kpi'
import { restatementsAnswer } from '@gemba/contracts/restatement'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import {
  DAY,
  HOUR,
  MINUTE,
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

const OTHER = 'SUZ/MOLD/IM/IM02'

let server: RunningApplication
let admin: string

const iso = (at: number) => new Date(at).toISOString()
const get = (path: string, query: Record<string, string> = {}) =>
  server.call('GET', `${path}?${new URLSearchParams(query)}`, { cookie: admin })
const oee = async (days: number, unit = UNIT): Promise<OeeAnswerInFull> => {
  const period = { from: iso(dayStart(days)), to: iso(dayStart(days) + DAY) }
  return oeeAnswerInFull.parse((await get('/api/kpi/oee', { equipment: unit, ...period })).json())
}
const unmapped = async () => unmappedAnswer.parse((await get('/api/catalog/unmapped')).json()).codes
const map = (json: object, cookie = admin) => server.call('POST', '/api/catalog/mappings', { cookie, json })
const meaning = (target: string | null, validFrom = iso(dayStart(2))) => ({
  domain: 'reason',
  source: 'im-opcua',
  code: 'X9',
  target,
  validFrom,
  reason: 'the maker says so',
})
async function applied(json: object): Promise<number> {
  const answer = await map(json)
  if (answer.status !== 201) throw new Error(answer.text)
  const { id } = codeMappingVersion.parse(answer.json())
  await vi.waitUntil(
    async () => {
      const { versions } = codeMappingsAnswer.parse((await get('/api/catalog/mappings')).json())
      return versions.find((version) => version.id === id)?.appliedAt !== null
    },
    { timeout: 60_000, interval: 50 },
  )
  return id
}

beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn('admin')
  await useCatalog(server, historyCatalog(2))
  for (const days of [3, 2, 1])
    await send(
      server,
      runningDay(days, { stopMinutes: 10, reason: 'X9' }).map((each) => lineOf(UNIT, each)),
    )
  for (const days of [3, 2, 1])
    await send(
      server,
      runningDay(days, { stopMinutes: 10, reason: 'R2' }).map((each) => lineOf(OTHER, each)),
    )
  const order = {
    order: 'O-7',
    material: 'M9',
    quantity: 10,
    workCenter: 'W77',
    customer: null,
    priority: 1,
    releasedAt: dayStart(2),
    scheduledStartAt: null,
    dueAt: dayStart(0),
    deliveredAt: null,
    deliveredQuantity: 0,
    status: 'released',
  }
  const record = { k: 'record', type: 'production-order', key: 'O-7', source: 'erp', version: '1', deleted: false }
  await send(server, [aliveLine([UNIT, OTHER]), { ...record, at: dayStart(1), data: order }])
  await settled(server)
  // From here on every figure counts as read; before, a slow machine derives what is still arriving.
  server.app.get(WindowHistory).publishedAfterMs = 0
})
afterAll(() => server.stop())

describe('a code that nothing explains', () => {
  it('keeps its rows in every total and waits in the worklist with source, count, first and last time', async () => {
    expect((await unmapped()).map((each) => [each.key, each.domain, each.source, each.code, each.rows])).toEqual([
      [-1, 'reason', 'im-opcua', 'X9', 6],
      [-1, 'material', 'erp', 'M9', 1],
      [-1, 'work-center', 'erp', 'W77', 1],
    ])
    expect((await unmapped())[0]).toMatchObject({
      firstSeenAt: iso(dayStart(3) + 3 * HOUR),
      lastSeenAt: iso(dayStart(1) + 15 * HOUR),
      seenIn: [UNIT],
    })
    const { stops, parts } = await oee(2)
    expect(stops).toEqual([{ state: 'DOWN', reason: 'X9', ms: 20 * MINUTE, count: 2 }])
    expect(parts).toMatchObject({ downMs: 20 * MINUTE, failures: 2 })
  })

  it('is given a meaning by administrators and quality, which must exist', async () => {
    expect((await map(meaning('R2'), await server.signIn('analyst'))).problem().code).toBe('NO_ACCESS')
    expect((await map(meaning('R77'))).problem().code).toBe('CODE_TARGET_UNKNOWN')
    expect((await map({ ...meaning('R2'), source: 'nobody' })).problem().code).toBe('INPUT_INVALID')
    expect((await map(meaning('R2', iso(Date.now() + HOUR)))).problem().code).toBe('INPUT_INVALID')
  })

  it('gets its meaning from a date on: windows with the code are derived again, nothing else, and totals stay', async () => {
    const [dayBefore, day, others] = [await oee(3), await oee(2), await oee(2, OTHER)]
    const id = await applied(meaning('R2'))
    expect(await oee(3)).toEqual(dayBefore)
    expect(await oee(2, OTHER)).toEqual(others)
    const after = await oee(2)
    expect(after.stops).toEqual([{ state: 'STARVED', reason: 'R2', ms: 20 * MINUTE, count: 2 }])
    expect(after.parts).toEqual({ ...day.parts, failures: 0 })
    expect([after.value, after.total]).toEqual([day.value, day.total])
    // Rows from before the date still wait for a meaning.
    expect((await unmapped())[0]).toMatchObject({ code: 'X9', rows: 2, lastSeenAt: iso(dayStart(3) + 15 * HOUR) })
    const query = { equipment: 'SUZ', metric: 'mttr', from: iso(dayStart(3)), to: iso(Date.now()) }
    const { restatements } = restatementsAnswer.parse((await get('/api/restatements', query)).json())
    expect(restatements.map(({ unit, fromAt }) => [unit, fromAt]).toSorted()).toEqual(
      [0, 12, 24, 36].map((hours) => [UNIT, iso(dayStart(2) + hours * HOUR)]),
    )
    expect(restatements[0]?.causes).toMatchObject([{ kind: 'mapping', id: String(id), facts: { target: 'R2' } }])
  })

  it('that loses its meaning again changes no total, and stands in the worklist again', async () => {
    const before = await oee(2)
    await applied(meaning(null))
    const after = await oee(2)
    expect(after.parts).toEqual({ ...before.parts, failures: 2 })
    expect(after.value).toBe(before.value)
    expect(after.stops).toEqual([{ state: 'DOWN', reason: 'X9', ms: 20 * MINUTE, count: 2 }])
    expect((await unmapped())[0]).toMatchObject({ code: 'X9', rows: 6 })
  })

  it('cannot be given another meaning in a closed period', async () => {
    const close = { site: 'SUZ', closedUntil: iso(dayStart(2) + HOUR), reason: 'month end' }
    expect((await server.call('POST', '/api/policies/periods', { cookie: admin, json: close })).status).toBe(201)
    expect((await map(meaning('R2'))).problem().code).toBe('PERIOD_CLOSED')
    expect(
      (await map({ ...meaning('M1'), domain: 'material', source: 'erp', code: 'M9', validFrom: iso(dayStart(1)) }))
        .status,
    ).toBe(201)
    expect((await unmapped()).map(({ code }) => code)).toContain('W77')
    const center = { domain: 'work-center', source: 'erp', code: 'W77', target: UNIT, reason: 'new work centre' }
    expect((await map({ ...center, validFrom: iso(dayStart(2) + HOUR) })).status).toBe(201)
    expect(server.app.get(CatalogService).snapshot.mapCode('work-center', 'erp', 'W77')).toBe(UNIT)
  })
})
