import { z } from 'zod'
import { equipmentPath } from './catalog.ts'
import { instantMs, instantText } from './time.ts'

/** The name of a lot, sublot, serial or container (SSCC, UDI-PI), as its source writes it. */
export const lotName = z.string().min(1).max(100)

/** How an edge became known. `backflush` and `inferred` edges were not observed and are counted apart. */
export const edgeMethod = z.enum(['scan', 'manual', 'backflush', 'inferred'])
export type EdgeMethod = z.infer<typeof edgeMethod>

/**
 * What an edge means (after EPCIS): `transformation` used material up, `aggregation` put it into a container of the same
 * lot, `association` took it through a shared step (a sterilisation load, a rework order) that uses nothing up. Traces
 * follow all three; a mass balance counts transformations only.
 */
export const edgeRelation = z.enum(['transformation', 'aggregation', 'association'])
export type EdgeRelation = z.infer<typeof edgeRelation>

/**
 * One edge of the genealogy (ISA-95 MaterialActual consumed and produced): `input` was consumed into `output`. A later
 * version of the same source event replaces an earlier one; a withdrawn edge is deleted, never edited.
 */
export const genealogyEdge = z.object({
  input: lotName,
  output: lotName,
  /** In `unit`; null where only the fact is known. */
  quantity: z.number().min(0).nullable(),
  unit: z.string().min(1).max(20).nullable(),
  order: z.string().nullable(),
  operation: z.string().nullable(),
  equipment: equipmentPath.nullable(),
  /** When it was consumed; null = unknown. */
  at: instantMs.nullable(),
  method: edgeMethod,
  relation: edgeRelation.default('transformation'),
})
export type GenealogyEdge = z.infer<typeof genealogyEdge>

export const traceDirection = z.enum(['where-from', 'where-used'])
export type TraceDirection = z.infer<typeof traceDirection>

/** Question of `GET /api/trace`. */
export const traceRequest = z.object({
  lots: z.array(lotName).min(1).max(1000),
  direction: traceDirection,
  /** Levels; absent = all. */
  depth: z.int().min(0).max(64).optional(),
  /** Only paths that time allows: what was consumed before the suspect arrived is left out. */
  inTime: z.boolean().default(false),
  /** Only what the lots were used for in `[fromAt, toAt)`; implies `inTime`. */
  window: z
    .object({ fromAt: instantMs, toAt: instantMs })
    .refine((range) => range.fromAt < range.toAt, { error: 'fromAt must be before toAt' })
    .optional(),
})
export type TraceRequest = z.infer<typeof traceRequest>

/** One lot that a trace reached. `depth` = smallest number of levels from a lot asked for. */
export const tracedLot = z.object({
  lot: lotName,
  depth: z.int().min(0),
  /** Null = no record of the lot itself, only edges name it. */
  material: z.string().nullable(),
  stage: z.string().nullable(),
  equipment: z.string().nullable(),
})
export type TracedLot = z.infer<typeof tracedLot>

/** A walk that was cut: `limit` of lots or edges was reached at level `depth`; what lies beyond is not in the answer. */
export const traceCut = z.object({ by: z.enum(['lots', 'edges']), limit: z.int(), depth: z.int() })
export type TraceCut = z.infer<typeof traceCut>

const traceHead = {
  asOf: instantText,
  /** Null = the answer is whole. */
  truncated: traceCut.nullable(),
  /** Codes of the rules that narrow what this reader sees (`scope` for another limit); null = all lots and edges. */
  limitedBy: z.array(z.string()).nullable(),
}

/** Answer of `GET /api/trace`; nearest lots first. */
export const traceAnswer = z.object({
  request: traceRequest,
  ...traceHead,
  lots: z.array(tracedLot),
  /** The edges between the lots of the answer and those asked for. */
  edges: z.array(genealogyEdge),
  /** Lots asked for that no edge names. */
  unknown: z.array(lotName),
  /** Elapsed time of the trace (recall drills are measured), ms. */
  elapsedMs: z.number().min(0),
  visitedEdges: z.int().min(0),
})
export type TraceAnswer = z.infer<typeof traceAnswer>

