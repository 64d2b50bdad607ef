/**
 * Real: the whole server with its stores. What a figure must do when something known is done to its rows: another
 * threshold, a late correction, a device that is gone, an order that a break makes late.
 */
import { boardFrame, tileDataByKind } from '@gemba/contracts/board'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { oeeAnswer, ordersProgressAnswer } from '@gemba/contracts/kpi'
import { restatementsAnswer } from '@gemba/contracts/restatement'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { HOUR, MINUTE, aliveLine, historyCatalog, lineOf, send, settled, useCatalog } from './history-fixture.ts'
import { WindowHistory } from './window-history.service.ts'

const OTHER = 'SUZ/MOLD/IM/IM02'
const NOW = Date.now()
/** The running shift began six to seven hours ago, whenever the test runs; the one before it is twelve hours long. */
const SHIFT = Math.floor(NOW / HOUR) * HOUR - 6 * HOUR
const BEFORE = SHIFT - 12 * HOUR
/** An hour of daily break that begins in an hour. */
const BREAK = Math.floor(NOW / MINUTE) * MINUTE + HOUR

const iso = (at: number) => new Date(at).toISOString()
const clock = (at: number) => iso(at).slice(11, 16)
const nextDay = (fromAt: number, at: number) => (clock(at) <= clock(fromAt) ? 1 : 0)

function catalogAroundNow(withBreak: boolean): CatalogDocument {
  const catalog = historyCatalog(5)
  const name = (text: string) => ({ zh: text, en: text })
  const shift = (code: string, fromAt: number) => ({
    ...{ code, name: name(code), start: clock(fromAt), end: clock(fromAt + 12 * HOUR) },
    endOffsetDays: nextDay(fromAt, fromAt + 12 * HOUR),
    breaks: withBreak && code === 'D' ? [{ start: clock(BREAK), end: clock(BREAK + HOUR) }] : [],
  })
  const site = {
    ...(catalog.sites[0] as CatalogDocument['sites'][number]),
    ...{ timeZone: 'UTC', productionDayStart: clock(SHIFT) },
    shifts: [shift('D', SHIFT), shift('N', BEFORE)],
  }
  const link = [UNIT, OTHER].map((unit) => ({
    ...{ id: `${unit}:link`, equipment: unit, role: 'link' as const, name: name('link') },
  }))
  const codeMappings = catalog.equipment
    .filter(({ level }) => level === 'work-unit')
    .map(({ path }) => ({ domain: 'work-center' as const, source: 'erp', code: `W${path.slice(-2)}`, target: path }))
  return { ...catalog, sites: [site], points: [...catalog.points, ...link], codeMappings }
}

let server: RunningApplication
let cookie: string
const get = async (path: string, query: Record<string, string>) => {
  const answer = await server.call('GET', `${path}?${new URLSearchParams(query)}`, { cookie })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json()
}
const oee = async (unit: string, query: Record<string, string>) =>
  oeeAnswer.parse(await get('/api/kpi/oee', { equipment: unit, ...query }))
const shiftBefore = { from: iso(BEFORE), to: iso(SHIFT) }

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('admin')
  await useCatalog(server, catalogAroundNow(false))
  const running = (unit: string) => [
    ...(['executing', 'M1', 0] as const).map((value, index) =>
      lineOf(unit, { role: (['state', 'material', 'total'] as const)[index] ?? 'state', at: BEFORE, value }),
    ),
    ...Array.from({ length: 17 }, (_, hour) =>
      lineOf(unit, { role: 'total', at: BEFORE + (hour + 1) * HOUR - 1, value: (hour + 1) * 300 }),
    ),
  ]
  const stop = (atMs: number, ms: number) => [
    lineOf(UNIT, { role: 'state', at: BEFORE + atMs, value: 'not-executing' }),
    lineOf(UNIT, { role: 'state', at: BEFORE + atMs + ms, value: 'executing' }),
  ]
  // Of the stops one is a micro-stop at 30 s already, one at 300 s, one never.
  const stops = [...stop(HOUR, 20_000), ...stop(2 * HOUR, 120_000), ...stop(3 * HOUR, 20 * MINUTE)]
  await send(server, [...running(UNIT), ...running(OTHER), ...stops, aliveLine([UNIT, OTHER])])
  await settled(server)
  // From here on every figure counts as read; before, a slow machine derives what is still arriving.
  server.app.get(WindowHistory).publishedAfterMs = 0
})
afterAll(() => server.stop())

