import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { role } from './role.ts'

/** By what somebody or something got in. */
export const means = z.enum(['password', 'oidc', 'ldap', 'token', 'device', 'share'])
export type Means = z.infer<typeof means>

/** What a session lacks before it opens anything but the own profile; `code`: one of the factor that is enrolled. */
export const sessionNeed = z.enum(['password', 'second-factor', 'code'])
export type SessionNeed = z.infer<typeof sessionNeed>

/** `POST /api/sessions`. `code`: six digits of the authenticator, or a recovery code. */
export const signIn = z.strictObject({
  user: z.string().min(1).max(100),
  password: z.string().min(1).max(500),
  keep: z.boolean().optional(),
  code: z.string().min(1).max(40).optional(),
})
export type SignIn = z.infer<typeof signIn>

/** `POST /api/sessions`, `GET /api/sessions/current`. Instants in milliseconds UTC. */
export const sessionAnswer = z.object({
  user: z.string(),
  name: bilingual,
  roles: z.array(role),
  means,
  /** Not empty: only the own profile is open until this is done. */
  needs: z.array(sessionNeed),
  /** A display sees these boards and nothing else; null = no display. */
  boards: z.array(z.string()).nullable(),
  expiresAt: z.int(),
  serverTime: z.int(),
  enterprise: bilingual.nullable(),
})
export type SessionAnswer = z.infer<typeof sessionAnswer>

/** `GET /api/sign-in/ways`, open to everybody: which buttons the sign-in page shows. */
export const signInWays = z.object({
  oidc: z.object({ name: bilingual }).nullable(),
  /** Accounts of a directory sign in with the same form. */
  directory: z.boolean(),
})
export type SignInWays = z.infer<typeof signInWays>

/** `GET /api/profile`. */
export const profileAnswer = z.object({
  user: z.string(),
  name: bilingual,
  roles: z.array(role),
  means,
  /** Null where the password is kept elsewhere. */
  passwordChangedAt: z.int().nullable(),
  passwordHere: z.boolean(),
  secondFactor: z.object({
    enrolledAt: z.int().nullable(),
    recoveryCodesLeft: z.int(),
    required: z.boolean(),
  }),
})
export type ProfileAnswer = z.infer<typeof profileAnswer>

export const passwordChange = z.strictObject({
  current: z.string().min(1).max(500),
  next: z.string().min(1).max(500),
})
export type PasswordChange = z.infer<typeof passwordChange>

/** `POST /api/profile/second-factor`: what the authenticator has to know. Shown once, stored sealed. */
export const enrolment = z.object({
  /** Base32, for typing. */
  secret: z.string(),
  /** The QR code as an SVG document. */
  qrSvg: z.string(),
})
export type Enrolment = z.infer<typeof enrolment>

/** Who does it proves anew who he is: by password, or at the provider (`proof`). */
const provenAnew = { password: z.string().min(1).max(500).optional(), proof: z.uuid().optional() }
export type ProvenAnew = { password?: string | undefined; proof?: string | undefined }

export const secondFactorStart = z.strictObject(provenAnew)
export const secondFactorProof = z.strictObject({ code: z.string().min(1).max(40) })
export const secondFactorEnd = z.strictObject({ ...provenAnew, code: z.string().min(1).max(40) })
export type SecondFactorEnd = z.infer<typeof secondFactorEnd>

