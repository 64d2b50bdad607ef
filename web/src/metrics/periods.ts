import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { lastShiftBefore, productionDays, shiftAt } from '@gemba/engine/time/calendar'

export const PERIODS = ['shift', 'lastShift', 'today', 'yesterday', 'week', 'month'] as const
export type PeriodName = (typeof PERIODS)[number]

const DAY_MS = 86_400_000

/** What is asked for: the running shift by its name, everything else as a range that ends now at the latest. */
export type AskedPeriod = { shift: 'current' } | TimeRange

/** A period of a site's calendar at an instant (ms); null where there is none, as no shift on a Sunday. */
export function periodOf(name: PeriodName, site: SiteDefinition, at: number): AskedPeriod | null {
  if (name === 'shift') return shiftAt(site, at) ? { shift: 'current' } : null
  if (name === 'lastShift') {
    const last = lastShiftBefore(site, at)
    return last ? { fromAt: last.fromAt, toAt: last.toAt } : null
  }
  const days = lastDays(site, at, 31)
  const today = days.at(-1)
  if (!today) return null
  if (name === 'today') return { fromAt: today.fromAt, toAt: at }
  const before = days.slice(0, -1)
  const first = before.at(name === 'yesterday' ? -1 : name === 'week' ? -7 : -30) ?? before[0]
  return first ? { fromAt: first.fromAt, toAt: today.fromAt } : null
}

/** The last production days, oldest first; the last one is the running one. */
export function lastDays(site: SiteDefinition, at: number, count: number): TimeRange[] {
  return productionDays(site, { fromAt: at - (count + 1) * DAY_MS, toAt: at + 1 })
    .filter((day) => day.fromAt <= at)
    .slice(-count)
}
