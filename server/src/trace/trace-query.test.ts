import { describe, expect, it } from 'vitest'
import { rangeOf } from './trace-query.ts'

const DAY_MS = 86_400_000
const fromAt = Date.UTC(2026, 0, 1)

describe('the period of a trace', () => {
  it('may be as long as that of any figure, and no longer', () => {
    expect(rangeOf({ from: fromAt, to: fromAt + 400 * DAY_MS })).toEqual({ fromAt, toAt: fromAt + 400 * DAY_MS })
    expect(() => rangeOf({ from: fromAt, to: fromAt + 400 * DAY_MS + 1 })).toThrow(
      expect.objectContaining({ code: 'RANGE_INVALID' }),
    )
  })

  it('ends after it begins', () => {
    expect(() => rangeOf({ from: fromAt, to: fromAt })).toThrow(expect.objectContaining({ code: 'RANGE_INVALID' }))
  })
})
