import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { role } from './role.ts'
import { givenName, means } from './sign-in.ts'

/** Sign-in name of an account whose password is kept here: what everybody can type and nobody can mistake. */
export const accountName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{0,59}$/, 'letters a–z, digits, dot, dash and underscore')

const roles = z.array(role).min(1).max(9)
const name = z.strictObject({ zh: givenName, en: givenName }) satisfies typeof bilingual

/** `GET /api/accounts/:user`: what an administrator has to know of an account. Instants in milliseconds UTC. */
export const accountState = z.object({
  user: z.string(),
  name: bilingual,
  roles: z.array(role),
  means,
  active: z.boolean(),
  /** Groups that the provider or directory named at the last sign-in. */
  directoryGroups: z.array(z.string()),
  /** Too many wrong passwords: closed until then; null = open. */
  lockedUntilAt: z.int().nullable(),
  mustChangePassword: z.boolean(),
  passwordChangedAt: z.int().nullable(),
  secondFactorAt: z.int().nullable(),
  recoveryCodesLeft: z.int(),
  /** The last time somebody came in; null = never, or longer ago than the audit trail is kept. */
  lastSignIn: z.object({ at: z.int(), address: z.string().nullable() }).nullable(),
  /** True when nobody else could put right what a change of this account breaks. */
  isOwn: z.boolean(),
})
export type AccountState = z.infer<typeof accountState>

/** `POST /api/accounts`. */
export const newAccount = z.strictObject({ user: accountName, name, roles })
export type NewAccount = z.infer<typeof newAccount>
/** The password is in this answer and nowhere else; it must be changed at the first sign-in. */
export const accountMade = z.object({ user: z.string(), password: z.string() })
export type AccountMade = z.infer<typeof accountMade>

/** `PUT /api/accounts/:user`. */
export const accountChange = z.strictObject({ name, roles, active: z.boolean() })
export type AccountChange = z.infer<typeof accountChange>
