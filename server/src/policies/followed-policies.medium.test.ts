/** Real: the whole server with its stores. Each policy changes the figure it names, from its date on and not before. */
import { boardFrame, tileDataByKind } from '@gemba/contracts/board'
import { kpiAnswer } from '@gemba/contracts/kpi'
import { policiesAnswer } from '@gemba/contracts/policy'
import { addDays } from '@gemba/engine/time/local-time'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RunningApplication, startApplication } from '../application-fixture.ts'
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

const LINE = 'SUZ/MOLD/IM'
const [FAST, SLOW] = [`${LINE}/IM01`, `${LINE}/IM02`]

let server: RunningApplication
let admin: string

const iso = (at: number) => new Date(at).toISOString()
/** Local date of a production day of the fixture: its days begin at 08:00 in Shanghai. */
const date = (days: number) => iso(dayStart(days) + 8 * HOUR).slice(0, 10)
/** Midnight of that date in Shanghai. */
const midnight = (days: number) => dayStart(days) - 8 * HOUR
const figure = async (metric: string, query: Record<string, string>) => {
  const path = `/api/kpi/${metric}?${new URLSearchParams({ equipment: 'SUZ', ...query })}`
  const answer = await server.call('GET', path, { cookie: admin })
  if (answer.status !== 200) throw new Error(answer.text)
  return kpiAnswer.strict().parse(answer.json())
}
const change = async (policy: string, value: unknown, at: number): Promise<void> => {
  const json = { site: 'SUZ', policy, value, validFrom: iso(at), reason: 'agreed with the customer' }
  const answer = await server.call('POST', '/api/policies', { cookie: admin, json })
  if (answer.status !== 201) throw new Error(answer.text)
}
const record = (type: string, key: string, data: object, source = 'erp') => ({
  ...{ k: 'record', source, type, key, version: '1', deleted: false, at: dayStart(5), data },
})
const unit = { unit: 'piece', sourceUnit: 'ST' }

beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn('admin')
})
afterAll(() => server.stop())

describe('what an order that cannot be kitted does', () => {
  const order = (name: string, priority: number) =>
    record('production-order', name, {
      ...{ order: name, material: 'M1', quantity: 10, workCenter: 'W01', customer: null, priority },
      ...{ releasedAt: dayStart(2), scheduledStartAt: null, dueAt: Date.now() + DAY, deliveredAt: null },
      ...{ deliveredQuantity: 0, status: 'released' },
    })
  const need = (name: string, required: number) =>
    record('reservation', `${name}/1`, { order: name, item: '1', component: 'SPRING', required, withdrawn: 0 })
  const onBoard = async () => {
    const json = { equipment: 'SUZ' }
    const answer = await server.call('POST', '/api/boards/order-progress/data', { cookie: admin, json })
    const tile = boardFrame.parse(answer.json()).tiles.find((each) => each.tile === 'kitting')
    if (tile?.state !== 'ready') throw new Error(answer.text)
    const { numerator, denominator } = tileDataByKind['key-figure'].parse(tile.data)
    return [numerator, denominator]
  }
  const asFigure = async (metric = 'kitting-rate') => {
    const { ratio } = (await figure(metric, { from: iso(dayStart(1)), to: iso(Date.now()) })).total
    return [ratio.numerator, ratio.denominator]
  }

  it('is the same on the board and in the figure: it keeps what there is, or leaves it to the next', async () => {
    await send(server, [
      ...[order('O-1', 1), order('O-2', 2), need('O-1', 10), need('O-2', 5)],
      record('stock-level', 'SPRING', { component: 'SPRING', site: 'SUZ', quantity: 6, unit: 'piece' }),
      record('stock-movement', 'SPRING-1', {
        ...{ document: 'D1', item: '1', kind: 'initial', sourceKind: '', material: 'SPRING', quantity: 6, ...unit },
        ...{ location: 'RM', status: 'unrestricted', lot: null, order: null, purchaseOrder: null, purchaseLine: null },
        ...{ reverses: null, postedAt: dayStart(3) },
      }),
    ])
    expect([await onBoard(), await asFigure()]).toEqual([
      [0, 2],
      [0, 2],
    ])
    await change('kitting', 'skip', Date.now() + HOUR)
    expect([await onBoard(), await asFigure()]).toEqual([
      [0, 2],
      [0, 2],
    ])
    await change('kitting', 'skip', Date.now() - MINUTE)
    expect([await onBoard(), await asFigure(), await asFigure('kitting-line-rate')]).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
  })
})

