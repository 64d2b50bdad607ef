/** Which stop it is this time: drawn by frequency; some failures are never explained. */
import type { UnitCode, UnitParameters } from './parameters.ts'
import type { Random } from './random.ts'
import { CHANGEOVERS, FAILURES, MICRO_STOPS, WAITS, kindOf } from './stop-reasons.ts'

export interface Stop {
  /** Null: nobody filled in a reason. */
  readonly code: string | null
  readonly station: string | null
}

const UNEXPLAINED = 0.05
/** Share of waits among the stops of the nervous plant. */
const WAITING = 0.15

export function failureOf(unit: UnitCode, random: Random, parameters: UnitParameters): Stop {
  const entries = FAILURES[kindOf(unit)]
  const entry = entries[random.weighted(entries.map((each) => each.weight))]
  const station = entry?.station ?? null
  const chance = random.uniform()
  if (chance < UNEXPLAINED) return { code: null, station }
  const wait = WAITS[random.integer(0, WAITS.length - 1)]
  if (parameters.repairSeconds && chance < UNEXPLAINED + WAITING) return { code: wait?.code ?? null, station: null }
  return { code: entry?.code ?? null, station }
}

export function microStopOf(unit: UnitCode, random: Random): Stop {
  const entries = MICRO_STOPS[kindOf(unit)]
  return { code: entries[random.weighted(entries.map((each) => each.weight))]?.code ?? null, station: null }
}

export const changeoverReason = (unit: UnitCode): string => CHANGEOVERS[kindOf(unit)].code
