/** Figures of replenishment: safety stock, reorder point, projected shortage, and the hint to order. */
import type { SupplyFlag } from '@gemba/contracts/kpi'
import { mean, sampleDeviation } from '@gemba/engine/kpi/control-chart'
import { shortageProjection } from '@gemba/engine/kpi/inventory'
import { type Spread, reorderPoint, replenishmentHint } from '@gemba/engine/kpi/replenishment'
import { productionDateOf } from '@gemba/engine/time/calendar'
import { addDays, instantOfLocal, localDateOf } from '@gemba/engine/time/local-time'
import {
  type SupplyFigure,
  type SupplyQuestion,
  type SupplyResult,
  isWorkday,
  onlyOne,
  plainRatio,
  ratioUnitOf,
  valued,
  workdaysBetween,
} from './supply-question.ts'
import type { MaterialRow, PurchaseRow, StockNow, SupplyRows } from './supply-rows.service.ts'
import { dailyDemand, recentUse } from './supply-stock.ts'

/** Projections look this many working days ahead. */
export const HORIZON_DAYS = 10
const DEFAULT_SERVICE_LEVEL = 0.95
/** Fewer days or receipts say nothing about a spread. */
const LEAST_DAYS = 10
const LEAST_RECEIPTS = 5

interface PlanFacts {
  material: string
  row: MaterialRow | undefined
  stock: StockNow
  use: readonly number[]
  purchases: readonly PurchaseRow[]
  /** Issued since the running production day began. */
  usedToday: number
}

/** Nothing where the reader sees only some of the receipts: a projection without the others would be wrong. */
async function factsOf(rows: SupplyRows, question: SupplyQuestion): Promise<PlanFacts[]> {
  if (!question.scopes.receipt.isWholeAt(question.site.id)) return []
  const dayAt = startOfDay(question)
  const [materials, stock, use, purchases, today] = await Promise.all([
    rows.materials(question),
    rows.stock(question),
    recentUse(rows, question),
    rows.purchases(question),
    rows.movesBetween(question, [dayAt], question.asOfAt + 1),
  ])
  const byMaterial = Map.groupBy(purchases, (purchase) => purchase.material)
  return [...stock].map(([material, now]) => ({
    material,
    row: materials.get(material),
    stock: now,
    use: use.get(material) ?? [],
    purchases: byMaterial.get(material) ?? [],
    usedToday: (today.get(material) ?? []).find((each) => each.bucket === 1)?.used ?? 0,
  }))
}

function startOfDay({ site, asOfAt }: SupplyQuestion): number {
  return instantOfLocal(site.timeZone, productionDateOf(site, asOfAt), site.productionDayStart)
}

/** Lead times of received lines, working days. */
function leadTimes({ site }: SupplyQuestion, purchases: readonly PurchaseRow[]): number[] {
  return purchases.flatMap(({ orderedAt, cameOn }) =>
    cameOn === null ? [] : [workdaysBetween(site, localDateOf(site.timeZone, orderedAt), cameOn)],
  )
}

interface PlanBasis {
  demand: Spread
  leadTime: Spread
  serviceLevel: number
}

function spreadOf(values: readonly number[], least: number): Spread | null {
  const [average, deviation] = [mean(values), sampleDeviation(values)]
  return average === null || deviation === null || values.length < least ? null : { mean: average, sd: deviation }
}

/** The planning data of the ERP where it keeps any, else what was measured; null when neither says enough. */
function basisOf({ row }: PlanFacts, measured: { demand: Spread | null; leadTime: Spread | null }): PlanBasis | null {
  const planning = row?.planning
  if (planning) {
    return {
      demand: { mean: planning.dailyDemand, sd: planning.dailyDemandDeviation },
      leadTime: { mean: planning.leadTimeDays, sd: planning.leadTimeDeviationDays },
      serviceLevel: planning.serviceLevel,
    }
  }
  const { demand, leadTime } = measured
  return demand && leadTime ? { demand, leadTime, serviceLevel: DEFAULT_SERVICE_LEVEL } : null
}

