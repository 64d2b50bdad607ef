import { compareValues, sameValue } from '../compare.ts'
import { add, divide, isNum, multiply, numOf, parseNum, type Num } from '../decimal.ts'
import { numbersOf, onList, onValues, type FunctionDefinition } from '../function-table.ts'
import { Moment } from '../moment.ts'
import { operate } from '../operators.ts'
import type { BinaryOperator } from '../syntax.ts'
import {
  FormulaError,
  flatten,
  isArray,
  isError,
  keyOf,
  textOf,
  typeError,
  type Scalar,
  type Value,
} from '../values.ts'

const family = 'aggregate'

export type AggregateName = 'SUM' | 'AVG' | 'COUNT' | 'MAX' | 'MIN' | 'DISTINCT' | 'FIRST' | 'LAST'

/** Sum of the numbers of a list; of nothing it is 0. */
export function sumOf(list: readonly Scalar[]): Num {
  let whole = 0
  let sum: Num = 0
  for (const value of list) {
    if (typeof value === 'number') {
      const next: number = whole + value
      if (Number.isSafeInteger(next)) whole = next
      else sum = add(sum, value)
    } else if (isNum(value)) sum = add(sum, value)
    else if (value !== null) throw isError(value) ? value : typeError('aggregateOfText')
  }
  return add(sum, whole)
}

/** Largest (`sign` 1) or smallest (−1) of numbers or dates; of nothing it is null. */
function extreme(list: readonly Scalar[], sign: number): Value {
  let best: Scalar = null
  for (const value of list) {
    if (value === null) continue
    if (isError(value)) return value
    if (!isNum(value) && !(value instanceof Moment)) return typeError('aggregateOfText')
    if (best === null) {
      best = value
      continue
    }
    const order = compareValues(value, best)
    if (typeof order !== 'number') return order
    if (order * sign > 0) best = value
  }
  return best
}

function average(list: readonly Scalar[]): Value {
  const count = list.reduce<number>((n, value) => (value === null ? n : n + 1), 0)
  return count === 0 ? null : (divide(sumOf(list), count) ?? null)
}

const distinctCount = (list: readonly Scalar[]): number =>
  new Set(list.filter((value) => value !== null).map(keyOf)).size

/** Aggregates over a flat list, as functions and as summaries of fields. An error in the list is the result. */
export function aggregate(name: AggregateName, list: readonly Scalar[]): Value {
  const error = list.find(isError)
  if (error !== undefined) return error
  try {
    return aggregateOfValues(name, list)
  } catch (problem) {
    if (problem instanceof FormulaError) return problem
    throw problem
  }
}

function aggregateOfValues(name: AggregateName, list: readonly Scalar[]): Value {
  switch (name) {
    case 'SUM':
      return sumOf(list)
    case 'AVG':
      return average(list)
    case 'COUNT':
      return list.reduce<number>((n, value) => (value === null ? n : n + 1), 0)
    case 'MAX':
      return extreme(list, 1)
    case 'MIN':
      return extreme(list, -1)
    case 'DISTINCT':
      return distinctCount(list)
    case 'FIRST':
      return list.find((value) => value !== null) ?? null
    case 'LAST':
      return list.findLast((value) => value !== null) ?? null
  }
}

type Test = (value: Value) => boolean

/** A criterion as in Excel: a value to be equal to, or text such as `>=10`, `<>x`, `a*`. */
export function criterion(wanted: Value): Test {
  if (typeof wanted !== 'string') return (value) => value !== null && wanted !== null && sameValue(value, wanted)
  const match = /^(<>|<=|>=|=|<|>)(.*)$/su.exec(wanted)
  const operator = (match?.[1] ?? '=') as BinaryOperator
  const text = match?.[2] ?? wanted
  const number = text.trim() === '' ? undefined : parseNum(text.trim())
  if (number !== undefined) return (value) => operate(operator, value, isNum(value) ? number : text) === true
  if ((operator === '=' || operator === '<>') && /[*?]/.test(text)) {
    const wild = wildcard(text)
    return (value) => (value !== null && wild.test(textOf(value))) === (operator === '=')
  }
  return (value) => operate(operator, value, text) === true
}

/** `*` any text, `?` one character, `~` takes the meaning from the next. Stars are joined, so matching stays cheap. */
function wildcard(text: string): { test: Test } {
  const pieces: string[] = []
  let literal = ''
  const close = (mark: string): void => {
    pieces.push(literal, mark)
    literal = ''
  }
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] as string
    if (character === '~' && i + 1 < text.length) literal += text[(i += 1)] as string
    else if (character === '*' || character === '?') close(character)
    else literal += character
  }
  pieces.push(literal)
  return {
    test: (value) =>
      wildMatch(
        textOf(value).toLowerCase(),
        pieces.map((piece) => piece.toLowerCase()),
      ),
  }
}

/** Pieces alternate between literal text and marks. Set of reachable positions: time is text × pieces. */
function wildMatch(text: string, pieces: string[]): boolean {
  let reach = new Set([0])
  for (const [i, piece] of pieces.entries()) {
    const next = new Set<number>()
    if (i % 2 === 1 && piece === '*') {
      for (let at = Math.min(...reach); at <= text.length; at += 1) next.add(at)
    } else if (i % 2 === 1) for (const at of reach) if (at < text.length) next.add(at + 1)
    if (i % 2 === 0) for (const at of reach) if (text.startsWith(piece, at)) next.add(at + piece.length)
    if (next.size === 0) return false
    reach = next
  }
  return reach.has(text.length)
}

