import type { OfficeFact } from '../order-book.ts'
import type { QualityFact } from '../quality-facts.ts'
import { DAY_MS } from './feed-fault.ts'
import { Later, type OfficeFault, chanceOf, isMistaken } from './office-fault.ts'

/** Three days after the end of the shift in which it happened, at least. */
const LATE_MS = 3 * DAY_MS + 8 * 3_600_000
const SHARE = 0.2
const TOO_MANY = 3

/** Somebody counts wrong, and puts the same row right when the shift is long closed: defects in the MES, pieces in reports. */
export const lateCorrection: OfficeFault = {
  name: 'late-correction',
  at: (place) => {
    const chance = chanceOf(place, 'late-correction')
    const defects = new Later<QualityFact>()
    const reports = new Later<OfficeFact>()
    return {
      quality: (facts, untilAt) => {
        const said = facts.map((fact) => {
          const isMeant = fact.table === 'defect_record' && isMistaken(place, fact.at) && chance(fact.key) < SHARE
          if (!isMeant) return fact
          defects.say({ ...fact, at: fact.at + LATE_MS })
          return { ...fact, row: { ...fact.row, quantity: Number(fact.row['quantity']) + TOO_MANY } }
        })
        return [...said, ...defects.until(untilAt)].sort((a, b) => a.at - b.at)
      },
      orders: (facts, untilAt) => {
        const said = facts.map((fact) => {
          if (fact.kind !== 'report' || !isMistaken(place, fact.at) || chance(fact.report.key) >= SHARE) return fact
          reports.say({ ...fact, at: fact.at + LATE_MS })
          return { ...fact, report: { ...fact.report, good: fact.report.good + TOO_MANY } }
        })
        return [...said, ...reports.until(untilAt)].sort((a, b) => a.at - b.at)
      },
    }
  },
}
