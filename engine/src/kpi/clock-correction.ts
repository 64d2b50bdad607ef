import type { ClockCorrection } from '@gemba/contracts/catalog'
import type { UnitEvent } from './unit-timeline.ts'

/**
 * Events of one unit as a right clock would have stamped them, in order of time. The first correction whose stretch
 * (by the device's clock) holds an event applies; without corrections the events stay what they are.
 */
export function correctedClock(
  events: readonly UnitEvent[],
  corrections: readonly ClockCorrection[],
): readonly UnitEvent[] {
  if (corrections.length === 0) return events
  return events
    .map((event) => {
      const found = corrections.find((each) => each.fromAt <= event.at && event.at < each.toAt)
      return found ? { ...event, at: event.at - found.offsetMs } : event
    })
    .sort((a, b) => a.at - b.at)
}
