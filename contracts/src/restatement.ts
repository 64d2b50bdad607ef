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

/** Rows of business records that came or changed after the figure had been published, of one table and one delivery. */
export const changedRows = z.object({
  kind: z.literal('changed-rows'),
  /** Table of the warehouse. */
  table: z.string(),
  /** How many, and the keys of at most 20; null and none where the reader may not see all of them. */
  rows: z.int().nullable(),
  keys: z.array(z.string()),
  /** When they came in. */
  receivedFromAt: instantText,
  receivedToAt: instantText,
})
export type ChangedRows = z.infer<typeof changedRows>

/**
 * Why a figure changed. `recomputed` = no row came later and no policy or mapping changed: the time until which the unit
 * is known to have been observed moved on, or its master data did.
 */
export const restatementCause = z.union([
  lateRows,
  changedRows,
  recalculationCause,
  z.object({ kind: z.literal('recomputed') }),
])
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

/** One published figure that has changed, of one unit and window or of a whole period: from what to what, why and when. */
export const restatement = z.object({
  unit: z.string(),
  fromAt: instantText,
  toAt: instantText,
  /** Empty between shifts, and for a whole period. */
  shift: z.string(),
  /** Not of one unit and window, but of the whole place and period that was asked for. */
  isWholePeriod: z.boolean().optional(),
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
