import { nearestRank } from './interface-health.ts'
import { ratio, sumOf } from './ratio.ts'

/** Quantities of one operation since the order began; pieces. */
export interface OperationFlow {
  operation: string
  /** Arrived at the operation: released for the first one, good of the one before for the others. */
  arrived: number
  good: number
  scrap: number
  /** Standard hours and standard value per piece; for WIP in hours and money. */
  standardHours: number
  standardValue: number
}

export interface WorkInProcess {
  pieces: number
  hours: number
  value: number
  byOperation: { operation: string; pieces: number }[]
}

/**
 * Work in process: arrived − good − scrap at each operation, in pieces, standard hours and value. An operation that
 * reported more than arrived has zero (late reports of the one before), never less. Source: domain rule 3.4.
 */
export function workInProcess(operations: readonly OperationFlow[]): WorkInProcess {
  const open = operations.map((each) => ({ ...each, pieces: Math.max(0, each.arrived - each.good - each.scrap) }))
  return {
    pieces: sumOf(open, (each) => each.pieces),
    hours: sumOf(open, (each) => each.pieces * each.standardHours),
    value: sumOf(open, (each) => each.pieces * each.standardValue),
    byOperation: open.map(({ operation, pieces }) => ({ operation, pieces })),
  }
}

/** Stamps of an order; ms, null = did not happen. */
export interface OrderStamps {
  orderedAt: number | null
  releasedAt: number | null
  startedAt: number | null
  completedAt: number | null
  deliveredAt: number | null
}

export interface OrderTimes {
  /** Completion − release. */
  flowMs: number | null
  /** Delivery − order. */
  leadMs: number | null
  /** First job start − release (排程到现场). */
  releaseToStartMs: number | null
}

/**
 * Flow time, lead time and release-to-start of one order: three different things. Null where a stamp is missing; a
 * span that runs backwards is null too. Source: domain rule 3.4; Hopp and Spearman ch. 7.
 */
export function orderTimes(stamps: OrderStamps): OrderTimes {
  return {
    flowMs: span(stamps.releasedAt, stamps.completedAt),
    leadMs: span(stamps.orderedAt, stamps.deliveredAt),
    releaseToStartMs: span(stamps.releasedAt, stamps.startedAt),
  }
}

function span(from: number | null, to: number | null): number | null {
  return from === null || to === null || to < from ? null : to - from
}

/** Mean time between completions, ms: (last − first) / (n − 1). Null below two. Source: domain rule 3.4. */
export function cycleTime(completedAt: readonly number[]): number | null {
  if (completedAt.length < 2) return null
  let first = Infinity
  let last = -Infinity
  for (const at of completedAt) {
    first = Math.min(first, at)
    last = Math.max(last, at)
  }
  return (last - first) / (completedAt.length - 1)
}

/** WIP turns: finished per period / mean WIP of the period. Null without WIP. Source: Hopp and Spearman ch. 7. */
export function wipTurns(finished: number, meanWip: number): number | null {
  return ratio(finished, meanWip)
}

/** Measured against expected WIP. */
export interface LittleCheck {
  expectedWip: number
  /** (mean WIP − throughput × flow time) / (throughput × flow time); null when nothing is expected. */
  deviation: number | null
  isConsistent: boolean | null
}

/**
 * Little's law as a consistency test of three measured figures in one unit of time: a deviation beyond the tolerance
 * (fraction, default 0.1) says that one of them is wrong. Source: Little 1961; Hopp and Spearman ch. 7.
 */
export function littleCheck(
  meanWip: number,
  { throughput, flowTime }: { throughput: number; flowTime: number },
  tolerance = 0.1,
): LittleCheck {
  const expectedWip = throughput * flowTime
  const deviation = ratio(meanWip - expectedWip, expectedWip)
  return { expectedWip, deviation, isConsistent: deviation === null ? null : Math.abs(deviation) <= tolerance }
}

/**
 * How late manual reports come (报工及时): median and 95 % of receipt − event, ms, nearest rank. A report stamped after
 * it was received counts with 0. Null without reports. Source: domain rule 3.4.
 */
export function reportTimeliness(reports: readonly { eventAt: number; receivedAt: number }[]) {
  const lags = reports.map((each) => Math.max(0, each.receivedAt - each.eventAt)).sort((a, b) => a - b)
  return { p50Ms: nearestRank(lags, 0.5), p95Ms: nearestRank(lags, 0.95) }
}

/**
 * Energy per good piece, kWh: null without good pieces. Source: domain rule 3.5; ISO 22400-2 (energy consumption).
 */
export function energyPerGood(kilowattHours: number | null, good: number): number | null {
  return ratio(kilowattHours, good)
}
