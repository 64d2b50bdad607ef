import { Random } from '../random.ts'
import type { FeedFault } from './feed-fault.ts'

const SHARE = 0.01

/** One reading in a hundred is delivered twice. */
export const duplicates: FeedFault = {
  name: 'duplicates',
  concerns: () => true,
  at: ({ seed, unit }) => {
    const random = new Random(`${seed}:${unit.code}:duplicates`)
    return {
      speak: (readings) => readings.flatMap((reading) => (random.uniform() < SHARE ? [reading, reading] : [reading])),
    }
  },
}
