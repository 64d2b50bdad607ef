import { compareValues, sameValue } from './compare.ts'
import { add, DigitLimitError, divide, isNum, modulo, multiply, negate, power, subtract, toNumber } from './decimal.ts'
import type { Num } from './decimal.ts'
import { addMilliseconds, daysBetween, Moment } from './moment.ts'
import { numOf } from './decimal.ts'
import type { BinaryOperator } from './syntax.ts'
import { FormulaError, isArray, isError, sizeLimit, textOf, typeError, valueOf, type Value } from './values.ts'

const DAY = 86_400_000
const divisionByZero = new FormulaError('#DIV/0!', { key: 'divisionByZero' })
const tooBig = new FormulaError('#LIMIT!', { key: 'tooManyDigits' })
const notNumbers = typeError('notNumbers')

/** Applies a binary operator other than AND and OR to values; arrays element by element. */
export function operate(operator: BinaryOperator, a: Value, b: Value): Value {
  if (operator === 'IN') return contains(a, b)
  if (isArray(a) || isArray(b)) return operateOnArrays(operator, a, b)
  if (isError(a)) return a
  if (isError(b)) return b
  if (operator === '&&') return joined(a, b)
  if (a === null || b === null) return null
  switch (operator) {
    case '=':
      return sameValue(a, b)
    case '<>':
      return !sameValue(a, b)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, compareValues(a, b))
    case 'LIKE':
      return typeof a === 'string' && typeof b === 'string' ? like(a, b) : typeError('notText')
    default:
      return arithmetic(operator, a, b)
  }
}

function operateOnArrays(operator: BinaryOperator, a: Value, b: Value): Value {
  if (isArray(a) && isArray(b)) {
    if (a.length !== b.length) return typeError('differentLengths', { left: String(a.length), right: String(b.length) })
    return a.map((left, i) => operate(operator, left, b[i] as Value))
  }
  if (isArray(a)) return a.map((left) => operate(operator, left, b))
  return (b as readonly Value[]).map((right) => operate(operator, a, right))
}

function joined(a: Value, b: Value): Value {
  const text = textOf(a) + textOf(b)
  return text.length > sizeLimit.text ? new FormulaError('#LIMIT!', { key: 'textTooLong' }) : text
}

function ordered(operator: '<' | '<=' | '>' | '>=', order: number | FormulaError): Value {
  if (typeof order !== 'number') return order
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function arithmetic(operator: BinaryOperator, a: Value, b: Value): Value {
  if (!isNum(a) || !isNum(b)) return withDates(operator, a, b)
  try {
    return calculate(operator, a, b) ?? divisionByZero
  } catch (error) {
    if (error instanceof DigitLimitError) return tooBig
    throw error
  }
}

function calculate(operator: BinaryOperator, a: Num, b: Num): Value | undefined {
  switch (operator) {
    case '+':
      return add(a, b)
    case '-':
      return subtract(a, b)
    case '*':
      return multiply(a, b)
    case '/':
      return divide(a, b)
    case '%':
      return modulo(a, b)
    default:
      return power(a, b) ?? typeError('noRealResult')
  }
}

/** A date plus days, or the days between two dates. */
function withDates(operator: BinaryOperator, a: Value, b: Value): Value {
  if (a instanceof Moment && b instanceof Moment && operator === '-') return valueOf(daysBetween(b, a))
  if (a instanceof Moment && isNum(b) && (operator === '+' || operator === '-')) {
    const days = toNumber(operator === '+' ? b : negate(b))
    return addMilliseconds(a, Math.round(days * DAY)) ?? typeError('dateRange')
  }
  if (isNum(a) && b instanceof Moment && operator === '+') return withDates('+', b, a)
  return notNumbers
}

export function negated(value: Value): Value {
  if (value === null || isError(value)) return value
  if (isArray(value)) return value.map(negated)
  return isNum(value) ? negate(value) : notNumbers
}

/** TRUE, FALSE, null for unknown, or an error. A number holds when it is not zero. */
export function truth(value: Value): boolean | null | FormulaError {
  if (typeof value === 'boolean' || value === null || isError(value)) return value
  if (isNum(value)) return value !== numOf(0)
  return typeError('notCondition')
}

function contains(item: Value, list: Value): Value {
  if (isError(item)) return item
  if (isError(list)) return list
  if (isArray(item)) return item.map((part) => contains(part, list))
  if (item === null || list === null) return null
  const items = isArray(list) ? list : [list]
  const error = items.find(isError)
  if (error !== undefined) return error
  return items.some((candidate) => candidate !== null && sameValue(item, candidate))
}

/** `%` stands for any text, `_` for one character; everything else for itself. Linear in the text for one pattern. */
export function like(text: string, pattern: string): boolean {
  const characters = [...text]
  const marks = [...pattern]
  let t = 0
  let p = 0
  let star = -1
  let mark = 0
  while (t < characters.length) {
    if (p < marks.length && marks[p] !== '%' && (marks[p] === '_' || marks[p] === characters[t])) {
      t += 1
      p += 1
    } else if (marks[p] === '%') {
      star = p
      mark = t
      p += 1
    } else if (star >= 0) {
      p = star + 1
      mark += 1
      t = mark
    } else return false
  }
  while (marks[p] === '%') p += 1
  return p === marks.length
}
