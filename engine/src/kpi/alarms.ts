import type { TimeRange } from '@gemba/contracts/time'
import { ratio } from './ratio.ts'

const HOUR_MS = 3_600_000

/** One activation of an alarm; instants in ms, null = did not happen yet. */
export interface AlarmActivation {
  raisedAt: number
  acknowledgedAt: number | null
  clearedAt: number | null
}

export interface AlarmFigures {
  /** Activations that came up in the window. */
  count: number
  /** Per hour of the window; null for an empty window. */
  perHour: number | null
  /** Still up at the end of the window, whenever they came up. */
  standing: number
  /** Of `count`: acknowledged by then. */
  acknowledged: number
  /** Mean ms from coming up to acknowledgement over `acknowledged`; null without one. */
  acknowledgeMs: number | null
}

/**
 * Figures of alarms in a window. An activation counts once, in the window in which it came up; what happened after
 * `knownUntil` is not known yet. An acknowledgement stamped before its alarm is left out of the mean. Source: ISA-18.2
 * (alarm rate, standing alarms); EEMUA 191.
 */
export function alarmFigures(alarms: readonly AlarmActivation[], window: TimeRange, knownUntil: number): AlarmFigures {
  const endAt = Math.min(window.toAt, knownUntil)
  const raised = alarms.filter(
    ({ raisedAt }) => raisedAt >= window.fromAt && raisedAt < window.toAt && raisedAt <= knownUntil,
  )
  const delays = raised.flatMap(({ raisedAt, acknowledgedAt: at }) =>
    at === null || at > knownUntil || at < raisedAt ? [] : [at - raisedAt],
  )
  return {
    count: raised.length,
    perHour: ratio(raised.length * HOUR_MS, Math.max(0, endAt - window.fromAt)),
    standing: alarms.filter(({ raisedAt, clearedAt }) => raisedAt < endAt && (clearedAt === null || clearedAt >= endAt))
      .length,
    acknowledged: delays.length,
    acknowledgeMs: ratio(
      delays.reduce((sum, ms) => sum + ms, 0),
      delays.length,
    ),
  }
}
