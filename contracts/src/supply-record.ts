/**
 * Stock, purchasing, sales and deliveries as an ERP books them and a MES measures them, conformed by a mapping. Codes of
 * materials, suppliers and customers stand in one writing (trimmed, half-width, upper case, without leading zeros). What
 * a mapping does not know keeps its code of origin and gets `unknown`, `other` or null here; it is never dropped.
 */
import { z } from 'zod'
import { instantMs, localDate } from './time.ts'

/** Units that quantities are kept in; null = the unit of origin is not known here, the quantity is as it was booked. */
export const stockUnit = z.enum(['piece', 'kg', 'g', 'm']).nullable()
export type StockUnit = z.infer<typeof stockUnit>

/** How a material is planned: demand in base units per working day, lead time in working days, probability in (0, 1). */
export const materialPlanning = z.object({
  dailyDemand: z.number().min(0),
  dailyDemandDeviation: z.number().min(0),
  leadTimeDays: z.number().min(0),
  leadTimeDeviationDays: z.number().min(0),
  serviceLevel: z.number().gt(0).lt(1),
})
export type MaterialPlanning = z.infer<typeof materialPlanning>

/** A material (ISA-95 MaterialDefinition). `unitCost` = standard price of one base unit in `currency`. */
export const material = z.object({
  material: z.string(),
  name: z.string(),
  /** Name in Chinese where the source has one. */
  nameZh: z.string().nullable(),
  kind: z.enum(['raw', 'semi', 'finished', 'packaging', 'other']),
  procurement: z.enum(['made', 'bought', 'both', 'unknown']),
  unit: stockUnit,
  sourceUnit: z.string(),
  unitCost: z.number().min(0).nullable(),
  currency: z.string().nullable(),
  planning: materialPlanning.nullable(),
})
export type Material = z.infer<typeof material>

/** One component of a bill of material; quantity for one base unit of the parent. */
export const bomItem = z.object({
  material: z.string(),
  item: z.string(),
  component: z.string(),
  quantityPer: z.number().min(0),
  unit: stockUnit,
  sourceUnit: z.string(),
})
export type BomItem = z.infer<typeof bomItem>

export const supplier = z.object({ supplier: z.string(), name: z.string() })
export type Supplier = z.infer<typeof supplier>

/** A customer with its own delivery window in days around the promise, early ≤ 0 ≤ late; null = that of the site. */
export const customer = z.object({
  customer: z.string(),
  name: z.string(),
  earlyDays: z.int().max(0).nullable(),
  lateDays: z.int().min(0).nullable(),
})
export type Customer = z.infer<typeof customer>

/** What moved stock. `transfer` lines come in pairs that add up to zero. */
export const movementKind = z.enum([
  'initial',
  'purchase-receipt',
  'purchase-return',
  'production-receipt',
  'production-issue',
  'sales-issue',
  'transfer',
  'other',
])
export type MovementKind = z.infer<typeof movementKind>

export const stockStatus = z.enum(['unrestricted', 'inspection', 'blocked', 'unknown'])
export type StockStatus = z.infer<typeof stockStatus>

/**
 * One line of a stock movement. `quantity` is signed: into stock above zero. A reversal is a line of its own with the
 * opposite sign that names the document it takes back; no line is ever edited.
 */
export const stockMovement = z.object({
  document: z.string(),
  item: z.string(),
  kind: movementKind,
  /** Movement type of the source. */
  sourceKind: z.string(),
  material: z.string(),
  quantity: z.number(),
  unit: stockUnit,
  sourceUnit: z.string(),
  location: z.string(),
  status: stockStatus,
  lot: z.string().nullable(),
  order: z.string().nullable(),
  purchaseOrder: z.string().nullable(),
  purchaseLine: z.string().nullable(),
  /** Document that this line takes back. */
  reverses: z.string().nullable(),
  postedAt: instantMs,
})
export type StockMovement = z.infer<typeof stockMovement>

/** Stock of a material as the source itself keeps it, by place and status. */
export const stockBalance = z.object({
  material: z.string(),
  location: z.string(),
  status: stockStatus,
  quantity: z.number(),
  unit: stockUnit,
  sourceUnit: z.string(),
})
export type StockBalance = z.infer<typeof stockBalance>

/** Quantity in base units. `cancelled` lines keep their key and are never received. */
export const purchaseOrderLine = z.object({
  purchaseOrder: z.string(),
  line: z.string(),
  supplier: z.string(),
  material: z.string(),
  quantity: z.number(),
  unit: stockUnit,
  /** Quantity and unit as ordered. */
  sourceQuantity: z.number(),
  sourceUnit: z.string(),
  orderedAt: instantMs,
  /** The date first agreed; later confirmations never move it. */
  firstPromisedOn: localDate,
  cancelled: z.boolean(),
})
export type PurchaseOrderLine = z.infer<typeof purchaseOrderLine>

/** One confirmation of a purchase line by its supplier; the latest one holds, all are kept. */
export const purchaseConfirmation = z.object({
  purchaseOrder: z.string(),
  line: z.string(),
  sequence: z.int(),
  promisedOn: localDate,
  confirmedAt: instantMs,
})
export type PurchaseConfirmation = z.infer<typeof purchaseConfirmation>

/** Goods of a purchase line that came (`receipt`) or went back as bad (`return`); below zero when reversed. */
export const goodsReceipt = z.object({
  document: z.string(),
  item: z.string(),
  kind: z.enum(['receipt', 'return']),
  purchaseOrder: z.string(),
  line: z.string(),
  quantity: z.number(),
  lot: z.string().nullable(),
  receivedAt: instantMs,
})
export type GoodsReceipt = z.infer<typeof goodsReceipt>

/** A sales order line with the three dates a delivery can be judged by. */
export const salesOrderLine = z.object({
  salesOrder: z.string(),
  line: z.string(),
  customer: z.string(),
  material: z.string(),
  quantity: z.number(),
  unit: stockUnit,
  sourceUnit: z.string(),
  orderedAt: instantMs,
  requestedOn: localDate.nullable(),
  firstPromisedOn: localDate.nullable(),
  currentPromisedOn: localDate.nullable(),
  cancelledOn: localDate.nullable(),
})
export type SalesOrderLine = z.infer<typeof salesOrderLine>

/** What left the house. Deliveries without a sales order line are replenishment of an own store. */
export const deliveryLine = z.object({
  delivery: z.string(),
  line: z.string(),
  salesOrder: z.string().nullable(),
  salesLine: z.string().nullable(),
  customer: z.string(),
  material: z.string(),
  quantity: z.number(),
  unit: stockUnit,
  sourceUnit: z.string(),
  shippedAt: instantMs,
})
export type DeliveryLine = z.infer<typeof deliveryLine>

/** What an order really used of a component, as the MES measured it. Signed when corrected. */
export const materialConsumption = z.object({
  order: z.string(),
  material: z.string(),
  quantity: z.number(),
  unit: stockUnit,
  sourceUnit: z.string(),
  consumedAt: instantMs,
})
export type MaterialConsumption = z.infer<typeof materialConsumption>
