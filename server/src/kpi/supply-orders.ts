/** Figures of goods for production orders: kitting, consumption against issue, delivery of orders. */
import type { SupplyFlag } from '@gemba/contracts/kpi'
import { kitting } from '@gemba/engine/kpi/kitting'
import { consumptionGaps } from '@gemba/engine/kpi/stock-health'
import {
  type SupplyFigure,
  type SupplyQuestion,
  type SupplyResult,
  onlyOne,
  plainRatio,
  ratioUnitOf,
  valued,
} from './supply-question.ts'
import type { ConsumptionRow, OrderNeed, SupplyRows } from './supply-rows.service.ts'
import { orderFact, visibleKitting } from './visible-orders.ts'

/** Share of an issue that scales and backflushing may be off without being a finding. */
export const GAP_TOLERANCE = 0.01

const counted = { numeratorUnit: 'count', denominatorUnit: 'count' } as const

/** The unit that makes an order; null = its work centre is not mapped. */
export type UnitOf = (order: OrderNeed) => string | null

export async function kittingRate(
  rows: SupplyRows,
  question: SupplyQuestion,
  { measure, unitOf }: { measure: 'kitting-rate' | 'kitting-line-rate'; unitOf: UnitOf },
): Promise<SupplyResult> {
  // What an order still needs is only known as it is now.
  if (!question.isNow) {
    const total = { key: '', value: null, missing: 'not-applicable', ratio: plainRatio(null, 'count') } as const
    return { total: { ...total, coverage: null, parts: {} }, groups: [], flags: [] }
  }
  const [orders, needs, usable, materials] = await Promise.all([
    rows.orders(question),
    rows.needs(question),
    rows.usableOfAll(question),
    rows.materials(question),
  ])
  const all = orders.filter((order) => order.isOpen && unitOf(order)?.startsWith(`${question.site.id}/`) === true)
  const open = all.filter((order) => question.scopes.order.allows(orderFact(order, unitOf(order))))
  const waiting = all.filter((order) => needs.has(order.order))
  // Stock is allocated among all orders; shown are those that the reader sees.
  const everyKit = kitting(
    waiting.map(({ order, priority, dueAt }) => ({
      order,
      priority,
      due: dueAt,
      components: needs.get(order) ?? new Map<string, number>(),
    })),
    usable,
    question.policiesAt(question.asOfAt).kitting,
  )
  const kit = visibleKitting(everyKit, new Set(open.map(({ order }) => order)))
  const kitted = kit.orders.filter((order) => order.kitted).length
  const lines = kit.orders.reduce((sum, order) => sum + order.lines, 0)
  const kittedLines = kit.orders.reduce((sum, order) => sum + order.kittedLines, 0)
  const isOrders = measure === 'kitting-rate'
  const total: SupplyFigure = {
    key: '',
    ...valued(isOrders ? kit.orderRate : kit.lineRate, orders.length === 0 ? 'no-data' : 'not-applicable'),
    ratio: isOrders
      ? { numerator: kitted, denominator: kit.orders.length, ...counted }
      : { numerator: kittedLines, denominator: lines, ...counted },
    // Orders without a list of components cannot be judged.
    coverage: open.length === 0 ? null : kit.orders.length / open.length,
    parts: { orders: kit.orders.length, kitted, lines, kittedLines },
  }
  const short = Map.groupBy(
    kit.orders.flatMap(({ shortage }) => (shortage ? [shortage] : [])),
    (shortage) => shortage.component,
  )
  const groups = [...short].map(([component, list]): SupplyFigure => {
    const missing = list.reduce((sum, each) => sum + each.missing, 0)
    return {
      key: component,
      value: null,
      missing: 'not-applicable',
      ratio: plainRatio(missing, ratioUnitOf(materials.get(component)?.unit)),
      coverage: null,
      parts: { shortOrders: list.length, missing },
    }
  })
  return { total, groups, flags: [] }
}

/** MES against ERP in the period, by material; orders beyond the tolerance are counted as findings. */
export async function consumptionGap(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const pairs = await rows.consumption(question)
  let findings = 0
  const groups = [...Map.groupBy(pairs, (pair) => pair.material)].map(([material, list]): SupplyFigure => {
    const sum = (measure: (row: ConsumptionRow) => number): number =>
      list.reduce((total, row) => total + measure(row), 0)
    const [issued, consumed] = [sum((row) => row.issued), sum((row) => row.consumed)]
    const found = consumptionGaps([...list], GAP_TOLERANCE)
    const whole = consumptionGaps([{ order: '', material, consumed, issued }], GAP_TOLERANCE)
    if (whole.length > 0) findings += 1
    const unit = ratioUnitOf(list[0]?.unit)
    return {
      key: material,
      ...valued(issued === 0 ? null : (consumed - issued) / issued, 'not-applicable'),
      ratio: { numerator: consumed - issued, numeratorUnit: unit, denominator: issued, denominatorUnit: unit },
      coverage: null,
      parts: {
        consumed,
        issued,
        difference: consumed - issued,
        orders: list.length,
        ordersBeyondTolerance: found.length,
        isFinding: whole.length,
      },
    }
  })
  const flags: SupplyFlag[] = findings > 0 ? ['consumption-gap'] : []
  return { total: onlyOne(groups, 'count'), groups, flags }
}
