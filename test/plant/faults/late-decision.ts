import type { QualityFact } from '../quality-facts.ts'
import { DAY_MS } from './feed-fault.ts'
import { Later, type OfficeFault, isMistaken } from './office-fault.ts'

const LATE_MS = 2 * DAY_MS

/** Decisions on inspection lots of the second day are entered two days later, with the date on which they were taken. */
export const lateDecision: OfficeFault = {
  name: 'late-decision',
  at: (place) => {
    const later = new Later<QualityFact>()
    return {
      quality: (facts, untilAt) => {
        const said = facts.map((fact) => {
          if (fact.table !== 'inspection_lot' || !isMistaken(place, fact.at)) return fact
          later.say({ ...fact, at: fact.at + LATE_MS })
          return { ...fact, row: { ...fact.row, decision: null, decided_local: null } }
        })
        return [...said, ...later.until(untilAt)].sort((a, b) => a.at - b.at)
      },
    }
  },
}
