/** Waiting until a disturbed product has caught up, and asking it against the ledger. */
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type SourceHealth, healthDetails } from '@gemba/contracts/api'
import { type Product, root, signIn, until } from '../flows/product.ts'

const exec = promisify(execFile)

type Get = Awaited<ReturnType<typeof signIn>>
const sessions = new WeakMap<Product, Promise<Get>>()

/** One session for each product: signing in again and again is refused, and rightly so. */
export function sessionOf(product: Product): Promise<Get> {
  const known = sessions.get(product)
  if (known) return known
  const session = signIn(product)
  sessions.set(product, session)
  session.catch(() => sessions.delete(product))
  return session
}

export async function sourcesOf(product: Product): Promise<SourceHealth[]> {
  const get = await sessionOf(product)
  const details = healthDetails.parse(await (await get('/api/health/details')).json())
  return details.sources.filter((source) => source.kind !== 'push')
}

/** Every source live and nothing left in a spool. */
export async function allLive(product: Product, withinMs = 300_000): Promise<void> {
  await until(
    'every source live and nothing spooled',
    async () => (await sourcesOf(product)).every((source) => source.freshness === 'live' && source.spoolBatches <= 1),
    withinMs,
  )
}

const ROUNDS = 5

/**
 * The lines that `gemba verify` prints, after orders and reports have come round once more. What a busy machine has not
 * computed yet agrees a little later; what was lost or doubled never does.
 */
export async function verify(product: Product): Promise<string[]> {
  for (let round = 1; ; round += 1) {
    const lines = await verifyOnce(product)
    if (round === ROUNDS || / 0 failed$/.test(lines.at(-1) ?? '')) return lines
    console.log(`round ${round}:`, lines.filter((line) => line.startsWith('FAIL')).join('\n'))
  }
}

async function verifyOnce(product: Product): Promise<string[]> {
  await pause(12_000)
  const args = ['scripts/gemba.mjs', 'verify', '--url', product.url, '--user', 'admin']
  args.push('--password', product.password, '--ledger', product.ledger)
  // A verification that fails ends with 1; its lines tell more than its code.
  const { stdout } = await exec(process.execPath, args, { cwd: root, timeout: 300_000 }).catch(
    (error: { stdout: string }) => error,
  )
  return stdout.trim().split('\n')
}
