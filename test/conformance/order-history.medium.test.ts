/**
 * Real: the store process, its tables and the bodies in SQL. Orders, reports and stock as a business system sends them, with
 * corrections and reversals, and readings of process points.
 */
import { capability, subgroupSpread } from '@gemba/engine/kpi/capability'
import { individualsChart, subgroupChart } from '@gemba/engine/kpi/control-chart'
import { onTimeDelivery } from '@gemba/engine/kpi/delivery'
import { kitting } from '@gemba/engine/kpi/kitting'
import { forecastCompletion } from '@gemba/engine/kpi/order-forecast'
import { workProgress } from '@gemba/engine/kpi/order-progress'
import { RUN_RULES, runRules } from '@gemba/engine/kpi/run-rules'
import { firstPassYield, rolledYield } from '@gemba/engine/kpi/yield'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chartConstants } from '../../server/src/kpi/sql/case-path.service.ts'
import { type HistoryStore, openHistoryStore } from './history-store.ts'
import {
  capabilityHistory,
  deliveryHistory,
  individualsHistory,
  kittingHistory,
  progressHistory,
  runRuleHistory,
  subgroupHistory,
  yieldHistory,
} from '../../server/src/kpi/sql/history.ts'

const HOUR_MS = 3_600_000
const FROM_AT = Date.parse('2026-03-28T05:00:00Z')
const RANGE = { fromAt: FROM_AT, toAt: FROM_AT + 47 * HOUR_MS }

let warehouse: HistoryStore['warehouse']
let ask: HistoryStore['ask']
let close: HistoryStore['close']

beforeAll(async () => {
  ;({ warehouse, ask, close } = await openHistoryStore())
})

afterAll(() => close())

function expectFigures(answer: Record<string, unknown> | undefined, figures: Record<string, unknown>): void {
  const near = (value: unknown): unknown =>
    typeof value === 'number' ? expect.closeTo(value, 6) : Array.isArray(value) ? value.map(near) : value
  expect(answer).toMatchObject(Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, near(value)])))
}

const NOW_AT = FROM_AT + 10 * HOUR_MS
const version = { source: 'erp', version_at: 2_000, is_deleted: 0 }

interface PlainOrder {
  orderNo: string
  quantity: number
  dueAt: number
  deliveredAt: number | null
  deliveredQuantity: number
  priority: number
  operations: { standardSeconds: number; reports: { good: number; scrap: number; rework: number }[] }[]
  needs: Record<string, number>
}
const report = fc.record({
  good: fc.integer({ min: -5, max: 60 }),
  scrap: fc.integer({ min: -2, max: 6 }),
  rework: fc.integer({ min: 0, max: 4 }),
})
const orderOf = (prefix: string) =>
  fc
    .array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 200 }),
        dueAt: fc.integer({ min: -20, max: 40 }).map((n) => FROM_AT + n * HOUR_MS),
        deliveredAt: fc.option(fc.integer({ min: -20, max: 20 }).map((n) => FROM_AT + n * HOUR_MS)),
        deliveredQuantity: fc.integer({ min: 0, max: 220 }),
        priority: fc.integer({ min: 1, max: 3 }),
        operations: fc.array(
          fc.record({ standardSeconds: fc.constantFrom(0, 2.5, 60), reports: fc.array(report, { maxLength: 4 }) }),
          { maxLength: 3 },
        ),
        needs: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(0.1, 3, 20), { maxKeys: 3 }),
      }),
      { minLength: 15, maxLength: 15 },
    )
    .map((list) => list.map((each, n): PlainOrder => ({ ...each, orderNo: `${prefix}-${n}` })))