describe('the threshold of micro-stops', () => {
  it('from 30 to 300 s moves availability and performance, and leaves OEE as it is', async () => {
    const at = (ms: number) => oee(UNIT, { ...shiftBefore, whatIf: `microStopThresholdMs:${ms}` })
    const [low, high] = [await at(30_000), await at(300_000)]
    expect([low.parts.microStopMs, high.parts.microStopMs]).toEqual([20_000, 140_000])
    expect(high.availability).toBeGreaterThan(low.availability as number)
    expect(high.performance).toBeLessThan(low.performance as number)
    expect(high.value).toBe(low.value)
    expect(low.value).toBeGreaterThan(0)
  })
})

describe('a device that is gone for two hours', () => {
  it('lowers coverage by these hours, and availability not at all', async () => {
    const before = await oee(OTHER, shiftBefore)
    expect([before.coverage, before.availability]).toEqual([1, 1])
    await send(server, [
      { p: `${OTHER}:link`, t: BEFORE + 4 * HOUR + 1, v: 0 },
      { p: `${OTHER}:link`, t: BEFORE + 6 * HOUR + 1, v: 1 },
    ])
    await settled(server)
    await vi.waitUntil(async () => (await oee(OTHER, shiftBefore)).coverage !== 1, { timeout: 60_000, interval: 50 })
    const after = await oee(OTHER, shiftBefore)
    expect(after.coverage).toBe(1 - 2 / 12)
    expect(after.availability).toBe(1)
    expect(after.noData).toEqual([{ fromAt: BEFORE + 4 * HOUR + 1, toAt: BEFORE + 6 * HOUR + 1 }])
    expect(after.parts).toMatchObject({ noDataMs: 2 * HOUR, downMs: 0, total: before.parts.total })
  })
})

describe('a correction that comes late', () => {
  /** The failures of the running shift as the live board shows them. */
  const onTile = async () => {
    const call = { cookie, json: { equipment: UNIT } }
    const frame = boardFrame.parse((await server.call('POST', '/api/boards/oee/data', call)).json())
    const tile = frame.tiles.find(({ tile: id }) => id === 'waterfall' || id === 'losses' || id === 'loss-waterfall')
    if (tile?.state !== 'ready') throw new Error(JSON.stringify(frame.tiles.map((each) => [each.tile, each.state])))
    const { losses } = tileDataByKind['loss-waterfall'].parse(tile.data)
    return losses.find(({ loss }) => loss === 'failure')?.ms.value
  }
  const inRollUp = async () => {
    const [row] = await server.app.get(WarehouseService).query<{ down: number }>(
      `SELECT toFloat64(down_ms) AS down FROM equipment_window FINAL
       WHERE unit = {unit:String} AND start_at = fromUnixTimestamp64Milli({fromAt:Int64})`,
      { unit: UNIT, fromAt: BEFORE },
    )
    return Number(row?.down)
  }

  it('changes the live tile, the figure asked again and the roll-up alike, and leaves a restatement', async () => {
    const known = 20 * MINUTE + 120_000
    expect([await onTile(), await inRollUp()]).toEqual([0, known])
    // A stop of two hours across the change of shifts that nobody knew of.
    const stream = await send(server, [
      lineOf(UNIT, { role: 'state', at: SHIFT - HOUR, value: 'not-executing' }),
      lineOf(UNIT, { role: 'state', at: SHIFT + HOUR, value: 'executing' }),
    ])
    await settled(server)
    await vi.waitUntil(async () => (await inRollUp()) !== known, { timeout: 60_000, interval: 50 })
    expect(await onTile()).toBe(HOUR)
    expect((await oee(UNIT, { shift: 'current' })).parts.downMs).toBe(HOUR)
    expect(await inRollUp()).toBe(known + HOUR)
    expect((await oee(UNIT, shiftBefore)).parts.downMs).toBe(known + HOUR)
    const query = { equipment: UNIT, metric: 'availability', from: iso(BEFORE), to: iso(NOW) }
    const { restatements } = restatementsAnswer.parse(await get('/api/restatements', query))
    // Of the two rows one lies in the window that had ended.
    expect(restatements).toMatchObject([
      { unit: UNIT, fromAt: iso(BEFORE), toAt: iso(SHIFT), causes: [{ kind: 'late-rows', stream, rows: 1 }] },
    ])
  })
})

