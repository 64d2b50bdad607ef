import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tsvInstant, tsvLine, tsvNumber, tsvText } from './tsv.ts'

const decode = (field: string): string =>
  field.replace(/\\(.)/gs, (_, letter: string) => {
    const plain: Record<string, string> = { t: '\t', n: '\n', r: '\r', '0': '\0', b: '\b', f: '\f', '\\': '\\' }
    return plain[letter] ?? letter
  })

describe('a tab-separated row', () => {
  it('keeps hostile text inside its field', () => {
    const text = 'a\tb\nc\\N\r\0\\\b\f\'"; DROP TABLE reading --'
    const line = tsvLine([text, 1])
    expect(line.split('\n')).toHaveLength(2)
    expect(line.split('\t')).toHaveLength(2)
    expect(decode(line.split('\t')[0] ?? '')).toBe(text)
  })

  it('has as many fields as values and one line, whatever the text', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 6 }), (texts) => {
        const line = tsvLine(texts)
        expect(line.endsWith('\n')).toBe(true)
        const fields = line.slice(0, -1).split('\t')
        expect(line.slice(0, -1)).not.toContain('\n')
        expect(fields.map(decode)).toEqual(texts)
      }),
    )
  })

  it('tells null apart from the text that looks like it', () => {
    expect(tsvLine([null, undefined, '\\N'])).toBe('\\N\t\\N\t\\\\N\n')
  })

  it('writes flags as 1 and 0 and large integers exactly', () => {
    expect(tsvLine([true, false, 9_007_199_254_740_993n])).toBe('1\t0\t9007199254740993\n')
  })

  it('refuses a number that is none', () => {
    expect(() => tsvNumber(NaN)).toThrow(RangeError)
    expect(() => tsvNumber(Infinity)).toThrow(RangeError)
  })

  it('writes instants so that none can be read as seconds', () => {
    expect(tsvInstant(1_763_000_000_123)).toBe('1763000000123')
    expect(tsvInstant(946_684_800_000)).toBe('2000-01-01 00:00:00.000')
    expect(tsvInstant(5)).toBe('1970-01-01 00:00:00.005')
    expect(() => tsvInstant(1.5)).toThrow(RangeError)
  })

  it('leaves harmless text as it is', () => {
    expect(tsvText('SUZ/MOLD/IM/IM01:state 注塑')).toBe('SUZ/MOLD/IM/IM01:state 注塑')
  })
})
