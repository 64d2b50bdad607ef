import type { Principal } from '../accounts/principal.ts'
import { type EquipmentScope, equipmentScope, factScope, placeRow } from '../datasets/data-gate.ts'

/** What of inspections, defects and tests a principal may see: by place in SQL, by material row by row. */
export interface InspectionRights extends EquipmentScope {
  allowsRow(row: { unit: string; material: string }): boolean
  /** The same as SQL, for rows with the columns `unit` and `material`. */
  rowCondition(prefix: string): { sql: string; params: Record<string, unknown> }
  /** Why figures of a place may rest on fewer than all rows; null = all. */
  limitedAt(place: string): string[] | null
}

const NO_TEXT = "CAST(NULL, 'Nullable(String)')"

export function inspectionRights(principal: Principal): InspectionRights {
  const inspections = factScope(principal, 'inspection')
  return {
    ...equipmentScope(principal),
    allowsRow: ({ unit, material }) => inspections.allows({ ...placeRow(unit), material, inspector: null }),
    // Who inspected is no column of these rows: a rule about it hides them, here as above.
    rowCondition: (prefix) => inspections.condition({ inspector: NO_TEXT }, prefix),
    limitedAt: (place) => {
      if (inspections.isWholeAt(place)) return null
      return inspections.rules.length > 0 ? [...inspections.rules] : ['scope']
    },
  }
}
