import { describe, expect, it } from 'vitest'
import { Pacing } from './pacing.ts'

const MINUTE = 60_000

describe('the pace of an address', () => {
  it('lets a burst through, then one for each share of a minute', () => {
    const pacing = new Pacing(3, 6)
    expect([1, 2, 3].map(() => pacing.take('a', 0))).toEqual([0, 0, 0])
    expect(pacing.take('a', 0)).toBe(10)
    expect(pacing.take('a', 9_500)).toBe(1)
    expect(pacing.take('a', 10_000)).toBe(0)
    expect(pacing.take('a', 10_000)).toBeGreaterThan(0)
  })

  it('is not made slower by asking while it is closed', () => {
    const pacing = new Pacing(1, 6)
    pacing.take('a', 0)
    for (let at = 100; at < 10_000; at += 100) expect(pacing.take('a', at)).toBeGreaterThan(0)
    expect(pacing.take('a', 10_000)).toBe(0)
  })

  it('saves up no more than a burst', () => {
    const pacing = new Pacing(2, 6)
    pacing.take('a', 0)
    expect([1, 2, 3].map(() => pacing.take('a', 100 * MINUTE) > 0)).toEqual([false, false, true])
  })

  it('is its own', () => {
    const pacing = new Pacing(1, 6)
    expect([pacing.take('a', 0), pacing.take('b', 0)]).toEqual([0, 0])
    expect(pacing.take('a', 0)).toBeGreaterThan(0)
  })

  it('holds when ten thousand other addresses come by', () => {
    const pacing = new Pacing(1, 6)
    for (let index = 0; index < 9_999; index += 1) pacing.take(`other ${index}`, 0)
    pacing.take('a', 0)
    for (let index = 0; index < 100; index += 1) pacing.take(`more ${index}`, 0)
    expect(pacing.take('a', 1)).toBeGreaterThan(0)
  })
})
