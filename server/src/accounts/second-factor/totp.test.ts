import { describe, expect, it } from 'vitest'
import { acceptedStep, base32, codeOf, keyUri, stepOf } from './totp.ts'

/** RFC 6238, appendix B: the secret of the SHA-1 vectors. */
const SECRET = Buffer.from('12345678901234567890')

describe('the codes of an authenticator', () => {
  it('are those of RFC 6238', () => {
    const vectors: [number, string][] = [
      [59, '287082'],
      [1111111109, '081804'],
      [1111111111, '050471'],
      [1234567890, '005924'],
      [2000000000, '279037'],
      [20000000000, '353130'],
    ]
    for (const [atS, code] of vectors) expect([atS, codeOf(SECRET, stepOf(atS * 1000))]).toEqual([atS, code])
  })

  const nowMs = 1_700_000_000_000
  const step = stepOf(nowMs)

  it('are taken one step early and late, for clocks are not exact, and no further', () => {
    const taken = [-2, -1, 0, 1, 2].map((skew) =>
      acceptedStep(SECRET, codeOf(SECRET, step + skew), { nowMs, usedStep: 0 }),
    )
    expect(taken).toEqual([null, step - 1, step, step + 1, null])
  })

  it('are worth nothing once they or a later one were used', () => {
    const code = codeOf(SECRET, step)
    expect(acceptedStep(SECRET, code, { nowMs, usedStep: step - 1 })).toBe(step)
    expect(acceptedStep(SECRET, code, { nowMs, usedStep: step })).toBeNull()
    expect(acceptedStep(SECRET, codeOf(SECRET, step - 1), { nowMs, usedStep: step })).toBeNull()
  })

  it('are six digits and nothing that looks like them', () => {
    const code = codeOf(SECRET, step)
    const fullWidth = [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')
    for (const odd of ['', code.slice(1), `${code}0`, ` ${code}`, fullWidth, '١٢٣٤٥٦', 'abcdef'])
      expect([odd, acceptedStep(SECRET, odd, { nowMs, usedStep: 0 })]).toEqual([odd, null])
  })
})

it('a secret is written as RFC 4648 writes it', () => {
  const vectors: [string, string][] = [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ]
  for (const [text, wanted] of vectors) expect(base32(Buffer.from(text))).toBe(wanted)
})

it('a QR code names issuer, user and parameters', () => {
  const uri = new URL(keyUri(SECRET, 'Gemba', 'zhou ning'))
  expect(uri.pathname).toBe('/Gemba:zhou%20ning')
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    secret: base32(SECRET),
    issuer: 'Gemba',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})
