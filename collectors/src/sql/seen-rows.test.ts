import { describe, expect, it } from 'vitest'
import { SeenRows } from './seen-rows.ts'

const at = (second: number): string => `2026-11-21 05:00:${String(second).padStart(2, '0')}+00`

describe('rows that were seen', () => {
  it('are known by stream, key and version', () => {
    const seen = new SeenRows(10)
    seen.add('orders', 'A', at(1))
    expect(seen.has('orders', 'A', at(1))).toBe(true)
    expect(seen.has('orders', 'A', at(2))).toBe(false)
    expect(seen.has('lots', 'A', at(1))).toBe(false)
    seen.add('orders', 'A', at(2))
    expect([seen.has('orders', 'A', at(1)), seen.has('orders', 'A', at(2))]).toEqual([false, true])
  })

  it('keep their places when all are taken: the same rows are known in every round', () => {
    const seen = new SeenRows(3)
    const keys = ['A', 'B', 'C', 'D', 'E']
    for (let round = 0; round < 3; round += 1) for (const key of keys) seen.add('orders', key, at(1))
    expect(keys.filter((key) => seen.has('orders', key, at(1)))).toEqual(['A', 'B', 'C'])
    // A new version of a known row needs no new place.
    seen.add('orders', 'B', at(2))
    expect(seen.has('orders', 'B', at(2))).toBe(true)
  })

  it('give their places back once they are not read again', () => {
    const seen = new SeenRows(2)
    seen.add('orders', 'A', at(1))
    seen.add('lots', 'L', at(1))
    expect(seen.isFull).toBe(true)
    seen.forgetBefore('orders', at(1))
    expect(seen.isFull).toBe(true)
    seen.forgetBefore('orders', at(2))
    expect(seen.isFull).toBe(false)
    expect([seen.has('orders', 'A', at(1)), seen.has('lots', 'L', at(1))]).toEqual([false, true])
  })
})
