/**
 * The store process: the warehouse engine in a process of its own, behind ClickHouse's HTTP interface on loopback.
 * A crash of the engine ends this process and nothing else; the supervisor starts it again.
 */
import { fstatSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Session } from 'chdb'
import { pino } from 'pino'
import { currentConfig, type StoreConfig } from './config.ts'
import { EngineSession } from './engine-session.ts'
import { Facade } from './facade.ts'
import { SessionPool } from './session-pool.ts'

const LONGEST_LINE = 400
const DRAIN_MS = 5_000
const DATABASE = 'gemba'

/** The engine appends whatever stands on its input to every insert, so there must be nothing to stand there. */
function refuseReadableInput(): void {
  const input = fstatSync(0)
  if (input.isCharacterDevice() && input.rdev === statSync('/dev/null').rdev) return
  process.stderr.write(
    'The store process must be started with its standard input closed (</dev/null): the engine would store the input as rows.\n',
  )
  process.exit(64)
}

function baseSettings(config: StoreConfig): Map<string, string> {
  return new Map(
    Object.entries({
      async_insert: '0',
      deduplicate_blocks_in_dependent_materialized_views: '1',
      date_time_input_format: 'best_effort',
      output_format_json_quote_64bit_integers: '0',
      output_format_json_quote_denormals: '0',
      max_execution_time: '60',
      max_threads: String(config.threads),
      max_memory_usage: String(config.queryMemoryBytes),
      max_bytes_before_external_group_by: String(Math.floor(config.queryMemoryBytes / 3)),
      max_bytes_before_external_sort: String(Math.floor(config.queryMemoryBytes / 3)),
    }),
  )
}

/** What a query written by a user may cost. */
function readerSettings(config: StoreConfig): Map<string, string> {
  return new Map([
    ...baseSettings(config),
    ['max_execution_time', String(config.userTimeoutSeconds)],
    ['max_memory_usage', String(Math.floor(config.queryMemoryBytes / 2))],
    ['max_result_rows', String(config.userRows)],
    ['result_overflow_mode', 'throw'],
    ['max_result_bytes', '200000000'],
    ['max_rows_to_read', '1000000000'],
    ['max_ast_elements', '20000'],
    ['allow_introspection_functions', '0'],
  ])
}

async function openPools(config: StoreConfig) {
  mkdirSync(config.dataDir, { recursive: true })
  const backups = join(config.dataDir, 'backups')
  const connectionArgs = [
    `--max_server_memory_usage=${config.memoryBytes}`,
    '--mark_cache_size=67108864',
    '--background_pool_size=4',
    '--background_schedule_pool_size=8',
    `--backups.allowed_path=${backups}`,
  ]
  const first = new Session(config.dataDir, { connectionArgs })
  await first.queryAsync(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic`)
  let unused: Session | null = first
  const opener = (settings: ReadonlyMap<string, string>, changeable: boolean) => async () => {
    const native = unused ?? new Session(config.dataDir)
    unused = null
    const session = new EngineSession(native, settings, changeable)
    await session.open(DATABASE)
    return session
  }
  const owner = opener(baseSettings(config), true)
  const pools = {
    control: new SessionPool(owner, 1, LONGEST_LINE),
    insert: new SessionPool(owner, config.sessions.insert, LONGEST_LINE),
    query: new SessionPool(owner, config.sessions.query, LONGEST_LINE),
    reader: new SessionPool(opener(readerSettings(config), false), config.sessions.reader, LONGEST_LINE),
  }
  // The first connection carries the engine's limits and lives as long as the process.
  pools.control.give(await pools.control.take())
  return pools
}

async function main(): Promise<void> {
  refuseReadableInput()
  const log = pino({ name: 'store' })
  const config = currentConfig()
  const startedAt = performance.now()
  const pools = await openPools(config)
  const facade = new Facade({ token: config.token, pools, log: (message, facts) => log.warn(facts, message) })
  const port = await facade.listen(config.port)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await facade.drain(DRAIN_MS)
    log.info('stopped')
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop())
  process.on('SIGINT', () => void stop())
  process.on('disconnect', () => void stop())
  process.on('message', (message) => {
    if ((message as { type?: unknown } | null)?.type === 'stop') void stop()
  })
  log.info({ port, startMs: Math.round(performance.now() - startedAt) }, 'ready')
  process.send?.({ type: 'ready', port })
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
