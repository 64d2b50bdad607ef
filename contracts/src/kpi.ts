import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { metricDefinition, metricUnit, policyName } from './metric.ts'
import { instantMs, instantText, localDate } from './time.ts'
import { numberValue } from './value.ts'

/**
 * Canonical equipment states (domain model after ISO 22400 time elements). `MICRO_STOP` is a stop whose planned
 * duration is below the unit's threshold; `NO_DATA` is unknown, not stopped.
 */
export const equipmentState = z.enum([
  'UNSCHEDULED',
  'PLANNED_STOP',
  'RUN',
  'MICRO_STOP',
  'SETUP',
  'DOWN',
  'STARVED',
  'BLOCKED',
  'WAIT_OPERATOR',
  'NO_DATA',
])
export type EquipmentState = z.infer<typeof equipmentState>

/** One non-overlapping interval `[fromAt, toAt)` of one unit; `open` = still going on at the end of the window. */
export const stateInterval = z.object({
  fromAt: instantMs,
  toAt: instantMs,
  state: equipmentState,
  reason: z.string().nullable(),
  order: z.string().nullable(),
  material: z.string().nullable(),
  open: z.boolean().optional(),
})
export type StateInterval = z.infer<typeof stateInterval>

/** Minutes lost to one reason: planned time only. */
export const stopPart = z.object({
  reason: z.string().nullable(),
  state: equipmentState,
  ms: z.number().min(0),
  count: z.int().min(0),
})
export type StopPart = z.infer<typeof stopPart>

/**
 * Numerators and denominators of the OEE family for one window; all additive. Times in ms, counts in pieces.
 * - `allMs` = window; `scheduledMs` = allMs − unscheduledMs − plannedStopMs
 * - `plannedMs` (PPT, ISO 22400 PBT) = scheduledMs − noDataMs
 * - `runMs` (APT) = plannedMs − setupMs − downMs; micro-stops lie inside `runMs`
 * - `idealMs` = Σ ideal cycle × pieces made while observed; `idealGoodMs` the same for first-pass good pieces
 * - `total` = good + scrap + rework; `uncoveredPieces` is the part of `total` whose time lies in NO_DATA and
 *   therefore does not enter `idealMs`
 */
export const equipmentTimeParts = z.object({
  allMs: z.number(),
  unscheduledMs: z.number(),
  plannedStopMs: z.number(),
  scheduledMs: z.number(),
  noDataMs: z.number(),
  plannedMs: z.number(),
  setupMs: z.number(),
  downMs: z.number(),
  microStopMs: z.number(),
  runMs: z.number(),
  idealMs: z.number(),
  idealGoodMs: z.number(),
  total: z.number(),
  good: z.number(),
  scrap: z.number(),
  rework: z.number(),
  uncoveredPieces: z.number(),
  failures: z.number(),
  microStops: z.number(),
  setups: z.number(),
})
export type EquipmentTimeParts = z.infer<typeof equipmentTimeParts>

/** Answer of `GET /api/kpi/oee`. Ratios are fractions; `value` is OEE. */
export const oeeAnswer = z.object({
  equipment: z.string(),
  fromAt: instantText,
  toAt: instantText,
  shift: z.object({ code: z.string(), productionDate: localDate, running: z.boolean() }).nullable(),
  value: z.number().nullable(),
  availability: z.number().nullable(),
  performance: z.number().nullable(),
  quality: z.number().nullable(),
  missing: numberValue.shape.missing,
  coverage: z.number().nullable(),
  sourceTime: instantText.nullable(),
  receivedTime: instantText.nullable(),
  parts: equipmentTimeParts,
  stops: z.array(stopPart),
  /** Intervals without trustworthy data inside the window, and why. */
  noData: z.array(z.object({ fromAt: instantMs, toAt: instantMs })),
  /** How the figure was made: the rule for several units and the definition version. */
  definition: z.object({ id: z.string(), version: z.int(), rule: z.enum(['work-unit', 'sum-of-parallel-units']) }),
  flags: z.array(z.enum(['performance-over-100', 'output-without-schedule', 'coverage-below-95', 'uncovered-pieces'])),
})
export type OeeAnswer = z.infer<typeof oeeAnswer>

/** Where an order stands. */
export const orderRisk = z.enum(['late', 'at-risk', 'on-track', 'not-reported', 'done', 'not-started'])
export type OrderRisk = z.infer<typeof orderRisk>