async function storeOrders(orders: readonly PlainOrder[], workCenter: string): Promise<void> {
  const orderRow = (each: PlainOrder) => ({
    ...version,
    order_no: each.orderNo,
    material: 'M1',
    quantity: each.quantity,
    work_center: workCenter,
    customer: null,
    priority: each.priority,
    released_at: null,
    scheduled_start_at: null,
    due_at: each.dueAt,
    delivered_at: each.deliveredAt,
    delivered_quantity: each.deliveredQuantity,
    status: 'released',
  })
  await warehouse.insertRows('production_order', [
    ...orders.map((each) => ({ ...orderRow(each), quantity: 1, due_at: FROM_AT, version_at: 1_000 })),
    ...orders.map(orderRow),
  ])
  const operations = orders.flatMap((each) =>
    each.operations.map((own, n) => ({ order: each, own, operation: String(n * 10 + 10), n })),
  )
  await warehouse.insertRows(
    'order_operation',
    operations.map(({ order, own, operation, n }) => ({
      ...version,
      order_no: order.orderNo,
      operation,
      sequence: n,
      name: operation,
      work_center: workCenter,
      standard_seconds: own.standardSeconds,
    })),
  )
  const reports = operations.flatMap(({ order, own, operation }) =>
    own.reports.map((each, k) => ({
      ...version,
      report_key: `${order.orderNo}/${operation}/${k}`,
      order_no: order.orderNo,
      operation,
      work_center: workCenter,
      reported_at: FROM_AT + k,
      ...each,
    })),
  )
  // Every report comes twice; the second delivery and the reversed ones count once or not at all.
  const reversed = reports.map((row) => ({ ...row, report_key: `${row.report_key}/reversed`, version_at: 1_000 }))
  await warehouse.insertRows('job_report', [
    ...reports,
    ...reports,
    ...reversed,
    ...reversed.map((row) => ({ ...row, version_at: 3_000, is_deleted: 1 })),
  ])
}

const summed = (own: PlainOrder['operations'][number]) => ({
  standardSeconds: own.standardSeconds,
  good: own.reports.reduce((sum, each) => sum + each.good, 0),
  scrap: own.reports.reduce((sum, each) => sum + each.scrap, 0),
  rework: own.reports.reduce((sum, each) => sum + each.rework, 0),
})

describe('the history of orders', () => {
  it('gives progress, forecast, yields, delivery and kitting as the engine does, corrections and reversals included', async () => {
    const orders = fc.sample(orderOf('PO'), { numRuns: 1, seed: 11 })[0]!
    await storeOrders(orders, 'WC-1')
    const names = orders.map((each) => each.orderNo)
    const rates = orders.map((_, n) => [null, 0, 10, 37][n % 4]!)
    const segments = [0, 5, 9, 14, 30].map((n) => ({
      fromAt: FROM_AT + n * HOUR_MS,
      toAt: FROM_AT + (n + 4) * HOUR_MS,
    }))
    const segmentFrom = segments.map((each) => each.fromAt)
    const progress = await ask(progressHistory, {
      orders: names,
      rates,
      nowAt: NOW_AT,
      segmentFrom,
      segmentTo: segments.map((each) => each.toAt),
    })
    const yields = await ask(yieldHistory, { orders: names })
    orders.forEach((order, n) => {
      const operations = order.operations.map(summed)
      const good = operations.at(-1)?.good ?? 0
      const rate = { perHour: rates[n] ?? null, lowPerHour: null, highPerHour: null }
      const remaining = Math.max(0, order.quantity - good)
      const { expectedAt } = forecastCompletion(remaining, rate, { segments, fromAt: NOW_AT })
      expectFigures(progress.get(order.orderNo), {
        qty_progress: good / order.quantity,
        work_progress: workProgress(operations, order.quantity),
        remaining,
        eta_at: expectedAt,
      })
      const steps = order.operations.filter((own) => own.reports.length > 0).map(summed)
      const rolled = rolledYield(
        steps.map((step) => firstPassYield({ ...step, input: step.good + step.scrap + step.rework })),
      )
      expectFigures(yields.get(order.orderNo), { rty: rolled })
    })
    const period = { fromAt: FROM_AT - 10 * HOUR_MS, toAt: FROM_AT + 8 * HOUR_MS }
    const { value, due, onTime, overdueOpen } = onTimeDelivery(orders, period, NOW_AT)
    const delivered = await ask(deliveryHistory, { ...period, units: ['WC-1', 'WC-none'], nowAt: NOW_AT })
    expectFigures(delivered.get('WC-1'), { value, due, on_time: onTime, overdue_open: overdueOpen, missing: null })
    expect(delivered.get('WC-none')).toMatchObject({ value: null, missing: 'not-applicable' })
  })

  it('allocates stock to orders once, by priority, due date and name', async () => {
    const orders = fc.sample(orderOf('KO'), { numRuns: 1, seed: 5 })[0]!
    await storeOrders(orders, 'WC-2')
    const stock = new Map([
      ['a', 31],
      ['b', 12.3],
      ['c', 45],
    ])
    await warehouse.insertRows(
      'reservation',
      orders.flatMap((each) =>
        Object.entries(each.needs).map(([component, needed], n) => ({
          ...version,
          order_no: each.orderNo,
          item: String(n),
          component,
          required: needed + 2,
          withdrawn: 2,
        })),
      ),
    )
    await warehouse.insertRows(
      'stock_level',
      [...stock].map(([component, quantity]) => ({ ...version, component, site: 'BRQ', quantity, unit: 'pcs' })),
    )
    const answer = (await ask(kittingHistory, { orders: orders.map((each) => each.orderNo), site: 'BRQ' })).get('all')
    const waiting = orders.map((each) => ({
      order: each.orderNo,
      priority: each.priority,
      due: each.dueAt,
      components: new Map(Object.entries(each.needs)),
    }))
    for (const policy of ['reserve', 'skip'] as const) {
      const { orderRate, lineRate, orders: results } = kitting(waiting, stock, policy)
      const kitted = results.filter((each) => each.kitted).map((each) => each.order)
      expect(kitted.length).toBeGreaterThan(0)
      expectFigures(answer, {
        [`rate_${policy}`]: orderRate,
        [`line_rate_${policy}`]: lineRate,
        [`kitted_${policy}`]: kitted,
      })
    }
  })
})

