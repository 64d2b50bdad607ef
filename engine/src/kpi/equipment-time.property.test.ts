import { siteDefinition } from '@gemba/contracts/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shiftInstances } from '../time/calendar.ts'
import { deriveUnitWindow, type UnitEvent, type UnitWindow, type UnitWindowInput } from './equipment-time.ts'
import { addParts, oeeFromParts } from './oee.ts'

const HOUR = 3_600_000
const name = { zh: '班', en: 'shift' }
const site = siteDefinition.parse({
  id: 'BRQ',
  name,
  timeZone: 'Europe/Prague',
  productionDayStart: '06:00',
  workdays: [1, 2, 3, 4, 5, 6],
  shifts: [
    { code: 'R', name, start: '06:00', end: '14:00', endOffsetDays: 0, breaks: [{ start: '10:00', end: '10:30' }] },
    { code: 'N', name, start: '22:00', end: '06:00', endOffsetDays: 1, breaks: [{ start: '01:50', end: '02:20' }] },
  ],
  exceptions: [],
})
/** Saturday 28 March 2026, the night in which the clock jumps. */
const startAt = Date.parse('2026-03-28T05:00:00Z')
const window = { fromAt: startAt, toAt: startAt + 24 * HOUR }
const shifts = shiftInstances(site, { fromAt: window.fromAt - 48 * HOUR, toAt: window.toAt + 48 * HOUR })

const word = (role: UnitEvent['role'], values: (string | number | null)[]) =>
  fc.record({
    // Five-minute steps with an odd half a minute: equal instants, short stops and edges of shifts all happen.
    at: fc
      .tuple(fc.integer({ min: -4 * 12, max: 28 * 12 }), fc.constantFrom(0, 0, 30_000, 90_001))
      .map(([step, ms]) => startAt + step * 300_000 + ms),
    role: fc.constant(role),
    value: fc.constantFrom(...values),
    quality: fc.constantFrom<0 | 1 | 2>(0, 0, 0, 0, 0, 0, 1, 2),
  })
const counter = (role: UnitEvent['role']) => word(role, [0, 1, 5, 40, 100, 101, 102, 150, 151, 400, null])
const stateWords = fc.oneof(
  word('state', ['executing', 'executing', 'not-executing', 'not-executing', 'out-of-service', 'not-available', null]),
  word('mode', ['none', 'processing', 'setup', 'maintenance']),
  word('reason', ['F1', 'ST', 'CH', '', null]),
  word('order', ['O1', 'O2', '']),
  word('material', ['M1', 'M2', null]),
)
const events: fc.Arbitrary<UnitEvent[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: stateWords },
    { weight: 1, arbitrary: word('link', [0, 1]) },
    { weight: 5, arbitrary: fc.oneof(counter('total'), counter('good'), counter('scrap')) },
  ),
  { minLength: 12, maxLength: 70, size: 'max' },
)

const RUNS = { numRuns: 250 }

function derive(list: readonly UnitEvent[], changes: Partial<UnitWindowInput> = {}): UnitWindow {
  return deriveUnitWindow({
    window,
    events: list,
    shifts,
    knownUntilAt: window.toAt + 2 * HOUR,
    nowAt: window.toAt + 4 * HOUR,
    microStopThresholdMs: 120_000,
    idealMsPerPiece: (material) => (material === 'M1' ? 7_500 : 6_000),
    reasonCategory: (reason) =>
      reason === 'F1' ? 'failure' : reason === 'ST' ? 'starved' : reason === 'CH' ? 'changeover' : null,
    rollover: { total: 1_000 },
    ...changes,
  })
}

