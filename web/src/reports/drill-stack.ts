import { parameterValues, reportId } from '@gemba/contracts/report'
import { z } from 'zod'

const rowsStep = z.strictObject({
  page: z.int().min(1),
  cell: z.string().max(60),
  dataset: z.string().max(200).nullable(),
  /** The run whose rows they are, where it was made in the panel. */
  of: z.strictObject({ run: z.uuid(), report: reportId }).optional(),
})
export type RowsStep = z.infer<typeof rowsStep>

/** What lies in the panel beside a report: another report, or the rows behind a cell of this one or of that one. */
export const drillStep = z.union([z.strictObject({ report: reportId, params: parameterValues }), rowsStep])
export type DrillStep = z.infer<typeof drillStep>

const MOST_STEPS = 6
const steps = z.array(drillStep).max(MOST_STEPS)

export const isReport = (step: DrillStep): step is Extract<DrillStep, { report: string }> => 'report' in step

/** The steps of an address, the last one on top; what does not keep the contract is left out. */
export function stepsIn(text: unknown): DrillStep[] {
  if (typeof text !== 'string') return []
  try {
    return steps.safeParse(JSON.parse(text)).data ?? []
  } catch {
    return []
  }
}

/** The steps with one more on top; the lowest one falls out when there are too many. */
export const withStep = (before: readonly DrillStep[], step: DrillStep): DrillStep[] =>
  [...before, step].slice(-MOST_STEPS)

/** As it stands in an address; undefined when nothing is open. */
export const stepsText = (list: readonly DrillStep[]): string | undefined =>
  list.length === 0 ? undefined : JSON.stringify(list)
