/** For tests: an OpenID provider that signs whatever it is told to, so that tokens can be wrong in one thing at a time. */
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Forgery {
  /** Claims that replace those of a right token; null = left out. */
  readonly claims?: Record<string, unknown>
  /** Signed by another key than the published one, or not at all. */
  readonly signed?: 'well' | 'badly' | 'not-at-all'
}

export interface ForgingProvider {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** What the next tokens are like. */
  forge(forgery: Forgery): void
  /** Answers a request of a browser as a provider that somebody is signed in to: the query that leads back to us. */
  letThrough(location: URL, sub: string): string
  stop(): Promise<void>
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const without = (claims: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null))

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

async function listening(handler: RequestListener): Promise<Server> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
async function ended(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

const discoveryOf = (issuer: string): object => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/me`,
  jwks_uri: `${issuer}/keys`,
  id_token_signing_alg_values_supported: ['RS256'],
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
})

interface Given {
  readonly sub: string
  readonly nonce: string | null
  readonly challenge: string | null
}

export async function startForgingProvider(groups: readonly string[]): Promise<ForgingProvider> {
  const client = { clientId: 'gemba', clientSecret: 'a-secret-of-a-client-for-tests' }
  const [published, other] = [keys(), keys()]
  const jwk = { ...published.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, Given>()
  const state: { forgery: Forgery; issuer: string; sub: string } = { forgery: {}, issuer: '', sub: '' }

  const idToken = ({ sub, nonce }: Given): string => {
    const nowS = Math.floor(Date.now() / 1000)
    const right = { iss: state.issuer, aud: client.clientId, sub, nonce, iat: nowS, exp: nowS + 300, auth_time: nowS }
    const claims = without({ ...right, ...state.forgery.claims })
    const { signed = 'well' } = state.forgery
    const head = encoded({ alg: signed === 'not-at-all' ? 'none' : 'RS256', kid: 'k', typ: 'JWT' })
    const text = `${head}.${encoded(claims)}`
    if (signed === 'not-at-all') return `${text}.`
    const key = signed === 'well' ? published.privateKey : other.privateKey
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
  }
  const tokens = async (request: IncomingMessage): Promise<object> => {
    const form = await bodyOf(request)
    const given = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!given || given.challenge !== verifier) return { error: 'invalid_grant' }
    state.sub = given.sub
    return { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken(given) }
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answers: Record<string, () => object | Promise<object>> = {
      '/.well-known/openid-configuration': () => discoveryOf(state.issuer),
      '/keys': () => ({ keys: [jwk] }),
      '/token': () => tokens(request),
      '/me': () => ({ sub: state.sub, preferred_username: `forged.${state.sub}`, name: 'Forged', groups }),
    }
    const body = (await answers[request.url ?? '']?.()) ?? { error: 'unknown' }
    response.writeHead('error' in body ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = await listening((request, response) => void answer(request, response))
  state.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer: state.issuer,
    client,
    forge: (forgery) => (state.forgery = forgery),
    letThrough: ({ searchParams: asked }, sub) => {
      const code = randomUUID()
      codes.set(code, { sub, nonce: asked.get('nonce'), challenge: asked.get('code_challenge') })
      return new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString()
    },
    stop: () => ended(server),
  }
}
