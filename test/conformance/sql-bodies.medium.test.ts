/**
 * Real: the store process and the bodies in SQL, over rows. Figures that no conformance case asks for, on random inputs,
 * many to a statement, beside the functions of the engine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capacityLoad as rowLoad } from '@gemba/engine/kpi/capacity'
import { firstPassCounts } from '@gemba/engine/kpi/defects'
import { onTimeDelivery as rowOnTime } from '@gemba/engine/kpi/delivery'
import { equipmentRatiosOfParts } from '@gemba/engine/kpi/equipment-ratios'
import { orderTimes as rowTimes } from '@gemba/engine/kpi/flow-times'
import { emptyParts, lossWaterfall, oeeFromParts, sumParts } from '@gemba/engine/kpi/oee'
import { reliabilityOfWindow } from '@gemba/engine/kpi/reliability'
import { mergeStops } from '@gemba/engine/kpi/stops'
import { leadTimeReliability, supplierQuality as rowQuality } from '@gemba/engine/kpi/supplier'
import { firstPassYield } from '@gemba/engine/kpi/yield'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningStore, startStore } from '../../server/src/warehouse/embedded/start-store.ts'
import { WarehouseService } from '../../server/src/warehouse/warehouse.service.ts'
import { PART_COLUMNS } from '../../server/src/kpi/window-rows.ts'
import { equipmentFigures } from '../../server/src/kpi/sql/equipment.ts'
import { capacityLoad, onTimeDelivery, orderTimes } from '../../server/src/kpi/sql/orders.ts'
import { windowReliability } from '../../server/src/kpi/sql/reliability.ts'
import { type InputRow, bodyOverRows } from '../../server/src/kpi/sql/sql-body.ts'
import { SqlPathService } from '../../server/src/kpi/sql/sql-path.service.ts'
import { spanFigures, supplierQuality } from '../../server/src/kpi/sql/supplier.ts'
import { mergedStops } from '../../server/src/kpi/sql/time.ts'
import { firstPasses } from '../../server/src/kpi/sql/yield.ts'
import { type Twin, agree as agreeOn } from './twins.ts'

const HOUR_MS = 3_600_000
const START = 1_763_000_000_000

let folder: string
let store: RunningStore
let warehouse: WarehouseService
let path: SqlPathService

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-bodies-'))
  store = await startStore({ dataDir: join(folder, 'data') })
  warehouse = new WarehouseService(process.env['WAREHOUSE_TEST_URL'] ?? store.url)
  path = new SqlPathService(warehouse)
})

afterAll(async () => {
  await warehouse.onApplicationShutdown()
  await store.stop()
  rmSync(folder, { recursive: true, force: true })
})

const agree = <T>(arbitrary: fc.Arbitrary<T>, twin: Twin<T>) => agreeOn(path, arbitrary, twin)

const orZero = (max: number) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max }))
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })
const at = fc.integer({ min: 0, max: 200 }).map((n) => START + n * 900_000)
/** Often zero and often the same, so that parts meet each other. */
const partValue = fc.oneof(fc.constantFrom(0, 100), fc.integer({ min: 0, max: 5_000 }))
const parts = fc.record(
  Object.fromEntries(Object.keys(emptyParts()).map((name) => [name, partValue])) as Record<
    keyof ReturnType<typeof emptyParts>,
    fc.Arbitrary<number>
  >,
)
const inColumns = (values: ReturnType<typeof emptyParts>): InputRow =>
  Object.fromEntries(PART_COLUMNS.map(([name, column]) => [column, values[name]]))

