/** Real: the whole server with its stores. Who looks after one supplier sees its deliveries, and nobody else's. */
import { kpiAnswer } from '@gemba/contracts/kpi'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'
import { type Answer, type RunningApplication, startApplication } from '../application-fixture.ts'
import { DAY, HOUR, dayStart, send } from '../kpi/history-fixture.ts'

const [OWN, OTHER] = ['V03', 'V07'] as const
const WORDS_OF_OTHER = /V07|Other Springs|P-V07|L-V07/

let server: RunningApplication
let whole: string
/** Looks after one supplier. */
let reader: string
/** Is one. */
let supplier: string

const date = (days: number) => new Date(dayStart(days) + 8 * HOUR).toISOString().slice(0, 10)
const record = (type: string, key: string, data: object, source = 'erp') => ({
  ...{ k: 'record', source, type, key, version: '1', deleted: false, at: dayStart(2), data },
})
const unit = { unit: 'piece', sourceUnit: 'ST' }

/** Ten lines of a supplier: some late, some with bad pieces, each with its lot. */
function deliveries(code: string, { late, bad }: { late: number; bad: number }) {
  return Array.from({ length: 10 }, (_, index) => {
    const place = { purchaseOrder: `P-${code}-${index}`, line: '10' }
    const lot = `L-${code}-${index}`
    const came = { document: place.purchaseOrder, item: '1', ...place, lot }
    const receivedAt = dayStart(index < late ? 8 : 12)
    return [
      record('purchase-order-line', place.purchaseOrder, {
        ...{ ...place, supplier: code, material: 'SPRING', quantity: 1_000, ...unit, sourceQuantity: 1_000 },
        ...{ orderedAt: dayStart(20), firstPromisedOn: date(11), cancelled: false },
      }),
      record('goods-receipt', lot, { ...came, kind: 'receipt', quantity: 1_000, receivedAt }),
      record('goods-receipt', `${lot}-R`, { ...came, kind: 'return', quantity: bad, receivedAt: receivedAt + HOUR }),
      record(
        'lot',
        lot,
        {
          ...{ lot, material: 'SPRING', stage: 'received', equipment: 'SUZ', order: null, supplier: code },
          ...{ supplierLot: `S-${index}`, quantity: 1_000, unit: 'piece', madeAt: receivedAt, status: 'released' },
        },
        'mes',
      ),
    ]
  }).flat()
}

beforeAll(async () => {
  server = await startApplication()
  whole = await server.signIn('admin')
  const admin = (await server.app.get(RightsService).principalOf('admin')) as Principal
  const account = async (user: string, role: string): Promise<string> => {
    const sql = `INSERT INTO user_account (id, name_zh, name_en, password_hash, roles)
      SELECT $1, $1, $1, password_hash, $2 FROM user_account WHERE id = 'admin'`
    await server.app.get(DataSource).query(sql, [user, [role]])
    const scope = { ...WHOLE, suppliers: [OWN] }
    await server.app.get(RightsStore).saveProfile(admin, { user, scope, attributes: {} })
    return server.signIn(user)
  }
  reader = await account('buyer-of-springs', 'manager')
  supplier = await account('seller-of-springs', 'supplier')
  await send(server, [
    record('supplier', OWN, { supplier: OWN, name: 'Own Springs' }),
    record('supplier', OTHER, { supplier: OTHER, name: 'Other Springs' }),
    ...deliveries(OWN, { late: 2, bad: 3 }),
    ...deliveries(OTHER, { late: 5, bad: 80 }),
  ])
})
afterAll(() => server.stop())

const period = { equipment: 'SUZ', from: String(dayStart(25)), to: String(dayStart(2) + DAY) }
const get = (cookie: string, path: string, query: Record<string, string> = {}): Promise<Answer> =>
  server.call('GET', `${path}?${new URLSearchParams(query)}`, { cookie })
