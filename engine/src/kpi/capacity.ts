import { ratio, sumOf } from './ratio.ts'

/** Work planned on a work centre in one bucket of time: setup plus run at standard. */
export interface PlannedWork {
  setupHours: number
  runSecondsPerPiece: number
  quantity: number
}

export interface CapacityLoad {
  /** Hours of setup and run at standard. */
  plannedHours: number
  availableHours: number
  /** Planned / available; above 1 is overload, null when the calendar has no hours. */
  load: number | null
  /** Planned − available, never below zero: all of it when the calendar has no hours. */
  overloadHours: number
}

/** Load of a work centre in one bucket: planned hours (setup + run at standard) / calendar hours. Source: domain rule 3.5. */
export function capacityLoad(work: readonly PlannedWork[], availableHours: number): CapacityLoad {
  const plannedHours = sumOf(work, (each) => each.setupHours + (each.runSecondsPerPiece * each.quantity) / 3_600)
  return {
    plannedHours,
    availableHours,
    load: ratio(plannedHours, availableHours),
    overloadHours: Math.max(0, plannedHours - availableHours),
  }
}

/**
 * Takt: available time per piece demanded, in the unit of `availableTime`; null without demand. Source: Rother and
 * Shook, Learning to See.
 */
export function taktTime(availableTime: number, demand: number): number | null {
  return ratio(availableTime, demand)
}

/** How one unit of a line behaves; times in one unit. */
export interface BottleneckSigns {
  equipment: string
  /** Run / planned, fraction. */
  utilization: number
  /** Pieces waiting before it. */
  queue: number
  starved: number
  blocked: number
}

export interface BottleneckRank extends BottleneckSigns {
  /** Mean of the three ranks, 1 = most like a bottleneck. */
  score: number
}

/**
 * Units by likelihood of being the bottleneck: mean rank of high utilisation, long queue before it and little starved +
 * blocked time (a bottleneck waits for nobody). Equal values share the better rank; ties by utilisation, then name.
 * Source: domain rule 3.5; Roser, bottleneck walk.
 */
export function bottleneckRanking(units: readonly BottleneckSigns[]): BottleneckRank[] {
  const scored = units.map((unit) => ({
    ...unit,
    score:
      (rankOf(units, (each) => each.utilization > unit.utilization) +
        rankOf(units, (each) => each.queue > unit.queue) +
        rankOf(units, (each) => each.starved + each.blocked < unit.starved + unit.blocked)) /
      3,
  }))
  return scored.sort(
    (a, b) => a.score - b.score || b.utilization - a.utilization || (a.equipment < b.equipment ? -1 : 1),
  )
}

function rankOf(units: readonly BottleneckSigns[], isBefore: (unit: BottleneckSigns) => boolean): number {
  return 1 + units.filter(isBefore).length
}
