import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { instantMs } from './time.ts'
import { unitOfMeasure } from './unit.ts'
import { freshnessContract } from './value.ts'

/** Units of figures that are no values of points: rates, money in the currency of the site, indices without unit. */
export const metricUnit = z.union([
  unitOfMeasure,
  z.enum(['piece/h', '1/h', 'kWh/piece', 'currency', 'index', 'turns/a', 'sigma']),
])
export type MetricUnit = z.infer<typeof metricUnit>

/** The department that answers for a figure and decides about its policies. */
export const metricOwner = z.enum([
  'production',
  'maintenance',
  'quality',
  'planning',
  'warehouse',
  'purchasing',
  'logistics',
  'it',
])
export type MetricOwner = z.infer<typeof metricOwner>

/** What one figure speaks about. */
export const metricGrain = z.enum([
  'work-unit',
  'line',
  'area',
  'site',
  'work-center',
  'order',
  'order-line',
  'operation',
  'route',
  'material',
  'lot',
  'supplier',
  'customer',
  'characteristic',
  'feed',
])
export type MetricGrain = z.infer<typeof metricGrain>

/** The system whose data decide when two systems differ. */
export const systemOfRecord = z.enum(['machine', 'mes', 'erp', 'qms', 'wms', 'meter', 'platform'])
export type SystemOfRecord = z.infer<typeof systemOfRecord>

/** Which way is good. `target`: the nearer to the target; `none`: neither. */
export const metricDirection = z.enum(['higher', 'lower', 'target', 'none'])
export type MetricDirection = z.infer<typeof metricDirection>

/**
 * How figures of parts make the figure of the whole: `ratio-of-sums` numerators and denominators are added and divided
 * last, `sum` added, `recompute` made again from the rows (percentiles, charts, traces), `none` never combined.
 */
export const metricRollup = z.enum(['ratio-of-sums', 'sum', 'recompute', 'none'])
export type MetricRollup = z.infer<typeof metricRollup>

/** Names of the policies that plants dispute; see `policySettings`. */
export const policyName = z.enum([
  'plannedMaintenance',
  'waiting',
  'microStopThresholdMs',
  'productionDateOwner',
  'otifPromise',
  'otifWindowDays',
  'lotReject',
  'lineRule',
  'lateScrap',
  'kitting',
  'coverageLimit',
])
export type PolicyName = z.infer<typeof policyName>

/**
 * One version of the definition of one figure. A changed formula is a new version with its own `effectiveAt`; figures of
 * earlier time keep the version that was in force.
 */
export const metricDefinition = z.object({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  version: z.int().min(1),
  /** From this instant on this version holds. */
  effectiveAt: instantMs,
  name: bilingual,
  /** In plain words, for somebody who has never heard of it. */
  definition: bilingual,
  /** The formula in the symbols of the domain reference. */
  formula: z.string().min(1).max(300),
  unit: metricUnit,
  owner: metricOwner,
  grain: z.array(metricGrain).min(1),
  systemOfRecord: z.array(systemOfRecord).min(1),
  freshness: freshnessContract,
  direction: metricDirection,
  rollup: metricRollup,
  /** Standard or book it comes from. */
  source: z.string().min(1).max(200),
  /** Site settings that change the number. */
  policies: z.array(policyName),
  /** The pure function that computes it, `<room>/<module>#<function>`, with `.<key>` of its result where it has several. */
  computedBy: z.string().regex(/^(kpi|trace)\/[a-z0-9-]+#[A-Za-z0-9]+(\.[A-Za-z0-9]+)*$/),
})
export type MetricDefinition = z.infer<typeof metricDefinition>

/**
 * Settings of a site that change numbers without being right or wrong. Each has the recommended value of the domain
 * reference as its default.
 */
export const policySettings = z.object({
  /** Planned maintenance is outside planned production time (no loss) or inside it (availability loss). */
  plannedMaintenance: z.enum(['outside-planned-time', 'availability-loss']),
  /** Starved and blocked time is an availability loss, or left out of planned time. */
  waiting: z.enum(['availability-loss', 'outside-planned-time']),
  /** Stops shorter than this are performance loss, ms; a threshold of the unit itself goes before it. */
  microStopThresholdMs: z.int().positive(),
  /** The production date of a shift over midnight: that of its start or of its end. */
  productionDateOwner: z.enum(['start', 'end']),
  /** The promise that OTIF is judged by. Re-promising improves nothing under `first`. */
  otifPromise: z.enum(['first', 'current', 'requested']),
  /** Days around the promise that are on time, both inclusive, early ≤ 0 ≤ late; a customer's own window goes before it. */
  otifWindowDays: z.tuple([z.int().max(0), z.int().min(0)]),
  /** A rejected lot counts in PPM with all its pieces or with the bad ones found. */
  lotReject: z.enum(['whole-lot', 'bad-pieces']),
  /** How a line gets its OEE. */
  lineRule: z.enum(['bottleneck', 'last-operation', 'sum-of-parallel-units']),
  /** Scrap found later is booked where and when it was made, or where it was detected. */
  lateScrap: z.enum(['at-making', 'at-detection']),
  /** What an order that cannot be kitted does with what there is. */
  kitting: z.enum(['reserve', 'skip']),
  /** Below this known share of scheduled time a figure is hatched, fraction. */
  coverageLimit: z.number().min(0).max(1),
})
export type PolicySettings = z.infer<typeof policySettings>

/**
 * A change of policies: from `effectiveAt` on the named settings hold, for one site or for all (`site` null). Recorded
 * once and never edited; a later change for the same instant replaces it.
 */
export const policyChange = z.object({
  site: z.string().nullable(),
  effectiveAt: instantMs,
  /** When it was decided; later than `effectiveAt` when history was restated on purpose. */
  recordedAt: instantMs,
  settings: policySettings.partial(),
  by: z.string().min(1).max(200),
  reason: z.string().min(1).max(1000),
})
export type PolicyChange = z.infer<typeof policyChange>
