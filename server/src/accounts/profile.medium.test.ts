/** Real: the whole server with its stores, and the client library that browsers use. Own account, second factor, sessions. */
import {
  enrolment,
  profileAnswer,
  recoveryCodes,
  sessionAnswer,
  sessionList,
  signInSettings,
} from '@gemba/contracts/sign-in'
import { type Socket, io } from 'socket.io-client'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answer, type Call, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'
import { totpCode, unbase32 } from './second-factor/totp-fixture.ts'

const NEXT = 'horse window calendar 9'

let server: RunningApplication
let database: DataSource
let callers = 0

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
})
afterAll(() => server.stop())
beforeEach(async () => {
  await database.query('UPDATE user_account SET failed_tries = 0, locked_until = NULL')
})

const ok = (answer: Answer): Answer => {
  if (answer.status >= 400) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}
const signIn = (user: string, more: object = {}): Promise<Answer> => {
  callers += 1
  const json = { user, password: PASSWORD, ...more }
  return server.call('POST', '/api/sessions', { json, from: `127.1.0.${callers % 250}` })
}
const cookieOf = (answer: Answer): string => String(ok(answer).headers['set-cookie']?.[0]?.split(';')[0])
const post = (cookie: string, path: string, json: object = {}, more: Call = {}): Promise<Answer> =>
  server.call('POST', path, { cookie, json, ...more })
const codeIn = async (answer: Promise<Answer>): Promise<string> => {
  const given = await answer
  return given.status < 400 ? 'ok' : given.problem().code
}
const current = (cookie: string) => codeIn(server.call('GET', '/api/sessions/current', { cookie }))

/** Base 32 back to bytes, as an authenticator reads it. */
async function enrol(user: string): Promise<{ cookie: string; secret: Buffer; codes: string[] }> {
  const cookie = cookieOf(await signIn(user))
  const begun = enrolment.parse(ok(await post(cookie, '/api/profile/second-factor', { password: PASSWORD })).json())
  const secret = unbase32(begun.secret)
  const proved = await post(cookie, '/api/profile/second-factor/proof', { code: totpCode(secret) })
  return { cookie, secret, codes: recoveryCodes.parse(ok(proved).json()).codes }
}

describe('the own password', () => {
  it('is changed with the old one; whoever else was in is out', async () => {
    const [mine, other] = [cookieOf(await signIn('analyst')), cookieOf(await signIn('analyst'))]
    expect(await codeIn(post(mine, '/api/profile/password', { current: 'wrong', next: NEXT }))).toBe('SIGN_IN_REFUSED')
    expect(await codeIn(post(mine, '/api/profile/password', { current: PASSWORD, next: NEXT }))).toBe('ok')
    expect([await current(mine), await current(other)]).toEqual(['ok', 'NOT_SIGNED_IN'])
    expect(await codeIn(signIn('analyst'))).toBe('SIGN_IN_REFUSED')
    expect(await codeIn(signIn('analyst', { password: NEXT }))).toBe('ok')
  })

  it('is refused with the reason when it would be tried first', async () => {
    const cookie = cookieOf(await signIn('executive'))
    const why = async (next: string) =>
      (await post(cookie, '/api/profile/password', { current: PASSWORD, next })).problem().facts
    expect(await why('short')).toEqual({ why: 'short' })
    expect(await why('Password2026!')).toEqual({ why: 'common' })
    expect(await why('abcabcabcabc')).toEqual({ why: 'pattern' })
    expect(await why(PASSWORD)).toEqual({ why: 'same' })
  })

  it('set by an administrator opens nothing but its own change', async () => {
    const admin = cookieOf(await signIn('admin'))
    const before = cookieOf(await signIn('operator'))
    const { password } = ok(await post(admin, '/api/accounts/operator/one-time-password')).json() as {
      password: string
    }
    expect(await current(before)).toBe('NOT_SIGNED_IN')
    const cookie = cookieOf(await signIn('operator', { password }))
    const answer = sessionAnswer.parse((await server.call('GET', '/api/sessions/current', { cookie })).json())
    expect(answer.needs).toEqual(['password'])
    expect(await codeIn(server.call('GET', '/api/boards', { cookie }))).toBe('PASSWORD_CHANGE_NEEDED')
    expect(await codeIn(post(cookie, '/api/profile/password', { current: password, next: NEXT }))).toBe('ok')
    expect(await codeIn(server.call('GET', '/api/boards', { cookie }))).toBe('ok')
    expect(await codeIn(signIn('operator', { password }))).toBe('SIGN_IN_REFUSED')
  })

  it('of others is no business of anybody but an administrator', async () => {
    const manager = cookieOf(await signIn('manager'))
    for (const path of ['one-time-password', 'nothing'].map((end) => `/api/accounts/admin/${end}`))
      expect(['NO_ACCESS', 'ROUTE_UNKNOWN']).toContain(await codeIn(post(manager, path)))
    const admin = cookieOf(await signIn('admin'))
    for (const user of ['nobody', "x' OR 1=1 --", '%00', 'аdmin'])
      expect(await codeIn(post(admin, `/api/accounts/${encodeURIComponent(user)}/one-time-password`))).toBe(
        'ACCOUNT_UNKNOWN',
      )
  })
})

