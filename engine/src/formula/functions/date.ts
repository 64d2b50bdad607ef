import { isNum, numOf, toNumber } from '../decimal.ts'
import {
  Arguments,
  onScalars,
  onThunks,
  type FunctionContext,
  type FunctionDefinition,
  type Shape,
} from '../function-table.ts'
import { addMilliseconds, dateOf, Moment, momentAt, parseMoment, partsOf, serialOf } from '../moment.ts'
import { FormulaError, flatten, isError, typeError, type Value } from '../values.ts'

const family = 'date'
const DAY = 86_400_000

type Body = (args: Arguments, context: FunctionContext) => Value

const onDates = (name: string, shape: Omit<Shape, 'family'>, body: Body): FunctionDefinition =>
  onScalars(name, { family, ...shape }, body)

/** One part of a date as a number. */
const part = (name: string, read: (moment: Moment) => number, excel: string | null = name): FunctionDefinition =>
  onDates(name, { args: [1, 1], excel }, (args, context) => numOf(read(args.moment(0, context))))

const orRange = (moment: Moment | undefined): Value => moment ?? typeError('dateRange')

/** Moves by months, staying inside the month: 31 January and one month is the last day of February. */
function addMonths(moment: Moment, months: number): Value {
  const { year, month, day } = partsOf(moment)
  const first = dateOf(year, month + months, 1)
  if (first === undefined) return typeError('dateRange')
  const start = partsOf(first)
  const last = daysIn(start.year, start.month)
  const date = dateOf(start.year, start.month, Math.min(day, last))
  if (date === undefined) return typeError('dateRange')
  return moment.kind === 'date' ? date : new Moment(moment.kind, date.ms + (((moment.ms % DAY) + DAY) % DAY))
}

const daysIn = (year: number, month: number): number => partsOf(dateOf(year, month + 1, 0) as Moment).day

const dayOf = (moment: Moment): Moment => new Moment('date', moment.ms)

type Period = 'year' | 'half' | 'quarter' | 'month' | 'week' | 'day' | 'hour'

const MONTHS_OF: Partial<Record<Period, number>> = { year: 12, half: 6, quarter: 3, month: 1 }

function periodOf(text: string): Period {
  const period = text.toLowerCase()
  if (['year', 'half', 'quarter', 'month', 'week', 'day', 'hour'].includes(period)) return period as Period
  throw typeError('unknownPeriod', { name: text })
}

/** First moment of the period that holds a moment; weeks start on Monday. */
function periodStart(moment: Moment, period: Period): Moment {
  const { year, month, weekday } = partsOf(moment)
  if (period === 'hour') return new Moment('datetime', Math.floor(moment.ms / 3_600_000) * 3_600_000)
  if (period === 'day') return dayOf(moment)
  if (period === 'week') return new Moment('date', dayOf(moment).ms - (weekday - 1) * DAY)
  const months = MONTHS_OF[period] as number
  return dateOf(year, month - ((month - 1) % months), 1) as Moment
}

/** Last day of the period. */
function periodEnd(moment: Moment, period: Period): Value {
  const start = periodStart(moment, period)
  if (period === 'hour') return orRange(addMilliseconds(start, 3_599_999))
  if (period === 'day') return start
  if (period === 'week') return orRange(momentAt('date', start.ms + 6 * DAY))
  const { year, month } = partsOf(start)
  return orRange(dateOf(year, month + (MONTHS_OF[period] as number), 0))
}

/** Whole months from one date to another, as DATEDIF counts them. */
function monthsBetween(from: Moment, to: Moment): number {
  const [a, b] = [partsOf(from), partsOf(to)]
  const months = (b.year - a.year) * 12 + b.month - a.month
  return b.day < a.day ? months - 1 : months
}

function difference(args: Arguments, context: FunctionContext): Value {
  const [from, to] = [args.moment(0, context), args.moment(1, context)]
  const unit = args.text(2, 'd').toLowerCase()
  if (to.ms < from.ms && unit.length <= 2) return typeError('dateOrder')
  const days = Math.floor((dayOf(to).ms - dayOf(from).ms) / DAY)
  switch (unit) {
    case 'd':
    case 'day':
      return days
    case 'm':
    case 'month':
      return monthsBetween(from, to)
    case 'y':
    case 'year':
      return Math.trunc(monthsBetween(from, to) / 12)
    case 'hour':
      return numOf((to.ms - from.ms) / 3_600_000)
    case 'minute':
      return numOf((to.ms - from.ms) / 60_000)
    case 'second':
      return numOf((to.ms - from.ms) / 1000)
    default:
      return typeError('unknownPeriod', { name: unit })
  }
}

