import type { MetricDefinition } from '@gemba/contracts/metric'
import { alarmMetrics } from './alarm-metrics.ts'
import { equipmentMetrics } from './equipment-metrics.ts'
import { orderMetrics } from './order-metrics.ts'
import { interfaceMetrics, traceMetrics } from './platform-metrics.ts'
import { yieldMetrics } from './quality-metrics.ts'
import { reliabilityMetrics } from './reliability-metrics.ts'
import { spcMetrics } from './spc-metrics.ts'
import { stockMetrics } from './stock-metrics.ts'
import { supplierMetrics } from './supplier-metrics.ts'

/**
 * The metric dictionary: every figure with its names, definition in plain words, formula, unit, owner, grain, system of
 * record, freshness contract, direction, policies and version. Several versions of one figure may stand here; an old one
 * is never edited once it was published.
 */
export const METRICS: readonly MetricDefinition[] = [
  ...equipmentMetrics,
  ...reliabilityMetrics,
  ...alarmMetrics,
  ...yieldMetrics,
  ...orderMetrics,
  ...stockMetrics,
  ...supplierMetrics,
  ...spcMetrics,
  ...interfaceMetrics,
  ...traceMetrics,
]

/** The version of a figure that was in force at an instant (ms); null when the figure is unknown or did not exist yet. */
export function metricAt(
  id: string,
  at: number,
  metrics: readonly MetricDefinition[] = METRICS,
): MetricDefinition | null {
  let found: MetricDefinition | null = null
  for (const metric of metrics) {
    if (metric.id !== id || metric.effectiveAt > at) continue
    if (!found || metric.effectiveAt >= found.effectiveAt) found = metric
  }
  return found
}

/** Figures that a policy changes, by id, sorted; for the warning before a policy is changed. */
export function metricsOfPolicy(policy: MetricDefinition['policies'][number]): string[] {
  return [...new Set(METRICS.filter((metric) => metric.policies.includes(policy)).map((metric) => metric.id))].sort()
}
