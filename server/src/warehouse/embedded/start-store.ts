import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface StoreOptions {
  readonly dataDir: string
  readonly port?: number
  readonly token?: string
  readonly memoryBytes?: number
  readonly userTimeoutSeconds?: number
  /** File of its log; without it the log is dropped. */
  readonly logFile?: string
}

export interface RunningStore {
  readonly url: string
  readonly port: number
  readonly token: string
  readonly pid: number
  readonly child: ChildProcess
  readonly stop: () => Promise<void>
}

/** Program of the store process, built or not. */
export const storeProgram = fileURLToPath(
  new URL(`./store-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/** Environment of the store process; more native threads than sessions, else a long query blocks the short ones. */
export function storeEnvironment(options: StoreOptions & { token: string }): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: 'UTC',
    UV_THREADPOOL_SIZE: '16',
    GEMBA_STORE_DIR: options.dataDir,
    GEMBA_STORE_PORT: String(options.port ?? 0),
    GEMBA_STORE_TOKEN: options.token,
    ...(options.memoryBytes ? { GEMBA_STORE_MEMORY_BYTES: String(options.memoryBytes) } : {}),
    ...(options.userTimeoutSeconds ? { GEMBA_STORE_READ_TIMEOUT_SECONDS: String(options.userTimeoutSeconds) } : {}),
  }
}

/** Starts one store process and waits until it answers. Restarting it is the caller's affair. */
export async function startStore(options: StoreOptions): Promise<RunningStore> {
  const token = options.token ?? randomBytes(24).toString('hex')
  const output = options.logFile ? openSync(options.logFile, 'a', 0o600) : 'ignore'
  const child = spawn(process.execPath, [storeProgram], {
    stdio: ['ignore', output, output, 'ipc'],
    env: storeEnvironment({ ...options, token }),
  })
  if (typeof output === 'number') closeSync(output)
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`the store process ended (${signal ?? code})`)))
    child.on('message', (message) => {
      const ready = message as { type?: string; port?: number }
      if (ready.type === 'ready' && ready.port) resolve(ready.port)
    })
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    if (child.connected) child.send({ type: 'stop' })
    const hard = setTimeout(() => child.kill('SIGKILL'), 8_000)
    await ended
    clearTimeout(hard)
  }
  const url = `http://gemba:${token}@127.0.0.1:${port}/gemba`
  return { url, port, token, pid: child.pid as number, child, stop }
}
