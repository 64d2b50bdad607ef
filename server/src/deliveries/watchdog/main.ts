/** The watchdog of deliveries: a process of its own, which the supervisor starts beside the server. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { connectionOf } from '../../database/database.module.ts'
import { SecretBox } from '../../database/secret-box.ts'
import { log, setLogLevel } from '../../http/log.ts'
import { mailServer } from '../../mail/mail-server.service.ts'
import { type WatchdogConfig, currentConfig } from './config.ts'
import { type Ask, watchOnce } from './watch.ts'

const EVERY_MS = 10_000
/** Two watchdogs of one installation: one of them watches. */
const LOCK = 762_301

function clientOf({ metadataUrl }: WatchdogConfig): pg.Client {
  const found = connectionOf(metadataUrl)
  if ('url' in found) return new pg.Client({ connectionString: String(found['url']), connectionTimeoutMillis: 10_000 })
  const { username, ...rest } = found as { username: string; host: string; port: number; database: string }
  return new pg.Client({ ...rest, user: username, connectionTimeoutMillis: 10_000 })
}

async function watch(config: WatchdogConfig): Promise<void> {
  const client = clientOf(config)
  client.on('error', () => undefined)
  await client.connect()
  const ask: Ask = async (statement, values = []) => (await client.query(statement, values)).rows as never
  const box = new SecretBox(config.secretKeyFile)
  try {
    for (;;) {
      const [lock] = await ask<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [LOCK])
      if (lock?.ours) {
        const server = () => mailServer((statement) => ask<{ value: unknown }>(statement), box, config)
        const told = await watchOnce({ ask, server })
        if (told > 0) log.info({ told }, 'owners were told of deliveries')
        await ask('SELECT pg_advisory_unlock($1)', [LOCK])
      }
      await pause(EVERY_MS)
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function main(): Promise<void> {
  const config = currentConfig()
  setLogLevel(config.logLevel)
  for (;;) {
    // A store that is away, or has no tables yet, comes.
    await watch(config).catch((error: unknown) => log.warn({ err: error }, 'the watchdog waits for the metadata store'))
    await pause(EVERY_MS)
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  if ((message as { type?: string }).type === 'stop') process.exit(0)
})
void main()
