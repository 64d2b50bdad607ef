/** Real: the whole server with its stores. What late rows do to figures of ended windows, in any order and across restarts. */
import { kpiAnswer } from '@gemba/contracts/kpi'
import { policiesAnswer, policyVersion } from '@gemba/contracts/policy'
import { restatementsAnswer } from '@gemba/contracts/restatement'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { LiveService } from '../live/live.service.ts'
import { Recalculations } from '../policies/recalculations.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { Derivation } from './derivation.service.ts'
import { DirtyStart } from './dirty-start.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'
import { EventHistory } from './event-history.service.ts'
import {
  DAY,
  HOUR,
  MINUTE,
  type UnitReading,
  aliveLine,
  dayStart,
  historyCatalog,
  lineOf,
  runningDay,
  send,
  settled,
  useCatalog,
} from './history-fixture.ts'
import { RestatementsService } from './restatements.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { WindowHistory } from './window-history.service.ts'
import { WindowRetirement } from './window-retirement.service.ts'
import { WindowStore } from './window-store.service.ts'

/** The first unit is told about in order, the others in any order. */
const UNITS = Array.from({ length: 5 }, (_, index) => `SUZ/MOLD/IM/IM0${index + 1}`)
const ORDERED = UNITS[1] as string
const SHUFFLED = UNITS.slice(2)

let server: RunningApplication
let cookie: string

const iso = (at: number) => new Date(at).toISOString()
const get = (path: string, query: Record<string, string>) =>
  server.call('GET', `${path}?${new URLSearchParams(query)}`, { cookie })
const day = (days: number) => ({ from: iso(dayStart(days)), to: iso(dayStart(days) + DAY) })
const restatements = async (unit: string, query: Record<string, string> = { metric: 'availability' }) =>
  restatementsAnswer.parse(
    (await get('/api/restatements', { equipment: unit, from: day(3).from, to: iso(Date.now()), ...query })).json(),
  ).restatements
const versions = async (unit: string) => {
  const rows = await server.app.get(WarehouseService).query<{ start: number; n: number }>(
    `SELECT toUnixTimestamp64Milli(start_at) AS start, toUInt32(count()) AS n FROM equipment_window_version
     WHERE unit = {unit:String} GROUP BY start ORDER BY start`,
    { unit },
  )
  return new Map(rows.map(({ start, n }) => [Number(start), Number(n)]))
}

/** A deriver as a start of the server makes it: it knows nothing but what the stores hold. */
async function restartedDeriver(): Promise<EquipmentDeriver> {
  const { app } = server
  const deriver = new EquipmentDeriver(
    app.get(CatalogService),
    app.get(SiteCalendar),
    app.get(Derivation),
    app.get(EventHistory),
    app.get(LiveService),
    app.get(DirtyStart),
    app.get(Recalculations),
    app.get(WindowRetirement),
    app.get(WindowStore),
  )
  await deriver.onApplicationBootstrap()
  return deriver
}
const idle = (deriver: EquipmentDeriver) =>
  vi.waitUntil(() => deriver.backlog() === 0, { timeout: 60_000, interval: 20 })

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('admin')
  await useCatalog(server, historyCatalog(UNITS.length))
  for (const days of [3, 2, 1])
    await send(
      server,
      runningDay(days, { stopMinutes: 3 }).map((each) => lineOf(UNIT, each)),
    )
  await send(server, [aliveLine(UNITS)])
  await settled(server)
  // From here on every figure counts as read; before, a slow machine derives what is still arriving.
  server.app.get(WindowHistory).publishedAfterMs = 0
})
afterAll(() => server.stop())

