/** Real: the whole server with its stores. Who gets in, who stays out, and what a browser is told. */
import { sessionAnswer } from '@gemba/contracts/api'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../application.ts'
import { type Answer, type Call, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'

let server: RunningApplication
let database: DataSource

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
})
afterAll(() => server.stop())

const post = (user: string, password: string, call: Call = {}): Promise<Answer> =>
  server.call('POST', '/api/sessions', { json: { user, password }, ...call })
const current = (cookie?: string): Promise<Answer> =>
  server.call('GET', '/api/sessions/current', cookie === undefined ? {} : { cookie })
const setCookie = (answer: Answer): string => String(answer.headers['set-cookie']?.[0])
const cookieOf = (answer: Answer): string => String(setCookie(answer).split(';')[0])
const attributes = (answer: Answer): string[] => setCookie(answer).split('; ').slice(1).sort()
const unlock = () => database.query('UPDATE user_account SET failed_tries = 0, locked_until = NULL')

describe('the right password', () => {
  it('opens a session that says who it is', async () => {
    const answer = await post(' Manager ', PASSWORD)
    expect(answer.status).toBe(200)
    const session = sessionAnswer.strict().parse(answer.json())
    expect(session).toMatchObject({ user: 'manager', roles: ['manager'], enterprise: { en: 'Works' } })
    expect(session.expiresAt).toBeGreaterThan(session.serverTime)
    const again = await current(cookieOf(answer))
    expect(sessionAnswer.parse(again.json()).user).toBe('manager')
  })

  it('sets a cookie no script can read, that ends with the browser unless the user wants to stay', async () => {
    const brief = await post('admin', PASSWORD)
    expect(attributes(brief)).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax'])
    const kept = await server.call('POST', '/api/sessions', { json: { user: 'admin', password: PASSWORD, keep: true } })
    expect(attributes(kept)).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax'])
  })

  it('gives every session another secret, of which the store keeps only a hash', async () => {
    const secrets = [cookieOf(await post('admin', PASSWORD)), cookieOf(await post('admin', PASSWORD))].map(
      (cookie) => cookie.split('=')[1] ?? '',
    )
    expect(new Set(secrets).size).toBe(2)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(32)
    const rows = JSON.stringify(await database.query('SELECT * FROM session'))
    for (const secret of secrets) expect(rows).not.toContain(secret)
    expect(JSON.stringify(await database.query('SELECT * FROM user_account'))).not.toContain(PASSWORD)
  })
})

describe('a wrong password and an unknown user', () => {
  /** What somebody learns who tries five passwords for a name. */
  const trials = async (user: string, from: string): Promise<unknown[]> => {
    const seen: unknown[] = []
    for (let round = 0; round < 7; round += 1) {
      const answer = await post(user, `wrong ${round}`, { from })
      seen.push([answer.problem(), Number(answer.headers['retry-after'] ?? 0) > 0])
    }
    return seen
  }

  it('look alike, from the first try to the lock', async () => {
    const known = await trials('quality', '127.0.1.1')
    const unknown = await trials('nobody-of-that-name', '127.0.1.2')
    expect(unknown).toEqual(known)
    expect(known.map((entry) => (entry as [{ code: string }])[0].code)).toEqual([
      ...new Array<string>(4).fill('SIGN_IN_REFUSED'),
      ...new Array<string>(3).fill('ACCOUNT_LOCKED'),
    ])
    await unlock()
  })

  it('take the same time', async () => {
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    const timed = async (kind: keyof typeof times, user: string) => {
      const startedAt = performance.now()
      await post(user, 'not the password', { from: '127.0.1.3' })
      times[kind].push(performance.now() - startedAt)
    }
    for (const user of ['manager', 'analyst', 'executive', 'quality', 'operator', 'manager', 'analyst', 'executive']) {
      await timed('known', user)
      await timed('unknown', `${user}-${times.unknown.length}`)
    }
    // The quickest of each: a loaded machine makes answers slower, never quicker.
    const ratio = Math.min(...times.known) / Math.min(...times.unknown)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
    await unlock()
  })

  it('set no cookie', async () => {
    expect((await post('admin', 'wrong', { from: '127.0.1.4' })).headers['set-cookie']).toBeUndefined()
    await unlock()
  })

  const odd: [string, unknown][] = [
    ['no body', undefined],
    ['a list', []],
    ['a number as user', { user: 1, password: PASSWORD }],
    ['a condition as user', { user: { $ne: '' }, password: PASSWORD }],
    ['an empty password', { user: 'admin', password: '' }],
    ['a password of 501 characters', { user: 'admin', password: 'x'.repeat(501) }],
    ['a field too many', { user: 'admin', password: PASSWORD, roles: ['admin'] }],
  ]
  for (const [what, json] of odd)
    it(`refuses ${what} as input`, async () => {
      const answer = await server.call('POST', '/api/sessions', json === undefined ? {} : { json })
      expect(answer.problem().code).toBe('INPUT_INVALID')
    })

  it('refuses names that no account can have like any other unknown one', async () => {
    for (const user of ["admin' OR '1'='1", 'admin\0', '\ud800', 'admin--', '管理员']) {
      const answer = await post(user, PASSWORD, { from: '127.0.1.5' })
      expect([user, answer.problem().code]).toEqual([user, 'SIGN_IN_REFUSED'])
    }
  })
})

