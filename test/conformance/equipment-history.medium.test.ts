/**
 * Real: the store process, its tables and the bodies in SQL. What the tables hold is derived by the engine and written as
 * the product writes it; the figures of history are then asked of the warehouse and of the engine.
 */
import { siteDefinition } from '@gemba/contracts/catalog'
import { type UnitEvent, deriveUnitWindow } from '@gemba/engine/kpi/equipment-time'
import { oeeFromParts, sumParts } from '@gemba/engine/kpi/oee'
import { pareto } from '@gemba/engine/kpi/pareto'
import { reliabilityOfWindow } from '@gemba/engine/kpi/reliability'
import { shiftInstances, timeWindows } from '@gemba/engine/time/calendar'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PART_COLUMNS, derivedRows, windowRow } from '../../server/src/kpi/window-rows.ts'
import { type HistoryStore, openHistoryStore } from './history-store.ts'
import {
  equipmentHistory,
  equipmentTogether,
  reliabilityHistory,
  stateHistory,
  stopPareto,
  timePartHistory,
} from '../../server/src/kpi/sql/history.ts'

const HOUR_MS = 3_600_000
const name = { zh: '班', en: 'shift' }
const site = siteDefinition.parse({
  id: 'BRQ',
  name,
  timeZone: 'Europe/Prague',
  productionDayStart: '06:00',
  workdays: [1, 2, 3, 4, 5, 6, 7],
  shifts: [
    { code: 'R', name, start: '06:00', end: '14:00', endOffsetDays: 0, breaks: [{ start: '10:00', end: '10:30' }] },
    { code: 'N', name, start: '22:00', end: '06:00', endOffsetDays: 1, breaks: [{ start: '01:50', end: '02:20' }] },
  ],
  exceptions: [],
})
/** From Saturday 28 March 2026 over the night in which the clock jumps. */
const FROM_AT = Date.parse('2026-03-28T05:00:00Z')
const TO_AT = FROM_AT + 47 * HOUR_MS
const windows = timeWindows(site, { fromAt: FROM_AT, toAt: TO_AT }).filter(
  (each) => each.fromAt >= FROM_AT && each.toAt <= TO_AT,
)
const shifts = shiftInstances(site, { fromAt: FROM_AT - 48 * HOUR_MS, toAt: TO_AT + 48 * HOUR_MS })

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

const word = (role: UnitEvent['role'], values: (string | number | null)[]) =>
  fc.record({
    at: fc
      .tuple(fc.integer({ min: -12, max: 48 * 12 }), fc.constantFrom(0, 0, 30_000, 90_001))
      .map(([step, ms]) => FROM_AT + step * 300_000 + ms),
    role: fc.constant(role),
    value: fc.constantFrom(...values),
    quality: fc.constantFrom<0 | 1 | 2>(0, 0, 0, 0, 0, 1, 2),
  })
const events: fc.Arbitrary<UnitEvent[]> = fc.array(
  fc.oneof(
    word('state', ['executing', 'executing', 'not-executing', 'not-executing', 'not-available', null]),
    word('mode', ['none', 'setup', 'maintenance']),
    word('reason', ['F1', 'ST', 'CH', '', null]),
    word('material', ['M1', 'M2', null]),
    word('total', [0, 5, 40, 100, 150, 400, null]),
    word('scrap', [0, 1, 2, 9]),
  ),
  { minLength: 20, maxLength: 160, size: 'max' },
)
const CATEGORIES = { F1: 'failure', ST: 'starved', CH: 'changeover' } as const
const categoryOf = (reason: string | null) => CATEGORIES[reason as keyof typeof CATEGORIES] ?? null

function derive(list: readonly UnitEvent[], range: { fromAt: number; toAt: number }, thresholdMs = 120_000) {
  return deriveUnitWindow({
    window: range,
    events: list,
    shifts,
    knownUntilAt: TO_AT + 2 * HOUR_MS,
    nowAt: TO_AT + 4 * HOUR_MS,
    microStopThresholdMs: thresholdMs,
    idealMsPerPiece: (material) => (material === 'M1' ? 7_500 : 6_000),
    reasonCategory: categoryOf,
    rollover: { total: 1_000 },
  })
}

/** Derives and stores the windows of units as the product does; an older and wrong version stands under each. */
async function storeUnits(units: ReadonlyMap<string, readonly UnitEvent[]>, thresholdMs?: number) {
  const rows: Record<string, object[]> = { equipment_window: [], equipment_state: [], equipment_stop: [] }
  const stored = new Map(
    [...units].map(([unit, list]) => [unit, windows.map((window) => derive(list, window, thresholdMs))]),
  )
  for (const [unit, results] of stored) {
    results.forEach((result, index) => {
      const window = windows[index]!
      const wrong = Object.fromEntries(Object.keys(result.parts).map((part) => [part, 7]))
      rows['equipment_window']!.push(windowRow(unit, window, { ...result.parts, ...wrong }, 1_000))
      rows['equipment_window']!.push(windowRow(unit, window, result.parts, 2_000))
      const derived = derivedRows(unit, window, result)
      for (const table of ['equipment_state', 'equipment_stop'] as const)
        rows[table]!.push(...derived[table].map(({ row }) => ({ ...row, computed_at: 2_000, is_deleted: 0 })))
      const gone = { unit, window_at: window.fromAt, state: 'DOWN', reason: 'gone', ms: 99, count: 1 }
      rows['equipment_stop']!.push(
        { ...gone, computed_at: 1_000, is_deleted: 0 },
        { ...gone, computed_at: 2_000, is_deleted: 1 },
      )
    })
  }
  for (const [table, list] of Object.entries(rows)) await warehouse.insertRows(table, list)
  return stored
}