/** ISO week: the one with the first Thursday is week 1. */
function isoWeek(moment: Moment): { year: number; week: number } {
  const { weekday } = partsOf(moment)
  const thursday = new Moment('date', dayOf(moment).ms + (4 - weekday) * DAY)
  const { year } = partsOf(thursday)
  return { year, week: Math.floor((thursday.ms - (dateOf(year, 1, 1) as Moment).ms) / (7 * DAY)) + 1 }
}

function weekNumber(args: Arguments, context: FunctionContext): Value {
  const moment = args.moment(0, context)
  const mode = args.whole(1, { otherwise: 1 })
  if (mode === 21) return isoWeek(moment).week
  const first = dateOf(partsOf(moment).year, 1, 1) as Moment
  const offset = mode === 2 ? partsOf(first).weekday - 1 : partsOf(first).weekday % 7
  return Math.floor((dayOf(moment).ms - first.ms + offset * DAY) / (7 * DAY)) + 1
}

function weekday(args: Arguments, context: FunctionContext): Value {
  const { weekday: monday } = partsOf(args.moment(0, context))
  const mode = args.whole(1, { otherwise: 1 })
  if (mode === 1) return (monday % 7) + 1
  return mode === 2 ? monday : mode === 3 ? monday - 1 : typeError('outOfRange', { position: '2' })
}

/** Days that count as work: Monday to Friday without holidays. */
function isWorkDay(ms: number, holidays: ReadonlySet<number>): boolean {
  return partsOf(new Moment('date', ms)).weekday <= 5 && !holidays.has(ms)
}

function holidaySet(value: Value | undefined): Set<number> {
  const days = new Set<number>()
  for (const entry of value === undefined ? [] : flatten(value)) {
    if (entry === null) continue
    if (isError(entry)) throw entry
    const moment = entry instanceof Moment ? entry : typeof entry === 'string' ? parseMoment(entry) : undefined
    if (moment === undefined) throw typeError('dateExpected', { position: '3' })
    days.add(dayOf(moment).ms)
  }
  return days
}

const MAX_WALK = 200_000

function workDay(args: Arguments, context: FunctionContext, holidays: Set<number>): Value {
  const count = args.whole(1, { least: -MAX_WALK, most: MAX_WALK })
  let { ms } = dayOf(args.moment(0, context))
  const step = count < 0 ? -DAY : DAY
  for (let left = Math.abs(count); left > 0;) {
    ms += step
    if (isWorkDay(ms, holidays)) left -= 1
  }
  return orRange(momentAt('date', ms))
}

function networkDays(args: Arguments, context: FunctionContext, holidays: Set<number>): Value {
  const [a, b] = [dayOf(args.moment(0, context)).ms, dayOf(args.moment(1, context)).ms]
  if (Math.abs(b - a) / DAY > MAX_WALK) return typeError('dateRange')
  let count = 0
  for (let ms = Math.min(a, b); ms <= Math.max(a, b); ms += DAY) if (isWorkDay(ms, holidays)) count += 1
  return b < a ? -count : count
}

/** The third argument is a list and must not be dealt out. */
const withHolidays = (
  name: string,
  body: (args: Arguments, context: FunctionContext, holidays: Set<number>) => Value,
): FunctionDefinition =>
  onThunks(name, { family, args: [2, 3], takes: 'range' }, (thunks, context) => {
    const values = thunks.map((thunk) => thunk())
    const error = values.slice(0, 2).find(isError)
    if (error !== undefined) return error
    if (values[0] === null || values[1] === null) return null
    return body(new Arguments(values), context, holidaySet(values[2]))
  })

function now({ now: moment }: FunctionContext): Moment {
  if (moment === undefined) throw new FormulaError('#NAME?', { key: 'noClock' })
  return moment
}

function toDate(args: Arguments, context: FunctionContext): Value {
  const value = args.value(0)
  if (isNum(value)) return orRange(momentAt('date', Math.round((toNumber(value) - 25_569) * DAY)))
  return dayOf(args.moment(0, context))
}

