import { Random } from '../random.ts'
import type { DeviceReading } from '../readings.ts'
import { type FeedFault, isEarly, only } from './feed-fault.ts'

const SHARE = 0.2

/**
 * The message that a stop of an F1 cell ended is lost. The next state shows a jump of the sequence: from the last state
 * to it the cell was not seen, as the collector would write.
 */
export const lostStopEnd: FeedFault = {
  name: 'lost-stop-end',
  concerns: only('F1-1', 'F1-2'),
  at: (place) => {
    const random = new Random(`${place.seed}:${place.unit.code}:lost-stop-end`)
    let lastAt = 0
    let isLost = false
    const state = (reading: DeviceReading): DeviceReading[] => {
      const { equipment, at } = reading
      const link = (value: number, when: number): DeviceReading => ({ equipment, role: 'link', at: when, value })
      if (isLost) {
        const gap = [link(0, lastAt), link(1, at), reading]
        isLost = false
        lastAt = at
        return gap
      }
      isLost = reading.value === 'executing' && lastAt > 0 && isEarly(place, at) && random.uniform() < SHARE
      if (isLost) return []
      lastAt = at
      return [reading]
    }
    return {
      speak: (readings) => readings.flatMap((reading) => (reading.role === 'state' ? state(reading) : [reading])),
    }
  },
}
