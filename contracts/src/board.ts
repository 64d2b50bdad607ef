import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { orderProgress, equipmentState } from './kpi.ts'
import { instantMs, localDate } from './time.ts'
import { numberValue } from './value.ts'

/** Position on the stage grid: column, row, width, height (12 × 8 cells of 140 × 102, gap 16, origin 32, 88). */
export const gridBox = z.tuple([z.int().min(0), z.int().min(0), z.int().min(1), z.int().min(1)])

export const tileKind = z.enum([
  'oee-hero',
  'loss-waterfall',
  'hourly-output',
  'stop-reasons',
  'state-timeline',
  'key-figure',
  'order-list',
  'bottlenecks',
  'delivery-curve',
])
export type TileKind = z.infer<typeof tileKind>

export const keyFigure = z.enum(['on-time-delivery', 'late-orders', 'due-today', 'kitting'])

export const tileDefinition = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  kind: tileKind,
  box: gridBox,
  /** For `key-figure`: which one. */
  figure: keyFigure.optional(),
})
export type TileDefinition = z.infer<typeof tileDefinition>

/** A stored board. `scope` is the default; the address may narrow it with `?equipment=`. */
export const boardDocument = z.object({
  formatVersion: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  code: z.string(),
  version: z.string(),
  name: bilingual,
  question: bilingual,
  stage: z.object({ width: z.int(), height: z.int() }),
  scope: z.object({ equipment: z.string() }),
  tiles: z.array(tileDefinition),
})
export type BoardDocument = z.infer<typeof boardDocument>

/** Age of one source, for footer chips. `familyAt` is the newest data time. */
export const sourceAge = z.object({
  source: z.string(),
  name: bilingual,
  family: z.enum(['erp', 'mes', 'device']),
  lastDataAt: instantMs.nullable(),
  periodMs: z.number(),
  limitMs: z.number(),
  state: z.enum(['starting', 'connecting', 'running', 'failing', 'stopped']),
})
export type SourceAge = z.infer<typeof sourceAge>

/** What the header of a board shows. */
export const boardScope = z.object({
  site: z.string(),
  siteName: bilingual,
  timeZone: z.string(),
  equipment: z.string(),
  equipmentName: bilingual,
  equipmentLevel: z.string(),
  /** Null when nothing is scheduled now. */
  shift: z
    .object({
      code: z.string(),
      name: bilingual,
      productionDate: localDate,
      fromAt: instantMs,
      toAt: instantMs,
      /** False: nothing is scheduled now, and the board shows the shift that ended last. */
      running: z.boolean(),
      breaks: z.array(z.object({ fromAt: instantMs, toAt: instantMs })),
    })
    .nullable(),
  nextShiftAt: instantMs.nullable(),
})
export type BoardScope = z.infer<typeof boardScope>

export const oeeHeroData = z.object({
  oee: numberValue,
  availability: numberValue,
  performance: numberValue,
  quality: numberValue,
  targets: z.object({
    oee: z.number().nullable(),
    availability: z.number().nullable(),
    performance: z.number().nullable(),
    quality: z.number().nullable(),
  }),
  units: z.object({ known: z.int(), expected: z.int() }),
  flags: z.array(z.string()),
  rule: z.enum(['work-unit', 'sum-of-parallel-units']),
})

/** Minutes in ms; bars add up exactly: planned − losses = effective. */
export const lossWaterfallData = z.object({
  plannedMs: numberValue,
  losses: z.array(
    z.object({ loss: z.enum(['failure', 'changeover', 'micro-stop', 'speed', 'quality']), ms: numberValue }),
  ),
  effectiveMs: numberValue,
})

export const hourlyOutputData = z.object({
  hours: z.array(
    z.object({
      fromAt: instantMs,
      toAt: instantMs,
      state: z.enum(['past', 'running', 'future']),
      plannedMs: z.number(),
      /** Good pieces; null for the future. */
      good: z.number().nullable(),
      /** Pieces due by target at the end of the hour, or at now in the running hour. */
      due: z.number().nullable(),
      /** Full target of the hour. */
      target: z.number().nullable(),
      /** Cumulative good − due; null for the future. */
      gap: z.number().nullable(),
      breaks: z.array(z.object({ fromAt: instantMs, toAt: instantMs })),
    }),
  ),
  good: numberValue,
  due: numberValue,
})

export const stopReasonsData = z.object({
  /** Sorted by ms, at most five; `reason` null = reason missing, always shown when it exists. */
  reasons: z.array(
    z.object({
      reason: z.string().nullable(),
      name: bilingual,
      state: equipmentState,
      ms: z.number(),
      count: z.int(),
      owner: bilingual.nullable(),
    }),
  ),
  others: z.object({ ms: z.number(), count: z.int() }).nullable(),
  total: numberValue,
})