/** One order of the answer of `GET /api/orders/progress`. */
export const orderProgress = z.object({
  order: z.string(),
  material: z.string(),
  customer: z.string().nullable(),
  equipment: z.string().nullable(),
  quantity: z.number(),
  /** Good pieces at the last operation. */
  good: z.number(),
  scrap: z.number(),
  /** Pieces started at the first operation and not yet through the last one. */
  inProcess: z.number(),
  /** good / quantity, uncapped fraction. */
  quantityProgress: z.number(),
  /** Work-content progress, fraction in [0, 1]. */
  workProgress: z.number(),
  /** Share that the schedule says should be finished now, fraction in [0, 1]; null without schedule. */
  plannedProgress: z.number().nullable(),
  dueAt: instantMs,
  expectedAt: instantMs.nullable(),
  /** Earliest and latest expected completion from the spread of the recent rate. */
  expectedRange: z.object({ earlyAt: instantMs, lateAt: instantMs }).nullable(),
  slackMs: z.number().nullable(),
  risk: orderRisk,
  currentOperation: z.string().nullable(),
  /** Why it is stuck, as a code with facts; texts are made by the screen. */
  blocking: z
    .object({
      kind: z.enum(['stopped', 'shortage', 'queue', 'not-reported']),
      facts: z.record(z.string(), z.union([z.string(), z.number()])),
    })
    .nullable(),
  /** What the forecast rests on. */
  basis: z.object({
    remaining: z.number(),
    ratePerHour: z.number().nullable(),
    rateWindowHours: z.number(),
    source: z.enum(['recent', 'standard', 'blended']),
  }),
  lastReportAt: instantMs.nullable(),
  operations: z.array(
    z.object({
      operation: z.string(),
      name: z.string(),
      good: z.number(),
      scrap: z.number(),
      rework: z.number(),
      standardSeconds: z.number(),
    }),
  ),
})
export type OrderProgress = z.infer<typeof orderProgress>

export const ordersProgressAnswer = z.object({
  site: z.string(),
  asOf: instantText,
  orders: z.array(orderProgress),
  sourceTime: instantText.nullable(),
  totals: z.object({ open: z.int(), late: z.int(), dueToday: z.int(), deliveredToday: z.int() }),
  /** Codes of the rules that narrow list and totals for this reader (`scope` for a place); null = all orders count. */
  limitedBy: z.array(z.string()).nullable().optional(),
})
export type OrdersProgressAnswer = z.infer<typeof ordersProgressAnswer>

/** How the answer of `GET /api/kpi/{metric}` is cut; which of them a metric takes is in `GET /api/metrics`. */
export const kpiGrouping = z.enum([
  'none',
  'unit',
  'shift',
  'day',
  'order',
  'operation',
  'reason',
  'material',
  'supplier',
  'customer',
  'characteristic',
  'lot',
  'source',
  'state',
  'alarm',
])
export type KpiGrouping = z.infer<typeof kpiGrouping>

/** Units of sums: time, pieces, counted events, energy, money, other quantities in the unit of their material, none. */
export const sumUnit = z.enum(['ms', 'piece', 'count', 'kWh', 'currency', 'quantity', 'd', 'h', 'one'])
export type SumUnit = z.infer<typeof sumUnit>

/**
 * The two sums whose quotient a figure is. A figure that is no quotient (a limit, a forecast, a percentile) has its value
 * as numerator and the number of rows it was made from as denominator, with `isQuotient: false`.
 */
export const kpiRatio = z.object({
  numerator: z.number(),
  numeratorUnit: sumUnit,
  denominator: z.number(),
  denominatorUnit: sumUnit,
  isQuotient: z.boolean().optional(),
})
export type KpiRatio = z.infer<typeof kpiRatio>

/** One figure with the sums it was made from; `parts` hold ms and pieces by the names of `equipmentTimeParts`. */
export const kpiFigure = z.object({
  /** Path of a unit, start of a shift (ISO 8601), production date; empty for the whole. */
  key: z.string(),
  label: bilingual,
  fromAt: instantText,
  toAt: instantText,
  /** In `unit`, else in the unit of the metric; null with `missing`. */
  value: z.number().nullable(),
  /** Where the goods of this group are counted in another unit than the metric says. */
  unit: metricUnit.optional(),
  missing: numberValue.shape.missing,
  ratio: kpiRatio,
  coverage: z.number().nullable(),
  parts: z.record(z.string(), z.number()),
})
export type KpiFigure = z.infer<typeof kpiFigure>

