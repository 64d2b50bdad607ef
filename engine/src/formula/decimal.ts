/**
 * Exact decimals. A number that is a safe integer is a plain `number`; everything else is a `Decimal`, coefficient
 * and scale. The two never overlap, so equal numbers have equal representations and integers cost nothing.
 */
export class Decimal {
  readonly coefficient: bigint
  /** Digits after the point, never negative. */
  readonly scale: number

  constructor(coefficient: bigint, scale: number) {
    this.coefficient = coefficient
    this.scale = scale
  }
}

/** A safe integer, or a Decimal that is none. Build one by the functions of this file only. */
export type Num = number | Decimal

/** A number outgrew its budget of digits. */
export class DigitLimitError extends Error {}

/** Significant digits of quotients that do not end. The specification asks for 20 at least. */
export const QUOTIENT_DIGITS = 34
const MAX_DIGITS = 1_000
const MAX_SCALE = 400
const SHOWN_DIGITS = 15
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const powers: bigint[] = [1n]
/** 10 ** n, remembered. */
export function powerOfTen(n: number): bigint {
  if (n > 2 * MAX_DIGITS) throw new DigitLimitError(`10 to the power of ${n}`)
  for (let have = powers.length; have <= n; have += 1) powers.push((powers[have - 1] as bigint) * 10n)
  return powers[n] as bigint
}

/** The one constructor of numbers: strips zeros after the point and turns safe integers into plain numbers. */
export function num(coefficient: bigint, scale = 0): Num {
  let c = coefficient
  let s = scale
  while (s >= 8 && c % 100_000_000n === 0n) {
    if (c === 0n) return 0
    c /= 100_000_000n
    s -= 8
  }
  while (s > 0 && c % 10n === 0n) {
    c /= 10n
    s -= 1
  }
  if (s === 0 && c <= MAX_SAFE && c >= -MAX_SAFE) return Number(c)
  return new Decimal(c, s)
}

export function isNum(value: unknown): value is Num {
  return typeof value === 'number' || value instanceof Decimal
}

const coefficientOf = (value: Num): bigint => (typeof value === 'number' ? BigInt(value) : value.coefficient)
const scaleOf = (value: Num): number => (typeof value === 'number' ? 0 : value.scale)

/** The shortest decimal of a double: 0.1 is exactly 0.1. Throws a RangeError on what is not finite. */
export function numOf(value: number): Num {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`)
  return fewPlaces(value) ?? (parseNum(String(value)) as Num)
}

/** Most digits of which a double holds every number. */
const SURE = 10 ** SHOWN_DIGITS
const MOST_PLACES = 6

/** Most doubles have few places: the fewest that give the same double again are its shortest decimal. */
function fewPlaces(value: number): Decimal | undefined {
  let unit = 1
  for (let scale = 1; scale <= MOST_PLACES; scale += 1) {
    unit *= 10
    const coefficient = Math.round(value * unit)
    if (Math.abs(coefficient) >= SURE) return undefined
    if (coefficient / unit === value) return new Decimal(BigInt(coefficient), scale)
  }
  return undefined
}

/** Reads `12`, `-1.50`, `.5`, `1e-3`; undefined when the text is no number. */
export function parseNum(text: string): Num | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  if (whole.length + fraction.length > MAX_DIGITS) throw new DigitLimitError('more than 1,000 digits')
  const coefficient = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`)
  const scale = fraction.length - Number(exponent)
  return bounded(scale >= 0 ? num(coefficient, scale) : num(coefficient * powerOfTen(-scale)))
}

/** Refuses giants and cuts fractions that grew too long. */
function bounded(value: Num): Num {
  if (typeof value === 'number' || (value.scale <= MAX_SCALE && value.scale < 60)) return checked(value)
  return value.scale > MAX_SCALE ? checked(roundTo(value, MAX_SCALE)) : checked(value)
}

function checked(value: Num): Num {
  if (typeof value === 'number') return value
  const limit = powerOfTen(MAX_DIGITS)
  if (value.coefficient >= limit || value.coefficient <= -limit) throw new DigitLimitError('more than 1,000 digits')
  return value
}

export function add(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  const scaleA = scaleOf(a)
  const scaleB = scaleOf(b)
  if (scaleA === scaleB) return bounded(num(coefficientOf(a) + coefficientOf(b), scaleA))
  const scale = Math.max(scaleA, scaleB)
  const sum = coefficientOf(a) * powerOfTen(scale - scaleA) + coefficientOf(b) * powerOfTen(scale - scaleB)
  return bounded(num(sum, scale))
}

export function negate(a: Num): Num {
  if (typeof a === 'number') return a === 0 ? 0 : -a
  return new Decimal(-a.coefficient, a.scale)
}

export const subtract = (a: Num, b: Num): Num => add(a, negate(b))

export function multiply(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (Number.isSafeInteger(product)) return product === 0 ? 0 : product
  }
  return bounded(num(coefficientOf(a) * coefficientOf(b), scaleOf(a) + scaleOf(b)))
}

/** Exact where it ends within the digits kept, otherwise rounded half away from zero. Undefined for a zero divisor. */
export function divide(a: Num, b: Num, digits = QUOTIENT_DIGITS): Num | undefined {
  if (b === 0) return undefined
  if (a === 0) return 0
  if (typeof a === 'number' && typeof b === 'number' && a % b === 0) return a / b
  const dividend = coefficientOf(a)
  const divisor = coefficientOf(b)
  const shift = Math.max(0, digits + digitCount(divisor) - digitCount(dividend))
  const scale = scaleOf(a) - scaleOf(b) + shift
  const quotient = halfAway(dividend * powerOfTen(shift), divisor)
  return bounded(scale >= 0 ? num(quotient, scale) : num(quotient * powerOfTen(-scale)))
}

