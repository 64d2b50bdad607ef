import type { StateInterval } from '@gemba/contracts/kpi'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { energyFigures, energyUse } from './energy.ts'

const interval = (state: StateInterval['state'], fromAt: number, toAt: number): StateInterval => {
  return { state, fromAt, toAt, reason: null, order: null, material: null }
}
const total = (uses: readonly { kwh: number }[]): number => uses.reduce((sum, { kwh }) => sum + kwh, 0)

describe('energy of a meter', () => {
  it('is spread evenly between two readings, over minutes and states', () => {
    const uses = energyUse(
      [
        { at: 0, kwh: 100 },
        { at: 120_000, kwh: 103 },
      ],
      [interval('RUN', 0, 90_000), interval('DOWN', 90_000, 120_000)],
      { range: { fromAt: 0, toAt: 120_000 } },
    )
    expect(uses.map((use) => ({ ...use, kwh: Number(use.kwh.toFixed(12)) }))).toEqual([
      { minuteAt: 0, state: 'RUN', kwh: 1.5, meteredMs: 60_000 },
      { minuteAt: 60_000, state: 'DOWN', kwh: 0.75, meteredMs: 30_000 },
      { minuteAt: 60_000, state: 'RUN', kwh: 0.75, meteredMs: 30_000 },
    ])
  })

  it('that falls was set to zero, or rolled over where that is known', () => {
    const readings = [
      { at: 0, kwh: 98 },
      { at: 60_000, kwh: 3 },
    ]
    const states = [interval('RUN', 0, 60_000)]
    const range = { fromAt: 0, toAt: 60_000 }
    expect(total(energyUse(readings, states, { range }))).toBeCloseTo(3, 12)
    expect(total(energyUse(readings, states, { range, rolloverAt: 100 }))).toBeCloseTo(5, 12)
  })

  it('whose readings changed places adds up to the register all the same', () => {
    const at = [0, 60_000, 120_000, 180_000]
    const readings = [1000, 1000.3, 1000.1, 1000.4].map((kwh, index) => ({ at: at[index]!, kwh }))
    const range = { fromAt: 0, toAt: 180_000 }
    expect(total(energyUse(readings, [interval('RUN', 0, 180_000)], { range }))).toBeCloseTo(0.4, 9)
  })

  it('counts nothing before its first and after its last reading, nor from what could not be read', () => {
    const states = [interval('RUN', 0, 600_000)]
    const range = { fromAt: 0, toAt: 600_000 }
    expect(energyUse([{ at: 60_000, kwh: 5 }], states, { range })).toEqual([])
    const uses = energyUse(
      [
        { at: 60_000, kwh: 5 },
        { at: 120_000, kwh: null },
        { at: 180_000, kwh: 7 },
      ],
      states,
      { range },
    )
    expect(total(uses)).toBeCloseTo(2, 12)
    expect(uses.reduce((sum, { meteredMs }) => sum + meteredMs, 0)).toBe(120_000)
  })

  it('adds up to the register, wherever windows are cut', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 0, max: 500 })), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1_000_000 }), (list, cutAt) => {
        const readings = [{ at: 0, kwh: 0 }]
        for (const [ms, wh] of list) {
          const last = readings.at(-1)!
          readings.push({ at: last.at + ms, kwh: last.kwh + wh / 1_000 })
        }
        const { at: endAt, kwh } = readings.at(-1)!
        const cut = Math.min(cutAt, endAt)
        const parts = [
          { fromAt: 0, toAt: cut },
          { fromAt: cut, toAt: endAt },
        ].map((range) =>
          total(
            energyUse(
              readings,
              [interval('RUN', range.fromAt, cut / 2 + range.fromAt), interval('DOWN', cut / 2 + range.fromAt, endAt)],
              {
                range,
              },
            ),
          ),
        )
        expect(parts[0]! + parts[1]!).toBeCloseTo(kwh, 9)
      }),
    )
  })
})

describe('figures of energy', () => {
  it('leave energy of unknown state out of both sides of the idle share', () => {
    const sums = [
      { state: 'RUN' as const, kwh: 6, meteredMs: 1 },
      { state: 'SETUP' as const, kwh: 1, meteredMs: 1 },
      { state: 'DOWN' as const, kwh: 2, meteredMs: 1 },
      { state: 'UNSCHEDULED' as const, kwh: 1, meteredMs: 1 },
      { state: 'NO_DATA' as const, kwh: 5, meteredMs: 1 },
    ]
    expect(energyFigures(sums)).toMatchObject({ totalKwh: 15, idleKwh: 3, idleShare: 0.3, unknownKwh: 5 })
    expect(energyFigures([])).toMatchObject({ totalKwh: 0, idleShare: null })
  })
})