describe('equipment, over rows and by the engine:', () => {
  it('figures with their reasons, flags, waterfall and ratios', () =>
    agree(fc.array(parts, { maxLength: 3 }), {
      body: equipmentFigures,
      rows: (windows) => ({ windows: windows.map((each) => ({ unit: 'u', ...inColumns(each) })) }),
      figures: (windows) => {
        const sum = sumParts(windows)
        const figures = oeeFromParts(sum)
        const ratios = equipmentRatiosOfParts(sum)
        const { speedMs, qualityMs, effectiveMs } = lossWaterfall(sum)
        const missing = (measure: keyof typeof figures.missingBy) => figures.missingBy[measure] ?? null
        return {
          ...Object.fromEntries(PART_COLUMNS.map(([name, column]) => [column, sum[name]])),
          oee: figures.oee,
          availability: figures.availability,
          performance: figures.performance,
          quality: figures.quality,
          // Less than nothing observed gives an infinite TEEP in one and none in the other.
          ...(sum.allMs === sum.noDataMs ? {} : { teep: figures.teep }),
          coverage: figures.coverage,
          oee_missing: missing('oee'),
          availability_missing: missing('availability'),
          performance_missing: missing('performance'),
          quality_missing: missing('quality'),
          coverage_missing: missing('coverage'),
          flags: figures.flags,
          speed_ms: speedMs,
          quality_ms: qualityMs,
          effective_ms: effectiveMs,
          nee: ratios.nee,
          ooe: ratios.ooe,
          utilization: ratios.utilization,
          calendar_uptime: ratios.calendarUptime,
          setup_rate: ratios.setupRate,
          technical_efficiency: ratios.technicalEfficiency,
        }
      },
    }))

  it('reliability of windows by the categories of their stops', () => {
    const stop = fc.record({
      state: fc.constantFrom<'DOWN' | 'STARVED' | 'SETUP'>('DOWN', 'STARVED', 'SETUP'),
      reason: fc.constantFrom(null, 'F1', 'P1', 'new'),
      ms: orZero(9_000),
    })
    const categories: Record<string, 'failure' | 'planned'> = { F1: 'failure', P1: 'planned' }
    const categoryOf = (reason: string | null) => (reason === null ? null : (categories[reason] ?? null))
    return agree(fc.tuple(parts, fc.array(stop, { maxLength: 6 })), {
      body: windowReliability,
      rows: ([window, stops]) => ({
        windows: [{ run_ms: window.runMs, micro_stop_ms: window.microStopMs, failures: window.failures }],
        stops: stops.map(({ state, reason, ms }) => ({ state, category: categoryOf(reason) ?? '', ms })),
      }),
      figures: ([window, stops]) => {
        const counted = stops.map((each) => ({ ...each, count: 1 }))
        const { mtbf, mttr, inherentAvailability } = reliabilityOfWindow(window, counted, categoryOf)
        return { mtbf, mttr, inherent_availability: inherentAvailability }
      },
    })
  })

  it('time of overlapping stops by the reason with priority', () => {
    const stop = fc.record({
      fromAt: fc.integer({ min: 0, max: 50 }),
      length: fc.integer({ min: 0, max: 20 }),
      reason: fc.constantFrom('A', 'B', 'C'),
      priority: fc.integer({ min: 0, max: 2 }),
    })
    return agree(fc.array(stop, { maxLength: 9 }), {
      body: mergedStops,
      rows: (stops) => ({
        asked: { planned_ms: 100 },
        stops: stops.map(({ fromAt, length, reason, priority }, pos) => {
          return { pos, from_at: fromAt, to_at: fromAt + length, reason, priority }
        }),
      }),
      figures: (stops) => {
        const byReason: Record<string, number> = {}
        for (const piece of mergeStops(stops.map((each) => ({ ...each, toAt: each.fromAt + each.length }))))
          byReason[piece.reason!] = (byReason[piece.reason!] ?? 0) + piece.toAt - piece.fromAt
        return { by_reason: byReason }
      },
    })
  })
})

