import type { PolicySettings } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'
import type { MissingReason } from '@gemba/contracts/value'
import { addDays } from '../time/local-time.ts'
import { ratio, reaches } from './ratio.ts'

/** A delivery line by calendar dates `YYYY-MM-DD`. `due` is the first promised date: re-promising improves nothing. */
export interface DeliveryLine {
  order: string
  due: string
  quantity: number
  shipments: readonly { date: string; quantity: number }[]
  /** Cancelled on this date; null = not. */
  cancelledOn: string | null
  /** The customer's own window in days, `[early ≤ 0, late ≥ 0]`; default the one of the question. */
  windowDays?: readonly [number, number]
  /** Share of the quantity that may be missing and still is in full; default 0. */
  shortTolerance?: number
}

/** The dates of a delivery line `YYYY-MM-DD`, null = none. */
export interface PromiseDates {
  requested: string | null
  firstPromised: string | null
  currentPromised: string | null
}

/** The date a line is judged by under a policy; where it has none, the first of first, current and requested that exists. */
export function promiseOf(dates: PromiseDates, policy: PolicySettings['otifPromise']): string | null {
  const { requested, firstPromised, currentPromised } = dates
  const wanted = { first: firstPromised, current: currentPromised, requested }[policy]
  return wanted ?? firstPromised ?? currentPromised ?? requested
}

export interface DeliveryFigures {
  /** Lines that count: due by `asOf`, overdue open ones included. */
  lines: number
  /** Shares of these lines; null without lines. */
  onTime: number | null
  inFull: number | null
  otifLine: number | null
  /** Share of orders all of whose counting lines are on time in full. */
  otifOrder: number | null
}

/**
 * On time, in full and OTIF. The window `[early, late]` in days around the due date is inclusive (early ≤ 0 ≤ late).
 * A line is on time when something was shipped and all of it inside the window, in full when the quantity shipped by
 * `asOf` reaches the ordered one, OTIF when the quantity shipped inside the window does (and then it is on time also
 * when more comes later). Lines that are not due yet
 * and lines cancelled before they were due do not count; open and overdue is a miss. Source: domain rule 3.4; VDA
 * 5001.
 */
export function onTimeInFull(
  lines: readonly DeliveryLine[],
  asOf: string,
  window: readonly [number, number],
): DeliveryFigures {
  const counting = lines.filter(
    (line) => line.due <= asOf && !(line.cancelledOn !== null && line.cancelledOn <= line.due),
  )
  const orders = new Map<string, boolean>()
  let onTime = 0
  let inFull = 0
  let otif = 0
  for (const line of counting) {
    const [early, late] = line.windowDays ?? window
    const wanted = line.quantity * (1 - (line.shortTolerance ?? 0))
    const shipped = line.shipments.filter((shipment) => shipment.date <= asOf && shipment.quantity > 0)
    const inside = shipped.filter(
      (shipment) => shipment.date >= addDays(line.due, early) && shipment.date <= addDays(line.due, late),
    )
    const isOtif = inside.length > 0 && reaches(quantityOf(inside), wanted)
    if (isOtif || (shipped.length > 0 && inside.length === shipped.length)) onTime += 1
    if (shipped.length > 0 && reaches(quantityOf(shipped), wanted)) inFull += 1
    if (isOtif) otif += 1
    orders.set(line.order, (orders.get(line.order) ?? true) && isOtif)
  }
  const good = [...orders.values()].filter(Boolean).length
  return {
    lines: counting.length,
    onTime: ratio(onTime, counting.length),
    inFull: ratio(inFull, counting.length),
    otifLine: ratio(otif, counting.length),
    otifOrder: ratio(good, orders.size),
  }
}

function quantityOf(shipments: readonly { quantity: number }[]): number {
  return shipments.reduce((sum, shipment) => sum + shipment.quantity, 0)
}

/**
 * Supplier on-time delivery: lines received inside the window / lines due. Late by up to `lateDays` and, when a limit
 * is given, early by up to `earlyDays` is on time; too early is a miss, not received is a miss. With `asOf` only what is
 * known on that date counts: a line that is not due yet counts once it was received. Dates are `YYYY-MM-DD`. Source:
 * domain rule 3.7 (Petoskey: on or before the due date).
 */
export function supplierOnTime(
  lines: readonly { due: string; received: string | null }[],
  { earlyDays, lateDays, asOf = null }: { earlyDays: number | null; lateDays: number; asOf?: string | null },
): { lines: number; onTime: number | null } {
  const known = lines.map((line) =>
    asOf !== null && line.received !== null && line.received > asOf ? { ...line, received: null } : line,
  )
  const due = known.filter((line) => asOf === null || line.due <= asOf || line.received !== null)
  const hits = due.filter(
    (line) =>
      line.received !== null &&
      line.received <= addDays(line.due, lateDays) &&
      (earlyDays === null || line.received >= addDays(line.due, -earlyDays)),
  )
  return { lines: due.length, onTime: ratio(hits.length, due.length) }
}

/** A production order as delivery sees it; instants in ms. */
export interface DueOrder {
  dueAt: number
  /** When the last quantity was delivered; null while open. */
  deliveredAt: number | null
  quantity: number
  deliveredQuantity: number
}

export interface OnTimeDelivery {
  value: number | null
  missing: MissingReason | undefined
  /** Delivered in full by the due instant. */
  onTime: number
  /** Due in the period so far plus overdue open from before it. */
  due: number
  overdueOpen: number
}

/**
 * On-time delivery of orders in a period: delivered in full not after `dueAt` / (due in the period by now + open and
 * overdue since before the period). What is due later than `nowAt` does not count yet. Source: domain rule 3.4.
 */
export function onTimeDelivery(orders: readonly DueOrder[], period: TimeRange, nowAt: number): OnTimeDelivery {
  let due = 0
  let onTime = 0
  let overdueOpen = 0
  for (const order of orders) {
    if (order.dueAt > nowAt || order.dueAt >= period.toAt) continue
    const wasOpen = order.deliveredAt === null || order.deliveredAt > nowAt
    if (wasOpen) overdueOpen += 1
    if (order.dueAt < period.fromAt && !wasOpen) continue
    due += 1
    if (!wasOpen && order.deliveredAt! <= order.dueAt && reaches(order.deliveredQuantity, order.quantity)) onTime += 1
  }
  return { value: ratio(onTime, due), missing: due === 0 ? 'not-applicable' : undefined, onTime, due, overdueOpen }
}
