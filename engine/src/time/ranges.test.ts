import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clip, coveredMs, intersect, merge, subtract, totalMs } from './ranges.ts'

const range = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 30 }))
  .map(([fromAt, length]) => ({ fromAt, toAt: fromAt + length }))
const list = fc.array(range, { maxLength: 12 })
const covers = (ranges: { fromAt: number; toAt: number }[], at: number) =>
  ranges.some((each) => each.fromAt <= at && at < each.toAt)

describe('ranges', () => {
  it('merge, intersect, subtract and clip as sets of instants do', () => {
    fc.assert(
      fc.property(list, list, range, (a, b, window) => {
        const left = merge(a)
        const right = merge(b)
        for (let at = 0; at < 240; at += 1) {
          expect(covers(left, at)).toBe(covers(a, at))
          expect(covers(intersect(left, right), at)).toBe(covers(a, at) && covers(b, at))
          expect(covers(subtract(left, right), at)).toBe(covers(a, at) && !covers(b, at))
          expect(covers(clip(left, window), at)).toBe(covers(a, at) && covers([window], at))
        }
        expect(coveredMs(left, window)).toBe(totalMs(clip(left, window)))
        expect(totalMs(subtract(left, right)) + totalMs(intersect(left, right))).toBe(totalMs(left))
      }),
    )
  })

  it('that touch become one', () => {
    expect(
      merge([
        { fromAt: 5, toAt: 9 },
        { fromAt: 1, toAt: 5 },
        { fromAt: 4, toAt: 4 },
      ]),
    ).toEqual([{ fromAt: 1, toAt: 9 }])
  })
})
