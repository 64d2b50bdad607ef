import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { takeLock } from '../supervisor/leftovers.ts'
import { readRing, writeRing } from '../database/key-ring.ts'
import { type BackupManifest, readBackup } from './backup-format.ts'
import { type StoreLocations, storeLocations } from './config.ts'
import { clearMetadata, loadMetadata } from './metadata-copy.ts'
import { openStores } from './open-stores.ts'
import { clearWarehouse, loadWarehouse } from './warehouse-copy.ts'

/**
 * Puts a backup into empty stores (or, with `replace`, in the place of what they hold). The backup is checked whole
 * before anything is touched, the counts afterwards.
 */
export async function restore(
  from: string,
  locations: StoreLocations,
  { replace }: { replace: boolean },
): Promise<BackupManifest> {
  const manifest = await readBackup(from)
  const unlock = lockData(locations.dataDir)
  try {
    const stores = await openStores(locations)
    try {
      checkKey(from, locations.dataDir, manifest, replace)
      await clearMetadata(stores.metadataUrl, replace)
      await clearWarehouse(stores.warehouseUrl, replace)
      await loadMetadata(stores.metadataUrl, from, manifest.metadata)
      await loadWarehouse(stores.warehouseUrl, from, manifest)
      putKey(from, locations.dataDir, manifest)
    } finally {
      await stores.close()
    }
  } finally {
    unlock()
  }
  return manifest
}

/** A running Gemba would write while its tables are replaced. */
function lockData(dataDir: string): () => void {
  mkdirSync(join(dataDir, 'run'), { recursive: true })
  const file = join(dataDir, 'run', 'supervisor.lock')
  const holder = takeLock(file)
  if (holder !== null) throw new Error(`Gemba runs on ${dataDir} (process ${holder}): stop it first`)
  return () => rmSync(file, { force: true })
}

const keyFile = (dataDir: string) => join(dataDir, 'secrets', 'key')

/** Credentials in the backup can be read with its key only; another one must not be lost unasked. */
function checkKey(from: string, dataDir: string, { hasKey }: BackupManifest, replace: boolean): void {
  const present = keyFile(dataDir)
  if (!hasKey || replace || !existsSync(present)) return
  if (readFileSync(present, 'utf8') !== readFileSync(join(from, 'key'), 'utf8'))
    throw new Error(`${present} is another key than that of the backup; --replace overwrites it`)
}

function putKey(from: string, dataDir: string, { hasKey }: BackupManifest): void {
  if (!hasKey) return
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
  writeFileSync(keyFile(dataDir), readFileSync(join(from, 'key')), { mode: 0o600 })
  // Keys that are here already stay: something else may be sealed by them.
  const ours = readRing(join(from, 'key'))
  const others = readRing(keyFile(dataDir)).filter(({ id }) => !ours.some((key) => key.id === id))
  if (ours.length > 0) writeRing(keyFile(dataDir), [...others, ...ours])
}

const HELP = `Usage: npx gemba restore --from DIR [--data DIR] [--replace]
  Checks the backup in DIR and puts it into the stores of the data folder. Gemba must be stopped.
  --data     folder of all data (default .gemba, env GEMBA_DATA); METADATA_URL and WAREHOUSE_URL are heeded
  --replace  removes what the stores hold already`

/** `npx gemba restore`; gives the exit code. */
export async function runRestore(argv: readonly string[]): Promise<number> {
  const options = {
    from: { type: 'string' },
    data: { type: 'string' },
    replace: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ args: [...argv], options })
  if (values.help || !values.from) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const manifest = await restore(resolve(values.from), storeLocations(values.data), {
    replace: values.replace ?? false,
  })
  const tables = manifest.metadata.tables.length + manifest.warehouse.tables.length
  console.log(`Restored ${tables} tables of the backup of ${manifest.createdAt}; every count agrees.`)
  return 0
}