describe('the history of process points', () => {
  it('gives charts, rules and capability of the good readings as the engine does', async () => {
    const values = Array.from(
      { length: 1_000 },
      (_, n) => 10 + Math.round(Math.sin(n * 12.9898) * 400 + Math.sin(n / 40) * 200) / 1_000,
    )
    const row = (number: number, seq: number, quality = 0) => {
      const source_at = FROM_AT + seq * 1_000
      return {
        point: 'BRQ.u:width',
        source_at,
        seq,
        number,
        text: '',
        quality,
        kind: 1,
        received_at: source_at,
        stream: 's',
      }
    }
    const bad = values.filter((_, n) => n % 50 === 0).map((_, n) => row(999, n * 50, 2))
    await warehouse.insertRows('reading', [
      ...values.map((value, n) => row(value, n)),
      ...bad.map((each) => ({ ...each, seq: each.seq + 5_000 })),
    ])
    const groups = Array.from({ length: 200 }, (_, n) => values.slice(n * 5, n * 5 + 5))
    const constants = chartConstants([2, 5]) as Record<string, number>[]
    const lists = {
      sizes: constants.map((c) => c['size']),
      d2: constants.map((c) => c['d2']),
      d3: constants.map((c) => c['d3']),
      c4: constants.map((c) => c['c4']),
    }
    const params = { ...RANGE, ...lists, points: ['BRQ.u:width', 'BRQ.u:none'], subgroupSize: 5 }
    const chart = subgroupChart(groups, 'range')!
    const subgroups = await ask(subgroupHistory, params)
    expectFigures(subgroups.get('BRQ.u:width'), {
      center: chart.center,
      rbar: chart.spread,
      xbar_ucl_range: chart.xbar!.ucl,
      r_ucl: chart.spreadLimits!.ucl,
    })
    expect(subgroups.get('BRQ.u:none')).toMatchObject({ center: null, xbar_ucl_range: null, r_lcl: null })
    const single = individualsChart(values)!
    expectFigures((await ask(individualsHistory, params)).get('BRQ.u:width'), {
      center: single.center,
      mrbar: single.mrbar,
      ucl: single.ucl,
      mr_ucl: single.mrUcl,
    })
    const judged = (await ask(runRuleHistory, { ...params, center: 10, sigma: 0.2 })).get('BRQ.u:width')!
    const flagged = Object.entries(runRules({ values, center: 10, sigma: 0.2 }, RUN_RULES)).filter(
      ([, list]) => list.length > 0,
    )
    expect(flagged.length).toBeGreaterThan(5)
    expect(judged['flags']).toEqual(Object.fromEntries(flagged))
    const limits = { lsl: 9.2, usl: 10.9, target: 10 }
    const indices = capability({ ...subgroupSpread(groups), ...limits, cpmForm: 'spread' })
    const { cp, cpk, cpm, pp, ppk } = indices
    expectFigures((await ask(capabilityHistory, { ...params, ...limits })).get('BRQ.u:width'), {
      cp,
      cpk,
      cpm,
      cq: pp,
      cqk: ppk,
    })
  })
})
