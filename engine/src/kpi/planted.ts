/** Parameters of a simulated work unit; hours and seconds as named, rates per hour of pure cycle execution. */
export interface PlantedUnit {
  idealCycleSeconds: number
  cavities: number
  /** Real cycle / ideal cycle, ≥ 1. */
  speedFactor: number
  mtbfRunHours: number
  mttrHours: number
  microStopsPerRunHour: number
  microStopMeanSeconds: number
  batchQuantity: number
  changeoverHours: number
  scrapRate: number
  reworkRate: number
}

export interface PlantedFigures {
  /** Planned time per hour of pure execution: 1 + f + m + k. */
  plannedPerRun: number
  availability: number
  performance: number
  quality: number
  oee: number
  /** OEE when micro-stops are an availability loss: the same. */
  oeeMicroStopsAsDown: number
  nee: number
  goodPerPlannedHour: number
}

/**
 * Expected long-run OEE of a unit by renewal-reward. With f = MTTR/MTBF, m = micro-stop rate × mean, k = pieces per
 * hour / batch × changeover and T = 1 + f + m + k: A = (1 + m)/T, P = (1/v)/(1 + m), Q = 1 − scrap − rework,
 * OEE = Q/(v T), NEE = (1 + m + k)/T × P × Q.
 */
export function plantedFigures(unit: PlantedUnit): PlantedFigures {
  const pieceSeconds = unit.idealCycleSeconds / unit.cavities
  const v = unit.speedFactor
  const failure = unit.mtbfRunHours > 0 ? unit.mttrHours / unit.mtbfRunHours : 0
  const micro = (unit.microStopsPerRunHour * unit.microStopMeanSeconds) / 3_600
  const piecesPerHour = 3_600 / (pieceSeconds * v)
  const changeover = unit.batchQuantity > 0 ? (piecesPerHour / unit.batchQuantity) * unit.changeoverHours : 0
  const plannedPerRun = 1 + failure + micro + changeover
  const quality = 1 - unit.scrapRate - unit.reworkRate
  const performance = 1 / v / (1 + micro)
  const oee = quality / (v * plannedPerRun)
  return {
    plannedPerRun,
    availability: (1 + micro) / plannedPerRun,
    performance,
    quality,
    oee,
    oeeMicroStopsAsDown: (1 / plannedPerRun) * (1 / v) * quality,
    nee: ((1 + micro + changeover) / plannedPerRun) * performance * quality,
    goodPerPlannedHour: (oee * 3_600) / pieceSeconds,
  }
}
