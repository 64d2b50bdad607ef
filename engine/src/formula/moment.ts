/** Dates, local date-times and instants are three types; none of them is a JavaScript Date. */
export type MomentKind = 'date' | 'datetime' | 'instant'

const DAY = 86_400_000

/**
 * `date` and `datetime`: milliseconds since 1970-01-01T00:00 on the wall clock, as if it were UTC. `instant`:
 * milliseconds since the epoch.
 */
export class Moment {
  readonly kind: MomentKind
  readonly ms: number

  constructor(kind: MomentKind, ms: number) {
    this.kind = kind
    this.ms = kind === 'date' ? Math.floor(ms / DAY) * DAY : ms
  }
}

/** From the year −9999 to the year 9999, as dates are written. */
const [FIRST_MS, LAST_MS] = [Date.UTC(-9999, 0, 1), Date.UTC(10_000, 0, 1) - 1]

/** Undefined for a time that no date can be written of. */
export const momentAt = (kind: MomentKind, ms: number): Moment | undefined =>
  ms >= FIRST_MS && ms <= LAST_MS ? new Moment(kind, ms) : undefined

export interface CalendarParts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Milliseconds within the second. */
  fraction: number
  /** 1 Monday … 7 Sunday. */
  weekday: number
}

export function partsOf(moment: Moment): CalendarParts {
  const date = new Date(moment.ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    fraction: date.getUTCMilliseconds(),
    weekday: ((date.getUTCDay() + 6) % 7) + 1,
  }
}

/** Overflowing parts carry over, as in Excel: month 13 is January of the next year. Undefined out of range. */
export function dateOf(year: number, month: number, day: number): Moment | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const ms = date.getTime()
  return Number.isNaN(ms) || Math.abs(date.getUTCFullYear()) > 9999 ? undefined : new Moment('date', ms)
}

const pattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/

/** Reads ISO texts: `2024-05-01`, `2024-05-01 08:30`, `2024-05-01T08:30:00Z`. Undefined when it is none. */
export function parseMoment(text: string): Moment | undefined {
  const match = pattern.exec(text.trim().replaceAll('/', '-'))
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction = '0', zone] = match
  const date = dateOf(Number(year), Number(month), Number(day))
  if (date === undefined || partsOf(date).day !== Number(day) || partsOf(date).month !== Number(month)) return undefined
  if (hour === undefined) return zone === undefined ? date : undefined
  const ms = Number(`0.${fraction}`) * 1000
  const clock = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Math.round(ms)
  if (clock > DAY) return undefined
  if (zone === undefined) return new Moment('datetime', date.ms + clock)
  return new Moment('instant', date.ms + clock - offsetOf(zone))
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  const digits = zone.slice(1).replace(':', '')
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000
}

const two = (value: number): string => String(value).padStart(2, '0')

/** ISO text: date, local date-time with a space, instant with Z. */
export function momentText(moment: Moment): string {
  const { year, month, day, hour, minute, second, fraction } = partsOf(moment)
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  if (moment.kind === 'date') return date
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}`
  return moment.kind === 'instant' ? `${date}T${clock}Z` : `${date} ${clock}`
}

/** Serial day of Excel: 1 is 1900-01-01, with the leap day of 1900 that never was. */
export function serialOf(moment: Moment): number {
  const days = moment.ms / DAY + 25_569
  return days < 61 ? days - 1 : days
}

export const daysBetween = (from: Moment, to: Moment): number => (to.ms - from.ms) / DAY

/** Undefined out of range. */
export const addMilliseconds = (moment: Moment, ms: number): Moment | undefined =>
  momentAt(moment.kind === 'date' && ms % DAY !== 0 ? 'datetime' : moment.kind, moment.ms + ms)
