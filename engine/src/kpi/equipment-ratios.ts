import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import { ratio } from './ratio.ts'

export interface EquipmentRatios {
  /** (APT + AUST)/PBT × effectiveness × quality: OEE when setup is no loss. Never below OEE. */
  nee: number | null
  /** idealGood / (all − unscheduled − noData): breaks and planned stops are losses too. */
  ooe: number | null
  /** Planned / all observed time, the utilisation in TEEP. */
  utilization: number | null
  /** Run / all observed time (日历稼动率). */
  calendarUptime: number | null
  /** AUST / (APT + AUST). */
  setupRate: number | null
  /** APT / (APT + ADET), ADET = down time. */
  technicalEfficiency: number | null
}

/**
 * The rarer ratios of one work unit from the same additive parts as OEE; fractions, null where the denominator is zero.
 * Time without data is in no denominator. Source: ISO 22400-2 (NEE, setup rate, technical efficiency); OOE after
 * Vorne. Time utilisation run/planned (时间稼动率) is the availability of `oeeFromParts`.
 */
export function equipmentRatiosOfParts(parts: EquipmentTimeParts): EquipmentRatios {
  const observedMs = parts.allMs - parts.noDataMs
  const withSetup = parts.runMs + parts.setupMs
  const effectiveness = ratio(parts.idealGoodMs, parts.runMs)
  return {
    nee: effectiveness === null ? null : ratio(withSetup * effectiveness, parts.plannedMs),
    ooe: ratio(parts.idealGoodMs, observedMs - parts.unscheduledMs),
    utilization: ratio(parts.plannedMs, observedMs),
    calendarUptime: ratio(parts.runMs, observedMs),
    setupRate: ratio(parts.setupMs, withSetup),
    technicalEfficiency: ratio(parts.runMs, parts.runMs + parts.downMs),
  }
}

/**
 * Performance or OEE cut at 1 for display: a measure of its own, never a replacement of the raw one. Source: domain
 * rule 3, house rule 5.
 */
export function capped(figure: number | null): number | null {
  return figure === null ? null : Math.min(1, figure)
}

/**
 * Setup time beyond the standard one: ms over `setups` changeovers of `standardMs` each; never below zero. Source:
 * domain rule 3.1 (Shoplogix "setup exceeded").
 */
export function excessSetup(setupMs: number, setups: number, standardMs: number): number {
  return Math.max(0, setupMs - setups * standardMs)
}

/**
 * Run time of a machine that works on several orders at once, split by weight (cavities or a declared share). The
 * shares add up to `runMs`; without any weight every order gets the same.
 */
export function apportionRun(runMs: number, weights: ReadonlyMap<string, number>): Map<string, number> {
  const usable = [...weights].map(([order, weight]): [string, number] => [order, Math.max(0, weight)])
  const sum = usable.reduce((total, [, weight]) => total + weight, 0)
  return new Map(
    usable.map(([order, weight]) => [order, sum > 0 ? (runMs * weight) / sum : runMs / Math.max(1, usable.length)]),
  )
}