export const stateTimelineData = z.object({
  fromAt: instantMs,
  toAt: instantMs,
  nowAt: instantMs,
  rows: z.array(
    z.object({
      equipment: z.string(),
      code: z.string(),
      name: bilingual,
      intervals: z.array(
        z.object({ fromAt: instantMs, toAt: instantMs, state: equipmentState, reason: z.string().nullable() }),
      ),
      silentSince: instantMs.nullable(),
    }),
  ),
})

export const keyFigureData = z.object({
  figure: keyFigure,
  value: numberValue,
  /** Second number of "18/12". */
  second: numberValue.nullable(),
  target: z.number().nullable(),
  targetScope: bilingual.nullable(),
  /** Share of the bar, fraction, and where its tick stands. */
  bar: z.object({ fill: z.number(), tick: z.number().nullable() }).nullable(),
  scopeText: bilingual.nullable(),
  numerator: z.number().nullable(),
  denominator: z.number().nullable(),
  direction: z.enum(['higher-is-better', 'lower-is-better']),
})

export const orderListData = z.object({
  orders: z.array(
    orderProgress.omit({ operations: true }).extend({
      materialName: bilingual,
      equipmentName: bilingual.nullable(),
      /** The machine or component that holds the order up; `unit` is that of the component's amounts. */
      blockedBy: z.object({ name: bilingual, unit: z.string().nullable() }).nullable(),
    }),
  ),
  open: z.int(),
  asOf: numberValue.omit({ value: true, missing: true }),
})

export const bottlenecksData = z.object({
  operations: z.array(
    z.object({ equipment: z.string(), name: bilingual, queuedMs: z.number(), constraint: z.boolean() }),
  ),
  total: numberValue,
})

export const deliveryCurveData = z.object({
  fromAt: instantMs,
  toAt: instantMs,
  nowAt: instantMs,
  plan: z.array(z.tuple([instantMs, z.number()])),
  actual: z.array(z.tuple([instantMs, z.number()])),
  forecast: z.array(z.tuple([instantMs, z.number()])),
  gap: numberValue,
})

const tileDataByKind = {
  'oee-hero': oeeHeroData,
  'loss-waterfall': lossWaterfallData,
  'hourly-output': hourlyOutputData,
  'stop-reasons': stopReasonsData,
  'state-timeline': stateTimelineData,
  'key-figure': keyFigureData,
  'order-list': orderListData,
  bottlenecks: bottlenecksData,
  'delivery-curve': deliveryCurveData,
} as const satisfies Record<TileKind, z.ZodType>
export { tileDataByKind }
export type TileData<K extends TileKind> = z.infer<(typeof tileDataByKind)[K]>

/** Codes of the rules that narrow the tile for this reader (`scope` for a place); null or absent = all rows count. */
const limitedBy = z.array(z.string()).nullable().optional()

/**
 * The one render contract. `ready` carries data; `empty` a reason; `error` the failing source with the last good
 * data when there is any; `denied` what is missing and whom to ask, never a value. Freshness is not a state here: it
 * travels inside the values.
 */
export const tileFrame = z.discriminatedUnion('state', [
  z.object({
    tile: z.string(),
    state: z.literal('ready'),
    rows: z.int(),
    data: z.unknown(),
    sources: z.array(z.string()),
    limitedBy,
  }),
  z.object({
    tile: z.string(),
    state: z.literal('empty'),
    reason: z.enum(['not-scheduled', 'no-orders', 'no-stops', 'not-configured', 'filter', 'never-received']),
    sources: z.array(z.string()),
    limitedBy,
  }),
  z.object({
    tile: z.string(),
    state: z.literal('error'),
    source: z.string(),
    since: instantMs,
    retryAt: instantMs.nullable(),
    lastData: z.unknown().optional(),
    sources: z.array(z.string()),
  }),
  z.object({
    tile: z.string(),
    state: z.literal('denied'),
    missing: z.string(),
    ask: z.string().nullable(),
    sources: z.array(z.string()),
  }),
])
export type TileFrame = z.infer<typeof tileFrame>

/** `POST /api/boards/:id/data`: one batch request per board. */
export const boardDataRequest = z.object({ equipment: z.string().optional() })
export const boardFrame = z.object({
  board: z.string(),
  /** Sequence of the channel this frame belongs to; patches continue from it. */
  seq: z.int(),
  serverTime: instantMs,
  scope: boardScope,
  tiles: z.array(tileFrame),
  sources: z.array(sourceAge),
})
export type BoardFrame = z.infer<typeof boardFrame>
