/** Rows of stock, purchasing and sales records, by type; source, version and deletion are added to each. */
import type { RecordLine } from '@gemba/contracts/erp-record'

type Row<T extends RecordLine['type']> = (record: Extract<RecordLine, { type: T }>) => object

const units = ({ unit, sourceUnit }: { unit: string | null; sourceUnit: string }) => ({
  unit,
  source_unit: sourceUnit,
})

const MASTER_ROWS = {
  material: ({ data }) => ({
    material: data.material,
    name: data.name,
    name_zh: data.nameZh,
    kind: data.kind,
    procurement: data.procurement,
    ...units(data),
    unit_cost: data.unitCost,
    currency: data.currency,
    daily_demand: data.planning?.dailyDemand ?? null,
    daily_demand_deviation: data.planning?.dailyDemandDeviation ?? null,
    lead_time_days: data.planning?.leadTimeDays ?? null,
    lead_time_deviation_days: data.planning?.leadTimeDeviationDays ?? null,
    service_level: data.planning?.serviceLevel ?? null,
  }),
  'bom-item': ({ data }) => ({
    material: data.material,
    item: data.item,
    component: data.component,
    quantity_per: data.quantityPer,
    ...units(data),
  }),
  supplier: ({ data }) => ({ supplier: data.supplier, name: data.name }),
  customer: ({ data }) => ({
    customer: data.customer,
    name: data.name,
    early_days: data.earlyDays,
    late_days: data.lateDays,
  }),
} satisfies { [T in 'material' | 'bom-item' | 'supplier' | 'customer']: Row<T> }

const STOCK_ROWS = {
  'stock-movement': ({ key, data }) => ({
    material: data.material,
    posted_at: data.postedAt,
    movement_key: key,
    document: data.document,
    item: data.item,
    kind: data.kind,
    source_kind: data.sourceKind,
    quantity: data.quantity,
    ...units(data),
    location: data.location,
    status: data.status,
    lot: data.lot,
    order_no: data.order,
    purchase_order: data.purchaseOrder,
    purchase_line: data.purchaseLine,
    reverses: data.reverses,
  }),
  'stock-balance': ({ data }) => ({
    material: data.material,
    location: data.location,
    status: data.status,
    quantity: data.quantity,
    ...units(data),
  }),
  'material-consumption': ({ key, data }) => ({
    consumption_key: key,
    order_no: data.order,
    material: data.material,
    quantity: data.quantity,
    ...units(data),
    consumed_at: data.consumedAt,
  }),
} satisfies { [T in 'stock-movement' | 'stock-balance' | 'material-consumption']: Row<T> }

const TRADE_ROWS = {
  'purchase-order-line': ({ data }) => ({
    purchase_order: data.purchaseOrder,
    line: data.line,
    supplier: data.supplier,
    material: data.material,
    quantity: data.quantity,
    ...units(data),
    source_quantity: data.sourceQuantity,
    ordered_at: data.orderedAt,
    first_promised_on: data.firstPromisedOn,
    cancelled: data.cancelled ? 1 : 0,
  }),
  'purchase-confirmation': ({ data }) => ({
    purchase_order: data.purchaseOrder,
    line: data.line,
    sequence: data.sequence,
    promised_on: data.promisedOn,
    confirmed_at: data.confirmedAt,
  }),
  'goods-receipt': ({ key, data }) => ({
    purchase_order: data.purchaseOrder,
    line: data.line,
    receipt_key: key,
    kind: data.kind,
    quantity: data.quantity,
    lot: data.lot,
    received_at: data.receivedAt,
  }),
  'sales-order-line': ({ data }) => ({
    sales_order: data.salesOrder,
    line: data.line,
    customer: data.customer,
    material: data.material,
    quantity: data.quantity,
    ...units(data),
    ordered_at: data.orderedAt,
    requested_on: data.requestedOn,
    first_promised_on: data.firstPromisedOn,
    current_promised_on: data.currentPromisedOn,
    cancelled_on: data.cancelledOn,
  }),
  'delivery-line': ({ data }) => ({
    delivery: data.delivery,
    line: data.line,
    sales_order: data.salesOrder,
    sales_line: data.salesLine,
    customer: data.customer,
    material: data.material,
    quantity: data.quantity,
    ...units(data),
    shipped_at: data.shippedAt,
  }),
} satisfies {
  [
    T in 'purchase-order-line' | 'purchase-confirmation' | 'goods-receipt' | 'sales-order-line' | 'delivery-line'
  ]: Row<T>
}

export const SUPPLY_ROWS = { ...MASTER_ROWS, ...STOCK_ROWS, ...TRADE_ROWS }
