import { IANAZone } from 'luxon'
import { formatSpan } from './durations.ts'
import type { FormatLocale } from './numbers.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** Where and in which language times are written. */
export interface TimePlace {
  /** IANA zone of the site. */
  timeZone: string
  locale: FormatLocale
}

/** Local wall clock as ISO text without zone, e.g. `2026-11-21T08:42:05.000`. */
function wallClock(at: number, timeZone: string): string {
  const zone = IANAZone.create(timeZone)
  if (!zone.isValid) throw new RangeError(`not a time zone: ${timeZone}`)
  return new Date(at + zone.offset(at) * MINUTE_MS).toISOString().slice(0, 23)
}

/** `08:42` of an instant (ms) in a zone, 24 h. */
export function formatClock(at: number, timeZone: string): string {
  return wallClock(at, timeZone).slice(11, 16)
}

/** `08:42:05` of an instant (ms) in a zone, 24 h. */
export function formatClockSeconds(at: number, timeZone: string): string {
  return wallClock(at, timeZone).slice(11, 19)
}

/** `2026-11-21` of an instant (ms) in a zone. */
export function formatDate(at: number, timeZone: string): string {
  return wallClock(at, timeZone).slice(0, 10)
}

/** A local date `YYYY-MM-DD` without its year: `11-21`, in English `21 Nov`. */
export function formatMonthDay(date: string, locale: FormatLocale): string {
  const [, month = '', day = ''] = date.split('-')
  return locale === 'en' ? `${Number(day)} ${MONTHS[Number(month) - 1] ?? month}` : `${month}-${day}`
}

/** A production day with its shift: `11-21 夜班`, `21 Nov Night`. Without a shift the day alone. */
export function formatProductionDay(date: string, shiftName: string | null, locale: FormatLocale): string {
  const day = formatMonthDay(date, locale)
  return shiftName === null ? day : `${day} ${shiftName}`
}

/** `08:42` on the day of `nowAt`, `11-19 08:42` in its year, `2025-11-19 08:42` else. */
export function formatInstant(at: number, nowAt: number, place: TimePlace): string {
  const date = formatDate(at, place.timeZone)
  const today = formatDate(nowAt, place.timeZone)
  const clock = formatClock(at, place.timeZone)
  if (date === today) return clock
  const day = date.slice(0, 4) === today.slice(0, 4) ? formatMonthDay(date, place.locale) : date
  return `${day} ${clock}`
}

/** A moment to come in little room: `08:42` today, `11-23` on any other day. */
export function formatDue(at: number, nowAt: number, place: TimePlace): string {
  const date = formatDate(at, place.timeZone)
  return date === formatDate(nowAt, place.timeZone)
    ? formatClock(at, place.timeZone)
    : formatMonthDay(date, place.locale)
}

/**
 * How old something is: `12 秒`, `6 分` below an hour, then the clock time, after a day the date. What lies in the
 * future (clocks differ) counts as one second old.
 */
export function formatAge(at: number, nowAt: number, place: TimePlace): string {
  const ageMs = nowAt - at
  if (ageMs < HOUR_MS) return formatSpan(ageMs, place.locale)
  if (ageMs < DAY_MS) return formatClock(at, place.timeZone)
  return formatMonthDay(formatDate(at, place.timeZone), place.locale)
}
