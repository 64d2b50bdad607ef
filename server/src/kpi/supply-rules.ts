/** Which figure of goods rests on which rows, by id of the metric dictionary. */
import { type UnitOf, consumptionGap, kittingRate } from './supply-orders.ts'
import { hints, plan, shortage } from './supply-planning.ts'
import type { SupplyQuestion, SupplyResult } from './supply-question.ts'
import type { SupplyRows } from './supply-rows.service.ts'
import type { ListedRows } from './supply-statements.ts'
import { age, cover, stockOnHand, turns } from './supply-stock.ts'
import { otif, supplierDefects, supplierPunctuality, supplierTimes } from './supply-trade.ts'

export interface SupplyRule {
  /** Systems it rests on. */
  needs: readonly ('erp' | 'mes')[]
  /** Source rows that its explanation lists. */
  rows: readonly ListedRows[]
  of: (rows: SupplyRows, question: SupplyQuestion, unitOf: UnitOf) => Promise<SupplyResult>
}

export type SupplyRules = Readonly<Record<string, SupplyRule>>

const ERP = ['erp'] as const
const VALUED = ['movements', 'materials'] as const
const PURCHASES = ['purchase-lines', 'confirmations', 'receipts'] as const
const LOTS = [...PURCHASES, 'inspection-lots'] as const
const PLANNING = ['materials', 'movements', ...PURCHASES] as const
const KITS = ['orders', 'reservations', 'movements'] as const
const SALES = ['sales-lines', 'deliveries', 'customers'] as const

/** Stock, replenishment, kitting and consumption, by material. */
export const STOCK_RULES: SupplyRules = {
  'stock-on-hand': { needs: ERP, rows: ['movements', 'balances'], of: stockOnHand },
  'inventory-turns': { needs: ERP, rows: VALUED, of: (r, q) => turns(r, q, 'inventory-turns') },
  'days-on-hand': { needs: ERP, rows: VALUED, of: (r, q) => turns(r, q, 'days-on-hand') },
  'average-inventory': { needs: ERP, rows: VALUED, of: (r, q) => turns(r, q, 'average-inventory') },
  'days-of-cover': { needs: ERP, rows: VALUED, of: cover },
  'stock-age': { needs: ERP, rows: VALUED, of: age },
  'safety-stock': { needs: ERP, rows: PLANNING, of: (r, q) => plan(r, q, 'safety-stock') },
  'reorder-point': { needs: ERP, rows: PLANNING, of: (r, q) => plan(r, q, 'reorder-point') },
  'lead-time-demand-deviation': {
    needs: ERP,
    rows: PLANNING,
    of: (r, q) => plan(r, q, 'lead-time-demand-deviation'),
  },
  'shortage-projection': { needs: ERP, rows: PLANNING, of: shortage },
  'replenishment-hint': { needs: ERP, rows: PLANNING, of: hints },
  'kitting-rate': {
    needs: ERP,
    rows: KITS,
    of: (r, q, unitOf) => kittingRate(r, q, { measure: 'kitting-rate', unitOf }),
  },
  'kitting-line-rate': {
    needs: ERP,
    rows: KITS,
    of: (r, q, unitOf) => kittingRate(r, q, { measure: 'kitting-line-rate', unitOf }),
  },
  'consumption-gap': { needs: ['erp', 'mes'], rows: ['movements', 'consumption'], of: consumptionGap },
}

/** Deliveries to customers, by customer and material. */
export const CUSTOMER_RULES: SupplyRules = {
  otif: { needs: ERP, rows: SALES, of: (r, q) => otif(r, q, 'otif') },
  'otif-by-order': { needs: ERP, rows: SALES, of: (r, q) => otif(r, q, 'otif-by-order') },
}

/** Deliveries of suppliers, by supplier and material. */
export const SUPPLIER_RULES: SupplyRules = {
  'supplier-on-time': { needs: ERP, rows: PURCHASES, of: supplierPunctuality },
  'supplier-ppm': { needs: ERP, rows: LOTS, of: (r, q) => supplierDefects(r, q, 'supplier-ppm') },
  'lot-acceptance-rate': { needs: ERP, rows: LOTS, of: (r, q) => supplierDefects(r, q, 'lot-acceptance-rate') },
  'supplier-lead-time': { needs: ERP, rows: PURCHASES, of: (r, q) => supplierTimes(r, q, 'supplier-lead-time') },
  'supplier-response-time': {
    needs: ERP,
    rows: PURCHASES,
    of: (r, q) => supplierTimes(r, q, 'supplier-response-time'),
  },
}
