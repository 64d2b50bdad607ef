/** Where people sign in other than here: one JSON file, named by `GEMBA_IDENTITY`, read once at start. */
import { readFileSync } from 'node:fs'
import { role } from '@gemba/contracts/role'
import { bilingual } from '@gemba/contracts/catalog'
import { z } from 'zod'

/** Group → roles; who has none of the groups does not come in. */
const groupRoles = z.record(z.string().min(1), z.array(role).min(1))

export const oidcSettings = z.strictObject({
  /** What the button says. */
  name: bilingual.default({ zh: '用公司账号登录', en: 'Sign in with the company account' }),
  issuer: z.url({ protocol: /^https?$/ }),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** The address of Gemba as browsers know it; the provider must know `<publicUrl>/api/sign-in/oidc/callback`. */
  publicUrl: z.url({ protocol: /^https?$/ }),
  scope: z.string().default('openid profile email groups'),
  userClaim: z.string().default('preferred_username'),
  nameClaim: z.string().default('name'),
  groupClaim: z.string().default('groups'),
  roles: groupRoles,
  /** For a provider on the same machine in tests; elsewhere HTTPS is asked for. */
  allowInsecure: z.boolean().default(false),
})
export type OidcSettings = z.infer<typeof oidcSettings>

const ldapSettings = z.strictObject({
  url: z.string().regex(/^ldaps?:\/\//),
  startTls: z.boolean().default(false),
  /** PEM file with the certificates to trust; the system's when absent. */
  caFile: z.string().optional(),
  /** Account that may search; anonymous when absent. */
  bindDn: z.string().optional(),
  bindPassword: z.string().optional(),
  base: z.string().min(1),
  /** `{user}` stands for what the person typed, escaped. */
  userFilter: z.string().includes('{user}').default('(uid={user})'),
  userAttribute: z.string().default('uid'),
  nameAttribute: z.string().default('cn'),
  groupBase: z.string().optional(),
  /** `{dn}` stands for the person's distinguished name, escaped. Without it `memberOf` is read. */
  groupFilter: z.string().includes('{dn}').optional(),
  groupAttribute: z.string().default('cn'),
  roles: groupRoles,
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
})
export type LdapSettings = z.infer<typeof ldapSettings>

const identityConfig = z.strictObject({ oidc: oidcSettings.optional(), ldap: ldapSettings.optional() })
export type IdentityConfig = z.infer<typeof identityConfig>

export const IDENTITY_CONFIG = Symbol('identity configuration')

/** Every fault of the file is named at once; no file = people sign in here only. */
export function readIdentityConfig(file: string | null): IdentityConfig {
  if (file === null) return {}
  const result = identityConfig.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!result.success) throw new Error(`The identity file is not usable:\n${z.prettifyError(result.error)}`)
  const { oidc, ldap } = result.data
  for (const url of [oidc?.issuer, oidc?.publicUrl])
    if (url?.startsWith('http:') && !oidc?.allowInsecure)
      throw new Error(`The identity file names ${url}: over plain HTTP everybody can read along; use https`)
  return {
    ...(oidc === undefined ? {} : { oidc }),
    ...(ldap === undefined ? {} : { ldap }),
  }
}

/** Roles of the groups a person has, each once. */
export function rolesOf(groups: readonly string[], mapping: Readonly<Record<string, readonly z.infer<typeof role>[]>>) {
  return [...new Set(groups.flatMap((group) => (Object.hasOwn(mapping, group) ? (mapping[group] ?? []) : [])))]
}
