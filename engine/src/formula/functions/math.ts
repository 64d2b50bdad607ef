import {
  add,
  compareNum,
  divide,
  fromDouble,
  modulo,
  multiply,
  negate,
  num,
  numOf,
  power,
  roundTo,
  signOf,
  subtract,
  type Num,
  type Rounding,
} from '../decimal.ts'
import { Arguments, onScalars, type FunctionDefinition } from '../function-table.ts'
import { FormulaError, sizeLimit, typeError, type Value } from '../values.ts'

const family = 'math'
const divisionByZero = new FormulaError('#DIV/0!', { key: 'divisionByZero' })

const real = (value: Num | undefined): Value => value ?? typeError('noRealResult')

/** A function of one number, by doubles. */
const byDouble = (name: string, compute: (x: number) => number): FunctionDefinition =>
  onScalars(name, { family, args: [1, 1] }, (args) => real(fromDouble(compute(args.double(0)))))

const rounded = (name: string, rounding: Rounding, excel: string | null = name): FunctionDefinition =>
  onScalars(name, { family, args: [1, 2], excel }, (args) =>
    roundTo(args.num(0), args.whole(1, { least: -300, most: 300, otherwise: 0 }), rounding),
  )

/** Nearest multiple of the second argument in one direction. */
function multiple(args: Arguments, rounding: Rounding): Value {
  const unit = args.num(1, 1)
  if (unit === 0) return 0
  const quotient = divide(args.num(0), unit)
  return quotient === undefined ? divisionByZero : multiply(roundTo(quotient, 0, rounding), unit)
}

function logarithm(args: Arguments): Value {
  const base = args.double(1, 10)
  const value = args.double(0)
  if (value <= 0 || base <= 0 || base === 1) return typeError('noRealResult')
  const exact = base === 10 ? Math.log10(value) : base === 2 ? Math.log2(value) : Math.log(value) / Math.log(base)
  return real(fromDouble(exact))
}

/** Whole numbers from, to, step; the way to a fixed number of instances. */
function sequence(args: Arguments): Value {
  const [from, to, step] = [args.num(0), args.num(1), args.num(2, 1)]
  if (step === 0) return typeError('outOfRange', { position: '3' })
  const count = divide(subtract(to, from), step)
  if (count === undefined || signOf(count) < 0) return []
  if (compareNum(count, sizeLimit.array) > 0) return new FormulaError('#LIMIT!', { key: 'arrayTooLong' })
  const length = Number(roundTo(count, 0, 'floor')) + 1
  return Array.from({ length }, (_, i) => add(from, multiply(step, i)))
}

function greatestDivisor(a: Num, b: Num): Num {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, modulo(x, y) as Num]
  return signOf(x) < 0 ? negate(x) : x
}

function factorial(args: Arguments): Value {
  const n = args.whole(0, { least: 0, most: 400 })
  let product = 1n
  for (let i = 2n; i <= BigInt(n); i += 1n) product *= i
  return num(product)
}

function combinations(args: Arguments): Value {
  const [n, k] = [args.whole(0, { least: 0, most: 1000 }), args.whole(1, { least: 0, most: 1000 })]
  let result = 1n
  for (let i = 1; i <= k; i += 1) result = (result * BigInt(n - k + i)) / BigInt(i)
  return k > n ? typeError('outOfRange', { position: '2' }) : num(result)
}

export const mathFunctions: FunctionDefinition[] = [
  onScalars('ABS', { family, args: [1, 1] }, (args) => (signOf(args.num(0)) < 0 ? negate(args.num(0)) : args.num(0))),
  onScalars('SIGN', { family, args: [1, 1] }, (args) => signOf(args.num(0))),
  rounded('ROUND', 'half'),
  rounded('ROUNDUP', 'up'),
  rounded('ROUNDDOWN', 'down'),
  rounded('TRUNC', 'down'),
  onScalars('INT', { family, args: [1, 1] }, (args) => roundTo(args.num(0), 0, 'floor')),
  onScalars('FLOOR', { family, args: [1, 2] }, (args) => multiple(args, 'floor')),
  onScalars('CEILING', { family, args: [1, 2] }, (args) => multiple(args, 'ceiling')),
  onScalars('MROUND', { family, args: [2, 2] }, (args) => multiple(args, 'half')),
  onScalars('EVEN', { family, args: [1, 1] }, (args) => awayToParity(args.num(0), 0)),
  onScalars('ODD', { family, args: [1, 1] }, (args) => awayToParity(args.num(0), 1)),
  onScalars('MOD', { family, args: [2, 2] }, (args) => modulo(args.num(0), args.num(1)) ?? divisionByZero),
  onScalars('QUOTIENT', { family, args: [2, 2] }, (args) => {
    const quotient = divide(args.num(0), args.num(1))
    return quotient === undefined ? divisionByZero : roundTo(quotient, 0, 'down')
  }),
  onScalars('DIV', { family, args: [2, 3], excel: null }, (args) => divide(args.num(0), args.num(1)) ?? args.value(2)),
  onScalars('POWER', { family, args: [2, 2] }, (args) => real(power(args.num(0), args.num(1)))),
  byDouble('SQRT', Math.sqrt),
  byDouble('EXP', Math.exp),
  byDouble('LN', (x) => (x > 0 ? Math.log(x) : Number.NaN)),
  onScalars('LOG', { family, args: [1, 2] }, logarithm),
  onScalars('LOG10', { family, args: [1, 1] }, logarithm),
  byDouble('SIN', Math.sin),
  byDouble('COS', Math.cos),
  byDouble('TAN', Math.tan),
  byDouble('ATAN', Math.atan),
  onScalars('PI', { family, args: [0, 0] }, () => numOf(3.14159265358979)),
  onScalars('GCD', { family, args: [2, 2] }, (args) => greatestDivisor(args.num(0), args.num(1))),
  onScalars('LCM', { family, args: [2, 2] }, (args) => {
    const divisor = greatestDivisor(args.num(0), args.num(1))
    return divisor === 0 ? 0 : (divide(multiply(args.num(0), args.num(1)), divisor) as Num)
  }),
  onScalars('FACT', { family, args: [1, 1] }, factorial),
  onScalars('COMBIN', { family, args: [2, 2] }, combinations),
  onScalars('CLAMP', { family, args: [3, 3], excel: null }, (args) => {
    const [value, least, most] = [args.num(0), args.num(1), args.num(2)]
    return compareNum(value, least) < 0 ? least : compareNum(value, most) > 0 ? most : value
  }),
  onScalars('RANGE', { family, args: [2, 3], excel: null }, sequence),
  onScalars('SEQUENCE', { family, args: [1, 3], excel: null }, (args) => {
    const start = args.num(1, 1)
    const step = args.num(2, 1)
    const length = args.whole(0, { least: 0, most: sizeLimit.array })
    return Array.from({ length }, (_, i) => add(start, multiply(step, i)))
  }),
]

function awayToParity(value: Num, parity: number): Num {
  const size = roundTo(signOf(value) < 0 ? negate(value) : value, 0, 'up')
  const fitting = modulo(size, 2) === parity ? size : add(size, 1)
  return signOf(value) < 0 ? negate(fitting) : fitting
}
