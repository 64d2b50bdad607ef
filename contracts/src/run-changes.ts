import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { metricUnit } from './metric.ts'
import { restatementCause } from './restatement.ts'
import { instantText } from './time.ts'

/** One figure of a finished run that is another one now, for the same place and period. */
export const changedFigure = z.object({
  dataset: z.string(),
  /** Id of the metric dictionary. */
  metric: z.string(),
  /** Path of the place, and the group within it; empty for the whole. */
  equipment: z.string(),
  key: z.string(),
  label: bilingual,
  fromAt: instantText,
  toAt: instantText,
  /** Unit of the metric. */
  unit: metricUnit,
  /** As the run shows it; null where it had none. */
  before: z.number().nullable(),
  /** As it is known now. */
  now: z.number().nullable(),
  /** When it became another one; null where that is not recorded. */
  since: instantText.nullable(),
  causes: z.array(restatementCause),
})
export type ChangedFigure = z.infer<typeof changedFigure>

/** Answer of `GET /api/report-runs/{run}/changes`: what of a finished run is no longer as it shows it. */
export const runChanges = z.object({
  run: z.uuid(),
  checkedAt: instantText,
  restated: z.boolean(),
  /** At most 200. */
  figures: z.array(changedFigure),
  /** Datasets of rows that list others now: how many rows the run has that are gone, and how many came. */
  rows: z.array(z.object({ dataset: z.string(), gone: z.int(), come: z.int() })),
  /** There are more than are listed. */
  more: z.boolean(),
})
export type RunChanges = z.infer<typeof runChanges>
