import { DigitLimitError, isNum, toNumber, type Num } from './decimal.ts'
import { Moment, parseMoment } from './moment.ts'
import { truth } from './operators.ts'
import {
  FormulaError,
  flatten,
  isArray,
  isError,
  sizeLimit,
  textOf,
  typeError,
  type Scalar,
  type Value,
} from './values.ts'

export type FunctionFamily =
  'math' | 'text' | 'date' | 'logic' | 'aggregate' | 'statistics' | 'lookup' | 'output' | 'report'

/** What functions may know of the world; everything is given by the caller. */
export interface FunctionContext {
  locale: 'zh-CN' | 'en'
  /** Zone in which instants are read as local time. */
  timeZone: string
  /** Instant of the run on the wall clock of the zone; functions that need it are #NAME? without. */
  now?: Moment
  dictionaries: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Values of `output` in the rows of a dataset whose `key` column equals `value`; undefined for unknown names. */
  lookup?: (query: { dataset: string; key: string; value: Value; output: string }) => readonly Value[] | undefined
  user: ReadonlyMap<string, Value>
}

export type Thunk = () => Value

export interface FunctionDefinition {
  name: string
  family: FunctionFamily
  least: number
  most: number
  /** Same function in Excel, where there is one. Null: the value is written instead. */
  excel: string | null
  /** What an argument may be in Excel: a single cell, one range, or a list of ranges. */
  takes: 'cell' | 'range' | 'ranges'
  run: (args: Thunk[], context: FunctionContext) => Value
}

export interface Shape {
  family: FunctionFamily
  args: [least: number, most: number]
  excel?: string | null
  takes?: FunctionDefinition['takes']
}

const tooBig = new FormulaError('#LIMIT!', { key: 'tooManyDigits' })

/** Runs a body whose argument readers throw FormulaErrors, and gives the error back as the value it is. */
function guarded(body: () => Value): Value {
  try {
    return limited(body())
  } catch (error) {
    if (error instanceof FormulaError) return error
    if (error instanceof DigitLimitError) return tooBig
    throw error
  }
}

function limited(value: Value): Value {
  if (typeof value === 'string' && value.length > sizeLimit.text)
    return new FormulaError('#LIMIT!', { key: 'textTooLong' })
  if (isArray(value) && value.length > sizeLimit.array) return new FormulaError('#LIMIT!', { key: 'arrayTooLong' })
  return value
}

function define(name: string, shape: Shape, run: FunctionDefinition['run']): FunctionDefinition {
  const [least, most] = shape.args
  const { family, excel = name, takes = 'cell' } = shape
  return { name, family, least, most, excel, takes, run }
}

/** Arguments are values as they are, errors included. */
export function onValues(
  name: string,
  shape: Shape,
  body: (args: Value[], context: FunctionContext) => Value,
): FunctionDefinition {
  const run: FunctionDefinition['run'] = (args, context) =>
    guarded(() =>
      body(
        args.map((arg) => arg()),
        context,
      ),
    )
  return define(name, { takes: 'range', ...shape }, run)
}

/** Arguments are evaluated by the body when it needs them. */
export function onThunks(
  name: string,
  shape: Shape,
  body: (args: Thunk[], context: FunctionContext) => Value,
): FunctionDefinition {
  return define(name, shape, (args, context) => guarded(() => body(args, context)))
}

/**
 * Arguments are scalars: an array among them gives an array of results, an error is the result. Null gives null,
 * unless `nulls` lets it through.
 */
export function onScalars(
  name: string,
  shape: Shape & { nulls?: 'pass' },
  body: (args: Arguments, context: FunctionContext) => Value,
): FunctionDefinition {
  const once = (scalars: Value[], context: FunctionContext): Value => {
    const error = scalars.find(isError)
    if (error !== undefined) return error
    if (shape.nulls !== 'pass' && scalars.includes(null)) return null
    return guarded(() => body(new Arguments(scalars), context))
  }
  return define(name, shape, (args, context) => {
    const values = args.map((arg) => arg())
    if (!values.some(isArray)) return once(values, context)
    return broadcast(values, (scalars) => once(scalars, context))
  })
}

function broadcast(values: Value[], once: (scalars: Value[]) => Value): Value {
  const lengths = values.filter(isArray).map((array) => array.length)
  const length = Math.max(...lengths)
  if (lengths.some((other) => other !== length))
    return typeError('differentLengths', { left: String(length), right: '…' })
  return Array.from({ length }, (_, i) => once(values.map((value) => (isArray(value) ? (value[i] as Value) : value))))
}

/** All arguments in one list, arrays flattened. An error among them is the result. */
export function onList(
  name: string,
  shape: Shape,
  body: (list: readonly Scalar[], context: FunctionContext) => Value,
): FunctionDefinition {
  return onValues(name, { takes: 'ranges', ...shape }, (args, context) => {
    const list = args.length === 1 ? flatten(args[0] as Value) : args.flatMap((arg) => flatten(arg))
    return list.find(isError) ?? body(list, context)
  })
}

/** Typed reading of arguments. Readers throw a FormulaError, which becomes the result. */
export class Arguments {
  readonly values: readonly Value[]

  constructor(values: readonly Value[]) {
    this.values = values
  }

  get count(): number {
    return this.values.length
  }

  value(index: number): Value {
    return this.values[index] ?? null
  }

  num(index: number, otherwise?: Num): Num {
    const value = this.values[index]
    if ((value === undefined || value === null) && otherwise !== undefined) return otherwise
    if (isNum(value)) return value
    throw typeError('numberExpected', { position: String(index + 1) })
  }

  double(index: number, otherwise?: number): number {
    return toNumber(this.num(index, otherwise))
  }

  /** A whole number within bounds; fractions are cut off. */
  whole(index: number, bounds: { least?: number; most?: number; otherwise?: number } = {}): number {
    const value = Math.trunc(this.double(index, bounds.otherwise))
    const { least = -1e15, most = 1e15 } = bounds
    if (value < least || value > most) throw typeError('outOfRange', { position: String(index + 1) })
    return value
  }

  text(index: number, otherwise = ''): string {
    const value = this.values[index]
    return value === undefined ? otherwise : textOf(value)
  }

  flag(index: number, otherwise: boolean): boolean {
    const value = this.values[index]
    if (value === undefined || value === null) return otherwise
    const held = truth(value)
    if (isError(held)) throw held
    return held === true
  }

  moment(index: number, context: FunctionContext): Moment {
    const value = this.values[index]
    const moment = value instanceof Moment ? value : typeof value === 'string' ? parseMoment(value) : undefined
    if (moment === undefined) throw typeError('dateExpected', { position: String(index + 1) })
    return localMoment(moment, context.timeZone)
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** An instant as wall clock of a zone; dates and local date-times stay. */
export function localMoment(moment: Moment, timeZone: string): Moment {
  if (moment.kind !== 'instant') return moment
  let format = formats.get(timeZone)
  if (format === undefined) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...fields, second: 'numeric' })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(moment.ms).map((part) => [part.type, Number(part.value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const fraction = ((moment.ms % 1000) + 1000) % 1000
  return new Moment('datetime', Date.UTC(year, month - 1, day, hour, minute, second) + fraction)
}

/** The numbers of a list; nulls are left out, anything else is #TYPE!. */
export function numbersOf(list: readonly Scalar[]): Num[] {
  const numbers: Num[] = []
  for (const value of list) {
    if (isNum(value)) numbers.push(value)
    else if (value !== null) throw isError(value) ? value : typeError('aggregateOfText')
  }
  return numbers
}
