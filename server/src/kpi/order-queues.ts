import type { OrderProgress } from '@gemba/contracts/kpi'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { type QueuedOrder, type RateSample, forecastRate } from '@gemba/engine/kpi/order-forecast'
import { progressOfOrder, queueForecast } from '@gemba/engine/kpi/order-progress'
import { plannedSegments, shiftInstances } from '@gemba/engine/time/calendar'
import { coveredMs } from '@gemba/engine/time/ranges'
import type { OperationRow, OrderRow, OrderRows } from './order-rows.service.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Forecasts look this far ahead; an order that would end later has no date. */
const HORIZON_MS = 45 * DAY_MS
/** Planned changeover between two materials on one unit. */
const CHANGEOVER_MS = 1.2 * HOUR_MS
const FULL_HISTORY_HOURS = 8

export interface UnitQueue {
  unit: string
  orders: OrderProgress[]
  /** Planned time the open orders of the unit still need; null when unknown. */
  queuedMs: number | null
}

export interface QueueContext {
  site: SiteDefinition
  rows: OrderRows
  nowAt: number
  paceSinceAt: number
  /** The unit has stopped since then, with its reason; null = it has not. */
  stoppedSince: (unit: string) => { sinceAt: number; reason: string | null } | null
  shortageOf: (order: string) => { component: string; missing: number } | null
}

const isStarted = (operations: readonly OperationRow[]): boolean =>
  operations.some((each) => each.good + each.scrap + each.rework > 0)

/** Running orders first, then by priority and scheduled start: the order in which the unit will make them. */
function sequence(orders: readonly OrderRow[], rows: OrderRows): OrderRow[] {
  const rank = (order: OrderRow) => (isStarted(rows.operations.get(order.order) ?? []) ? 0 : 1)
  return [...orders].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      a.priority - b.priority ||
      (a.scheduledStartAt ?? a.dueAt) - (b.scheduledStartAt ?? b.dueAt) ||
      (a.order < b.order ? -1 : 1),
  )
}

function segmentsOf(site: SiteDefinition, fromAt: number, toAt: number): TimeRange[] {
  return plannedSegments(shiftInstances(site, { fromAt, toAt }))
}

/** Progress and forecast of all open orders of one unit. */
export function unitQueue(unit: string, orders: readonly OrderRow[], context: QueueContext): UnitQueue {
  const { rows, nowAt, site } = context
  const earliestAt = Math.min(nowAt - 3 * DAY_MS, ...orders.map((order) => order.scheduledStartAt ?? nowAt))
  const planned = segmentsOf(site, earliestAt, nowAt + HORIZON_MS)
  const ahead = planned.filter((segment) => segment.toAt > nowAt)
  const recent = samples(orders[0]?.workCenter ?? '', planned, context)
  const sorted = sequence(orders, rows)
  const queue: QueuedOrder[] = sorted.map((order) => {
    const operations = rows.operations.get(order.order) ?? []
    const good = operations.at(-1)?.good ?? order.deliveredQuantity
    const slowest = Math.max(0, ...operations.map((each) => each.standardSeconds))
    const rate = forecastRate(recent, slowest > 0 ? 3600 / slowest : null, FULL_HISTORY_HOURS)
    return { order: order.order, material: order.material, remaining: Math.max(0, order.quantity - good), rate }
  })
  const forecasts = queueForecast(queue, { segments: ahead, fromAt: nowAt }, CHANGEOVER_MS)
  const stopped = context.stoppedSince(unit)
  const progress = sorted.map((order, index) => {
    const operations = rows.operations.get(order.order) ?? []
    const reports = operations.map((each) => each.lastReportAt).filter((at) => at !== null)
    const shortage = context.shortageOf(order.order)
    return progressOfOrder({
      order,
      equipment: unit,
      operations: operations.map(({ operation, name, standardSeconds, good, scrap, rework }) => ({
        operation,
        name,
        standardSeconds,
        good,
        scrap,
        rework,
      })),
      nowAt,
      planned,
      recent,
      lastReportAt: reports.length > 0 ? Math.max(...reports) : null,
      startAt: forecasts[index]?.startAt ?? null,
      blockers: {
        stopped: stopped && index === 0 ? { unit, sinceAt: stopped.sinceAt, reason: stopped.reason ?? '' } : null,
        shortage: shortage ? { component: shortage.component, missing: shortage.missing } : null,
        queue:
          index > 0 && forecasts[index]?.queuedMs
            ? { unit, queuedMs: Math.round(forecasts[index]?.queuedMs ?? 0) }
            : null,
      },
    })
  })
  return { unit, orders: progress, queuedMs: queuedTime(queue) }
}

function queuedTime(queue: readonly QueuedOrder[]): number | null {
  let sum = 0
  for (const { remaining, rate } of queue) {
    if (rate.perHour === null || rate.perHour <= 0) return null
    sum += (remaining / rate.perHour) * HOUR_MS
  }
  return sum
}

function samples(
  workCenter: string,
  planned: readonly TimeRange[],
  { rows, nowAt, paceSinceAt }: QueueContext,
): RateSample[] {
  const goodByHour = new Map(
    rows.hourly.filter((hour) => hour.workCenter === workCenter).map((hour) => [hour.hourAt, hour.good]),
  )
  const list: RateSample[] = []
  // Whole hours only: of the one in which the look back begins not all pieces were read.
  for (let hourAt = Math.ceil(paceSinceAt / HOUR_MS) * HOUR_MS; hourAt < nowAt; hourAt += HOUR_MS) {
    const plannedMs = coveredMs(planned, { fromAt: hourAt, toAt: Math.min(hourAt + HOUR_MS, nowAt) })
    if (plannedMs > 0) list.push({ good: goodByHour.get(hourAt) ?? 0, plannedMs })
  }
  return list
}
