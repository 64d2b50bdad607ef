/** Real: the whole server with its stores, an OpenID provider and an OpenLDAP server. */
import { existsSync, readFileSync } from 'node:fs'
import { auditPage } from '@gemba/contracts/audit'
import {
  type ConnectionTried,
  type DirectoryChange,
  type OidcChange,
  connectionTried,
  identityConnections,
} from '@gemba/contracts/identity'
import { signInWays } from '@gemba/contracts/sign-in'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type RunningApplication, UNIT, startApplication } from '../../application-fixture.ts'
import { RightsService } from '../rights/rights.service.ts'
import { type ForgingProvider, startForgingProvider } from './forging-provider-fixture.ts'
import { DIRECTORY, type RunningDirectory, startDirectory } from './slapd-fixture.ts'

const CONNECTIONS = '/api/sign-in/connections'
const AREA = UNIT.split('/').slice(0, 2).join('/')

let provider: ForgingProvider
let server: RunningApplication
let admin: string

beforeAll(async () => {
  provider = await startForgingProvider(['leads'])
  server = await startApplication(undefined, { GEMBA_OUTGOING_ALLOW: '127.0.0.1' })
  admin = await server.signIn('admin')
})
afterAll(async () => {
  await server?.stop()
  await provider?.stop()
})

const oidc = (more: Partial<OidcChange> = {}): OidcChange => ({
  name: { zh: '公司账号', en: 'Company account' },
  issuer: provider.issuer,
  clientId: provider.client.clientId,
  clientSecret: provider.client.clientSecret,
  publicUrl: 'http://gemba.test',
  scope: 'openid profile',
  userClaim: 'preferred_username',
  nameClaim: 'name',
  groupClaim: 'groups',
  groups: [{ group: 'leads', roles: ['manager'], equipment: [AREA] }],
  secondFactorValues: [],
  allowInsecure: true,
  ...more,
})
const put = (kind: string, json: unknown, cookie = admin): Promise<Answer> =>
  server.call('PUT', `${CONNECTIONS}/${kind}`, { cookie, json })
const show = async () => identityConnections.parse((await server.call('GET', CONNECTIONS, { cookie: admin })).json())
const attempt = async (json: unknown): Promise<ConnectionTried> =>
  connectionTried.parse((await server.call('POST', `${CONNECTIONS}/try`, { cookie: admin, json })).json())
const outcomes = ({ stages }: ConnectionTried) => stages.map(({ stage, outcome }) => `${stage} ${outcome}`)
const withoutSecret = (change: OidcChange): Partial<OidcChange> => {
  const { clientSecret: _secret, ...rest } = change
  return rest
}

async function enter(): Promise<string> {
  const begun = await server.call('GET', '/api/sign-in/oidc/start', { from: '127.8.0.1' })
  const trip = String(begun.headers['set-cookie']?.[0]?.split(';')[0])
  const query = provider.letThrough(new URL(String(begun.headers.location)), 's-1')
  const back = await server.call('GET', `/api/sign-in/oidc/callback?${query}`, { cookie: trip, from: '127.8.0.1' })
  return (back.headers['set-cookie'] ?? []).find((each) => each.startsWith('gemba_session='))?.split(';')[0] ?? ''
}