describe('late rows', () => {
  it('re-open the windows they touch and no other, and say from what to what, by which rows and when', async () => {
    const before = await versions(UNIT)
    const knownAt = iso(Date.now())
    const stopAt = dayStart(2) + 6 * HOUR
    const stream = await send(server, [
      lineOf(UNIT, { role: 'state', at: stopAt, value: 'not-executing' }),
      lineOf(UNIT, { role: 'state', at: stopAt + 20 * MINUTE, value: 'executing' }),
    ])
    await settled(server)
    await vi.waitUntil(async () => (await restatements(UNIT)).length > 0, { timeout: 60_000, interval: 50 })
    const after = await versions(UNIT)
    expect([...after].filter(([start, n]) => n !== before.get(start)).map(([start]) => start)).toEqual([dayStart(2)])
    const [restated, ...others] = await restatements(UNIT)
    expect(others).toEqual([])
    expect(restated).toMatchObject({
      unit: UNIT,
      fromAt: iso(dayStart(2)),
      toAt: iso(dayStart(2) + 12 * HOUR),
      shift: 'D',
      from: { value: 717 / 720, ratio: { numerator: 717 * MINUTE, denominator: 720 * MINUTE } },
      to: { value: 697 / 720, ratio: { numerator: 697 * MINUTE, denominator: 720 * MINUTE } },
      causes: [
        {
          kind: 'late-rows',
          stream,
          rows: 2,
          firstSeq: 1,
          lastSeq: 2,
          points: [`${UNIT}:state`],
          fromAt: iso(stopAt),
          toAt: iso(stopAt + 20 * MINUTE),
        },
      ],
    })
    const availability = async (query: Record<string, string>) =>
      kpiAnswer.parse((await get('/api/kpi/availability', { equipment: UNIT, ...day(2), ...query })).json()).total.value
    expect(await availability({ knownAt })).toBeCloseTo(1 - 6 / 1440, 12)
    expect(await availability({})).toBeCloseTo(1 - 26 / 1440, 12)
  })

  it('that were known already change nothing and restate nothing', async () => {
    const [before, said] = [await versions(UNIT), await restatements(UNIT)]
    await send(
      server,
      runningDay(2, { stopMinutes: 3 }).map((each) => lineOf(UNIT, each)),
    )
    await settled(server)
    expect(await versions(UNIT)).toEqual(before)
    expect(await restatements(UNIT)).toEqual(said)
  })

  it('in any order, doubled, and with restarts in between give the windows of the right order', async () => {
    const reading = fc.record({
      at: fc.integer({ min: 0, max: 2 * DAY - 1 }).map((ms) => dayStart(3) + ms),
      word: fc.constantFrom(
        ['state', 'executing'] as const,
        ['state', 'not-executing'] as const,
        ['state', 'not-available'] as const,
        ['reason', 'R1'] as const,
        ['reason', 'R2'] as const,
        ['reason', 'X9'] as const,
        ['order', 'O-1'] as const,
      ),
    })
    const drawn = fc.sample(fc.array(reading, { minLength: 60, maxLength: 60 }), { numRuns: 1, seed: 5 })[0] ?? []
    // One value per point and instant: which of two contradictory ones came first is not for the order to say.
    const unique = new Map(drawn.map(({ at, word: [role, value] }) => [`${at} ${role}`, { role, at, value }]))
    const readings: UnitReading[] = [
      { role: 'state', at: dayStart(3), value: 'executing' },
      ...unique.values(),
      ...Array.from({ length: 24 }, (_, hour): UnitReading => ({
        role: 'total',
        at: dayStart(3) + hour * 2 * HOUR + 7,
        value: hour * 500,
      })),
    ]
    const inOrder = readings.toSorted((a, b) => a.at - b.at)
    await send(
      server,
      inOrder.map((each) => lineOf(ORDERED, each)),
    )
    await settled(server)
    let deriver = server.app.get(EquipmentDeriver)
    for (const [index, unit] of SHUFFLED.entries()) {
      const order = fc.sample(fc.shuffledSubarray(readings, { minLength: readings.length }), {
        numRuns: 1,
        seed: 100 + index,
      })[0] as UnitReading[]
      for (let start = 0; start < order.length; start += 23) {
        const lines = order.slice(Math.max(0, start - 5), start + 23).map((each) => lineOf(unit, each))
        await send(server, lines)
        if (start % 46 === 0) {
          await deriver.onApplicationShutdown()
          deriver = await restartedDeriver()
        }
        if (index % 2 === 0) await idle(deriver)
      }
    }
    await idle(deriver)
    const tables = ['equipment_window', 'equipment_state', 'equipment_stop', 'equipment_count']
    const rowsOf = async (table: string, unit: string) => {
      const rows = await server.app.get(WarehouseService).query<object>(
        `SELECT * EXCEPT (unit, computed_at) FROM {table:Identifier} FINAL
         WHERE unit = {unit:String} AND ${table === 'equipment_window' ? 'start_at' : 'window_at'} < fromUnixTimestamp64Milli({toAt:Int64})
         ORDER BY ALL`,
        { table, unit, toAt: dayStart(1) },
      )
      return rows.map((row) => JSON.stringify(row))
    }
    for (const table of tables) {
      const expected = await rowsOf(table, ORDERED)
      expect(expected.length).toBeGreaterThan(3)
      for (const unit of SHUFFLED) expect([unit, await rowsOf(table, unit)]).toEqual([unit, expected])
    }
    await deriver.onApplicationShutdown()
  })
})

