import type { PolicyChange, PolicySettings } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'

/**
 * Recommended settings for what plants dispute. Planned maintenance is no loss, starved and blocked time is, stops below
 * 120 s are micro-stops, a night shift belongs to the date on which it starts, OTIF is judged by the first promise
 * without tolerance, a rejected lot counts whole in PPM. Source: domain reference 3 and 7.
 */
export const DEFAULT_POLICIES: PolicySettings = {
  plannedMaintenance: 'outside-planned-time',
  waiting: 'availability-loss',
  microStopThresholdMs: 120_000,
  productionDateOwner: 'start',
  otifPromise: 'first',
  otifWindowDays: [0, 0],
  lotReject: 'whole-lot',
  lineRule: 'bottleneck',
  lateScrap: 'at-making',
  kitting: 'reserve',
  coverageLimit: 0.95,
}

export interface PolicyQuestion {
  /** Site whose policies are asked for; absent = only changes for all sites count. */
  site?: string
  /** Only changes recorded by then: "as known then". Default: all that is known now. */
  knownAt?: number
  /** Settings of a what-if: they hold for all time, whatever was in force. */
  whatIf?: Partial<PolicySettings>
}

/**
 * The settings in force at an instant (ms). Setting by setting: the change with the latest `effectiveAt` not after the
 * instant, for the site before one for all sites; of two for the same instant the one recorded later (of equals the one
 * listed later); without any the recommended default. A change alters history only from its date on, unless it is asked as
 * a what-if.
 */
export function policyAt(changes: readonly PolicyChange[], at: number, question: PolicyQuestion = {}): PolicySettings {
  const settings: PolicySettings = { ...DEFAULT_POLICIES }
  for (const change of inForce(changes, question)) {
    if (change.effectiveAt <= at) Object.assign(settings, defined(change.settings))
  }
  return Object.assign(settings, defined(question.whatIf ?? {}))
}

/** A stretch of time in which no policy changes. */
export interface PolicySegment extends TimeRange {
  settings: PolicySettings
}

/**
 * A range cut where a setting really changes: each piece is computed with its own settings. Sorted, without holes; empty
 * for an empty range.
 */
export function policySegments(
  changes: readonly PolicyChange[],
  range: TimeRange,
  question: PolicyQuestion = {},
): PolicySegment[] {
  if (range.fromAt >= range.toAt) return []
  const cuts = inForce(changes, question)
    .map((change) => change.effectiveAt)
    .filter((at) => at > range.fromAt && at < range.toAt)
  const starts = [...new Set([range.fromAt, ...cuts])].sort((a, b) => a - b)
  const segments: PolicySegment[] = []
  starts.forEach((fromAt, i) => {
    const settings = policyAt(changes, fromAt, question)
    const toAt = starts[i + 1] ?? range.toAt
    const before = segments.at(-1)
    if (before && isSame(before.settings, settings)) before.toAt = toAt
    else segments.push({ fromAt, toAt, settings })
  })
  return segments
}

/** The changes that a question can see, weakest first: all sites before the site, then by date, then by recording. */
function inForce(changes: readonly PolicyChange[], { site, knownAt = Infinity }: PolicyQuestion): PolicyChange[] {
  return changes
    .filter((change) => change.recordedAt <= knownAt && (change.site === null || change.site === site))
    .sort(
      (a, b) =>
        Number(a.site !== null) - Number(b.site !== null) ||
        a.effectiveAt - b.effectiveAt ||
        a.recordedAt - b.recordedAt,
    )
}

function defined(settings: PolicyChange['settings']): Partial<PolicySettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function isSame(a: PolicySettings, b: PolicySettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