describe('deliveries to customers', () => {
  /** A line first promised for a date, then three days later, requested two days before; shipped two days late. */
  const line = (days: number) => {
    const [order, promised] = [`SO-${days}`, date(days)]
    const sold = { salesOrder: order, line: '10', customer: 'A', material: `SOLD-${days}`, quantity: 8, ...unit }
    return [
      record('sales-order-line', order, {
        ...{ ...sold, orderedAt: dayStart(40), requestedOn: addDays(promised, -2), firstPromisedOn: promised },
        ...{ currentPromisedOn: addDays(promised, 3), cancelledOn: null },
      }),
      record('delivery-line', order, {
        ...{ ...sold, delivery: order, salesLine: '10', line: '1', shippedAt: dayStart(days) + 2 * DAY },
      }),
    ]
  }
  const share = async (metric = 'otif') =>
    (await figure(metric, { from: iso(midnight(30)), to: iso(midnight(5)) })).total.parts['otif']

  it('are judged by the promise and within the window in force on their first promise', async () => {
    await send(server, [20, 18, 16, 14, 12].flatMap(line))
    expect(await share()).toBe(0)
    await change('otifPromise', 'current', midnight(16))
    await change('otifWindowDays', [-1, 0], midnight(14))
    // Shipped one day before the current promise: too early without a window.
    expect(await share()).toBe(2)
    await change('otifWindowDays', [-1, 0], midnight(18))
    expect(await share()).toBe(3)
    // By the first promise with two days of tolerance also the one before, which no later promise counts for.
    await change('otifWindowDays', [-1, 2], midnight(18))
    expect(await share()).toBe(4)
    expect((await figure('otif', { from: iso(midnight(30)), to: iso(midnight(5)) })).total.parts['lines']).toBe(5)
  })
})

describe('a rejected lot of a supplier', () => {
  const bought = (days: number) => {
    const [order, lot] = [`PO-${days}`, `LOT-${days}`]
    const place = { purchaseOrder: order, line: '10' }
    const came = { document: order, item: '1', ...place, quantity: 100, lot }
    return [
      record('purchase-order-line', order, {
        ...{ ...place, supplier: 'V03', material: 'SPRING', quantity: 100, ...unit, sourceQuantity: 100 },
        ...{ orderedAt: dayStart(40), firstPromisedOn: date(days), cancelled: false },
      }),
      record('goods-receipt', order, { ...came, kind: 'receipt', receivedAt: dayStart(days) }),
      // All of it went back, without its number.
      record('goods-receipt', `${order}-R`, { ...came, lot: null, kind: 'return', receivedAt: dayStart(days) + DAY }),
      record(
        'inspection-lot',
        lot,
        {
          ...{ inspectionLot: lot, lot, material: 'SPRING', kind: 'incoming', equipment: 'SUZ', inspected: 50 },
          ...{ accepted: 47, decision: 'rejected', decidedAt: dayStart(days) + HOUR, timeCertainty: 'exact' },
        },
        'mes',
      ),
    ]
  }

  it('counts whole in PPM, or with the bad pieces found, by what held when it came', async () => {
    await send(server, [20, 10].flatMap(bought))
    const ppm = async (from = 30) =>
      (await figure('supplier-ppm', { from: iso(midnight(from)), to: iso(midnight(5)), supplier: 'V03' })).total
    expect(await ppm()).toMatchObject({ value: 1e6, ratio: { numerator: 200, denominator: 200 } })
    await change('lotReject', 'bad-pieces', midnight(15))
    expect((await ppm()).ratio).toMatchObject({ numerator: 103, denominator: 200 })
    expect((await ppm(15)).value).toBe(30_000)
    expect((await ppm()).parts).toMatchObject({ lots: 2, rejectedLots: 2, received: 200, wentBack: 200 })
  })
})

describe('the OEE of a line', () => {
  const oee = async (fromDays: number, toDays: number) =>
    (await figure('line-oee', { equipment: LINE, from: iso(dayStart(fromDays)), to: iso(dayStart(toDays)) })).total

  it('is that of its bottleneck, of its last operation or of all together, by the rule in force', async () => {
    const catalog = historyCatalog(2)
    await useCatalog(server, catalog)
    for (const days of [4, 3, 2])
      await send(server, [
        ...runningDay(days, { stopMinutes: 3 }).map((each) => lineOf(FAST, each)),
        // Half the pieces in the same time.
        ...runningDay(days, { stopMinutes: 60 }).map((each) =>
          lineOf(SLOW, each.role === 'total' ? { ...each, value: Number(each.value) / 2 } : each),
        ),
      ])
    await send(server, [aliveLine([FAST, SLOW])])
    await settled(server)
    const unitOee = async (path: string) =>
      (await figure('teep', { equipment: path, from: iso(dayStart(4)), to: iso(dayStart(3)) })).total.value ?? NaN
    const [fast, slow] = [await unitOee(FAST), await unitOee(SLOW)]
    expect((await oee(4, 3)).value).toBeCloseTo(fast, 12)
    await change('lineRule', 'sum-of-parallel-units', dayStart(3))
    expect((await oee(4, 3)).value).toBeCloseTo(fast, 12)
    expect((await oee(3, 2)).value).toBeCloseTo((fast + slow) / 2, 12)
    // Over both days: one planned day of the bottleneck, then one of each unit.
    expect((await oee(4, 2)).value).toBeCloseTo((fast + fast + slow) / 3, 12)
    await change('lineRule', 'last-operation', dayStart(3))
    expect(await oee(3, 2)).toMatchObject({ value: null, missing: 'not-configured' })
    const withCycle = catalog.equipment.map((each) => (each.path === LINE ? { ...each, idealCycleSeconds: 20 } : each))
    await useCatalog(server, { ...catalog, equipment: withCycle })
    // The last unit's pieces at the pace of the line, which is half of its own.
    expect((await oee(3, 2)).value).toBeCloseTo(slow * 2, 12)
  })

  it('has no meaning for a machine or a site', async () => {
    for (const equipment of [FAST, 'SUZ']) {
      const { total } = await figure('line-oee', { equipment, from: iso(dayStart(3)), to: iso(dayStart(2)) })
      expect(total).toMatchObject({ value: null, missing: 'not-applicable' })
    }
  })
})

