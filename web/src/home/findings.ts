import type { HealthDetails } from '@gemba/contracts/api'
import type { Bilingual } from '@gemba/contracts/catalog'
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

const TROUBLE: ReadonlySet<Standing> = new Set<Standing>(['failing', 'stale', 'late', 'never'])

/** Everything that is not as it should be, the most urgent first, then what lasts longest. */
export function findingsOf(details: HealthDetails, nowMs: number): Finding[] {
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
  return [...stores, ...collectors, ...sourceFindings(details, nowMs), ...quarantine].sort(
    (a, b) => b.urgency - a.urgency || (a.sinceAt ?? Infinity) - (b.sinceAt ?? Infinity),
  )
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
