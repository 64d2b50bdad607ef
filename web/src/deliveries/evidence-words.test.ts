import { describe, expect, it } from 'vitest'
import { type EvidenceWords, evidenceWords } from './evidence-words.ts'

const words: EvidenceWords = {
  t: (key, facts) => `${key.split('.').slice(1).join('.')}${facts ? `=${String(facts['value'])}` : ''}`,
  has: (key) => !key.endsWith('.strange'),
  clock: (at) => new Date(at).toISOString().slice(11, 16),
  span: (ms) => `${ms / 1000} s`,
}

describe('the evidence of a step', () => {
  it('says who set it off, how and when, on the clock of the site', () => {
    const evidence = { by: 'test', for: null, timing: 'day-end', plannedAt: '2026-11-21T14:46:07.855Z' }
    expect(evidenceWords(evidence, words)).toEqual([
      'evidence.by=triggers.test',
      'evidence.timing=timings.day-end',
      'evidence.plannedAt=14:46',
    ])
  })

  it('keeps the fields of a clock as they are', () => {
    const has = (key: string): boolean => !key.includes('* *')
    expect(evidenceWords({ timing: '0 8 1 * * · every-day' }, { ...words, has })).toEqual([
      'evidence.timing=0 8 1 * * · every-day',
    ])
  })

  it('gives files by format and size, and waits as spans', () => {
    expect(evidenceWords({ files: 'pdf 82402, xlsx 10741', waitMs: 30_000 }, words)).toEqual([
      'evidence.files=PDF 80 KB + XLSX 10 KB',
      'evidence.waitMs=30 s',
    ])
  })

  it('keeps a fact for which there is no word, by its own name', () => {
    expect(evidenceWords({ strange: 7, by: 'zhou' }, words)).toEqual(['strange 7', 'evidence.by=zhou'])
  })
})
