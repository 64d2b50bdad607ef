/** Real: the whole server with its stores, and an OpenLDAP server with StartTLS. Skipped loudly where slapd is missing. */
import { connectionTried, identityConnections } from '@gemba/contracts/identity'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sessionAnswer } from '@gemba/contracts/sign-in'
import { DataSource } from 'typeorm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, PASSWORD, type RunningApplication, startApplication } from '../../application-fixture.ts'
import { Directory, escapeFilter } from './directory.ts'
import { OutgoingGuard } from '../../http/outgoing.ts'
import { readIdentityConfig } from './identity-config.ts'
import { DIRECTORY, type RunningDirectory, startDirectory } from './slapd-fixture.ts'

it('what a person types is text in a filter and never part of it', () => {
  expect(escapeFilter('*)(uid=*')).toBe('\\2a\\29\\28uid=\\2a')
  expect(escapeFilter('a\\b\0c/现')).toBe('a\\5cb\\00c\\2f\\e7\\8e\\b0')
})

describe.skipIf(!existsSync('/usr/sbin/slapd'))('an account of the directory', () => {
  let folder: string
  let directory: RunningDirectory
  let server: RunningApplication
  let callers = 0

  const settings = (more: object = {}) => ({
    url: directory.url,
    startTls: true,
    caFile: directory.caFile,
    bindDn: DIRECTORY.reader,
    bindPassword: DIRECTORY.readerPassword,
    base: DIRECTORY.base,
    groupBase: DIRECTORY.groupBase,
    groupFilter: '(member={dn})',
    roles: { 'quality-engineers': ['quality'] },
    ...more,
  })
  const identityFile = (name: string, more: object = {}): string => {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify({ ldap: settings(more) }))
    return file
  }
  const signIn = (user: string, password: string): Promise<Answer> => {
    callers += 1
    return server.call('POST', '/api/sessions', { json: { user, password }, from: `127.6.0.${callers % 250}` })
  }
  const codeOf = async (answer: Promise<Answer>): Promise<string> => {
    const given = await answer
    return given.status < 400 ? 'ok' : given.problem().code
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gemba-directory-'))
    directory = await startDirectory()
    server = await startApplication(undefined, { GEMBA_IDENTITY: identityFile('identity.json') })
  })
  afterAll(async () => {
    await server?.stop()
    await directory?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('comes in by its own password over StartTLS, with the roles of its groups', async () => {
    const answer = await signIn('Sun.Li', 'directory-password-1')
    expect(sessionAnswer.parse(answer.json())).toMatchObject({
      user: 'sun.li',
      name: { en: 'Sun Li' },
      roles: ['quality'],
      means: 'ldap',
    })
    const [row] = await server.app
      .get(DataSource)
      .query<{ password_hash: string | null; directory_groups: string[] }[]>(
        `SELECT password_hash, directory_groups FROM user_account WHERE id = 'sun.li'`,
      )
    expect(row).toEqual({ password_hash: null, directory_groups: ['quality-engineers'] })
  })

  it('does not come in with a wrong or empty password, nor without a mapped group', async () => {
    expect(await codeOf(signIn('sun.li', 'wrong'))).toBe('SIGN_IN_REFUSED')
    expect(await codeOf(signIn('sun.li', ''))).toBe('INPUT_INVALID')
    expect(await codeOf(signIn('guest', 'directory-password-2'))).toBe('SINGLE_SIGN_ON_REFUSED')
  })

  it('is not found by a filter instead of a name', async () => {
    for (const user of ['*', 'sun*', 'sun.li)(objectClass=*', '*)(uid=sun.li', 'sun.li\0'])
      expect([user, await codeOf(signIn(user, 'directory-password-1'))]).toEqual([user, 'SIGN_IN_REFUSED'])
  })

  it('locks like any other after repeated failures', async () => {
    for (let round = 0; round < 5; round += 1) await signIn('sun.li', 'wrong')
    expect(await codeOf(signIn('sun.li', 'directory-password-1'))).toBe('ACCOUNT_LOCKED')
    await server.app.get(DataSource).query('UPDATE user_account SET failed_tries = 0, locked_until = NULL')
  })

  it('does not shadow accounts that are kept here', async () => {
    expect(await codeOf(signIn('manager', PASSWORD))).toBe('ok')
  })

  it('signs with the password of the directory', async () => {
    const answer = await signIn('sun.li', 'directory-password-1')
    const cookie = String(answer.headers['set-cookie']?.[0]?.split(';')[0])
    const trail = await server.call('GET', '/api/audit?stream=access&limit=1', { cookie })
    const [entry] = (trail.json() as { entries: { seq: number; hash: string }[] }).entries
    const record = { kind: 'audit-review', id: `access:${entry?.seq}`, contentHash: entry?.hash, meaning: 'review' }
    const sign = (password: string) => server.call('POST', '/api/signatures', { cookie, json: { ...record, password } })
    expect(await codeOf(sign('wrong'))).toBe('SIGN_IN_REFUSED')
    expect(await codeOf(sign('directory-password-1'))).toBe('ok')
  })

  it('can be tried by an administrator, who sees what a person would get, and no secret', async () => {
    const cookie = await server.signIn('admin')
    const tried = async (sample?: string) => {
      const json = { kind: 'directory', sample }
      return connectionTried.parse((await server.call('POST', '/api/sign-in/connections/try', { cookie, json })).json())
    }
    expect(await tried()).toMatchObject({ ok: true, person: null })
    expect(await tried('sun.li')).toMatchObject({
      ok: true,
      person: { name: 'Sun Li', groups: ['quality-engineers'] },
      gets: [{ role: 'quality', equipment: null }],
    })
    expect(await tried('nobody')).toMatchObject({ ok: false, person: null })
    const shown = await server.call('GET', '/api/sign-in/connections', { cookie })
    expect(identityConnections.parse(shown.json()).directory).toMatchObject({
      setBy: 'file',
      hasSecret: true,
      settings: { groups: [{ group: 'quality-engineers', roles: ['quality'], equipment: null }] },
    })
    expect(shown.text).not.toContain(DIRECTORY.readerPassword)
  })

  it('is not asked over a line whose certificate is not trusted, and an absent directory is said to be absent', async () => {
    const ask = (more: object) =>
      new Directory(
        { current: () => Promise.resolve(readIdentityConfig(identityFile('other.json', more))) },
        new OutgoingGuard(),
      ).authenticate('sun.li', 'directory-password-1')
    const away = { code: 'DIRECTORY_AWAY' }
    await expect(ask({ caFile: undefined })).rejects.toMatchObject(away)
    await expect(ask({ bindPassword: 'wrong' })).rejects.toMatchObject(away)
    await expect(ask({ url: 'ldap://127.0.0.1:9', timeoutMs: 500 })).rejects.toMatchObject(away)
    expect(await ask({ startTls: false, caFile: undefined })).toMatchObject({ user: 'sun.li' })
  })
})

it('every mistake of the identity file is named at the start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-identity-'))
  const file = join(folder, 'identity.json')
  const read = (document: unknown) => {
    writeFileSync(file, JSON.stringify(document))
    return () => readIdentityConfig(file)
  }
  const oidc = {
    issuer: 'http://a.example',
    clientId: 'a',
    clientSecret: 'b',
    publicUrl: 'https://c.example',
    roles: {},
  }
  expect(read({ oidc })).toThrow('use https')
  expect(read({ ldap: { url: 'http://a' } })).toThrow(/url[\s\S]*base/)
  expect(read({ oidc: { ...oidc, issuer: 'https://a.example', roles: { a: ['king'] } } })).toThrow('roles')
  expect(read({ oidc: { ...oidc, issuer: 'https://a.example' } })).toThrow('no group a role')
  const placed = { group: 'a', roles: ['admin'], equipment: ['SUZ'] }
  expect(read({ oidc: { ...oidc, issuer: 'https://a.example', groups: [placed] } })).toThrow('the whole plant')
  expect(readIdentityConfig(null)).toEqual({ oidc: null, directory: null })
  rmSync(folder, { recursive: true, force: true })
})
