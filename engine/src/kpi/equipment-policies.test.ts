import { siteDefinition } from '@gemba/contracts/catalog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shiftInstances } from '../time/calendar.ts'
import { deriveUnitWindow, type UnitEvent, type UnitWindowInput } from './equipment-time.ts'
import { oeeFromParts } from './oee.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const name = { zh: '班', en: 'shift' }
const site = siteDefinition.parse({
  id: 'SUZ',
  name,
  timeZone: 'UTC',
  productionDayStart: '07:00',
  workdays: [1, 2, 3, 4, 5, 6, 7],
  shifts: [{ code: 'A', name, start: '07:00', end: '15:00', endOffsetDays: 0, breaks: [] }],
  exceptions: [],
})
const startAt = Date.parse('2026-03-02T07:00:00Z')
const window = { fromAt: startAt, toAt: startAt + 8 * HOUR }
const event = (minute: number, role: UnitEvent['role'], value: string | number): UnitEvent => ({
  at: startAt + minute * MINUTE,
  role,
  value,
  quality: 0,
})

function derive(events: UnitEvent[], changes: Partial<UnitWindowInput>) {
  return deriveUnitWindow({
    window,
    events,
    shifts: shiftInstances(site, { fromAt: window.fromAt - 48 * HOUR, toAt: window.toAt + 48 * HOUR }),
    knownUntilAt: window.toAt + HOUR,
    nowAt: window.toAt + HOUR,
    microStopThresholdMs: 2 * MINUTE,
    idealMsPerPiece: () => 2_000,
    reasonCategory: (reason) =>
      reason === 'ST' ? 'starved' : reason === 'PL' ? 'planned' : reason === 'BL' ? 'blocked' : null,
    ...changes,
  })
}

/** Eight hours: 30 min starved, 1 min starved, 20 min planned stop, 40 min maintenance, 10 min failure; 9 480 good pieces. */
const events = [
  event(-60, 'state', 'executing'),
  event(-60, 'total', 0),
  event(60, 'state', 'not-executing'),
  event(60, 'reason', 'ST'),
  event(90, 'state', 'executing'),
  event(100, 'state', 'not-executing'),
  event(101, 'state', 'executing'),
  event(101, 'reason', ''),
  event(120, 'state', 'not-executing'),
  event(120, 'reason', 'PL'),
  event(140, 'state', 'executing'),
  event(140, 'reason', ''),
  event(200, 'state', 'not-executing'),
  event(200, 'mode', 'maintenance'),
  event(240, 'state', 'executing'),
  event(240, 'mode', 'processing'),
  event(300, 'state', 'not-executing'),
  event(310, 'state', 'executing'),
  event(400, 'total', 9_480),
]

describe('policies of equipment time', () => {
  const minutes = (policies: UnitWindowInput['policies']) => {
    const { parts } = derive(events, policies === undefined ? {} : { policies })
    const { plannedMs, plannedStopMs, downMs, microStopMs, runMs } = parts
    const inMinutes = [plannedMs, plannedStopMs, downMs, microStopMs, runMs].map((ms) => ms / MINUTE)
    return { inMinutes, oee: oeeFromParts(parts).oee, failures: parts.failures }
  }

  it('leave maintenance out of planned time and take waiting as a loss by default', () => {
    // Planned 480 − 20 − 40 = 420; down 30 + 10; one micro-stop; 9 480 × 2 s = 316 min.
    const figures = minutes(undefined)
    expect(figures.inMinutes).toEqual([420, 60, 40, 1, 380])
    expect(figures.oee).toBeCloseTo(316 / 420, 12)
    expect(minutes({ plannedMaintenance: 'outside-planned-time', waiting: 'availability-loss' })).toEqual(figures)
  })

  it('can make maintenance a loss, which is never a failure', () => {
    const figures = minutes({ plannedMaintenance: 'availability-loss' })
    expect(figures.inMinutes).toEqual([480, 0, 100, 1, 380])
    expect(figures.oee).toBeCloseTo(316 / 480, 12)
    expect(figures.failures).toBe(1)
  })

  it('can leave waiting out of planned time, whatever its length', () => {
    const figures = minutes({ waiting: 'outside-planned-time' })
    expect(figures.inMinutes).toEqual([389, 91, 10, 0, 379])
    expect(figures.oee).toBeCloseTo(316 / 389, 12)
  })

  const reading = fc.record({
    minute: fc.integer({ min: -30, max: 480 }),
    word: fc.constantFrom(
      ['state', 'executing'] as const,
      ['state', 'not-executing'] as const,
      ['mode', 'maintenance'] as const,
      ['mode', 'setup'] as const,
      ['mode', 'processing'] as const,
      ['reason', 'ST'] as const,
      ['reason', 'PL'] as const,
      ['reason', 'BL'] as const,
      ['reason', ''] as const,
    ),
  })
  const policies = fc.record({
    plannedMaintenance: fc.constantFrom('outside-planned-time' as const, 'availability-loss' as const),
    waiting: fc.constantFrom('outside-planned-time' as const, 'availability-loss' as const),
  })

  it('keep the parts whole, and OEE free of the micro-stop threshold', () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), policies, (readings, chosen) => {
        const list = [event(-60, 'state', 'executing'), event(-60, 'total', 0), event(470, 'total', 5_000)]
        for (const { minute, word } of readings) list.push(event(minute, word[0], word[1]))
        const [low, high] = [1, 30].map((limit) =>
          derive(list, { policies: chosen, microStopThresholdMs: limit * MINUTE }),
        )
        for (const { parts, stops } of [low!, high!]) {
          expect(parts.allMs).toBe(8 * HOUR)
          expect(parts.plannedMs + parts.plannedStopMs + parts.noDataMs + parts.unscheduledMs).toBe(parts.allMs)
          expect(parts.runMs).toBe(parts.plannedMs - parts.setupMs - parts.downMs)
          expect(stops.reduce((ms, stop) => ms + stop.ms, 0)).toBe(parts.setupMs + parts.downMs + parts.microStopMs)
        }
        expect(oeeFromParts(low!.parts).oee).toBe(oeeFromParts(high!.parts).oee)
        const without = derive(list, {})
        const given = derive(list, {
          policies: { plannedMaintenance: 'outside-planned-time', waiting: 'availability-loss' },
        })
        expect(given).toEqual(without)
      }),
    )
  })
})
