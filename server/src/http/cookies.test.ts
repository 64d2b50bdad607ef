import { describe, expect, it } from 'vitest'
import { boundCookies, readCookie, writeCookie } from './cookies.ts'

describe('a cookie of ours', () => {
  it('carries the name of the host over HTTPS, and only there', () => {
    expect(writeCookie('gemba_session', 'a b', { maxAgeS: 60, secure: true })).toBe(
      '__Host-gemba_session=a%20b; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure',
    )
    expect(writeCookie('gemba_session', 'a', { maxAgeS: null, secure: false })).toBe(
      'gemba_session=a; Path=/; HttpOnly; SameSite=Lax',
    )
  })

  it('is read over HTTPS only when it is bound to the host, wherever another one stands', () => {
    for (const header of [
      'gemba_session=slipped-in; __Host-gemba_session=own',
      '__Host-gemba_session=own; gemba_session=slipped-in',
      'a=b;__Host-gemba_session=own ; c=d',
    ])
      expect([header, readCookie(boundCookies(header, true), 'gemba_session')]).toEqual([header, 'own'])
    expect(
      readCookie(boundCookies('gemba_session=slipped-in; gemba_device=x; gemba_oidc=y', true), 'gemba_session'),
    ).toBe(null)
    expect(boundCookies('gemba_device=x; gemba_oidc=y', true)).toBe('')
  })

  it('is read over plain HTTP by its plain name, as no browser keeps the other there', () => {
    expect(boundCookies('__Host-gemba_session=x; gemba_session=own', false)).toBe('gemba_session=own')
  })

  it('is one for each share link', () => {
    const link = 'gemba_share_0b0c7f3e-0000-4000-8000-000000000000'
    expect(boundCookies(`${link}=slipped-in`, true)).toBe('')
    expect(readCookie(boundCookies(`__Host-${link}=own`, true), link)).toBe('own')
  })

  it('leaves those of others alone', () => {
    const header = 'gemba_language=zh; theme=dark; __Host-other=1; odd'
    for (const secure of [true, false]) expect(boundCookies(header, secure)).toBe(header)
  })
})