describe('equipment time, for any readings', () => {
  it('tiles the window without overlap or hole and its parts add up', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 30 * 3_600 }), (list, seconds) => {
        const nowAt = startAt + seconds * 1_000
        const { intervals, parts, stops } = derive(list, { nowAt })
        const endAt = Math.min(nowAt, window.toAt)
        expect(intervals[0]!.fromAt).toBe(window.fromAt)
        expect(intervals.at(-1)!.toAt).toBe(endAt)
        intervals.forEach((each, i) => {
          expect(each.fromAt).toBeLessThan(each.toAt)
          if (i > 0) expect(each.fromAt).toBe(intervals[i - 1]!.toAt)
        })
        expect(parts.allMs).toBe(endAt - window.fromAt)
        expect(parts.scheduledMs).toBe(parts.allMs - parts.unscheduledMs - parts.plannedStopMs)
        expect(parts.plannedMs).toBe(parts.scheduledMs - parts.noDataMs)
        const runMs = intervals.reduce((ms, each) => ms + (each.state === 'RUN' ? each.toAt - each.fromAt : 0), 0)
        expect(parts.runMs).toBe(runMs + parts.microStopMs)
        expect(stops.reduce((ms, stop) => ms + stop.ms, 0)).toBe(parts.setupMs + parts.downMs + parts.microStopMs)
      }),
      RUNS,
    )
  })

  it('does not depend on the order of the readings or on doubles', () => {
    fc.assert(
      fc.property(
        events.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length })),
        ),
        ([list, mixed]) => {
          expect(derive(mixed)).toEqual(derive(list))
        },
      ),
      RUNS,
    )
  })

  it('adds up over windows split anywhere', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 24 * 3_600 - 1 }), (list, second) => {
        const cutAt = startAt + second * 1_000 + 137
        const whole = derive(list)
        const first = derive(list, { window: { fromAt: window.fromAt, toAt: cutAt } })
        const second_ = derive(list, { window: { fromAt: cutAt, toAt: window.toAt } })
        expect(addParts(first.parts, second_.parts)).toEqual(whole.parts)
        expect(pieces(first) + pieces(second_)).toBe(pieces(whole))
      }),
      RUNS,
    )
  })

  it('gives the same OEE from the last reading of each role before the window as from the whole history', () => {
    const clean = events.map((list) =>
      list.filter(
        (event) =>
          event.quality === 0 && event.value !== null && event.role !== 'link' && event.value !== 'not-available',
      ),
    )
    fc.assert(
      fc.property(clean, fc.integer({ min: 1, max: 24 * 3_600 - 1 }), (mixed, second) => {
        // Of equal instants the derivation has its own order, which one seed per role cannot show.
        const list = [...new Map(mixed.map((event) => [`${event.role} ${event.at}`, event])).values()]
        const cut = { fromAt: startAt + second * 1_000 + 137, toAt: window.toAt }
        const seeds = new Map<string, UnitEvent>()
        for (const event of [...list].sort((a, b) => a.at - b.at))
          if (event.at < cut.fromAt) seeds.set(event.role, event)
        const seeded = [...seeds.values(), ...list.filter((event) => event.at >= cut.fromAt)]
        const some = derive(seeded, { window: cut }).parts
        const all = derive(list, { window: cut }).parts
        for (const name of ['plannedMs', 'noDataMs', 'setupMs', 'idealMs', 'idealGoodMs', 'total', 'good'] as const) {
          if (name === 'setupMs' && list.some((event) => event.value === 'CH')) continue
          expect([name, some[name]]).toEqual([name, all[name]])
        }
      }),
      RUNS,
    )
  })

  it('moves availability and performance with the micro-stop threshold, never OEE', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 30, max: 300 }), fc.integer({ min: 30, max: 300 }), (list, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const first = oeeFromParts(derive(list, { microStopThresholdMs: low * 1_000 }).parts)
        const second = oeeFromParts(derive(list, { microStopThresholdMs: high * 1_000 }).parts)
        expect(second.oee).toBe(first.oee)
        expect(second.quality).toBe(first.quality)
        if (first.availability !== null) expect(second.availability!).toBeGreaterThanOrEqual(first.availability)
      }),
      RUNS,
    )
  })

  it('lowers coverage, not availability, when the link is lost in the middle of running', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 60 }), (minute, length) => {
        const fromAt = startAt + minute * 60_000
        const base: UnitEvent[] = [{ at: startAt - HOUR, role: 'state', value: 'executing', quality: 0 }]
        const gap: UnitEvent[] = [
          { at: fromAt, role: 'link', value: 0, quality: 0 },
          { at: fromAt + length * 60_000, role: 'link', value: 1, quality: 0 },
        ]
        const { parts } = derive([...base, ...gap])
        const figures = oeeFromParts(parts)
        expect(figures.availability).toBe(1)
        if (parts.noDataMs > 0) expect(figures.coverage!).toBeLessThan(1)
        expect(parts.scheduledMs).toBe(derive(base).parts.scheduledMs)
      }),
      RUNS,
    )
  })
})

function pieces(derived: UnitWindow): number {
  return derived.counts.reduce((sum, bucket) => sum + bucket.total, 0)
}
