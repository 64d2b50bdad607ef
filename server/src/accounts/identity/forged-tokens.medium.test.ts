/** Real: the whole server with its stores. The provider is one that signs whatever it is told to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditPage } from '@gemba/contracts/audit'
import { proofBegun, proofState } from '@gemba/contracts/proof'
import { enrolment, sessionAnswer } from '@gemba/contracts/sign-in'
import { signatureRow } from '@gemba/contracts/signature'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { log } from '../../http/log.ts'
import { totpCode, unbase32 } from '../second-factor/totp-fixture.ts'
import { type ForgingProvider, startForgingProvider } from './forging-provider-fixture.ts'

const PUBLIC_URL = 'http://gemba.test'

let folder: string
let provider: ForgingProvider
let server: RunningApplication
let callers = 0
const from = (): string => `127.7.0.${(callers += 1) % 250}`

beforeAll(async () => {
  provider = await startForgingProvider(['quality-leads'])
  folder = mkdtempSync(join(tmpdir(), 'gemba-forged-'))
  const file = join(folder, 'identity.json')
  const oidc = {
    issuer: provider.issuer,
    ...provider.client,
    publicUrl: PUBLIC_URL,
    roles: { 'quality-leads': ['quality'] },
    secondFactorValues: ['mfa'],
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
beforeEach(() => provider.forge({}))

function cookieOf(answer: Answer, name: string): string {
  const line = (answer.headers['set-cookie'] ?? []).find((each) => each.startsWith(`${name}=`)) ?? ''
  return line.split(';')[0] ?? ''
}
const locationOf = (answer: Answer): string => String(answer.headers.location)

async function setOut(query = '', cookie = ''): Promise<{ location: URL; trip: string }> {
  const answer = await server.call('GET', `/api/sign-in/oidc/start${query}`, { cookie, from: from() })
  if (answer.status !== 302) throw new Error(answer.text)
  return { location: new URL(locationOf(answer)), trip: cookieOf(answer, 'gemba_oidc') }
}
const comeBack = (query: string, cookie: string): Promise<Answer> =>
  server.call('GET', `/api/sign-in/oidc/callback?${query}`, { cookie, from: from() })

async function enter(sub = 'f-1'): Promise<{ target: string; session: string }> {
  const { location, trip } = await setOut()
  const answer = await comeBack(provider.letThrough(location, sub), trip)
  return { target: locationOf(answer), session: cookieOf(answer, 'gemba_session') }
}
const needsOf = async (cookie: string): Promise<readonly string[]> =>
  sessionAnswer.parse((await server.call('GET', '/api/sessions/current', { cookie })).json()).needs
const post = (cookie: string, path: string, json: unknown): Promise<Answer> =>
  server.call('POST', path, { cookie, json, from: from() })
const codeIn = async (answer: Promise<Answer>): Promise<string> => {
  const given = await answer
  return given.status < 400 ? 'ok' : given.problem().code
}

const REFUSED = '/sign-in?refused=SINGLE_SIGN_ON_REFUSED'

describe('a token of the provider', () => {
  it('lets in when it is right', async () => {
    const { target, session } = await enter()
    expect(target).toBe('/')
    expect(session).not.toBe('')
  })

  it.each([
    ['for another audience', { claims: { aud: 'somebody-else' } }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['without a nonce', { claims: { nonce: null } }],
    ['that is over', { claims: { exp: Math.floor(Date.now() / 1000) - 3_600 } }],
    ['of tomorrow', { claims: { nbf: Math.floor(Date.now() / 1000) + 86_400 } }],
    ['about somebody else than the user info', { claims: { sub: 'f-2' } }],
    ['signed by another key', { signed: 'badly' as const }],
    ['not signed', { signed: 'not-at-all' as const }],
  ])('%s lets nobody in, and the security log says so', async (_what, forgery) => {
    const warn = vi.spyOn(log, 'warn')
    provider.forge(forgery)
    const { target, session } = await enter()
    expect([target.split('&')[0], session]).toEqual([REFUSED, ''])
    expect(target).toMatch(/&why=provider$/)
    const facts = warn.mock.calls.map(([first]) => first as unknown as Record<string, unknown>)
    expect(facts).toContainEqual(
      expect.objectContaining({ securityEvent: 'sign-in.refused', means: 'oidc', why: expect.stringMatching(/\w{4}/) }),
    )
    warn.mockRestore()
  })

  it('lets in once: neither the code nor the way back counts again', async () => {
    const { location, trip } = await setOut()
    const query = provider.letThrough(location, 'f-1')
    expect(locationOf(await comeBack(query, trip))).toBe('/')
    expect(locationOf(await comeBack(query, trip))).toContain(REFUSED)
  })

  it('does not count when the way back names another provider', async () => {
    const { location, trip } = await setOut()
    const query = new URLSearchParams(provider.letThrough(location, 'f-1'))
    query.set('iss', 'https://evil.example')
    expect(locationOf(await comeBack(query.toString(), trip))).toContain(REFUSED)
  })

  it('ends the session that the browser had before', async () => {
    const { session: before } = await enter('f-3')
    const { location, trip } = await setOut()
    const answer = await comeBack(provider.letThrough(location, 'f-1'), `${trip}; ${before}`)
    expect(cookieOf(answer, 'gemba_session')).not.toBe('')
    expect(await codeIn(server.call('GET', '/api/profile', { cookie: before }))).toBe('NOT_SIGNED_IN')
  })
})

describe('a second factor of people of a provider', () => {
  const require = async (roles: readonly string[]): Promise<void> => {
    const admin = await server.signIn('admin')
    const read = await server.call('GET', '/api/sign-in/settings', { cookie: admin })
    const json = { ...(read.json() as object), secondFactorRoles: roles }
    expect((await server.call('PUT', '/api/sign-in/settings', { cookie: admin, json })).status).toBe(200)
  }

  it('is believed only in words that count here, and only when they are signed', async () => {
    await require(['quality'])
    for (const [claims, needs] of [
      [{ amr: ['pwd', 'mfa'] }, []],
      [{ acr: 'mfa' }, []],
      [{ amr: ['pwd'] }, ['second-factor']],
      [{ amr: 'mfa' }, ['second-factor']],
      [{}, ['second-factor']],
    ] as const) {
      provider.forge({ claims })
      expect([claims, await needsOf((await enter('f-4')).session)]).toEqual([claims, needs])
    }
    await require([])
  })

  it('is enrolled after a proof at the provider, asked for at the next sign-in, and locks when guessed', async () => {
    const { session } = await enter('f-5')
    expect(await codeIn(post(session, '/api/profile/second-factor', {}))).toBe('PROOF_NEEDED')
    const proof = await prove(session, { kind: 'second-factor' }, 'f-5')
    const begun = enrolment.parse((await post(session, '/api/profile/second-factor', { proof })).json())
    const secret = unbase32(begun.secret)
    const code = totpCode(secret, 0)
    expect(await codeIn(post(session, '/api/profile/second-factor/proof', { code }))).toBe('ok')
    // The present session has just given it.
    expect(await needsOf(session)).toEqual([])
    const { session: next } = await enter('f-5')
    expect(await needsOf(next)).toEqual(['code'])
    expect(await codeIn(server.call('GET', '/api/tokens', { cookie: next }))).toBe('SECOND_FACTOR_PENDING')
    expect(await codeIn(post(next, '/api/profile/second-factor/pass', { code: totpCode(secret, 1) }))).toBe('ok')
    expect(await needsOf(next)).toEqual([])
    const { session: guessing } = await enter('f-5')
    for (let round = 0; round < 5; round += 1)
      await post(guessing, '/api/profile/second-factor/pass', { code: '00000x' })
    expect(await codeIn(post(guessing, '/api/profile/second-factor/pass', { code: '000000' }))).toBe('ACCOUNT_LOCKED')
  })
})

/** Gives a proof at the provider as a browser would, in the window beside the page. */
async function prove(session: string, purpose: object, sub: string): Promise<string> {
  const begun = proofBegun.parse((await post(session, '/api/proofs', purpose)).json())
  const { location, trip } = await setOut(`?proof=${begun.id}`, session)
  expect(Object.fromEntries(location.searchParams)).toMatchObject({ prompt: 'login', max_age: '0' })
  await comeBack(provider.letThrough(location, sub), `${trip}; ${session}`)
  return begun.id
}

