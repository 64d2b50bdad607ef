/** When a schedule comes next, in the zone and by the calendar of its site. */
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { RelativeDate, ScheduleTiming, ScheduledParameter } from '@gemba/contracts/delivery'
import type { ParameterValue } from '@gemba/contracts/report'
import { instancesOfDate, productionDateOf, productionDays, shiftInstances } from '@gemba/engine/time/calendar'
import { addDays, isoWeekday, localDateOf } from '@gemba/engine/time/local-time'
import { Cron } from 'croner'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A plant may stand still for weeks; a line of cron that fits no day of a year is a mistake. */
const SEARCH_DAYS = 400
const MOST_SKIPPED = 3_000
/** More often than this is a board, not a letter. */
export const LEAST_INTERVAL_MS = 5 * MINUTE_MS

const isScheduled = (site: SiteDefinition, date: string): boolean => instancesOfDate(site, date).length > 0

/** The production day that ended last before the instant. */
export function lastProductionDate(site: SiteDefinition, at: number): string {
  const ended = productionDays(site, { fromAt: at - 3 * DAY_MS, toAt: at + 1 }).filter(({ toAt }) => toAt <= at)
  return ended.at(-1)?.date ?? addDays(productionDateOf(site, at), -1)
}

/** The first instant after `afterAt`; null = never again. Throws RangeError for a line of cron that is none. */
export function nextAt(timing: ScheduleTiming, site: SiteDefinition, afterAt: number): number | null {
  if (timing.kind === 'clock') return nextByClock(timing, site, afterAt)
  const delayMs = timing.delayMinutes * MINUTE_MS
  const range = { fromAt: afterAt - delayMs - 2 * DAY_MS, toAt: afterAt + SEARCH_DAYS * DAY_MS }
  const ends =
    timing.kind === 'day-end'
      ? productionDays(site, range).filter(({ date }) => isScheduled(site, date))
      : shiftInstances(site, range).filter(({ code }) => timing.shift === null || code === timing.shift)
  const instants = ends.map(({ toAt }) => toAt + delayMs).filter((at) => at > afterAt)
  return instants.length > 0 ? Math.min(...instants) : null
}

function nextByClock(
  { cron, calendar }: Extract<ScheduleTiming, { kind: 'clock' }>,
  site: SiteDefinition,
  afterAt: number,
): number | null {
  const clock = cronOf(cron, site.timeZone)
  const giveUpAt = afterAt + SEARCH_DAYS * DAY_MS
  let at = afterAt
  for (let skipped = 0; skipped < MOST_SKIPPED; skipped += 1) {
    const next = clock.nextRun(new Date(at))?.getTime() ?? null
    if (next === null || next > giveUpAt) return null
    if (calendar === 'every-day') return next
    const date = calendar === 'production-days' ? productionDateOf(site, next) : lastProductionDate(site, next)
    if (isScheduled(site, date)) return next
    at = next
  }
  return null
}

function cronOf(line: string, timeZone: string): Cron {
  try {
    return new Cron(line, { timezone: timeZone, paused: true })
  } catch (error) {
    throw new RangeError((error as Error).message)
  }
}

/** Whether two instants of it lie closer together than letters may. */
export function comesTooOften(timing: ScheduleTiming, site: SiteDefinition, nowAt: number): boolean {
  if (timing.kind !== 'clock') return false
  const clock = cronOf(timing.cron, site.timeZone)
  const runs = clock.nextRuns(50, new Date(nowAt)).map((run) => run.getTime())
  return runs.some((at, index) => index > 0 && at - (runs[index - 1] ?? 0) < LEAST_INTERVAL_MS)
}

/** The production day a run speaks of: the one that just ended where it comes after a day or shift, else that of its instant. */
export function spokenDate(timing: ScheduleTiming, site: SiteDefinition, plannedAt: number): string {
  if (timing.kind === 'clock')
    return timing.calendar === 'production-days'
      ? productionDateOf(site, plannedAt)
      : lastProductionDate(site, plannedAt)
  const endedAt = plannedAt - timing.delayMinutes * MINUTE_MS
  if (timing.kind === 'day-end') return lastProductionDate(site, endedAt)
  const ended = shiftInstances(site, { fromAt: endedAt - DAY_MS, toAt: endedAt + 1 }).find(
    ({ toAt }) => toAt === endedAt,
  )
  return ended?.productionDate ?? productionDateOf(site, endedAt - 1)
}

/** A date that moves, as a local date of the site. */
export function dateOf({ relative, days }: RelativeDate, site: SiteDefinition, at: number): string {
  const today = productionDateOf(site, at)
  const bases: Record<RelativeDate['relative'], () => string> = {
    'production-day': () => today,
    'last-production-day': () => lastProductionDate(site, at),
    today: () => localDateOf(site.timeZone, at),
    'week-start': () => addDays(today, 1 - isoWeekday(today)),
    'month-start': () => `${today.slice(0, 8)}01`,
    'last-month-start': () => `${addDays(`${today.slice(0, 8)}01`, -1).slice(0, 8)}01`,
  }
  return addDays(bases[relative](), days)
}

/** Parameters of a report for one run. */
export function parametersAt(
  params: Readonly<Record<string, ScheduledParameter>>,
  site: SiteDefinition,
  at: number,
): Record<string, ParameterValue> {
  const fixed = (value: ScheduledParameter): ParameterValue => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if ('relative' in value) return dateOf(value, site, at)
    const { from, to } = value
    return {
      from: typeof from === 'string' ? from : dateOf(from, site, at),
      to: typeof to === 'string' ? to : dateOf(to, site, at),
    }
  }
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, fixed(value)]))
}
