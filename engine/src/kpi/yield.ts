import { product, ratio } from './ratio.ts'

/** Pieces of one step: `input` units went in; scrap and rework are units that were not right the first time. */
export interface StepCounts {
  input: number
  scrap: number
  rework: number
}

/**
 * First pass (throughput) yield: (in − scrap − rework) / in. A unit reworked twice counts once. Null without input.
 * Source: ISO 22400-2 (first pass yield).
 */
export function firstPassYield({ input, scrap, rework }: StepCounts): number | null {
  return ratio(input - scrap - rework, input)
}

/** First time yield: (in − scrap) / in; hides rework. Source: domain rule 3.3. */
export function firstTimeYield({ input, scrap }: StepCounts): number | null {
  return ratio(input - scrap, input)
}

/**
 * Rolled throughput yield: product of the first pass yields of serial steps. Null when any step has no input.
 * Source: Minitab; domain rule 3.3.
 */
export function rolledYield(stepYields: readonly (number | null)[]): number | null {
  return stepYields.length === 0 ? null : product(...stepYields)
}

/** Parallel machines of one step together, weighted by what went in. */
export function pooled(machines: readonly StepCounts[]): StepCounts {
  return machines.reduce(
    (sum, each) => ({ input: sum.input + each.input, scrap: sum.scrap + each.scrap, rework: sum.rework + each.rework }),
    { input: 0, scrap: 0, rework: 0 },
  )
}

/** Defects per million opportunities: defects / (units × opportunities) × 10⁶. Source: Six Sigma; Montgomery. */
export function defectsPerMillion(defects: number, units: number, opportunities = 1): number | null {
  const share = ratio(defects, units * opportunities)
  return share === null ? null : share * 1e6
}
