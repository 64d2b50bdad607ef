import type { EdgeMethod } from '@gemba/contracts/trace'
import { ratio } from '../kpi/ratio.ts'

/** A finished lot and the components its BOM says it must contain. */
export interface FinishedLot {
  lot: string
  mandatory: readonly string[]
}

/** An edge into a finished lot with the component (material) of its input. */
export interface ComponentEdge {
  output: string
  component: string
  method: EdgeMethod
}

export interface LotCompleteness {
  lot: string
  /** `observed`: every mandatory component by an observed edge; `inferred`: complete only with edges that were not. */
  status: 'observed' | 'inferred' | 'incomplete'
  /** Mandatory components without any edge, sorted. */
  missing: string[]
}

export interface TraceCompleteness {
  lots: LotCompleteness[]
  /** Lots whose mandatory inputs all have edges / lots; null without lots. */
  completeness: number | null
  /** The same with observed edges only. */
  observedCompleteness: number | null
}

/**
 * Trace completeness: share of finished lots whose mandatory inputs all have edges; inferred (backflush) edges are counted
 * apart. A lot without mandatory components is complete. Source: domain rule 4.1.
 */
export function traceCompleteness(
  finished: readonly FinishedLot[],
  edges: readonly ComponentEdge[],
): TraceCompleteness {
  const byLot = Map.groupBy(edges, (edge) => edge.output)
  const lots = finished.map(({ lot, mandatory }) => {
    const own = byLot.get(lot) ?? []
    const known = new Set(own.map((edge) => edge.component))
    const observed = new Set(own.filter((edge) => isObserved(edge.method)).map((edge) => edge.component))
    const missing = [...new Set(mandatory)].filter((component) => !known.has(component)).sort()
    return {
      lot,
      status: statusOf(
        missing,
        mandatory.every((component) => observed.has(component)),
      ),
      missing,
    }
  })
  const count = (isCounted: (lot: LotCompleteness) => boolean): number => lots.filter(isCounted).length
  return {
    lots,
    completeness: ratio(
      count((lot) => lot.status !== 'incomplete'),
      lots.length,
    ),
    observedCompleteness: ratio(
      count((lot) => lot.status === 'observed'),
      lots.length,
    ),
  }
}

function statusOf(missing: readonly string[], isObservedWhole: boolean): LotCompleteness['status'] {
  if (missing.length > 0) return 'incomplete'
  return isObservedWhole ? 'observed' : 'inferred'
}

function isObserved(method: EdgeMethod): boolean {
  return method === 'scan' || method === 'manual'
}
