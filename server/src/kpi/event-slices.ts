import type { TimeRange } from '@gemba/contracts/time'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'

const carries = (event: UnitEvent): boolean =>
  event.role === 'state' || event.role === 'link' || (event.quality < 2 && event.value !== null)
const ends = (event: UnitEvent): boolean =>
  (event.role === 'state' && event.value === 'executing') || (event.role === 'mode' && event.value === 'setup')

/**
 * Cuts the events of many windows in order of time: each window gets what decides it and no more. Windows are asked
 * for in order.
 */
export class EventSlices {
  private readonly events: readonly UnitEvent[]
  private readonly executing: number[] = []
  private readonly ending: number[] = []
  private readonly registers: number[] = []
  private readonly seeds = new Map<string, UnitEvent>()
  private seeded = 0

  /** @param events sorted by time */
  constructor(events: readonly UnitEvent[]) {
    this.events = events
    events.forEach((event, index) => {
      if (event.role === 'state' && event.value === 'executing') this.executing.push(index)
      if (ends(event)) this.ending.push(index)
      if (event.role === 'energy' && carries(event)) this.registers.push(index)
    })
  }

  of(window: TimeRange): UnitEvent[] {
    const startIndex = this.firstAtOrAfter(window.fromAt)
    const from = last(this.executing, (index) => index < startIndex) ?? startIndex
    const endIndex = this.firstAtOrAfter(window.toAt)
    const next = this.ending.find((index) => index >= endIndex)
    const to = next === undefined ? this.events.length : next + 1
    for (; this.seeded < from; this.seeded += 1) {
      const event = this.events[this.seeded]
      if (event && carries(event)) this.seeds.set(event.role, event)
    }
    // What was drawn up to the end of the window is known by the next reading of the meter.
    const register = this.registers.find((index) => index >= endIndex)
    const later = register !== undefined && register >= to ? this.events.slice(register, register + 1) : []
    return [...this.seeds.values(), ...this.events.slice(from, to), ...later]
  }

  private firstAtOrAfter(at: number): number {
    let low = 0
    let high = this.events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.events[middle]?.at ?? Infinity) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

function last(sorted: readonly number[], holds: (index: number) => boolean): number | null {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle] as number)) low = middle + 1
    else high = middle
  }
  return low > 0 ? (sorted[low - 1] as number) : null
}
