import type { OfficeFact } from '../order-book.ts'
import { Later, type OfficeFault, chanceOf, isMistaken } from './office-fault.ts'

const SHARE = 0.5
const REOPENED_AFTER_MS = 60 * 60_000
const CLOSED_AFTER_MS = 4 * 60 * 60_000

/** Half of the orders that are closed on the second day are opened again by mistake, and closed as they were. */
export const orderReopened: OfficeFault = {
  name: 'order-reopened',
  at: (place) => {
    const chance = chanceOf(place, 'order-reopened')
    const later = new Later<OfficeFact>()
    return {
      orders: (facts, untilAt) => {
        for (const fact of facts)
          if (fact.kind === 'delivery' && isMistaken(place, fact.at) && chance(fact.order) < SHARE)
            later.say(
              { kind: 'order-reopened', at: fact.at + REOPENED_AFTER_MS, order: fact.order },
              { kind: 'order-closed-again', at: fact.at + CLOSED_AFTER_MS, order: fact.order },
            )
        return [...facts, ...later.until(untilAt)].sort((a, b) => a.at - b.at)
      },
    }
  },
}