/** A statement that lists source rows of a figure, with its bound parameters. */
export const kpiQuery = z.object({
  /** What kind of rows: `windows`, `stops`, `readings`, `orders`, `job-reports`, `movements`, … */
  rows: z.string(),
  sql: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string()), z.array(z.number())])),
})
export type KpiQuery = z.infer<typeof kpiQuery>

/** Marks of an answer that is not about what is known and in force now. */
const askedOtherwise = {
  /** Only of a what-if: computed with this value in place of those in force; nothing of it is stored. */
  whatIf: z
    .object({
      policy: policyName,
      value: z.union([z.string(), z.number(), z.array(z.number())]),
      /** Values in force in the period, in order of time. */
      inForce: z.array(z.union([z.string(), z.number(), z.array(z.number())])),
    })
    .optional(),
  /** Only of "as known then". */
  knownAt: z
    .object({
      at: instantText,
      /** False when part of the period was not known then, was still running, or is cut inside a window. */
      complete: z.boolean(),
    })
    .optional(),
}

/** What a reader of a figure of stock, purchasing or sales has to know beside it. */
export const supplyFlag = z.enum([
  'negative-stock',
  'stock-differs-from-erp',
  'unit-unmapped',
  'cost-missing',
  'shortage-projected',
  'consumption-gap',
])
export type SupplyFlag = z.infer<typeof supplyFlag>

/** Answer of `GET /api/kpi/{metric}`. */
export const kpiAnswer = z.object({
  ...askedOtherwise,
  metric: z.string(),
  version: z.int(),
  unit: z.string(),
  equipment: z.string(),
  groupBy: kpiGrouping,
  total: kpiFigure,
  groups: z.array(kpiFigure),
  quality: numberValue.shape.quality,
  sourceTime: instantText.nullable(),
  receivedTime: instantText.nullable(),
  flags: z.array(z.union([oeeAnswer.shape.flags.element, supplyFlag])),
  /** Codes of the rules that narrow the figure for this reader (`scope` for another limit); null = all rows count. */
  limitedBy: z.array(z.string()).nullable().optional(),
  /** Only when asked for. */
  explain: z.object({ definition: metricDefinition, queries: z.array(kpiQuery) }).nullable(),
})
export type KpiAnswer = z.infer<typeof kpiAnswer>

/** Answer of `GET /api/kpi/oee`; with `group` or `explain=1` it also holds what every other metric answers. */
export const oeeAnswerInFull = oeeAnswer.extend({
  ...askedOtherwise,
  total: kpiFigure.optional(),
  groups: kpiAnswer.shape.groups.optional(),
  explain: kpiAnswer.shape.explain.optional(),
  limitedBy: kpiAnswer.shape.limitedBy,
})
export type OeeAnswerInFull = z.infer<typeof oeeAnswerInFull>

/** Answer of `GET /api/metrics`: the dictionary; `computed` = this server answers it at `GET /api/kpi/{metric}`. */
export const metricsAnswer = z.object({
  metrics: z.array(metricDefinition.extend({ computed: z.boolean(), groupings: z.array(kpiGrouping) })),
})
export type MetricsAnswer = z.infer<typeof metricsAnswer>

/** Answer of `GET /api/kpi`: every figure of one scope and period. */
export const numbersAnswer = z.object({
  equipment: z.string(),
  fromAt: instantText,
  toAt: instantText,
  figures: z.array(
    z.object({
      metric: z.string(),
      version: z.int(),
      value: z.number().nullable(),
      missing: numberValue.shape.missing,
      ratio: kpiRatio,
      /** Only where it is not the one of the equipment below: the figure rests on other sources. */
      own: z
        .object({
          coverage: z.number().nullable(),
          quality: numberValue.shape.quality,
          sourceTime: instantText.nullable(),
        })
        .optional(),
      /** As in the answer of one figure. */
      limitedBy: z.array(z.string()).nullable().optional(),
    }),
  ),
  parts: equipmentTimeParts,
  coverage: z.number().nullable(),
  quality: numberValue.shape.quality,
  sourceTime: instantText.nullable(),
  receivedTime: instantText.nullable(),
  flags: oeeAnswer.shape.flags,
})
export type NumbersAnswer = z.infer<typeof numbersAnswer>