function measuredParts(measured: { demand: Spread | null; leadTime: Spread | null }): Record<string, number> {
  const { demand, leadTime } = measured
  return {
    ...(demand ? { measuredDailyDemand: demand.mean, measuredDailyDemandDeviation: demand.sd } : {}),
    ...(leadTime ? { measuredLeadTimeDays: leadTime.mean, measuredLeadTimeDeviationDays: leadTime.sd } : {}),
  }
}

export type PlanMeasure = 'safety-stock' | 'reorder-point' | 'lead-time-demand-deviation'

export async function plan(rows: SupplyRows, question: SupplyQuestion, measure: PlanMeasure): Promise<SupplyResult> {
  const groups = (await factsOf(rows, question)).map((facts): SupplyFigure => {
    const measured = {
      demand: spreadOf(facts.use, LEAST_DAYS),
      leadTime: spreadOf(leadTimes(question, facts.purchases), LEAST_RECEIPTS),
    }
    const basis = basisOf(facts, measured)
    const unit = ratioUnitOf(facts.stock.unit)
    const known = facts.stock.unit === null ? {} : { unit: facts.stock.unit }
    if (!basis)
      return {
        key: facts.material,
        value: null,
        missing: 'not-configured',
        ...known,
        ratio: plainRatio(null, unit),
        coverage: null,
        parts: measuredParts(measured),
      }
    const point = reorderPoint(basis.demand, basis.leadTime, basis.serviceLevel)
    const value = {
      'safety-stock': point.safetyStock,
      'reorder-point': point.reorderPoint,
      'lead-time-demand-deviation': point.sigma,
    }[measure]
    return {
      key: facts.material,
      ...valued(value, 'not-configured'),
      ...known,
      ratio: plainRatio(value, unit),
      coverage: null,
      parts: {
        dailyDemand: basis.demand.mean,
        dailyDemandDeviation: basis.demand.sd,
        leadTimeDays: basis.leadTime.mean,
        leadTimeDeviationDays: basis.leadTime.sd,
        serviceLevel: basis.serviceLevel,
        leadTimeDemand: point.leadTimeDemand,
        ...(point.sigma === null ? {} : { sigma: point.sigma }),
        planned: facts.row?.planning ? 1 : 0,
        ...measuredParts(measured),
      },
    }
  })
  return { total: onlyOne(groups, 'count'), groups, flags: [] }
}

/** A day of the projection with its local date. */
interface Ahead {
  date: string
  demand: number
  receipt: number
}

/** The running production day and the working days after it, with demand and promised receipts. */
function daysAhead(question: SupplyQuestion, facts: PlanFacts, demand: number): Ahead[] {
  const { site, asOfAt } = question
  const today = productionDateOf(site, asOfAt)
  const days: Ahead[] = []
  for (let date = today; days.length <= HORIZON_DAYS; date = addDays(date, 1)) {
    const works = isWorkday(site, date)
    if (date !== today && !works) continue
    const full = works ? demand : 0
    days.push({ date, demand: date === today ? Math.max(0, full - facts.usedToday) : full, receipt: 0 })
  }
  for (const purchase of facts.purchases) {
    const open = purchase.ordered - purchase.came
    const promised = purchase.promisedOn ?? purchase.firstPromisedOn
    // What is overdue without a new promise is not counted on.
    if (open <= 0 || promised < today) continue
    const day = days.find((each) => each.date >= promised)
    if (day) day.receipt += open
  }
  return days
}

