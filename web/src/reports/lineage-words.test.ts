import { describe, expect, it } from 'vitest'
import { bytesText, rawText, secondsText, shareText, troublesOf, worstOf } from './lineage-words.ts'

describe('words of the lineage card', () => {
  it('show every digit of a value, grouped before the point only', () => {
    expect(rawText('0.6654651162790697')).toBe('0.6654651162790697')
    expect(rawText(-1_234_567.25)).toBe('−1,234,567.25')
    expect(rawText('123456789012345678901')).toBe('123,456,789,012,345,678,901')
    expect(rawText('2026-11-20')).toBe('2026-11-20')
    expect(rawText(null)).toBe('—')
  })

  it('never round an incomplete share up to the whole', () => {
    expect(shareText(1)).toBe('100%')
    expect(shareText(0.99999)).toBe('> 99.9%')
  })

  it('write times of a run and sizes of files in few digits', () => {
    expect([84, 1_240, 41_000].map(secondsText)).toEqual(['0.08', '1.2', '41'])
    expect([999, 1_536, 250_000].map(bytesText)).toEqual(['999 B', '1.5 KB', '244 KB'])
  })

  it('name datasets that are not wholly known or not good; an empty one has no quality', () => {
    const dataset = {
      name: 'p',
      kind: 'kpi' as const,
      rows: 5,
      total: 5,
      scanned: null,
      hash: '',
      sourceTime: null,
      coverage: 0.98,
      quality: 'uncertain' as const,
      rules: [],
      masked: [],
    }
    expect(troublesOf([dataset]).map(({ kind }) => kind)).toEqual(['coverage', 'quality'])
    const others = [
      { ...dataset, name: 'b', coverage: 0.4 },
      { ...dataset, name: 'c', coverage: null, quality: 'bad' as const },
    ]
    expect(worstOf([dataset, ...others]).map(({ dataset: name, text }) => [name, text])).toEqual([
      ['b', '40.0%'],
      ['c', 'bad'],
    ])
    expect(worstOf([])).toEqual([])
    expect(troublesOf([{ ...dataset, rows: 0, coverage: null, quality: 'none' }])).toEqual([])
  })
})
