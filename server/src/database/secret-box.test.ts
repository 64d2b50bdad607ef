import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SecretBox } from './secret-box.ts'

let folder: string
const boxWith = (key: string): SecretBox => {
  const file = join(folder, 'key')
  writeFileSync(file, key)
  return new SecretBox(file)
}
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gemba-secrets-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a sealed secret', () => {
  it('comes back as it was, whatever it is', () => {
    const box = boxWith('key')
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => box.open(box.seal(text)) === text))
  })

  it('shows nothing of itself, and looks different every time', () => {
    const box = boxWith('key')
    const seals = Array.from({ length: 50 }, () => box.seal('password'))
    expect(new Set(seals).size).toBe(50)
    for (const sealed of seals) expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('password')
  })

  it('is refused when one bit of it was changed, wherever', () => {
    const box = boxWith('key')
    const sealed = Buffer.from(box.seal('{"password":"x"}'), 'base64')
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => box.open(changed.toString('base64')), `bit ${bit}`).toThrow()
    }
  })

  it('is refused when it was cut: no shorter proof is taken for a whole one', () => {
    const box = boxWith('key')
    const sealed = Buffer.from(box.seal(''), 'base64')
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => box.open(sealed.subarray(0, length).toString('base64')), `${length} bytes`).toThrow()
    const long = Buffer.from(box.seal('a long secret'), 'base64')
    expect(() => box.open(long.subarray(0, -1).toString('base64'))).toThrow()
    expect(() => box.open(Buffer.concat([long, Buffer.alloc(1)]).toString('base64'))).toThrow()
  })

  it('is refused with another key', () => {
    const sealed = boxWith('one key').seal('password')
    expect(() => boxWith('another key').open(sealed)).toThrow()
  })

  it('cannot be made without its key file', () => {
    expect(() => new SecretBox(join(folder, 'missing'))).toThrow('ENOENT')
    expect(() => boxWith('')).toThrow('empty')
  })
})
