import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ringPathOf } from '../database/key-ring.ts'
import { type BackupManifest } from './backup-format.ts'
import { type StoreLocations, storeLocations } from './config.ts'
import { saveMetadata } from './metadata-copy.ts'
import { openStores } from './open-stores.ts'
import { saveWarehouse } from './warehouse-copy.ts'

/**
 * Copies both stores into an empty folder: files, counts, hashes, and the manifest last. Everything that was
 * acknowledged before the start is in it; Gemba may go on running.
 */
export async function backup(locations: StoreLocations, out: string): Promise<BackupManifest> {
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty; give a new folder`)
  const stores = await openStores(locations)
  try {
    for (const name of ['metadata', 'warehouse']) mkdirSync(join(out, name), { recursive: true, mode: 0o700 })
    // Metadata first: it holds what was taken from the collectors, and must not claim rows the other copy lacks.
    const metadata = await saveMetadata(stores.metadataUrl, out)
    const warehouse = await saveWarehouse(stores.warehouseUrl, out)
    const key = join(locations.dataDir, 'secrets', 'key')
    const hasKey = existsSync(key)
    if (hasKey) copyFileSync(key, join(out, 'key'))
    // After the metadata: it holds every key that may have sealed something there.
    if (existsSync(ringPathOf(key))) copyFileSync(ringPathOf(key), join(out, 'key.data'))
    const manifest: BackupManifest = {
      formatVersion: 1,
      id: randomUUID(),
      createdAt: new Date().toISOString(),
      metadata,
      warehouse,
      hasKey,
    }
    const unfinished = join(out, 'manifest.json.unfinished')
    writeFileSync(unfinished, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(unfinished, join(out, 'manifest.json'))
    return manifest
  } finally {
    await stores.close()
  }
}

const HELP = `Usage: npx gemba backup --out DIR [--data DIR]
  Copies both stores into the new folder DIR. Gemba may be running or not.
  --data  folder of all data (default .gemba, env GEMBA_DATA); METADATA_URL and WAREHOUSE_URL are heeded
  The copy holds the key of stored credentials: keep it as safe as the original.`

/** `npx gemba backup`; gives the exit code. */
export async function runBackup(argv: readonly string[]): Promise<number> {
  const options = { out: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values } = parseArgs({ args: [...argv], options })
  if (values.help || !values.out) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const out = resolve(values.out)
  const locations = storeLocations(values.data)
  if (!existsSync(locations.dataDir) && !(locations.metadataUrl && locations.warehouseUrl))
    throw new Error(`${locations.dataDir} does not exist: give the data folder with --data DIR`)
  const { metadata, warehouse } = await backup(locations, out)
  const rows = (tables: readonly { rows: number }[]) => tables.reduce((sum, table) => sum + table.rows, 0)
  console.log(`Backup in ${out}: ${rows(metadata.tables)} metadata rows, ${rows(warehouse.tables)} warehouse rows.`)
  return 0
}
