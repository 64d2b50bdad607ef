import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'

/** What a principal may see of the plant, as a condition on equipment paths. */
export interface EquipmentScope {
  /** True when the path lies within the rights. */
  allows(path: string): boolean
  /** SQL condition on a column of equipment paths; values are bound, never written into the text. */
  condition(column: 'unit'): { sql: string; params: Record<string, unknown> }
  /** Part of every cache key: two principals share a cached figure only with equal rights. */
  readonly key: string
}

/** The one data gate: rights become conditions here and nowhere else. Fails closed without a principal. */
export function equipmentScope(principal: Principal | null | undefined): EquipmentScope {
  if (!principal) throw new Fault('NOT_SIGNED_IN')
  const { sites } = principal
  if (sites === null) return { allows: () => true, condition: () => ({ sql: '1', params: {} }), key: 'all' }
  const allowed = [...sites].sort()
  return {
    allows: (path) => allowed.includes(path.split('/')[0] ?? ''),
    condition: (column) => ({
      sql: `splitByChar('/', toString(${column}))[1] IN {gateSites:Array(String)}`,
      params: { gateSites: allowed },
    }),
    key: `sites:${allowed.join(',')}`,
  }
}
