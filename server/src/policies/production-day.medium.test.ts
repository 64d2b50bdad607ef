/** Real: the whole server with its stores. Another owner of the night shift cuts free days elsewhere; no hour counts twice. */
import { kpiAnswer } from '@gemba/contracts/kpi'
import { policyVersion } from '@gemba/contracts/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import {
  DAY,
  HOUR,
  aliveLine,
  dayStart,
  historyCatalog,
  lineOf,
  send,
  settled,
  useCatalog,
} from '../kpi/history-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

let server: RunningApplication
let admin: string

const iso = (at: number) => new Date(at).toISOString()
const from = dayStart(6)
const to = dayStart(1)
const dateOf = (days: number) => iso(dayStart(days) + 8 * HOUR).slice(0, 10)

async function hours(): Promise<number> {
  const query = new URLSearchParams({ equipment: UNIT, from: iso(from), to: iso(to) })
  const answer = await server.call('GET', `/api/kpi/calendar-utilization?${query}`, { cookie: admin })
  const { parts } = kpiAnswer.parse(answer.json()).total
  return (parts['allMs'] ?? 0) / HOUR
}

beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn('admin')
  const catalog = historyCatalog(1)
  const name = { zh: '休', en: 'free' }
  const free = [{ from: dateOf(5), to: dateOf(3), shifts: [], name }]
  await useCatalog(server, { ...catalog, sites: catalog.sites.map((site) => ({ ...site, exceptions: free })) })
  await send(server, [
    ...[6, 5, 4, 3, 2].map((days) => lineOf(UNIT, { role: 'state', at: dayStart(days), value: 'executing' })),
    aliveLine([UNIT]),
  ])
  await settled(server)
})
afterAll(() => server.stop())

describe('the owner of the night shift', () => {
  it('moves the edges of free days without losing or doubling an hour', async () => {
    expect(await hours()).toBe((to - from) / HOUR)
    const json = {
      site: 'SUZ',
      policy: 'productionDateOwner',
      value: 'end',
      validFrom: iso(dayStart(30)),
      reason: 'agreed with controlling',
    }
    const answer = await server.call('POST', '/api/policies', { cookie: admin, json })
    expect(policyVersion.parse(answer.json()).appliedAt).toBeNull()
    const starts = async () => {
      const rows = await server.app.get(WarehouseService).query<{ start: number }>(
        `SELECT toUnixTimestamp64Milli(start_at) AS start FROM equipment_window FINAL
         WHERE unit = {unit:String} AND all_ms > 0 AND start_at >= fromUnixTimestamp64Milli({from:Int64})
           AND start_at < fromUnixTimestamp64Milli({to:Int64}) ORDER BY start`,
        { unit: UNIT, from, to },
      )
      return rows.map(({ start }) => Number(start))
    }
    // A free day begins with the night that leads into it: at 20:00, and no longer at 08:00.
    await vi.waitUntil(async () => (await starts()).includes(dayStart(4) + 12 * HOUR), {
      timeout: 60_000,
      interval: 50,
    })
    await settled(server)
    expect(await starts()).not.toContain(dayStart(4))
    expect(await hours()).toBe((to - from) / HOUR)
    expect((to - from) % DAY).toBe(0)
  })
})
