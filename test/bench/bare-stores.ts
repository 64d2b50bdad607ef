/** The floor of a running product: its two stores over the same data, and programs that do nothing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { startStore } from '../../server/src/warehouse/embedded/start-store.ts'

export interface BareStores {
  /** From nothing to both stores ready to answer, one after the other as the product starts them. */
  readyMs: number
  pids: number[]
  stop: () => Promise<void>
}

export async function startBareStores(dataDir: string): Promise<BareStores> {
  const startedAt = performance.now()
  const metadata = await startPostgres({
    dataDir: join(dataDir, 'metadata'),
    socketDir: join(dataDir, 'run', 'metadata'),
    user: 'gemba',
    database: 'gemba',
  })
  const warehouse = await startStore({ dataDir: join(dataDir, 'warehouse') })
  return {
    readyMs: performance.now() - startedAt,
    pids: [metadata.pid, warehouse.pid],
    stop: async () => {
      await warehouse.stop()
      await metadata.stop()
    },
  }
}

/** Node processes that wait for nothing. */
export function startIdleNodes(count: number): { pids: number[]; stop: () => Promise<void> } {
  const children: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)'], { stdio: 'ignore' }),
  )
  return {
    pids: children.map((child) => child.pid ?? 0),
    stop: async () => {
      const ended = children.map((child) => once(child, 'exit'))
      for (const child of children) child.kill()
      await Promise.all(ended)
    },
  }
}
