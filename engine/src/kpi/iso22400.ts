import { product, ratio } from './ratio.ts'

/** Time elements of ISO 22400-2 of one work unit, all in one unit of time; counts in pieces. */
export interface EquipmentTimeElements {
  /** PBT, planned busy time. */
  busy: number
  /** AUBT, actual unit busy time. */
  unitBusy: number | null
  /** APT, actual production time. */
  production: number
  /** AUST, actual unit setup time. */
  setup: number
  /** ADET, actual unit delay time. */
  delay: number | null
  /** PRI, planned run time per item. */
  idealPerItem: number
  /** PQ, GQ. */
  produced: number
  good: number
}

/**
 * Ratios of ISO 22400-2: availability APT/PBT, effectiveness PRI·PQ/APT, quality GQ/PQ, OEE PRI·GQ/PBT, NEE
 * (APT + AUST)/PBT × effectiveness × quality (setup is no loss), setup rate AUST/(APT + AUST), utilisation APT/AUBT,
 * allocation AUBT/PBT, technical efficiency APT/(APT + ADET). Null where the denominator is zero.
 */
export function equipmentRatios(elements: EquipmentTimeElements) {
  const { busy, unitBusy, production, setup, delay, idealPerItem, produced, good } = elements
  const effectiveness = ratio(idealPerItem * produced, production)
  const qualityRatio = ratio(good, produced)
  return {
    availability: ratio(production, busy),
    effectiveness,
    qualityRatio,
    oee: ratio(idealPerItem * good, busy),
    nee: product(ratio(production + setup, busy), effectiveness, qualityRatio),
    setupRate: ratio(setup, production + setup),
    utilizationEfficiency: ratio(production, unitBusy),
    allocationEfficiency: ratio(unitBusy, busy),
    technicalEfficiency: delay === null ? null : ratio(production, production + delay),
  }
}
