import type { MetricsAnswer } from '@gemba/contracts/kpi'

export type Metric = MetricsAnswer['metrics'][number]

/** How the figures of equipment stand together on the page. */
export const FAMILIES: readonly { name: 'oee' | 'time' | 'failure' | 'yield'; metrics: readonly string[] }[] = [
  {
    name: 'oee',
    metrics: ['oee', 'availability', 'performance', 'performance-capped', 'quality-rate', 'teep', 'nee', 'ooe'],
  },
  {
    name: 'time',
    metrics: ['coverage', 'calendar-utilization', 'calendar-uptime', 'setup-rate', 'technical-efficiency'],
  },
  { name: 'failure', metrics: ['mtbf', 'mttr', 'failure-rate', 'inherent-availability'] },
  { name: 'yield', metrics: ['first-pass-yield', 'first-time-yield', 'scrap-ratio', 'rework-ratio'] },
]

/** Whether a metric is meant by what was typed: names and definitions of both languages, and its id. */
export function matches(metric: Metric, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  const { name, definition } = metric
  return [metric.id, name.zh, name.en, definition.zh, definition.en].some((each) => each.toLowerCase().includes(wanted))
}
