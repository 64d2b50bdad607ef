import { describe, expect, it } from 'vitest'
import { parseNum } from '../formula/decimal.ts'
import { aggregate } from '../formula/functions/aggregate.ts'
import { Moment } from '../formula/moment.ts'
import { FormulaError, type Scalar } from '../formula/values.ts'
import { Fold, RunningSum, type FoldName } from './folds.ts'

const names: FoldName[] = ['SUM', 'AVG', 'COUNT', 'MAX', 'MIN', 'FIRST', 'LAST']
const zero = new FormulaError('#DIV/0!')
const hidden = new FormulaError('#HIDDEN!')
const day = (ms: number): Moment => new Moment('date', ms)

describe('values taken in one after the other', () => {
  it.each<[string, Scalar[]]>([
    ['no values', []],
    ['nothing but nulls', [null, null]],
    ['whole numbers beyond what a double adds exactly', [Number.MAX_SAFE_INTEGER, 3, -1, Number.MAX_SAFE_INTEGER]],
    ['decimals', [parseNum('0.1') as Scalar, parseNum('0.2') as Scalar, null, 3]],
    ['dates', [day(86_400_000), null, day(0)]],
    ['dates and numbers', [day(0), 4]],
    ['texts', ['b', 'a']],
    ['a text before an error', [1, 'a', zero, hidden]],
    ['an error before a text', [null, hidden, 'a', zero]],
    ['yes and no', [true, false]],
  ])('give of %s what their list gives', (_, list) => {
    for (const name of names) {
      const fold = new Fold(name)
      for (const value of list.slice(0, 2)) fold.add(value)
      const copy = fold.copy()
      fold.add(99)
      copy.add(list.slice(2))
      expect(copy.result(), name).toEqual(aggregate(name, list))
    }
  })

  it('add up to a running sum that stays at its first error', () => {
    const sum = new RunningSum(5)
    expect([2, null, zero, 1].map((value) => sum.add(value))).toEqual([7, 7, zero, zero])
  })
})