export async function shortage(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const flags = new Set<SupplyFlag>()
  const groups = (await factsOf(rows, question)).map((facts): SupplyFigure => {
    const demand = dailyDemand(facts.row, facts.use)
    const unit = ratioUnitOf(facts.stock.unit)
    const known = facts.stock.unit === null ? {} : { unit: facts.stock.unit }
    const empty = { key: facts.material, ...known, ratio: plainRatio(null, unit), coverage: null }
    if (demand === null || demand <= 0)
      return { ...empty, value: null, missing: 'not-applicable', parts: { usable: facts.stock.usable } }
    const days = daysAhead(question, facts, demand)
    const safety = safetyStockOf(question, facts)
    const projection = shortageProjection(facts.stock.usable, days, safety ?? 0)
    const leadDays = leadDaysOf(question, facts)
    // A day beyond the lead time can still be saved by an order today: it is shown, and it is no alarm.
    const inLeadTime = days.findIndex((day) => day.date === projection.firstShortage)
    const isAlarm = projection.firstShortage !== null && (leadDays === null || inLeadTime <= leadDays)
    if (isAlarm) flags.add('shortage-projected')
    const within = leadDays === null ? projection.path : projection.path.slice(0, Math.floor(leadDays) + 1)
    const least = within.length === 0 ? null : Math.min(...within)
    return {
      ...empty,
      ...valued(least, 'not-applicable'),
      ratio: plainRatio(least, unit),
      parts: {
        usable: facts.stock.usable,
        dailyDemand: demand,
        usedToday: facts.usedToday,
        receipts: days.reduce((sum, day) => sum + day.receipt, 0),
        ...(leadDays === null ? {} : { leadTimeDays: leadDays }),
        ...(safety === null ? {} : { safetyStock: safety }),
        isAlarm: isAlarm ? 1 : 0,
        ...dateParts(question, projection),
      },
    }
  })
  return { total: onlyOne(groups, 'count'), groups, flags: [...flags] }
}

/** Start of the local date on which the balance first falls below zero, and below the safety stock, ms. */
function dateParts(
  { site }: SupplyQuestion,
  dates: { firstShortage: string | null; firstBelowSafety: string | null },
): Record<string, number> {
  const at = (date: string): number => instantOfLocal(site.timeZone, date, '00:00')
  return {
    ...(dates.firstShortage === null ? {} : { firstShortageAt: at(dates.firstShortage) }),
    ...(dates.firstBelowSafety === null ? {} : { firstBelowSafetyAt: at(dates.firstBelowSafety) }),
  }
}

function leadDaysOf(question: SupplyQuestion, { row, purchases }: PlanFacts): number | null {
  return row?.planning?.leadTimeDays ?? spreadOf(leadTimes(question, purchases), LEAST_RECEIPTS)?.mean ?? null
}

function pointOf(question: SupplyQuestion, facts: PlanFacts) {
  const basis = basisOf(facts, {
    demand: spreadOf(facts.use, LEAST_DAYS),
    leadTime: spreadOf(leadTimes(question, facts.purchases), LEAST_RECEIPTS),
  })
  return basis ? reorderPoint(basis.demand, basis.leadTime, basis.serviceLevel) : null
}

const safetyStockOf = (question: SupplyQuestion, facts: PlanFacts): number | null =>
  pointOf(question, facts)?.safetyStock ?? null

/** When to order: the first day inside the lead time on which the projected balance falls below the reorder point. */
export async function hints(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const { site } = question
  const groups = (await factsOf(rows, question)).map((facts): SupplyFigure => {
    const demand = dailyDemand(facts.row, facts.use)
    const point = pointOf(question, facts)?.reorderPoint ?? null
    const leadDays = leadDaysOf(question, facts)
    const unit = ratioUnitOf(facts.stock.unit)
    const known = facts.stock.unit === null ? {} : { unit: facts.stock.unit }
    const empty = { key: facts.material, ...known, coverage: null }
    if (demand === null || point === null || leadDays === null)
      return { ...empty, value: null, missing: 'not-configured', ratio: plainRatio(null, unit), parts: {} }
    const days = daysAhead(question, facts, demand)
    // What is on order counts at once: a point of reorder judges stock and open orders together.
    const onOrder = facts.purchases.reduce((sum, each) => sum + Math.max(0, each.ordered - each.came), 0)
    const { path } = shortageProjection(
      facts.stock.usable + onOrder,
      days.map((day) => ({ ...day, receipt: 0 })),
      0,
    )
    const balances = days.map((day, index) => ({ date: day.date, balance: path[index] ?? 0 }))
    const hint = replenishmentHint(balances, point, leadDays)
    return {
      ...empty,
      ...valued(hint?.missing ?? null, 'not-applicable'),
      ratio: plainRatio(hint?.missing ?? null, unit),
      parts: {
        reorderPoint: point,
        position: facts.stock.usable + onOrder,
        ...(hint ? { orderAt: instantOfLocal(site.timeZone, hint.date, '00:00'), balance: hint.balance } : {}),
      },
    }
  })
  return { total: onlyOne(groups, 'count'), groups, flags: [] }
}
