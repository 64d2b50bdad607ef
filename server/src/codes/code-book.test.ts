import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodeBook, type CodeRule } from './code-book.ts'
import { normalCode } from './normal-code.ts'

const known = { reason: ['R1', 'R2'], material: ['4711', 'PEN-100'], 'work-center': ['SUZ/MOLD/IM/IM01'] }
const rule = (code: string, target: string | null, validFromAt = 0, more: Partial<CodeRule> = {}): CodeRule => ({
  domain: 'reason',
  source: 'im-opcua',
  code,
  target,
  validFromAt,
  ...more,
})
const asked = (code: string, source = 'im-opcua') => ({ domain: 'reason', source, code }) as const

describe('a code', () => {
  it('means what it is mapped to at the time of its row, at its own source only', () => {
    const book = new CodeBook({ rules: [rule('X9', 'R1', 100), rule('X9', 'R2', 200)], known })
    expect([50, 100, 199, 200].map((at) => book.resolve(asked('X9'), at))).toEqual([null, 'R1', 'R1', 'R2'])
    expect(book.resolve(asked('X9', 'other'), 200)).toBeNull()
  })

  it('of two records for one instant means the later one', () => {
    const book = new CodeBook({ rules: [rule('X9', 'R1', 100), rule('X9', 'R2', 100)], known })
    expect(book.resolve(asked('X9'), 100)).toBe('R2')
  })

  it('stands for itself where the catalog knows it, mapped or withdrawn', () => {
    const book = new CodeBook({ rules: [rule('R1', 'R2', 100), rule('R1', null, 200)], known })
    expect([50, 150, 250].map((at) => book.resolve(asked('R1'), at))).toEqual(['R1', 'R2', 'R1'])
    const withdrawn = new CodeBook({ rules: [rule('X9', 'R1', 0), rule('X9', null, 200)], known })
    expect(withdrawn.resolve(asked('X9'), 300)).toBeNull()
  })

  it('is found in its normal form: zeros, blanks, case, full-width characters, look-alike hyphens', () => {
    const book = new CodeBook({ rules: [rule('0042', 'R2')], known })
    for (const code of ['42', ' 0042', '００４２', '000042']) expect(book.resolve(asked(code), 1)).toBe('R2')
    const material = (code: string) => book.resolve({ domain: 'material', source: 'erp', code }, 1)
    expect(['pen-100 ', 'ＰＥＮ－１００', 'PEN\u2013100', '0000004711'].map(material)).toEqual([
      'PEN-100',
      'PEN-100',
      'PEN-100',
      '4711',
    ])
  })

  it('is never guessed where two written forms look alike', () => {
    const book = new CodeBook({ rules: [rule('042', 'R1'), rule('0042', 'R2')], known })
    expect(book.resolve(asked('42'), 1)).toBeNull()
    expect(book.resolve(asked('042'), 1)).toBe('R1')
  })

  it('has a normal form that is its own normal form', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (code) => normalCode(normalCode(code)) === normalCode(code)))
  })
})
