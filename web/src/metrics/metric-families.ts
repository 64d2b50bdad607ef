import type { MetricsAnswer } from '@gemba/contracts/kpi'

export type Metric = MetricsAnswer['metrics'][number]

export type FamilyName =
  'oee' | 'time' | 'failure' | 'alarms' | 'yield' | 'energy' | 'orders' | 'stock' | 'supply' | 'quality' | 'interfaces'

/** How the figures stand together on the page; one that is named nowhere stands at the end. */
export const FAMILIES: readonly { name: FamilyName; metrics: readonly string[] }[] = [
  {
    name: 'oee',
    metrics: [
      'oee',
      'availability',
      'performance',
      'performance-capped',
      'quality-rate',
      'teep',
      'nee',
      'ooe',
      'line-oee',
    ],
  },
  {
    name: 'time',
    metrics: ['coverage', 'calendar-utilization', 'calendar-uptime', 'setup-rate', 'technical-efficiency'],
  },
  {
    name: 'failure',
    metrics: [
      'mtbf',
      'mttr',
      'mean-time-to-respond',
      'mean-repair-time',
      'mean-time-to-restart',
      'failure-rate',
      'inherent-availability',
      'operational-availability',
      'corrective-maintenance-ratio',
      'entered-stop-time',
    ],
  },
  {
    name: 'alarms',
    metrics: ['alarm-count', 'alarm-rate', 'standing-alarms', 'mean-time-to-acknowledge', 'top-alarms'],
  },
  {
    name: 'yield',
    metrics: [
      'first-pass-yield',
      'first-time-yield',
      'rolled-throughput-yield',
      'scrap-ratio',
      'rework-ratio',
      'defects-per-unit',
      'dpmo',
      'fall-off-ratio',
    ],
  },
  { name: 'energy', metrics: ['energy-consumed', 'energy-per-good-piece', 'idle-energy-share'] },
  {
    name: 'orders',
    metrics: [
      'quantity-progress',
      'work-progress',
      'on-time-delivery',
      'otif',
      'otif-by-order',
      'schedule-attainment',
      'mix-attainment',
      'schedule-adherence',
      'wip',
      'wip-turns',
      'flow-time',
      'lead-time',
      'release-to-start',
      'little-check',
      'report-timeliness',
      'capacity-load',
      'takt-time',
      'kitting-rate',
      'kitting-line-rate',
    ],
  },
  {
    name: 'stock',
    metrics: [
      'inventory-turns',
      'days-on-hand',
      'average-inventory',
      'days-of-cover',
      'safety-stock',
      'reorder-point',
      'shortage-projection',
      'stock-age',
      'slow-stock',
      'expiry-risk',
      'consumption-gap',
    ],
  },
  {
    name: 'supply',
    metrics: ['supplier-on-time', 'supplier-ppm', 'lot-acceptance-rate', 'supplier-lead-time', 'logistics-timeliness'],
  },
  {
    name: 'quality',
    metrics: [
      'inspection-lot-pass-rate',
      'inspection-quantity-pass-rate',
      'cpk',
      'process-capability',
      'normality',
      'trace-completeness',
      'mass-balance-recovery',
    ],
  },
  {
    name: 'interfaces',
    metrics: [
      'interface-success-rate',
      'interface-latency',
      'freshness-lag',
      'backlog-age',
      'feed-completeness',
      'mapping-coverage',
    ],
  },
]

/** Whether a metric is meant by what was typed: names and definitions of both languages, and its id. */
export function matches(metric: Metric, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  const { name, definition } = metric
  return [metric.id, name.zh, name.en, definition.zh, definition.en].some((each) => each.toLowerCase().includes(wanted))
}
