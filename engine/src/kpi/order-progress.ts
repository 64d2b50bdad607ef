import type { ProductionOrder } from '@gemba/contracts/erp-record'
import type { OrderProgress, OrderRisk } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { coveredMs } from '../time/ranges.ts'
import {
  forecastCompletion,
  forecastRate,
  type Forecast,
  type ForecastRate,
  type RateSample,
} from './order-forecast.ts'

export { queueForecast, walkPlanned } from './order-forecast.ts'

const HOUR_MS = 3_600_000

/** Planned hours of history that stand without the standard. */
const FULL_HISTORY_HOURS = 8

/** An order under way without a report for this much planned time (a shift) is "not reported". */
const NOT_REPORTED_MS = 8 * HOUR_MS

/** One operation of an order with what was reported on it, in the order of the routing. */
export interface OperationProgress {
  operation: string
  name: string
  standardSeconds: number
  good: number
  scrap: number
  rework: number
}

export interface OrderProgressInput {
  order: ProductionOrder
  equipment: string | null
  /** Sorted by sequence; empty when the routing is unknown. */
  operations: readonly OperationProgress[]
  nowAt: number
  /** Planned segments of the unit, sorted, from the scheduled start (or the last report) to the horizon. */
  planned: readonly TimeRange[]
  /** Good pieces of the unit per stretch of planned time over the last hours, any order. */
  recent: readonly RateSample[]
  lastReportAt: number | null
  /** Why it cannot go on; the first that holds is shown: stopped, shortage, queue. */
  blockers?: {
    stopped?: Record<string, string | number> | null
    shortage?: Record<string, string | number> | null
    queue?: Record<string, string | number> | null
  }
  /** When the order's turn comes (see `queueForecast`), null = never; default now, or its scheduled start while nothing is made. */
  startAt?: number | null
  fullHistoryHours?: number
  notReportedMs?: number
}

/**
 * Where an order stands and when it will be done.
 *
 * - quantity progress = good at the last operation / ordered, uncapped
 * - work progress = Σ std × min(good + scrap, ordered) / Σ std × ordered
 * - expected = (ordered − good) / rate walked through planned time; rate = recent good per planned hour, blended with
 *   the standard of the slowest remaining operation while there is little history
 * - planned progress = planned time since the scheduled start / planned time from there to the due date
 * - risk: `done` delivered, completed or complete in quantity; `late` due date passed or expected after it;
 *   `not-started` nothing reported and not scheduled to run yet; `not-reported` no report for a shift of planned
 *   time; `at-risk` the late end of the range is after the due date or there is no forecast; else `on-track`
 *
 * Source: ISO 22400-2 (order progress), house rule for the expected completion.
 */
export function progressOfOrder(input: OrderProgressInput): OrderProgress {
  const { order, operations, nowAt } = input
  const counts = countsOf(order, operations)
  const isDone = order.deliveredAt !== null || isClosed(order) || counts.good >= order.quantity
  const remaining = Math.max(0, order.quantity - counts.good)
  const rate = rateOf(input)
  const firstAt = counts.isStarted ? nowAt : (order.scheduledStartAt ?? nowAt)
  const startAt = input.startAt === undefined ? firstAt : input.startAt
  const forecast: Forecast =
    isDone || startAt === null
      ? { expectedAt: order.deliveredAt, expectedRange: null }
      : forecastCompletion(remaining, rate, { segments: input.planned, fromAt: Math.max(nowAt, startAt) })
  const risk = isDone ? 'done' : riskOf(input, forecast, counts.isStarted)
  return {
    order: order.order,
    material: order.material,
    customer: order.customer,
    equipment: input.equipment,
    quantity: order.quantity,
    good: counts.good,
    scrap: counts.scrap,
    inProcess: counts.inProcess,
    quantityProgress: counts.good / order.quantity,
    workProgress: workProgress(operations, order.quantity) ?? Math.min(1, counts.good / order.quantity),
    plannedProgress: plannedProgress(input),
    dueAt: order.dueAt,
    expectedAt: forecast.expectedAt,
    expectedRange: forecast.expectedRange,
    slackMs: forecast.expectedAt === null ? null : order.dueAt - forecast.expectedAt,
    risk,
    currentOperation: isDone ? null : currentOperation(operations, order.quantity),
    blocking: isDone ? null : blockingOf(input, risk),
    basis: { remaining, ratePerHour: rate.perHour, rateWindowHours: rate.windowHours, source: rate.source },
    lastReportAt: input.lastReportAt,
    operations: operations.map((each) => ({ ...each })),
  }
}

