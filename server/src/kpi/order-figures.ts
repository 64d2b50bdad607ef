import type { KpiRatio, SumUnit } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import type { MissingReason } from '@gemba/contracts/value'
import { capacityLoad, taktTime } from '@gemba/engine/kpi/capacity'
import { onTimeDelivery } from '@gemba/engine/kpi/delivery'
import { scheduleAttainment } from '@gemba/engine/kpi/flow'
import { littleCheck, orderTimes, workInProcess } from '@gemba/engine/kpi/flow-times'
import type { OrderFacts } from './order-facts.service.ts'

/** What one figure of orders is made from. `availableMs`: planned time of the units of the scope in the period. */
export interface OrderSums {
  orders: readonly OrderFacts[]
  period: TimeRange
  nowAt: number
  availableMs: number
}

export interface OrderFigure {
  value: number | null
  missing?: MissingReason | undefined
  ratio: KpiRatio
}

type Rule = (sums: OrderSums) => OrderFigure
type Unit = SumUnit

const quotient = (numerator: [number, Unit], denominator: [number, Unit]): KpiRatio => ({
  numerator: numerator[0],
  numeratorUnit: numerator[1],
  denominator: denominator[0],
  denominatorUnit: denominator[1],
})
const of = (value: number | null, ratio: KpiRatio, missing: MissingReason = 'not-applicable'): OrderFigure => ({
  value,
  ...(value === null ? { missing } : {}),
  ratio,
})

const isDueWithin = ({ dueAt }: OrderFacts, { fromAt, toAt }: TimeRange): boolean => dueAt >= fromAt && dueAt < toAt
const isDeliveredWithin = ({ deliveredAt }: OrderFacts, { fromAt, toAt }: TimeRange): boolean =>
  deliveredAt !== null && deliveredAt >= fromAt && deliveredAt < toAt

const onTime: Rule = ({ orders, period, nowAt }) => {
  const result = onTimeDelivery(orders, period, nowAt)
  return of(result.value, quotient([result.onTime, 'count'], [result.due, 'count']), result.missing)
}

/** Planned: quantity of the orders due in the period. Actual: good of their last operations reported in it. */
function attainment(sums: OrderSums): { planned: number; items: { planned: number; actual: number }[] } {
  const items = [...Map.groupBy(sums.orders, ({ material }) => material).values()].map((orders) => ({
    planned: total(
      orders.filter((order) => isDueWithin(order, sums.period)),
      ({ quantity }) => quantity,
    ),
    actual: total(orders, ({ operations }) => operations.at(-1)?.goodWithin ?? 0),
  }))
  return { planned: total(items, ({ planned }) => planned), items }
}

const volumeAttainment: Rule = (sums) => {
  const { planned, items } = attainment(sums)
  const actual = total(items, (item) => item.actual)
  return of(scheduleAttainment(items).volume, quotient([actual, 'piece'], [planned, 'piece']))
}
const mixAttainment: Rule = (sums) => {
  const { planned, items } = attainment(sums)
  const counted = total(items, (item) => Math.min(item.actual, item.planned))
  return of(scheduleAttainment(items).mix, quotient([counted, 'piece'], [planned, 'piece']))
}

/** Released by the end of the period and not delivered by then. */
const isOpenAt = ({ releasedAt, deliveredAt }: OrderFacts, at: number): boolean =>
  releasedAt !== null && releasedAt < at && (deliveredAt === null || deliveredAt >= at)

const wip: Rule = ({ orders, period, nowAt }) => {
  const open = orders.filter((order) => isOpenAt(order, Math.min(period.toAt, nowAt)))
  const pieces = total(open, piecesInProcess)
  return { value: pieces, ratio: { ...quotient([pieces, 'piece'], [open.length, 'count']), isQuotient: false } }
}

function piecesInProcess({ quantity, operations }: OrderFacts): number {
  const flows = operations.map((each, index) => ({
    operation: each.operation,
    arrived: index === 0 ? quantity : (operations[index - 1]?.goodUntil ?? 0),
    good: each.goodUntil,
    scrap: each.scrapUntil,
    standardHours: each.standardSeconds / 3_600,
    standardValue: 0,
  }))
  return workInProcess(flows).pieces
}