describe('a second factor', () => {
  it('is enrolled with a QR code that holds no script, proved once, and asked for from then on', async () => {
    const cookie = cookieOf(await signIn('manager'))
    expect(await codeIn(post(cookie, '/api/profile/second-factor', { password: 'wrong' }))).toBe('SIGN_IN_REFUSED')
    const begun = enrolment.parse(ok(await post(cookie, '/api/profile/second-factor', { password: PASSWORD })).json())
    expect(begun.qrSvg).toMatch(/^<svg [^>]*>\s*<path /)
    expect(begun.qrSvg).not.toMatch(/script|onload|href/i)
    const secret = unbase32(begun.secret)
    // Not in force before it was proved.
    expect(await codeIn(signIn('manager'))).toBe('ok')
    const wrong = post(cookie, '/api/profile/second-factor/proof', { code: '000000' })
    expect(['SECOND_FACTOR_REFUSED']).toContain(await codeIn(wrong))
    const first = totpCode(secret)
    const proved = ok(await post(cookie, '/api/profile/second-factor/proof', { code: first }))
    expect(recoveryCodes.parse(proved.json()).codes).toHaveLength(10)
    expect(await codeIn(signIn('manager'))).toBe('SECOND_FACTOR_NEEDED')
    expect(await codeIn(signIn('manager', { code: first }))).toBe('SECOND_FACTOR_REFUSED')
    expect(await codeIn(signIn('manager', { code: totpCode(secret, 1) }))).toBe('ok')
    const stored = JSON.stringify(await database.query('SELECT * FROM user_account'))
    for (const form of [begun.secret, secret.toString('hex'), secret.toString('base64')])
      expect(stored).not.toContain(form)
  })

  it('takes each code once, also when it comes many times at the same moment', async () => {
    const { secret } = await enrol('quality')
    const code = totpCode(secret, 1)
    const answers = await Promise.all(Array.from({ length: 4 }, () => codeIn(signIn('quality', { code }))))
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1)
    expect(await codeIn(signIn('quality', { code }))).toMatch(/SECOND_FACTOR_REFUSED|ACCOUNT_LOCKED/)
  })

  it('does not help who knows the password to guess: wrong codes lock like wrong passwords', async () => {
    const { secret } = await enrol('executive')
    const seen: string[] = []
    for (let round = 0; round < 6; round += 1) seen.push(await codeIn(signIn('executive', { code: 'abcdef' })))
    expect(seen).toEqual([...new Array<string>(4).fill('SECOND_FACTOR_REFUSED'), 'ACCOUNT_LOCKED', 'ACCOUNT_LOCKED'])
    expect(await codeIn(signIn('executive', { code: totpCode(secret, 1) }))).toBe('ACCOUNT_LOCKED')
  })

  it('is replaced by a recovery code, each once, kept as hashes', async () => {
    const admin = cookieOf(await signIn('admin'))
    await server.call('DELETE', '/api/accounts/executive/second-factor', { cookie: admin })
    const { cookie, codes } = await enrol('executive')
    const rows = JSON.stringify(await database.query('SELECT * FROM recovery_code'))
    for (const code of codes) expect(rows).not.toContain(code)
    const [first = '', second = ''] = codes
    expect(await codeIn(signIn('executive', { code: first.toUpperCase().replaceAll('-', ' ') }))).toBe('ok')
    expect(await codeIn(signIn('executive', { code: first }))).toBe('SECOND_FACTOR_REFUSED')
    const profile = profileAnswer.parse((await server.call('GET', '/api/profile', { cookie })).json())
    expect(profile.secondFactor.recoveryCodesLeft).toBe(9)
    expect(await codeIn(signIn('quality', { code: second }))).toMatch(/SECOND_FACTOR_REFUSED|ACCOUNT_LOCKED/)
  })

  it('is asked of a role by a setting; until it is enrolled nothing else is open, sockets neither', async () => {
    const admin = cookieOf(await signIn('admin'))
    const settings = signInSettings.parse((await server.call('GET', '/api/sign-in/settings', { cookie: admin })).json())
    const change = (json: object) => server.call('PUT', '/api/sign-in/settings', { cookie: admin, json })
    ok(await change({ ...settings, secondFactorRoles: ['operator'] }))
    const cookie = cookieOf(await signIn('operator', { password: NEXT }))
    expect(await codeIn(server.call('GET', '/api/boards', { cookie }))).toBe('SECOND_FACTOR_MISSING')
    expect(await connect(cookie)).toBe('SECOND_FACTOR_MISSING')
    const begun = enrolment.parse(ok(await post(cookie, '/api/profile/second-factor', { password: NEXT })).json())
    const secret = unbase32(begun.secret)
    ok(await post(cookie, '/api/profile/second-factor/proof', { code: totpCode(secret) }))
    expect(await codeIn(server.call('GET', '/api/boards', { cookie }))).toBe('ok')
    const end = { password: NEXT, code: totpCode(secret, 1) }
    expect(await codeIn(post(cookie, '/api/profile/second-factor/end', end))).toBe('SECOND_FACTOR_REQUIRED')
    ok(await change({ ...settings, secondFactorRoles: [] }))
    // As if the next half minute had come.
    await database.query('UPDATE user_account SET totp_step = 0')
    const again = { password: NEXT, code: totpCode(secret) }
    expect(await codeIn(post(cookie, '/api/profile/second-factor/end', again))).toBe('ok')
    expect(await codeIn(signIn('operator', { password: NEXT }))).toBe('ok')
  })

  it('is not weakened by settings that do not exist', async () => {
    const cookie = cookieOf(await signIn('admin'))
    for (const json of [{}, { idleMinutes: 0 }, { secondFactorRoles: ['nobody'] }, []])
      expect(await codeIn(server.call('PUT', '/api/sign-in/settings', { cookie, json }))).toBe('INPUT_INVALID')
  })
})

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})

