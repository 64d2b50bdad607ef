import { z } from 'zod'
import { kpiRatio } from './kpi.ts'
import { instantText, localDate } from './time.ts'
import { numberValue } from './value.ts'

const facts = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))

/**
 * A change of settings that made stored figures be derived again. `id` names it among its kind: the policy version, the
 * mapping version, the hash of the catalog.
 */
export const recalculationCause = z.object({
  kind: z.enum(['policy', 'mapping', 'calendar', 'master']),
  id: z.string(),
  facts,
})
export type RecalculationCause = z.infer<typeof recalculationCause>

/** Readings that came after the figure had been published, by the stream that brought them. */
export const lateRows = z.object({
  kind: z.literal('late-rows'),
  /** `collector/epoch/stream` of their batches. */
  stream: z.string(),
  rows: z.int(),
  /** First and last line number in the stream. */
  firstSeq: z.number(),
  lastSeq: z.number(),
  /** Points they belong to; at most 20 are named. */
  points: z.array(z.string()),
  /** First and last source time. */
  fromAt: instantText,
  toAt: instantText,
  /** When the first and the last of them came in. */
  receivedFromAt: instantText,
  receivedToAt: instantText,
})
export type LateRows = z.infer<typeof lateRows>

/**
 * Why a figure changed. `recomputed` = no row came later and no policy or mapping changed: the time until which the unit
 * is known to have been observed moved on, or its master data did.
 */
export const restatementCause = z.union([lateRows, recalculationCause, z.object({ kind: z.literal('recomputed') })])
export type RestatementCause = z.infer<typeof restatementCause>

/** A figure as it was known at one time. */
export const knownFigure = z.object({
  /** In the unit of the metric; null with `missing`. */
  value: z.number().nullable(),
  missing: numberValue.shape.missing,
  ratio: kpiRatio,
  productionDate: localDate,
  /** Since when it was known so. */
  knownAt: instantText,
})
export type KnownFigure = z.infer<typeof knownFigure>

/** One published figure of one unit and window that has changed: from what to what, why and when. */
export const restatement = z.object({
  unit: z.string(),
  fromAt: instantText,
  toAt: instantText,
  /** Empty between shifts. */
  shift: z.string(),
  restatedAt: instantText,
  from: knownFigure,
  to: knownFigure,
  causes: z.array(restatementCause),
  /** The window lay in a closed period when it changed. */
  inClosedPeriod: z.boolean(),
})
export type Restatement = z.infer<typeof restatement>

/** Answer of `GET /api/restatements`, newest first. */
export const restatementsAnswer = z.object({
  equipment: z.string(),
  metric: z.string(),
  unit: z.string(),
  restatements: z.array(restatement),
  /** There are more than are listed. */
  more: z.boolean(),
})
export type RestatementsAnswer = z.infer<typeof restatementsAnswer>
