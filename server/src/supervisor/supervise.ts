/** The supervisor: it starts every process of Gemba, restarts them and stops them together. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SupervisorConfig } from './config.ts'
import { endLeftovers, takeLock } from './leftovers.ts'
import { ProcessGroup, announce } from './process-group.ts'
import { StartFailure, say } from './progress.ts'
import { readablePassword } from './secrets.ts'

/** Two signals this close together are one Ctrl-C that came over two ways. */
const SAME_SIGNAL_MS = 700
/** Say that a password was set at an earlier start; only its hash is kept. */
const MARKS = { demo: 'demo-users', own: 'first-admin' }

function lockData(config: SupervisorConfig): string {
  const runDir = join(config.dataDir, 'run')
  mkdirSync(runDir, { recursive: true })
  const file = join(runDir, 'supervisor.lock')
  const holder = takeLock(file)
  if (holder === null) return file
  throw new StartFailure(
    `The data folder ${config.dataDir} is in use`,
    `Gemba runs on it already (process ${holder})`,
    `stop it (kill ${holder}), or choose another folder: npm start -- --data DIR`,
  )
}

function stopOnSignals(stop: (how: string) => Promise<void>): void {
  let firstAt = 0
  const onSignal = (name: string) => {
    const now = performance.now()
    if (firstAt !== 0 && now - firstAt < SAME_SIGNAL_MS) return
    if (firstAt === 0) say('\nStopping …')
    firstAt = now
    void stop(name)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onSignal(name))
}

/** The password to set at this start: given, made up at the first start, none (kept as a hash) afterwards. */
function passwordOf(config: SupervisorConfig, known: boolean): string | null {
  // Accounts of a store from outside are not ours to change unasked.
  if (!config.demo && config.metadataUrl !== null) return config.givenPassword
  return config.givenPassword ?? (known ? null : readablePassword())
}

/** Runs until a signal comes; `root` is the folder of the programs. */
export async function supervise(config: SupervisorConfig, root: string): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true })
  const lock = lockData(config)
  const leftovers = await endLeftovers(join(config.dataDir, 'run'), root)
  if (leftovers.length > 0) say(`  Ended what an earlier run left behind: ${leftovers.join(', ')}`)
  const group = new ProcessGroup(config, root)
  let told = false
  const stop = async (code: number) => {
    await group.stop()
    rmSync(lock, { force: true })
    if (told) say('Stopped.')
    process.exit(code)
  }
  stopOnSignals(async () => {
    told = true
    await stop(0)
  })
  try {
    const mark = config.demo ? MARKS.demo : MARKS.own
    const password = passwordOf(config, group.secrets.has(mark))
    const status = await group.start(password)
    if (password !== null) group.secrets.note(mark, new Date().toISOString())
    announce(config, password)
    if (status === 'degraded') say('! Some sources are not in order yet: the sources page names them.')
  } catch (error) {
    // A start that was broken off by a signal is no failure; `stop` is under way.
    if (told) return
    printFailure(error)
    await stop(1)
  }
}

export function printFailure(error: unknown): void {
  if (error instanceof StartFailure) error.print()
  else process.stderr.write(`\n✗ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}
