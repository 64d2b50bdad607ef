import { describe, expect, it } from 'vitest'
import { directoryOf, emptyForms, formOfDirectory, formOfOidc, listOf, oidcOf } from './connection-form.ts'

const empty = () => emptyForms('https://gemba.example.com')
const groups = [{ group: 'leads', roles: ['manager' as const], equipment: ['SUZ'] }]

describe('the form of a provider', () => {
  const filled = () => ({ ...empty().oidc, issuer: 'https://login.example.com', clientId: 'gemba', groups })

  it('names what is missing beside each field', () => {
    expect(oidcOf(empty().oidc).faults).toEqual({ issuer: 'missing', clientId: 'missing', 'groups.0': 'group' })
  })

  it('sends a secret only when one was typed', () => {
    expect(oidcOf(filled()).value).not.toHaveProperty('clientSecret')
    expect(oidcOf({ ...filled(), clientSecret: 'x' }).value).toHaveProperty('clientSecret', 'x')
  })

  it('says what is wrong with addresses, scopes and groups', () => {
    const faultsOf = (more: object) => oidcOf({ ...filled(), ...more }).faults
    expect(faultsOf({ issuer: 'login' })).toEqual({ issuer: 'url' })
    expect(faultsOf({ scope: 'profile' })).toEqual({ scope: 'openid' })
    expect(faultsOf({ groups: [] })).toEqual({ groups: 'groups' })
    expect(faultsOf({ groups: [...groups, ...groups] })).toEqual({ groups: 'twice' })
    expect(faultsOf({ groups: [{ group: 'a', roles: ['admin'], equipment: ['SUZ'] }] })).toEqual({
      'groups.0': 'admin',
    })
    expect(faultsOf({ groups: [{ group: 'a', roles: ['manager'], equipment: [] }] })).toEqual({ 'groups.0': 'places' })
  })

  it('comes back as it was saved', () => {
    const { value } = oidcOf({ ...filled(), secondFactorValues: 'mfa、otp' })
    if (!value || !('issuer' in value)) throw new Error('not valid')
    expect(formOfOidc(value)).toEqual({ ...filled(), secondFactorValues: 'mfa, otp' })
  })
})

describe('the form of a directory', () => {
  const filled = () => ({ ...empty().directory, url: 'ldaps://directory.example.com', base: 'dc=example', groups })

  it('takes empty lines for what is not used, and gives them back empty', () => {
    const { value } = directoryOf(filled())
    expect(value).toMatchObject({ bindDn: null, caPem: null, groupBase: null, groupFilter: null })
    if (!value || !('url' in value)) throw new Error('not valid')
    expect(formOfDirectory(value)).toEqual(filled())
  })

  it('says what is wrong with address, filters and certificate', () => {
    const faultsOf = (more: object) => directoryOf({ ...filled(), ...more }).faults
    expect(faultsOf({ url: 'https://directory' })).toEqual({ url: 'ldap' })
    expect(faultsOf({ userFilter: '(uid=*)' })).toEqual({ userFilter: 'user' })
    expect(faultsOf({ groupFilter: '(member=*)' })).toEqual({ groupFilter: 'dn' })
    expect(faultsOf({ caPem: 'not one' })).toEqual({ caPem: 'pem' })
  })
})

it('lists are split at commas of both languages, each word once', () => {
  expect(listOf(' a, b，c、a；\n')).toEqual(['a', 'b', 'c'])
})