/** Orders at their own machines, at an even pace: the hour of the break lies in what is left of the first four. */
const ORDERS = [
  { order: '45001014', workCenter: 'W01', perHour: 600, remainingHours: 4, isLate: true },
  { order: '45001015', workCenter: 'W02', perHour: 240, remainingHours: 2.5, isLate: true },
  { order: '45001016', workCenter: 'W03', perHour: 1_200, remainingHours: 6, isLate: true },
  { order: '45001017', workCenter: 'W04', perHour: 60, remainingHours: 9, isLate: true },
  // Done before the break begins.
  { order: '45001018', workCenter: 'W05', perHour: 600, remainingHours: 0.5, isLate: false },
] as const

describe.each(ORDERS)('the order $order that a known break makes late: $isLate', (planted) => {
  const { workCenter, perHour: PER_HOUR, remainingHours: REMAINING_HOURS, isLate } = planted
  const ENDS = NOW + (REMAINING_HOURS + (isLate ? 1 : 0)) * HOUR
  /** Between the end with the break and the end without it. */
  const DUE = NOW + (REMAINING_HOURS + 0.5) * HOUR
  const record = (source: string, type: string, key: string, data: object) => ({
    ...{ k: 'record', source, type, key, version: '1', deleted: false, at: NOW, data },
  })
  const asked = async () =>
    ordersProgressAnswer
      .parse(await get('/api/orders/progress', { site: 'SUZ' }))
      .orders.find(({ order }) => order === planted.order)

  it('is expected within 5 % of its remaining time; where the break lies in it, on time only without it', async () => {
    await useCatalog(server, catalogAroundNow(true))
    const operation = { order: planted.order, operation: '0010' }
    // A report every ten minutes of planned time, for more than a day: the break of yesterday has none.
    const instants = Array.from({ length: 156 }, (_, index) => NOW - index * 10 * MINUTE).filter(
      (at) => at <= BREAK - 24 * HOUR || at > BREAK - 23 * HOUR,
    )
    const made = instants.length * (PER_HOUR / 6)
    await send(server, [
      record('erp', 'production-order', planted.order, {
        ...{ order: planted.order, material: 'M1', quantity: made + REMAINING_HOURS * PER_HOUR, workCenter },
        ...{ customer: null, priority: 1, releasedAt: NOW - 28 * HOUR, scheduledStartAt: NOW - 27 * HOUR },
        ...{ dueAt: DUE, deliveredAt: null, deliveredQuantity: 0, status: 'released' },
      }),
      record('erp', 'order-operation', `${planted.order}/10`, {
        ...{ ...operation, sequence: 10, name: 'Mould', workCenter, standardSeconds: 3600 / PER_HOUR },
      }),
      ...instants.map((reportedAt, index) =>
        record('mes', 'job-report', `${planted.order}-${index}`, {
          ...{ ...operation, workCenter, reportedAt, good: PER_HOUR / 6, scrap: 0, rework: 0 },
        }),
      ),
    ])
    const order = await vi.waitUntil(asked, { timeout: 60_000, interval: 200 })
    expect(order?.good).toBe(made)
    expect(order?.risk === 'late').toBe(isLate)
    const errorMs = Math.abs((order?.expectedAt ?? NaN) - ENDS)
    expect(errorMs).toBeLessThan(0.05 * (ENDS - NOW))
    await useCatalog(server, catalogAroundNow(false))
    const without = await asked()
    expect(without?.risk).not.toBe('late')
    expect(without?.expectedAt).toBeLessThan(DUE)
  })
})
