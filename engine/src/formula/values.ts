import { Decimal, exactText, isNum, numOf, parseNum, shownNum, type Num } from './decimal.ts'
import { Moment, momentText } from './moment.ts'

export type ErrorCode = '#DIV/0!' | '#CYCLE!' | '#NAME?' | '#TYPE!' | '#REF!' | '#LIMIT!' | '#HIDDEN!' | '#SUB!'

/** Why a value is an error: a key of the error texts with what goes into them. */
export interface ErrorCause {
  key: string
  details?: Record<string, string>
}

/** An error is a value: it propagates, is printed, and can be caught with IFERROR. */
export class FormulaError {
  readonly code: ErrorCode
  readonly cause: ErrorCause | undefined

  constructor(code: ErrorCode, cause?: ErrorCause) {
    this.code = code
    this.cause = cause
  }
}

export type Scalar = null | boolean | string | Num | Moment | FormulaError
export type Value = Scalar | readonly Value[]

export const isArray = (value: Value): value is readonly Value[] => Array.isArray(value)
export const isError = (value: Value): value is FormulaError => value instanceof FormulaError

export const typeError = (key: string, details?: Record<string, string>): FormulaError =>
  new FormulaError('#TYPE!', details === undefined ? { key } : { key, details })

/** A value from outside (JSON, driver, parameter) as a value of the language; unknown objects become their JSON text. */
export function valueOf(input: unknown): Value {
  if (input === null || input === undefined) return null
  if (typeof input === 'number') return Number.isFinite(input) ? numOf(input) : null
  if (typeof input === 'string' || typeof input === 'boolean') return input
  if (input instanceof Decimal || input instanceof Moment || input instanceof FormulaError) return input
  if (typeof input === 'bigint') return parseNum(input.toString()) ?? null
  if (Array.isArray(input)) return input.map(valueOf)
  return JSON.stringify(input)
}

/** What is printed of a value without a format: null is empty, an array its parts joined by a comma. */
export function textOf(value: Value): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (isNum(value)) return exactText(shownNum(value))
  if (value instanceof Moment) return momentText(value)
  if (value instanceof FormulaError) return value.code
  return value
    .filter((part) => part !== null)
    .map(textOf)
    .join(',')
}

/** Equal values have equal keys and different ones different keys; text and number never meet. */
export function keyOf(value: Value): string | number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return `s${value}`
  if (value === null) return 'n'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Decimal) return `d${exactText(value)}`
  if (value instanceof Moment) return `m${value.kind}${value.ms}`
  if (value instanceof FormulaError) return `e${value.code}`
  return `a${JSON.stringify(value.map(keyOf))}`
}

/** All scalars inside, in order. */
export function flatten(value: Value): readonly Scalar[] {
  if (!isArray(value)) return [value]
  if (value.every((part) => !Array.isArray(part))) return value as readonly Scalar[]
  return value.flatMap((part) => flatten(part))
}

/** Largest text and array that an expression may build. */
export const sizeLimit = { text: 1_000_000, array: 1_000_000 } as const
