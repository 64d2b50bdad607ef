import { ratio, sumOf } from './ratio.ts'

/** What one feed delivered; instants in ms. */
export interface FeedState {
  /** Newest event time received; null = never anything. */
  newestEventAt: number | null
  /** Declared time between data, ms. */
  cadenceMs: number
  /** When the oldest row that still waits was received; null = nothing waits. */
  oldestWaitingAt: number | null
}

export interface FeedHealth {
  /** Now − newest event, ms, never below zero; null when nothing ever came. */
  lagMs: number | null
  /** Lag / declared cadence; above 1 is behind. */
  lagInPeriods: number | null
  /** Age of the oldest waiting row, ms; 0 when nothing waits. */
  backlogAgeMs: number
}

/**
 * Freshness lag and backlog of a feed against its declared cadence at `nowAt`. A source clock ahead of ours gives
 * lag 0. Source: domain rule 3.9.
 */
export function feedHealth(feed: FeedState, nowAt: number): FeedHealth {
  const lagMs = feed.newestEventAt === null ? null : Math.max(0, nowAt - feed.newestEventAt)
  return {
    lagMs,
    lagInPeriods: ratio(lagMs, feed.cadenceMs),
    backlogAgeMs: feed.oldestWaitingAt === null ? 0 : Math.max(0, nowAt - feed.oldestWaitingAt),
  }
}

/**
 * Completeness: rows received / control total of the source; above 1 (doubled rows) is a finding too. Null without a
 * control total. Source: domain rule 3.9.
 */
export function feedCompleteness(received: number, controlTotal: number | null): number | null {
  return ratio(received, controlTotal)
}

/**
 * Mapping coverage: rows whose codes are all mapped / rows, over domains. Null without rows. Source: domain rule
 * 3.9.
 */
export function mappingCoverage(domains: readonly { rows: number; unmapped: number }[]): number | null {
  const rows = sumOf(domains, (each) => each.rows)
  const unmapped = sumOf(domains, (each) => each.unmapped)
  return ratio(rows - unmapped, rows)
}