describe('repeated failures', () => {
  const from = '127.0.2.1'

  it('lock the account, for the right password too, and no other account', async () => {
    for (let round = 0; round < 5; round += 1) await post('operator', 'wrong', { from })
    const locked = await post('operator', PASSWORD, { from })
    expect(locked.problem()).toMatchObject({ code: 'ACCOUNT_LOCKED', facts: { minutes: 15 } })
    expect(Number(locked.headers['retry-after'])).toBe(900)
    expect((await post('analyst', PASSWORD, { from })).status).toBe(200)
  })

  it('are forgiven when the lock has run out, and count from zero then', async () => {
    await database.query(`UPDATE user_account SET locked_until = now() - interval '1 second' WHERE id = 'operator'`)
    expect((await post('operator', 'wrong', { from })).problem().facts).toMatchObject({ triesLeft: 4 })
    expect((await post('operator', PASSWORD, { from })).status).toBe(200)
    expect((await post('operator', 'wrong', { from })).problem().facts).toMatchObject({ triesLeft: 4 })
    await unlock()
  })

  it('at the same moment lock as well', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post('executive', 'wrong', { from: '127.0.2.2' })),
    )
    expect(answers.map((answer) => answer.problem().code)).toContain('ACCOUNT_LOCKED')
    expect((await post('executive', PASSWORD, { from: '127.0.2.2' })).problem().code).toBe('ACCOUNT_LOCKED')
    await unlock()
  })

  it('for ever new names from one address are slowed down, and only for that address', async () => {
    let tried = 0
    let refused: Answer | null = null
    while (!refused && tried < 60) {
      tried += 1
      const answer = await post(`name-${tried}`, 'wrong', { from: '127.0.2.3' })
      if (answer.problem().code === 'TOO_MANY_REQUESTS') refused = answer
    }
    expect(tried).toBeGreaterThan(30)
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0)
    // Several at once: on a loaded machine one of them may meet a share that has come back meanwhile.
    const crowd = await Promise.all(Array.from({ length: 8 }, () => post('admin', PASSWORD, { from: '127.0.2.3' })))
    expect(crowd.map(({ status }) => status)).toContain(429)
    expect((await post('admin', PASSWORD, { from: '127.0.2.4' })).status).toBe(200)
  })
})

