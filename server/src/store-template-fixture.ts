/**
 * For tests: both stores as a first start leaves them, tables and nothing else, made once for all test files and
 * copied for each. How they come to be from nothing is what the tests of the stores and the flows look at.
 */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DataSource } from 'typeorm'
import type { TestProject } from 'vitest/node'
import { type OpenStores, openStores } from './cli/open-stores.ts'
import { dataSourceOptions } from './database/database.module.ts'
import { migrate } from './warehouse/migrations.ts'
import { WarehouseService } from './warehouse/warehouse.service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the stores that test files copy; absent where a project makes none. */
    storeTemplate?: string
  }
}

/** The database server runs as another account when we are root, and passes through the folder. */
export function storeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gemba-${name}-`))
  chmodSync(folder, 0o755)
  return folder
}

/** Run by Vitest before the first test file. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = storeFolder('template')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const stores = await openStores({ dataDir: folder, metadataUrl: null, warehouseUrl: null })
    await makeTables(stores).finally(stores.close)
  } catch (error) {
    remove()
    throw error
  }
  project.provide('storeTemplate', folder)
  return remove
}

async function makeTables(stores: OpenStores): Promise<void> {
  const database = await new DataSource(dataSourceOptions(stores.metadataUrl)).initialize()
  await database.destroy()
  const warehouse = new WarehouseService(stores.warehouseUrl)
  await migrate(warehouse).finally(() => warehouse.onApplicationShutdown())
}

/** Both stores, running in the folder: from a copy of the template, or from nothing where there is none. */
export async function freshStores(dataDir: string, template: string | undefined): Promise<OpenStores> {
  // Owners and modes are kept: a database belongs to the account that runs it.
  if (template !== undefined)
    for (const name of ['metadata', 'warehouse'].filter((store) => existsSync(join(template, store))))
      await promisify(execFile)('cp', ['-a', join(template, name), join(dataDir, name)])
  return openStores({ dataDir, metadataUrl: null, warehouseUrl: null })
}
