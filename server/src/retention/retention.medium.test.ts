/** Real: the whole server with its stores. Old months go whole; what an open period needs stays, and so does what was set long ago. */
import { retentionAnswer } from '@gemba/contracts/retention'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { EventHistory } from '../kpi/event-history.service.ts'
import { DAY, HOUR, dayStart, historyCatalog, lineOf, send, settled, useCatalog } from '../kpi/history-fixture.ts'
import { Recalculations } from '../policies/recalculations.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { RetentionService } from './retention.service.ts'

const OLD_AT = dayStart(700)
const YOUNG_AT = dayStart(40)

let server: RunningApplication
let admin: string

const month = (at: number) => new Date(at).toISOString().slice(0, 7).replace('-', '')
const iso = (at: number) => new Date(at).toISOString()
const read = async () => retentionAnswer.parse((await server.call('GET', '/api/retention', { cookie: admin })).json())
const verdictOf = async (table: string, at: number) => {
  const found = (await read()).partitions.find((each) => each.table === table && each.partition === month(at))
  return found ? (found.heldBy ?? found.verdict) : null
}
const rowsOf = async (table: string, at: number) => {
  const column = table === 'reading' ? 'source_at' : 'window_at'
  const rows = await server.app
    .get(WarehouseService)
    .query<{ n: number }>(
      `SELECT toUInt32(count()) AS n FROM {table:Identifier} WHERE toYYYYMM(${column}) = {month:UInt32}`,
      { table, month: Number(month(at)) },
    )
  return Number(rows[0]?.n)
}
const post = (path: string, json: object, cookie = admin) => server.call('POST', path, { cookie, json })

beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn('admin')
  await useCatalog(server, historyCatalog(1))
  for (const at of [OLD_AT, YOUNG_AT])
    await send(server, [
      // Set once and never again: it decides figures of all time after.
      ...(at === OLD_AT ? [lineOf(UNIT, { role: 'material', at, value: 'M1' })] : []),
      lineOf(UNIT, { role: 'state', at, value: 'executing' }),
      lineOf(UNIT, { role: 'total', at: at + HOUR, value: at === OLD_AT ? 10 : 110 }),
      lineOf(UNIT, { role: 'state', at: at + 2 * HOUR, value: 'not-executing' }),
    ])
  await settled(server)
})
afterAll(() => server.stop())

describe('retention', () => {
  it('drops nothing that an open period needs, and says so', async () => {
    expect(await verdictOf('reading', OLD_AT)).toBe('open-period')
    expect(await verdictOf('reading', YOUNG_AT)).toBe('keep')
    expect(await server.app.get(RetentionService).run()).toEqual([])
    expect(await rowsOf('reading', OLD_AT)).toBe(4)
  })

  it('lists after a close what would go, and drops nothing by listing', async () => {
    const close = { site: null, closedUntil: iso(dayStart(30)), reason: 'year end' }
    expect((await post('/api/policies/periods', close)).status).toBe(201)
    expect(await verdictOf('reading', OLD_AT)).toBe('drop')
    // Facts are kept for ten years.
    expect(await verdictOf('equipment_state', OLD_AT)).toBe('keep')
    expect(await rowsOf('reading', OLD_AT)).toBe(4)
  })

  it('drops the whole month, keeps its facts, and carries what was set in it', async () => {
    const facts = await rowsOf('equipment_state', OLD_AT)
    expect(facts).toBeGreaterThan(0)
    const gone = await server.app.get(RetentionService).run()
    expect(gone.map(({ table, partition }) => [table, partition])).toEqual([['reading', month(OLD_AT)]])
    expect(await rowsOf('reading', OLD_AT)).toBe(0)
    expect(await rowsOf('reading', YOUNG_AT)).toBe(3)
    expect(await rowsOf('equipment_state', OLD_AT)).toBe(facts)
    const events = await server.app.get(EventHistory).around(UNIT, { fromAt: YOUNG_AT, toAt: YOUNG_AT + DAY })
    expect(events).toContainEqual({ at: OLD_AT, role: 'material', value: 'M1', quality: 0 })
    expect((await read()).readingsFrom).toBe(gone[0]?.toAt)
  })

  it('never lets the figures of a dropped month be derived again, also from rows that come later', async () => {
    const { floorAt } = server.app.get(Recalculations)
    expect(floorAt).toBeGreaterThan(OLD_AT)
    const stored = async () =>
      server.app.get(WarehouseService).query(
        `SELECT toString(start_at) AS start, run_ms, total FROM equipment_window FINAL
         WHERE start_at < fromUnixTimestamp64Milli({floorAt:Int64}) ORDER BY start`,
        { floorAt },
      )
    const before = await stored()
    await send(server, [lineOf(UNIT, { role: 'state', at: OLD_AT + 3 * HOUR, value: 'executing' })])
    await settled(server)
    expect(await stored()).toEqual(before)
    const early = { site: 'SUZ', policy: 'waiting', value: 'outside-planned-time', reason: 'agreed' }
    const refused = await post('/api/policies', { ...early, validFrom: iso(OLD_AT) })
    // The period is closed too: either answer tells the truth, the first one is about the close.
    expect(refused.problem().code).toBe('PERIOD_CLOSED')
  })

  it('is set by administrators, by class, and never below what the class needs', async () => {
    const set = (json: object, cookie = admin) => post('/api/retention', json, cookie)
    const reason = 'disk'
    expect((await set({ class: 'raw', keepDays: 60, reason }, await server.signIn('quality'))).problem().code).toBe(
      'NO_ACCESS',
    )
    expect((await set({ class: 'facts', keepDays: 365, reason })).problem().code).toBe('INPUT_INVALID')
    expect((await set({ class: 'telemetry', keepDays: 31, reason: '' })).problem().code).toBe('INPUT_INVALID')
    expect((await set({ class: 'telemetry', keepDays: null, reason })).status).toBe(201)
    const { classes } = await read()
    expect(classes.find((each) => each.class === 'telemetry')).toMatchObject({
      keepDays: null,
      defaultDays: 400,
      by: 'admin',
      tables: ['reading'],
    })
    expect(classes.map((each) => each.tables.length > 0)).toEqual([true, true, true, true])
  })
})
