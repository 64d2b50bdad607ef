import { compareNum, equalNum, isNum } from './decimal.ts'
import { Moment, parseMoment } from './moment.ts'
import { isArray, isError, keyOf, typeError, type FormulaError, type Value } from './values.ts'

/** Text by Unicode code point, not by UTF-16 unit: 𠮷 sorts after ﬀ. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return shifted(left) - shifted(right)
  }
  return a.length - b.length
}

/** Puts surrogates after all other units, which is where their code points are. */
const shifted = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** Equality of two values that are not null. Values of different types are different. */
export function sameValue(a: Value, b: Value): boolean {
  if (isNum(a) && isNum(b)) return equalNum(a, b)
  if (a instanceof Moment || b instanceof Moment) return sameMoment(a, b)
  if (isArray(a) && isArray(b)) return keyOf(a) === keyOf(b)
  return a === b
}

function sameMoment(a: Value, b: Value): boolean {
  const left = asMoment(a)
  const right = asMoment(b)
  return left !== undefined && right !== undefined && left.ms === right.ms
}

const asMoment = (value: Value): Moment | undefined =>
  value instanceof Moment ? value : typeof value === 'string' ? parseMoment(value) : undefined

/** Negative, zero or positive; #TYPE! for what has no common order. Neither side may be null. */
export function compareValues(a: Value, b: Value): number | FormulaError {
  if (isNum(a) && isNum(b)) return compareNum(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Moment || b instanceof Moment) {
    const left = asMoment(a)
    const right = asMoment(b)
    if (left !== undefined && right !== undefined) return left.ms - right.ms
  }
  return typeError('notComparable')
}

const rank = (value: Value): number => {
  if (isNum(value)) return 0
  if (value instanceof Moment) return 1
  if (typeof value === 'string') return 2
  if (typeof value === 'boolean') return 3
  return isArray(value) ? 4 : 5
}

/** A total order for sorting: numbers, dates, text, booleans, arrays; errors and null last in both directions. */
export function compareForSort(a: Value, b: Value, descending: boolean): number {
  const lastA = a === null || isError(a)
  const lastB = b === null || isError(b)
  if (lastA || lastB) return Number(lastA) - Number(lastB)
  const byRank = rank(a) - rank(b)
  const order = byRank !== 0 ? byRank : compareValues(a, b)
  const known = typeof order === 'number' ? order : compareText(String(keyOf(a)), String(keyOf(b)))
  return descending ? -known : known
}