/** Positions where all pairs (list, criterion) hold. */
function selected(args: Value[], from: number): boolean[] {
  const first = flatten(args[from] ?? null)
  const keep = first.map(() => true)
  for (let i = from; i + 1 < args.length; i += 2) {
    const list = flatten(args[i] ?? null)
    if (list.length !== keep.length) {
      throw typeError('differentLengths', { left: String(keep.length), right: String(list.length) })
    }
    const test = criterion(args[i + 1] ?? null)
    list.forEach((value, at) => (keep[at] = keep[at] === true && test(value)))
  }
  return keep
}

function conditional(name: AggregateName, args: Value[], lists: { values: number; tests: number }): Value {
  const keep = selected(args, lists.tests)
  const values = flatten(args[lists.values] ?? null)
  if (values.length !== keep.length) {
    throw typeError('differentLengths', { left: String(values.length), right: String(keep.length) })
  }
  return aggregate(
    name,
    values.filter((_, at) => keep[at]),
  )
}

/** SUMIF(list, criterion, [values]). */
const single = (name: AggregateName, args: Value[]): Value =>
  conditional(name, [args[0] as Value, args[1] as Value, args[2] ?? (args[0] as Value)], { values: 2, tests: 0 })

function sumProduct(args: Value[]): Value {
  const lists = args.map((arg) => flatten(arg))
  const length = lists[0]?.length ?? 0
  if (lists.some((list) => list.length !== length))
    throw typeError('differentLengths', { left: String(length), right: '…' })
  let sum: Num = 0
  for (let i = 0; i < length; i += 1) {
    const factors = lists.map((list) => list[i] as Scalar)
    const error = factors.find(isError)
    if (error !== undefined) return error
    if (factors.includes(null)) continue
    sum = add(
      sum,
      numbersOf(factors).reduce((product, factor) => multiply(product, factor), numOf(1)),
    )
  }
  return sum
}

export const aggregateFunctions: FunctionDefinition[] = [
  onList('SUM', { family, args: [1, 255] }, (list) => aggregate('SUM', list)),
  onList('AVG', { family, args: [1, 255], excel: 'AVERAGE' }, (list) => aggregate('AVG', list)),
  onList('AVERAGE', { family, args: [1, 255] }, (list) => aggregate('AVG', list)),
  onList('COUNT', { family, args: [1, 255], excel: 'COUNTA' }, (list) => aggregate('COUNT', list)),
  onList('COUNTA', { family, args: [1, 255] }, (list) => aggregate('COUNT', list)),
  onList('MAX', { family, args: [1, 255] }, (list) => aggregate('MAX', list)),
  onList('MIN', { family, args: [1, 255] }, (list) => aggregate('MIN', list)),
  onList('DISTINCT', { family, args: [1, 255], excel: null }, (list) => aggregate('DISTINCT', list)),
  onList('COUNTDISTINCT', { family, args: [1, 255], excel: null }, (list) => aggregate('DISTINCT', list)),
  onList('FIRST', { family, args: [1, 255], excel: null }, (list) => aggregate('FIRST', list)),
  onList('LAST', { family, args: [1, 255], excel: null }, (list) => aggregate('LAST', list)),
  onList(
    'COUNTBLANK',
    { family, args: [1, 255], excel: null },
    (list) => list.filter((value) => value === null || value === '').length,
  ),
  onList('PRODUCT', { family, args: [1, 255] }, (list) => {
    const numbers = numbersOf(list)
    return numbers.length === 0 ? 0 : numbers.reduce((product, value) => multiply(product, value), numOf(1))
  }),
  onList('SUMSQ', { family, args: [1, 255] }, (list) => sumOf(numbersOf(list).map((value) => multiply(value, value)))),
  onValues('SUMPRODUCT', { family, args: [1, 30] }, sumProduct),
  onValues('SUMIF', { family, args: [2, 3] }, (args) => single('SUM', args)),
  onValues('AVGIF', { family, args: [2, 3], excel: 'AVERAGEIF' }, (args) => single('AVG', args)),
  onValues('AVERAGEIF', { family, args: [2, 3] }, (args) => single('AVG', args)),
  onValues('COUNTIF', { family, args: [2, 2] }, (args) => selected(args, 0).filter(Boolean).length),
  onValues('COUNTIFS', { family, args: [2, 254] }, (args) => selected(args, 0).filter(Boolean).length),
  onValues('SUMIFS', { family, args: [3, 255] }, (args) => conditional('SUM', args, { values: 0, tests: 1 })),
  onValues('AVGIFS', { family, args: [3, 255], excel: 'AVERAGEIFS' }, (args) =>
    conditional('AVG', args, { values: 0, tests: 1 }),
  ),
  onValues('AVERAGEIFS', { family, args: [3, 255] }, (args) => conditional('AVG', args, { values: 0, tests: 1 })),
  onValues('MAXIFS', { family, args: [3, 255] }, (args) => conditional('MAX', args, { values: 0, tests: 1 })),
  onValues('MINIFS', { family, args: [3, 255] }, (args) => conditional('MIN', args, { values: 0, tests: 1 })),
  onValues('JOIN', { family, args: [1, 2], excel: null }, ([list, separator]) => {
    const parts = flatten(list as Value)
    const error = parts.find(isError)
    if (error !== undefined) return error
    return parts
      .filter((part) => part !== null)
      .map(textOf)
      .join(separator === undefined ? ',' : textOf(separator))
  }),
  onValues('UNIQUE', { family, args: [1, 1], excel: null }, ([list]) => {
    const seen = new Map(flatten(list as Value).map((value) => [keyOf(value), value]))
    return [...seen.values()]
  }),
  onValues('ARRAY', { family, args: [0, 255], excel: null }, (args) =>
    args.flatMap((arg) => (isArray(arg) ? [...arg] : [arg])),
  ),
]
