/** Conditions of a delivery: met or not, with the number that decided. */
import type { DeliveryCondition } from '@gemba/contracts/delivery'
import { type Evidence, sumOf } from './delivery-rows.ts'
import type { RenderedReport } from './report-source.service.ts'

export interface Judgement {
  readonly met: boolean
  readonly evidence: Evidence
}

type ReportCondition = Exclude<DeliveryCondition, { kind: 'freshness' }>
type FreshnessCondition = Extract<DeliveryCondition, { kind: 'freshness' }>

const compare: Record<ReportCondition['is'], (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}

/** A value that is not there is no reason to be silent: the condition counts as met, and says so. */
export function judgeReport(condition: ReportCondition, report: RenderedReport): Judgement {
  const found = condition.kind === 'rows' ? rowsOf(condition.dataset, report) : totalOf(condition, report)
  const what =
    condition.kind === 'rows' ? `rows ${condition.dataset ?? '*'}` : `${condition.dataset}.${condition.column}`
  const evidence = { what, is: condition.is, than: condition.than, found }
  return { met: found === null || compare[condition.is](found, condition.than), evidence }
}

const rowsOf = (dataset: string | null, { rows }: RenderedReport): number | null =>
  dataset === null ? sumOf(rows) : (rows[dataset] ?? null)

function totalOf({ dataset, column }: { dataset: string; column: string }, { totals }: RenderedReport): number | null {
  const sum = totals.find((total) => total.dataset === dataset && total.column === column)?.sum
  return sum === undefined || !Number.isFinite(Number(sum)) ? null : Number(sum)
}

/** Data of unknown age are too old. */
export function judgeFreshness(
  { source, maxAgeMinutes }: FreshnessCondition,
  { lastDataAt, nowAt }: { lastDataAt: number | null; nowAt: number },
): Judgement {
  const ageMinutes = lastDataAt === null ? null : Math.max(0, Math.floor((nowAt - lastDataAt) / 60_000))
  const dataAt = lastDataAt === null ? null : new Date(lastDataAt).toISOString()
  return {
    met: ageMinutes !== null && ageMinutes <= maxAgeMinutes,
    evidence: { source, ageMinutes, maxAgeMinutes, dataAt },
  }
}