describe('a session', () => {
  it('ends at once when its user signs out, and no other does', async () => {
    const [mine, other] = [await server.signIn(), await server.signIn()]
    expect((await current(mine)).status).toBe(200)
    const out = await server.call('DELETE', '/api/sessions/current', { cookie: mine })
    expect(out.status).toBe(204)
    expect(setCookie(out)).toBe('gemba_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
    expect((await current(mine)).problem().code).toBe('NOT_SIGNED_IN')
    expect((await current(other)).status).toBe(200)
    expect((await server.call('DELETE', '/api/sessions/current')).status).toBe(204)
  })

  it('ends when it was not used for long, and at its last day', async () => {
    for (const change of [`used_at = now() - interval '13 hours'`, `expires_at = now() - interval '1 second'`]) {
      await database.query('DELETE FROM session')
      const cookie = await server.signIn()
      await database.query(`UPDATE session SET ${change}`)
      expect([change, (await current(cookie)).problem().code]).toEqual([change, 'NOT_SIGNED_IN'])
    }
  })

  it('is not made of what somebody sends', async () => {
    const made = ['x', '', '%', 'a'.repeat(200), "' OR 1=1 --", Buffer.alloc(32).toString('base64url')]
    for (const id of made) expect((await current(`gemba_session=${id}`)).problem().code).toBe('NOT_SIGNED_IN')
  })

  it('opens what its roles allow and nothing else', async () => {
    const [operator, quality] = [await server.signIn('operator'), await server.signIn('quality')]
    const read = async (cookie: string) => (await server.call('GET', '/api/quarantine', { cookie })).status
    expect([await read(operator), await read(quality)]).toEqual([403, 200])
  })
})

describe('every route of the running application', () => {
  it('refuses a caller without session and token, but for the public ones', async () => {
    const open: string[] = []
    const paths = Object.entries(openApiDocument(server.app).paths)
    expect(paths.length).toBeGreaterThan(8)
    for (const [path, methods] of paths)
      for (const method of Object.keys(methods)) {
        const answer = await server.call(method.toUpperCase(), path.replace(/\{\w+\}/g, 'oee'), { from: '127.0.3.1' })
        if (![401, 403].includes(answer.status)) open.push(`${method} ${path} ${answer.status}`)
      }
    expect(open.sort()).toEqual([
      'delete /api/sessions/current 204',
      'get /api/delivery-files/open/{token} 404',
      'get /api/health 200',
      'get /api/sign-in/oidc/callback 404',
      'get /api/sign-in/oidc/start 404',
      'get /api/sign-in/ways 200',
      'post /api/pairing 201',
      'post /api/pairing/claim 400',
      'post /api/sessions 400',
      'post /api/share-visits/{link} 400',
    ])
  })
})

describe('a request from another site', () => {
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of foreign)
    it(`changes nothing: ${JSON.stringify(headers)}`, async () => {
      const cookie = await server.signIn()
      const calls: [string, string, Call][] = [
        ['DELETE', '/api/sessions/current', {}],
        ['POST', '/api/sessions', { json: { user: 'admin', password: PASSWORD } }],
        ['POST', '/api/boards/oee/data', { json: {} }],
        ['POST', '/api/boards/oee/data', { body: '{}', headers: { 'content-type': 'text/plain' } }],
      ]
      for (const [method, path, call] of calls) {
        const answer = await server.call(method, path, { ...call, cookie, headers: { ...call.headers, ...headers } })
        expect(answer.problem().code).toBe('ORIGIN_REFUSED')
      }
      expect((await current(cookie)).status).toBe(200)
    })

  it('is told apart from one of our own page', async () => {
    const cookie = await server.signIn()
    const headers = { origin: server.url, 'sec-fetch-site': 'same-origin' }
    const answer = await server.call('DELETE', '/api/sessions/current', { cookie, headers })
    expect(answer.status).toBe(204)
  })

  it('reads nothing: no answer allows another origin', async () => {
    const cookie = await server.signIn()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await server.call(method, '/api/sessions/current', { cookie, headers })
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })
})

describe('every answer', () => {
  const paths = ['/api/health', '/api/nothing', '/api/catalog', '/api/docs-json', '/', '/assets/none.js', '/api/%zz']

  for (const path of paths)
    it(`of ${path} carries the security headers`, async () => {
      const { headers } = await server.call('GET', path)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      })
      expect(headers['x-powered-by']).toBeUndefined()
    })

  it('lets no foreign or inline script run and no other page frame us', async () => {
    const policy = String((await server.call('GET', '/')).headers['content-security-policy'])
    const directives = new Map(
      policy.split('; ').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)]),
    )
    expect(directives.get('default-src')).toEqual(["'self'"])
    expect(directives.get('script-src')).toEqual(["'self'"])
    expect(directives.get('object-src')).toEqual(["'none'"])
    expect(directives.get('base-uri')).toEqual(["'none'"])
    expect(directives.get('frame-ancestors')).toEqual(["'none'"])
    expect(directives.get('form-action')).toEqual(["'self'"])
  })
})
