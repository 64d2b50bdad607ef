import type { FreshnessContract, NumberValue } from '@gemba/contracts/value'

/** How far a shown value can be trusted now, from best to worst. */
export type Freshness = 'live' | 'partial' | 'late' | 'uncertain' | 'stale' | 'bad' | 'none'

/** Age against the contract: ≤ 2T live, ≤ 5T late, beyond 5T or beyond the limit L stale. */
export type AgeState = 'live' | 'late' | 'stale'

/** What the freshness of a value depends on. */
export type TrustedParts = Pick<NumberValue, 'quality' | 'sourceTime' | 'coverage'> & {
  value: number | string | null
}

const LATE_FROM_PERIODS = 2
const STALE_FROM_PERIODS = 5

/** The state of an age (ms). An age below zero (clocks differ) is live. */
export function ageStateOf(ageMs: number, contract: FreshnessContract): AgeState {
  if (ageMs > contract.limitMs || ageMs > STALE_FROM_PERIODS * contract.periodMs) return 'stale'
  return ageMs > LATE_FROM_PERIODS * contract.periodMs ? 'late' : 'live'
}

/** Every mark a value carries; they do not exclude each other, except that one `age` holds. */
export interface FreshnessMarks {
  /** `none`: nothing was ever received. */
  age: AgeState | 'none'
  /** ms since the oldest input, null when nothing was ever received. */
  ageMs: number | null
  quality: NumberValue['quality']
  /** Less is known than should be. */
  partial: boolean
}

/** All marks of a value at `nowMs`. Data time drives them, never the time of the query. */
export function freshnessMarks(value: TrustedParts, contract: FreshnessContract, nowMs: number): FreshnessMarks {
  const ageMs = value.sourceTime === null ? null : nowMs - Date.parse(value.sourceTime)
  return {
    age: ageMs === null ? 'none' : ageStateOf(ageMs, contract),
    ageMs,
    quality: value.quality,
    partial: value.coverage !== null && value.coverage < 1,
  }
}

/**
 * The one state of a value at `nowMs`: the worst of its marks. `none` when there is no value; then bad quality, stale,
 * uncertain, late, partly covered; `live` when nothing is wrong.
 */
export function freshnessOf(value: TrustedParts, contract: FreshnessContract, nowMs: number): Freshness {
  if (value.value === null || value.quality === 'none' || value.sourceTime === null) return 'none'
  const marks = freshnessMarks(value, contract, nowMs)
  if (marks.quality === 'bad') return 'bad'
  if (marks.age === 'stale') return 'stale'
  if (marks.quality === 'uncertain') return 'uncertain'
  if (marks.age === 'late') return 'late'
  return marks.partial ? 'partial' : 'live'
}

const ORDER: readonly Freshness[] = ['live', 'partial', 'late', 'uncertain', 'stale', 'bad', 'none']

/** The worst of several: derived values take the worst state of their inputs. `live` for no input at all. */
export function worstFreshness(states: readonly Freshness[]): Freshness {
  return states.reduce<Freshness>((worst, each) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst), 'live')
}
