/**
 * Loaded into every child before its own program: when the supervisor is gone (even by SIGKILL), the child stops, so
 * that no process keeps the port or the data folder. What the child loads is kept compiled for the next start; where
 * the folder of the programs cannot be written, it is compiled anew each time.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

const HARD_STOP_MS = 5_000

enableCompileCache(join(import.meta.dirname, '../../../.cache/compiled'))

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), HARD_STOP_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening must not keep a program alive that has nothing else to do.
  process.channel.unref()
}
