import type { DeviceReading } from '../readings.ts'
import { type FeedFault, only } from './feed-fault.ts'

const COUNTERS = ['total', 'good', 'scrap', 'rework'] as const

/** The controller of A1 sets its counters to zero when an order begins. */
export const counterReset: FeedFault = {
  name: 'counter-reset',
  concerns: only('A1'),
  at: () => {
    const shown = new Map<string, number>()
    const base = new Map<string, number>()
    const said = (reading: DeviceReading): DeviceReading => {
      if (typeof reading.value !== 'number') return reading
      shown.set(reading.role, reading.value)
      return { ...reading, value: reading.value - (base.get(reading.role) ?? 0) }
    }
    return {
      speak: (readings, event) => {
        const words = readings.map(said)
        if (event.kind !== 'order' || shown.size === 0) return words
        const equipment = readings[0]?.equipment ?? ''
        for (const [role, value] of shown) base.set(role, value)
        return [...words, ...COUNTERS.map((role) => ({ equipment, role, at: event.at + 1, value: 0 }))]
      },
    }
  },
}
