import { z } from 'zod'
import { instantText } from './time.ts'

/**
 * Classes of stored rows. `raw` = what could not be used, as received; `telemetry` = readings; `aggregates` = roll-ups of
 * readings by the minute; `facts` = what figures are made of: windows, states, stops, counts, records, and how they changed.
 */
export const retentionClass = z.enum(['raw', 'telemetry', 'aggregates', 'facts'])
export type RetentionClass = z.infer<typeof retentionClass>

/** Body of `POST /api/retention`; `keepDays` null = for ever. */
export const retentionRequest = z.object({
  class: retentionClass,
  keepDays: z.int().positive().max(36_525).nullable(),
  reason: z.string().trim().min(1).max(1000),
})
export type RetentionRequest = z.infer<typeof retentionRequest>

/** What a new setting of a class says, without the reason for it. */
export const retentionDocument = retentionRequest.omit({ reason: true })
export type RetentionDocument = z.infer<typeof retentionDocument>

/**
 * What becomes of one month of one table: `keep` = young enough, `drop` = goes with the next run, `held` = old enough, and
 * needed: by a period that is still open, or by figures that are being derived again.
 */
export const retentionPartition = z.object({
  table: z.string(),
  class: retentionClass,
  /** `YYYYMM`. */
  partition: z.string(),
  fromAt: instantText,
  toAt: instantText,
  rows: z.number(),
  bytes: z.number(),
  verdict: z.enum(['keep', 'drop', 'held']),
  heldBy: z.enum(['open-period', 'recalculation']).nullable(),
})
export type RetentionPartition = z.infer<typeof retentionPartition>

/** Answer of `GET /api/retention`: the settings and what the next run would do; nothing is dropped by asking. */
export const retentionAnswer = z.object({
  classes: z.array(
    z.object({
      class: retentionClass,
      keepDays: z.int().nullable(),
      defaultDays: z.int(),
      /** Less is refused. */
      leastDays: z.int(),
      tables: z.array(z.string()),
      by: z.string().nullable(),
      reason: z.string().nullable(),
      recordedAt: instantText.nullable(),
    }),
  ),
  partitions: z.array(retentionPartition),
  /** Readings before it have been dropped; null = none have. */
  readingsFrom: instantText.nullable(),
  lastRunAt: instantText.nullable(),
})
export type RetentionAnswer = z.infer<typeof retentionAnswer>
