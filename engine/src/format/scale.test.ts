import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseScale, columnFormat, formatCount } from './scale.ts'

const zh = { locale: 'zh-CN' } as const

describe('scale of a single number', () => {
  it.each([
    [9876, '9,876'],
    [12_345, '1.23\u00a0万'],
    [123_456, '12.3\u00a0万'],
    [12_340_000, '1,234\u00a0万'],
    [123_000_000, '1.23\u00a0亿'],
    [2.5e12, '2.50\u00a0万亿'],
  ])('writes %d in Chinese as %s', (value, text) => {
    expect(formatCount(value, zh).text).toBe(text)
  })

  it('never uses K or M in Chinese, and never 万 in English', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => {
        expect(formatCount(value, zh).text).not.toMatch(/[KMB]/)
        expect(formatCount(value, { locale: 'en' }).text).not.toMatch(/[万亿]/)
      }),
    )
  })

  it('leaves pieces whole below 100 万, as on the counter of the machine', () => {
    expect(formatCount(999_999, { ...zh, pieces: true, unit: '件' }).text).toBe('999,999\u00a0件')
    expect(formatCount(1_000_000, { ...zh, pieces: true, unit: '件' }).text).toBe('100\u00a0万件')
    expect(formatCount(1_230_000, { locale: 'en', pieces: true, unit: 'pcs' }).text).toBe('1.23\u00a0M pcs')
  })
})

describe('scale of a column', () => {
  it('is one for all numbers, with the unit once in the header and aligned decimals', () => {
    const column = columnFormat([6_750_000, 3_860_000, 90_000], { ...zh, unit: '元' })
    expect(column.headerUnit).toBe('万元')
    expect([6_750_000, 3_860_000, 90_000].map(column.digits)).toEqual(['675', '386', '9'])
    expect([12_300, 45_600].map(columnFormat([12_300, 45_600], zh).digits)).toEqual(['1.23', '4.56'])
  })

  it('does not flicker around the limit: it rises at 1.2 × and falls under 0.8 × the limit', () => {
    const whole = chooseScale(9_999, zh)
    expect(whole.word).toBe('')
    expect(chooseScale(11_999, { ...zh, previous: whole }).word).toBe('')
    const scaled = chooseScale(12_000, { ...zh, previous: whole })
    expect(scaled.word).toBe('万')
    expect(chooseScale(8_000, { ...zh, previous: scaled }).word).toBe('万')
    expect(chooseScale(7_999, { ...zh, previous: scaled }).word).toBe('')
  })

  it('jumps over several steps at once when the numbers do', () => {
    expect(chooseScale(5e9, { ...zh, previous: chooseScale(10, zh) }).word).toBe('亿')
    expect(chooseScale(10, { ...zh, previous: chooseScale(5e9, zh) }).word).toBe('')
  })

  it('stays where it is when the same numbers come again', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        (before, now) => {
          const first = chooseScale(now, { ...zh, previous: chooseScale(before, zh) })
          expect(chooseScale(now, { ...zh, previous: first })).toEqual(first)
        },
      ),
    )
  })
})
