import type { Role } from '@gemba/contracts/role'
import type { ShareTarget } from '@gemba/contracts/share'
import type { Means } from '@gemba/contracts/sign-in'
import type { PlacedRole } from './identity/identity-source.ts'
import type { AccessRights } from './rights/access-rights.ts'

/** Who acts. The data gate turns it into query conditions. */
export interface Principal {
  readonly user: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly roles: readonly Role[]
  /** Sites this principal may see; null = all. */
  readonly sites: readonly string[] | null
  /** Which session, token or display speaks: a word that is no secret. */
  readonly sessionId?: string
  readonly means?: Means
  /** A visitor of a share link: with the rights of its maker, to what it leads to and nothing else. */
  readonly share?: { readonly link: string; readonly target: ShareTarget; readonly downloads: boolean }
  /** A display or a visitor: these boards and nothing else. Absent = no such limit. */
  readonly boards?: readonly string[]
  /** Groups that the provider or directory names. */
  readonly groups?: readonly string[]
  /** Places of roles that the mapping of groups gives in some places only. */
  readonly placed?: readonly PlacedRole[]
  /** Only the given roles count, no grants and no groups: a token narrower than its owner. */
  readonly ownRolesOnly?: boolean
  /** What the principal may see and do; put on at the door. Without it nothing is visible. */
  readonly rights?: AccessRights
  /** Who really looks, when somebody looks through the eyes of this account. */
  readonly viewedBy?: string
}

/** An account as it is stored, as far as rights go. */
interface StoredAccount {
  readonly id: string
  readonly nameZh: string
  readonly nameEn: string
  readonly roles: readonly Role[]
  readonly directoryGroups: readonly string[]
  readonly placedRoles: readonly PlacedRole[] | null
}

/** What an account brings along before rights are looked at. */
export const broughtBy = ({ id, nameZh, nameEn, roles, directoryGroups, placedRoles }: StoredAccount) => ({
  user: id,
  name: { zh: nameZh, en: nameEn },
  roles,
  sites: null,
  groups: directoryGroups,
  ...(placedRoles === null ? {} : { placed: placedRoles }),
})
