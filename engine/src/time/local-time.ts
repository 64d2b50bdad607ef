import { IANAZone } from 'luxon'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/**
 * The instant (ms) of a local wall-clock time. `date` is `YYYY-MM-DD`, `time` is `HH:MM`.
 * A time that the clock skips moves forward by the length of the skip (02:30 becomes 03:30); a time that happens
 * twice means the first one. Throws a RangeError on an unknown zone or an unreadable date.
 */
export function instantOfLocal(timeZone: string, date: string, time: string): number {
  const wallMs = dateMs(date) + minuteOfDay(time) * MINUTE_MS
  const before = offsetMs(timeZone, wallMs - DAY_MS)
  const after = offsetMs(timeZone, wallMs + DAY_MS)
  const first = wallMs - before
  if (before === after || offsetMs(timeZone, first) === before) return first
  const second = wallMs - after
  return offsetMs(timeZone, second) === after ? second : first
}

/** The local calendar date `YYYY-MM-DD` of an instant (ms). */
export function localDateOf(timeZone: string, at: number): string {
  return dateText(at + offsetMs(timeZone, at))
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

/** Offsets of whole UTC days, ms; null = the clock changes on that day, so each instant has to be asked for. */
const knownDays = new Map<string, Map<number, number | null>>()
const MOST_KNOWN_DAYS = 20_000

/** How far the local clock is ahead of UTC at an instant, ms. A zone changes its clock at most once on a UTC day. */
function offsetMs(timeZone: string, at: number): number {
  const day = Math.floor(at / DAY_MS)
  const known = knownDays.get(timeZone)?.get(day)
  if (typeof known === 'number') return known
  const zone = zoneOf(timeZone)
  if (known === undefined) keepDay(zone, day)
  return zone.offset(at) * MINUTE_MS
}

function keepDay(zone: IANAZone, day: number): void {
  const first = zone.offset(day * DAY_MS)
  const isWhole = first === zone.offset((day + 1) * DAY_MS - 1)
  const days = knownDays.get(zone.name) ?? new Map<number, number | null>()
  if (days.size >= MOST_KNOWN_DAYS) days.clear()
  days.set(day, isWhole ? first * MINUTE_MS : null)
  knownDays.set(zone.name, days)
}

function zoneOf(timeZone: string): IANAZone {
  const zone = IANAZone.create(timeZone)
  if (!zone.isValid) throw new RangeError(`not a time zone: ${timeZone}`)
  return zone
}
