/** Figures of stock from rows and sums: on hand, turns, cover, age. */
import type { SupplyFlag } from '@gemba/contracts/kpi'
import { movingAverageForecast } from '@gemba/engine/kpi/demand-forecast'
import { ageBucket, averageInventory, inventoryTurns, stockAge } from '@gemba/engine/kpi/inventory'
import { daysOfCover } from '@gemba/engine/kpi/stock-health'
import { productionDays } from '@gemba/engine/time/calendar'
import { localDateOf } from '@gemba/engine/time/local-time'
import {
  type SupplyFigure,
  type SupplyQuestion,
  type SupplyResult,
  lastWorkdays,
  onlyOne,
  plainRatio,
  ratioUnitOf,
  valued,
} from './supply-question.ts'
import type { DayMove, MaterialRow, SupplyRows } from './supply-rows.service.ts'

const DAYS_PER_YEAR = 365
/** Past working days that a forecast and a spread rest on. */
export const HISTORY_DAYS = 20
/** Sums of decimal quantities may miss each other by this share. */
const ROUNDING = 1e-9
const AGES: readonly (readonly [name: string, from: number, to: number | null])[] = [
  ['age0To30', 0, 30],
  ['age31To60', 31, 60],
  ['age61To90', 61, 90],
  ['ageOver90', 91, null],
]

const unknownUnit = (units: readonly (string | null | undefined)[]): SupplyFlag[] =>
  units.some((unit) => unit === null || unit === undefined) ? ['unit-unmapped'] : []

export async function stockOnHand(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const [stock, kept] = await Promise.all([rows.stock(question), rows.erpBalances(question)])
  const differs: string[] = []
  const groups = [...stock].map(([material, now]): SupplyFigure => {
    const own = kept.get(material)
    const difference = own === undefined ? null : now.total - own
    const isOff = difference !== null && Math.abs(difference) > ROUNDING * Math.max(1, Math.abs(own ?? 0))
    // Balances are only known as they are now.
    if (isOff && question.isNow) differs.push(material)
    const unit = ratioUnitOf(now.unit)
    return {
      key: material,
      value: now.total,
      ...(now.unit === null ? {} : { unit: now.unit }),
      ratio: plainRatio(now.total, unit),
      coverage: null,
      parts: {
        unrestricted: now.usable,
        inspection: now.inspection,
        blocked: now.blocked,
        ...(question.isNow && own !== undefined ? { erpBalance: own, difference: difference ?? 0 } : {}),
      },
    }
  })
  const flags: SupplyFlag[] = [
    ...(groups.some((group) => (group.value ?? 0) < 0) ? (['negative-stock'] as const) : []),
    ...(differs.length > 0 ? (['stock-differs-from-erp'] as const) : []),
    ...unknownUnit([...stock.values()].map((each) => each.unit)),
  ]
  return { total: onlyOne(groups, 'count'), groups, flags }
}

interface MaterialYear {
  material: string
  cost: number
  used: number
  average: number | null
  negativeDays: number
}

/** Whole production days of the period since the first movement. */
async function knownDays(rows: SupplyRows, question: SupplyQuestion) {
  const { site, fromAt, asOfAt } = question
  const first = await rows.firstMovementAt(question)
  if (first === null) return null
  const whole = productionDays(site, { fromAt, toAt: asOfAt }).filter(
    (day) => day.fromAt >= fromAt && day.toAt <= asOfAt,
  )
  return { whole: whole.length, days: whole.filter((day) => day.fromAt >= first) }
}

function yearOf(
  material: string,
  cost: number,
  { moves, days }: { moves: readonly DayMove[]; days: number },
): MaterialYear {
  const net = new Array<number>(days + 1).fill(0)
  let used = 0
  for (const move of moves) {
    net[move.bucket] = (net[move.bucket] ?? 0) + move.net
    if (move.bucket > 0) used += move.used
  }
  let balance = net[0] ?? 0
  const snapshots = net.slice(1).map((each) => (balance += each) * cost)
  const { average, negativeDays } = averageInventory(snapshots)
  return { material, cost, used: used * cost, average, negativeDays }
}

export type TurnsMeasure = 'inventory-turns' | 'days-on-hand' | 'average-inventory'

function turnsFigure(
  measure: TurnsMeasure,
  key: string,
  facts: { used: number; average: number | null; days: number; coverage: number | null },
): SupplyFigure {
  const { used, average, days, coverage } = facts
  const annual = (used * DAYS_PER_YEAR) / days
  const turns = average === null ? { turns: null, daysOnHand: null } : inventoryTurns(annual, average)
  const value = { 'inventory-turns': turns.turns, 'days-on-hand': turns.daysOnHand, 'average-inventory': average }[
    measure
  ]
  const sums = { numeratorUnit: 'currency', denominatorUnit: 'currency' } as const
  const ratio = {
    'inventory-turns': { numerator: annual, denominator: average ?? 0, ...sums },
    'days-on-hand': { numerator: (average ?? 0) * DAYS_PER_YEAR, denominator: annual, ...sums },
    'average-inventory': plainRatio(average, 'currency'),
  }[measure]
  const parts = { consumptionValue: used, days, ...(average === null ? {} : { averageValue: average }) }
  return { key, ...valued(value, 'not-applicable'), ratio, coverage, parts }
}

