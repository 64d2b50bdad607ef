import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiGrouping, KpiRatio, SumUnit, SupplyFlag } from '@gemba/contracts/kpi'
import type { MetricUnit, PolicySettings } from '@gemba/contracts/metric'
import type { StockUnit } from '@gemba/contracts/supply-record'
import type { MissingReason } from '@gemba/contracts/value'
import { instancesOfDate, productionDays } from '@gemba/engine/time/calendar'
import { addDays, localDateOf } from '@gemba/engine/time/local-time'
import type { FactScope } from '../datasets/data-gate.ts'
import type { MeaningParameters } from './supply-meanings.ts'

/** Facts that rules of rights speak of. */
export type SupplyFact = 'stock' | 'receipt' | 'shipment' | 'order'

/** One question about a site's goods: what was known at `asOfAt` about the days from `fromAt` on. */
export interface SupplyQuestion {
  site: SiteDefinition
  erp: string[]
  mes: string[]
  fromAt: number
  /** End of the period, or now when that comes first. */
  asOfAt: number
  /** Whether the period reaches up to now. */
  isNow: boolean
  /** Rows as they were known then, ms; absent = as they are known. */
  knownAt?: number | undefined
  groupBy: KpiGrouping
  only: { materials: string[]; suppliers: string[]; customers: string[] }
  /** What the reader may see: rows of each kind pass its gate before anything is summed. */
  scopes: Readonly<Record<SupplyFact, FactScope>>
  /** Codes of the ERP that mean another material than their own; null = none does. */
  meanings: MeaningParameters | null
  /** Policies of the site in force at an instant (ms): what happened is judged by those of its own time. */
  policiesAt: (at: number) => PolicySettings
}

/** A figure before it gets its name and its range. */
export interface SupplyFigure {
  key: string
  value: number | null
  missing?: MissingReason
  unit?: MetricUnit
  ratio: KpiRatio
  coverage: number | null
  parts: Record<string, number>
}

export interface SupplyResult {
  total: SupplyFigure
  groups: SupplyFigure[]
  flags: SupplyFlag[]
}

/** Pieces are pieces; everything else is a quantity in the unit of its material. */
export const ratioUnitOf = (unit: StockUnit | undefined): SumUnit => (unit === 'piece' ? 'piece' : 'quantity')

/** A figure that is no quotient, and how many rows or sums it was made from. */
export const plainRatio = (value: number | null, unit: SumUnit, rows = 1): KpiRatio => ({
  numerator: value ?? 0,
  numeratorUnit: unit,
  denominator: rows,
  denominatorUnit: 'count',
  isQuotient: false,
})

/** Without a value there is a reason. */
export const valued = (
  value: number | null,
  missing: MissingReason,
): { value: number | null; missing?: MissingReason } => (value === null ? { value, missing } : { value })

/** Whole only where all groups are one; goods of several units have no sum. */
export function onlyOne(groups: readonly SupplyFigure[], unit: SumUnit): SupplyFigure {
  const [first] = groups
  if (first && groups.length === 1) return { ...first, key: '' }
  const missing = first ? 'not-applicable' : 'no-data'
  return { key: '', value: null, missing, ratio: plainRatio(null, unit), coverage: null, parts: {} }
}

/** Local dates whose judgement is final: from the date of `fromAt` to the last date that has ended. */
export function wholeDates({ site, fromAt, asOfAt }: SupplyQuestion): { fromOn: string; untilOn: string } {
  return {
    fromOn: localDateOf(site.timeZone, fromAt),
    untilOn: addDays(localDateOf(site.timeZone, asOfAt), -1),
  }
}

export const isWorkday = (site: SiteDefinition, date: string): boolean => instancesOfDate(site, date).length > 0

/** The last whole working production days before an instant, oldest first. */
export function lastWorkdays(
  site: SiteDefinition,
  beforeAt: number,
  count: number,
): { date: string; fromAt: number; toAt: number }[] {
  const range = { fromAt: beforeAt - (count * 2 + 20) * 86_400_000, toAt: beforeAt }
  return productionDays(site, range)
    .filter((day) => day.toAt <= beforeAt && isWorkday(site, day.date))
    .slice(-count)
}

/** Working days after `from` up to and including `to`, both dates; 0 when `to` is not later. */
export function workdaysBetween(site: SiteDefinition, from: string, to: string): number {
  let days = 0
  for (let date = addDays(from, 1); date <= to; date = addDays(date, 1)) if (isWorkday(site, date)) days += 1
  return days
}
