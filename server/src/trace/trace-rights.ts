import type { Principal } from '../accounts/principal.ts'
import { type EquipmentScope, type FactScope, equipmentScope, factScope, placeRow } from '../datasets/data-gate.ts'

/**
 * What of a genealogy a principal may see. Rows are narrowed by their place where rights speak of places only; where they
 * speak of lots (a supplier, a material, a place of lots), every lot is judged by its record, and no edge leads through
 * a lot that is not shown.
 */
export interface TraceRights {
  readonly places: EquipmentScope
  readonly lots: FactScope
  /** How the customers of deliveries are shown. */
  readonly shipments: FactScope
  /** Why less than everything may be shown; null = nothing is hidden. */
  readonly limitedBy: string[] | null
}

/** Rows may be read: what they show is judged lot by lot. */
const JUDGED_BY_LOT: EquipmentScope = {
  allows: () => false,
  touches: () => false,
  condition: () => ({ sql: '1', params: {} }),
  key: 'judged-by-lot',
}

export function traceRights(principal: Principal): TraceRights {
  const lots = factScope(principal, 'lot')
  const equipment = factScope(principal, 'equipment')
  const rules = [...new Set([...equipment.rules, ...lots.rules])]
  const isWhole = lots.isWhole && equipment.isWhole
  return {
    places: lots.isWhole ? equipmentScope(principal) : JUDGED_BY_LOT,
    lots,
    shipments: factScope(principal, 'shipment'),
    limitedBy: isWhole ? null : rules.length > 0 ? rules : ['scope'],
  }
}

/** A lot, or a delivery of it, as rules speak of it. */
export interface JudgedLot {
  lot: string
  material: string
  supplier: string | null
  equipment: string
}

export const lotFact = ({ lot, material, supplier, equipment }: JudgedLot, customer: string | null = null) => ({
  ...placeRow(equipment),
  lot,
  material,
  supplier,
  customer,
})
