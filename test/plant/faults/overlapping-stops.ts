import { DateTime } from 'luxon'
import type { QualityFact } from '../quality-facts.ts'
import { CREW_PRIORITY } from '../stop-terminal.ts'
import { type OfficeFault, chanceOf } from './office-fault.ts'

const SHARE = 0.5
const GUESSED = 'F-TOOL'

/** Two of the crew enter parts of a stop that maintenance enters too, each with a guess of the reason. */
export const overlappingStops: OfficeFault = {
  name: 'overlapping-stops',
  at: (place) => {
    const chance = chanceOf(place, 'overlapping-stops')
    return {
      quality: (facts) =>
        facts.flatMap((fact) =>
          fact.table === 'downtime_event' && chance(fact.key) < SHARE ? [...guesses(fact), fact] : [fact],
        ),
    }
  },
}

function guesses(fact: QualityFact): QualityFact[] {
  const wall = (name: string): DateTime =>
    DateTime.fromFormat(String(fact.row[name]), 'yyyy-MM-dd HH:mm:ss.SSS', { zone: 'utc' })
  const [from, to] = [wall('from_local'), wall('to_local')]
  const at = (share: number): string =>
    from.plus(Math.round(to.diff(from).toMillis() * share)).toFormat('yyyy-MM-dd HH:mm:ss.SSS')
  const guess = (name: string, [first, last]: readonly [number, number]): QualityFact => ({
    ...fact,
    key: `${fact.key}-${name}`,
    row: {
      ...fact.row,
      ...{ event_no: `${fact.key}-${name}`, from_local: at(first), to_local: at(last) },
      ...{ reason_code: GUESSED, priority: CREW_PRIORITY },
    },
  })
  return [guess('A', [0, 0.7]), guess('B', [0.4, 1])]
}
