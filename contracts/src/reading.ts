import { z } from 'zod'
import { sourceErrorType } from './source.ts'
import { instantMs } from './time.ts'

/** Quality of a reading on the wire: 0 good, 1 uncertain, 2 bad. */
export const readingQuality = z.union([z.literal(0), z.literal(1), z.literal(2)])

/**
 * One reading of one point. `p` point id (`<equipment>:<name>`), `t` source time (ms, as stamped by the
 * device), `v` value, `q` quality (absent = good), `r` time the collector received it (ms).
 * Counters are cumulative readings, never deltas. State words: `executing`, `not-executing`, `out-of-service`,
 * `not-available`. Mode words: `none`, `setup`, `processing`, `maintenance`. `link` is 1 from the moment the
 * unit is observed again and 0 from the moment it is not (a gap).
 */
export const reading = z.strictObject({
  p: z.string().min(3).max(300),
  t: instantMs,
  v: z.union([z.number(), z.string().max(1000), z.boolean(), z.null()]),
  q: readingQuality.optional(),
  r: instantMs.optional(),
})
export type Reading = z.infer<typeof reading>

/**
 * The units of `u` were observed without interruption up to the given source time (ms). States hold until then;
 * beyond it (plus a grace) they are unknown.
 */
export const aliveLine = z.strictObject({ k: z.literal('alive'), u: z.record(z.string(), instantMs) })
export type AliveLine = z.infer<typeof aliveLine>

/** Something could not be had: a row, not a log line. `count` is the number of lost values when it is known. */
export const gapLine = z.strictObject({
  k: z.literal('gap'),
  source: z.string(),
  unit: z.string().nullable(),
  cause: z.enum([
    'session-lost',
    'queue-overflow',
    'sequence-gap',
    'node-death',
    'collector-restart',
    'spool-limit',
    'corrupt-spool',
  ]),
  fromAt: instantMs,
  toAt: instantMs,
  count: z.int().min(0).nullable(),
})
export type GapLine = z.infer<typeof gapLine>

/** Why a row or message is in quarantine. */
export const quarantineReason = z.enum([
  'parse',
  'schema',
  'type',
  'range',
  'nonfinite',
  'unknown-tag',
  'unmapped-code',
  'too-large',
  'time-invalid',
  'decode',
  'corrupt-spool',
  'rejected-by-server',
])
export type QuarantineReason = z.infer<typeof quarantineReason>

/** A message the collector could not read, kept as received (`raw` capped at 4 000 characters). */
export const quarantineLine = z.strictObject({
  k: z.literal('quarantine'),
  source: z.string(),
  reason: quarantineReason,
  text: z.string().max(500),
  raw: z.string().max(4000),
  at: instantMs,
})
export type QuarantineLine = z.infer<typeof quarantineLine>

/**
 * One call of an interface: a round of pulls that succeeded or failed. `outcome` is `ok` or the class of the failure;
 * `durationMs` null = it did not get so far; `newestAt` the newest change among the rows that came, null = none came.
 */
export const callLine = z.strictObject({
  k: z.literal('call'),
  source: z.string(),
  at: instantMs,
  durationMs: z.number().min(0).nullable(),
  outcome: z.union([z.literal('ok'), sourceErrorType]),
  rows: z.int().min(0),
  /** Rows that could not be read and lie in quarantine. */
  rejected: z.int().min(0),
  newestAt: instantMs.nullable(),
})
export type CallLine = z.infer<typeof callLine>

/** A table of a foreign system is no longer what it was; data go on being read where they still can be. */
export const driftLine = z.strictObject({
  k: z.literal('drift'),
  source: z.string(),
  at: instantMs,
  table: z.string().max(200),
  column: z.string().max(200),
  change: z.enum(['added', 'removed', 'type']),
  /** Type before and after; empty where there was none. */
  before: z.string().max(200),
  after: z.string().max(200),
})
export type DriftLine = z.infer<typeof driftLine>
