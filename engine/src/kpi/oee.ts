import type { EquipmentTimeParts, OeeAnswer } from '@gemba/contracts/kpi'
import type { MissingReason } from '@gemba/contracts/value'

/** Below this share of known time a figure is shown hatched, unless the policy `coverageLimit` says otherwise. */
const COVERAGE_LIMIT = 0.95

/** Parts of a window in which nothing is. Adding them changes nothing. */
export function emptyParts(): EquipmentTimeParts {
  return {
    allMs: 0,
    unscheduledMs: 0,
    plannedStopMs: 0,
    scheduledMs: 0,
    noDataMs: 0,
    plannedMs: 0,
    setupMs: 0,
    downMs: 0,
    microStopMs: 0,
    runMs: 0,
    idealMs: 0,
    idealGoodMs: 0,
    total: 0,
    good: 0,
    scrap: 0,
    rework: 0,
    uncoveredPieces: 0,
    failures: 0,
    microStops: 0,
    setups: 0,
  }
}

const PART_NAMES = Object.keys(emptyParts()) as (keyof EquipmentTimeParts)[]

/** Parts of two windows, or of two parallel units, together. */
export function addParts(a: EquipmentTimeParts, b: EquipmentTimeParts): EquipmentTimeParts {
  const sum = { ...a }
  for (const name of PART_NAMES) sum[name] += b[name]
  return sum
}

/** Parts of any number of windows or parallel units together. Averages of percentages are never taken. */
export function sumParts(list: readonly EquipmentTimeParts[]): EquipmentTimeParts {
  return list.reduce(addParts, emptyParts())
}

export type OeeMeasure = 'oee' | 'availability' | 'performance' | 'quality' | 'teep' | 'coverage'

export interface OeeFigures {
  /** Fractions; performance, and with it OEE, may exceed 1: shown raw, and flagged. */
  oee: number | null
  availability: number | null
  performance: number | null
  quality: number | null
  teep: number | null
  coverage: number | null
  /** Why `oee` is null; undefined when it is not. */
  missing: MissingReason | undefined
  /** Why any of the figures is null, by figure. */
  missingBy: Partial<Record<OeeMeasure, MissingReason>>
  flags: OeeAnswer['flags']
}

/**
 * The OEE family from additive parts; the division comes last.
 *
 * A = run / planned, P = ideal / run, Q = idealGood / ideal (time-weighted, so that A × P × Q = OEE exactly),
 * OEE = idealGood / planned, TEEP = idealGood / (all − noData), coverage = 1 − noData / scheduled.
 *
 * Nulls: no planned time → everything null (`not-scheduled`, or `no-data` when it was scheduled and never observed);
 * never ran → A = 0, P null (`not-running`), OEE = 0; ran and made nothing → P = 0, Q null (`no-output`), OEE = 0;
 * pieces without any ideal rate → P, Q, OEE null (`not-configured`); all pieces made unobserved → P, Q, OEE null
 * (`no-data`). Source: ISO 22400-2 (availability, effectiveness, quality ratio, OEE); TEEP = OEE × PPT / ALL.
 */
export function oeeFromParts(parts: EquipmentTimeParts, coverageLimit = COVERAGE_LIMIT): OeeFigures {
  const figures: OeeFigures = {
    oee: null,
    availability: null,
    performance: null,
    quality: null,
    teep: null,
    coverage: null,
    missing: undefined,
    missingBy: {},
    flags: [],
  }
  const set = (measure: OeeMeasure, value: number | MissingReason): void => {
    if (typeof value === 'number') figures[measure] = value
    else figures.missingBy[measure] = value
  }
  const { plannedMs, runMs, idealMs, idealGoodMs } = parts
  const unplanned = plannedMs > 0 ? null : parts.scheduledMs > 0 ? 'no-data' : 'not-scheduled'
  const uncounted = withoutIdeal(parts)
  set('coverage', parts.scheduledMs > 0 ? 1 - parts.noDataMs / parts.scheduledMs : 'not-scheduled')
  set('availability', unplanned ?? runMs / plannedMs)
  set('performance', unplanned ?? (runMs > 0 ? (uncounted ?? idealMs / runMs) : 'not-running'))
  set('quality', unplanned ?? uncounted ?? (idealMs > 0 ? idealGoodMs / idealMs : 'no-output'))
  set('oee', unplanned ?? uncounted ?? idealGoodMs / plannedMs)
  set('teep', unplanned ?? uncounted ?? idealGoodMs / (parts.allMs - parts.noDataMs))
  figures.missing = figures.missingBy.oee
  figures.flags = flagsOf(parts, figures, coverageLimit)
  return figures
}

/** Pieces exist, but none of them carries ideal time: a zero would be a lie. */
function withoutIdeal(parts: EquipmentTimeParts): MissingReason | null {
  if (parts.total <= 0 || parts.idealMs > 0) return null
  return parts.total > parts.uncoveredPieces ? 'not-configured' : 'no-data'
}

function flagsOf(parts: EquipmentTimeParts, figures: OeeFigures, coverageLimit: number): OeeAnswer['flags'] {
  const flags: OeeAnswer['flags'] = []
  // A hair above 1 is the rounding of the division, not a finding.
  if (figures.performance !== null && figures.performance > 1 + 1e-9) flags.push('performance-over-100')
  if (parts.total > 0 && parts.scheduledMs <= 0) flags.push('output-without-schedule')
  if (figures.coverage !== null && figures.coverage < coverageLimit) flags.push('coverage-below-95')
  if (parts.uncoveredPieces > 0) flags.push('uncovered-pieces')
  return flags
}

export interface LossWaterfall {
  allMs: number
  unscheduledMs: number
  plannedStopMs: number
  noDataMs: number
  plannedMs: number
  setupMs: number
  downMs: number
  runMs: number
  microStopMs: number
  /** run − micro-stops − ideal; negative when performance exceeds 1. */
  speedMs: number
  qualityMs: number
  /** Fully productive time. */
  effectiveMs: number
}

/**
 * From all time down to fully productive time: all − unscheduled − planned stops − no data = planned; planned − setup
 * − down − micro-stops − speed − quality = effective. The last bar is what the subtractions leave, so the bars add up
 * exactly. Source: six big losses (Nakajima) on the time elements of ISO 22400-2.
 */
export function lossWaterfall(parts: EquipmentTimeParts): LossWaterfall {
  const speedMs = parts.runMs - parts.microStopMs - parts.idealMs
  const qualityMs = parts.idealMs - parts.idealGoodMs
  return {
    allMs: parts.allMs,
    unscheduledMs: parts.unscheduledMs,
    plannedStopMs: parts.plannedStopMs,
    noDataMs: parts.noDataMs,
    plannedMs: parts.plannedMs,
    setupMs: parts.setupMs,
    downMs: parts.downMs,
    runMs: parts.runMs,
    microStopMs: parts.microStopMs,
    speedMs,
    qualityMs,
    effectiveMs: parts.plannedMs - parts.setupMs - parts.downMs - parts.microStopMs - speedMs - qualityMs,
  }
}
