import { z } from 'zod'
import { bilingual, equipmentPath } from './catalog.ts'
import { role } from './role.ts'

const line = (most: number) => z.string().trim().min(1).max(most)
const web = z.url({ protocol: /^https?$/ }).max(300)

/** Roles for the people of a group, for the whole plant (`equipment` null) or for some places and what lies below them. */
export const groupMapping = z
  .strictObject({
    /** As the provider or directory names it, to the letter. */
    group: line(300),
    roles: z.array(role).min(1).max(9),
    equipment: z.array(equipmentPath).min(1).max(200).nullable(),
  })
  .refine(({ roles, equipment }) => equipment === null || !roles.includes('admin'), {
    path: ['equipment'],
    message: 'an administrator is one for the whole plant',
  })
export type GroupMapping = z.infer<typeof groupMapping>

/** Who is in none of these groups does not come in. */
const groups = z
  .array(groupMapping)
  .min(1)
  .max(500)
  .refine((list) => new Set(list.map(({ group }) => group)).size === list.length, 'a group stands here twice')

/** An OpenID provider of the company, without its secret. */
export const oidcConnection = z.strictObject({
  /** What the button of the sign-in page says. */
  name: z.strictObject({ zh: line(80), en: line(80) }) satisfies typeof bilingual,
  issuer: web,
  clientId: line(300),
  /** Gemba as browsers know it; the provider must know `<publicUrl>/api/sign-in/oidc/callback`. */
  publicUrl: web,
  scope: line(300).refine((text) => text.split(' ').includes('openid'), 'openid has to be among them'),
  userClaim: line(100),
  nameClaim: line(100),
  groupClaim: line(100),
  groups,
  /** Values of `amr` or `acr` that mean the provider asked for a second factor; none = it is asked for here. */
  secondFactorValues: z.array(line(200)).max(50),
  /** For a provider on the same machine in tests; else only HTTPS is spoken. */
  allowInsecure: z.boolean(),
})
export type OidcConnection = z.infer<typeof oidcConnection>

/** A directory (LDAP), without its password. */
export const directoryConnection = z.strictObject({
  url: z.string().regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/, 'ldap://host or ldaps://host, with a port if need be'),
  startTls: z.boolean(),
  /** Certificates to trust, as PEM; null = those of the system. */
  caPem: z
    .string()
    .trim()
    .max(100_000)
    .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/, 'a certificate in PEM form')
    .nullable(),
  /** The account that may search; null = nobody in particular. */
  bindDn: line(500).nullable(),
  base: line(500),
  /** `{user}` stands for what the person typed, escaped. */
  userFilter: line(500).includes('{user}'),
  userAttribute: line(100),
  nameAttribute: line(100),
  groupBase: line(500).nullable(),
  /** `{dn}` stands for the person, escaped; null = the groups are read from `memberOf`. */
  groupFilter: line(500).includes('{dn}').nullable(),
  groupAttribute: line(100),
  groups,
  timeoutMs: z.int().min(100).max(60_000),
})
export type DirectoryConnection = z.infer<typeof directoryConnection>

const secret = z.string().min(1).max(500)

/** `PUT /api/sign-in/connections/oidc`. A secret that is not given stays; a new issuer or client needs its own. */
export const oidcChange = oidcConnection.extend({ clientSecret: secret.optional() })
export type OidcChange = z.infer<typeof oidcChange>
/** `PUT /api/sign-in/connections/directory`. A password that is not given stays; a new address or account needs its own. */
export const directoryChange = directoryConnection.extend({ bindPassword: secret.optional() })
export type DirectoryChange = z.infer<typeof directoryChange>

/** Who set it: whoever runs the server, by the identity file, or an administrator on the page. */
const setBy = z.enum(['file', 'page'])

/** `GET /api/sign-in/connections`: where people sign in other than here; null = not connected. Secrets are never in it. */
export const identityConnections = z.object({
  oidc: z.object({ setBy, hasSecret: z.boolean(), callback: z.string(), settings: oidcConnection }).nullable(),
  directory: z.object({ setBy, hasSecret: z.boolean(), settings: directoryConnection }).nullable(),
})
export type IdentityConnections = z.infer<typeof identityConnections>

export const connectionKind = z.enum(['oidc', 'directory'])
export type ConnectionKind = z.infer<typeof connectionKind>

/**
 * `POST /api/sign-in/connections/try`. With settings these are tried and not saved, else those in force. `sample`: of a
 * directory a person to look up, of a provider the groups that somebody would bring along.
 */
export const connectionTry = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('oidc'),
    settings: oidcChange.optional(),
    sample: z.array(line(300)).max(100).optional(),
  }),
  z.strictObject({
    kind: z.literal('directory'),
    settings: directoryChange.optional(),
    sample: z.string().trim().max(100).optional(),
  }),
])
export type ConnectionTry = z.infer<typeof connectionTry>

/** Steps of a try, in their order. Those of the other kind are not in the answer. */
export const connectionStage = z.enum(['resolve', 'connect', 'tls', 'discovery', 'client', 'bind', 'search', 'mapping'])
export type ConnectionStage = z.infer<typeof connectionStage>

export const connectionTried = z.object({
  ok: z.boolean(),
  stages: z.array(
    z.object({
      stage: connectionStage,
      /** `skipped`: an earlier one failed, or nothing was given for it. */
      outcome: z.enum(['passed', 'failed', 'skipped']),
      /** What was found, or what went wrong and what to do. */
      detail: z.object({ zh: z.string(), en: z.string() }).nullable(),
      tookMs: z.int(),
    }),
  ),
  /** Who the sample is and what he would get; null = nobody was asked for, or there is no such person. */
  person: z.object({ dn: z.string().nullable(), name: z.string(), groups: z.array(z.string()) }).nullable(),
  /** What the sample would hold here; empty = he would not come in. */
  gets: z.array(z.object({ role, equipment: z.array(z.string()).nullable() })),
})
export type ConnectionTried = z.infer<typeof connectionTried>
