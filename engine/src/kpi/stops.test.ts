import { describe, expect, it } from 'vitest'
import { enteredStops } from './stops.ts'

const entry = ([fromAt, toAt]: readonly [number, number], reason: string | null, priority = 1) => ({
  ...{ fromAt, toAt, reason, priority },
})

describe('stops that were entered by hand', () => {
  it('count each instant once, for the entry with the higher priority, cut to the range', () => {
    const entries = [
      entry([0, 60], 'guess'),
      entry([20, 100], 'found', 2),
      entry([90, 130], null),
      entry([500, 600], 'later'),
    ]
    expect(enteredStops(entries, { fromAt: 10, toAt: 120 })).toEqual({
      stoppedMs: 110,
      byReason: new Map([
        ['guess', 10],
        ['found', 80],
        ['', 20],
      ]),
      entries: 3,
      overlapMs: 50,
    })
  })

  it('are no time at all where nobody entered one', () => {
    const none = { stoppedMs: 0, byReason: new Map(), entries: 0, overlapMs: 0 }
    expect(enteredStops([entry([0, 10], 'x')], { fromAt: 10, toAt: 20 })).toEqual(none)
  })
})
