import { z } from 'zod'
import { datasetField, valueOrParameter } from './template-basics.ts'
import { traceDirection } from './trace.ts'

/** Rows that speak of one lot, one characteristic or published figures; their columns are in `docs/report-datasets.md`. An empty parameter gives no rows. */
const evidence = { fields: z.array(datasetField).optional() }

/** The lots that a lot was made from (`where-from`) or went into (`where-used`), each once, nearest first. */
export const traceDataset = z.object({
  kind: z.literal('trace'),
  direction: traceDirection,
  lot: valueOrParameter,
  /** Levels; all without it. */
  depth: z.int().min(1).max(64).optional(),
  ...evidence,
})
export type TraceDataset = z.infer<typeof traceDataset>

/** What was made of a lot, and where it went: one row for each kind of disposition. */
export const balanceDataset = z.object({ kind: z.literal('balance'), lot: valueOrParameter, ...evidence })
export type BalanceDataset = z.infer<typeof balanceDataset>

/** The points of a control chart with the frozen limits in force at each. */
export const spcDataset = z.object({
  kind: z.literal('spc'),
  characteristic: valueOrParameter,
  /** Bounds as in `kpi`; production dates of the site of the characteristic. */
  from: z.string().max(80),
  to: z.string().max(80).optional(),
  /** The newest points. */
  limit: z.int().min(1).max(50_000).default(500),
  ...evidence,
})
export type SpcDataset = z.infer<typeof spcDataset>

/** Electronic signatures under the inspections of a lot, with their state when the report is run. */
export const signatureDataset = z.object({
  kind: z.literal('signature'),
  of: z.enum(['inspection-lot', 'inspection-subgroup']),
  lot: valueOrParameter,
  ...evidence,
})
export type SignatureDataset = z.infer<typeof signatureDataset>

/** Figures of a place and period that were published with another value: one row for each of `figures` that changed. */
export const restatedDataset = z.object({
  kind: z.literal('restated'),
  /** Ids of the metric dictionary, in the order of the rows. */
  figures: z.array(z.string().max(60)).min(1).max(20),
  equipment: valueOrParameter,
  /** Bounds as in `kpi`. */
  from: z.string().max(80),
  to: z.string().max(80).optional(),
  ...evidence,
})
export type RestatedDataset = z.infer<typeof restatedDataset>
