import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CasePathService } from '../kpi/sql/case-path.service.ts'
import { SqlPathService } from '../kpi/sql/sql-path.service.ts'
import { startStore } from '../warehouse/embedded/start-store.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { CasePath } from './conformance.ts'

export interface OpenWarehousePath {
  readonly path: CasePath
  readonly close: () => Promise<void>
}

/**
 * The path of history: the bodies in SQL. Without a URL a store of its own in a temporary folder, which goes when it is
 * closed.
 */
export async function openWarehousePath(warehouseUrl?: string): Promise<OpenWarehousePath> {
  const closers: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const closer of closers.reverse()) await closer()
  }
  try {
    const url = warehouseUrl ?? (await temporaryStore(closers))
    const warehouse = new WarehouseService(url)
    closers.push(() => warehouse.onApplicationShutdown())
    const cases = new CasePathService(new SqlPathService(warehouse))
    return { path: { name: 'sql', answers: (list) => cases.answers(list) }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function temporaryStore(closers: (() => Promise<void> | void)[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-conformance-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const store = await startStore({ dataDir: join(folder, 'warehouse') })
  closers.push(store.stop)
  return store.url
}
