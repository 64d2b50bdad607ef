/** The identity file: one JSON document, named by `GEMBA_IDENTITY`, read once at start. What it names holds before the page. */
import { readFileSync } from 'node:fs'
import { role } from '@gemba/contracts/role'
import { directoryConnection, groupMapping, oidcConnection } from '@gemba/contracts/identity'
import { z } from 'zod'
import type { DirectorySettings, IdentityConfig, OidcSettings } from './identity-source.ts'

/** `roles` by group is the short form; `groups` says places as well. */
const mapping = {
  roles: z.record(z.string().min(1), z.array(role).min(1)).default({}),
  groups: z.array(groupMapping).default([]),
}

const oidcFile = oidcConnection.extend({
  ...mapping,
  clientSecret: z.string().min(1),
  name: oidcConnection.shape.name.default({ zh: '用公司账号登录', en: 'Sign in with the company account' }),
  scope: oidcConnection.shape.scope.default('openid profile email groups'),
  userClaim: oidcConnection.shape.userClaim.default('preferred_username'),
  nameClaim: oidcConnection.shape.nameClaim.default('name'),
  groupClaim: oidcConnection.shape.groupClaim.default('groups'),
  secondFactorValues: oidcConnection.shape.secondFactorValues.default([]),
  allowInsecure: z.boolean().default(false),
})

const ldapFile = directoryConnection.omit({ caPem: true }).extend({
  ...mapping,
  bindPassword: z.string().optional(),
  /** PEM file with the certificates to trust; the system's when absent. */
  caFile: z.string().optional(),
  startTls: z.boolean().default(false),
  bindDn: directoryConnection.shape.bindDn.default(null),
  userFilter: directoryConnection.shape.userFilter.default('(uid={user})'),
  userAttribute: directoryConnection.shape.userAttribute.default('uid'),
  nameAttribute: directoryConnection.shape.nameAttribute.default('cn'),
  groupBase: directoryConnection.shape.groupBase.default(null),
  groupFilter: directoryConnection.shape.groupFilter.default(null),
  groupAttribute: directoryConnection.shape.groupAttribute.default('cn'),
  timeoutMs: directoryConnection.shape.timeoutMs.default(5_000),
})

const identityFile = z.strictObject({ oidc: oidcFile.optional(), ldap: ldapFile.optional() })
type GroupsOfFile = Pick<z.infer<typeof oidcFile>, 'roles' | 'groups'>

const groupsOf = ({ roles, groups }: GroupsOfFile) => [
  ...groups,
  ...Object.entries(roles).map(([group, given]) => ({ group, roles: given, equipment: null })),
]

function oidcOf({ roles, groups, ...rest }: z.infer<typeof oidcFile>): OidcSettings {
  return { ...rest, groups: groupsOf({ roles, groups }), trusted: true }
}

function directoryOf({ roles, groups, caFile, bindPassword, ...rest }: z.infer<typeof ldapFile>): DirectorySettings {
  return {
    ...rest,
    caPem: caFile === undefined ? null : readFileSync(caFile, 'utf8'),
    bindPassword: bindPassword ?? null,
    groups: groupsOf({ roles, groups }),
    trusted: true,
  }
}

/** An address that would be called in the clear; null = there is none. */
export function insecureAddress({ issuer, publicUrl, allowInsecure }: Omit<OidcSettings, 'trusted'>): string | null {
  return allowInsecure ? null : ([issuer, publicUrl].find((url) => url.startsWith('http:')) ?? null)
}

/** Every fault of the file is named at once; no file = it sets nothing. */
export function readIdentityConfig(file: string | null): IdentityConfig {
  if (file === null) return { oidc: null, directory: null }
  const result = identityFile.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!result.success) throw new Error(`The identity file is not usable:\n${z.prettifyError(result.error)}`)
  const oidc = result.data.oidc ? oidcOf(result.data.oidc) : null
  const directory = result.data.ldap ? directoryOf(result.data.ldap) : null
  const insecure = oidc ? insecureAddress(oidc) : null
  if (insecure !== null)
    throw new Error(`The identity file names ${insecure}: over plain HTTP everybody can read along; use https`)
  for (const each of [oidc, directory])
    if (each?.groups.length === 0) throw new Error('The identity file gives no group a role: nobody could come in')
  return { oidc, directory }
}