export const dateFunctions: FunctionDefinition[] = [
  onDates('DATE', { args: [3, 3] }, (args) =>
    orRange(dateOf(args.whole(0, { least: 1, most: 9999 }), args.whole(1), args.whole(2))),
  ),
  onDates('DATETIME', { args: [6, 6], excel: null }, (args) => {
    const date = dateOf(args.whole(0, { least: 1, most: 9999 }), args.whole(1), args.whole(2))
    const clock = (args.whole(3) * 60 + args.whole(4)) * 60 + args.whole(5)
    return orRange(date === undefined ? undefined : momentAt('datetime', date.ms + clock * 1000))
  }),
  onDates('TODATE', { args: [1, 1], excel: null }, toDate),
  onDates('DATEVALUE', { args: [1, 1] }, (args, context) => dayOf(args.moment(0, context))),
  onDates(
    'TODATETIME',
    { args: [1, 1], excel: null },
    (args, context) => new Moment('datetime', args.moment(0, context).ms),
  ),
  onThunks('TODAY', { family, args: [0, 0] }, (_, context) => dayOf(now(context))),
  onThunks('NOW', { family, args: [0, 0] }, (_, context) => now(context)),
  part('YEAR', (moment) => partsOf(moment).year),
  part('MONTH', (moment) => partsOf(moment).month),
  part('DAY', (moment) => partsOf(moment).day),
  part('HOUR', (moment) => partsOf(moment).hour),
  part('MINUTE', (moment) => partsOf(moment).minute),
  part('SECOND', (moment) => partsOf(moment).second),
  part('QUARTER', (moment) => Math.ceil(partsOf(moment).month / 3), null),
  part('HALFYEAR', (moment) => (partsOf(moment).month <= 6 ? 1 : 2), null),
  part('ISOWEEKNUM', (moment) => isoWeek(moment).week),
  part('ISOWEEKYEAR', (moment) => isoWeek(moment).year, null),
  part(
    'DAYOFYEAR',
    (moment) => Math.floor((dayOf(moment).ms - (dateOf(partsOf(moment).year, 1, 1) as Moment).ms) / DAY) + 1,
    null,
  ),
  part('DAYSINMONTH', (moment) => daysIn(partsOf(moment).year, partsOf(moment).month), null),
  part('DATESERIAL', serialOf, null),
  onDates('WEEKDAY', { args: [1, 2] }, weekday),
  onDates('WEEKNUM', { args: [1, 2] }, weekNumber),
  onDates('EDATE', { args: [2, 2] }, (args, context) => addMonths(args.moment(0, context), args.whole(1))),
  onDates('EOMONTH', { args: [2, 2] }, (args, context) => {
    const { year, month } = partsOf(args.moment(0, context))
    return orRange(dateOf(year, month + args.whole(1) + 1, 0))
  }),
  onDates('DATEADD', { args: [2, 3], excel: null }, (args, context) => {
    const [moment, count, unit] = [args.moment(0, context), args.double(1), args.text(2, 'day').toLowerCase()]
    const months = MONTHS_OF[unit as Period]
    if (months !== undefined) return addMonths(moment, Math.trunc(count) * months)
    const ms = { week: 7 * DAY, day: DAY, hour: 3_600_000, minute: 60_000, second: 1000 }[unit]
    return ms === undefined
      ? typeError('unknownPeriod', { name: unit })
      : orRange(addMilliseconds(moment, Math.round(count * ms)))
  }),
  onDates('DATEDIF', { args: [2, 3] }, difference),
  onDates('DAYS', { args: [2, 2] }, (args, context) =>
    Math.round((dayOf(args.moment(0, context)).ms - dayOf(args.moment(1, context)).ms) / DAY),
  ),
  withHolidays('WORKDAY', workDay),
  withHolidays('NETWORKDAYS', networkDays),
  onDates('PERIODSTART', { args: [2, 2], excel: null }, (args, context) =>
    periodStart(args.moment(0, context), periodOf(args.text(1))),
  ),
  onDates('PERIODEND', { args: [2, 2], excel: null }, (args, context) =>
    periodEnd(args.moment(0, context), periodOf(args.text(1))),
  ),
  onDates('TIME', { args: [3, 3] }, (args) =>
    numOf(((args.whole(0) * 60 + args.whole(1)) * 60 + args.whole(2)) / 86_400),
  ),
]
