/** Real: the server on both embedded stores. Walks in the warehouse agree with the engine on random genealogies. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TraceAnswer,
  completenessAnswer,
  massBalanceAnswer,
  narrowingAnswer,
  recallAnswer,
  traceAnswer,
} from '@gemba/contracts/trace'
import { genealogyOf, whereFrom, whereUsed } from '@gemba/engine/trace/genealogy'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { TraceService } from './trace.service.ts'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { RightsStore } from '../accounts/rights/rights-store.service.ts'

const AT = Date.parse('2026-11-02T00:00:00Z')
const MINUTE_MS = 60_000

let running: RunningApplication
let cookie: string
let warehouse: WarehouseService
let admin: Principal

beforeAll(async () => {
  running = await startApplication()
  cookie = await running.signIn()
  warehouse = running.app.get(WarehouseService)
  admin = (await running.app.get(RightsService).principalOf('admin')) as Principal
})
afterAll(() => running?.stop())

interface Edge {
  input: string
  output: string
  at?: number | null
  quantity?: number | null
  relation?: string
  method?: string
  unit?: string
  key?: string
  deleted?: boolean
  version?: number
}
async function putEdges(edges: readonly Edge[]): Promise<void> {
  const rows = edges.map((edge, index) => ({
    source: 'mes',
    edge_key: edge.key ?? `${edge.input}>${edge.output}#${index}`,
    input_lot: edge.input,
    output_lot: edge.output,
    unit: edge.unit ?? 'SUZ/MOLD/IM/IM01',
    quantity: edge.quantity ?? null,
    quantity_unit: 'piece',
    order_no: null,
    operation: null,
    consumed_at: edge.at ?? null,
    method: edge.method ?? 'scan',
    relation: edge.relation ?? 'transformation',
    version_at: edge.version ?? AT,
    is_deleted: edge.deleted ? 1 : 0,
  }))
  for (const table of ['genealogy_forward', 'genealogy_backward']) await warehouse.insertRows(table, rows)
}
interface Lot {
  lot: string
  material?: string
  stage?: string
  quantity?: number
  order?: string
  unit?: string
  supplier?: string
  kg?: boolean
}
const putLots = (lots: readonly Lot[]) =>
  warehouse.insertRows(
    'lot',
    lots.map((lot) => ({
      source: 'mes',
      lot: lot.lot,
      material: lot.material ?? 'M1',
      stage: lot.stage ?? 'moulded',
      unit: lot.unit ?? 'SUZ/MOLD/IM/IM01',
      order_no: lot.order ?? null,
      supplier: lot.supplier ?? null,
      supplier_lot: null,
      quantity: lot.quantity ?? 100,
      quantity_unit: lot.kg ? 'kg' : 'piece',
      made_at: AT,
      status: 'closed',
      version_at: AT,
      is_deleted: 0,
    })),
  )
const put = (table: string, rows: readonly object[]) =>
  warehouse.insertRows(
    table,
    rows.map((row) => ({ source: 'mes', unit: 'SUZ', quantity_unit: 'piece', ...row, version_at: AT, is_deleted: 0 })),
  )
/** A Cookie header of an account that sees no more than its scope. */
async function reader(user: string, scope: typeof WHOLE): Promise<string> {
  await running.app
    .get(DataSource)
    .query(
      `INSERT INTO user_account (id, name_zh, name_en, password_hash, roles) SELECT $1, $1, $1, password_hash, $2 FROM user_account WHERE id = 'admin'`,
      [user, ['manager']],
    )
  await running.app.get(RightsStore).saveProfile(admin, { user, scope, attributes: {} })
  return running.signIn(user)
}
async function ask<T>(path: string, shape: { parse: (value: unknown) => T }, as = cookie): Promise<T> {
  const answer = await running.call('GET', path, { cookie: as })
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return shape.parse(answer.json())
}
const depthsOf = (answer: Pick<TraceAnswer, 'lots'>) => answer.lots.map(({ lot, depth }) => [lot, depth])

