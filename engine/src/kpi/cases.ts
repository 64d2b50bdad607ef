import { CaseInputs, type CaseRunner } from './cases/case-inputs.ts'
import { oeeCases } from './cases/oee-cases.ts'
import { qualityCases } from './cases/quality-cases.ts'
import { supplyCases } from './cases/supply-cases.ts'
import { timeCases } from './cases/time-cases.ts'
import { upkeepCases } from './cases/upkeep-cases.ts'

const runners: Record<string, CaseRunner> = {
  ...oeeCases,
  ...qualityCases,
  ...supplyCases,
  ...timeCases,
  ...upkeepCases,
}

/** The kinds of conformance cases that can be computed. */
export const CASE_KINDS: readonly string[] = Object.keys(runners).sort()

/**
 * Computes one conformance case with the same functions that boards and reports use. Units are in the key names (`_s`
 * seconds, `_h` hours, `_d` days, `_min` minutes). The result may hold more keys than a case expects; a figure that is
 * not finite is no figure: null. Throws a RangeError when the kind is unknown or an input is missing or of the wrong
 * type.
 */
export function runCase(kpi: string, inputs: unknown): Record<string, unknown> {
  const runner = Object.hasOwn(runners, kpi) ? runners[kpi] : undefined
  if (!runner) throw new RangeError(`kpi: ${kpi} is not known`)
  return finite(runner(new CaseInputs(inputs))) as Record<string, unknown>
}

function finite(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (Array.isArray(value)) return value.map(finite)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, finite(each)]))
}