describe('a change of settings', () => {
  it('that a kill interrupts is finished by the next start', async () => {
    // The deriver of the application was stopped above: nobody takes up the work until the next start.
    const json = {
      site: 'SUZ',
      policy: 'microStopThresholdMs',
      value: 240_000,
      validFrom: day(3).from,
      reason: 'agreed with production',
    }
    const version = policyVersion.parse((await server.call('POST', '/api/policies', { cookie, json })).json())
    expect(version).toMatchObject({ appliedAt: null, progress: 0 })
    const stored = async () =>
      policiesAnswer
        .parse((await get('/api/policies', { site: 'SUZ' })).json())
        .policies.flatMap((policy) => policy.versions)
        .find(({ id }) => id === version.id)
    expect(await stored()).toMatchObject({ appliedAt: null, progress: 0 })
    const deriver = await restartedDeriver()
    await vi.waitUntil(async () => (await stored())?.appliedAt !== null, { timeout: 60_000, interval: 50 })
    expect(await stored()).toMatchObject({ progress: 1 })
    const causes = (await restatements(UNIT)).flatMap((restated) => restated.causes.map((cause) => cause.kind))
    expect(causes).toContain('policy')
    await deriver.onApplicationShutdown()
  })
})

describe('changes of a figure', () => {
  const QUIET = 1_200

  it('are found behind any number of newer ones that leave it as it was, and only once they have happened', async () => {
    const known = await restatements(UNIT)
    expect(known.length).toBeGreaterThan(0)
    const oldestAt = Math.min(...known.map(({ restatedAt }) => Date.parse(restatedAt)))
    const newestAt = Math.max(...known.map(({ restatedAt }) => Date.parse(restatedAt)))
    await server.app.get(WarehouseService).command(
      `INSERT INTO restatement SELECT r.* REPLACE (r.after AS before,
         fromUnixTimestamp64Milli(toInt64(${newestAt} + n.number)) AS known_at,
         fromUnixTimestamp64Milli(toInt64(${newestAt} + n.number + 1)) AS restated_at)
       FROM (SELECT * FROM restatement FINAL WHERE unit = '${UNIT}' LIMIT 1) AS r CROSS JOIN numbers(${QUIET}) AS n`,
    )
    const question = { period: { fromAt: dayStart(3), toAt: Date.now() }, nowAt: newestAt + QUIET }
    const service = server.app.get(RestatementsService)
    const found = restatementsAnswer.parse(await service.list(UNIT, 'availability', question))
    expect(JSON.stringify(found.restatements)).toBe(JSON.stringify(known))
    expect(found.more).toBe(false)
    const before = await service.list(UNIT, 'availability', { ...question, nowAt: oldestAt - 1 })
    expect(before.restatements).toEqual([])
  })
})
