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
 * (APT + AUST)/PBT × PRI·GQ/APT (effectiveness × quality; setup is no loss), setup rate AUST/(APT + AUST), utilisation APT/AUBT,
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
    nee: product(ratio(production + setup, busy), ratio(idealPerItem * good, production)),
    setupRate: ratio(setup, production + setup),
    utilizationEfficiency: ratio(production, unitBusy),
    allocationEfficiency: ratio(unitBusy, busy),
    technicalEfficiency: delay === null ? null : ratio(production, production + delay),
  }
}

/** An order over all its work units: produced and planned quantities in pieces, times in one unit. */
export interface OrderTimeElements {
  /** PQ. */
  produced: number
  /** AOET, actual order execution time: from its start to its end. */
  execution: number
  /** Σ AUBT and Σ APT over the work units of the order. */
  unitBusy: number
  production: number
}

/** Ratios of ISO 22400-2 of an order: throughput PQ/AOET (pieces per time), allocation ΣAUBT/AOET, production process ΣAPT/AOET. */
export function orderRatios({ produced, execution, unitBusy, production }: OrderTimeElements) {
  return {
    throughputRate: ratio(produced, execution),
    allocationRatio: ratio(unitBusy, execution),
    productionProcessRatio: ratio(production, execution),
  }
}

/** Equipment load ratio of ISO 22400-2: produced quantity / equipment production capacity (EPC) of the same period. */
export function equipmentLoadRatio(produced: number, capacity: number): number | null {
  return ratio(produced, capacity)
}
