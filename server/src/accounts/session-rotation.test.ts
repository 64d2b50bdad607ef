import { describe, expect, it } from 'vitest'
import { CookieSignature, newSecret } from './cookie-signature.ts'
import { type Rotation, judge } from './session-rotation.ts'

const MINUTE = 60_000
const at = (minutes: number): Date => new Date(1_700_000_000_000 + minutes * MINUTE)
const row = (more: Partial<Rotation>): Rotation => ({
  idHash: 'new',
  previousHash: 'old',
  rotatedAt: at(0),
  confirmedAt: null,
  ...more,
})
const verdict = (more: Partial<Rotation>, presented: string, minutes: number) =>
  judge(row(more), presented, at(minutes).getTime())

describe('the secret of a session', () => {
  it('is changed when it is a quarter of an hour old', () => {
    expect(verdict({ previousHash: null }, 'new', 14.9)).toBe('accept')
    expect(verdict({ previousHash: null }, 'new', 15)).toBe('rotate')
    expect(verdict({ confirmedAt: at(1) }, 'new', 15)).toBe('rotate')
  })

  it('stays good until its successor was seen: an answer may have been lost on its way', () => {
    expect(verdict({}, 'old', 0.1)).toBe('accept')
    expect(verdict({}, 'old', 5)).toBe('rotate')
    expect(verdict({}, 'new', 5)).toBe('confirm')
  })

  it('is good for requests under way when its successor was seen, and later betrays a copy', () => {
    expect(verdict({ confirmedAt: at(5) }, 'old', 5.9)).toBe('accept')
    expect(verdict({ confirmedAt: at(5) }, 'old', 6)).toBe('reused')
  })
})

describe('a signed cookie', () => {
  const ours = new CookieSignature(Buffer.alloc(32, 1))
  const secret = newSecret()

  it('gives its secret back', () => {
    expect(ours.read(ours.sign(secret))).toBe(secret)
  })

  it('is refused when one sign of it was changed, when another key signed it, or when it is no such thing', () => {
    const value = ours.sign(secret)
    for (let index = 0; index < value.length - 1; index += 1) {
      const other = value[index] === 'A' ? 'B' : 'A'
      const changed = value.slice(0, index) + other + value.slice(index + 1)
      // The last letters of each half carry spare bits only.
      if (
        Buffer.from(changed.split('.')[1] ?? '', 'base64url').equals(
          Buffer.from(value.split('.')[1] ?? '', 'base64url'),
        )
      )
        continue
      expect(ours.read(changed)).toBeNull()
    }
    expect(new CookieSignature(Buffer.alloc(32, 2)).read(value)).toBeNull()
    for (const odd of ['', '.', secret, `${secret}.`, `${value}x`, `${value}.${value}`, 'x'.repeat(10_000)])
      expect(ours.read(odd)).toBeNull()
  })
})
