import type { SourceErrorType, SourceState } from '@gemba/contracts/source'
import { ageStateOf } from '@gemba/engine/format/freshness'
import type { MarkKind } from '../ui/StateMark.vue'

/** What a reader must know about a source, in one word. */
export type Standing = 'normal' | 'late' | 'stale' | 'failing' | 'stopped' | 'connecting' | 'never'

export interface StandingParts {
  state: SourceState
  lastDataAt: number | null
  periodMs: number
  limitMs: number
}

export const STANDING_MARKS: Record<Standing, MarkKind> = {
  normal: 'ok',
  late: 'late',
  stale: 'abnormal',
  failing: 'act',
  stopped: 'neutral',
  connecting: 'neutral',
  never: 'unknown',
}

/** The standing of a source at `nowMs`: trouble first, then the age of its data against its contract. */
export function standingOf(source: StandingParts, nowMs: number): Standing {
  if (source.state === 'failing' || source.state === 'stopped') return source.state
  if (source.lastDataAt === null) return source.state === 'running' ? 'never' : 'connecting'
  const age = ageStateOf(nowMs - source.lastDataAt, source)
  if (age !== 'live') return age
  return source.state === 'running' ? 'normal' : 'connecting'
}

/** How much a standing asks of a person; sorts what is to be done. */
const URGENCY: readonly Standing[] = ['normal', 'connecting', 'stopped', 'late', 'never', 'stale', 'failing']

export function urgencyOf(standing: Standing): number {
  return URGENCY.indexOf(standing)
}

/** The oldest age that still counts as live under a contract: two periods, and never beyond the limit. */
export function agreedAgeMs(contract: { periodMs: number; limitMs: number }): number {
  return Math.min(2 * contract.periodMs, contract.limitMs)
}

/** Error classes for which the product itself keeps trying; the others wait for a person. */
export const RETRIED: ReadonlySet<SourceErrorType> = new Set([
  'connect',
  'timeout',
  'source-busy',
  'server',
  'internal',
  'protocol',
])
