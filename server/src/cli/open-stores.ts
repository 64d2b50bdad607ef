import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, startPostgres } from '../database/embedded-postgres.ts'
import { startStore } from '../warehouse/embedded/start-store.ts'
import { Secrets } from '../supervisor/secrets.ts'
import type { StoreLocations } from './config.ts'

export interface OpenStores {
  readonly metadataUrl: string
  readonly warehouseUrl: string
  readonly close: () => Promise<void>
}

const numberIn = (file: string): number => (existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : 0)

/**
 * Both stores, running: those given by URL, those of a Gemba that runs on the data folder, or started for the moment.
 */
export async function openStores({ dataDir, metadataUrl, warehouseUrl }: StoreLocations): Promise<OpenStores> {
  if (metadataUrl && warehouseUrl) return { metadataUrl, warehouseUrl, close: async () => undefined }
  for (const name of ['run', 'logs']) mkdirSync(join(dataDir, name), { recursive: true })
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closer of closers) await closer()
  }
  try {
    const metadata = metadataUrl ?? (await openMetadata(dataDir, closers))
    const warehouse = warehouseUrl ?? (await openWarehouse(dataDir, closers))
    return { metadataUrl: metadata, warehouseUrl: warehouse, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The metadata store alone. */
export async function openMetadataStore({
  dataDir,
  metadataUrl,
}: StoreLocations): Promise<{ url: string; close: () => Promise<void> }> {
  if (metadataUrl) return { url: metadataUrl, close: async () => undefined }
  if (!existsSync(join(dataDir, 'metadata')))
    throw new Error(`${dataDir} holds no metadata store: give the data folder with --data DIR`)
  for (const name of ['run', 'logs']) mkdirSync(join(dataDir, name), { recursive: true })
  const closers: (() => Promise<void>)[] = []
  const url = await openMetadata(dataDir, closers)
  return {
    url,
    close: async () => {
      for (const closer of closers) await closer()
    },
  }
}

async function openMetadata(dataDir: string, closers: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startPostgres({
    dataDir: join(dataDir, 'metadata'),
    socketDir: join(dataDir, 'run', 'metadata'),
    user: 'gemba',
    database: 'gemba',
    logFile: join(dataDir, 'logs', 'metadata.log'),
  })
  if (!postgres.reused) closers.push(postgres.stop)
  return postgres.url
}

async function openWarehouse(dataDir: string, closers: (() => Promise<void>)[]): Promise<string> {
  const token = new Secrets(join(dataDir, 'secrets')).get('warehouse-token')
  const [pid, port] = ['warehouse.pid', 'warehouse.port'].map((name) => numberIn(join(dataDir, 'run', name)))
  if (pid && port && isAlive(pid)) return `http://gemba:${token}@127.0.0.1:${port}/gemba`
  const logFile = join(dataDir, 'logs', 'warehouse.log')
  const store = await startStore({ dataDir: join(dataDir, 'warehouse'), token, logFile })
  closers.push(store.stop)
  return store.url
}
