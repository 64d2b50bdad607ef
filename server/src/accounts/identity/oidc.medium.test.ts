/** Real: the whole server with its stores, and a certified OpenID provider. A small client walks its pages as a browser would. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sessionAnswer, signInWays } from '@gemba/contracts/sign-in'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { type Person, type RunningProvider, startOidcProvider } from './oidc-provider-fixture.ts'
import { OidcSignIn, ownPath } from './oidc.ts'
import { IdentitySource } from './identity-source.ts'
import { OutgoingGuard } from '../../http/outgoing.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'

const PUBLIC_URL = 'http://gemba.test'
const people: Person[] = [
  { sub: 'p-1', preferred_username: 'he.jun', name: '何军', groups: ['SUZ-leads', 'all-staff'] },
  { sub: 'p-2', preferred_username: 'visitor', name: 'Visitor', groups: ['all-staff'] },
  { sub: 'p-3', preferred_username: 'admin', name: 'Not the admin', groups: ['SUZ-leads'] },
  { sub: 'p-4', preferred_username: 'аdmin', name: 'Cyrillic a', groups: ['SUZ-leads'] },
]

let folder: string
let provider: RunningProvider
let server: RunningApplication

beforeAll(async () => {
  provider = await startOidcProvider(people, `${PUBLIC_URL}/api/sign-in/oidc/callback`)
  folder = mkdtempSync(join(tmpdir(), 'gemba-identity-'))
  const file = join(folder, 'identity.json')
  const oidc = {
    issuer: provider.issuer,
    ...provider.client,
    publicUrl: PUBLIC_URL,
    roles: { 'SUZ-leads': ['manager'], 'SUZ-quality': ['quality'] },
    allowInsecure: true,
  }
  writeFileSync(file, JSON.stringify({ oidc }))
  server = await startApplication(undefined, { GEMBA_IDENTITY: file })
})
afterAll(async () => {
  await server?.stop()
  await provider?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const cookiesOf = (answer: Answer): Map<string, string> =>
  new Map(
    (answer.headers['set-cookie'] ?? []).map((line) => {
      const [pair = ''] = line.split(';')
      return [pair.slice(0, pair.indexOf('=')), pair]
    }),
  )

let callers = 0
const from = (): string => `127.5.0.${(callers += 1) % 250}`

async function start(next?: string): Promise<{ location: URL; cookie: string }> {
  const query = next === undefined ? '' : `?next=${encodeURIComponent(next)}`
  const answer = await server.call('GET', `/api/sign-in/oidc/start${query}`, { from: from() })
  if (answer.status !== 302) throw new Error(answer.text)
  return { location: new URL(String(answer.headers.location)), cookie: cookiesOf(answer).get('gemba_oidc') ?? '' }
}

/** Signs in on the pages of the provider; gives the query it sends back to us. */
async function atProvider(location: URL, sub: string): Promise<string> {
  const jar = new Map<string, string>()
  let url = location
  let form: Record<string, string> | null = null
  for (let hop = 0; hop < 20; hop += 1) {
    const answer = await fetch(url, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    form = null
    const target = answer.headers.get('location')
    if (target !== null) {
      url = new URL(target, url)
      if (url.href.startsWith(PUBLIC_URL)) return url.search.slice(1)
      continue
    }
    const page = await answer.text()
    const action = /action="([^"]+)"/.exec(page)?.[1]
    if (action === undefined) throw new Error(`${answer.status} ${page.slice(0, 500)}`)
    form = page.includes('name="login"') ? { prompt: 'login', login: sub, password: 'any' } : { prompt: 'consent' }
    url = new URL(action, url)
  }
  throw new Error('the provider leads in circles')
}

const callback = (query: string, cookie: string): Promise<Answer> =>
  server.call('GET', `/api/sign-in/oidc/callback?${query}`, { cookie, from: from() })
const SIGN_IN_AGAIN = '/sign-in?refused=SINGLE_SIGN_ON_REFUSED'

async function enter(sub: string, next?: string): Promise<{ target: string; session: string }> {
  const { location, cookie } = await start(next)
  const answer = await callback(await atProvider(location, sub), cookie)
  return { target: String(answer.headers.location), session: cookiesOf(answer).get('gemba_session') ?? '' }
}