/** Mean of a span over the orders that were delivered (or started) in the period and have both stamps. */
const meanOf =
  (spanOf: (order: OrderFacts) => number | null, isCounted: (order: OrderFacts, period: TimeRange) => boolean): Rule =>
  ({ orders, period }) => {
    const spans = orders
      .filter((order) => isCounted(order, period))
      .map(spanOf)
      .filter((span) => span !== null)
    const sum = total(spans, (span) => span)
    return of(spans.length === 0 ? null : sum / spans.length, quotient([sum, 'ms'], [spans.length, 'count']))
  }
const timesOf = (order: OrderFacts) => orderTimes({ ...order, orderedAt: null, completedAt: order.deliveredAt })
const isStartedWithin = ({ startedAt }: OrderFacts, { fromAt, toAt }: TimeRange): boolean =>
  startedAt !== null && startedAt >= fromAt && startedAt < toAt

/** Orders in process against throughput × flow time of those delivered in the period. */
const little: Rule = ({ orders, period, nowAt }) => {
  const toAt = Math.min(period.toAt, nowAt)
  const spanMs = toAt - period.fromAt
  const inside = total(orders, ({ releasedAt, deliveredAt }) =>
    releasedAt === null ? 0 : Math.max(0, Math.min(deliveredAt ?? toAt, toAt) - Math.max(releasedAt, period.fromAt)),
  )
  const flows = orders
    .filter((order) => isDeliveredWithin(order, period))
    .map((order) => timesOf(order).flowMs)
    .filter((flow) => flow !== null)
  const meanWip = inside / spanMs
  const flowTime = flows.length === 0 ? 0 : total(flows, (flow) => flow) / flows.length
  const check = littleCheck(meanWip, { throughput: flows.length / spanMs, flowTime })
  return of(check.deviation, quotient([meanWip - check.expectedWip, 'one'], [check.expectedWip, 'one']))
}

/** Work at standard whose scheduled start lies in the period against the planned time of its units. */
const load: Rule = ({ orders, period, availableMs }) => {
  const work = orders
    .filter(
      ({ scheduledStartAt }) =>
        scheduledStartAt !== null && scheduledStartAt >= period.fromAt && scheduledStartAt < period.toAt,
    )
    .flatMap(({ quantity, operations }) => {
      const first = operations[0]
      return first ? [{ setupHours: 0, runSecondsPerPiece: first.standardSeconds, quantity }] : []
    })
  const result = capacityLoad(work, availableMs / 3_600_000)
  return of(result.load, quotient([result.plannedHours, 'h'], [result.availableHours, 'h']), 'not-scheduled')
}

const takt: Rule = ({ orders, period, availableMs }) => {
  const demand = total(
    orders.filter((order) => isDueWithin(order, period)),
    ({ quantity }) => quantity,
  )
  return of(taktTime(availableMs / 1000, demand), quotient([availableMs, 'ms'], [demand, 'piece']))
}

const progress: Rule = ({ orders, period, nowAt }) => {
  const open = orders.filter((order) => isOpenAt(order, Math.min(period.toAt, nowAt)))
  const good = total(open, ({ operations }) => operations.at(-1)?.goodUntil ?? 0)
  const quantity = total(open, (order) => order.quantity)
  return of(quantity === 0 ? null : good / quantity, quotient([good, 'piece'], [quantity, 'piece']))
}

/** Figures of orders by their id in the dictionary. */
export const ORDER_FIGURES: Readonly<Record<string, Rule>> = {
  'quantity-progress': progress,
  'on-time-delivery': onTime,
  'schedule-attainment': volumeAttainment,
  'mix-attainment': mixAttainment,
  wip,
  'flow-time': meanOf((order) => timesOf(order).flowMs, isDeliveredWithin),
  'release-to-start': meanOf((order) => timesOf(order).releaseToStartMs, isStartedWithin),
  'little-check': little,
  'capacity-load': load,
  'takt-time': takt,
}

function total<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + amountOf(item), 0)
}
