import { z } from 'zod'
import { bilingual, equipmentPath } from './catalog.ts'
import { instantMs } from './time.ts'
import { genealogyEdge, lotName } from './trace.ts'

/**
 * How sure an instant is that a source gave as local time without zone: `ambiguous` = the hour occurred twice (the
 * earlier one was taken), `skipped` = the clock never showed it (moved on by the gap), `exact` otherwise.
 */
export const timeCertainty = z.enum(['exact', 'ambiguous', 'skipped'])
export type TimeCertainty = z.infer<typeof timeCertainty>

const code = z.string().min(1).max(100)
/** Where it happened, or the site that keeps it: rights of sites are judged by it. */
const place = equipmentPath

/** Stage of a lot in the making. `container` and `pallet` are sublots of one lot; `load` is one run of a batch process. */
export const lotStage = z.enum(['received', 'moulded', 'assembled', 'packed', 'board', 'container', 'pallet', 'load'])
export type LotStage = z.infer<typeof lotStage>

/** One lot, sublot or container (ISA-95 MaterialLot). `quantity` = received or made so far, scrap included, in `unit`. */
export const lotRecord = z.object({
  lot: lotName,
  material: code,
  stage: lotStage,
  equipment: place,
  order: z.string().nullable(),
  supplier: z.string().nullable(),
  supplierLot: z.string().nullable(),
  quantity: z.number().min(0),
  unit: z.string().min(1).max(20),
  madeAt: instantMs,
  status: z.enum(['open', 'inspection', 'released', 'blocked', 'closed']),
})
export type LotRecord = z.infer<typeof lotRecord>

/** An edge of the genealogy as its source keeps it; its place is always known, at least the site. */
export const edgeRecord = genealogyEdge.extend({ equipment: place })
export type EdgeRecord = z.infer<typeof edgeRecord>

/** What lies of a lot at a place. A later version of the same key replaces an earlier one, its status too; zero = nothing left. */
export const lotStock = z.object({
  lot: lotName,
  equipment: place,
  location: code,
  status: z.enum(['unrestricted', 'inspection', 'blocked']),
  quantity: z.number(),
  unit: z.string().min(1).max(20),
})
export type LotStock = z.infer<typeof lotStock>

/** What left a lot other than into another lot. `place` = customer, scrap cause or laboratory. Reversals are negative. */
export const lotMovement = z.object({
  lot: lotName,
  equipment: place,
  kind: z.enum(['shipment', 'scrap', 'sample', 'rework']),
  place: code,
  quantity: z.number(),
  unit: z.string().min(1).max(20),
  at: instantMs,
})
export type LotMovement = z.infer<typeof lotMovement>

/** One serialised unit. */
export const serialUnit = z.object({
  serial: lotName,
  material: code,
  order: z.string().nullable(),
  equipment: place,
  builtAt: instantMs,
  status: z.enum(['built', 'tested', 'in-rework', 'scrapped', 'shipped']),
})
export type SerialUnit = z.infer<typeof serialUnit>

/** One pass of a serial through a test. `pass` counts from 1. */
export const testResult = z.object({
  serial: lotName,
  material: code,
  step: code,
  pass: z.int().min(1),
  equipment: place,
  result: z.enum(['good', 'rework', 'scrap']),
  at: instantMs,
})
export type TestResult = z.infer<typeof testResult>

/**
 * A stop as somebody entered it by hand, half-open. Entries of one unit may overlap: where they do, the one with the higher
 * priority holds. `reason` null = none was given.
 */
export const stopEntry = z.object({
  equipment: place,
  fromAt: instantMs,
  toAt: instantMs,
  reason: code.nullable(),
  priority: z.int(),
  timeCertainty,
})
export type StopEntryRecord = z.infer<typeof stopEntry>

/** Kind of control chart of a characteristic. */
export const chartKind = z.enum(['xbar-r', 'xbar-s', 'i-mr', 'p', 'np', 'c', 'u'])

/**
 * One version of an inspection characteristic (ISA-95 QualityTestSpecification), valid from `effectiveAt`. The limits of
 * its chart are frozen: from given `center` and `sigma`, or from the results of `[baselineFromAt, baselineToAt)`.
 */
export const inspectionCharacteristic = z.object({
  characteristic: code,
  version: code,
  effectiveAt: instantMs,
  name: bilingual,
  material: code,
  equipment: place,
  chart: chartKind,
  /** Unit of the values, for example `g`. */
  unit: z.string().max(20),
  subgroupSize: z.int().min(1),
  lsl: z.number().nullable(),
  usl: z.number().nullable(),
  target: z.number().nullable(),
  center: z.number().nullable(),
  sigma: z.number().nullable(),
  baselineFromAt: instantMs.nullable(),
  baselineToAt: instantMs.nullable(),
})
export type InspectionCharacteristic = z.infer<typeof inspectionCharacteristic>

/**
 * One measured value, or one count of defectives or defects (`count` of `size` units inspected). `sample` counts inside
 * the subgroup from 1. A value of null was planned and not taken.
 */
export const inspectionResult = z.object({
  characteristic: code,
  subgroup: code,
  sample: z.int().min(1),
  equipment: place,
  at: instantMs,
  value: z.number().nullable(),
  /** Units inspected: 1 for a measured value. */
  size: z.number().positive(),
  cavity: z.int().nullable(),
  lot: lotName.nullable(),
  order: z.string().nullable(),
})
export type InspectionResult = z.infer<typeof inspectionResult>

/** One inspection lot and its usage decision; `decision` null while nothing was decided. */
export const inspectionLot = z.object({
  inspectionLot: code,
  lot: lotName,
  material: code,
  kind: z.enum(['incoming', 'in-process', 'final']),
  equipment: place,
  inspected: z.number().min(0),
  accepted: z.number().min(0),
  decision: z.enum(['accepted', 'rejected']).nullable(),
  decidedAt: instantMs.nullable(),
  timeCertainty,
})
export type InspectionLotRecord = z.infer<typeof inspectionLot>

/** Defects found: `quantity` units with one defect. */
export const defectRecord = z.object({
  defect: code,
  quantity: z.number(),
  equipment: place,
  material: code,
  lot: lotName.nullable(),
  order: z.string().nullable(),
  disposition: z.enum(['scrap', 'rework', 'use-as-is']),
  at: instantMs,
  timeCertainty,
})
export type DefectRecord = z.infer<typeof defectRecord>

/** A nonconformance about a lot: open until `closedAt`. */
export const nonconformance = z.object({
  number: code,
  lot: lotName,
  equipment: place,
  reason: z.string().max(500),
  openedAt: instantMs,
  closedAt: instantMs.nullable(),
})
export type Nonconformance = z.infer<typeof nonconformance>

/** Rows of quality and genealogy by type of record, for `recordLine`. */
export const QUALITY_RECORDS = {
  lot: lotRecord,
  'genealogy-edge': edgeRecord,
  'lot-stock': lotStock,
  'lot-movement': lotMovement,
  'serial-unit': serialUnit,
  'test-result': testResult,
  'stop-entry': stopEntry,
  'inspection-characteristic': inspectionCharacteristic,
  'inspection-result': inspectionResult,
  'inspection-lot': inspectionLot,
  'defect-record': defectRecord,
  nonconformance,
} as const