describe('a proof at the provider', () => {
  const stateOf = async (session: string, id: string): Promise<string> =>
    proofState.parse((await server.call('GET', `/api/proofs/${id}`, { cookie: session })).json()).state
  const begin = async (session: string): Promise<string> =>
    proofBegun.parse((await post(session, '/api/proofs', { kind: 'second-factor' })).json()).id

  const record = async () => {
    const admin = await server.signIn('admin')
    const page = auditPage.parse((await server.call('GET', '/api/audit?stream=access', { cookie: admin })).json())
    const entry = page.entries.at(-1)
    const kind = 'audit-review'
    const id = `access:${entry?.seq}`
    const contentHash = entry?.hash ?? ''
    const purpose = { kind: 'signature', record: { kind, id }, contentHash, meaning: 'review' }
    return { request: { kind, id, contentHash, meaning: 'review' }, purpose }
  }

  it('signs one record once, in place of a password', async () => {
    const { session } = await enter('f-6')
    const { request, purpose } = await record()
    expect(await codeIn(post(session, '/api/signatures', request))).toBe('PROOF_NEEDED')
    const proof = await prove(session, purpose, 'f-6')
    expect(await stateOf(session, proof)).toBe('proved')
    const signed = await post(session, '/api/signatures', { ...request, proof })
    expect(signatureRow.parse(signed.json())).toMatchObject({ signer: 'forged.f-6', state: 'valid' })
    const [row] = await server.app
      .get(DataSource)
      .query<{ proof: string }[]>(`SELECT proof FROM signature WHERE signer = 'forged.f-6'`)
    expect(row?.proof).toBe('provider')
    expect(await codeIn(post(session, '/api/signatures', { ...request, proof }))).toBe('PROOF_REFUSED')
  })

  it('counts for what it was given for, and in the session that asked', async () => {
    const { session } = await enter('f-6')
    const { request, purpose } = await record()
    const proof = await prove(session, { ...purpose, meaning: 'approval' }, 'f-6')
    expect(await codeIn(post(session, '/api/signatures', { ...request, proof }))).toBe('PROOF_REFUSED')
    const { session: other } = await enter('f-6')
    const own = await prove(session, purpose, 'f-6')
    expect(await codeIn(post(other, '/api/signatures', { ...request, proof: own }))).toBe('PROOF_REFUSED')
    expect(await codeIn(server.call('GET', `/api/proofs/${own}`, { cookie: other }))).toBe('PROOF_REFUSED')
    expect(await codeIn(post(session, '/api/signatures', { ...request, proof: own }))).toBe('ok')
  })

  it('is not given when the provider did not ask anew, does not say when, or vouches for somebody else', async () => {
    const { session } = await enter('f-6')
    const hourAgo = Math.floor(Date.now() / 1000) - 3_600
    for (const claims of [{ auth_time: hourAgo }, { auth_time: null }]) {
      provider.forge({ claims })
      const id = await prove(session, { kind: 'second-factor' }, 'f-6')
      expect([claims, await stateOf(session, id)]).toEqual([claims, 'refused'])
    }
    provider.forge({})
    const id = await prove(session, { kind: 'second-factor' }, 'f-7')
    expect(await stateOf(session, id)).toBe('refused')
    expect(await codeIn(post(session, '/api/profile/second-factor', { proof: id }))).toBe('PROOF_REFUSED')
  })

  it('does not begin or end with the cookie of another session', async () => {
    const { session } = await enter('f-6')
    const { session: other } = await enter('f-6')
    const id = await begin(session)
    const foreign = server.call('GET', `/api/sign-in/oidc/start?proof=${id}`, { cookie: other, from: from() })
    expect(await codeIn(foreign)).toBe('PROOF_REFUSED')
    const { location, trip } = await setOut(`?proof=${id}`, session)
    const back = await comeBack(provider.letThrough(location, 'f-6'), `${trip}; ${other}`)
    expect(locationOf(back)).toMatch(/^\/proof\?state=refused/)
    expect(cookieOf(back, 'gemba_session')).toBe('')
    expect(await stateOf(session, id)).toBe('refused')
  })

  it('opens no session, and is not for people who have a password here', async () => {
    const { session } = await enter('f-6')
    const id = await begin(session)
    const { location, trip } = await setOut(`?proof=${id}`, session)
    const back = await comeBack(provider.letThrough(location, 'f-6'), `${trip}; ${session}`)
    expect([locationOf(back), cookieOf(back, 'gemba_session')]).toEqual(['/proof?state=proved', ''])
    const admin = await server.signIn('admin')
    expect(await codeIn(post(admin, '/api/proofs', { kind: 'second-factor' }))).toBe('PROOF_ELSEWHERE')
  })
})
