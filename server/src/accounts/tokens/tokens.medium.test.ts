/** Real: the whole server with its stores. Tokens of programs. */
import { tokenList, tokenMade, tokenScope } from '@gemba/contracts/sign-in'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { openApiDocument } from '../../application.ts'

let server: RunningApplication
let database: DataSource
let manager: string

beforeAll(async () => {
  server = await startApplication()
  database = server.app.get(DataSource)
  manager = await server.signIn('manager')
})
afterAll(() => server.stop())

const codeOf = (answer: Answer): string => (answer.status < 400 ? 'ok' : answer.problem().code)
async function make(scopes: readonly string[], cookie = manager, days = 30) {
  const answer = await server.call('POST', '/api/tokens', { cookie, json: { name: '报表程序', scopes, days } })
  if (answer.status !== 201) throw new Error(answer.text)
  return tokenMade.parse(answer.json())
}
const ask = async (token: string, path: string, more: { from?: string; cookie?: string } = {}): Promise<string> =>
  codeOf(await server.call('GET', path, { headers: { authorization: `Bearer ${token}` }, ...more }))
const list = async (cookie = manager) =>
  tokenList.parse((await server.call('GET', '/api/tokens', { cookie })).json()).tokens

describe('a token', () => {
  it('reads what its scopes name and nothing else', async () => {
    const { token } = await make(['read:boards'])
    expect(await ask(token, '/api/boards')).toBe('ok')
    const closed = ['catalog', 'metrics', 'health/details', 'profile', 'tokens', 'reports', 'policies', 'delivery-runs']
    for (const path of closed.map((name) => `/api/${name}`))
      expect([path, await ask(token, path)]).toEqual([path, 'TOKEN_SCOPE'])
    const refusal = await server.call('GET', '/api/reports', { headers: { authorization: `Bearer ${token}` } })
    expect(refusal.problem()).toMatchObject({ facts: { needed: 'read:reports' } })
    expect(refusal.problem().detail).toContain('read:reports')
  })

  it('opens no route that changes anything or concerns accounts', async () => {
    const admin = await server.signIn('admin')
    const { token } = await make(tokenScope.options, admin)
    const open: string[] = []
    for (const [path, methods] of Object.entries(openApiDocument(server.app).paths))
      for (const method of Object.keys(methods)) {
        if (path.startsWith('/ingest/') || path === '/api/sessions/current') continue
        const answer = await server.call(method.toUpperCase(), path.replace(/\{\w+\}/g, 'oee'), {
          headers: { authorization: `Bearer ${token}` },
          from: '127.2.0.1',
        })
        if (![401, 403].includes(answer.status)) open.push(`${method} ${path}`)
      }
    expect(open.filter((route) => !route.startsWith('get ')).toSorted()).toEqual([
      'post /api/boards/{id}/data',
      'post /api/pairing',
      'post /api/pairing/claim',
      'post /api/report-runs/{run}/cancel',
      'post /api/reports/{report}/parameters',
      'post /api/reports/{report}/runs',
      'post /api/sessions',
      'post /api/share-visits/{link}',
    ])
    expect(open.filter((route) => /audit|accounts|profile|tokens|devices|signatures|settings/.test(route))).toEqual([])
  })

  it('is shown once and kept as a hash; its last use is known', async () => {
    const { token, row } = await make(['read:boards'])
    expect(row.usedAt).toBeNull()
    await ask(token, '/api/boards', { from: '127.2.0.7' })
    const found = (await list()).find(({ id }) => id === row.id)
    expect(found).toMatchObject({ name: '报表程序', usedAddress: '127.2.0.7' })
    expect(found?.usedAt).toBeGreaterThan(row.createdAt - 1)
    const secret = token.split('_').slice(2).join('_')
    for (const table of ['api_token', 'audit_entry'])
      expect(JSON.stringify(await database.query(`SELECT * FROM ${table}`))).not.toContain(secret)
  })

  it('ends when it is revoked, when its time is over, and with its owner', async () => {
    const [revoked, old, orphan] = [
      await make(['read:boards']),
      await make(['read:boards']),
      await make(['read:boards']),
    ]
    expect(codeOf(await server.call('DELETE', `/api/tokens/${revoked.row.id}`, { cookie: manager }))).toBe('ok')
    expect(await ask(revoked.token, '/api/boards')).toBe('TOKEN_REFUSED')
    await database.query(`UPDATE api_token SET expires_at = now() WHERE id = $1`, [old.row.id])
    expect(await ask(old.token, '/api/boards')).toBe('TOKEN_REFUSED')
    await database.query(`UPDATE user_account SET active = false WHERE id = 'manager'`)
    expect(await ask(orphan.token, '/api/boards')).toBe('TOKEN_REFUSED')
    await database.query(`UPDATE user_account SET active = true`)
    expect(await ask(orphan.token, '/api/boards')).toBe('ok')
  })

  it('never does more than its owner may at that moment', async () => {
    const { token } = await make(['read:health', 'read:kpi'])
    expect(await ask(token, '/api/quarantine')).toBe('TOKEN_SCOPE')
    expect(await ask(token, '/api/health/details')).toBe('ok')
  })

  it('that is wrong is not helped by a session, and guessing is slowed down', async () => {
    const { token } = await make(['read:boards'])
    const flipped = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
    const odd = [flipped, 'gemba_', `${token} `, `${token}x`, token.replace('_', '-').replace('-', '_').toUpperCase()]
    for (const each of odd) {
      const code = await ask(each, '/api/boards', { cookie: manager, from: '127.2.0.9' })
      expect([each, code]).toEqual([each, each.startsWith('gemba_') && each !== `${token} ` ? 'TOKEN_REFUSED' : code])
    }
    let code = ''
    for (let round = 0; round < 60 && code !== 'TOO_MANY_REQUESTS'; round += 1)
      code = await ask(flipped, '/api/boards', { from: '127.2.0.8' })
    expect(code).toBe('TOO_MANY_REQUESTS')
    expect(await ask(token, '/api/boards', { from: '127.2.0.8' })).toBe('ok')
  })

  it('of somebody else is out of reach, but not of an administrator', async () => {
    const { token, row } = await make(['read:boards'])
    const [quality, admin] = [await server.signIn('quality'), await server.signIn('admin')]
    expect(codeOf(await server.call('DELETE', `/api/tokens/${row.id}`, { cookie: quality }))).toBe('TOKEN_UNKNOWN')
    expect(await list(quality)).toEqual([])
    expect(codeOf(await server.call('DELETE', `/api/accounts/manager/tokens/${row.id}`, { cookie: admin }))).toBe('ok')
    expect(await ask(token, '/api/boards')).toBe('TOKEN_REFUSED')
  })

  it('is not made with a name nobody can read, for ever, for nothing or for everything', async () => {
    const good = { name: 'a', scopes: ['read:kpi'], days: 1 }
    const odd = [
      { ...good, name: '' },
      { ...good, name: 'x'.repeat(81) },
      { ...good, name: 'a\u202Eb' },
      { ...good, name: 'a\u200Bb' },
      { ...good, name: 'a\0b' },
      { ...good, scopes: [] },
      { ...good, scopes: ['write:all'] },
      { ...good, days: 366 },
      { ...good, accountId: 'admin' },
    ]
    for (const json of odd)
      expect([json, codeOf(await server.call('POST', '/api/tokens', { cookie: manager, json }))]).toEqual([
        json,
        'INPUT_INVALID',
      ])
  })
})