describe('orders and suppliers, over rows and by the engine:', () => {
  it('on-time delivery of a period', () => {
    const order = fc.record({
      dueAt: at,
      deliveredAt: orNull(at),
      quantity: fc.constantFrom(0.3, 10),
      deliveredQuantity: fc.constantFrom(0.1 + 0.2, 9, 10, 11),
    })
    return agree(fc.tuple(fc.array(order, { maxLength: 10 }), at, at, at), {
      body: onTimeDelivery,
      rows: ([orders, from_at, to_at, now_at]) => ({
        asked: { from_at, to_at, now_at },
        orders: orders.map((each) => ({
          due_at: each.dueAt,
          delivered_at: each.deliveredAt,
          quantity: each.quantity,
          delivered_quantity: each.deliveredQuantity,
        })),
      }),
      figures: ([orders, fromAt, toAt, nowAt]) => {
        const { value, missing, onTime, due, overdueOpen } = rowOnTime(orders, { fromAt, toAt }, nowAt)
        return { value, missing: missing ?? null, on_time: onTime, due, overdue_open: overdueOpen }
      },
    })
  })

  it('flow, lead and release-to-start times', () => {
    const stamps = fc.record({
      orderedAt: orNull(at),
      releasedAt: orNull(at),
      startedAt: orNull(at),
      completedAt: orNull(at),
      deliveredAt: orNull(at),
    })
    const mean = (list: (number | null)[]) => {
      const known = list.filter((each) => each !== null)
      return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length
    }
    return agree(fc.array(stamps, { maxLength: 6 }), {
      body: orderTimes,
      rows: (orders) => ({
        orders: orders.map((each) => ({
          ordered_at: each.orderedAt,
          released_at: each.releasedAt,
          started_at: each.startedAt,
          completed_at: each.completedAt,
          delivered_at: each.deliveredAt,
        })),
      }),
      figures: (orders) => {
        const times = orders.map(rowTimes)
        return {
          flow_ms: mean(times.map((each) => each.flowMs)),
          lead_ms: mean(times.map((each) => each.leadMs)),
          release_to_start_ms: mean(times.map((each) => each.releaseToStartMs)),
        }
      },
    })
  })

  it('load of a work centre', () =>
    agree(
      fc.tuple(
        fc.array(fc.record({ setupHours: orZero(9), runSecondsPerPiece: orZero(90), quantity: orZero(900) }), {
          maxLength: 5,
        }),
        orZero(40),
      ),
      {
        body: capacityLoad,
        rows: ([work, available_hours]) => ({
          asked: { available_hours },
          work: work.map((each) => ({
            setup_hours: each.setupHours,
            run_seconds: each.runSecondsPerPiece,
            quantity: each.quantity,
          })),
        }),
        figures: ([work, hours]) => {
          const { plannedHours, load, overloadHours } = rowLoad(work, hours)
          return { planned_hours: plannedHours, load, overload_hours: overloadHours }
        },
      },
    ))

  it('quality of received lots under both policies', () => {
    const lot = fc.record({
      received: orZero(900),
      rejectedPieces: orZero(40),
      decision: fc.constantFrom<'accepted' | 'rejected' | null>('accepted', 'rejected', null),
    })
    return agree(fc.tuple(fc.array(lot, { maxLength: 7 }), fc.boolean()), {
      body: supplierQuality,
      rows: ([lots, whole_lot]) => ({
        asked: { whole_lot },
        lots: lots.map(({ received, rejectedPieces, decision }) => {
          return { received, rejected_pieces: rejectedPieces, decision }
        }),
      }),
      figures: ([lots, isWhole]) => {
        const { ppm, lotAcceptance, rejectedLots } = rowQuality(lots, isWhole ? 'whole-lot' : 'bad-pieces')
        return { ppm, lot_acceptance: lotAcceptance, rejected_lots: rejectedLots }
      },
    })
  })

  it('spread of lead times', () =>
    agree(fc.array(fc.record({ orderedAt: at, receivedAt: orNull(at) }), { maxLength: 30 }), {
      body: spanFigures,
      rows: (lines) => ({
        spans: lines.map(({ orderedAt, receivedAt }) => ({ from_at: orderedAt, to_at: receivedAt })),
      }),
      figures: (lines) => ({ ...leadTimeReliability(lines) }),
    }))

  it('first passes of serials', () =>
    agree(
      fc.array(
        fc.record({
          serial: fc.constantFrom('S1', 'S2', 'S3', 'S4'),
          result: fc.constantFrom<'good' | 'rework' | 'scrap'>('good', 'rework', 'scrap'),
        }),
        { maxLength: 9 },
      ),
      {
        body: firstPasses,
        rows: (passes) => ({ passes: passes.map((each, pos) => ({ pos, ...each })) }),
        figures: (passes) => {
          const counts = firstPassCounts(passes)
          return { ...counts, first_pass_yield: firstPassYield(counts) }
        },
      },
    ))
})

describe('a body', () => {
  const asked = { scope: 'x', from_at: START, to_at: START + HOUR_MS, now_at: START }
  const order = { scope: 'x', due_at: START, delivered_at: null, quantity: 1, delivered_quantity: 0 }

  it('refuses rows that do not fit, by relation and column', () => {
    const bind = (row: InputRow) => bodyOverRows(onTimeDelivery, { asked: [asked], orders: [row] })
    expect(() => bind({ ...order, due_at: 1.5 })).toThrow('orders.due_at: not a whole')
    expect(() => bind({ ...order, quantity: Number.NaN })).toThrow('orders.quantity: not a number')
    expect(() => bind({ ...order, quantity: undefined })).toThrow('orders.quantity: missing')
    expect(() => bind({ ...order, scope: 7 })).toThrow('orders.scope: not a text')
  })

  it('holds no value of a row in its text, however hostile', async () => {
    const serial = `'); DROP TABLE reading; -- {x:String} \\`
    const rows = { asked: [{ scope: serial }], passes: [{ scope: serial, pos: 1, serial, result: 'good' }] }
    expect(bodyOverRows(firstPasses, rows).sql).not.toContain('DROP')
    const answers = await path.overRows(firstPasses, rows)
    expect(answers.get(serial)).toMatchObject({ input: 1, first_pass_yield: 1 })
  })

  it('answers every scope asked for, also across several statements, and none that was not', async () => {
    const scopes = Array.from({ length: 3_000 }, (_, n) => `scope-${n}`)
    const passes = scopes.slice(0, 2_000).map((scope) => ({ scope, pos: 1, serial: 'S', result: 'good' }))
    const answers = await path.overRows(firstPasses, {
      asked: scopes.map((scope) => ({ scope })),
      passes: [...passes, { scope: 'unasked', pos: 1, serial: 'S', result: 'good' }],
    })
    expect(answers.size).toBe(3_000)
    expect(answers.get('scope-1999')).toMatchObject({ input: 1 })
    expect(answers.get('scope-2000')).toMatchObject({ input: 0, first_pass_yield: null })
  })

  it('says when one scope has more rows than a statement takes', async () => {
    const passes = Array.from({ length: 10_000 }, (_, pos) => ({ scope: 'x', pos, serial: 'S', result: 'good' }))
    await expect(path.overRows(firstPasses, { asked: [{ scope: 'x' }], passes })).rejects.toThrow('bind it to a table')
  })
})
