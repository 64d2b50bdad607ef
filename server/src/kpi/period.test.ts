import { describe, expect, it } from 'vitest'
import { Fault } from '../http/fault.ts'
import { type PeriodQuery, periodOf } from './period.ts'

const NOW = Date.UTC(2026, 10, 20, 5)
const DAY_MS = 86_400_000
const period = (query: PeriodQuery) => periodOf(query, NOW)
const refusal = (query: PeriodQuery): Fault => {
  try {
    period(query)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error(`${JSON.stringify(query)} was taken`)
}
const TO = '2026-11-20T00:00:00Z'

describe('a period', () => {
  it('is named by instants with a zone or by milliseconds', () => {
    const wanted = { fromAt: Date.UTC(2026, 10, 19, 16), toAt: Date.UTC(2026, 10, 20) }
    for (const from of [
      '2026-11-19T16:00Z',
      '2026-11-20T00:00:00+08:00',
      '2026-11-19T12:30:00.000-03:30',
      String(wanted.fromAt),
    ])
      expect([from, period({ from, to: TO })]).toEqual([from, wanted])
  })

  it('is the running shift when that is asked for', () => {
    expect(period({ shift: 'current' })).toBe('current')
  })

  it('may reach into the future, but not begin there', () => {
    expect(period({ from: TO, to: String(NOW + DAY_MS) })).toMatchObject({ toAt: NOW + DAY_MS })
    expect(period({ from: String(NOW), to: String(NOW + 1) })).toMatchObject({ fromAt: NOW })
    expect(refusal({ from: String(NOW + 1), to: String(NOW + 2) }).detail?.en).toBe('from lies in the future')
  })

  it('is at most four hundred days', () => {
    const to = NOW - 1
    expect(period({ from: String(to - 400 * DAY_MS), to: String(to) })).toMatchObject({ toAt: to })
    expect(refusal({ from: String(to - 400 * DAY_MS - 1), to: String(to) }).facts).toEqual({ days: 400 })
  })

  const wrong: [string, PeriodQuery][] = [
    ['nothing', {}],
    ['only a start', { from: TO }],
    ['only an end', { to: TO }],
    ['a reversed range', { from: TO, to: '2026-11-19T00:00:00Z' }],
    ['an empty range', { from: TO, to: TO }],
    ['a local time', { from: '2026-11-19T00:00:00', to: TO }],
    ['a date', { from: '2026-11-19', to: TO }],
    ['a month that does not exist', { from: '2026-13-01T00:00:00Z', to: TO }],
    ['a day that does not exist', { from: '2026-02-29T00:00:00Z', to: TO }],
    ['an hour that does not exist', { from: '2026-11-19T25:00:00Z', to: TO }],
    ['seconds instead of milliseconds', { from: '1763000000', to: TO }],
    ['before 2000', { from: '1999-12-31T23:59:59.999Z', to: '2000-01-02T00:00:00Z' }],
    ['NaN', { from: 'NaN', to: TO }],
    ['an empty text', { from: '', to: TO }],
    ['spaces around', { from: ` ${TO}`, to: TO }],
    ['another shift', { shift: 'D' }],
    ['an empty shift', { shift: '' }],
    ['a shift and a start', { shift: 'current', from: TO }],
    ['a shift and an end', { shift: 'current', to: TO }],
  ]
  for (const [what, query] of wrong)
    it(`is refused, and why is said in both languages: ${what}`, () => {
      const fault = refusal(query)
      expect(fault.code).toBe('RANGE_INVALID')
      expect(fault.detail?.zh).toMatch(/[\u4e00-\u9fff]/)
      expect(fault.detail?.en).toMatch(/[a-z]/)
    })

  it('is refused without sending back a long text', () => {
    expect(JSON.stringify(refusal({ from: 'x'.repeat(10_000), to: TO }).facts).length).toBeLessThan(100)
    expect(JSON.stringify(refusal({ shift: 'x'.repeat(10_000) }).facts).length).toBeLessThan(100)
  })
})
