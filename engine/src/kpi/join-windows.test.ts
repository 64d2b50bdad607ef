import { siteDefinition } from '@gemba/contracts/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shiftInstances } from '../time/calendar.ts'
import { deriveUnitWindow, type UnitEvent } from './equipment-time.ts'
import { joinUnitWindows } from './join-windows.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const name = { zh: '班', en: 'shift' }
const site = siteDefinition.parse({
  id: 'SUZ',
  name,
  timeZone: 'UTC',
  productionDayStart: '07:00',
  workdays: [1, 2, 3, 4, 5, 6, 7],
  shifts: [
    { code: 'A', name, start: '07:00', end: '15:00', endOffsetDays: 0, breaks: [{ start: '11:00', end: '11:30' }] },
  ],
  exceptions: [],
})
const startAt = Date.parse('2026-03-02T07:00:00Z')
const window = { fromAt: startAt, toAt: startAt + 8 * HOUR }
const shifts = shiftInstances(site, { fromAt: window.fromAt - 48 * HOUR, toAt: window.toAt + 48 * HOUR })

const derive = (events: readonly UnitEvent[], range = window, microStopThresholdMs = 2 * MINUTE) =>
  deriveUnitWindow({
    window: range,
    events,
    shifts,
    knownUntilAt: window.toAt + HOUR,
    nowAt: window.toAt + HOUR,
    microStopThresholdMs,
    idealMsPerPiece: () => 2_000,
    reasonCategory: () => null,
  })

const reading = fc.record({
  at: fc.integer({ min: -30 * MINUTE, max: 8 * HOUR }),
  word: fc.constantFrom(
    ['state', 'executing'] as const,
    ['state', 'not-executing'] as const,
    ['state', 'not-available'] as const,
    ['mode', 'setup'] as const,
    ['mode', 'processing'] as const,
    ['reason', 'R1'] as const,
    ['order', 'O1'] as const,
    ['order', 'O2'] as const,
  ),
})
const eventsOf = (rows: readonly { at: number; word: readonly [string, string] }[], counts: readonly number[]) => [
  ...rows.map(({ at, word: [role, value] }) => ({ at: startAt + at, role, value, quality: 0 }) as UnitEvent),
  ...counts.map((at, index): UnitEvent => ({ at: startAt + at, role: 'total', value: index, quality: 0 })),
]

describe('the pieces of a window', () => {
  it('make the same window again, wherever it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(reading, { maxLength: 30 }),
        fc.array(fc.nat(8 * HOUR), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 8 * HOUR - 1 }), { minLength: 1, maxLength: 3 }),
        (rows, counts, cuts) => {
          const events = eventsOf(
            rows,
            counts.toSorted((a, b) => a - b),
          )
          const edges = [...new Set([0, ...cuts, 8 * HOUR])].sort((a, b) => a - b)
          const pieces = edges
            .slice(1)
            .map((edge, index) => derive(events, { fromAt: startAt + edges[index]!, toAt: startAt + edge }))
          const joined = joinUnitWindows(pieces)
          const whole = derive(events)
          expect(joined.intervals).toEqual(whole.intervals)
          expect(joined.parts).toEqual(whole.parts)
          expect(new Set(joined.counts)).toEqual(new Set(whole.counts))
          const nonZero = joined.stops.filter((stop) => stop.ms > 0 || stop.count > 0)
          expect(new Set(nonZero)).toEqual(new Set(whole.stops))
        },
      ),
    )
  })

  it('keep the threshold of their own time', () => {
    const event = (minute: number, value: string): UnitEvent => ({
      at: startAt + minute * MINUTE,
      role: 'state',
      value,
      quality: 0,
    })
    const events = [event(-60, 'executing')]
    for (const minute of [60, 360]) events.push(event(minute, 'not-executing'), event(minute + 3, 'executing'))
    const noonAt = startAt + 5 * HOUR
    const joined = joinUnitWindows([
      derive(events, { fromAt: startAt, toAt: noonAt }, 2 * MINUTE),
      derive(events, { fromAt: noonAt, toAt: window.toAt }, 5 * MINUTE),
    ])
    expect(joined.parts).toMatchObject({ downMs: 3 * MINUTE, microStopMs: 3 * MINUTE, failures: 1, microStops: 1 })
  })
})
