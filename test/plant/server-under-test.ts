/** For tests: the server of the product in this process, on stores of its own. */
import type { CatalogDocument } from '@gemba/contracts/catalog'

export interface ServerUnderTest {
  readonly url: string
  call(
    method: string,
    path: string,
    call: { body?: string; headers?: Record<string, string>; cookie?: string },
  ): Promise<{ status: number; text: string; json(): unknown }>
  signIn(user?: string): Promise<string>
  /** Ends the server and starts it anew on the same stores. */
  restart(): Promise<void>
  stop(): Promise<void>
}

interface Fixture {
  COLLECTOR: { id: string; token: string }
  PASSWORD: string
  startApplication(catalog: CatalogDocument): Promise<ServerUnderTest>
  /** Windows that are still to be derived. */
  backlogOf(server: ServerUnderTest): number
}

/** The server is written with decorators, which its own settings compile and those of the tests do not: it is asked for at run time. */
export async function serverFixture(): Promise<Fixture> {
  const load = (file: string): Promise<Record<string, unknown>> =>
    import(/* @vite-ignore */ new URL(`../../server/src/${file}`, import.meta.url).href) as Promise<
      Record<string, unknown>
    >
  const fixture = (await load('application-fixture.ts')) as unknown as Fixture
  const { KpiService } = await load('kpi/kpi.service.ts')
  const backlogOf = (server: ServerUnderTest): number => {
    const { app } = server as ServerUnderTest & { app: { get(token: unknown): { backlog(): number } } }
    return app.get(KpiService).backlog()
  }
  return { ...fixture, backlogOf }
}
