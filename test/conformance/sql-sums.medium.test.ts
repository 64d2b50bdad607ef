/** Real: the store process and the bodies in SQL, over rows. Sums, stamps and completeness beside the engine. */
import { correctiveMaintenanceRatio, repairTimes as rowRepairs } from '@gemba/engine/kpi/repair-times'
import { defectsPerMillion } from '@gemba/engine/kpi/yield'
import { inspectionPassRate } from '@gemba/engine/kpi/defects'
import { averageInventory } from '@gemba/engine/kpi/inventory'
import { cycleTime, workInProcess } from '@gemba/engine/kpi/flow-times'
import { inventoryAccuracy } from '@gemba/engine/kpi/stock-health'
import { scheduleAdherence as rowAdherence } from '@gemba/engine/kpi/schedule-adherence'
import { scorecard } from '@gemba/engine/kpi/supplier'
import { traceCompleteness as rowCompleteness } from '@gemba/engine/trace/completeness'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repairTimes, scheduleAdherence, traceCompleteness } from '../../server/src/kpi/sql/stamps.ts'
import {
  averageInventories,
  cycleTimes,
  inspectionPassRates,
  inventoryAccuracies,
  scorecards,
  summedRatios,
  worksInProcess,
} from '../../server/src/kpi/sql/summed.ts'
import { SqlPathService } from '../../server/src/kpi/sql/sql-path.service.ts'
import { type HistoryStore, openHistoryStore } from './history-store.ts'
import { type Twin, agree as agreeOn } from './twins.ts'

const START = 1_763_000_000_000

let store: HistoryStore

beforeAll(async () => {
  store = await openHistoryStore()
})

afterAll(() => store.close())

const agree = <T>(arbitrary: fc.Arbitrary<T>, twin: Twin<T>) => agreeOn(new SqlPathService(store.warehouse), arbitrary, twin)

const orZero = (max: number) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max }))
const at = fc.integer({ min: 0, max: 60 }).map((n) => START + n * 900_000)
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 })
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 7 })

describe('sums and counts, over rows and by the engine:', () => {
  it('quotients of sums', async () => {
    await agree(few(fc.record({ numerator: orZero(90), denominator: orZero(90) })), {
      body: summedRatios,
      rows: (terms) => ({ asked: { factor: 1e6 }, terms }),
      figures: (terms) => {
        const [above, below] = (['numerator', 'denominator'] as const).map((key) => terms.reduce((sum, each) => sum + each[key], 0))
        return { value: defectsPerMillion(above!, below!), numerator: above, denominator: below }
      },
    })
    await agree(fc.record({ corrective: orZero(90), planned: orZero(90) }), {
      body: summedRatios,
      rows: ({ corrective, planned }) => ({ asked: { factor: 1 }, terms: [{ numerator: corrective, denominator: corrective + planned }] }),
      figures: ({ corrective, planned }) => ({ value: correctiveMaintenanceRatio(corrective, planned) }),
    })
  })

  it('average inventory with negative days', () =>
    agree(few(fc.integer({ min: -20, max: 90 })), {
      body: averageInventories,
      rows: (values) => ({ snapshots: values.map((value) => ({ value })) }),
      figures: (values) => {
        const { average, negativeDays } = averageInventory(values)
        return { average, negative_days: negativeDays }
      },
    }))

  it('inspection by lots and by quantity', () =>
    agree(
      few(
        fc.record({
          inspected: orZero(90),
          accepted: orZero(90),
          decision: fc.constantFrom<'accepted' | 'rejected' | null>('accepted', 'rejected', null),
        }),
      ),
      {
        body: inspectionPassRates,
        rows: (lots) => ({ lots }),
        figures: (lots) => {
          const { lotRate, quantityRate, decided, undecided } = inspectionPassRate(lots)
          return { lot_rate: lotRate, quantity_rate: quantityRate, decided, undecided }
        },
      },
    ))

  it('inventory accuracy', () =>
    agree(few(fc.record({ book: orZero(90), counted: orZero(90) })), {
      body: inventoryAccuracies,
      rows: (counts) => ({ counts }),
      figures: (counts) => ({ accuracy: inventoryAccuracy(counts) }),
    }))

  it('scorecards with components that have no figure', () =>
    agree(few(fc.record({ name: fc.constant('c'), score: orNull(orZero(1)), weight: orZero(5) })), {
      body: scorecards,
      rows: (components) => ({ components: components.map(({ score, weight }) => ({ score, weight })) }),
      figures: (components) => ({ ...scorecard(components) }),
    }))

  it('work in process', () =>
    agree(
      few(fc.record({ operation: fc.constant('o'), arrived: orZero(90), good: orZero(90), scrap: orZero(9), standardHours: orZero(4), standardValue: orZero(7) })),
      {
        body: worksInProcess,
        rows: (operations) => ({
          operations: operations.map(({ arrived, good, scrap, standardHours, standardValue }) => {
            return { arrived, good, scrap, standard_hours: standardHours, standard_value: standardValue }
          }),
        }),
        figures: (operations) => {
          const { pieces, hours, value } = workInProcess(operations)
          return { pieces, hours, value }
        },
      },
    ))

  it('cycle times', () =>
    agree(few(at), {
      body: cycleTimes,
      rows: (completions) => ({ completions: completions.map((each) => ({ at: each })) }),
      figures: (completions) => ({ cycle_ms: cycleTime(completions) }),
    }))
})

