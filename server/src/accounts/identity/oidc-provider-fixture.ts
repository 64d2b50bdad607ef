/** For tests: a certified OpenID provider (npm `oidc-provider`) with a few people. */
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Person {
  /** What the provider calls him for ever. */
  readonly sub: string
  preferred_username: string
  name: string
  groups: string[]
}

interface ProviderLike {
  callback(): Parameters<typeof createServer>[1]
}
type ProviderClass = new (issuer: string, configuration: object) => ProviderLike

export interface RunningProvider {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  stop(): Promise<void>
}

/** Anybody in `people` signs in with his `sub` and any password, on the provider's own pages. */
export async function startOidcProvider(people: readonly Person[], redirectUri: string): Promise<RunningProvider> {
  const client = { clientId: 'gemba', clientSecret: 'a-secret-of-a-client-for-tests' }
  // The package has no types of its own.
  const name: string = 'oidc-provider'
  const { Provider } = (await import(name)) as { Provider: ProviderClass }
  const made: { handler?: Parameters<typeof createServer>[1] } = {}
  const server: Server = createServer((request, response) => made.handler?.(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
      groups: ['groups'],
    },
    cookies: { keys: ['a key of cookies for tests'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context: unknown, sub: string) => {
      const person = people.find((each) => each.sub === sub)
      return person && { accountId: sub, claims: () => ({ ...person }) }
    },
  })
  made.handler = provider.callback()
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { issuer, client, stop }
}
