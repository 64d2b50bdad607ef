import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import { describe, expect, it } from 'vitest'
import { EventSlices } from './event-slices.ts'

const MINUTE = 60_000
const event = (minute: number, role: UnitEvent['role'], value: string | number): UnitEvent => {
  return { at: minute * MINUTE, role, value, quality: 0 }
}
const registers = (events: readonly UnitEvent[]) =>
  events.flatMap(({ role, value }) => (role === 'energy' ? [value] : []))

describe('the events of a window', () => {
  it('hold the register before it and the one after it, however soon production goes on', () => {
    const slices = new EventSlices([
      event(0, 'energy', 1),
      event(1, 'state', 'executing'),
      event(5, 'energy', 2),
      event(9, 'state', 'not-executing'),
      event(15, 'energy', 3),
      event(21, 'state', 'executing'),
      event(25, 'energy', 4),
      event(35, 'energy', 5),
    ])
    const first = slices.of({ fromAt: 0, toAt: 10 * MINUTE })
    const second = slices.of({ fromAt: 10 * MINUTE, toAt: 20 * MINUTE })
    expect(registers(first)).toEqual([1, 2, 3])
    // What was drawn from minute 15 to the end of the window is known at minute 25, after production went on.
    expect(registers(second)).toEqual([1, 2, 3, 4])
  })
})
