/** Real: the whole server with its stores. Random goods, summed by the warehouse, against the same figures from the rows in memory. */
import { createHash } from 'node:crypto'
import { type KpiAnswer, kpiAnswer, metricsAnswer } from '@gemba/contracts/kpi'
import { onTimeInFull, supplierOnTime } from '@gemba/engine/kpi/delivery'
import { averageInventory, inventoryTurns, stockAge } from '@gemba/engine/kpi/inventory'
import { reorderPoint } from '@gemba/engine/kpi/replenishment'
import { daysOfCover } from '@gemba/engine/kpi/stock-health'
import { supplierQuality } from '@gemba/engine/kpi/supplier'
import { addDays } from '@gemba/engine/time/local-time'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { COLLECTOR, type RunningApplication, UNIT, startApplication } from '../application-fixture.ts'
import { finish, publish } from '../reports/reports-fixture.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { CUSTOMER_RULES, STOCK_RULES, SUPPLIER_RULES } from './supply-rules.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
/** Production days of the fixture begin at 08:00 in Shanghai, which is midnight UTC; so do its dates here. */
const TO = Math.floor(Date.now() / DAY) * DAY - DAY
const DAYS = 12
const FROM = TO - DAYS * DAY
const date = (at: number): string => new Date(at + 8 * HOUR).toISOString().slice(0, 10)

let server: RunningApplication
let cookie: string
let sequence = 0

beforeAll(async () => {
  server = await startApplication()
  cookie = await server.signIn('analyst')
  // From here on the books are known.
  await send([movement('FIRST', 0, { postedAt: FROM - HOUR, quantity: 1, kind: 'initial' })])
})
afterAll(() => server.stop())

interface Line {
  type: string
  key: string
  data: object
  source?: string
}

async function send(lines: readonly Line[]): Promise<void> {
  const body = lines
    .map((line) => `${JSON.stringify({ k: 'record', source: 'erp', version: '1', at: TO, ...line })}\n`)
    .join('')
  const first = sequence + 1
  sequence += lines.length
  const answer = await server.call('POST', '/ingest/v1/batches', {
    body,
    headers: {
      authorization: `Bearer ${COLLECTOR.token}`,
      'x-gemba-collector': COLLECTOR.id,
      'x-gemba-epoch': '0123456789abcdef',
      'x-gemba-stream': 'erp',
      'x-gemba-first': String(first),
      'x-gemba-last': String(sequence),
      'x-gemba-sha256': createHash('sha256').update(body).digest('hex'),
    },
  })
  const { rejected } = answer.json() as { rejected?: unknown[] }
  if (answer.status !== 200 || rejected) throw new Error(answer.text)
}

async function ask(metric: string, query: Record<string, string> = {}): Promise<KpiAnswer> {
  const period = { equipment: 'SUZ', from: String(FROM), to: String(TO) }
  const answer = await server.call('GET', `/api/kpi/${metric}?${new URLSearchParams({ ...period, ...query })}`, {
    cookie,
  })
  if (answer.status !== 200) throw new Error(answer.text)
  return kpiAnswer.strict().parse(answer.json())
}

const unit = { unit: 'piece', sourceUnit: 'ST' }

function movement(material: string, index: number, more: object): Line {
  const key = `${material}-${index}`
  const data = {
    ...{ document: key, item: '1', sourceKind: '', location: 'RM', status: 'unrestricted', lot: null, order: null },
    ...{ purchaseOrder: null, purchaseLine: null, reverses: null, material, ...unit },
    ...more,
  }
  return { type: 'stock-movement', key, data }
}

const close = (got: number | null, wanted: number | null): void => {
  if (wanted === null) expect(got).toBeNull()
  else expect(Math.abs((got ?? NaN) - wanted)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(wanted)))
}

