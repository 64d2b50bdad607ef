import type { TimeRange } from '@gemba/contracts/time'

const HOUR_MS = 3_600_000

/** Share of the spread that the range of a forecast covers: from the 10 % to the 90 % quantile. */
const LOW_QUANTILE = 0.1
const HIGH_QUANTILE = 0.9

/** Fewer samples than this make no range. */
const RANGE_SAMPLES = 4

/**
 * The instant at which `plannedMs` of planned time have passed since `fromAt`, walking through sorted planned
 * segments; null when the calendar ends before. Zero gives `fromAt` itself. Raw hours are never added to the clock.
 */
export function walkPlanned(segments: readonly TimeRange[], fromAt: number, plannedMs: number): number | null {
  let open = plannedMs
  if (open <= 0) return fromAt
  for (const segment of segments) {
    const startAt = Math.max(segment.fromAt, fromAt)
    if (startAt >= segment.toAt) continue
    const length = segment.toAt - startAt
    if (open <= length) return startAt + open
    open -= length
  }
  return null
}

/** Good pieces in a stretch of planned time, e.g. one planned hour. */
export interface RateSample {
  good: number
  plannedMs: number
}

export interface ForecastRate {
  /** Good pieces per planned hour; null when neither history nor standard exists. */
  perHour: number | null
  /** Quantiles of the samples; null with too little history. */
  lowPerHour: number | null
  highPerHour: number | null
  /** Planned hours the history covers. */
  windowHours: number
  source: 'recent' | 'standard' | 'blended'
}

/**
 * Good pieces per planned hour: the recent rate Σ good / Σ planned hours, blended with the standard rate while the
 * history is shorter than `fullHistoryHours` (weight = planned hours / full history). A full history stands alone,
 * also when it says zero. Source: domain rule 3.4.
 */
export function forecastRate(
  samples: readonly RateSample[],
  standardPerHour: number | null,
  fullHistoryHours: number,
): ForecastRate {
  const usable = samples.filter((sample) => sample.plannedMs > 0)
  const windowHours = usable.reduce((sum, sample) => sum + sample.plannedMs, 0) / HOUR_MS
  const good = usable.reduce((sum, sample) => sum + sample.good, 0)
  const recent = windowHours > 0 ? good / windowHours : null
  const rates = usable.map((sample) => sample.good / (sample.plannedMs / HOUR_MS)).sort((a, b) => a - b)
  const hasRange = rates.length >= RANGE_SAMPLES
  const range = {
    lowPerHour: hasRange ? quantile(rates, LOW_QUANTILE) : null,
    highPerHour: hasRange ? quantile(rates, HIGH_QUANTILE) : null,
    windowHours,
  }
  if (recent === null) return { perHour: standardPerHour, ...range, source: 'standard' }
  const weight = Math.min(1, windowHours / fullHistoryHours)
  if (weight >= 1 || standardPerHour === null) return { perHour: recent, ...range, source: 'recent' }
  return { perHour: weight * recent + (1 - weight) * standardPerHour, ...range, source: 'blended' }
}

/** Linear interpolation between the sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (position - below)
}

export interface Forecast {
  expectedAt: number | null
  expectedRange: { earlyAt: number; lateAt: number } | null
}

/**
 * When `remaining` good pieces are done: remaining / rate walked through planned time. The range takes the quantiles
 * of the recent rate, drawn together by the root of the planned hours still needed, because hours average out. A rate
 * of zero, no rate or a calendar that ends gives null. Source: domain rule 3.4.
 */
export function forecastCompletion(
  remaining: number,
  rate: Pick<ForecastRate, 'perHour' | 'lowPerHour' | 'highPerHour'>,
  { segments, fromAt }: { segments: readonly TimeRange[]; fromAt: number },
): Forecast {
  if (remaining <= 0) return { expectedAt: fromAt, expectedRange: null }
  const { perHour, lowPerHour, highPerHour } = rate
  if (perHour === null || !(perHour > 0)) return { expectedAt: null, expectedRange: null }
  const walk = (each: number): number | null =>
    each > 0 ? walkPlanned(segments, fromAt, Math.round((remaining / each) * HOUR_MS)) : null
  const expectedAt = walk(perHour)
  if (expectedAt === null || lowPerHour === null || highPerHour === null) return { expectedAt, expectedRange: null }
  const shrink = Math.sqrt(Math.max(1, remaining / perHour))
  const earlyAt = walk(perHour + Math.max(0, highPerHour - perHour) / shrink)
  const lateAt = walk(perHour - Math.max(0, perHour - lowPerHour) / shrink)
  return { expectedAt, expectedRange: earlyAt === null || lateAt === null ? null : { earlyAt, lateAt } }
}

/** An order in the queue of one unit, in the order in which it will run. */
export interface QueuedOrder {
  order: string
  material: string | null
  /** Good pieces still to make. */
  remaining: number
  rate: Pick<ForecastRate, 'perHour' | 'lowPerHour' | 'highPerHour'>
}

export interface QueueForecast extends Forecast {
  order: string
  /** When its turn comes; null when an order before it has no end. */
  startAt: number | null
  /** Planned time the orders before it (with changeovers) still need; null when unknown. */
  queuedMs: number | null
}

/**
 * Completion of several orders on one unit: each starts when the one before is done, after a changeover in planned
 * time where the material changes. The first order starts at `fromAt` without one. Source: domain rule 3.4.
 */
export function queueForecast(
  queue: readonly QueuedOrder[],
  { segments, fromAt }: { segments: readonly TimeRange[]; fromAt: number },
  changeoverMs: number,
): QueueForecast[] {
  let startAt: number | null = fromAt
  let queuedMs: number | null = 0
  let before: QueuedOrder | null = null
  const forecasts: QueueForecast[] = []
  for (const each of queue) {
    const changes: boolean = before !== null && before.material !== each.material
    if (startAt !== null && changes) startAt = walkPlanned(segments, startAt, changeoverMs)
    if (queuedMs !== null && changes) queuedMs += changeoverMs
    const forecast: Forecast =
      startAt === null
        ? { expectedAt: null, expectedRange: null }
        : forecastCompletion(each.remaining, each.rate, { segments, fromAt: startAt })
    forecasts.push({ order: each.order, startAt, queuedMs, ...forecast })
    const perHour = each.rate.perHour
    const needsMs =
      each.remaining <= 0 ? 0 : perHour !== null && perHour > 0 ? (each.remaining / perHour) * HOUR_MS : null
    queuedMs = queuedMs === null || needsMs === null ? null : queuedMs + needsMs
    startAt = forecast.expectedAt
    before = each
  }
  return forecasts
}
