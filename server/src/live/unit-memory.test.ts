import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrivingRole, UnitMemory } from './unit-memory.ts'

const event = (
  at: number,
  role: DrivingRole,
  value: UnitEvent['value'],
  quality: UnitEvent['quality'] = 0,
): UnitEvent => ({
  at,
  role,
  value,
  quality,
})
const filled = (keptFromAt: number, events: readonly UnitEvent[]): UnitMemory => {
  const memory = new UnitMemory(keptFromAt)
  for (const each of events) memory.add(each)
  return memory
}
const sorted = (events: readonly UnitEvent[]) => events.map((each) => JSON.stringify(each)).toSorted()

describe('the memory of a unit', () => {
  it('keeps what is younger than its edge, and of older ones the last of each role', () => {
    const kept = [event(10, 'state', 'executing'), event(12, 'total', 5)]
    const memory = filled(10, [
      event(7, 'total', 3),
      event(9, 'total', 4),
      event(8, 'total', 1),
      event(5, 'state', 'executing'),
      ...kept,
    ])
    expect(sorted(memory.events())).toEqual(sorted([event(9, 'total', 4), event(5, 'state', 'executing'), ...kept]))
  })

  it('does not let a value that says nothing hide the last one that did', () => {
    const memory = filled(10, [event(5, 'total', 3), event(6, 'total', null), event(7, 'total', 9, 2)])
    expect(memory.events()).toEqual([event(5, 'total', 3)])
  })

  it('takes an unknown state as news', () => {
    const lost = event(6, 'state', null, 2)
    expect(filled(10, [event(5, 'state', 'executing'), lost]).events()).toEqual([lost])
    const unlinked = event(7, 'link', null, 2)
    expect(filled(10, [event(5, 'link', 1), unlinked]).events()).toEqual([unlinked])
  })

  it('forgets to an edge as if it had had that edge from the start, in whatever order the events came', () => {
    const anyEvent = fc
      .tuple(
        fc.integer({ min: 0, max: 100 }),
        fc.constantFrom<DrivingRole>('state', 'total', 'link'),
        fc.option(fc.integer()),
        fc.constantFrom<UnitEvent['quality']>(0, 1, 2),
      )
      .map(([at, role, value, quality]) => event(at, role, value, quality))
    // One event an instant and role: at equal times the later one in the stream wins.
    const events = fc.uniqueArray(anyEvent, { selector: ({ at, role }) => `${role} ${at}`, maxLength: 40 })
    const edges = fc.array(fc.integer({ min: 0, max: 110 }), { maxLength: 4 })
    fc.assert(
      fc.property(events, edges, (all, steps) => {
        const memory = filled(0, all)
        for (const step of steps) memory.forgetBefore(step)
        const edge = Math.max(0, ...steps)
        expect(memory.fromAt).toBe(edge)
        expect(sorted(memory.events())).toEqual(sorted(filled(edge, all).events()))
      }),
    )
  })

  it('does not move its edge back', () => {
    const memory = filled(10, [event(20, 'total', 1)])
    memory.forgetBefore(5)
    expect(memory.fromAt).toBe(10)
  })

  it('knows until when the unit was observed: by readings or by proofs of life, never earlier', () => {
    const memory = new UnitMemory(10)
    expect(memory.knownUntilAt).toBe(0)
    memory.add(event(30, 'total', 1))
    memory.add(event(20, 'total', 1))
    expect(memory.knownUntilAt).toBe(30)
    memory.aliveAt = 25
    expect(memory.knownUntilAt).toBe(30)
    memory.aliveAt = 40
    memory.forgetBefore(100)
    expect(memory.knownUntilAt).toBe(40)
  })
})