describe('time of machines', () => {
  const THIRD = `${LINE}/IM03`
  const availability = (fromDays: number) =>
    figure('availability', { equipment: THIRD, from: iso(dayStart(fromDays)), to: iso(dayStart(fromDays - 1)) })
  const applied = async () => {
    await vi.waitUntil(
      async () => {
        const answer = await server.call('GET', '/api/policies?site=SUZ', { cookie: admin })
        const { policies } = policiesAnswer.parse(answer.json())
        return policies.every(({ versions }) => versions.every(({ appliedAt }) => appliedAt !== null))
      },
      { timeout: 60_000, interval: 50 },
    )
  }

  it('waiting and planned maintenance are lost or left out, from the date of the policy on', async () => {
    const catalog = historyCatalog(3)
    const name = { zh: '保养', en: 'Maintenance' }
    const planned = { code: 'R3', name, category: 'planned', owner: name } as const
    await useCatalog(server, { ...catalog, reasons: [...catalog.reasons, planned] })
    for (const [days, reason] of [
      [9, 'R2'],
      [8, 'R2'],
      [7, 'R3'],
      [6, 'R3'],
    ] as const)
      await send(
        server,
        runningDay(days, { stopMinutes: 72, reason }).map((each) => lineOf(THIRD, each)),
      )
    await send(server, [aliveLine([THIRD])])
    await settled(server)
    const lost = 1 - 144 / 1440
    const values = async () => Promise.all([9, 8, 7, 6].map(async (days) => (await availability(days)).total.value))
    expect(await values()).toEqual([lost, lost, 1, 1])
    await change('waiting', 'outside-planned-time', dayStart(8))
    await change('plannedMaintenance', 'availability-loss', dayStart(6))
    await applied()
    expect(await values()).toEqual([lost, 1, 1, lost])
  })

  it('a figure is marked below the lowest coverage in force at its end', async () => {
    const gap = (days: number) => [
      lineOf(THIRD, { role: 'state', at: dayStart(days) + HOUR, value: 'not-available' }),
      lineOf(THIRD, { role: 'state', at: dayStart(days) + 2 * HOUR, value: 'executing' }),
    ]
    await send(server, [...gap(9), ...gap(8)])
    await settled(server)
    const marked = async () =>
      Promise.all([9, 8].map(async (days) => (await availability(days)).flags.includes('coverage-below-95')))
    await vi.waitUntil(async () => (await availability(8)).total.coverage !== 1, { timeout: 60_000, interval: 50 })
    // An hour of what is scheduled when waiting is left out.
    expect((await availability(8)).total.coverage).toBeCloseTo(1 - 60 / (1440 - 144), 12)
    expect(await marked()).toEqual([false, false])
    await change('coverageLimit', 0.97, dayStart(8) + HOUR)
    expect(await marked()).toEqual([false, true])
  })
})

describe('the list of policies', () => {
  it('holds those that figures follow and no other', async () => {
    const answer = await server.call('GET', '/api/policies?site=SUZ', { cookie: admin })
    const { policies } = policiesAnswer.parse(answer.json())
    expect(policies.every((each) => each.applied)).toBe(true)
    expect(policies.map(({ policy }) => policy)).not.toContain('lateScrap')
    for (const { policy, metrics } of policies)
      if (policy !== 'productionDateOwner') expect([policy, metrics.length > 0]).toEqual([policy, true])
    const json = { site: 'SUZ', policy: 'lateScrap', value: 'at-detection', validFrom: iso(Date.now()), reason: 'x' }
    const refused = await server.call('POST', '/api/policies', { cookie: admin, json })
    expect(refused.problem().code).toBe('POLICY_WITHOUT_EFFECT')
  })
})
