/** Figures of suppliers and customers: on time, in full, parts per million, lead and response times. */
import type { SupplyFlag } from '@gemba/contracts/kpi'
import { type DeliveryLine, onTimeInFull, promiseOf, supplierOnTime } from '@gemba/engine/kpi/delivery'
import {
  type ReceivedLot,
  leadTimeReliability,
  partsPerMillion,
  rejectedPieces,
  responseTime,
  supplierQuality,
} from '@gemba/engine/kpi/supplier'
import { addDays, instantOfLocal } from '@gemba/engine/time/local-time'
import {
  type SupplyFigure,
  type SupplyQuestion,
  type SupplyResult,
  plainRatio,
  valued,
  wholeDates,
} from './supply-question.ts'
import type { PurchaseRow, SalesRow, SupplyRows } from './supply-rows.service.ts'

type Judge<T> = (rows: readonly T[], key: string) => SupplyFigure

/** The whole and one figure per key; without any row there is no data, not a zero. */
function cut<T>(rows: readonly T[], keyOf: ((row: T) => string) | null, judge: Judge<T>): SupplyResult {
  const total = judge(rows, '')
  const groups = keyOf
    ? [...Map.groupBy(rows, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, list]) => judge(list, key))
    : []
  return { total, groups, flags: [] as SupplyFlag[] }
}

const purchaseKey = ({ groupBy }: SupplyQuestion): ((row: PurchaseRow) => string) | null =>
  groupBy === 'supplier' ? (row) => row.supplier : groupBy === 'material' ? (row) => row.material : null
const salesKey = ({ groupBy }: SupplyQuestion): ((row: SalesRow) => string) | null =>
  groupBy === 'customer' ? (row) => row.shownCustomer : groupBy === 'material' ? (row) => row.material : null

const counted = { numeratorUnit: 'count', denominatorUnit: 'count' } as const

/** Lines are received when all of them came; lines due in the period are judged when their date has ended. */
export async function supplierPunctuality(rows: SupplyRows, question: SupplyQuestion): Promise<SupplyResult> {
  const { fromOn, untilOn } = wholeDates(question)
  const purchases = await rows.purchases(question)
  const due = purchases.filter(({ firstPromisedOn }) => firstPromisedOn >= fromOn && firstPromisedOn <= untilOn)
  return cut(due, purchaseKey(question), (lines, key) => {
    const judged = lines.map((line) => ({
      due: line.firstPromisedOn,
      received: line.came >= line.ordered * (1 - 1e-9) ? line.cameOn : null,
    }))
    const figure = supplierOnTime(judged, { earlyDays: null, lateDays: 0, asOf: untilOn })
    const onTime = Math.round((figure.onTime ?? 0) * figure.lines)
    return {
      key,
      ...valued(figure.onTime, purchases.length === 0 ? 'no-data' : 'not-applicable'),
      ratio: { numerator: onTime, denominator: figure.lines, ...counted },
      coverage: null,
      parts: { onTime, due: figure.lines, open: judged.filter((line) => line.received === null).length },
    }
  })
}

/** Lines whose goods came in the period, with what went back of them. */
function received({ fromAt, asOfAt }: SupplyQuestion, purchases: readonly PurchaseRow[]): PurchaseRow[] {
  return purchases.filter((row) => row.cameAt !== null && row.cameAt >= fromAt && row.cameAt <= asOfAt && row.came > 0)
}

/**
 * What came of a line: the lots that incoming inspection rejected with the bad pieces it found, and the rest. Without an
 * inspection a lot was rejected when all of it went back.
 */
function lotsOf({ came, wentBack, rejected }: PurchaseRow): ReceivedLot[] {
  const rest = came - rejected.received
  const back = Math.max(0, wentBack - rejected.wentBack)
  const lots: ReceivedLot[] = []
  if (rejected.received > 0)
    lots.push({
      received: rejected.received,
      rejectedPieces: Math.min(rejected.bad, rejected.received),
      decision: 'rejected',
    })
  if (rest > came * 1e-9)
    lots.push({
      received: rest,
      rejectedPieces: back,
      decision: back >= rest * (1 - 1e-9) ? 'rejected' : 'accepted',
    })
  return lots
}