const kinds = ['purchase-receipt', 'production-issue', 'sales-issue', 'production-receipt', 'transfer'] as const
const quantity = fc.integer({ min: 1, max: 900_000 }).map((thousandths) => thousandths / 1000)
const moves = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    amount: quantity,
    hour: fc.integer({ min: 0, max: DAYS * 24 - 1 }),
    isReversed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
)
const purchases = fc.array(
  fc.record({
    ordered: quantity,
    due: fc.integer({ min: 0, max: DAYS + 2 }),
    came: fc.option(fc.record({ day: fc.integer({ min: 0, max: DAYS - 1 }), isFull: fc.boolean(), bad: fc.boolean() })),
    cancelled: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
)
const sales = fc.array(
  fc.record({
    ordered: quantity,
    due: fc.integer({ min: 0, max: DAYS + 2 }),
    again: fc.integer({ min: 0, max: 4 }),
    customer: fc.constantFrom('A', 'B', 'NONE'),
    shipments: fc.array(
      fc.record({ day: fc.integer({ min: 0, max: DAYS - 1 }), share: fc.constantFrom(0.25, 0.5, 1) }),
      { maxLength: 3 },
    ),
    cancelled: fc.option(fc.integer({ min: 0, max: DAYS })),
  }),
  { minLength: 1, maxLength: 25 },
)

let runs = 0
const RUNS = { numRuns: 25, seed: 20261121 }

/** Signed lines of the moves; some are taken back an hour later by a line of their own. */
function signedLines(list: readonly { kind: string; amount: number; hour: number; isReversed: boolean }[]) {
  return list.flatMap(({ kind, amount, hour, isReversed }) => {
    const postedAt = FROM + hour * HOUR
    const quantity = kind.endsWith('issue') ? -amount : amount
    const line = { kind, quantity, postedAt }
    if (kind === 'transfer') return [line, { ...line, quantity: -amount }]
    return isReversed ? [line, { ...line, quantity: -quantity, postedAt: Math.min(postedAt + HOUR, TO - 1) }] : [line]
  })
}

describe('figures of stock from sums of the warehouse', () => {
  it('are those of the rows: on hand, turns, cover and age', async () => {
    await fc.assert(
      fc.asyncProperty(moves, fc.double({ min: 0.01, max: 90, noNaN: true }), async (list, cost) => {
        const material = `STOCK-${(runs += 1)}`
        const lines = signedLines(list)
        const opening = { kind: 'initial', quantity: 50_000, postedAt: FROM - HOUR }
        const all = [opening, ...lines]
        const master = {
          ...{ material, name: material, nameZh: null, kind: 'raw', procurement: 'bought', ...unit },
          ...{ unitCost: cost, currency: 'CNY', planning: null },
        }
        await send([
          { type: 'material', key: material, data: master },
          ...all.map((line, index) => movement(material, index, line)),
        ])
        const only = { material }
        const balance = all.reduce((sum, line) => sum + line.quantity, 0)
        close((await ask('stock-on-hand', only)).total.value, balance)
        const used = lines.reduce((sum, line) => (line.kind.endsWith('issue') ? sum - line.quantity : sum), 0)
        const snapshots = Array.from({ length: DAYS }, (_, day) =>
          all.reduce((sum, line) => (line.postedAt < FROM + (day + 1) * DAY ? sum + line.quantity : sum), 0),
        )
        const { average } = averageInventory(snapshots.map((each) => each * cost))
        const turns = await ask('inventory-turns', only)
        const wanted = average === null ? null : inventoryTurns((used * cost * 365) / DAYS, average)
        close(turns.total.value, wanted?.turns ?? null)
        close((await ask('days-on-hand', only)).total.value, wanted?.daysOnHand ?? null)
        close((await ask('average-inventory', only)).total.value, average)
        close((await ask('days-of-cover', only)).total.value, daysOfCover(balance, used / DAYS))
        // Of a day first what came, then what went; what was taken back moves the other way.
        const byDate = all
          .filter((line) => line.kind !== 'transfer')
          .map((line) => ({ date: date(line.postedAt), quantity: line.quantity }))
        close((await ask('stock-age', only)).total.value, stockAge(byDate, date(TO)).meanAgeDays)
      }),
      RUNS,
    )
  })

  it('do not change when rows come twice and in another order', async () => {
    const material = 'TWICE'
    const lines = Array.from({ length: 60 }, (_, index) =>
      movement(material, index, {
        kind: index % 2 === 0 ? 'purchase-receipt' : 'production-issue',
        quantity: index % 2 === 0 ? 12.345 : -3.21,
        postedAt: FROM + index * HOUR,
      }),
    )
    await send(lines)
    const before = await ask('stock-on-hand', { material })
    await send(lines.toReversed())
    expect((await ask('stock-on-hand', { material })).total).toEqual(before.total)
    expect(before.total.value).toBeCloseTo(30 * (12.345 - 3.21), 9)
  })
})

describe('figures of suppliers', () => {
  it('are those of the rows: on time and parts per million', async () => {
    await fc.assert(
      fc.asyncProperty(purchases, async (list) => {
        const material = `BOUGHT-${(runs += 1)}`
        const records: Line[] = list.flatMap(({ ordered, due, came, cancelled }, index): Line[] => {
          const place = { purchaseOrder: `${material}-${index}`, line: '10' }
          const line = {
            ...{ ...place, supplier: 'V', material, quantity: ordered, ...unit, sourceQuantity: ordered },
            ...{ orderedAt: FROM - DAY, firstPromisedOn: date(FROM + due * DAY), cancelled },
          }
          const receivedAt = FROM + (came?.day ?? 0) * DAY + 2 * HOUR
          const quantity = came?.isFull ? ordered : ordered / 2
          const receipt = { document: 'D', item: '1', ...place, lot: null, receivedAt }
          return [
            { type: 'purchase-order-line', key: `${material}-${index}`, data: line },
            ...(came
              ? [
                  {
                    type: 'goods-receipt',
                    key: `${material}-${index}`,
                    data: { ...receipt, kind: 'receipt', quantity },
                  },
                ]
              : []),
            ...(came?.bad
              ? [
                  {
                    type: 'goods-receipt',
                    key: `${material}-${index}-back`,
                    data: { ...receipt, kind: 'return', quantity: quantity / 8 },
                  },
                ]
              : []),
          ]
        })
        await send(records)
        const untilOn = addDays(date(TO), -1)
        const kept = list.filter((each) => !each.cancelled)
        const judged = kept
          .map(({ due, came }) => ({
            due: date(FROM + due * DAY),
            received: came?.isFull ? date(FROM + came.day * DAY + 2 * HOUR) : null,
          }))
          .filter((line) => line.due <= untilOn)
        const wanted = supplierOnTime(judged, { earlyDays: null, lateDays: 0, asOf: untilOn })
        const answer = await ask('supplier-on-time', { material })
        close(answer.total.value, wanted.onTime)
        expect(answer.total.parts['due']).toBe(wanted.lines)
        const lots = kept.flatMap(({ ordered, came }) => {
          if (!came) return []
          const received = came.isFull ? ordered : ordered / 2
          return [{ received, rejectedPieces: came.bad ? received / 8 : 0, decision: 'accepted' as const }]
        })
        close((await ask('supplier-ppm', { material })).total.value, supplierQuality(lots, 'whole-lot').ppm)
      }),
      RUNS,
    )
  })
})

describe('figures of deliveries', () => {
  it('are those of the rows: OTIF by line and by order, by the first promise and the customer’s window', async () => {
    const windows = { A: [-3, 0], B: [-1, 1] } as const
    await send(
      Object.entries(windows).map(([customer, [earlyDays, lateDays]]) => ({
        type: 'customer',
        key: customer,
        data: { customer, name: customer, earlyDays, lateDays },
      })),
    )
    await fc.assert(
      fc.asyncProperty(sales, async (list) => {
        const material = `SOLD-${(runs += 1)}`
        await send(
          list.flatMap(({ ordered, due, again, customer, shipments, cancelled }, index): Line[] => {
            const place = { salesOrder: `${material}-${index % 7}`, line: String(index) }
            const promised = date(FROM + due * DAY)
            const line = {
              ...{ ...place, customer, material, quantity: ordered, ...unit, orderedAt: FROM - DAY },
              ...{ requestedOn: promised, firstPromisedOn: promised, currentPromisedOn: addDays(promised, again) },
              cancelledOn: cancelled === null ? null : date(FROM + cancelled * DAY),
            }
            return [
              { type: 'sales-order-line', key: `${material}-${index}`, data: line },
              ...shipments.map(({ day, share }, each) => ({
                type: 'delivery-line',
                key: `${material}-${index}-${each}`,
                data: {
                  ...{ delivery: `${material}-${index}-${each}`, line: '1', salesOrder: place.salesOrder },
                  ...{ salesLine: place.line, customer, material, quantity: ordered * share, ...unit },
                  shippedAt: FROM + day * DAY + 3 * HOUR,
                },
              })),
            ]
          }),
        )
        const untilOn = addDays(date(TO), -1)
        const lines = list.map(({ ordered, due, customer, shipments, cancelled }, index) => ({
          order: String(index % 7),
          due: date(FROM + due * DAY),
          quantity: ordered,
          shipments: shipments.map(({ day, share }) => ({
            date: date(FROM + day * DAY + 3 * HOUR),
            quantity: ordered * share,
          })),
          cancelledOn: cancelled === null ? null : date(FROM + cancelled * DAY),
          windowDays: customer === 'NONE' ? ([0, 0] as const) : windows[customer],
        }))
        const closed = lines.filter((line) => addDays(line.due, line.windowDays[1]) <= untilOn)
        const wanted = onTimeInFull(closed, untilOn, [0, 0])
        const answer = await ask('otif', { material })
        close(answer.total.value, wanted.otifLine)
        expect(answer.total.parts['lines']).toBe(wanted.lines)
        close((await ask('otif-by-order', { material })).total.value, wanted.otifOrder)
      }),
      RUNS,
    )
  })
})

describe('figures of consumption and planning', () => {
  it('find the material that the ERP issues beyond what the MES used', async () => {
    const gap = (material: string, issued: number) => [
      movement(material, 0, { kind: 'production-issue', quantity: -issued, postedAt: FROM + HOUR, order: 'O-9' }),
      {
        ...{ type: 'material-consumption', key: `${material}-used`, source: 'mes' },
        data: { order: 'O-9', material, quantity: 1_000, ...unit, consumedAt: FROM + HOUR },
      },
    ]
    await send([...gap('GAP-A', 1_015), ...gap('GAP-B', 1_002)])
    const answer = await ask('consumption-gap', { group: 'material' })
    const of = (key: string) => answer.groups.find((group) => group.key === key)
    expect(of('GAP-A')).toMatchObject({ parts: { issued: 1_015, consumed: 1_000, difference: -15, isFinding: 1 } })
    close(of('GAP-A')?.value ?? null, -15 / 1_015)
    expect(of('GAP-B')?.parts['isFinding']).toBe(0)
    expect(answer.flags).toEqual(['consumption-gap'])
    expect(answer.total).toMatchObject({ value: null, missing: 'not-applicable' })
  })

  it('plan by the data of the ERP, and warn when a supplier puts a receipt off', async () => {
    const planning = {
      ...{ dailyDemand: 100, dailyDemandDeviation: 12, leadTimeDays: 6, leadTimeDeviationDays: 1 },
      serviceLevel: 0.95,
    }
    const master = {
      ...{ material: 'PLAN', name: 'PLAN', nameZh: null, kind: 'raw', procurement: 'bought', ...unit },
      ...{ unitCost: 1, currency: 'CNY', planning },
    }
    const place = { purchaseOrder: 'PLAN-1', line: '10' }
    const confirmation = (sequence: number, promised: number, confirmedAt: number): Line => ({
      ...{ type: 'purchase-confirmation', key: `PLAN-1/${sequence}` },
      data: { ...place, sequence, promisedOn: date(promised), confirmedAt },
    })
    await send([
      { type: 'material', key: 'PLAN', data: master },
      movement('PLAN', 0, { kind: 'initial', quantity: 250, postedAt: FROM }),
      {
        ...{ type: 'purchase-order-line', key: 'PLAN-1' },
        data: {
          ...{ ...place, supplier: 'V', material: 'PLAN', quantity: 900, ...unit, sourceQuantity: 900 },
          ...{ orderedAt: FROM, firstPromisedOn: date(FROM + 2 * DAY), cancelled: false },
        },
      },
      confirmation(1, FROM + 2 * DAY, FROM + HOUR),
      confirmation(2, FROM + 3 * DAY, FROM + 5 * HOUR),
    ])
    const wanted = reorderPoint({ mean: 100, sd: 12 }, { mean: 6, sd: 1 }, 0.95)
    close((await ask('safety-stock', { material: 'PLAN' })).total.value, wanted.safetyStock)
    close((await ask('reorder-point', { material: 'PLAN' })).total.value, wanted.reorderPoint)
    const shortage = async (at: number) =>
      (await ask('shortage-projection', { material: 'PLAN', from: String(FROM - DAY), to: String(at) })).total.parts
    expect(await shortage(FROM + 2 * HOUR)).toMatchObject({ isAlarm: 0 })
    expect(await shortage(FROM + 6 * HOUR)).toMatchObject({
      isAlarm: 1,
      firstShortageAt: Date.parse(`${date(FROM + 2 * DAY)}T00:00:00+08:00`),
    })
  })

  it('keep stock whose unit is not known, and say so', async () => {
    await send([movement('ODD', 0, { kind: 'initial', quantity: 5, postedAt: FROM, unit: null, sourceUnit: 'DR' })])
    const answer = await ask('stock-on-hand', { material: 'ODD' })
    expect(answer).toMatchObject({ total: { value: 5 }, flags: ['unit-unmapped'], quality: 'uncertain' })
  })
})

describe('a reader with rules on goods', () => {
  const rule = (id: string, fact: string, condition: string) => ({
    ...{ id, name: { zh: id, en: id }, facts: [fact], condition, roles: ['executive'], enabled: true },
  })
  const seen = async (metric: string, query: Record<string, string> = {}): Promise<KpiAnswer> => {
    const own = await server.signIn('executive')
    const period = { equipment: 'SUZ', from: String(FROM), to: String(TO), ...query }
    const answer = await server.call('GET', `/api/kpi/${metric}?${new URLSearchParams(period)}`, { cookie: own })
    if (answer.status !== 200) throw new Error(answer.text)
    return kpiAnswer.strict().parse(answer.json())
  }

  it('gets the same formula over fewer rows, is told so, and meets no name of the others', async () => {
    const bought = (supplier: string, onTime: boolean): Line[] => {
      const place = { purchaseOrder: `RULE-${supplier}`, line: '10' }
      const goods = { material: 'RULED', quantity: 8, ...unit, sourceQuantity: 8 }
      const receivedAt = FROM + (onTime ? 1 : 4) * DAY
      return [
        {
          ...{ type: 'purchase-order-line', key: `RULE-${supplier}` },
          data: {
            ...{ ...place, supplier, ...goods, orderedAt: FROM - DAY, firstPromisedOn: date(FROM + 2 * DAY) },
            cancelled: false,
          },
        },
        {
          ...{ type: 'goods-receipt', key: `RULE-${supplier}` },
          data: { document: 'D', item: '1', kind: 'receipt', ...place, quantity: 8, lot: null, receivedAt },
        },
      ]
    }
    await send([
      ...bought('SEEN', true),
      ...bought('HIDDEN', false),
      movement('RULED', 0, { kind: 'initial', quantity: 8, postedAt: FROM }),
    ])
    const admin = await server.signIn('admin')
    for (const each of [
      rule('S-01', 'receipt', 'row.supplier = "SEEN"'),
      rule('S-02', 'stock', 'row.material <> "RULED"'),
    ]) {
      const answer = await server.call('PUT', '/api/access/row-rules', { cookie: admin, json: each })
      if (answer.status >= 300) throw new Error(answer.text)
    }
    const material = 'RULED'
    expect((await ask('supplier-on-time', { material })).total.value).toBe(0.5)
    const own = await seen('supplier-on-time', { material, group: 'supplier' })
    expect(own).toMatchObject({ total: { value: 1, parts: { due: 1 } }, limitedBy: ['S-01'] })
    expect(JSON.stringify(own)).not.toContain('HIDDEN')
    const stock = await seen('stock-on-hand', { group: 'material' })
    expect(stock.groups.map((group) => group.key)).not.toContain(material)
    expect(stock.limitedBy).toEqual(['S-02'])
    expect((await seen('stock-on-hand', { material })).total.value).toBeNull()
    // A projection without some of its receipts would be wrong, so there is none.
    expect((await seen('shortage-projection', { group: 'material' })).groups).toEqual([])
  })
})

describe('every figure of goods', () => {
  it('is of the dictionary, and answers with a value or a reason, whole and cut, with rows that can be listed', async () => {
    const dictionary = metricsAnswer.parse((await server.call('GET', '/api/metrics', { cookie })).json())
    for (const [metric, rule] of Object.entries({ ...STOCK_RULES, ...SUPPLIER_RULES, ...CUSTOMER_RULES })) {
      const listed = dictionary.metrics.find(({ id }) => id === metric)
      expect(listed?.computed).toBe(true)
      for (const group of ['none', ...(listed?.groupings ?? [])]) {
        const answer = await ask(metric, { group, explain: '1' })
        for (const figure of [answer.total, ...answer.groups])
          expect([metric, figure.key, figure.value === null, figure.missing === undefined]).toEqual([
            metric,
            figure.key,
            figure.value === null,
            figure.value !== null,
          ])
        expect(answer.explain?.definition.id).toBe(metric)
        expect(answer.explain?.queries.map((query) => query.rows)).toEqual([...rule.rows])
      }
    }
  })

  it('says in a report, where all are read in common, what it says alone', async () => {
    const metrics = Object.keys({ ...STOCK_RULES, ...SUPPLIER_RULES, ...CUSTOMER_RULES })
    const options = { equipment: 'SUZ', from: new Date(FROM).toISOString(), to: new Date(TO).toISOString() }
    const template = {
      datasets: Object.fromEntries(metrics.map((figure, at) => [`d${at}`, { kind: 'kpi', figure, options }])),
      cells: metrics.map((_, at) => ({ at: `A${at + 1}`, value: { field: `d${at}.value`, as: 'first' } })),
    }
    const admin = await server.signIn()
    await publish(server, { cookie: admin }, ['goods', template])
    const query = vi.spyOn(server.app.get(WarehouseService), 'query')
    const run = await finish(server, { cookie: admin, id: 'goods' })
    const statements = query.mock.calls.map((call) => JSON.stringify(call))
    query.mockRestore()
    expect(run.error).toBeNull()
    const file = await server.call('GET', `/api/report-runs/${run.id}/files/csv`, { cookie: admin })
    const values = file.text.replace('\uFEFF', '').trimEnd().split(/\r?\n/)
    const alone: string[] = []
    for (const metric of metrics) alone.push(String((await ask(metric)).total.value ?? ''))
    expect(values).toEqual(alone)
    const ofRows = statements.filter((text) => / FROM (stock_movement|purchase|receipt)/.test(text))
    expect(new Set(ofRows).size).toBe(ofRows.length)
  })

  it('has no meaning for a machine, and says so; a cut it does not have is refused', async () => {
    const answer = await ask('otif', { equipment: UNIT })
    expect(answer.total).toMatchObject({ value: null, missing: 'not-applicable' })
    const period = { equipment: 'SUZ', from: String(FROM), to: String(TO), group: 'shift' }
    const refused = await server.call('GET', `/api/kpi/otif?${new URLSearchParams(period)}`, { cookie })
    expect(refused.problem().code).toBe('QUESTION_INVALID')
  })

  it('of a period before anything was booked is missing, not zero', async () => {
    const before = { from: String(FROM - 90 * DAY), to: String(FROM - 80 * DAY) }
    for (const metric of ['inventory-turns', 'stock-on-hand', 'otif', 'supplier-on-time', 'supplier-ppm', 'stock-age'])
      expect([metric, (await ask(metric, before)).total.value]).toEqual([metric, null])
  })
})
