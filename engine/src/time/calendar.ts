import type { CalendarException, ShiftRule, SiteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { addDays, instantOfLocal, isoWeekday, localDateOf, minuteOfDay } from './local-time.ts'
import { merge, subtract, totalMs } from './ranges.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** How far `lastShiftBefore` and `nextShiftAfter` look for a shift, days. */
const SEARCH_DAYS = 400

/** Questions about supply count the working days of thousands of receipts: each date is worked out once. */
const knownDates = new WeakMap<SiteDefinition, Map<string, readonly ShiftInstance[]>>()
const MOST_KNOWN_DATES = 5_000

/**
 * One shift that really takes place: a rule of the site on one date, in instants (ms). The shift belongs to the
 * production date on which it starts, also when most of it lies after midnight; where the site's owner of the production
 * date is the end, to the one on which it ends. Its length follows the clock of the site: the night of the spring change
 * is an hour shorter, that of the autumn change an hour longer.
 */
export interface ShiftInstance {
  site: string
  code: string
  /** `YYYY-MM-DD`, local date of the start, or of the end (see above). */
  productionDate: string
  fromAt: number
  toAt: number
  /** Sorted, without overlap, inside the shift. */
  breaks: TimeRange[]
  /** Length without breaks, ms. */
  plannedMs: number
}

/**
 * A piece of the tiling of time of one site: a shift, or the time between two shifts cut at each start of a
 * production day. Windows are whole: they may reach beyond the range they were asked for.
 */
export interface TimeWindow {
  fromAt: number
  toAt: number
  kind: 'shift' | 'off'
  productionDate: string
  shift: ShiftInstance | null
}

/**
 * Every shift instance that overlaps the range, whole, sorted by start (then by code). A production date is scheduled
 * when its ISO weekday is one of the workdays; an exception that covers the date overrides that in both directions:
 * exactly the shifts it names run (the last of several exceptions wins), with its own rules before those of the site.
 */
export function shiftInstances(site: SiteDefinition, range: TimeRange): ShiftInstance[] {
  if (range.fromAt >= range.toAt) return []
  // A shift may start on the date before (or, by rule, end two dates after) the instant asked for.
  const first = addDays(localDateOf(site.timeZone, range.fromAt), -2)
  const last = localDateOf(site.timeZone, range.toAt)
  const instances: ShiftInstance[] = []
  for (let date = first; date <= last; date = addDays(date, 1)) {
    for (const instance of instancesOfDate(site, date)) {
      if (instance.fromAt < range.toAt && instance.toAt > range.fromAt) instances.push(instance)
    }
  }
  return instances.sort((a, b) => a.fromAt - b.fromAt || (a.code < b.code ? -1 : 1))
}

/** The shifts that start on one local date `YYYY-MM-DD`, in the order of the rules that hold on it. */
export function instancesOfDate(site: SiteDefinition, date: string): readonly ShiftInstance[] {
  const dates = knownDates.get(site) ?? new Map<string, readonly ShiftInstance[]>()
  knownDates.set(site, dates)
  const known = dates.get(date)
  if (known) return known
  if (dates.size >= MOST_KNOWN_DATES) dates.clear()
  const instances = makeInstances(site, date)
  dates.set(date, instances)
  return instances
}

function makeInstances(site: SiteDefinition, date: string): ShiftInstance[] {
  const instances: ShiftInstance[] = []
  for (const rule of rulesOfDate(site, date)) {
    const instance = instanceOf(site, rule, date)
    if (instance) instances.push(instance)
  }
  return instances
}

/** Shift rules that hold on the date. */
function rulesOfDate(site: SiteDefinition, date: string): ShiftRule[] {
  const exception = site.exceptions.findLast((each) => each.from <= date && date <= each.to)
  if (exception) return exceptionRules(site, exception)
  return site.workdays.includes(isoWeekday(date)) ? site.shifts : []
}

/** The shifts that run on the days of an exception, in order of their start. */
export function exceptionRules(site: SiteDefinition, { shifts, rules = [] }: CalendarException): ShiftRule[] {
  return [...site.shifts.filter(({ code }) => rules.every((rule) => rule.code !== code)), ...rules]
    .filter(({ code }) => shifts.includes(code))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))
}

/** The rule that names a shift code: one of the site, else one that only an exception knows; null for an unknown code. */
export function shiftRuleOf(site: Pick<SiteDefinition, 'shifts' | 'exceptions'>, code: string): ShiftRule | null {
  const rules = [...site.shifts, ...site.exceptions.flatMap((exception) => exception.rules ?? [])]
  return rules.find((rule) => rule.code === code) ?? null
}

function instanceOf(site: SiteDefinition, rule: ShiftRule, date: string): ShiftInstance | null {
  const fromAt = instantOfLocal(site.timeZone, date, rule.start)
  const toAt = instantOfLocal(site.timeZone, addDays(date, rule.endOffsetDays), rule.end)
  if (fromAt >= toAt) return null
  const breaks = merge(rule.breaks.map((each) => breakOf(site, rule, { date, ...each })))
    .map((each) => ({ fromAt: Math.max(each.fromAt, fromAt), toAt: Math.min(each.toAt, toAt) }))
    .filter((each) => each.fromAt < each.toAt)
  return {
    site: site.id,
    code: rule.code,
    // A shift that ends at midnight sharp does not reach into the next date.
    productionDate: ownerAt(site, fromAt) === 'end' ? localDateOf(site.timeZone, toAt - 1) : date,
    fromAt,
    toAt,
    breaks,
    plannedMs: toAt - fromAt - totalMs(breaks),
  }
}

