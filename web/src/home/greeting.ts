import { formatClock } from '@gemba/engine/format/times'

export type Greeting = 'night' | 'morning' | 'noon' | 'afternoon' | 'evening'

/** The greeting of the hour at the site. */
export function greetingOf(nowMs: number, timeZone: string): Greeting {
  const hour = Number(formatClock(nowMs, timeZone).slice(0, 2))
  if (hour < 5) return 'night'
  if (hour < 11) return 'morning'
  if (hour < 13) return 'noon'
  return hour < 18 ? 'afternoon' : 'evening'
}
