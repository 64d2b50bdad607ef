import type { TileData } from '@gemba/contracts/board'
import { coveredMs } from '@gemba/engine/time/ranges'
import type { NumberValues } from '../number-values.service.ts'
import type { OeeFacts } from '../oee-facts.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** One column for each hour of the shift; their good pieces sum to the shift's. */
export function hourlyOutput(facts: OeeFacts, values: NumberValues): TileData<'hourly-output'> {
  const { shift, planned, sources, dataAt } = facts
  const duePerMs = pace(facts)
  const nowAt = Math.min(facts.nowAt, shift.toAt)
  const hours: TileData<'hourly-output'>['hours'] = []
  let gap = 0
  for (let fromAt = shift.fromAt; fromAt < shift.toAt; fromAt += HOUR_MS) {
    const toAt = Math.min(fromAt + HOUR_MS, shift.toAt)
    const state = toAt <= nowAt ? 'past' : fromAt < nowAt ? 'running' : 'future'
    const plannedMs = coveredMs(planned, { fromAt, toAt })
    const good = state === 'future' ? null : goodBetween(facts, fromAt, toAt)
    const due =
      state === 'future' || duePerMs === null
        ? null
        : Math.round(coveredMs(planned, { fromAt, toAt: Math.min(toAt, nowAt) }) * duePerMs)
    if (good !== null && due !== null) gap += good - due
    hours.push({
      fromAt,
      toAt,
      state,
      plannedMs,
      good,
      due,
      target: duePerMs === null ? null : Math.round(plannedMs * duePerMs),
      gap: good === null || due === null ? null : gap,
      breaks: shift.breaks
        .filter((each) => each.fromAt < toAt && each.toAt > fromAt)
        .map((each) => ({ fromAt: Math.max(each.fromAt, fromAt), toAt: Math.min(each.toAt, toAt) })),
    })
  }
  const sum = (name: 'good' | 'due') => hours.reduce((total, hour) => total + (hour[name] ?? 0), 0)
  return {
    hours,
    good: values.of(sum('good'), { unit: 'piece', sources, dataAt, coverage: facts.figures.coverage }),
    due: values.of(duePerMs === null ? null : sum('due'), {
      unit: 'piece',
      sources,
      dataAt,
      missing: 'not-configured',
    }),
  }
}

/** Good pieces due per planned millisecond: ideal rate × OEE target of each unit; null without targets. */
function pace(facts: OeeFacts): number | null {
  let sum = 0
  for (const unit of facts.units) {
    const target = unit.targets?.oee ?? facts.equipment.targets?.oee
    if (target === undefined) return null
    sum += (facts.idealPerMs.get(unit.path) ?? 0) * target
  }
  return sum
}

function goodBetween(facts: OeeFacts, fromAt: number, toAt: number): number {
  // Buckets are minutes and hours begin on minutes of the shift, so no bucket lies in two hours.
  let good = 0
  for (const { buckets } of facts.counts)
    for (const bucket of buckets)
      if (bucket.minuteAt >= floorMinute(fromAt) && bucket.minuteAt < floorMinute(toAt)) good += bucket.good
  return good
}

const floorMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS
