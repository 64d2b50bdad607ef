/** Real: the whole server with its stores. A calendar that is corrected after the fact, while the server runs. */
import { createHash } from 'node:crypto'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { type OeeAnswer, oeeAnswer } from '@gemba/contracts/kpi'
import { instancesOfDate, timeWindows } from '@gemba/engine/time/calendar'
import { addDays, localDateOf } from '@gemba/engine/time/local-time'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const name = { zh: '更改', en: 'Change' }
type Site = CatalogDocument['sites'][number]
const plain = fixtureCatalog().sites[0] as Site
const today = localDateOf(plain.timeZone, Date.now())
const dateBack = (days: number): string => addDays(today, -days)
/** Whole production days that have ended. */
const RANGE = {
  fromAt: instancesOfDate(plain, dateBack(9))[0]!.fromAt,
  toAt: instancesOfDate(plain, dateBack(1))[0]!.fromAt,
}

let server: RunningApplication
let cookie: string
beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('analyst')
  await feed()
  await settled()
})
afterAll(() => server.stop())

const withExceptions = (exceptions: Site['exceptions']): CatalogDocument => ({
  ...fixtureCatalog(),
  sites: [{ ...plain, exceptions }],
})
const use = (exceptions: Site['exceptions']) =>
  server.app.get(CatalogService).importDocument(withExceptions(exceptions))

/** One piece a minute on the minute, without a stop. */
async function feed(): Promise<void> {
  const lines: object[] = [{ p: `${UNIT}:state`, t: RANGE.fromAt - HOUR_MS, v: 'executing' }]
  for (let at = RANGE.fromAt - HOUR_MS, pieces = 0; at < RANGE.toAt + HOUR_MS; at += 60_000, pieces += 1)
    lines.push({ p: `${UNIT}:total`, t: at, v: pieces })
  lines.push({ k: 'alive', u: { [UNIT]: RANGE.toAt + HOUR_MS } })
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0123456789abcdef',
      'x-gemba-stream': 'im-opcua',
      'x-gemba-first': '1',
      'x-gemba-last': String(lines.length),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  if (answer.status !== 200) throw new Error(answer.text)
}

/** Nothing is left to derive, twice in a row: a change is followed a moment after it. */
async function settled(): Promise<void> {
  const deriver = server.app.get(EquipmentDeriver)
  const idle = () => new Promise<void>((resolve) => deriver.caughtUp.subscribe(() => resolve()))
  await idle()
  await idle()
  await vi.waitUntil(() => deriver.backlog() === 0, { timeout: 30_000, interval: 50 })
}
async function oee(range: { fromAt: number; toAt: number } = RANGE): Promise<OeeAnswer> {
  const query = new URLSearchParams({ equipment: UNIT, from: String(range.fromAt), to: String(range.toAt) })
  return oeeAnswer.parse((await server.call('GET', `/api/kpi/oee?${query}`, { cookie })).json())
}
async function versions(): Promise<Map<number, number>> {
  const rows = await server.app.get(WarehouseService).query<{ start: number; at: number }>(
    `SELECT toUnixTimestamp64Milli(start_at) AS start, toUnixTimestamp64Milli(computed_at) AS at FROM equipment_window FINAL
     WHERE unit = {unit:String} AND all_ms > 0 AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND start_at < fromUnixTimestamp64Milli({toAt:Int64})`,
    { unit: UNIT, ...RANGE },
  )
  return new Map(rows.map(({ start, at }) => [Number(start), Number(at)]))
}

const DAYS = 8
const MINUTES_OF_DAY = 1_440

describe('a calendar corrected days later', () => {
  const shiftRule = (code: string) => plain.shifts.find((shift) => shift.code === code)!
  const moved = {
    from: dateBack(4),
    to: dateBack(4),
    shifts: ['D', 'N'],
    rules: [{ ...shiftRule('D'), breaks: [{ start: '12:00', end: '12:30' }] }],
    name,
  }
  const cancelled = { from: dateBack(6), to: dateBack(6), shifts: ['D'], name }
  const short = { from: dateBack(7), to: dateBack(7), shifts: ['D'], name }
  const overtime = {
    ...short,
    shifts: ['D', 'X'],
    rules: [{ ...shiftRule('D'), code: 'X', start: '21:00', end: '23:00' }],
  }

  it('is whole before', async () => {
    const { parts } = await oee()
    expect(parts).toMatchObject({ allMs: DAYS * DAY_MS, plannedMs: DAYS * DAY_MS, total: DAYS * MINUTES_OF_DAY })
  })

  it.each([
    ['a break that is entered', [moved], -HOUR_MS / 2, 1],
    ['a cancelled shift', [moved, cancelled], -12.5 * HOUR_MS, 1],
    ['a short day', [moved, cancelled, short], -24.5 * HOUR_MS, 1],
    ['overtime in the free time of that day', [moved, cancelled, overtime], -22.5 * HOUR_MS, 3],
    ['overtime taken back', [moved, cancelled, short], -24.5 * HOUR_MS, 1],
    ['everything taken back', [], 0, 3],
  ])('derives exactly what %s touches, and nothing twice', async (_what, exceptions, lostMs, touched) => {
    const before = await versions()
    await use(exceptions)
    await settled()
    const { parts } = await oee()
    expect(parts).toMatchObject({
      allMs: DAYS * DAY_MS,
      plannedMs: DAYS * DAY_MS + lostMs,
      total: DAYS * MINUTES_OF_DAY,
    })
    const after = await versions()
    const site = withExceptions(exceptions).sites[0] as Site
    expect([...after.keys()].sort()).toEqual(
      timeWindows(site, RANGE)
        .map((window) => window.fromAt)
        .sort(),
    )
    const renewed = [...after].filter(([start, at]) => before.get(start) !== at)
    expect(renewed).toHaveLength(touched)
  })

  it('leaves no piece of a vanished window behind', async () => {
    await use([overtime])
    await settled()
    await use([])
    await settled()
    const [row] = await server.app.get(WarehouseService).query<{ total: number; windows: number }>(
      `SELECT toFloat64(sum(total)) AS total, toUInt32(uniqExact(window_at)) AS windows FROM equipment_count FINAL
         WHERE unit = {unit:String} AND minute_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND minute_at < fromUnixTimestamp64Milli({toAt:Int64})`,
      { unit: UNIT, ...RANGE },
    )
    expect([Number(row?.total), Number(row?.windows)]).toEqual([DAYS * MINUTES_OF_DAY, 2 * DAYS])
  })
})
