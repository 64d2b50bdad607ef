/**
 * Whether something was missed while a session was lost. The first value of each point is compared with the newest
 * one that is durable: the same source time means that nothing happened, a newer one means that the unit was not
 * seen from the last proof until then.
 */
import type { Reading } from '@gemba/contracts/reading'
import type { LastReading } from './spool/spool.ts'

/** Points whose change says what the unit did; counters are cumulative and lose nothing. */
const WORDS = new Set(['state', 'mode', 'reason', 'order', 'material'])

export const unitOf = (point: string): string => point.slice(0, point.indexOf(':'))
export const nameOf = (point: string): string => point.slice(point.indexOf(':') + 1)
export const isProcess = (point: string): boolean => nameOf(point).startsWith('process/')

export interface Unseen {
  readonly unit: string
  readonly fromAt: number
  readonly toAt: number
}

export interface Known {
  /** The newest durable reading of a point. */
  lastOf(point: string): LastReading | null
  /** Until when the units of the source were seen without interruption. */
  readonly vouchedAt: number
}

/** The stretches in which a unit was not seen, from the first values of a new session. */
export function unseenStretches(firstValues: readonly Reading[], known: Known): Unseen[] {
  const seenUntil = new Map<string, number>()
  const changedAt = new Map<string, number>()
  const judged = new Set<string>()
  for (const { p, t, v } of firstValues) {
    const last = known.lastOf(p)
    const unit = unitOf(p)
    if (last) seenUntil.set(unit, Math.max(seenUntil.get(unit) ?? known.vouchedAt, last.at))
    if (judged.has(p)) continue
    judged.add(p)
    // A birth names what has no value yet at its own time; that is no change of the machine.
    if (v === null && last?.value.startsWith('null')) continue
    if (last && WORDS.has(nameOf(p)) && t > last.at) changedAt.set(unit, Math.max(changedAt.get(unit) ?? 0, t))
  }
  return [...changedAt].flatMap(([unit, toAt]) => {
    const fromAt = seenUntil.get(unit) ?? known.vouchedAt
    return fromAt > 0 && toAt > fromAt ? [{ unit, fromAt, toAt }] : []
  })
}