describe('a company account', () => {
  it('has a button on the sign-in page', async () => {
    const ways = signInWays.parse((await server.call('GET', '/api/sign-in/ways')).json())
    expect(ways.oidc?.name.zh).toBe('用公司账号登录')
    expect(JSON.stringify(ways)).not.toContain(provider.issuer)
  })

  it('comes in with the roles of its groups, on the page it wanted', async () => {
    const { location } = await start()
    const asked = Object.fromEntries(location.searchParams)
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked[name]?.length).toBeGreaterThan(20)
    const { target, session } = await enter('p-1', '/boards/oee?equipment=SUZ')
    expect(target).toBe('/boards/oee?equipment=SUZ')
    const who = sessionAnswer.parse((await server.call('GET', '/api/sessions/current', { cookie: session })).json())
    expect(who).toMatchObject({ user: 'he.jun', name: { zh: '何军' }, roles: ['manager'], means: 'oidc', needs: [] })
  })

  it('has at each sign-in the roles of the groups it has then', async () => {
    const [person] = people
    if (!person) throw new Error('nobody')
    person.groups = ['SUZ-quality']
    const { session } = await enter('p-1')
    const who = sessionAnswer.parse((await server.call('GET', '/api/sessions/current', { cookie: session })).json())
    expect(who.roles).toEqual(['quality'])
    person.groups = ['SUZ-leads']
  })

  it('does not come in without a mapped group, nor under the name of somebody else or one that looks like it', async () => {
    for (const [sub, why] of [
      ['p-2', 'group'],
      ['p-3', 'name'],
      ['p-4', 'name'],
    ] as const)
      expect([sub, await enter(sub)]).toEqual([sub, { target: `${SIGN_IN_AGAIN}&why=${why}`, session: '' }])
    const rows = await server.app
      .get(DataSource)
      .query<{ id: string }[]>(`SELECT id FROM user_account WHERE means = 'oidc'`)
    expect(rows.map(({ id }) => id)).toEqual(['he.jun'])
    expect((await server.signIn('admin')).length).toBeGreaterThan(10)
  })

  it('has no password here', async () => {
    const json = { user: 'he.jun', password: PASSWORD }
    const answer = await server.call('POST', '/api/sessions', { json, from: from() })
    expect(answer.problem().code).toBe('SIGN_IN_REFUSED')
  })
})

describe('the way back', () => {
  it('leads in once: the same answer again is refused', async () => {
    const { location, cookie } = await start()
    const query = await atProvider(location, 'p-1')
    expect((await callback(query, cookie)).headers.location).toBe('/')
    expect((await callback(query, cookie)).headers.location).toBe(`${SIGN_IN_AGAIN}&why=provider`)
  })

  it('belongs to the browser that set out: no cookie, a strange one or that of another trip', async () => {
    const { location, cookie } = await start()
    const query = await atProvider(location, 'p-1')
    const other = await start()
    for (const each of ['', 'gemba_oidc=x', other.cookie, cookie.slice(0, -4)])
      expect((await callback(query, each)).headers.location).toContain(SIGN_IN_AGAIN)
    expect((await callback(query, cookie)).headers.location).toBe('/')
  })

  it('is not taken when it was changed, doubled, or is an error', async () => {
    const odd: ((query: URLSearchParams) => void)[] = [
      (query) => query.set('state', 'x'),
      (query) => query.delete('state'),
      (query) => query.set('code', 'x'),
      (query) => query.append('code', 'y'),
      (query) => query.append('state', 'y'),
      (query) => query.set('iss', 'https://evil.example'),
      (query) => query.set('error', 'access_denied'),
    ]
    for (const change of odd) {
      const { location, cookie } = await start()
      const query = new URLSearchParams(await atProvider(location, 'p-1'))
      change(query)
      const answer = await callback(query.toString(), cookie)
      expect([change.toString(), answer.headers.location]).toEqual([change.toString(), `${SIGN_IN_AGAIN}&why=provider`])
      expect(cookiesOf(answer).get('gemba_session')).toBeUndefined()
    }
  })

  it('leads to our own pages only', async () => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/a b',
      '/api/health',
    ])
      expect([next, ownPath(next)]).toEqual([next, '/'])
    for (const next of ['/', '/boards/oee?x=1#y', '/metrics']) expect(ownPath(next)).toBe(next)
    expect((await enter('p-1', '//evil.example')).target).toBe('/')
  })
})

it('a provider that is away is said to be away', async () => {
  const { oidc } = await server.app.get(IdentitySource).current()
  const away = {
    current: () => Promise.resolve({ oidc: oidc && { ...oidc, issuer: 'https://127.0.0.1:1' }, directory: null }),
  }
  const lonely = new OidcSignIn(away, server.app.get<ServerConfig>(SERVER_CONFIG), new OutgoingGuard())
  await expect(lonely.begin(undefined)).rejects.toMatchObject({ code: 'SINGLE_SIGN_ON_AWAY' })
})
