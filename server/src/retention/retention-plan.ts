import type { RetentionClass, RetentionPartition } from '@gemba/contracts/retention'

const DAY_MS = 86_400_000
/** Before an open period lies what decides its first window. */
const REACH_MS = 7 * DAY_MS

/** Defaults of the domain reference 4.4, and what the shortest time is that may be set. Device records: two years. */
export const RETENTION_DAYS: Readonly<Record<RetentionClass, { defaultDays: number; leastDays: number }>> = {
  raw: { defaultDays: 90, leastDays: 30 },
  telemetry: { defaultDays: 400, leastDays: 31 },
  aggregates: { defaultDays: 3_653, leastDays: 365 },
  facts: { defaultDays: 3_653, leastDays: 730 },
}

/** A month of a table as the store has it. */
export interface StoredPartition {
  table: string
  class: RetentionClass
  partition: string
  rows: number
  bytes: number
}

export interface RetentionRules {
  nowAt: number
  keepDays: Readonly<Record<RetentionClass, number | null>>
  /** Everything from this instant on may still change, ms; 0 = no site has closed a period. */
  openFromAt: number
  /** Figures from this instant on are being derived again, ms; null = none are. */
  recalculatedFromAt: number | null
}

const NEEDED_BY_PERIODS: readonly RetentionClass[] = ['telemetry', 'facts']

/** What becomes of each month. Only whole months go, and never one that an open period or a running derivation needs. */
export function retentionPlan(
  partitions: readonly StoredPartition[],
  { nowAt, keepDays, openFromAt, recalculatedFromAt }: RetentionRules,
): RetentionPartition[] {
  return partitions.map((stored) => {
    const { fromAt, toAt } = monthOf(stored.partition)
    const days = keepDays[stored.class]
    const isOld = days !== null && toAt <= nowAt - days * DAY_MS
    const isNeeded = NEEDED_BY_PERIODS.includes(stored.class)
    const heldBy =
      !isOld || !isNeeded
        ? null
        : toAt > openFromAt - REACH_MS
          ? 'open-period'
          : recalculatedFromAt !== null && toAt > recalculatedFromAt - REACH_MS
            ? 'recalculation'
            : null
    return {
      ...stored,
      fromAt: new Date(fromAt).toISOString(),
      toAt: new Date(toAt).toISOString(),
      verdict: !isOld ? 'keep' : heldBy === null ? 'drop' : 'held',
      heldBy,
    }
  })
}

/** First and last instant of `YYYYMM` in UTC, half-open. */
export function monthOf(partition: string): { fromAt: number; toAt: number } {
  const [year, month] = [Number(partition.slice(0, 4)), Number(partition.slice(4))]
  return { fromAt: Date.UTC(year, month - 1, 1), toAt: Date.UTC(year, month, 1) }
}
