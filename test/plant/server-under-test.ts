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
  stop(): Promise<void>
}

interface Fixture {
  COLLECTOR: { id: string; token: string }
  PASSWORD: string
  startApplication(catalog: CatalogDocument): Promise<ServerUnderTest>
}

/** The server is written with decorators, which its own settings compile and those of the tests do not: it is asked for at run time. */
export async function serverFixture(): Promise<Fixture> {
  const file = new URL('../../server/src/application-fixture.ts', import.meta.url).href
  return (await import(/* @vite-ignore */ file)) as Fixture
}
