import { z } from 'zod'
import {
  bomItem,
  customer,
  deliveryLine,
  goodsReceipt,
  material,
  materialConsumption,
  purchaseConfirmation,
  purchaseOrderLine,
  salesOrderLine,
  stockBalance,
  stockMovement,
  supplier,
} from './supply-record.ts'
import { maintenanceOrder } from './maintenance-record.ts'
import { QUALITY_RECORDS } from './quality-record.ts'
import { instantMs } from './time.ts'

/** A production order (ISA-95 OperationsRequest). Quantities in pieces; instants UTC. */
export const productionOrder = z.object({
  order: z.string(),
  material: z.string(),
  quantity: z.number().positive(),
  /** Source code of the work centre that makes the order; mapped to equipment by `work-center` mappings. */
  workCenter: z.string(),
  customer: z.string().nullable(),
  priority: z.int(),
  releasedAt: instantMs.nullable(),
  scheduledStartAt: instantMs.nullable(),
  /** First promised date; on-time delivery is judged against it. */
  dueAt: instantMs,
  /** When the goods receipt closed the order; null while open. */
  deliveredAt: instantMs.nullable(),
  deliveredQuantity: z.number().min(0),
  status: z.enum(['created', 'released', 'completed', 'closed', 'deleted']),
})
export type ProductionOrder = z.infer<typeof productionOrder>

/** One operation of an order. `standardSeconds` per piece. */
export const orderOperation = z.object({
  order: z.string(),
  operation: z.string(),
  sequence: z.int(),
  name: z.string(),
  workCenter: z.string(),
  standardSeconds: z.number().min(0),
})
export type OrderOperation = z.infer<typeof orderOperation>

/** One job report (JobResponse) of a MES: what was made on an operation since the report before. Signed when reversed. */
export const jobReport = z.object({
  order: z.string(),
  operation: z.string(),
  workCenter: z.string(),
  reportedAt: instantMs,
  good: z.number(),
  scrap: z.number(),
  rework: z.number(),
})
export type JobReport = z.infer<typeof jobReport>

/** A component an order needs. */
export const reservation = z.object({
  order: z.string(),
  item: z.string(),
  component: z.string(),
  required: z.number().min(0),
  withdrawn: z.number().min(0),
})
export type Reservation = z.infer<typeof reservation>

/** Unrestricted stock of a component at a plant. */
export const stockLevel = z.object({ component: z.string(), site: z.string(), quantity: z.number(), unit: z.string() })
export type StockLevel = z.infer<typeof stockLevel>

const envelope = {
  k: z.literal('record'),
  source: z.string(),
  /** Key in the source system, unique per source and type. */
  key: z.string(),
  /** Orders versions of the same key as text compares; later wins. */
  version: z.string(),
  deleted: z.boolean().default(false),
  /** When the source system changed the row (ms). */
  at: instantMs,
}

/** A row of a business system, conformed by a mapping. */
export const recordLine = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal('production-order'), data: productionOrder }),
  z.object({ ...envelope, type: z.literal('order-operation'), data: orderOperation }),
  z.object({ ...envelope, type: z.literal('job-report'), data: jobReport }),
  z.object({ ...envelope, type: z.literal('reservation'), data: reservation }),
  z.object({ ...envelope, type: z.literal('stock-level'), data: stockLevel }),
  z.object({ ...envelope, type: z.literal('material'), data: material }),
  z.object({ ...envelope, type: z.literal('bom-item'), data: bomItem }),
  z.object({ ...envelope, type: z.literal('supplier'), data: supplier }),
  z.object({ ...envelope, type: z.literal('customer'), data: customer }),
  z.object({ ...envelope, type: z.literal('stock-movement'), data: stockMovement }),
  z.object({ ...envelope, type: z.literal('stock-balance'), data: stockBalance }),
  z.object({ ...envelope, type: z.literal('purchase-order-line'), data: purchaseOrderLine }),
  z.object({ ...envelope, type: z.literal('purchase-confirmation'), data: purchaseConfirmation }),
  z.object({ ...envelope, type: z.literal('goods-receipt'), data: goodsReceipt }),
  z.object({ ...envelope, type: z.literal('sales-order-line'), data: salesOrderLine }),
  z.object({ ...envelope, type: z.literal('delivery-line'), data: deliveryLine }),
  z.object({ ...envelope, type: z.literal('material-consumption'), data: materialConsumption }),
  z.object({ ...envelope, type: z.literal('lot'), data: QUALITY_RECORDS.lot }),
  z.object({ ...envelope, type: z.literal('genealogy-edge'), data: QUALITY_RECORDS['genealogy-edge'] }),
  z.object({ ...envelope, type: z.literal('lot-stock'), data: QUALITY_RECORDS['lot-stock'] }),
  z.object({ ...envelope, type: z.literal('lot-movement'), data: QUALITY_RECORDS['lot-movement'] }),
  z.object({ ...envelope, type: z.literal('serial-unit'), data: QUALITY_RECORDS['serial-unit'] }),
  z.object({ ...envelope, type: z.literal('test-result'), data: QUALITY_RECORDS['test-result'] }),
  z.object({ ...envelope, type: z.literal('stop-entry'), data: QUALITY_RECORDS['stop-entry'] }),
  z.object({
    ...envelope,
    type: z.literal('inspection-characteristic'),
    data: QUALITY_RECORDS['inspection-characteristic'],
  }),
  z.object({ ...envelope, type: z.literal('inspection-result'), data: QUALITY_RECORDS['inspection-result'] }),
  z.object({ ...envelope, type: z.literal('inspection-lot'), data: QUALITY_RECORDS['inspection-lot'] }),
  z.object({ ...envelope, type: z.literal('defect-record'), data: QUALITY_RECORDS['defect-record'] }),
  z.object({ ...envelope, type: z.literal('nonconformance'), data: QUALITY_RECORDS.nonconformance }),
  z.object({ ...envelope, type: z.literal('maintenance-order'), data: maintenanceOrder }),
])
export type RecordLine = z.infer<typeof recordLine>
export type RecordType = RecordLine['type']
