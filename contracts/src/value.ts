import { z } from 'zod'
import { instantText } from './time.ts'
import { unitOfMeasure } from './unit.ts'

/** How far a value can be trusted, from best to worst. `none` = there is no value. */
export const quality = z.enum(['good', 'uncertain', 'bad', 'none'])
export type Quality = z.infer<typeof quality>

/**
 * Why a value is missing. `not-scheduled`: no planned time in the window. `no-data`: data should exist
 * and does not. `no-output`: running, but nothing was made. `not-running`: planned, but never ran.
 * `not-applicable`: the measure has no meaning here. `not-configured`: no target, rate or dataset. `not-visible`: it
 * rests on what rules of rights hide from the reader.
 */
export const missingReason = z.enum([
  'not-scheduled',
  'no-data',
  'no-output',
  'not-running',
  'not-applicable',
  'not-configured',
  'not-visible',
])
export type MissingReason = z.infer<typeof missingReason>

/**
 * The freshness contract of a value: the expected period between data (T) and the hard limit (L), both in ms.
 * Age ≤ 2T live, ≤ 5T late, beyond 5T or L stale. Age is counted from `sourceTime`, never from query time.
 */
export const freshnessContract = z.object({ periodMs: z.number().positive(), limitMs: z.number().positive() })
export type FreshnessContract = z.infer<typeof freshnessContract>

const common = {
  unit: unitOfMeasure,
  quality,
  /** Present when, and only when, `value` is null. */
  missing: missingReason.optional(),
  /** Oldest source time of the inputs, null when nothing was ever received. */
  sourceTime: instantText.nullable(),
  /** When this platform received the newest input. */
  receivedTime: instantText.nullable(),
  /** Known share of what should be known, fraction in [0, 1]; null where the idea does not apply. */
  coverage: z.number().min(0).max(1).nullable(),
  freshness: freshnessContract,
  /** Ids of the sources this value depends on, worst first. */
  sources: z.array(z.string()),
  /** Opaque reference from which the lineage of the value can be asked; null until it exists. */
  lineageRef: z.string().nullable(),
}

/** The one value type from collector to Excel (a number). */
export const numberValue = z.object({ value: z.number().nullable(), ...common })
export type NumberValue = z.infer<typeof numberValue>

/** The one value type from collector to Excel (a text). */
export const textValue = z.object({ value: z.string().nullable(), ...common })
export type TextValue = z.infer<typeof textValue>
