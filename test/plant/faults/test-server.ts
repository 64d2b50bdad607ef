/**
 * For tests: the whole server in this process. Its decorators are compiled with settings of their own, so it is loaded
 * by address and only what is used here is named.
 */
import type { CatalogDocument } from '@gemba/contracts/catalog'

export interface TestServer {
  readonly url: string
  readonly collector: { readonly id: string; readonly token: string }
  readonly password: string
  readonly catalog: { importDocument(document: unknown): Promise<void> }
  readonly deriver: { backlog(): number; readonly caughtUp: { subscribe(listener: () => void): unknown } }
  readonly warehouse: {
    query<T>(sql: string, params?: Record<string, unknown>): Promise<T[]>
    command(sql: string): Promise<void>
  }
  call(
    method: string,
    path: string,
    call?: { headers?: Record<string, string>; body?: string; cookie?: string },
  ): Promise<{ status: number; text: string; json(): unknown }>
  signIn(user?: string): Promise<string>
  stop(): Promise<void>
}

const load = (file: string): Promise<Record<string, unknown>> =>
  import(new URL(`../../../server/src/${file}`, import.meta.url).href) as Promise<Record<string, unknown>>

export async function startTestServer(catalog?: CatalogDocument): Promise<TestServer> {
  const fixture = (await load('application-fixture.ts')) as {
    COLLECTOR: TestServer['collector']
    PASSWORD: string
    startApplication: (
      catalog?: CatalogDocument,
    ) => Promise<Pick<TestServer, 'url' | 'call' | 'signIn' | 'stop'> & { app: { get(token: unknown): unknown } }>
  }
  const { CatalogService } = await load('catalog/catalog.service.ts')
  const { EquipmentDeriver } = await load('kpi/equipment-deriver.service.ts')
  const { WarehouseService } = await load('warehouse/warehouse.service.ts')
  const running = await fixture.startApplication(...(catalog ? [catalog] : []))
  return {
    ...running,
    collector: fixture.COLLECTOR,
    password: fixture.PASSWORD,
    catalog: running.app.get(CatalogService) as TestServer['catalog'],
    deriver: running.app.get(EquipmentDeriver) as TestServer['deriver'],
    warehouse: running.app.get(WarehouseService) as TestServer['warehouse'],
  }
}