/** `ok` with an open connection, else why not. */
function connect(cookie: string): Promise<string> {
  const socket = io(`${server.url}/live`, {
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnection: false,
    forceNew: true,
  })
  sockets.push(socket)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('ok'))
    socket.once('connect_error', (error) => resolve(error.message))
  })
}
const lost = () =>
  vi.waitFor(() => expect(sockets.map(({ connected }) => connected)).toEqual([false]), {
    timeout: 60_000,
    interval: 50,
  })

describe('open sessions', () => {
  const own = async (cookie: string) =>
    sessionList.parse((await server.call('GET', '/api/profile/sessions', { cookie })).json()).sessions

  it('are listed with address and browser, and ended one by one, with their live connection', async () => {
    await database.query('DELETE FROM session')
    const mine = cookieOf(await signIn('admin'))
    const headers = { 'user-agent': 'Wall browser 1.0' }
    const json = { user: 'admin', password: PASSWORD }
    const other = cookieOf(await server.call('POST', '/api/sessions', { json, headers, from: '127.1.9.9' }))
    const list = await own(mine)
    expect(list.map(({ address, agent, current }) => ({ address, agent, current }))).toContainEqual({
      address: '127.1.9.9',
      agent: 'Wall browser 1.0',
      current: false,
    })
    expect(list.filter(({ current }) => current)).toHaveLength(1)
    expect(await connect(other)).toBe('ok')
    const target = list.find(({ current }) => !current)
    expect(await codeIn(server.call('DELETE', `/api/profile/sessions/${target?.id}`, { cookie: mine }))).toBe('ok')
    await lost()
    expect([await current(mine), await current(other)]).toEqual(['ok', 'NOT_SIGNED_IN'])
  })

  it('of others are out of reach, and their names are not betrayed', async () => {
    const mine = cookieOf(await signIn('analyst', { password: NEXT }))
    const admin = cookieOf(await signIn('admin'))
    const [foreign] = await own(admin)
    for (const id of [foreign?.id, '00000000-0000-0000-0000-000000000000', "' OR 1=1 --", 'x'])
      expect(
        await codeIn(server.call('DELETE', `/api/profile/sessions/${encodeURIComponent(id ?? '')}`, { cookie: mine })),
      ).toBe('SESSION_UNKNOWN')
    expect(await current(admin)).toBe('ok')
  })

  it('lose their live connection within five seconds, whoever ended them', async () => {
    const ways: [string, (cookie: string, admin: string) => Promise<unknown>][] = [
      [
        'an administrator',
        async (_cookie, admin) => {
          const path = '/api/accounts/analyst/sessions'
          const list = sessionList.parse((await server.call('GET', path, { cookie: admin })).json())
          for (const { id } of list.sessions) ok(await server.call('DELETE', `${path}/${id}`, { cookie: admin }))
        },
      ],
      ['another server', () => database.query(`DELETE FROM session WHERE account_id = 'analyst'`)],
      ['time', () => database.query(`UPDATE session SET expires_at = now() WHERE account_id = 'analyst'`)],
      ['the end of the account', () => database.query(`UPDATE user_account SET active = false WHERE id = 'analyst'`)],
    ]
    const admin = cookieOf(await signIn('admin'))
    for (const [, end] of ways) {
      const cookie = cookieOf(await signIn('analyst', { password: NEXT }))
      expect(await connect(cookie)).toBe('ok')
      await end(cookie, admin)
      await lost()
      await vi.waitFor(async () => expect(await current(cookie)).toBe('NOT_SIGNED_IN'), { timeout: 60_000 })
      sockets.splice(0)
    }
    await database.query('UPDATE user_account SET active = true')
  })

  it('change their secret while they are used; the old one that comes back later ends them', async () => {
    const first = cookieOf(await signIn('admin'))
    const age = (column: string, minutes: number) =>
      database.query(
        `UPDATE session SET ${column} = ${column} - interval '${minutes} minutes' WHERE account_id = 'admin'`,
      )
    await database.query(`DELETE FROM session WHERE account_id = 'admin'`)
    const old = cookieOf(await signIn('admin'))
    await age('rotated_at', 16)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.call('GET', '/api/profile', { cookie: old })),
    )
    const given = answers.flatMap((answer) => answer.headers['set-cookie'] ?? [])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(given).toHaveLength(1)
    const next = String(given[0]?.split(';')[0])
    expect(next).not.toBe(old)
    expect([await current(old), await current(next)]).toEqual(['ok', 'ok'])
    await age('confirmed_at', 2)
    await vi.waitFor(async () => expect(await current(old)).toBe('NOT_SIGNED_IN'), { timeout: 60_000, interval: 200 })
    expect(await current(next)).toBe('NOT_SIGNED_IN')
    expect(await current(first)).toBe('NOT_SIGNED_IN')
  })

  it('are not made of cookies that were changed, doubled or signed by somebody else', async () => {
    const cookie = cookieOf(await signIn('admin'))
    const [name = '', value = ''] = cookie.split('=')
    const [secret = '', signature = ''] = value.split('.')
    const odd = [
      `${name}=${secret}`,
      `${name}=${secret}.${signature.toLowerCase()}`,
      `${name}=${signature}.${secret}`,
      `${name}=${value}x`,
      `${name}=${value.replace('.', '%00.')}`,
      `${name}=forged; ${cookie}`,
      `gemba_device=${value}`,
    ]
    for (const each of odd) expect([each, await current(each)]).toEqual([each, 'NOT_SIGNED_IN'])
    expect(await current(`other=1; ${cookie}`)).toBe('ok')
  })
})
