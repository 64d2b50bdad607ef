/**
 * Loaded into every child before its own program: when the supervisor is gone (even by SIGKILL), the child stops, so
 * that no process keeps the port or the data folder.
 */
const HARD_STOP_MS = 5_000

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), HARD_STOP_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening must not keep a program alive that has nothing else to do.
  process.channel.unref()
}
