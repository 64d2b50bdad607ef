import { newShare } from '@gemba/contracts/share'
import { describe, expect, it } from 'vitest'
import { type ShareChoice, type ShareForm, daysOffered, shareOf, usualDays } from './share-form.ts'

const choices: ShareChoice[] = [
  { key: 'fixed', target: { kind: 'report', report: 'daily', params: { day: '2026-01-05' } } },
  { key: 'board', target: { kind: 'board', board: 'oee', equipment: 'SUZ' } },
]
const form: ShareForm = {
  choice: 'fixed',
  name: ' 给客户 ',
  days: 7,
  password: '',
  mostOpenings: '',
  downloads: true,
}

describe('the form of a share link', () => {
  it('asks for what the server takes', () => {
    const wanted = shareOf(form, choices)
    expect(newShare.parse(wanted)).toEqual(wanted)
    expect(wanted).toMatchObject({ name: '给客户', password: null, mostOpenings: null, downloads: true })
  })

  it('allows no downloads of a board: it has no files', () => {
    expect(shareOf({ ...form, choice: 'board' }, choices)).toMatchObject({ downloads: false })
  })

  it('is not complete without a name, with a short password, or with openings that are no number', () => {
    for (const wrong of [
      { name: ' ' },
      { password: '1234567' },
      { mostOpenings: '0' },
      { mostOpenings: '1.5' },
      { mostOpenings: '100001' },
      { choice: 'run' as const },
    ])
      expect([wrong, shareOf({ ...form, ...wrong }, choices)]).toEqual([wrong, null])
    expect(shareOf({ ...form, password: '12345678', mostOpenings: '3' }, choices)).toMatchObject({ mostOpenings: 3 })
  })

  it('offers spans up to the longest that is allowed, and a week where that is allowed', () => {
    expect(daysOffered(90)).toEqual([1, 3, 7, 14, 30, 90])
    expect(daysOffered(5)).toEqual([1, 3, 5])
    expect(daysOffered(1)).toEqual([1])
    expect([usualDays(90), usualDays(5)]).toEqual([7, 5])
  })
})