export async function turns(rows: SupplyRows, question: SupplyQuestion, measure: TurnsMeasure): Promise<SupplyResult> {
  const [materials, known] = await Promise.all([rows.materials(question), knownDays(rows, question)])
  const days = known?.days ?? []
  const first = days[0]
  const last = days.at(-1)
  if (!known || !first || !last) {
    const missing = known ? 'not-applicable' : 'no-data'
    const total = {
      key: '',
      value: null,
      missing,
      ratio: plainRatio(null, 'currency'),
      coverage: null,
      parts: {},
    } as const
    return { total, groups: [], flags: [] }
  }
  const moves = await rows.movesBetween(
    question,
    days.map((day) => day.fromAt),
    last.toAt,
  )
  const coverage = days.length / known.whole
  const priced = [...moves].flatMap(([material, list]) => {
    const cost = materials.get(material)?.cost ?? null
    return cost === null ? [] : [yearOf(material, cost, { moves: list, days: days.length })]
  })
  const groups = priced.map(({ material, used, average }) =>
    turnsFigure(measure, material, { used, average, days: days.length, coverage }),
  )
  const sums = {
    used: priced.reduce((sum, each) => sum + each.used, 0),
    average: priced.length === 0 ? null : priced.reduce((sum, each) => sum + (each.average ?? 0), 0),
  }
  const flags: SupplyFlag[] = [
    ...(priced.length < moves.size ? (['cost-missing'] as const) : []),
    ...(priced.some((each) => each.negativeDays > 0) ? (['negative-stock'] as const) : []),
  ]
  return { total: turnsFigure(measure, '', { ...sums, days: days.length, coverage }), groups, flags }
}

/** Use of each of the last whole working days, oldest first, by material. */
export async function recentUse(rows: SupplyRows, question: SupplyQuestion): Promise<Map<string, number[]>> {
  const first = await rows.firstMovementAt(question)
  const days = lastWorkdays(question.site, question.asOfAt, HISTORY_DAYS).filter(
    (day) => first !== null && day.fromAt >= first,
  )
  if (days.length === 0) return new Map()
  // Bounds at both ends of each day: what is used on days off belongs to no working day.
  const bounds = days.flatMap((day) => [day.fromAt, day.toAt])
  const untilAt = days.at(-1)?.toAt ?? question.asOfAt
  const moves = await rows.movesBetween(question, [...new Set(bounds)], untilAt)
  const sorted = [...new Set(bounds)]
  const bucketOf = new Map(days.map((day, index) => [sorted.indexOf(day.fromAt) + 1, index]))
  return new Map(
    [...moves].map(([material, list]): [string, number[]] => {
      const use = new Array<number>(days.length).fill(0)
      for (const { bucket, used } of list) {
        const index = bucketOf.get(bucket)
        if (index !== undefined) use[index] = used
      }
      return [material, use]
    }),
  )
}

/** Demand per working day to come: as planned, else the mean of the last working days; null = none is known. */
export function dailyDemand(material: MaterialRow | undefined, use: readonly number[] | undefined): number | null {
  if (material?.planning) return material.planning.dailyDemand
  const forecast = movingAverageForecast(use ?? [], HISTORY_DAYS, 1)
  return forecast?.[0] ?? null
}

export async function cover(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const [stock, materials, use] = await Promise.all([
    rows.stock(question),
    rows.materials(question),
    recentUse(rows, question),
  ])
  const groups = [...stock].map(([material, now]): SupplyFigure => {
    const demand = dailyDemand(materials.get(material), use.get(material))
    const unit = ratioUnitOf(now.unit)
    return {
      key: material,
      ...valued(demand === null ? null : daysOfCover(now.usable, demand), 'not-applicable'),
      ratio: { numerator: now.usable, numeratorUnit: unit, denominator: demand ?? 0, denominatorUnit: unit },
      coverage: null,
      parts: {
        usable: now.usable,
        inspection: now.inspection,
        blocked: now.blocked,
        ...(demand === null ? {} : { dailyDemand: demand }),
        planned: materials.get(material)?.planning ? 1 : 0,
      },
    }
  })
  const flags: SupplyFlag[] = [...stock.values()].some((each) => each.usable < 0) ? ['negative-stock'] : []
  return { total: onlyOne(groups, 'd'), groups, flags }
}

export async function age(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const [moves, materials] = await Promise.all([rows.movesByDate(question), rows.materials(question)])
  const asOf = localDateOf(question.site.timeZone, question.asOfAt)
  let weighted = 0
  let weight = 0
  const groups = [...moves].map(([material, list]): SupplyFigure => {
    const { layers, total, meanAgeDays } = stockAge(list, asOf)
    const { unit = null, cost = null } = materials.get(material) ?? {}
    const onHand = layers.reduce((sum, layer) => sum + layer.quantity, 0)
    if (meanAgeDays !== null && cost !== null) {
      weighted += meanAgeDays * onHand * cost
      weight += onHand * cost
    }
    const measure = ratioUnitOf(unit)
    return {
      key: material,
      ...valued(meanAgeDays, 'not-applicable'),
      ratio: {
        numerator: (meanAgeDays ?? 0) * onHand,
        numeratorUnit: measure,
        denominator: onHand,
        denominatorUnit: measure,
      },
      coverage: null,
      parts: { total, ...Object.fromEntries(AGES.map(([name, from, to]) => [name, ageBucket(layers, from, to)])) },
    }
  })
  const total: SupplyFigure =
    groups.length === 1
      ? onlyOne(groups, 'd')
      : {
          key: '',
          ...valued(weight > 0 ? weighted / weight : null, groups.length === 0 ? 'no-data' : 'not-applicable'),
          ratio: { numerator: weighted, numeratorUnit: 'currency', denominator: weight, denominatorUnit: 'currency' },
          coverage: null,
          parts: { stockValue: weight },
        }
  const flags: SupplyFlag[] = groups.some((group) => (group.parts['total'] ?? 0) < 0) ? ['negative-stock'] : []
  return { total, groups, flags }
}
