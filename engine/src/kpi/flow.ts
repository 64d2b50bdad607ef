import { product, ratio, sumOf } from './ratio.ts'

/**
 * Little's law: mean WIP = throughput × mean flow time. A consistency test of three measured figures. Source: Little
 * 1961.
 */
export function littlesWip(throughput: number, flowTime: number): number {
  return throughput * flowTime
}

export interface LineLaws {
  criticalWip: number
  /** By WIP level: best-case throughput min(w/T0, rb), best-case cycle time max(T0, w/rb). */
  bestThroughput: (number | null)[]
  bestCycleTime: (number | null)[]
  /** Practical worst case: w / (W0 + w − 1) × rb. */
  practicalWorstThroughput: (number | null)[]
}

/** Laws of a line with bottleneck rate rb and raw process time T0; null where rb or T0 is zero. Source: Hopp and Spearman, Factory Physics, ch. 7. */
export function lineLaws(bottleneckRate: number, rawTime: number, wip: readonly number[]): LineLaws {
  const criticalWip = bottleneckRate * rawTime
  return {
    criticalWip,
    bestThroughput: wip.map((w) => least(ratio(w, rawTime), bottleneckRate)),
    bestCycleTime: wip.map((w) => largest(ratio(w, bottleneckRate), rawTime)),
    practicalWorstThroughput: wip.map((w) => product(ratio(w, criticalWip + w - 1), bottleneckRate)),
  }
}

function least(a: number | null, b: number): number | null {
  return a === null ? null : Math.min(a, b)
}

function largest(a: number | null, b: number): number | null {
  return a === null ? null : Math.max(a, b)
}

/** Plan against actual of one item; quantities. */
export interface PlanActual {
  planned: number
  actual: number
}

/**
 * Volume attainment Σ actual / Σ planned; mix attainment Σ min(actual, planned) / Σ planned: overproduction hides
 * nothing. Source: domain rule 3.4; mfgcalcs.
 */
export function scheduleAttainment(items: readonly PlanActual[]): { volume: number | null; mix: number | null } {
  const planned = sumOf(items, (item) => item.planned)
  return {
    volume: ratio(
      sumOf(items, (item) => item.actual),
      planned,
    ),
    mix: ratio(
      sumOf(items, (item) => Math.min(item.actual, item.planned)),
      planned,
    ),
  }
}
