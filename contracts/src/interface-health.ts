import { z } from 'zod'
import { driftLine } from './reading.ts'
import { instantText } from './time.ts'

/**
 * How the interface to one source did in a period. Rates are fractions, times ms; null = nothing to measure. Percentiles
 * by nearest rank over the measured calls. Source: domain rule 3.9.
 */
export const interfaceHealthRow = z.object({
  source: z.string(),
  calls: z.int().min(0),
  ok: z.int().min(0),
  successRate: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
  /** Failed calls by class. */
  errors: z.record(z.string(), z.int()),
  rows: z.int().min(0),
  /** Rows that could not be read and lie in quarantine. */
  rejected: z.int().min(0),
  /** Age of the newest answer at the end of the period, and that age in declared periods. */
  lagMs: z.number().nullable(),
  lagInPeriods: z.number().nullable(),
  /** Longest time within the period without a successful call: the outage. */
  longestSilence: z.object({ fromAt: instantText, toAt: instantText, ms: z.number() }).nullable(),
  drifts: z.array(
    driftLine.pick({ table: true, column: true, change: true, before: true, after: true }).extend({ at: instantText }),
  ),
})
export type InterfaceHealthRow = z.infer<typeof interfaceHealthRow>

/** Answer of `GET /api/interfaces`: sources that are called (pulled); subscriptions have no calls. */
export const interfacesAnswer = z.object({
  fromAt: instantText,
  toAt: instantText,
  interfaces: z.array(interfaceHealthRow),
})
export type InterfacesAnswer = z.infer<typeof interfacesAnswer>
