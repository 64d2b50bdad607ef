import type { DeviceReading } from '../readings.ts'
import { type FeedFault, isEarly, only } from './feed-fault.ts'

const MINUTE_MS = 60_000
/** A state that lasted this long has a bad minute in it. */
const QUIET_MS = 10 * MINUTE_MS

/** IM02 sends counters of bad quality and no numbers; its state is bad for one minute before some changes. */
export const badSamples: FeedFault = {
  name: 'bad-samples',
  concerns: only('IM02'),
  at: (place) => {
    let last: DeviceReading | null = null
    const badMinute = (reading: DeviceReading): DeviceReading[] => {
      const before = last
      last = reading
      if (!before || reading.at - before.at < QUIET_MS || !isEarly(place, reading.at)) return [reading]
      return [
        { ...before, value: 'not-available', at: reading.at - 2 * MINUTE_MS, quality: 2 },
        { ...before, at: reading.at - MINUTE_MS },
        reading,
      ]
    }
    return {
      speak: (readings, event) => {
        const words = readings.flatMap((reading) => (reading.role === 'state' ? badMinute(reading) : [reading]))
        if (event.kind !== 'state' || words.length === 0 || !isEarly(place, event.at)) return words
        const { equipment } = words[0] as DeviceReading
        return [
          ...words,
          { equipment, role: 'total', at: event.at + 1, value: 0, quality: 2 },
          { equipment, role: 'scrap', at: event.at + 2, value: Number.NaN },
        ]
      },
    }
  },
}
