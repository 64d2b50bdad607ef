import type { Role } from '@gemba/contracts/api'

/** Who acts. The data gate turns it into query conditions. */
export interface Principal {
  readonly user: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly roles: readonly Role[]
  /** Sites this principal may see; null = all. */
  readonly sites: readonly string[] | null
}
