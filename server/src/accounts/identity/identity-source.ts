import type { DirectoryConnection, GroupMapping, OidcConnection } from '@gemba/contracts/identity'
import type { Role } from '@gemba/contracts/role'

/** `trusted`: whoever runs the server wrote the address down, so it may lie inside the company. */
export type OidcSettings = OidcConnection & { readonly clientSecret: string; readonly trusted: boolean }
export type DirectorySettings = DirectoryConnection & {
  readonly bindPassword: string | null
  readonly trusted: boolean
}

/** Where people sign in other than here; null = not connected. */
export interface IdentityConfig {
  readonly oidc: OidcSettings | null
  readonly directory: DirectorySettings | null
}

/** Gives the connections that hold now; they change while the server runs. */
export abstract class IdentitySource {
  abstract current(): Promise<IdentityConfig>
}

/** A role and where it holds; null = in the whole plant. */
export interface PlacedRole {
  readonly role: Role
  readonly equipment: readonly string[] | null
}

/** What the groups of a person give him: each role once, with all its places. None = he does not come in. */
export function rolesOf(groups: readonly string[], mapping: readonly GroupMapping[]): PlacedRole[] {
  const places = new Map<Role, Set<string> | null>()
  for (const { group, roles, equipment } of mapping) {
    if (!groups.includes(group)) continue
    for (const role of roles) {
      const known = places.get(role)
      if (equipment === null || known === null) places.set(role, null)
      else places.set(role, new Set([...(known ?? []), ...equipment]))
    }
  }
  return [...places].map(([role, equipment]) => ({
    role,
    equipment: equipment === null ? null : [...equipment].sort(),
  }))
}
