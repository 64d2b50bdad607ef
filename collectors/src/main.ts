import { Collector } from './collector.ts'
import { currentSettings } from './config.ts'
import { log } from './log.ts'
import { SpoolLockedError } from './spool/spool-tables.ts'

const STOP_WITHIN_MS = 2_800
/** Settings that cannot be used, or a directory that another collector holds: starting again would not help. */
const EXIT_UNUSABLE = 2

function open(): Collector {
  try {
    const settings = currentSettings()
    log.level = settings.logLevel
    return new Collector(settings)
  } catch (error) {
    const isLocked = error instanceof SpoolLockedError
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(isLocked ? 1 : EXIT_UNUSABLE)
  }
}

const collector = open()
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
  await collector.stop()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
await collector.start()
