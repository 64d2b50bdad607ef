import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import type { PolicySettings } from '@gemba/contracts/metric'
import { oeeFromParts, sumParts, type OeeFigures } from './oee.ts'
import { ratio } from './ratio.ts'

/** One work unit of a line, in the order of the line. */
export interface LineUnit {
  equipment: string
  parts: EquipmentTimeParts
  isBottleneck: boolean
}

/**
 * How a line gets its figure: of the bottleneck unit, of the last operation against the cycle of the line, or as the sum
 * of parallel units.
 */
export type LineRule = PolicySettings['lineRule']

export interface LineOee {
  rule: LineRule
  oee: number | null
  /** The unit whose figures they are; null for sums. */
  equipment: string | null
  /** A, P, Q where the rule has them. */
  figures: OeeFigures | null
}

/**
 * OEE of a line, a house policy: ISO 22400-2 defines it for a work unit only, and the OEEs of the units along a line are
 * never multiplied. `bottleneck`: the unit marked so, else the one with the most ideal time per planned time.
 * `last-operation`: good pieces of the last unit × ideal cycle of the line / its planned time; `lineCycleMs` is the ideal
 * time per piece of the line and without it there is no figure.
 */
export function lineOee(units: readonly LineUnit[], rule: LineRule, lineCycleMs: number | null = null): LineOee {
  if (rule === 'sum-of-parallel-units') {
    const figures = oeeFromParts(sumParts(units.map((unit) => unit.parts)))
    return { rule, oee: figures.oee, equipment: null, figures }
  }
  if (rule === 'last-operation') {
    const last = units.at(-1)
    const oee = last && lineCycleMs !== null ? ratio(last.parts.good * lineCycleMs, last.parts.plannedMs) : null
    return { rule, oee, equipment: last?.equipment ?? null, figures: null }
  }
  const unit = units.find((each) => each.isBottleneck) ?? busiest(units)
  if (!unit) return { rule, oee: null, equipment: null, figures: null }
  const figures = oeeFromParts(unit.parts)
  return { rule, oee: figures.oee, equipment: unit.equipment, figures }
}

/** The unit whose planned time is filled most by ideal time; the first of equals. */
function busiest(units: readonly LineUnit[]): LineUnit | undefined {
  let found: LineUnit | undefined
  let highest = -Infinity
  for (const unit of units) {
    const load = ratio(unit.parts.idealMs, unit.parts.plannedMs)
    if (load !== null && load > highest) {
      found = unit
      highest = load
    }
  }
  return found
}