let serial = 0
const newUnits = (batch: readonly UnitEvent[][]) => new Map(batch.map((list) => [`BRQ.u${(serial += 1)}`, list]))
const RANGE = { fromAt: FROM_AT, toAt: TO_AT }

describe('the history of equipment', () => {
  it('gives what the engine makes of the same readings, over the night of a changed clock', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 12, maxLength: 12 }), async (batch) => {
        const stored = await storeUnits(newUnits(batch))
        const units = [...stored.keys()]
        const figures = await ask(equipmentHistory, { ...RANGE, units })
        const reliable = await ask(reliabilityHistory, {
          ...RANGE,
          units,
          reasons: Object.keys(CATEGORIES),
          categories: Object.values(CATEGORIES),
        })
        const states = await ask(stateHistory, { ...RANGE, units })
        for (const [unit, results] of stored) {
          const parts = sumParts(results.map((each) => each.parts))
          const { oee, availability, performance, quality, coverage, missing } = oeeFromParts(parts)
          expectFigures(figures.get(unit), {
            ...Object.fromEntries(PART_COLUMNS.map(([part, column]) => [column, parts[part]])),
            ...{ oee, availability, performance, quality, coverage, oee_missing: missing ?? null },
          })
          const { failures, mtbf, mttr } = reliabilityOfWindow(
            parts,
            results.flatMap((each) => each.stops),
            categoryOf,
          )
          expectFigures(reliable.get(unit), { failures, mtbf, mttr })
          const byWindow = states.get(unit)!['windows_ms'] as Record<string, Record<string, number>>
          results.forEach((result, index) => {
            const spent = byWindow[String(windows[index]!.fromAt)]!
            expect((spent['RUN'] ?? 0) + (spent['MICRO_STOP'] ?? 0)).toBe(result.parts.runMs)
            expect(spent['NO_DATA'] ?? 0).toBe(result.parts.noDataMs)
            expect(Object.values(spent).reduce((sum, ms) => sum + ms, 0)).toBe(result.parts.allMs)
          })
        }
        const all = sumParts([...stored.values()].flat().map((each) => each.parts))
        expectFigures((await ask(equipmentTogether, { ...RANGE, units })).get('all'), { oee: oeeFromParts(all).oee })
      }),
      { numRuns: 3, endOnFailure: true },
    )
  })

  it('has the time parts of any range, also one that cuts windows and stops', async () => {
    const cut = fc
      .tuple(fc.integer({ min: 0, max: 46 * 60 }), fc.integer({ min: 1, max: 600 }))
      .map(([minute, length]) => {
        const fromAt = FROM_AT + minute * 60_000 + 1
        return { fromAt, toAt: Math.min(windows.at(-1)!.toAt, fromAt + length * 60_000) }
      })
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 8, maxLength: 8 }), cut, async (batch, range) => {
        const stored = newUnits(batch)
        await storeUnits(stored)
        const answers = await ask(timePartHistory, { ...range, units: [...stored.keys()] })
        for (const [unit, list] of stored) {
          const { parts } = derive(list, range)
          const times = PART_COLUMNS.filter(([part]) => part.endsWith('Ms') && !part.startsWith('ideal'))
          expectFigures(answers.get(unit), Object.fromEntries(times.map(([part, column]) => [column, parts[part]])))
        }
      }),
      { numRuns: 3, endOnFailure: true },
    )
  })

  it('keeps OEE when the threshold of micro-stops moves from 30 s to 300 s', async () => {
    // A stop of 90 s an hour after the start, whatever else happens.
    const stopAt = FROM_AT + HOUR_MS + 1
    const short = ['executing', 'not-executing', 'executing'].map(
      (value, n): UnitEvent => ({ at: stopAt + [-1_000, 0, 90_000][n]!, role: 'state', value, quality: 0 }),
    )
    const batch = fc.sample(events, { numRuns: 10, seed: 7 }).map((list) => [...list, ...short])
    const [low, high] = [newUnits(batch), newUnits(batch)]
    await storeUnits(low, 30_000)
    await storeUnits(high, 300_000)
    const answers = await ask(equipmentHistory, { ...RANGE, units: [...low.keys(), ...high.keys()] })
    const figuresOf = (units: ReadonlyMap<string, unknown>, figure: string) =>
      [...units.keys()].map((unit) => answers.get(unit)![figure])
    expect(figuresOf(low, 'oee')).toEqual(
      figuresOf(high, 'oee').map((oee) => (oee === null ? null : expect.closeTo(Number(oee), 12))),
    )
    expect(figuresOf(low, 'availability')).not.toEqual(figuresOf(high, 'availability'))
  })

  it('orders stops by lost time, over all units together', async () => {
    const stored = await storeUnits(newUnits(fc.sample(events, { numRuns: 10, seed: 3 })))
    const byReason = new Map<string, number>()
    for (const stop of [...stored.values()].flat().flatMap((each) => each.stops))
      byReason.set(stop.reason ?? '', (byReason.get(stop.reason ?? '') ?? 0) + stop.ms)
    const { items, vitalFew } = pareto([...byReason].map(([code, measure]) => ({ code, measure })))
    const answer = (await ask(stopPareto, { ...RANGE, units: [...stored.keys()], threshold: 0.8 })).get('all')
    expect(items.length).toBeGreaterThan(2)
    expectFigures(answer, {
      order: items.map(({ code }) => code),
      cumulative: items.map((each) => each.cumulative),
      vital_few: vitalFew,
    })
  })

  it('has no figure for a unit without windows, and says why', async () => {
    const answers = await ask(equipmentHistory, { ...RANGE, units: ['BRQ.nothing'] })
    expect(answers.get('BRQ.nothing')).toMatchObject({ oee: null, oee_missing: 'not-scheduled', availability: null })
  })
})