/** Ten codes, each good once; shown once. */
export const recoveryCodes = z.object({ codes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof recoveryCodes>

/** One open session; instants in milliseconds UTC. */
export const sessionRow = z.object({
  id: z.string(),
  means,
  /** What the browser says of itself, shortened. */
  agent: z.string(),
  address: z.string(),
  openedAt: z.int(),
  usedAt: z.int(),
  expiresAt: z.int(),
  current: z.boolean(),
})
export const sessionList = z.object({ sessions: z.array(sessionRow) })
export type SessionRow = z.infer<typeof sessionRow>
export type SessionList = z.infer<typeof sessionList>

/** `POST /api/accounts/:user/one-time-password`: shown once, to be changed at the first sign-in. */
export const oneTimePassword = z.object({ password: z.string() })

/** `GET`/`PUT /api/sign-in/settings`. Ranges are what may be set. */
export const signInSettings = z.strictObject({
  /** A session that is not used for this long ends; minutes. */
  idleMinutes: z.int().min(5).max(10_080),
  /** A session ends this long after the sign-in, used or not; hours. */
  absoluteHours: z.int().min(1).max(720),
  /** Characters a new password has at least. */
  shortestPassword: z.int().min(12).max(64),
  /** Roles whose holders need a second factor. */
  secondFactorRoles: z.array(role).max(20),
  /** How long each class of the audit trail is kept at least; days. */
  auditDays: z.strictObject({
    access: z.int().min(90).max(36_500),
    export: z.int().min(90).max(36_500),
    change: z.int().min(730).max(36_500),
    signature: z.int().min(730).max(36_500),
  }),
})
export type SignInSettings = z.infer<typeof signInSettings>

/**
 * What a token may read; a route without a scope is closed to tokens. `kpi`: every figure, with its charts and
 * restatements. `reports`: the library, and runs with their files. `codes`: what codes of sources mean.
 */
export const tokenScope = z.enum([
  'read:kpi',
  'read:boards',
  'read:catalog',
  'read:codes',
  'read:trace',
  'read:reports',
  'read:deliveries',
  'read:policies',
  'read:retention',
  'read:health',
])
export type TokenScope = z.infer<typeof tokenScope>

export const tokenRow = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(tokenScope),
  createdAt: z.int(),
  expiresAt: z.int(),
  usedAt: z.int().nullable(),
  usedAddress: z.string().nullable(),
})
export const tokenList = z.object({ tokens: z.array(tokenRow) })
export type TokenRow = z.infer<typeof tokenRow>
export type TokenList = z.infer<typeof tokenList>

/** A name people give to a thing: no control characters, no invisible ones, no change of writing direction. */
export const givenName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'holds characters that cannot be seen')

export const newToken = z.strictObject({
  name: givenName,
  scopes: z.array(tokenScope).min(1).max(20),
  days: z.int().min(1).max(365),
})
export type NewToken = z.infer<typeof newToken>
/** The token is in this answer and nowhere else. */
export const tokenMade = z.object({ token: z.string(), row: tokenRow })
export type TokenMade = z.infer<typeof tokenMade>

/** `POST /api/pairing`, by a display: what it shows, and what it keeps to itself. */
export const pairingStarted = z.object({
  code: z.string(),
  secret: z.string(),
  expiresAt: z.int(),
  serverTime: z.int(),
})
export type PairingStarted = z.infer<typeof pairingStarted>

/** `POST /api/pairing/claim`, by the display that holds the secret. */
export const pairingClaim = z.strictObject({ secret: z.string().min(20).max(100) })
export const pairingState = z.object({ state: z.enum(['waiting', 'paired', 'expired']), boards: z.array(z.string()) })
export type PairingState = z.infer<typeof pairingState>

/** `POST /api/devices`: a person lets the display in that shows this code. */
export const pairDevice = z.strictObject({
  code: z.string().regex(/^\d{6}$/, 'six digits'),
  name: givenName,
  boards: z.array(z.string().min(1).max(100)).min(1).max(50),
})
export type PairDevice = z.infer<typeof pairDevice>

export const deviceRow = z.object({
  id: z.string(),
  name: z.string(),
  boards: z.array(z.string()),
  pairedBy: z.string(),
  pairedAt: z.int(),
  seenAt: z.int().nullable(),
  seenAddress: z.string().nullable(),
  agent: z.string(),
})
export const deviceList = z.object({ devices: z.array(deviceRow) })
export type DeviceRow = z.infer<typeof deviceRow>
export type DeviceList = z.infer<typeof deviceList>
