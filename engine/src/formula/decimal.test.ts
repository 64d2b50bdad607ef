import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  add,
  compareNum,
  Decimal,
  DigitLimitError,
  divide,
  exactText,
  modulo,
  multiply,
  num,
  numOf,
  parseNum,
  power,
  roundTo,
  shownNum,
  subtract,
  toNumber,
  type Num,
} from './decimal.ts'

const digits = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 }))
  .map(([c, s]) => num(c, s))
const small = fc
  .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 3 }))
  .map(([c, s]) => num(BigInt(c), s))
const any = fc.oneof(digits, small, fc.maxSafeInteger())

describe('exact decimals', () => {
  it('are one representation per number: safe integers are plain, others are not', () => {
    expect(numOf(0.1)).toEqual(new Decimal(1n, 1))
    expect(add(numOf(0.1), numOf(0.2))).toEqual(numOf(0.3))
    expect(multiply(numOf(0.5), 2)).toBe(1)
    expect(numOf(-0)).toBe(0)
    expect(exactText(parseNum('9007199254740993') as Num)).toBe('9007199254740993')
    expect(exactText(add(Number.MAX_SAFE_INTEGER, 2))).toBe('9007199254740993')
    expect(subtract(add(Number.MAX_SAFE_INTEGER, 2), 2)).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('are read and written without loss', () => {
    fc.assert(
      fc.property(any, (a) => {
        expect(parseNum(exactText(a))).toEqual(a)
      }),
    )
    expect(parseNum('1e3')).toBe(1000)
    expect(parseNum('-.5')).toEqual(new Decimal(-5n, 1))
    for (const text of ['', '.', '-', '1.2.3', '0x10', '1e', ' 1']) expect(parseNum(text)).toBeUndefined()
  })

  it('obey the laws of arithmetic exactly', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(add(a, b)).toEqual(add(b, a))
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)))
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)))
        expect(subtract(add(a, b), b)).toEqual(a)
      }),
    )
  })

  it('divide to 34 digits, half away from zero', () => {
    expect(exactText(divide(1, 3) as Num)).toBe(`0.${'3'.repeat(34)}`)
    expect(exactText(divide(2, 3) as Num)).toBe(`0.${'6'.repeat(33)}7`)
    expect(divide(1, 0)).toBeUndefined()
    fc.assert(
      fc.property(any, any, (a, b) => {
        if (b === 0) return
        expect(divide(multiply(a, b), b, 90)).toEqual(a)
      }),
    )
  })

  it('leave a remainder with the sign of the divisor', () => {
    expect([modulo(7, 3), modulo(-7, 3), modulo(7, -3), modulo(7, 0)]).toEqual([1, 2, -2, undefined])
    fc.assert(
      fc.property(small, small, (a, b) => {
        if (b === 0) return
        const rest = modulo(a, b) as Num
        expect(roundTo(divide(subtract(a, rest), b) as Num, 0)).toEqual(divide(subtract(a, rest), b))
      }),
    )
  })

  it('of a double is its shortest text, and back again the same double', () => {
    const double = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(fc.integer(), fc.nat({ max: 12 })).map(([units, places]) => units / 10 ** places),
      fc.tuple(fc.maxSafeInteger(), fc.nat({ max: 25 })).map(([units, places]) => units / 10 ** places),
    )
    fc.assert(
      fc.property(double, (value) => {
        expect(numOf(value)).toEqual(parseNum(String(value)))
        expect(toNumber(numOf(value))).toBe(value === 0 ? 0 : value)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(fc.property(any, (value) => void expect(toNumber(value)).toBe(Number(exactText(value)))))
  })

  it('round half away from zero, to either side of the point', () => {
    expect(roundTo(numOf(2.5), 0)).toBe(3)
    expect(roundTo(numOf(-2.5), 0)).toBe(-3)
    expect(roundTo(numOf(1.005), 2)).toEqual(numOf(1.01))
    expect(roundTo(1250, -2)).toBe(1300)
    expect(roundTo(49, -2)).toBe(0)
    expect([
      roundTo(numOf(-1.5), 0, 'floor'),
      roundTo(numOf(-1.5), 0, 'ceiling'),
      roundTo(numOf(-1.2), 0, 'up'),
      roundTo(numOf(-1.8), 0, 'down'),
    ]).toEqual([-2, -1, -2, -1])
  })

  it('show at most 15 digits, whole numbers all of theirs', () => {
    expect(toNumber(shownNum(divide(1, 3) as Num))).toBe(0.333333333333333)
    expect(exactText(shownNum(parseNum('9007199254740993') as Num))).toBe('9007199254740993')
  })

  it('refuse to grow without bound', () => {
    expect(() => power(10, 5000)).not.toThrow()
    expect(() => power(99, 1000)).toThrow(DigitLimitError)
    expect(power(2, 10)).toBe(1024)
    expect(power(2, -1)).toEqual(numOf(0.5))
    expect(power(-8, numOf(0.5))).toBeUndefined()
  })

  it('compare by value', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareNum(a, b))).toBe(-Math.sign(compareNum(b, a)) || 0)
      }),
    )
    expect(compareNum(numOf(0.1), numOf(0.10000000001))).toBeLessThan(0)
  })
})