describe('a walk through the warehouse', () => {
  const graph = fc.array(
    fc.record({
      from: fc.nat({ max: 24 }),
      to: fc.nat({ max: 24 }),
      at: fc.option(fc.nat({ max: 50 }), { freq: 6 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  const question = fc.record({
    starts: fc.uniqueArray(fc.nat({ max: 24 }), { minLength: 1, maxLength: 3 }),
    direction: fc.constantFrom('where-from' as const, 'where-used' as const),
    depth: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    inTime: fc.boolean(),
    window: fc.option(fc.tuple(fc.nat({ max: 25 }), fc.integer({ min: 26, max: 50 })), { nil: undefined }),
  })

  it('reaches what the engine reaches, with the same depths, through merges, splits and loops', async () => {
    const service = running.app.get(TraceService)
    let number = 0
    await fc.assert(
      fc.asyncProperty(graph, fc.array(question, { minLength: 4, maxLength: 8 }), async (drawn, questions) => {
        number += 1
        const name = (node: number): string => `G${number}-${node}`
        const edges = drawn.map(({ from, to, at }) => ({
          input: name(from),
          output: name(to),
          at: at === null ? null : AT + at * MINUTE_MS,
        }))
        await putEdges(edges)
        const whole = genealogyOf(edges)
        for (const { starts, direction, depth, inTime, window } of questions) {
          const lots = starts.map(name).filter((lot) => whole.nodes.has(lot))
          if (lots.length === 0) continue
          const options = {
            inTime,
            ...(depth === undefined ? {} : { depth }),
            ...(window && { window: { fromAt: AT + window[0] * MINUTE_MS, toAt: AT + window[1] * MINUTE_MS } }),
          }
          const wanted = (direction === 'where-used' ? whereUsed : whereFrom)(whole, lots, options)
          const order = { request: { lots, direction, ...options }, limits: { lots: 10_000, edges: 50_000 } }
          const answer = await service.trace(order, admin)
          expect(depthsOf(answer)).toEqual(wanted.map(({ lot, depth: level }) => [lot, level]))
          expect(answer.truncated).toBeNull()
        }
      }),
      { numRuns: 25 },
    )
  })

  it('follows neither withdrawn edges nor older versions of one', async () => {
    await putEdges([
      { input: 'W-1', output: 'W-2', key: 'k1', quantity: 5 },
      { input: 'W-1', output: 'W-3', key: 'k2' },
    ])
    await putEdges([
      { input: 'W-1', output: 'W-2', key: 'k1', quantity: 7, version: AT + 1 },
      { input: 'W-1', output: 'W-3', key: 'k2', deleted: true, version: AT + 1 },
    ])
    const answer = await ask('/api/trace?lots=W-1', traceAnswer)
    expect(depthsOf(answer)).toEqual([['W-2', 1]])
    expect(answer.edges.map(({ quantity }) => quantity)).toEqual([7])
  })

  it('says where it was cut', async () => {
    await putEdges(Array.from({ length: 30 }, (_, index) => ({ input: 'CUT', output: `CUT-${index}` })))
    const answer = await ask('/api/trace?lots=CUT&limit=10', traceAnswer)
    expect(answer.lots).toHaveLength(10)
    expect(answer.truncated).toEqual({ by: 'lots', limit: 10, depth: 1 })
  })

  it('takes thousands of lots at one level', async () => {
    const wide = Array.from({ length: 30_000 }, (_, index) => index)
    await putEdges(wide.map((index) => ({ input: 'WIDE', output: `WIDE-SERIAL-NUMBER-${index}` })))
    await putEdges(wide.map((index) => ({ input: `WIDE-SERIAL-NUMBER-${index}`, output: 'WIDE-END' })))
    const answer = await ask('/api/trace?lots=WIDE&limit=50000', traceAnswer)
    expect(answer.truncated).toBeNull()
    expect(answer.lots).toHaveLength(30_001)
    expect(answer.lots.at(-1)).toMatchObject({ lot: 'WIDE-END', depth: 2 })
  })

  it('refuses lots that nobody knows, and names them when others are known', async () => {
    const refused = await running.call('GET', '/api/trace?lots=NOBODY', { cookie })
    expect(refused.problem().code).toBe('LOT_UNKNOWN')
    expect((await ask('/api/trace?lots=W-1,NOBODY', traceAnswer)).unknown).toEqual(['NOBODY'])
    for (const path of ['/api/trace', '/api/trace?lots=A&from=2026-01-01T00:00:00Z', '/api/trace?lots=A&depth=99'])
      expect((await running.call('GET', path, { cookie })).status).toBe(400)
    expect((await running.call('GET', '/api/trace?lots=A', {})).status).toBe(401)
  })

  it('shows only what lies in the places of the reader, and says that it is narrowed', async () => {
    await putLots([
      { lot: 'S-1', unit: 'SUZ/MOLD/IM/IM01' },
      { lot: 'S-2', unit: 'SUZ/MOLD/IM/IM01' },
      { lot: 'S-3', unit: 'BRQ/FA/F1' },
      { lot: 'S-4', unit: 'SUZ/MOLD/IM/IM01' },
    ])
    await putEdges([
      { input: 'S-1', output: 'S-2' },
      { input: 'S-2', output: 'S-3', unit: 'BRQ/FA/F1' },
      { input: 'S-3', output: 'S-4' },
    ])
    expect((await ask('/api/trace?lots=S-1', traceAnswer)).lots).toHaveLength(3)
    const suzhou = await reader('suzhou', { ...WHOLE, equipment: ['SUZ'] })
    const answer = await ask('/api/trace?lots=S-1', traceAnswer, suzhou)
    expect(depthsOf(answer)).toEqual([['S-2', 1]])
    expect(answer.limitedBy).toEqual(['scope'])
    const hidden = await running.call('GET', '/api/trace?lots=S-3', { cookie: suzhou })
    expect(hidden.problem().code).toBe('LOT_UNKNOWN')
    const both = await ask('/api/trace?lots=S-1,S-3', traceAnswer, suzhou)
    expect([depthsOf(both), both.unknown, both.edges.length]).toEqual([[['S-2', 1]], ['S-3'], 1])
    const balance = await running.call('GET', '/api/trace/balance?lot=S-3', { cookie: suzhou })
    expect(balance.problem().code).toBe('LOT_UNKNOWN')
  })

  it('shows a reader of one supplier the lots of that supplier and walks through no other', async () => {
    await putLots([
      { lot: 'V-1', supplier: 'V03' },
      { lot: 'V-2', supplier: 'V07' },
      { lot: 'V-3', supplier: 'V03' },
    ])
    await putEdges([
      { input: 'V-1', output: 'V-2' },
      { input: 'V-2', output: 'V-3' },
    ])
    const supplier = await reader('v03', { ...WHOLE, suppliers: ['V03'] })
    const answer = await ask('/api/trace?lots=V-1', traceAnswer, supplier)
    expect(answer.lots).toEqual([])
    expect(answer.edges).toEqual([])
    expect((await running.call('GET', '/api/trace?lots=V-2', { cookie: supplier })).problem().code).toBe('LOT_UNKNOWN')
  })
})

describe('a recall', () => {
  it('names stages, customers, places and what is unknown', async () => {
    await putLots([
      { lot: 'R-RM', stage: 'received', kg: true },
      { lot: 'R-M', quantity: 100 },
      { lot: 'R-P', stage: 'packed', quantity: 100 },
      { lot: 'R-PAL', stage: 'pallet', quantity: 90 },
    ])
    await putEdges([
      { input: 'R-RM', output: 'R-M', at: AT },
      { input: 'R-M', output: 'R-P', at: AT + 1 },
      { input: 'R-P', output: 'R-PAL', at: AT + 2, relation: 'aggregation' },
    ])
    await put('lot_movement', [
      { lot: 'R-P', movement_key: '1', kind: 'shipment', place: 'C03', quantity: 40, moved_at: AT },
      { lot: 'R-PAL', movement_key: '2', kind: 'shipment', place: 'C07', quantity: 20, moved_at: AT },
      { lot: 'R-P', movement_key: '3', kind: 'scrap', place: 'seal', quantity: 5, moved_at: AT },
    ])
    await put('lot_stock', [{ lot: 'R-P', stock_key: 'R-P/FG', location: 'FG', status: 'unrestricted', quantity: 34 }])
    const answer = await ask('/api/trace/recall?lots=R-RM', recallAnswer)
    expect(answer).toMatchObject({
      stages: [
        { stage: 'moulded', lots: 1 },
        { stage: 'packed', lots: 1 },
        { stage: 'pallet', lots: 1 },
      ],
      shippedByCustomer: [
        { place: 'C03', quantity: 40 },
        { place: 'C07', quantity: 20 },
      ],
      onHandByLocation: [{ place: 'FG', quantity: 34 }],
      shippedQuantity: 60,
      unknownQuantity: 1,
      level: 'lot',
    })
  })
})

describe('a mass balance', () => {
  it('counts containers with their lot, and what is not accounted for', async () => {
    await putLots([
      { lot: 'B-M', quantity: 1000 },
      { lot: 'B-C1', stage: 'container', quantity: 980 },
    ])
    await putEdges([
      { input: 'B-M', output: 'B-C1', quantity: 980, relation: 'aggregation' },
      { input: 'B-C1', output: 'B-A', quantity: 600 },
      { input: 'B-C1', output: 'B-A2', quantity: null },
      { input: 'B-C1', output: 'B-LOAD', quantity: 980, relation: 'association' },
    ])
    await put('lot_movement', [
      { lot: 'B-M', movement_key: '4', kind: 'scrap', place: 'flash', quantity: 20, moved_at: AT },
    ])
    const stock = { lot: 'B-C1', stock_key: 'B-C1/WIP', location: 'WIP' }
    await put('lot_stock', [{ ...stock, status: 'unrestricted', quantity: 400 }])
    // The same stock later, blocked: it does not lie there twice.
    await put('lot_stock', [{ ...stock, status: 'blocked', quantity: 379 }])
    expect(await ask('/api/trace/balance?lot=B-M', massBalanceAnswer)).toMatchObject({
      produced: 1000,
      consumed: 600,
      onHand: 379,
      scrap: 20,
      unaccounted: 1,
      recovery: 0.999,
      openEdges: 1,
      verdict: 'missing',
    })
    expect(await ask('/api/trace/balance?lot=B-M&tolerance=0.01', massBalanceAnswer)).toMatchObject({
      verdict: 'balanced',
    })
  })
})

describe('completeness and narrowing', () => {
  it('name the finished lots whose components nobody recorded', async () => {
    const names = ['Q-1', 'Q-2', 'Q-3']
    await putLots([
      ...names.map((lot) => ({ lot, stage: 'packed', order: lot, unit: 'SUZ/PACK/P1' })),
      { lot: 'Q-SPRING', material: 'SPRING', stage: 'received' },
      { lot: 'Q-LABEL', material: 'LABEL', stage: 'received' },
      { lot: 'Q-A', material: 'PEN' },
    ])
    const need = (order: string, component: string) => ({
      source: 'erp',
      order_no: order,
      item: component,
      component,
      required: 1,
      withdrawn: 1,
      version_at: AT,
      is_deleted: 0,
    })
    await warehouse.insertRows(
      'reservation',
      ['Q-1', 'Q-2'].flatMap((order) => [need(order, 'SPRING'), need(order, 'LABEL')]),
    )
    await putEdges([
      { input: 'Q-SPRING', output: 'Q-A', method: 'backflush' },
      ...names.map((lot) => ({ input: 'Q-A', output: lot })),
      { input: 'Q-LABEL', output: 'Q-1' },
    ])
    const range = `from=${AT - 1}&to=${AT + 1}`
    const answer = await ask(`/api/trace/completeness?equipment=SUZ/PACK&${range}`, completenessAnswer)
    expect(answer).toMatchObject({
      finishedLots: 3,
      withoutBill: 1,
      completeness: 0.5,
      observedCompleteness: 0,
      incomplete: [{ lot: 'Q-2', missing: ['LABEL'] }],
    })
  })

  it('part the pieces of one lot by the resin that was in the hopper', async () => {
    await putLots([
      { lot: 'N-M', order: 'N-ORDER' },
      { lot: 'N-R1', material: 'RM', stage: 'received' },
      { lot: 'N-R2', material: 'RM', stage: 'received' },
    ])
    await putEdges([
      { input: 'N-R1', output: 'N-M', at: AT + 30_000 },
      { input: 'N-R2', output: 'N-M', at: AT + 62 * MINUTE_MS },
    ])
    await warehouse.insertRows(
      'equipment_count',
      Array.from({ length: 100 }, (_, minute) => ({
        unit: 'SUZ/MOLD/IM/IM01',
        minute_at: AT + minute * MINUTE_MS,
        order_no: 'N-ORDER',
        material: 'M1',
        window_at: AT,
        total: 10,
        good: 10,
        scrap: 0,
        rework: 0,
        computed_at: AT,
        is_deleted: 0,
      })),
    )
    const answer = await ask('/api/trace/narrowing?lot=N-M&component=RM', narrowingAnswer)
    expect(answer).toMatchObject({ pieces: 1000, unassigned: 0 })
    expect(answer.inputs.map(({ lot, pieces, share }) => [lot, pieces, share])).toEqual([
      ['N-R1', 620, 0.62],
      ['N-R2', 380, 0.38],
    ])
  })
})