/**
 * Σ std × min(good + scrap, quantity) / Σ std × quantity, fraction in [0, 1]; null without standard times. Source:
 * domain rule 3.4.
 */
export function workProgress(
  operations: readonly Pick<OperationProgress, 'standardSeconds' | 'good' | 'scrap'>[],
  quantity: number,
): number | null {
  let done = 0
  let all = 0
  for (const { standardSeconds, good, scrap } of operations) {
    done += standardSeconds * Math.max(0, Math.min(good + scrap, quantity))
    all += standardSeconds * quantity
  }
  return all > 0 ? done / all : null
}

function isClosed(order: ProductionOrder): boolean {
  return order.status === 'completed' || order.status === 'closed'
}

function countsOf(order: ProductionOrder, operations: readonly OperationProgress[]) {
  const first = operations[0]
  const last = operations.at(-1)
  const good = last ? last.good : order.deliveredQuantity
  const scrap = operations.reduce((sum, each) => sum + each.scrap, 0)
  const laterScrap = first ? scrap - first.scrap : 0
  const inProcess = first && operations.length > 1 ? Math.max(0, first.good - laterScrap - good) : 0
  const isStarted = operations.some((each) => each.good + each.scrap + each.rework > 0) || good > 0
  return { good, scrap, inProcess, isStarted }
}

function rateOf(input: OrderProgressInput): ForecastRate {
  const slowest = input.operations
    .filter((each) => each.good + each.scrap < input.order.quantity)
    .reduce((seconds, each) => Math.max(seconds, each.standardSeconds), 0)
  return forecastRate(input.recent, slowest > 0 ? 3_600 / slowest : null, input.fullHistoryHours ?? FULL_HISTORY_HOURS)
}

function riskOf(input: OrderProgressInput, forecast: Forecast, isStarted: boolean): OrderRisk {
  const { order, nowAt } = input
  if (nowAt > order.dueAt) return 'late'
  if (forecast.expectedAt !== null && forecast.expectedAt > order.dueAt) return 'late'
  const isDueToRun = order.scheduledStartAt !== null && order.scheduledStartAt <= nowAt
  if (!isStarted && !isDueToRun) return 'not-started'
  if (isSilent(input)) return 'not-reported'
  if (!isStarted) return 'not-started'
  if (forecast.expectedAt === null) return 'at-risk'
  return forecast.expectedRange !== null && forecast.expectedRange.lateAt > order.dueAt ? 'at-risk' : 'on-track'
}

function isSilent(input: OrderProgressInput): boolean {
  const sinceAt = input.lastReportAt ?? input.order.scheduledStartAt
  if (sinceAt === null || sinceAt >= input.nowAt) return false
  const silentMs = coveredMs(input.planned, { fromAt: sinceAt, toAt: input.nowAt })
  return silentMs > (input.notReportedMs ?? NOT_REPORTED_MS)
}

function plannedProgress({ order, planned, nowAt }: OrderProgressInput): number | null {
  const fromAt = order.scheduledStartAt
  if (fromAt === null || fromAt >= order.dueAt) return null
  const wholeMs = coveredMs(planned, { fromAt, toAt: order.dueAt })
  if (wholeMs <= 0) return null
  return Math.min(1, coveredMs(planned, { fromAt, toAt: Math.max(fromAt, nowAt) }) / wholeMs)
}

/** The first operation that is not through with the ordered quantity. */
function currentOperation(operations: readonly OperationProgress[], quantity: number): string | null {
  const open = operations.find((each) => each.good + each.scrap < quantity) ?? operations.at(-1)
  return open?.operation ?? null
}

function blockingOf(input: OrderProgressInput, risk: OrderRisk): OrderProgress['blocking'] {
  const { stopped, shortage, queue } = input.blockers ?? {}
  if (stopped) return { kind: 'stopped', facts: stopped }
  if (shortage) return { kind: 'shortage', facts: shortage }
  if (risk === 'not-reported') return { kind: 'not-reported', facts: silenceFacts(input) }
  return queue ? { kind: 'queue', facts: queue } : null
}

function silenceFacts({ lastReportAt, nowAt }: OrderProgressInput): Record<string, number> {
  return lastReportAt === null ? {} : { lastReportAt, silentMs: nowAt - lastReportAt }
}
