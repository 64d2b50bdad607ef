import { IANAZone } from 'luxon'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/**
 * The instant (ms) of a local wall-clock time. `date` is `YYYY-MM-DD`, `time` is `HH:MM`.
 * A time that the clock skips moves forward by the length of the skip (02:30 becomes 03:30); a time that happens
 * twice means the first one. Throws a RangeError on an unknown zone or an unreadable date.
 */
export function instantOfLocal(timeZone: string, date: string, time: string): number {
  const zone = zoneOf(timeZone)
  const wallMs = dateMs(date) + minuteOfDay(time) * MINUTE_MS
  const before = zone.offset(wallMs - DAY_MS) * MINUTE_MS
  const after = zone.offset(wallMs + DAY_MS) * MINUTE_MS
  const first = wallMs - before
  if (before === after || zone.offset(first) * MINUTE_MS === before) return first
  const second = wallMs - after
  return zone.offset(second) * MINUTE_MS === after ? second : first
}

/** The local calendar date `YYYY-MM-DD` of an instant (ms). */
export function localDateOf(timeZone: string, at: number): string {
  return dateText(at + zoneOf(timeZone).offset(at) * MINUTE_MS)
}

/** The calendar date `days` after `date`, both `YYYY-MM-DD`. */
export function addDays(date: string, days: number): string {
  return dateText(dateMs(date) + days * DAY_MS)
}

/** Whole days from `a` to `b`, both `YYYY-MM-DD`; negative when `b` is earlier. */
export function daysBetween(a: string, b: string): number {
  return Math.round((dateMs(b) - dateMs(a)) / DAY_MS)
}

/** ISO weekday of a calendar date: 1 = Monday … 7 = Sunday. */
export function isoWeekday(date: string): number {
  const days = Math.floor(dateMs(date) / DAY_MS)
  return ((((days + 3) % 7) + 7) % 7) + 1
}

/** Minutes since midnight of `HH:MM`; `24:00` is allowed and gives 1440. */
export function minuteOfDay(time: string): number {
  const match = /^(\d{1,2}):(\d{2})$/.exec(time)
  if (!match) throw new RangeError(`not a local time: ${time}`)
  return Number(match[1]) * 60 + Number(match[2])
}

function dateMs(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)
  if (!match) throw new RangeError(`not a local date: ${date}`)
  return Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function zoneOf(timeZone: string): IANAZone {
  const zone = IANAZone.create(timeZone)
  if (!zone.isValid) throw new RangeError(`not a time zone: ${timeZone}`)
  return zone
}