describe('a provider that is connected on the page', () => {
  it('lets people in at once, each role in the places of their group', async () => {
    expect(await show()).toEqual({ oidc: null, directory: null })
    expect(identityConnections.parse((await put('oidc', oidc())).json()).oidc?.setBy).toBe('page')
    const ways = signInWays.parse((await server.call('GET', '/api/sign-in/ways')).json())
    expect(ways.oidc?.name.en).toBe('Company account')
    expect(await enter()).not.toBe('')
    const principal = await server.app.get(RightsService).principalOf('forged.s-1')
    expect(principal?.rights?.effective.held.map(({ role, scope }) => [role, scope.equipment])).toEqual([
      ['manager', [AREA]],
    ])
  })

  it('keeps its secret sealed, shows it to nobody, and keeps it when it is not given anew', async () => {
    const { secret } = { secret: provider.client.clientSecret }
    const rows = await server.app.get(DataSource).query<object[]>(`SELECT * FROM setting WHERE key LIKE 'identity%'`)
    expect(JSON.stringify(rows)).not.toContain(secret)
    const next = await put('oidc', withoutSecret(oidc({ nameClaim: 'nickname' })))
    expect(next.text).not.toContain(secret)
    expect(identityConnections.parse(next.json()).oidc?.settings.nameClaim).toBe('nickname')
    expect(await enter()).not.toBe('')
    const trail = await server.call('GET', '/api/audit?stream=change', { cookie: admin })
    expect(trail.text).not.toContain(secret)
    const [last] = auditPage.parse(trail.json()).entries
    expect(last).toMatchObject({ action: 'connection.changed', actor: 'admin' })
    expect(JSON.stringify(last?.after)).toContain('(as before)')
  })

  it('needs its own secret when it is another one: no secret is sent to an address that was changed', async () => {
    for (const more of [{ issuer: 'https://login.other.example' }, { clientId: 'other' }]) {
      const answer = await put('oidc', withoutSecret(oidc(more)))
      expect([more, answer.problem().code, answer.problem().facts?.['field']]).toEqual([
        more,
        'INPUT_INVALID',
        'clientSecret',
      ])
    }
  })

  it('is not taken over plain HTTP, without a group, or with an administrator of one place', async () => {
    const fieldOf = async (more: Partial<OidcChange>) => (await put('oidc', oidc(more))).problem()
    expect((await fieldOf({ allowInsecure: false })).facts?.['field']).toBe('issuer')
    expect((await fieldOf({ groups: [] })).detail).toContain('groups')
    const odd = [{ group: 'a', roles: ['admin' as const], equipment: [AREA] }]
    expect((await fieldOf({ groups: odd })).detail).toContain('the whole plant')
  })

  it('is for administrators only', async () => {
    const manager = await server.signIn('manager')
    for (const [method, path] of [
      ['GET', CONNECTIONS],
      ['PUT', `${CONNECTIONS}/oidc`],
      ['DELETE', `${CONNECTIONS}/oidc`],
      ['POST', `${CONNECTIONS}/try`],
    ] as const)
      expect((await server.call(method, path, { cookie: manager, json: {} })).problem().code).toBe('NO_ACCESS')
  })

  it('is tried before it is saved, step by step', async () => {
    const good = await attempt({ kind: 'oidc', settings: oidc(), sample: ['leads', 'nobody-knows'] })
    expect(outcomes(good)).toEqual([
      'resolve passed',
      'connect passed',
      'tls skipped',
      'discovery passed',
      'client passed',
      'mapping passed',
    ])
    expect(good.gets).toEqual([{ role: 'manager', equipment: [AREA] }])
    const gone = await attempt({ kind: 'oidc', settings: oidc({ issuer: 'http://127.0.0.1:9' }) })
    expect(outcomes(gone).slice(0, 3)).toEqual(['resolve passed', 'connect failed', 'tls skipped'])
    expect(gone.stages[1]?.detail?.en).toMatch(/check the port/)
    const inside = await attempt({ kind: 'oidc', settings: oidc({ issuer: 'http://127.0.0.2:9' }) })
    expect(inside.stages[0]).toMatchObject({ outcome: 'failed' })
    expect(inside.stages[0]?.detail?.en).toContain('GEMBA_OUTGOING_ALLOW')
  })

  it('does not answer for another one that was asked before it was connected', async () => {
    const other = await startForgingProvider(['leads'])
    const begun = await server.call('GET', '/api/sign-in/oidc/start', { from: '127.8.0.3' })
    const trip = String(begun.headers['set-cookie']?.[0]?.split(';')[0])
    await put('oidc', oidc({ issuer: other.issuer }))
    const query = other.letThrough(new URL(String(begun.headers.location)), 's-1')
    const back = await server.call('GET', `/api/sign-in/oidc/callback?${query}`, { cookie: trip, from: '127.8.0.3' })
    expect(back.headers.location).toBe('/sign-in?refused=SINGLE_SIGN_ON_REFUSED&why=trip')
    await put('oidc', oidc())
    await other.stop()
  })

  it('lets nobody in any more once it is removed, also after a restart', async () => {
    const answer = await server.call('DELETE', `${CONNECTIONS}/oidc`, { cookie: admin })
    expect(identityConnections.parse(answer.json()).oidc).toBeNull()
    expect((await server.call('GET', '/api/sign-in/oidc/start')).status).toBe(404)
    const again = await server.call('DELETE', `${CONNECTIONS}/oidc`, { cookie: admin })
    expect(again.problem().code).toBe('CONNECTION_UNKNOWN')
    await server.restart()
    expect((await show()).oidc).toBeNull()
  })
})

