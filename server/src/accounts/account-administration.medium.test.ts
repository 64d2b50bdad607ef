/** Real: the whole server with its stores. Accounts are made, changed and closed; somebody is always left to put things right. */
import { type AccountState, accountMade, accountState } from '@gemba/contracts/account'
import { auditPage } from '@gemba/contracts/audit'
import { WHOLE } from '@gemba/engine/rights/effective'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../application-fixture.ts'

let server: RunningApplication
let admin: string
beforeAll(async () => {
  server = await startApplication()
  admin = await server.signIn('admin')
})
afterAll(() => server.stop())

const call = (method: string, path: string, json?: unknown, cookie = admin): Promise<Answer> =>
  server.call(method, path, { cookie, ...(json === undefined ? {} : { json }) })
const state = async (user: string): Promise<AccountState> => {
  const answer = await call('GET', `/api/accounts/${user}`)
  if (answer.status !== 200) throw new Error(answer.text)
  return accountState.parse(answer.json())
}
const change = async (user: string, more: object, cookie = admin): Promise<Answer> => {
  const { name, roles, active } = await state(user)
  return call('PUT', `/api/accounts/${user}`, { name, roles, active, ...more }, cookie)
}
const name = { zh: '孙丽', en: 'Sun Li' }
let strangers = 0
const enter = (user: string, password: string): Promise<Answer> =>
  server.call('POST', '/api/sessions', { json: { user, password }, from: `127.7.0.${(strangers += 1)}` })

describe('an account', () => {
  it('that is made comes in with its one-time password and has to change it first', async () => {
    const made = await call('POST', '/api/accounts', { user: ' Sun.Li ', name, roles: ['operator'] })
    expect(made.status).toBe(201)
    const { user, password } = accountMade.parse(made.json())
    expect(user).toBe('sun.li')
    expect(await state(user)).toMatchObject({ active: true, mustChangePassword: true, lastSignIn: null, isOwn: false })
    const entered = await enter(user, password)
    expect(entered.json()).toMatchObject({ needs: ['password'], roles: ['operator'] })
    expect((await state(user)).lastSignIn?.at).toBeGreaterThan(Date.now() - 60_000)
    expect((await call('POST', '/api/accounts', { user, name, roles: ['operator'] })).problem().code).toBe(
      'ACCESS_CONFLICT',
    )
  })

  it('of a name that nobody can type or that hides something is refused', async () => {
    for (const user of ['', 'а', 'sun li', '../x', 'x'.repeat(61), '-x'])
      expect((await call('POST', '/api/accounts', { user, name, roles: ['operator'] })).problem().code).toBe(
        'INPUT_INVALID',
      )
    const hidden = { zh: '孙\u202e丽', en: 'Sun' }
    expect((await call('POST', '/api/accounts', { user: 'x', name: hidden, roles: ['operator'] })).status).toBe(400)
  })

  it('that is closed is out at once, and comes in again when it is opened', async () => {
    const cookie = await server.signIn('operator')
    expect((await change('operator', { active: false })).status).toBe(200)
    expect((await call('GET', '/api/sessions/current', undefined, cookie)).status).toBe(401)
    expect((await enter('operator', 'whatever it was')).problem().code).toBe('SIGN_IN_REFUSED')
    expect((await state('operator')).active).toBe(false)
    expect((await change('operator', { active: true })).status).toBe(200)
  })

  it('that loses a role loses its open sessions too, and the change is in the audit trail with what was before', async () => {
    const cookie = await server.signIn('manager')
    expect((await change('manager', { roles: ['operator'] })).status).toBe(200)
    expect((await call('GET', '/api/sessions/current', undefined, cookie)).status).toBe(401)
    const { entries } = auditPage.parse((await call('GET', '/api/audit?action=account.changed')).json())
    const entry = entries.find(({ object }) => object?.id === 'manager')
    expect(entry).toMatchObject({ actor: 'admin', before: { roles: ['manager'] }, after: { roles: ['operator'] } })
    await change('manager', { roles: ['manager'] })
  })

  it('is changed by administrators only', async () => {
    const cookie = await server.signIn('analyst')
    for (const [method, path] of [
      ['GET', '/api/accounts/admin'],
      ['PUT', '/api/accounts/admin'],
      ['POST', '/api/accounts'],
      ['GET', '/api/sign-in/connections'],
    ] as const)
      expect((await call(method, path, method === 'GET' ? undefined : {}, cookie)).problem().code).toBe('NO_ACCESS')
  })
})

