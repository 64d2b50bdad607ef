import type { Principal } from '../accounts/principal.ts'
import { equipmentScope, seesWholePlant } from '../datasets/data-gate.ts'

/** Who sees some sites only rules none of the others, and so not all of them at once. */
export function mayRule(principal: Principal, site: string | null): boolean {
  return site === null ? seesWholePlant(principal) : equipmentScope(principal).allows(site)
}
