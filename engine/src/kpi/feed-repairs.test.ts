/** What is put right about a feed before figures are made of it. */
import { describe, expect, it } from 'vitest'
import { correctedClock } from './clock-correction.ts'
import { type UnitEvent, type UnitWindowInput, deriveUnitWindow } from './equipment-time.ts'

const MINUTE = 60_000
const name = { zh: '钟', en: 'Clock' }
const event = (minute: number, role: UnitEvent['role'], value: string | number): UnitEvent => ({
  at: minute * MINUTE,
  role,
  value,
  quality: 0,
})
const parts = (events: readonly UnitEvent[], more: Partial<UnitWindowInput> = {}) =>
  deriveUnitWindow({
    window: { fromAt: 0, toAt: 60 * MINUTE },
    events,
    shifts: [
      {
        site: 'SUZ',
        code: 'A',
        productionDate: '1970-01-01',
        fromAt: 0,
        toAt: 60 * MINUTE,
        breaks: [],
        plannedMs: 60 * MINUTE,
      },
    ],
    knownUntilAt: 60 * MINUTE,
    nowAt: 60 * MINUTE,
    microStopThresholdMs: 2 * MINUTE,
    idealMsPerPiece: () => 1_000,
    reasonCategory: () => null,
    ...more,
  }).parts

describe('a gap', () => {
  const running = event(0, 'state', 'executing')
  const gap = (from: number, to: number) => [event(from, 'link', 0), event(to, 'link', 1)]

  it('that begins where another ends is time without data too', () => {
    expect(parts([running, ...gap(10, 20), ...gap(20, 35)]).noDataMs).toBe(25 * MINUTE)
    expect(parts([...gap(20, 35), running, ...gap(10, 20)]).noDataMs).toBe(25 * MINUTE)
  })
})

describe('a counter that takes pieces back', () => {
  const events = [
    event(0, 'state', 'executing'),
    ...[0, 10, 12, 10, 11].map((value, index) => event(index, 'scrap', value)),
    ...[0, 100, 200, 300, 400].map((value, index) => event(index, 'total', value)),
  ]

  it('counts as it stands', () => {
    expect(parts(events, { corrected: ['scrap'] })).toMatchObject({ scrap: 11, total: 400, good: 389 })
  })

  it('would be a reset for every other counter', () => {
    expect(parts(events).scrap).toBe(12 + 10 + 1)
  })
})

describe('a clock that was wrong', () => {
  const correction = { equipment: 'U', fromAt: 20 * MINUTE, toAt: 40 * MINUTE, offsetMs: 2 * MINUTE, name }

  it('is put right inside its stretch alone, and events are in order again', () => {
    const events = [10, 20, 39, 38.5, 40].map((minute) => event(minute, 'total', minute))
    expect(correctedClock(events, [correction]).map((each) => each.at / MINUTE)).toEqual([10, 18, 36.5, 37, 40])
  })

  it('changes nothing without a correction', () => {
    const events = [event(3, 'total', 1)]
    expect(correctedClock(events, [])).toBe(events)
  })
})
