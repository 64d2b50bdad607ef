import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { kpiQuery } from './kpi.ts'
import { chartKind } from './quality-record.ts'
import { instantText } from './time.ts'

/** The rules of a control chart: Western Electric 1–4, Nelson 1–8. */
export const runRule = z.enum(['WE1', 'WE2', 'WE3', 'WE4', 'N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8'])

const limits = z.object({ center: z.number(), lcl: z.number(), ucl: z.number() })

/** One subgroup on the chart; `value` null = planned and not taken. Infinite limits do not occur. */
export const spcPoint = z.object({
  subgroup: z.string(),
  at: instantText,
  /** Values, or units inspected. */
  size: z.number(),
  value: z.number().nullable(),
  limits: limits.nullable(),
  /** Range, deviation or moving range. */
  spread: z.number().nullable(),
  spreadLimits: limits.nullable(),
  rules: z.array(runRule),
  isSpreadBeyond: z.boolean(),
  /** Version of the limits that were in force; null = none were frozen yet. */
  version: z.string().nullable(),
})
export type SpcPoint = z.infer<typeof spcPoint>

/** One version of frozen limits. `samples` = how many subgroups they were made from; 0 = given. */
export const spcVersion = z.object({
  version: z.string(),
  effectiveAt: instantText,
  basis: z.enum(['given', 'baseline']),
  center: z.number().nullable(),
  sigma: z.number().nullable(),
  samples: z.int(),
})

const interval = z.object({ low: z.number(), high: z.number() })
const index = z.number().nullable()

/** Capability with its conditions; `normalityValues` = on how many values normality was judged. */
export const spcCapability = z.object({
  fromAt: instantText,
  mean: index,
  sigmaWithin: index,
  sigmaOverall: index,
  cp: index,
  cpl: index,
  cpu: index,
  cpk: index,
  pp: index,
  ppk: index,
  cpkInterval: interval.nullable(),
  ppkInterval: interval.nullable(),
  percentilePpk: index,
  values: z.int(),
  subgroups: z.int(),
  normality: z.object({ statistic: z.number(), probability: z.number() }).nullable(),
  normalityValues: z.int(),
  cautions: z.array(z.string()),
})
export type SpcCapability = z.infer<typeof spcCapability>

/** Answer of `GET /api/kpi/spc/{characteristic}`. */
export const spcAnswer = z.object({
  characteristic: z.string(),
  name: bilingual,
  equipment: z.string(),
  material: z.string(),
  chart: chartKind,
  unit: z.string(),
  specification: z.object({ lsl: index, usl: index, target: index }),
  fromAt: instantText,
  toAt: instantText,
  /** All subgroups of the range; the chart may show fewer. */
  subgroups: z.int(),
  /** Of them planned and not taken. */
  missed: z.int(),
  versions: z.array(spcVersion),
  /** The newest points of the range, all judged; patterns look back over its beginning. */
  points: z.array(spcPoint),
  truncated: z.object({ shown: z.int(), of: z.int() }).nullable(),
  /** Number of points at which each rule fires, over the whole range. */
  signals: z.record(z.string(), z.int()),
  /** Points with at least one rule or a spread beyond its limits, over the whole range. */
  violatingPoints: z.int(),
  /** Those points, the first thousand. */
  violations: z.array(
    z.object({ subgroup: z.string(), at: instantText, rules: z.array(runRule), isSpreadBeyond: z.boolean() }),
  ),
  /** Smoothed mean, beside the newest points; null for charts of counts. */
  ewma: z
    .object({ lambda: z.number(), target: z.number(), lcl: z.number(), ucl: z.number(), values: z.array(z.number()) })
    .nullable(),
  capability: spcCapability.nullable(),
  sourceTime: instantText.nullable(),
  receivedTime: instantText.nullable(),
  elapsedMs: z.number(),
  explain: z.object({ queries: z.array(kpiQuery) }).nullable(),
})
export type SpcAnswer = z.infer<typeof spcAnswer>

/** Answer of `GET /api/kpi/spc`: characteristics that have an inspection plan. */
export const spcListAnswer = z.object({
  characteristics: z.array(
    z.object({
      characteristic: z.string(),
      name: bilingual,
      equipment: z.string(),
      material: z.string(),
      chart: chartKind,
      unit: z.string(),
    }),
  ),
})
export type SpcListAnswer = z.infer<typeof spcListAnswer>
