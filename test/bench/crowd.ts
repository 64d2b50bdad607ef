import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { RightsDocument } from '@gemba/contracts/rights'
import pg from 'pg'
import { type Product, root, signIn } from '../flows/product.ts'

/** The very function that the server checks passwords with. */
const { verify } = createRequire(join(root, 'server/package.json'))('@node-rs/argon2') as {
  verify: (hash: string, password: string) => Promise<boolean>
}
const SIGN_INS = 20
/** The pace at which one address may sign in. */
const PACE_MS = 2_500
const SEEN_AFTER_MS = 5_000

/** Puts users with the administrator's password, roles, rules and grants into the store of a running product. */
async function plant(client: pg.Client, { roles, rowRules, profiles, grants }: RightsDocument): Promise<string> {
  const { rows } = await client.query<{ password_hash: string }>(
    `SELECT password_hash FROM user_account WHERE id = 'admin'`,
  )
  await client.query(
    `INSERT INTO user_account (id, name_zh, name_en, password_hash, roles)
     SELECT e->>'user', e->>'user', e->>'user', $2, '{manager}' FROM jsonb_array_elements($1::jsonb) e`,
    [JSON.stringify(profiles), rows[0]?.password_hash],
  )
  for (const [table, list] of [
    ['access_role', roles.filter(({ ready }) => !ready)],
    ['access_row_rule', rowRules],
    ['access_profile', profiles.map((profile) => ({ ...profile, id: profile.user }))],
  ] as const)
    await client.query(
      `INSERT INTO ${table} (id, document) SELECT e->>'id', e - CASE WHEN e ? 'user' THEN 'id' ELSE '' END
       FROM jsonb_array_elements($1::jsonb) e`,
      [JSON.stringify(list)],
    )
  await client.query(
    `INSERT INTO access_grant (id, subject_kind, subject, role, scope, granted_by, reason)
     SELECT (e->>'id')::uuid, 'user', e->'subject'->>'id', e->>'role', e->'scope', 'admin', '' FROM jsonb_array_elements($1::jsonb) e`,
    [JSON.stringify(grants)],
  )
  await client.query('UPDATE access_version SET version = version + 1')
  return rows[0]?.password_hash ?? ''
}

/** Milliseconds of sign-ins among a crowd, each beside one check of its password alone. */
export async function signInsAmong(product: Product, crowd: RightsDocument): Promise<{ all: number; hash: number }[]> {
  const client = new pg.Client({ host: join(product.dataDir, 'run', 'metadata'), user: 'gemba', database: 'gemba' })
  await client.connect()
  const stored = await plant(client, crowd).finally(() => client.end())
  await wait(SEEN_AFTER_MS)
  const times: { all: number; hash: number }[] = []
  for (let at = 0; at < SIGN_INS; at += 1) {
    await wait(PACE_MS)
    const startedAt = performance.now()
    await verify(stored, product.password)
    const hashedAt = performance.now()
    await signIn(product, crowd.profiles[(at * 97) % crowd.profiles.length]?.user)
    times.push({ hash: hashedAt - startedAt, all: performance.now() - hashedAt })
  }
  return times
}
