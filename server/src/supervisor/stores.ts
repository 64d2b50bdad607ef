import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type RunningPostgres, startPostgres } from '../database/embedded-postgres.ts'
import { storeEnvironment, storeProgram } from '../warehouse/embedded/start-store.ts'
import { SupervisedChild } from './child-process.ts'

const LONGEST_WAIT_MS = 10_000

/** A free port of this machine; the store keeps it over its restarts, so the URL stays true. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** The embedded metadata store, started again whenever it ends. Its URL never changes. */
export class MetadataStore {
  private readonly dataDir: string
  private readonly pidFile: string
  readonly logFile: string
  private running: RunningPostgres | null = null
  private stopping = false
  private waitMs = 200

  constructor(dataDir: string) {
    this.dataDir = dataDir
    this.pidFile = join(dataDir, 'run', 'metadata.pid')
    this.logFile = join(dataDir, 'logs', 'metadata.log')
  }

  async start(): Promise<RunningPostgres> {
    const running = await startPostgres({
      dataDir: join(this.dataDir, 'metadata'),
      socketDir: join(this.dataDir, 'run', 'metadata'),
      user: 'gemba',
      database: 'gemba',
      logFile: this.logFile,
      onExit: () => void this.restart(),
    })
    this.running = running
    writeFileSync(this.pidFile, `${running.pid}\n`)
    return running
  }

  private async restart(): Promise<void> {
    this.running = null
    while (!this.stopping && this.running === null) {
      await new Promise((resolve) => setTimeout(resolve, this.waitMs))
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS)
      if (this.stopping) return
      try {
        await this.start()
        this.waitMs = 200
      } catch {
        // Its own log says why; try again later.
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping = true
    await this.running?.stop()
    rmSync(this.pidFile, { force: true })
  }
}

export interface WarehouseStore {
  readonly child: SupervisedChild
  readonly url: string
  /** Resolves when the engine answers for the first time. */
  readonly ready: Promise<void>
}

/** The store process under supervision, on a port and with a token that stay the same while we run. */
export async function warehouseStore(dataDir: string, token: string): Promise<WarehouseStore> {
  const port = await freePort()
  // A backup taken while we run finds the store by it.
  writeFileSync(join(dataDir, 'run', 'warehouse.port'), `${port}\n`)
  let isReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    isReady = resolve
  })
  const child = new SupervisedChild({
    name: 'warehouse',
    program: [storeProgram],
    env: storeEnvironment({ dataDir: join(dataDir, 'warehouse'), port, token }),
    cwd: dataDir,
    logFile: join(dataDir, 'logs', 'warehouse.log'),
    pidFile: join(dataDir, 'run', 'warehouse.pid'),
    onMessage: (message) => {
      if ((message as { type?: unknown } | null)?.type === 'ready') isReady()
    },
  })
  return { child, url: `http://gemba:${token}@127.0.0.1:${port}/gemba`, ready }
}
