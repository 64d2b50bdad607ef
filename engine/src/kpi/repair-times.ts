import type { TimeRange } from '@gemba/contracts/time'
import { ratio } from './ratio.ts'

/** One failure with its stamps; instants in ms, null = did not happen yet or was not recorded. */
export interface FailureEvent {
  failedAt: number
  calledAt: number | null
  arrivedAt: number | null
  repairedAt: number | null
  /** Production runs again. */
  restoredAt: number | null
}

export interface RepairTimes {
  failures: number
  /** Failures still open at `knownUntil`: their times are "so far". */
  open: number
  /** True while any failure is open. */
  isProvisional: boolean
  /** Mean ms from call to arrival, arrival to repair, repair to restart, failure to restart; null without a stamp. */
  respondMs: number | null
  repairMs: number | null
  recoverMs: number | null
  restoreMs: number | null
}

/**
 * The four R of MTTR over the failures that began in a window. A failure counts once, in the window in which it began
 * (start rule), also when it ends later; one still open at `knownUntil` enters "restore" with its elapsed time. Pairs of
 * stamps that run backwards are left out. Source: EN 13306; ISO 22400-2 (MTTR).
 */
export function repairTimes(failures: readonly FailureEvent[], window: TimeRange, knownUntil: number): RepairTimes {
  const began = failures.filter(
    (each) => each.failedAt >= window.fromAt && each.failedAt < window.toAt && each.failedAt <= knownUntil,
  )
  const isOpen = (each: FailureEvent): boolean => each.restoredAt === null || each.restoredAt > knownUntil
  const open = began.filter(isOpen).length
  return {
    failures: began.length,
    open,
    isProvisional: open > 0,
    respondMs: meanSpan(began, (each) => [each.calledAt, each.arrivedAt]),
    repairMs: meanSpan(began, (each) => [each.arrivedAt, each.repairedAt]),
    recoverMs: meanSpan(began, (each) => [each.repairedAt, each.restoredAt]),
    restoreMs: meanSpan(began, (each) => [each.failedAt, isOpen(each) ? knownUntil : each.restoredAt]),
  }
}

function meanSpan(
  failures: readonly FailureEvent[],
  stamps: (failure: FailureEvent) => [number | null, number | null],
): number | null {
  let sum = 0
  let count = 0
  for (const failure of failures) {
    const [from, to] = stamps(failure)
    if (from === null || to === null || to < from) continue
    sum += to - from
    count += 1
  }
  return ratio(sum, count)
}

/**
 * MTTF of parts that are not repaired: mean run time until they failed; null without a failed part. Source: EN
 * 13306.
 */
export function meanTimeToFailure(runTimes: readonly number[]): number | null {
  return ratio(
    runTimes.reduce((sum, time) => sum + time, 0),
    runTimes.length,
  )
}

/**
 * Failures per unit of operating time; zero failures give 0. Null without operating time. Rounded for display only.
 * Source: Heizer/Render ch. 17.
 */
export function failureRate(failures: number, operatingTime: number): number | null {
  return ratio(failures, operatingTime)
}

/** Corrective / (corrective + planned) maintenance time, fraction. Source: ISO 22400-2. */
export function correctiveMaintenanceRatio(correctiveTime: number, plannedTime: number): number | null {
  return ratio(correctiveTime, correctiveTime + plannedTime)
}
