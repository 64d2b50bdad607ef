import { DAY_MS, type FeedFault, only } from './feed-fault.ts'
import { timeOf } from './out-of-order.ts'

const HOUR_MS = 3_600_000

/** The line of IM03 is cut for two hours; what it stored comes in long after what followed. */
export const storeAndForward: FeedFault = {
  name: 'store-and-forward',
  concerns: only('IM03'),
  at: ({ epochAt }) => ({
    arrive: (lines) => {
      const fromAt = epochAt + DAY_MS + 5 * HOUR_MS
      const isStored = (line: string) => {
        const at = timeOf(line)
        return at !== null && at >= fromAt && at < fromAt + 2 * HOUR_MS
      }
      return [...lines.filter((line) => !isStored(line)), ...lines.filter(isStored)]
    },
  }),
}