/** Which production day owns a shift over midnight that starts at `at` (ms). */
export function ownerAt(site: SiteDefinition, at: number): 'start' | 'end' {
  return site.productionDateOwners?.findLast((each) => each.fromAt <= at)?.owner ?? 'start'
}

/**
 * A break starts at its wall-clock time and lasts its wall-clock length, so that a break of 30 minutes stays one when
 * the clock changes inside it. One whose start is earlier than the start of the shift lies after midnight.
 */
function breakOf(
  site: SiteDefinition,
  rule: ShiftRule,
  { date, start, end }: { date: string; start: string; end: string },
): TimeRange {
  const startMinute = minuteOfDay(start)
  const afterMidnight = rule.endOffsetDays > 0 && startMinute < minuteOfDay(rule.start)
  const fromAt = instantOfLocal(site.timeZone, addDays(date, afterMidnight ? 1 : 0), start)
  const minutes = (minuteOfDay(end) - startMinute + 1440) % 1440
  return { fromAt, toAt: fromAt + minutes * MINUTE_MS }
}

/**
 * The windows that overlap the range: together they tile time without hole or overlap, and they do not depend on the
 * range asked for. Where two shifts overlap by rule, the later one starts where the earlier one ends.
 */
export function timeWindows(site: SiteDefinition, range: TimeRange): TimeWindow[] {
  if (range.fromAt >= range.toAt) return []
  const days = productionDays(site, range)
  const span = { fromAt: days[0]!.fromAt, toAt: days.at(-1)!.toAt }
  const windows: TimeWindow[] = []
  let cursor = span.fromAt
  const fillTo = (toAt: number): void => {
    for (const day of days) {
      const fromAt = Math.max(cursor, day.fromAt)
      const end = Math.min(toAt, day.toAt)
      if (fromAt < end) windows.push({ fromAt, toAt: end, kind: 'off', productionDate: day.date, shift: null })
    }
  }
  for (const shift of shiftInstances(site, span)) {
    if (windows.length === 0 && shift.fromAt < cursor) cursor = shift.fromAt
    fillTo(shift.fromAt)
    const fromAt = Math.max(cursor, shift.fromAt)
    if (fromAt >= shift.toAt) continue
    windows.push({ fromAt, toAt: shift.toAt, kind: 'shift', productionDate: shift.productionDate, shift })
    cursor = shift.toAt
  }
  fillTo(span.toAt)
  return windows.filter((each) => each.fromAt < range.toAt && each.toAt > range.fromAt)
}

/**
 * The production days that overlap the range, whole: from the local start of the production day to the next one (23,
 * 24 or 25 h). `date` is the local date of its start. Where the end owns a shift over midnight, a day begins with the
 * night shift that leads into it; the days around a change of the owner are shorter or longer by that shift.
 */
export function productionDays(
  site: SiteDefinition,
  range: TimeRange,
): { date: string; fromAt: number; toAt: number }[] {
  const days = []
  const last = addDays(localDateOf(site.timeZone, range.toAt), 2)
  for (let date = addDays(localDateOf(site.timeZone, range.fromAt), -2); date <= last; date = addDays(date, 1)) {
    const fromAt = startOfDay(site, date)
    const toAt = startOfDay(site, addDays(date, 1))
    if (fromAt < range.toAt && toAt > range.fromAt) days.push({ date, fromAt, toAt })
  }
  return days
}

/** When the production day of a date begins, ms. */
function startOfDay(site: SiteDefinition, date: string): number {
  const nights = site.shifts.filter((rule) => rule.endOffsetDays > 0 && rule.end > '00:00')
  const leadIns = nights
    .map((rule) => instantOfLocal(site.timeZone, addDays(date, -1), rule.start))
    .filter((fromAt) => ownerAt(site, fromAt) === 'end')
  if (leadIns.length > 0) return Math.min(...leadIns)
  return instantOfLocal(site.timeZone, date, site.productionDayStart)
}

/** The production date `YYYY-MM-DD` of an instant by the start of the production day (not by shift). */
export function productionDateOf(site: SiteDefinition, at: number): string {
  return productionDays(site, { fromAt: at, toAt: at + 1 })[0]!.date
}

/** Planned time: shifts minus breaks, merged and sorted. */
export function plannedSegments(instances: readonly ShiftInstance[]): TimeRange[] {
  return merge(instances.flatMap((each) => subtract([each], each.breaks)))
}

/** The shift that runs at an instant, null when nothing is scheduled. Of overlapping shifts the one that began first. */
export function shiftAt(site: SiteDefinition, at: number): ShiftInstance | null {
  return shiftInstances(site, { fromAt: at, toAt: at + 1 })[0] ?? null
}

/** The shift that ended last, at `at` or before; null when there is none in 400 days. */
export function lastShiftBefore(site: SiteDefinition, at: number): ShiftInstance | null {
  for (let days = 0; days < SEARCH_DAYS; days += 8) {
    const toAt = at - days * DAY_MS
    const ended = shiftInstances(site, { fromAt: toAt - 8 * DAY_MS, toAt }).filter((each) => each.toAt <= at)
    if (ended.length > 0) return ended.reduce((latest, each) => (each.toAt > latest.toAt ? each : latest))
  }
  return null
}

/** The first shift that starts after `at`; null when there is none in 400 days. */
export function nextShiftAfter(site: SiteDefinition, at: number): ShiftInstance | null {
  for (let days = 0; days < SEARCH_DAYS; days += 8) {
    const fromAt = at + days * DAY_MS
    const next = shiftInstances(site, { fromAt, toAt: fromAt + 8 * DAY_MS }).find((each) => each.fromAt > at)
    if (next) return next
  }
  return null
}
