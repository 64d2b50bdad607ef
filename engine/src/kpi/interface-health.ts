import { ratio } from './ratio.ts'

/** One call of an interface. `error` is its class when it failed; `durationMs` null = it was not measured. */
export interface InterfaceCall {
  ok: boolean
  durationMs: number | null
  error: string | null
}

export interface InterfaceHealth {
  successRate: number | null
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
  maxMs: number | null
  /** Failed calls by class; without a class they are `unclassified`. */
  errors: Record<string, number>
}

/**
 * Success rate, latency percentiles by nearest rank over all measured calls, errors by class. Null without calls.
 * Source: domain rule 3.9.
 */
export function interfaceHealth(calls: readonly InterfaceCall[]): InterfaceHealth {
  const durations = calls.flatMap((call) => (call.durationMs === null ? [] : [call.durationMs])).sort((a, b) => a - b)
  const errors = new Map<string, number>()
  for (const call of calls) {
    if (call.ok) continue
    const name = call.error ?? 'unclassified'
    errors.set(name, (errors.get(name) ?? 0) + 1)
  }
  return {
    successRate: ratio(calls.filter((call) => call.ok).length, calls.length),
    p50Ms: nearestRank(durations, 0.5),
    p95Ms: nearestRank(durations, 0.95),
    p99Ms: nearestRank(durations, 0.99),
    maxMs: durations.at(-1) ?? null,
    errors: Object.fromEntries(errors),
  }
}

/** The value at rank ⌈share · n⌉ of a sorted list; null when it is empty. */
export function nearestRank(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  // 0.95 · 20 must be rank 19 although the product may be a hair above it.
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9))
  return sorted[rank - 1]!
}
