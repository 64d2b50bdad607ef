import { describe, expect, it } from 'vitest'
import { newOneTimePassword } from './one-time-password.ts'
import { passwordFault } from './password-policy.ts'

const faultOf = (password: string) => passwordFault(password, 'li.min')

describe('a password', () => {
  it('may be any long text, without rules about kinds of characters', () => {
    const good = [
      'horse window calendar',
      'vierzehnhundert',
      '春眠不觉晓处处闻啼鸟夜来风雨声',
      'xkqvzjwpmtrb',
      'Tr4ctor-blue-11',
    ]
    for (const password of good) expect([password, faultOf(password)]).toEqual([password, null])
  })

  it('has twelve characters, as a reader counts them', () => {
    expect(faultOf('kqvzjwpmtrb')).toBe('short')
    expect(faultOf('🔧🔩🪛🔨⚙️🧰🪚')).toBe('short')
  })

  it('is none that is tried first, however it is dressed up', () => {
    const common = ['password1234', 'Password2026!', 'P@ssw0rd1234', 'qwerty123456', '1q2w3e4r5t6y', 'iloveyou!!!!']
    for (const password of common) expect([password, faultOf(password)]).toEqual([password, 'common'])
  })

  it('is no pattern', () => {
    const patterns = ['aaaaaaaaaaaa', 'abababababab', 'abcdefghijkl', '123456789012', 'xyzxyzxyzxyz', '987654321098']
    for (const password of patterns) expect([password, faultOf(password)]).toEqual([password, 'pattern'])
  })

  it('is more than the name of its user or of the product', () => {
    for (const password of ['li.minli.min1', 'Gemba-Gemba-1', 'li.min-gemba!'])
      expect([password, faultOf(password)]).not.toEqual([password, null])
  })
})

it('a password for one sign-in is good, readable and never the same', () => {
  const made = Array.from({ length: 200 }, newOneTimePassword)
  for (const password of made) {
    expect(password).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/)
    expect(faultOf(password)).toBeNull()
  }
  expect(new Set(made).size).toBe(200)
})