describe('an administrator', () => {
  it('cannot close the own account, give up the own role, or narrow the own scope', async () => {
    expect((await change('admin', { active: false })).problem().code).toBe('ACCESS_CONFLICT')
    expect((await change('admin', { roles: ['manager'] })).problem().code).toBe('ACCESS_CONFLICT')
    for (const limit of [
      { equipment: ['SUZ'] },
      { departments: ['D1'] },
      { suppliers: ['S1'] },
      { customers: ['K1'] },
    ]) {
      const profile = { user: 'admin', scope: { ...WHOLE, ...limit }, attributes: {} }
      expect((await call('PUT', '/api/access/profiles', profile)).problem().code).toBe('ACCESS_CONFLICT')
    }
    expect(await state('admin')).toMatchObject({ active: true, roles: ['admin'], isOwn: true })
  })

  it('is always left, also when two of them close each other at the same moment', async () => {
    await change('analyst', { roles: ['admin'] })
    const other = await server.signIn('analyst')
    const answers = await Promise.all([
      change('analyst', { roles: ['analyst'] }),
      change('admin', { active: false, roles: ['admin'] }, other),
    ])
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(1)
    const [{ left }] = await server.app
      .get(DataSource)
      .query(`SELECT count(*)::int AS left FROM user_account WHERE active AND 'admin' = ANY(roles)`)
    expect(left).toBe(1)
    // Whoever won, the others of this file go on as before.
    await server.app.get(DataSource).query(`UPDATE user_account SET active = true WHERE id = 'admin'`)
    await server.app.get(DataSource).query(`UPDATE user_account SET roles = '{analyst}' WHERE id = 'analyst'`)
    admin = await server.signIn('admin')
  })
})

describe('an account of the directory', () => {
  it('gets name and roles there: here it can only be closed', async () => {
    await server.app.get(DataSource).query(`UPDATE user_account SET means = 'ldap' WHERE id = 'quality'`)
    const refused = await change('quality', { roles: ['admin'] })
    expect(refused.problem()).toMatchObject({ code: 'ACCESS_CONFLICT' })
    expect((await change('quality', { active: false })).status).toBe(200)
    await server.app
      .get(DataSource)
      .query(`UPDATE user_account SET means = 'password', active = true WHERE id = 'quality'`)
  })
})

describe('the connections to provider and directory', () => {
  it('are said to be none where there are none, and cannot be tried', async () => {
    expect((await call('GET', '/api/sign-in/connections')).json()).toEqual({ oidc: null, directory: null })
    for (const kind of ['oidc', 'directory'])
      expect((await call('POST', '/api/sign-in/connections/try', { kind })).problem().code).toBe('CONNECTION_UNKNOWN')
  })
})

describe('the shortest password', () => {
  it('is a setting that holds for every new one, and never less than the product asks for', async () => {
    const settings = (await call('GET', '/api/sign-in/settings')).json() as Record<string, unknown>
    expect(settings['shortestPassword']).toBe(12)
    const set = (shortestPassword: number) => call('PUT', '/api/sign-in/settings', { ...settings, shortestPassword })
    expect((await set(8)).problem().code).toBe('INPUT_INVALID')
    expect((await set(20)).status).toBe(200)
    const cookie = await server.signIn('executive')
    const next = 'graz-lamp-fold-37'
    const body = { current: PASSWORD, next }
    const refused = await call('POST', '/api/profile/password', body, cookie)
    expect(refused.problem()).toMatchObject({ code: 'PASSWORD_REFUSED' })
    expect(refused.problem().detail).toContain('20')
    await set(12)
  })
})
