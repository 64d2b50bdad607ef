import { expect, it } from 'vitest'
import { ProblemError } from './problem-error.ts'
import { retryDelay } from './queries.ts'

const refusal = (facts: Record<string, number>) =>
  new ProblemError({ type: 'about:blank', title: '', status: 429, code: 'BUDGET_USED_UP', retryable: true, facts })

it('reads again after the time that the server names, and no later than half a minute', () => {
  expect(retryDelay(0, refusal({ retryAfterS: 7 }))).toBe(7_000)
  expect(retryDelay(2, refusal({ retryAfterS: 600 }))).toBe(30_000)
})

it('reads again ever later where no time is named', () => {
  expect([0, 1, 9].map((count) => retryDelay(count, refusal({})))).toEqual([1_000, 2_000, 30_000])
  expect(retryDelay(1, new Error('away'))).toBe(2_000)
})