/** Integer quotient rounded half away from zero. */
function halfAway(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  if (rest === 0n) return quotient
  const twice = (rest < 0n ? -rest : rest) * 2n
  const size = divisor < 0n ? -divisor : divisor
  if (twice < size) return quotient
  return quotient + (dividend < 0n === divisor < 0n ? 1n : -1n)
}

export function digitCount(coefficient: bigint): number {
  const text = coefficient.toString()
  return coefficient < 0n ? text.length - 1 : text.length
}

export function compareNum(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const left = coefficientOf(a) * powerOfTen(scale - scaleOf(a))
  const right = coefficientOf(b) * powerOfTen(scale - scaleOf(b))
  return left < right ? -1 : left > right ? 1 : 0
}

export function equalNum(a: Num, b: Num): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a.scale === b.scale && a.coefficient === b.coefficient
}

export const signOf = (a: Num): number =>
  typeof a === 'number' ? Math.sign(a) : a.coefficient > 0n ? 1 : a.coefficient < 0n ? -1 : 0

export type Rounding = 'half' | 'down' | 'up' | 'floor' | 'ceiling'

/** Rounds to so many places after the point; negative places round before it. `half` is away from zero. */
export function roundTo(value: Num, places: number, rounding: Rounding = 'half'): Num {
  if (scaleOf(value) <= places) return value
  if (places < -MAX_DIGITS) return 0
  const unit = powerOfTen(scaleOf(value) - places)
  const units = roundedUnits(coefficientOf(value), unit, rounding)
  return places >= 0 ? num(units, places) : num(units * powerOfTen(-places))
}

function roundedUnits(coefficient: bigint, unit: bigint, rounding: Rounding): bigint {
  if (rounding === 'half') return halfAway(coefficient, unit)
  const whole = coefficient / unit
  const exact = coefficient % unit === 0n
  if (exact || rounding === 'down') return whole
  const negative = coefficient < 0n
  if (rounding === 'up') return negative ? whole - 1n : whole + 1n
  if (rounding === 'floor') return negative ? whole - 1n : whole
  return negative ? whole : whole + 1n
}

/** Rounds to significant digits, half away from zero. */
export function roundSignificant(value: Num, digits: number): Num {
  const count = digitCount(coefficientOf(value))
  return count <= digits ? value : roundTo(value, scaleOf(value) - (count - digits))
}

/** Remainder with the sign of the divisor, as Excel's MOD. Undefined for a zero divisor. */
export function modulo(a: Num, b: Num): Num | undefined {
  if (b === 0) return undefined
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const left = coefficientOf(a) * powerOfTen(scale - scaleOf(a))
  const right = coefficientOf(b) * powerOfTen(scale - scaleOf(b))
  const rest = left % right
  return num(rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest, scale)
}

/** Exact for whole exponents; by doubles otherwise. Undefined where there is no real result. */
export function power(a: Num, b: Num): Num | undefined {
  if (typeof b === 'number' && Math.abs(b) <= MAX_DIGITS) return wholePower(a, b)
  return fromDouble(Math.pow(toNumber(a), toNumber(b)))
}

function wholePower(a: Num, exponent: number): Num | undefined {
  if (exponent < 0) {
    const inverse = wholePower(a, -exponent)
    return inverse === undefined ? undefined : divide(1, inverse)
  }
  const size = digitCount(coefficientOf(a)) * exponent
  if (size > 2 * MAX_DIGITS) {
    if (scaleOf(a) === 0) throw new DigitLimitError('power with too many digits')
    return fromDouble(Math.pow(toNumber(a), exponent))
  }
  return bounded(num(coefficientOf(a) ** BigInt(exponent), scaleOf(a) * exponent))
}

/** A result of floating arithmetic, kept to its 15 certain digits. Undefined when it is not finite. */
export function fromDouble(value: number): Num | undefined {
  if (!Number.isFinite(value)) return undefined
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  return parseNum(value.toPrecision(SHOWN_DIGITS))
}

/** The nearest double. */
export function toNumber(value: Num): number {
  if (typeof value === 'number') return value
  // The quotient of two numbers that doubles hold exactly is rounded once, as reading the text would do.
  const unit = EXACT_POWERS[value.scale]
  if (unit !== undefined) {
    const coefficient = Number(value.coefficient)
    if (Number.isSafeInteger(coefficient)) return coefficient / unit
  }
  return Number(exactText(value))
}

/** Powers of ten that doubles hold exactly. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** All digits, never an exponent. */
export function exactText(value: Num): string {
  if (typeof value === 'number') return String(value)
  const negative = value.coefficient < 0n
  const digits = (negative ? -value.coefficient : value.coefficient).toString().padStart(value.scale + 1, '0')
  const point = digits.length - value.scale
  const body = value.scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  return negative ? `-${body}` : body
}

/** As shown without a format: whole numbers with all their digits, for they may be identifiers; others with 15. */
export const shownNum = (value: Num): Num =>
  typeof value === 'number' || value.scale === 0 ? value : roundSignificant(value, SHOWN_DIGITS)