describe.skipIf(!existsSync('/usr/sbin/slapd'))('a directory that is connected on the page', () => {
  let directory: RunningDirectory
  const change = (more: Partial<DirectoryChange> = {}): DirectoryChange => ({
    url: directory.url,
    startTls: true,
    caPem: readFileSync(directory.caFile, 'utf8').trim(),
    bindDn: DIRECTORY.reader,
    bindPassword: DIRECTORY.readerPassword,
    base: DIRECTORY.base,
    userFilter: '(uid={user})',
    userAttribute: 'uid',
    nameAttribute: 'cn',
    groupBase: DIRECTORY.groupBase,
    groupFilter: '(member={dn})',
    groupAttribute: 'cn',
    groups: [{ group: 'quality-engineers', roles: ['quality'], equipment: null }],
    timeoutMs: 5_000,
    ...more,
  })
  const signIn = (password: string) =>
    server.call('POST', '/api/sessions', { json: { user: 'sun.li', password }, from: '127.8.0.2' })
  const tried = (more: Partial<DirectoryChange>, sample = 'sun.li') =>
    attempt({ kind: 'directory', settings: change(more), sample })

  beforeAll(async () => {
    directory = await startDirectory()
  })
  afterAll(() => directory?.stop())

  it('lets people in at once with its certificate pasted in', async () => {
    expect((await put('directory', change())).status).toBe(200)
    expect((await signIn('directory-password-1')).status).toBe(200)
    expect((await show()).directory).toMatchObject({ setBy: 'page', hasSecret: true })
  })

  it('is tried step by step, and each failure says what to do', async () => {
    expect(outcomes(await tried({}))).toEqual([
      'resolve passed',
      'connect passed',
      'tls passed',
      'bind passed',
      'search passed',
      'mapping passed',
    ])
    const failing: [Partial<DirectoryChange>, string, RegExp][] = [
      [{ caPem: null }, 'tls', /certificate of/],
      [{ bindPassword: 'wrong' }, 'bind', /full DN and password/],
      [{ userFilter: '(uid=nobody-{user})' }, 'search', /knows nobody/],
      [{ base: 'ou=none,dc=example,dc=com' }, 'search', /search base|knows nobody/],
      [{ url: 'ldap://127.0.0.1:9' }, 'connect', /check the port/],
    ]
    for (const [more, stage, text] of failing) {
      const { stages, ok } = await tried(more)
      const failed = stages.find(({ outcome }) => outcome === 'failed')
      expect([more, ok, failed?.stage]).toEqual([more, false, stage])
      expect(failed?.detail?.en).toMatch(text)
    }
    expect((await tried({}, 'guest')).gets).toEqual([])
  })

  it('does not send its password to another address, nor in the clear', async () => {
    const { bindPassword: _password, ...rest } = change()
    const fieldOf = async (more: object) => (await put('directory', { ...rest, ...more })).problem().facts?.['field']
    expect(await fieldOf({ url: 'ldap://127.0.0.1:1389' })).toBe('bindPassword')
    expect(await fieldOf({ startTls: false })).toBe('startTls')
    expect((await put('directory', { ...rest, timeoutMs: 6_000 })).status).toBe(200)
    expect((await signIn('directory-password-1')).status).toBe(200)
  })
})
