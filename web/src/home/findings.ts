import type { HealthDetails } from '@gemba/contracts/api'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ChangesWaiting } from '@gemba/contracts/change'
import type { OrderProgress, OrdersProgressAnswer } from '@gemba/contracts/kpi'
import { type Standing, standingOf, urgencyOf } from '../connection/source-standing.ts'

/** Something real that asks for a person, and where to deal with it. */
export type Finding =
  | {
      kind: 'source'
      id: string
      name: Bilingual
      standing: Standing
      ageMs: number | null
      lastDataAt: number | null
      errorText: string | null
      errorType: string | null
      sinceAt: number | null
      urgency: number
    }
  | { kind: 'store'; id: string; errorText: string | null; sinceAt: number; urgency: number }
  | { kind: 'collector'; id: string; sinceAt: number; urgency: number }
  | { kind: 'quarantine'; id: string; rows: number; sinceAt: null; urgency: number }
  /** Changes that wait for the reader's review. */
  | { kind: 'changes'; id: string; count: number; sinceAt: number | null; urgency: number }
  /** All orders of a site that are expected late, the latest first. */
  | { kind: 'late-orders'; id: string; orders: LateOrder[]; sinceAt: null; urgency: number }

export interface LateOrder {
  order: string
  dueAt: number
  /** Expected after due; of an overdue order without a forecast what has passed since; never less than that. */
  lateMs: number
}

const TROUBLE: ReadonlySet<Standing> = new Set<Standing>(['failing', 'stale', 'late', 'never'])

/** Everything that is not as it should be, the most urgent first, then what lasts longest. */
export function findingsOf(
  details: HealthDetails,
  nowMs: number,
  { orders, changes }: { orders?: OrdersProgressAnswer | undefined; changes?: ChangesWaiting | undefined } = {},
): Finding[] {
  const stores = details.stores
    .filter((store) => store.state === 'failing')
    .map((store): Finding => ({
      kind: 'store',
      id: store.name,
      errorText: store.errorText,
      sinceAt: store.since,
      urgency: 9,
    }))
  const collectors = details.collectors
    .filter((collector) => collector.state === 'silent')
    .map((collector): Finding => ({ kind: 'collector', id: collector.id, sinceAt: collector.lastSeenAt, urgency: 8 }))
  const quarantine = Object.entries(details.quarantine.byReason)
    .filter(([, rows]) => rows > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, rows]): Finding => ({ kind: 'quarantine', id: reason, rows, sinceAt: null, urgency: 1 }))
  const late = lateOrders(orders, nowMs)
  return [
    ...stores,
    ...collectors,
    ...late,
    ...waitingChanges(changes),
    ...sourceFindings(details, nowMs),
    ...quarantine,
  ].sort((a, b) => b.urgency - a.urgency || (a.sinceAt ?? Infinity) - (b.sinceAt ?? Infinity))
}

function waitingChanges(waiting: ChangesWaiting | undefined): Finding[] {
  if (!waiting || waiting.count === 0) return []
  const { count, oldestSubmittedAt } = waiting
  const sinceAt = oldestSubmittedAt === null ? null : Date.parse(oldestSubmittedAt)
  return [{ kind: 'changes', id: 'waiting', count, sinceAt, urgency: 6 }]
}

function lateOrders(answer: OrdersProgressAnswer | undefined, nowMs: number): Finding[] {
  if (!answer) return []
  const orders = answer.orders
    .filter(({ risk }) => risk === 'late')
    .map(({ order, dueAt, slackMs }) => ({ order, dueAt, lateMs: latenessMs({ dueAt, slackMs }, nowMs) }))
    .sort((a, b) => b.lateMs - a.lateMs || (a.order < b.order ? -1 : 1))
  return orders.length === 0 ? [] : [{ kind: 'late-orders', id: answer.site, orders, sinceAt: null, urgency: 7 }]
}

function latenessMs({ dueAt, slackMs }: Pick<OrderProgress, 'dueAt' | 'slackMs'>, nowMs: number): number {
  return Math.max(0, slackMs === null ? 0 : -slackMs, nowMs - dueAt)
}

function sourceFindings(details: HealthDetails, nowMs: number): Finding[] {
  return details.sources.flatMap((source): Finding[] => {
    const standing = standingOf(source, nowMs)
    if (!TROUBLE.has(standing)) return []
    const { id, name, lastDataAt, errorText, errorType } = source
    const ageMs = lastDataAt === null ? null : Math.max(0, nowMs - lastDataAt)
    const sinceAt = standing === 'failing' ? source.since : lastDataAt
    const urgency = urgencyOf(standing)
    return [{ kind: 'source', id, name, standing, ageMs, lastDataAt, errorText, errorType, sinceAt, urgency }]
  })
}
