import { add, compareNum, divide, fromDouble, multiply, numOf, subtract, toNumber, type Num } from '../decimal.ts'
import { numbersOf, onList, onValues, type FunctionDefinition } from '../function-table.ts'
import { FormulaError, flatten, isError, keyOf, typeError, type Scalar, type Value } from '../values.ts'

const family = 'statistics'
const divisionByZero = new FormulaError('#DIV/0!', { key: 'divisionByZero' })

const sorted = (list: readonly Scalar[]): Num[] => numbersOf(list).toSorted(compareNum)

const total = (numbers: readonly Num[]): Num => numbers.reduce((sum, value) => add(sum, value), numOf(0))

/** Sum of squared distances from the mean, exact up to the quotient. */
function squares(numbers: readonly Num[]): Num {
  const mean = divide(total(numbers), numbers.length) ?? 0
  return total(numbers.map((value) => multiply(subtract(value, mean), subtract(value, mean))))
}

function variance(list: readonly Scalar[], sample: boolean): Num | FormulaError | null {
  const numbers = numbersOf(list)
  if (numbers.length === 0) return null
  return divide(squares(numbers), numbers.length - (sample ? 1 : 0)) ?? divisionByZero
}

function deviation(list: readonly Scalar[], sample: boolean): Value {
  const value = variance(list, sample)
  return value === null || isError(value) ? value : (fromDouble(Math.sqrt(toNumber(value))) ?? null)
}

/** Between the two neighbours of a place counted from 0, as PERCENTILE.INC does. */
function interpolated(numbers: readonly Num[], share: number): Value {
  if (numbers.length === 0) return null
  if (share < 0 || share > 1) return typeError('outOfRange', { position: '2' })
  const place = multiply(numOf(share), numbers.length - 1)
  const below = Math.floor(toNumber(place))
  const [low, high] = [numbers[below] as Num, numbers[Math.min(below + 1, numbers.length - 1)] as Num]
  return add(low, multiply(subtract(high, low), subtract(place, below)))
}

function mode(list: readonly Scalar[]): Value {
  const counts = new Map<string | number, { value: Scalar; count: number }>()
  for (const value of list) {
    if (value === null) continue
    const entry = counts.get(keyOf(value))
    if (entry === undefined) counts.set(keyOf(value), { value, count: 1 })
    else entry.count += 1
  }
  let best: { value: Scalar; count: number } | undefined
  for (const entry of counts.values()) if (entry.count > (best?.count ?? 0)) best = entry
  return best?.value ?? null
}

/** A list first, then one number. */
const listAndNumber = (name: string, compute: (numbers: Num[], argument: number) => Value): FunctionDefinition =>
  onValues(name, { family, args: [2, 2] }, ([list, argument]) => {
    const scalars = flatten(list as Value)
    const error = [...scalars, argument as Value].find((value) => isError(value))
    if (error !== undefined) return error
    if (argument === null) return null
    if (typeof argument !== 'number' && !(typeof argument === 'object' && 'coefficient' in argument))
      return typeError('numberExpected', { position: '2' })
    return compute(sorted(scalars), toNumber(argument))
  })

/** Pairs of two lists of equal length in which both are there. */
function pairs(args: Value[]): { x: number[]; y: number[] } {
  const [a, b] = [flatten(args[0] as Value), flatten(args[1] as Value)]
  if (a.length !== b.length) throw typeError('differentLengths', { left: String(a.length), right: String(b.length) })
  const error = [...a, ...b].find(isError)
  if (error !== undefined) throw error
  const known = a.flatMap((value, i) => (value === null || b[i] === null ? [] : ([[value, b[i] as Scalar]] as const)))
  const [x, y] = [numbersOf(known.map(([value]) => value)), numbersOf(known.map(([, value]) => value))]
  return { x: x.map(toNumber), y: y.map(toNumber) }
}

interface Moments {
  n: number
  xx: number
  yy: number
  xy: number
  meanX: number
  meanY: number
}

function momentsOf(args: Value[]): Moments {
  const { x, y } = pairs(args)
  const n = x.length
  const meanX = x.reduce((sum, value) => sum + value, 0) / n
  const meanY = y.reduce((sum, value) => sum + value, 0) / n
  let [xx, yy, xy] = [0, 0, 0]
  x.forEach((value, i) => {
    const [dx, dy] = [value - meanX, (y[i] as number) - meanY]
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  })
  return { n, xx, yy, xy, meanX, meanY }
}

/** Of two lists: y first, then x, as in Excel. */
const fit = (name: string, compute: (moments: Moments) => number): FunctionDefinition =>
  onValues(name, { family, args: [2, 2] }, (args) => {
    const moments = momentsOf([args[1] as Value, args[0] as Value])
    return moments.n === 0 ? null : (fromDouble(compute(moments)) ?? divisionByZero)
  })

export const statisticsFunctions: FunctionDefinition[] = [
  onList('MEDIAN', { family, args: [1, 255] }, (list) => interpolated(sorted(list), 0.5)),
  onList('MODE', { family, args: [1, 255] }, mode),
  onList('STDEV', { family, args: [1, 255] }, (list) => deviation(list, true)),
  onList('STDEVP', { family, args: [1, 255] }, (list) => deviation(list, false)),
  onList('VAR', { family, args: [1, 255] }, (list) => variance(list, true)),
  onList('VARP', { family, args: [1, 255] }, (list) => variance(list, false)),
  onList('DEVSQ', { family, args: [1, 255] }, (list) => squares(numbersOf(list))),
  onList('GEOMEAN', { family, args: [1, 255] }, (list) => {
    const numbers = numbersOf(list).map(toNumber)
    if (numbers.length === 0) return null
    const logs = numbers.reduce((sum, value) => sum + Math.log(value), 0)
    return fromDouble(Math.exp(logs / numbers.length)) ?? typeError('noRealResult')
  }),
  onList('SPAN', { family, args: [1, 255], excel: null }, (list) => {
    const numbers = sorted(list)
    return numbers.length === 0 ? null : subtract(numbers.at(-1) as Num, numbers[0] as Num)
  }),
  listAndNumber('PERCENTILE', interpolated),
  listAndNumber('QUARTILE', (numbers, quarter) => interpolated(numbers, Math.trunc(quarter) / 4)),
  listAndNumber('LARGE', (numbers, k) => numbers.at(-Math.trunc(k)) ?? typeError('outOfRange', { position: '2' })),
  listAndNumber(
    'SMALL',
    (numbers, k) => (k >= 1 ? numbers[Math.trunc(k) - 1] : undefined) ?? typeError('outOfRange', { position: '2' }),
  ),
  fit('CORREL', ({ xx, yy, xy }) => xy / Math.sqrt(xx * yy)),
  fit('SLOPE', ({ xx, xy }) => xy / xx),
  fit('INTERCEPT', ({ xx, xy, meanX, meanY }) => meanY - (xy / xx) * meanX),
]
