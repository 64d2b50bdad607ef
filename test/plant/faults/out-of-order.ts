import { Random } from '../random.ts'
import type { FeedFault } from './feed-fault.ts'

const SHARE = 0.05
const LATEST_MS = 30_000

/** One line in twenty comes up to 30 s late, after younger ones. */
export const outOfOrder: FeedFault = {
  name: 'out-of-order',
  concerns: () => true,
  at: ({ seed, unit }) => ({
    arrive: (lines) => {
      const random = new Random(`${seed}:${unit.code}:out-of-order`)
      let newestAt = 0
      return lines
        .map((line, index) => {
          newestAt = timeOf(line) ?? newestAt
          const lateMs = random.uniform() < SHARE ? random.between(0, LATEST_MS) : 0
          return { line, index, dueAt: timeOf(line) === null ? Infinity : newestAt + lateMs }
        })
        .sort((a, b) => a.dueAt - b.dueAt || a.index - b.index)
        .map(({ line }) => line)
    },
  }),
}

/** Source time of a reading; null for other lines. */
export function timeOf(line: string): number | null {
  const { t } = JSON.parse(line) as { t?: number }
  return t ?? null
}