/** Goods that are counted in pieces: parts per million of kilograms would mix with them. */
export async function supplierDefects(
  rows: SupplyRows,
  question: SupplyQuestion,
  measure: 'supplier-ppm' | 'lot-acceptance-rate',
): Promise<SupplyResult> {
  const all = received(question, await rows.purchases(question))
  const lots = measure === 'supplier-ppm' ? all.filter((row) => row.unit === 'piece') : all
  return cut(lots, purchaseKey(question), (lines, key) => {
    const figure = supplierQuality(lines.flatMap(lotsOf), 'bad-pieces')
    const came = lines.reduce((sum, line) => sum + line.came, 0)
    // Each line by the policy in force when its goods came.
    const rejected = lines.reduce((sum, line) => {
      const { lotReject } = question.policiesAt(line.cameAt ?? question.asOfAt)
      return sum + rejectedPieces(lotsOf(line), lotReject)
    }, 0)
    const value = measure === 'supplier-ppm' ? partsPerMillion(rejected, came) : figure.lotAcceptance
    const count = lines.flatMap(lotsOf).length
    return {
      key,
      ...valued(value, all.length === 0 ? 'no-data' : 'not-applicable'),
      ratio:
        measure === 'supplier-ppm'
          ? { numerator: rejected, numeratorUnit: 'piece', denominator: came, denominatorUnit: 'piece' }
          : { numerator: count - figure.rejectedLots, denominator: count, ...counted },
      coverage: null,
      parts: {
        lots: count,
        rejectedLots: figure.rejectedLots,
        ...(measure === 'supplier-ppm'
          ? { received: came, rejected, wentBack: lines.reduce((sum, line) => sum + line.wentBack, 0) }
          : {}),
      },
    }
  })
}

export async function supplierTimes(
  rows: SupplyRows,
  question: SupplyQuestion,
  measure: 'supplier-lead-time' | 'supplier-response-time',
): Promise<SupplyResult> {
  const { fromAt, asOfAt } = question
  const purchases = (await rows.purchases(question)).filter((row) => row.orderedAt >= fromAt && row.orderedAt <= asOfAt)
  return cut(purchases, purchaseKey(question), (lines, key) => {
    const isLead = measure === 'supplier-lead-time'
    const spans = isLead
      ? leadTimeReliability(lines.map(({ orderedAt, cameAt }) => ({ orderedAt, receivedAt: cameAt })))
      : responseTime(lines)
    const value = isLead ? spans.p90 : spans.p50
    const known = Object.entries(spans).flatMap(([name, span]) => (span === null ? [] : [[`${name}Ms`, span]]))
    return {
      key,
      ...valued(value, purchases.length === 0 ? 'no-data' : 'not-applicable'),
      ratio: plainRatio(value, 'ms', lines.length),
      coverage: null,
      parts: { lines: lines.length, ...Object.fromEntries(known) },
    }
  })
}

/**
 * A sales line as delivery judges it; null = it has no date to be judged by. It is judged by the policies in force on
 * its first promise, which no later promise moves: so each line has one due date and counts in one period.
 */
function deliveryOf(
  row: SalesRow,
  question: SupplyQuestion,
  windows: ReadonlyMap<string, readonly [number, number]>,
): DeliveryLine | null {
  const { requestedOn, firstPromisedOn, currentPromisedOn } = row
  const dates = { requested: requestedOn, firstPromised: firstPromisedOn, currentPromised: currentPromisedOn }
  const first = promiseOf(dates, 'first')
  if (first === null) return null
  const { otifPromise, otifWindowDays } = question.policiesAt(instantOfLocal(question.site.timeZone, first, '00:00'))
  const due = promiseOf(dates, otifPromise)
  if (due === null) return null
  return {
    order: row.order,
    due,
    quantity: row.ordered,
    shipments: row.shipments,
    cancelledOn: row.cancelledOn,
    windowDays: windows.get(row.customer) ?? otifWindowDays,
  }
}

/** Lines due in the period, each judged when its own window has closed. */
export async function otif(
  rows: SupplyRows,
  question: SupplyQuestion,
  measure: 'otif' | 'otif-by-order',
): Promise<SupplyResult> {
  const { fromOn, untilOn } = wholeDates(question)
  const [sales, windows] = await Promise.all([rows.sales(question), rows.windows(question)])
  const judged = sales.flatMap((row) => {
    const line = deliveryOf(row, question, windows)
    if (line === null || line.due < fromOn || addDays(line.due, line.windowDays?.[1] ?? 0) > untilOn) return []
    return [{ row, line }]
  })
  const byRow = salesKey(question)
  return cut(judged, byRow === null ? null : ({ row }) => byRow(row), (list, key) => {
    const figure = onTimeInFull(
      list.map(({ line }) => line),
      untilOn,
      [0, 0],
    )
    const value = measure === 'otif' ? figure.otifLine : figure.otifOrder
    const share = (part: number | null): number => Math.round((part ?? 0) * figure.lines)
    const orders = new Set(list.map(({ line }) => line.order)).size
    const base = measure === 'otif' ? figure.lines : orders
    return {
      key,
      ...valued(value, sales.length === 0 ? 'no-data' : 'not-applicable'),
      ratio: { numerator: Math.round((value ?? 0) * base), denominator: base, ...counted },
      coverage: null,
      parts: {
        lines: figure.lines,
        onTime: share(figure.onTime),
        inFull: share(figure.inFull),
        otif: share(figure.otifLine),
      },
    }
  })
}
