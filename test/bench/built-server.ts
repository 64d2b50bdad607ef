/** Parts of the built server: their sources have decorators, which Node does not run as they are. */
import { join } from 'node:path'

const dist = join(import.meta.dirname, '../../server/dist')

type EdgeRowsFile = typeof import('../../server/src/trace/edge-rows.service.ts')
type SpcRowsFile = typeof import('../../server/src/kpi/quality-spc-rows.service.ts')
type SpcFile = typeof import('../../server/src/kpi/quality-spc.service.ts')
type WarehouseFile = typeof import('../../server/src/warehouse/warehouse.service.ts')

const load = async <T>(file: string): Promise<T> => (await import(join(dist, file))) as T

export const { WarehouseService } = await load<WarehouseFile>('warehouse/warehouse.service.js')
export const { EdgeRows } = await load<EdgeRowsFile>('trace/edge-rows.service.js')
export const { SpcRows } = await load<SpcRowsFile>('kpi/quality-spc-rows.service.js')
export const { SpcService } = await load<SpcFile>('kpi/quality-spc.service.js')
export type Warehouse = InstanceType<typeof WarehouseService>
export type Edges = InstanceType<typeof EdgeRows>
