/** Real: the whole server with its stores. Sums that the store makes over units equal those made unit by unit. */
import { sumParts } from '@gemba/engine/kpi/oee'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { HOUR, dayStart, historyCatalog, lineOf, send, settled, useCatalog } from './history-fixture.ts'
import { KpiService } from './kpi.service.ts'

const UNITS = ['SUZ/MOLD/IM/IM01', 'SUZ/MOLD/IM/IM02', 'SUZ/MOLD/IM/IM03']
const WHOLE = { fromAt: dayStart(4), toAt: dayStart(1) }
const CUT = { fromAt: WHOLE.fromAt + HOUR, toAt: WHOLE.toAt - 2 * HOUR }

let server: RunningApplication
beforeAll(async () => {
  server = await startApplication()
  await useCatalog(server, historyCatalog(UNITS.length))
  await send(
    server,
    UNITS.flatMap((unit, index) => [
      lineOf(unit, { role: 'state', at: WHOLE.fromAt + index * HOUR, value: 'executing' }),
      lineOf(unit, { role: 'total', at: WHOLE.fromAt + (index + 1) * HOUR, value: 100 * (index + 1) }),
      lineOf(unit, { role: 'state', at: WHOLE.fromAt + (20 + index) * HOUR, value: 'not-executing' }),
      lineOf(unit, { role: 'total', at: WHOLE.fromAt + 40 * HOUR, value: 1000 * (index + 1) }),
    ]),
  )
  await settled(server)
})
afterAll(() => server.stop())

async function bothWays(range: typeof WHOLE): Promise<{ sums: Map<number, object>; each: Map<number, object> }> {
  const kpi = server.app.get(KpiService)
  const site = server.app.get(CatalogService).snapshot.siteOf('SUZ/MOLD/IM')!
  const asked = { units: UNITS, range, nowAt: Date.now() }
  return {
    sums: byStart(await kpi.windowSums(site, asked)),
    each: byStart(await kpi.windowFigures(site, { ...asked, withStops: false })),
  }
}

function byStart(list: Awaited<ReturnType<KpiService['windowSums']>>): Map<number, object> {
  const groups = Map.groupBy(list, ({ window }) => window.fromAt)
  return new Map(
    [...groups].map(([at, pieces]) => [at, sumParts(pieces.map(({ figures }) => figures.parts))] as const).sort(),
  )
}

describe('sums over units by window', () => {
  it.each([
    ['of whole windows', WHOLE],
    ['of a range that cuts its first and last window', CUT],
  ])('equal those made unit by unit: %s', async (_, range) => {
    const { sums, each } = await bothWays(range)
    expect(sums.size).toBeGreaterThan(5)
    expect(sums).toEqual(each)
  })

  it('take a unit that the store lacks from its readings', async () => {
    const { each: before } = await bothWays(WHOLE)
    const at = [...before.keys()][1]!
    await server.app
      .get(WarehouseService)
      .command(
        'DELETE FROM equipment_window WHERE unit = {unit:String} AND start_at = fromUnixTimestamp64Milli({at:Int64})',
        { unit: UNITS[1]!, at },
      )
    const { sums } = await bothWays(WHOLE)
    expect(sums).toEqual(before)
  })
})
