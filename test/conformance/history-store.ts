/** A store of its own with the tables of the product, and the bodies over them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStore } from '../../server/src/warehouse/embedded/start-store.ts'
import { migrate } from '../../server/src/warehouse/migrations.ts'
import { WarehouseService } from '../../server/src/warehouse/warehouse.service.ts'
import type { HistoryPath } from '../../server/src/kpi/sql/history.ts'
import { SqlPathService } from '../../server/src/kpi/sql/sql-path.service.ts'

export interface HistoryStore {
  warehouse: WarehouseService
  ask: (history: HistoryPath, params: Record<string, unknown>) => ReturnType<SqlPathService['overTables']>
  close: () => Promise<void>
}

export async function openHistoryStore(): Promise<HistoryStore> {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-history-'))
  const store = await startStore({ dataDir: join(folder, 'data') })
  const warehouse = new WarehouseService(process.env['WAREHOUSE_TEST_URL'] ?? store.url)
  await migrate(warehouse)
  const path = new SqlPathService(warehouse)
  return {
    warehouse,
    ask: ({ body, selects }, params) => path.overTables(body, selects, params),
    close: async () => {
      await warehouse.onApplicationShutdown()
      await store.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
