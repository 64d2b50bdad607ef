import { ratio } from './ratio.ts'

/** One scheduled operation; instants in ms, null = did not happen yet. */
export interface ScheduledOperation {
  scheduledStartAt: number
  scheduledEndAt: number
  startedAt: number | null
  endedAt: number | null
}

export interface ScheduleAdherence {
  /** Operations whose scheduled end plus tolerance has passed. */
  due: number
  /** Finished within the tolerance of the schedule / due. */
  adherence: number | null
  /** Started within the tolerance / those whose scheduled start plus tolerance has passed. */
  startAdherence: number | null
}

/**
 * Schedule adherence: operations that ended within ± tolerance of their scheduled end / operations that had to end by
 * now; the same for starts. Too early is off schedule like too late; what is still inside its tolerance does not count
 * yet unless it is done. Null when nothing was due. Source: domain rule 3.4; starts and ends apart as in MachineMetrics.
 */
export function scheduleAdherence(
  operations: readonly ScheduledOperation[],
  toleranceMs: number,
  nowAt: number,
): ScheduleAdherence {
  const ends = kept(
    operations.map((each) => ({ plannedAt: each.scheduledEndAt, actualAt: each.endedAt })),
    toleranceMs,
    nowAt,
  )
  const starts = kept(
    operations.map((each) => ({ plannedAt: each.scheduledStartAt, actualAt: each.startedAt })),
    toleranceMs,
    nowAt,
  )
  return {
    due: ends.due,
    adherence: ratio(ends.kept, ends.due),
    startAdherence: ratio(starts.kept, starts.due),
  }
}

function kept(stamps: readonly { plannedAt: number; actualAt: number | null }[], toleranceMs: number, nowAt: number) {
  const counts = { due: 0, kept: 0 }
  for (const { plannedAt, actualAt } of stamps) {
    const isDone = actualAt !== null && actualAt <= nowAt
    if (!isDone && plannedAt + toleranceMs >= nowAt) continue
    counts.due += 1
    if (isDone && Math.abs(actualAt - plannedAt) <= toleranceMs) counts.kept += 1
  }
  return counts
}