describe('stamps and edges, over rows and by the engine:', () => {
  it('schedule adherence', () =>
    agree(
      fc.tuple(
        few(fc.record({ scheduledStartAt: at, scheduledEndAt: at, startedAt: orNull(at), endedAt: orNull(at) })),
        fc.constantFrom(0, 900_000, 3_600_000),
        at,
      ),
      {
        body: scheduleAdherence,
        rows: ([operations, tolerance_ms, now_at]) => ({
          asked: { tolerance_ms, now_at },
          operations: operations.map((each) => ({
            scheduled_start_at: each.scheduledStartAt,
            scheduled_end_at: each.scheduledEndAt,
            started_at: each.startedAt,
            ended_at: each.endedAt,
          })),
        }),
        figures: ([operations, toleranceMs, nowAt]) => {
          const { due, adherence, startAdherence } = rowAdherence(operations, toleranceMs, nowAt)
          return { due, adherence, start_adherence: startAdherence }
        },
      },
    ))

  it('repair times, open failures with their time so far', () =>
    agree(
      fc.tuple(
        few(fc.record({ failedAt: at, calledAt: orNull(at), arrivedAt: orNull(at), repairedAt: orNull(at), restoredAt: orNull(at) })),
        at,
        at,
        at,
      ),
      {
        body: repairTimes,
        rows: ([failures, from_at, to_at, known_until]) => ({
          asked: { from_at, to_at, known_until },
          failures: failures.map((each) => ({
            failed_at: each.failedAt,
            called_at: each.calledAt,
            arrived_at: each.arrivedAt,
            repaired_at: each.repairedAt,
            restored_at: each.restoredAt,
          })),
        }),
        figures: ([failures, fromAt, toAt, knownUntil]) => {
          const times = rowRepairs(failures, { fromAt, toAt }, knownUntil)
          return {
            failures: times.failures,
            open: times.open,
            respond_ms: times.respondMs,
            repair_ms: times.repairMs,
            recover_ms: times.recoverMs,
            restore_ms: times.restoreMs,
          }
        },
      },
    ))

  it('trace completeness', () => {
    const lots = ['L1', 'L2', 'L3']
    const component = fc.constantFrom('c1', 'c2', 'c3')
    const edge = fc.record({
      output: fc.constantFrom(...lots),
      component,
      method: fc.constantFrom<'scan' | 'manual' | 'backflush' | 'inferred'>('scan', 'manual', 'backflush', 'inferred'),
    })
    return agree(fc.tuple(fc.subarray(lots), fc.array(fc.uniqueArray(component), { minLength: 3, maxLength: 3 }), few(edge)), {
      body: traceCompleteness,
      rows: ([finished, needs, edges]) => ({
        finished: finished.map((lot) => ({ lot })),
        mandatory: finished.flatMap((lot, n) => needs[n]!.map((each) => ({ lot, component: each }))),
        edges: edges.map(({ output, ...each }) => ({ lot: output, ...each })),
      }),
      figures: ([finished, needs, edges]) => {
        const trace = rowCompleteness(finished.map((lot, n) => ({ lot, mandatory: needs[n]! })), edges)
        expect(trace.lots).toHaveLength(finished.length)
        return { completeness: trace.completeness, observed_completeness: trace.observedCompleteness }
      },
    })
  })
})