/** Where some pieces of a lot are now. `place` is the customer, the location or the order. */
export const disposition = z.object({
  lot: lotName,
  kind: z.enum(['shipped', 'on-hand', 'wip', 'scrapped']),
  place: z.string(),
  quantity: z.number(),
})
export type Disposition = z.infer<typeof disposition>

const placeQuantity = z.object({ place: z.string(), quantity: z.number() })

/** One finished lot inside a recall; `unknown` = produced − all that is known, below zero = more was found than made. */
export const affectedLot = z.object({
  lot: lotName,
  depth: z.int().min(0),
  produced: z.number(),
  shipped: z.number(),
  onHand: z.number(),
  wip: z.number(),
  scrapped: z.number(),
  unknown: z.number(),
})
export type AffectedLot = z.infer<typeof affectedLot>

/** Answer of `GET /api/trace/recall`. `level` says how fine the edges are: a whole lot, or narrowed by time. */
export const recallAnswer = z.object({
  suspects: z.array(lotName),
  ...traceHead,
  /** Affected lots by stage, in order of the stages' first depth. */
  stages: z.array(z.object({ stage: z.string(), lots: z.int() })),
  level: z.enum(['lot', 'time']),
  lots: z.array(lotName),
  finished: z.array(affectedLot),
  shippedByCustomer: z.array(placeQuantity),
  onHandByLocation: z.array(placeQuantity),
  shippedQuantity: z.number(),
  heldQuantity: z.number(),
  unknownQuantity: z.number(),
  elapsedMs: z.number().min(0),
})
export type RecallAnswer = z.infer<typeof recallAnswer>

/** Answer of `GET /api/trace/balance`: produced + opening = shipped + on hand + WIP + scrap + samples + rework out + consumed + unaccounted. Containers count with their lot. */
export const massBalanceAnswer = z.object({
  lot: lotName,
  asOf: instantText,
  unit: z.string(),
  produced: z.number(),
  opening: z.number(),
  shipped: z.number(),
  onHand: z.number(),
  wip: z.number(),
  scrap: z.number(),
  samples: z.number(),
  reworkOut: z.number(),
  /** Used up in other lots. */
  consumed: z.number(),
  /** Edges whose quantity is not known yet: what they took is still unaccounted. */
  openEdges: z.int(),
  accounted: z.number(),
  unaccounted: z.number(),
  /** accounted / available; above 1 is a finding too. */
  recovery: z.number().nullable(),
  /** Fraction of the material within which a difference is no finding. */
  tolerance: z.number().min(0),
  verdict: z.enum(['balanced', 'missing', 'surplus', 'empty']),
})
export type MassBalanceAnswer = z.infer<typeof massBalanceAnswer>

/** Completeness of the genealogy of finished lots; fractions. */
export const completenessAnswer = z.object({
  asOf: instantText,
  finishedLots: z.int().min(0),
  /** Finished lots whose order has no list of components: not judged. */
  withoutBill: z.int().min(0),
  truncated: traceCut.nullable(),
  limitedBy: z.array(z.string()).nullable(),
  completeness: z.number().min(0).max(1).nullable(),
  observedCompleteness: z.number().min(0).max(1).nullable(),
  incomplete: z.array(z.object({ lot: lotName, missing: z.array(z.string()) })),
})
export type CompletenessAnswer = z.infer<typeof completenessAnswer>

/**
 * Answer of `GET /api/trace/narrowing`: pieces of one lot by the lot of a component that was in use when they were made.
 * Counts are those of the machine, to the minute.
 */
export const narrowingAnswer = z.object({
  lot: lotName,
  component: z.string(),
  asOf: instantText,
  pieces: z.number(),
  inputs: z.array(
    z.object({
      lot: lotName,
      fromAt: instantText,
      pieces: z.number(),
      /** Of all pieces, fraction. */
      share: z.number().nullable(),
    }),
  ),
  /** Made before the first known lot was put on. */
  unassigned: z.number(),
})
export type NarrowingAnswer = z.infer<typeof narrowingAnswer>
