import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpcAnswer } from '@gemba/contracts/spc'
import { runRules } from '@gemba/engine/kpi/run-rules'
import { compareRules, comparePoints } from './verify-charts.ts'

const LIMITS = { center: 10, sigma: 2 }
const RULES = ['WE1', 'WE2', 'WE3', 'WE4', 'N7', 'N8'] as const

const answerOf = (values: readonly (number | null)[]): SpcAnswer => {
  const fired = runRules({ values, ...LIMITS }, RULES)
  const rulesAt = (index: number) => RULES.filter((rule) => fired[rule]?.includes(index + 1))
  const points = values.map((value, index) => ({ subgroup: String(index), value, rules: rulesAt(index) }))
  return { points } as unknown as SpcAnswer
}
const truthOf = (values: readonly (number | null)[]) =>
  values.map((value, index) => ({ index, at: index, values: value === null ? null : [value] }))
// Between the zone lines, where rounding decides nothing.
const value = fc.option(
  fc.integer({ min: -7, max: 7 }).map((half) => LIMITS.center + LIMITS.sigma * (half / 2 + 0.2)),
  { freq: 12, nil: null },
)

describe('rules written a second time', () => {
  it('flag what the engine flags', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        expect(compareRules(answerOf(values), truthOf(values), LIMITS).differences).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('name the subgroup where a rule is missing, and the one where a value differs', () => {
    const values = [10.4, 17.6, 10.4, 9.2]
    const answer = answerOf(values)
    answer.points[1]!.rules = []
    answer.points[3]!.value = 9.3
    expect(compareRules(answer, truthOf(values), LIMITS).differences).toEqual(['subgroup 1: no rule, ledger WE1'])
    expect(comparePoints(answer, truthOf(values))).toEqual(['subgroup 3: 9.3, ledger 9.2'])
    expect(comparePoints(answer, truthOf([...values, null]))[0]).toBe('4 subgroups, ledger 5')
  })
})