async function ask(cookie: string, metric: string, query: Record<string, string> = {}) {
  const answer = await get(cookie, `/api/kpi/${metric}`, { ...period, ...query })
  if (answer.status !== 200) throw new Error(answer.text)
  if (cookie === reader) expect(answer.text).not.toMatch(WORDS_OF_OTHER)
  return kpiAnswer.parse(answer.json())
}

const OF_SUPPLIERS = ['supplier-on-time', 'supplier-ppm', 'lot-acceptance-rate', 'supplier-lead-time'] as const

describe('a reader of one supplier', () => {
  it('gets the same formula over its own rows: its total is its share of the whole', async () => {
    for (const metric of OF_SUPPLIERS) {
      const all = await ask(whole, metric, { group: 'supplier' })
      expect(all.groups.map(({ key }) => key)).toEqual([OWN, OTHER])
      const own = await ask(reader, metric, { group: 'supplier', explain: '1' })
      expect(own.groups).toEqual(all.groups.filter(({ key }) => key === OWN))
      expect([metric, own.total.ratio]).toEqual([metric, own.groups[0]?.ratio])
      expect(own.explain?.definition).toEqual((await ask(whole, metric, { explain: '1' })).explain?.definition)
      expect([own.version, own.limitedBy]).toEqual([all.version, ['scope']])
    }
    expect((await ask(reader, 'supplier-on-time')).total.value).toBe(0.8)
    expect((await ask(reader, 'supplier-ppm')).total.value).toBe(3_000)
  })

  it('finds nothing of the others by naming them, by material, or among other figures', async () => {
    for (const metric of OF_SUPPLIERS) {
      expect((await ask(reader, metric, { supplier: OTHER })).total).toMatchObject({ value: null })
      const byMaterial = await ask(reader, metric, { group: 'material' })
      expect(byMaterial.groups.map(({ ratio }) => ratio)).toEqual([(await ask(reader, metric)).total.ratio])
    }
    // All figures at once rest on machines too, which a reader of one supplier does not see.
    expect((await get(reader, '/api/kpi', period)).problem().code).toBe('EQUIPMENT_UNKNOWN')
    for (const metric of ['stock-on-hand', 'otif', 'shortage-projection', 'wip', 'oee', 'pareto'])
      expect([metric, (await get(reader, `/api/kpi/${metric}`, period)).problem().code]).toEqual([
        metric,
        'EQUIPMENT_UNKNOWN',
      ])
  })

  it('meets the name of another in no list and no trace', async () => {
    for (const cookie of [reader, supplier]) {
      const own = await get(cookie, '/api/trace', { lot: `L-${OWN}-1`, direction: 'where-used' })
      expect([own.status, WORDS_OF_OTHER.test(own.text)]).toEqual([200, false])
      const foreign = await get(cookie, '/api/trace', { lot: `L-${OTHER}-1`, direction: 'where-used' })
      const nobody = await get(cookie, '/api/trace', { lot: 'L-NOBODY', direction: 'where-used' })
      // Hidden and unknown are told with the same words.
      expect(foreign.problem()).toEqual({
        ...nobody.problem(),
        facts: JSON.parse(JSON.stringify(nobody.problem().facts).replaceAll('L-NOBODY', `L-${OTHER}-1`)),
        detail: nobody.problem().detail?.replaceAll('L-NOBODY', `L-${OTHER}-1`),
      })
      for (const path of ['/api/catalog', '/api/boards', '/api/orders/progress', '/api/catalog/unmapped'])
        expect([path, WORDS_OF_OTHER.test((await get(cookie, path)).text)]).toEqual([path, false])
    }
  })
})

describe('a supplier itself', () => {
  it('gets the figures of its own deliveries, at the sites it may deliver to and at no other place', async () => {
    expect((await ask(supplier, 'supplier-ppm')).total.value).toBe(3_000)
    const answer = await get(supplier, '/api/kpi/supplier-ppm', { ...period, equipment: 'NOWHERE' })
    expect(answer.problem().code).toBe('EQUIPMENT_UNKNOWN')
    expect((await get(supplier, '/api/kpi/oee', period)).problem().code).toBe('EQUIPMENT_UNKNOWN')
  })
})
