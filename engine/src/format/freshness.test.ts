import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TrustedParts, ageStateOf, freshnessMarks, freshnessOf, worstFreshness } from './freshness.ts'

const contract = { periodMs: 60_000, limitMs: 600_000 }
const now = Date.parse('2026-11-21T05:30:00.000Z')
const aged = (ageMs: number, more: Partial<TrustedParts> = {}): TrustedParts => ({
  value: 1,
  quality: 'good',
  sourceTime: new Date(now - ageMs).toISOString(),
  coverage: 1,
  ...more,
})

describe('freshness', () => {
  it('follows the age against the period: 2T live, 5T late, beyond stale', () => {
    expect(freshnessOf(aged(120_000), contract, now)).toBe('live')
    expect(freshnessOf(aged(120_001), contract, now)).toBe('late')
    expect(freshnessOf(aged(300_000), contract, now)).toBe('late')
    expect(freshnessOf(aged(300_001), contract, now)).toBe('stale')
  })

  it('is stale beyond the hard limit even within five periods', () => {
    expect(ageStateOf(100_001, { periodMs: 60_000, limitMs: 100_000 })).toBe('stale')
  })

  it('of data from a clock that runs ahead is live, not negative', () => {
    expect(freshnessOf(aged(-5_000), contract, now)).toBe('live')
  })

  it('names the worst of what is wrong', () => {
    expect(freshnessOf(aged(1_000_000, { quality: 'bad' }), contract, now)).toBe('bad')
    expect(freshnessOf(aged(1_000_000, { quality: 'uncertain' }), contract, now)).toBe('stale')
    expect(freshnessOf(aged(0, { quality: 'uncertain' }), contract, now)).toBe('uncertain')
    expect(freshnessOf(aged(0, { coverage: 11 / 12 }), contract, now)).toBe('partial')
    expect(freshnessOf(aged(200_000, { coverage: 0.5 }), contract, now)).toBe('late')
    expect(freshnessOf(aged(0, { value: null }), contract, now)).toBe('none')
    expect(freshnessOf(aged(0, { sourceTime: null }), contract, now)).toBe('none')
  })

  it('keeps every mark apart for the screen', () => {
    expect(freshnessMarks(aged(400_000, { coverage: 0.9 }), contract, now)).toEqual({
      age: 'stale',
      ageMs: 400_000,
      quality: 'good',
      partial: true,
    })
  })

  it('never improves while time passes and nothing arrives', () => {
    const rank = { live: 0, late: 1, stale: 2 }
    fc.assert(
      fc.property(fc.nat(2_000_000), fc.nat(2_000_000), (age, later) => {
        expect(rank[ageStateOf(age + later, contract)]).toBeGreaterThanOrEqual(rank[ageStateOf(age, contract)])
      }),
    )
  })

  it('of several is the worst of them', () => {
    expect(worstFreshness([])).toBe('live')
    expect(worstFreshness(['live', 'stale', 'late'])).toBe('stale')
    expect(worstFreshness(['uncertain', 'none'])).toBe('none')
  })
})
