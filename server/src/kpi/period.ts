import { equipmentPath } from '@gemba/contracts/catalog'
import { kpiGrouping } from '@gemba/contracts/kpi'
import { z } from 'zod'
import { Fault } from '../http/fault.ts'
import { LONGEST_PERIOD_DAYS } from '../http/request-cost.ts'
import { FIGURE_FILTERS, type FigureFilters } from './figure-family.ts'
import type { KpiPeriod } from './kpi.service.ts'

/** What every question about figures has to name. */
export const periodQuery = z.object({
  equipment: equipmentPath,
  from: z.string().optional(),
  to: z.string().optional(),
  shift: z.string().optional(),
})
const filter = z.string().min(1).max(200).optional()
export const kpiQueryShape = periodQuery.extend({
  group: kpiGrouping.default('none'),
  explain: z.enum(['0', '1']).default('0'),
  ...({ material: filter, supplier: filter, customer: filter, characteristic: filter } as const),
  ...({ order: filter, lot: filter, source: filter } as const),
  whatIf: z.string().max(200).optional(),
  knownAt: z.string().max(60).optional(),
})

/** The filters that were given. */
export function filtersOf(query: z.infer<typeof kpiQueryShape>): FigureFilters {
  return Object.fromEntries(FIGURE_FILTERS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])))
}

const DAY_MS = 86_400_000
const EARLIEST_AT = Date.UTC(2000, 0, 1)
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/
const MILLISECONDS = /^\d{12,13}$/

export interface PeriodQuery {
  from?: string | undefined
  to?: string | undefined
  shift?: string | undefined
}

const wrong = (facts: Record<string, string | number>, zh: string, en: string): Fault =>
  new Fault('RANGE_INVALID', facts, { zh, en })

/** JavaScript takes 30 February for 2 March. */
function instantOf(text: string): number {
  const day = text.slice(0, 10)
  const dayAt = Date.parse(`${day}T00:00:00Z`)
  return new Date(dayAt || 0).toISOString().startsWith(day) ? Date.parse(text) : NaN
}

export function instant(name: 'from' | 'to' | 'knownAt', text: string): number {
  const at = MILLISECONDS.test(text) ? Number(text) : WITH_ZONE.test(text) ? instantOf(text) : NaN
  if (!Number.isFinite(at)) {
    throw wrong(
      { [name]: text.slice(0, 60) },
      `${name} 不是带时区的 ISO 8601 时间，也不是毫秒数`,
      `${name} is neither an ISO 8601 instant with a zone nor milliseconds`,
    )
  }
  if (at < EARLIEST_AT) throw wrong({ [name]: text }, `${name} 早于 2000 年`, `${name} lies before the year 2000`)
  return at
}

/** The period of a KPI query; every misuse is named. */
export function periodOf(query: PeriodQuery, nowAt: number): KpiPeriod {
  if (query.shift !== undefined) {
    if (query.shift !== 'current')
      throw wrong({ shift: query.shift.slice(0, 60) }, 'shift 只能是 current', 'shift can only be "current"')
    if (query.from !== undefined || query.to !== undefined)
      throw wrong({}, 'shift 与 from、to 不能同时使用', 'give either shift or from and to')
    return 'current'
  }
  if (query.from === undefined || query.to === undefined)
    throw wrong({}, '需要 from 和 to，或 shift=current', 'from and to are needed, or shift=current')
  const range = { fromAt: instant('from', query.from), toAt: instant('to', query.to) }
  if (range.fromAt >= range.toAt)
    throw wrong({ from: query.from, to: query.to }, 'from 必须早于 to', 'from must be before to')
  if (range.toAt - range.fromAt > LONGEST_PERIOD_DAYS * DAY_MS)
    throw wrong(
      { days: Math.round((range.toAt - range.fromAt) / DAY_MS) },
      `时间范围不能超过 ${LONGEST_PERIOD_DAYS} 天`,
      `the range must not exceed ${LONGEST_PERIOD_DAYS} days`,
    )
  if (range.fromAt > nowAt) throw wrong({ from: query.from }, 'from 在未来', 'from lies in the future')
  return range
}
