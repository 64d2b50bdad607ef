import type { ReasonDefinition } from '@gemba/contracts/catalog'
import type { EquipmentTimeParts, StopPart } from '@gemba/contracts/kpi'
import { ratio, sumOf } from './ratio.ts'

/** Reliability figures; hours, or any one unit of time. */
export interface Reliability {
  failures: number
  /** Operating time per failure; null without a failure: show "at least the operating time", never infinity. */
  mtbf: number | null
  /** Repair time per failure. */
  mttr: number | null
  /** MTBF / (MTBF + MTTR). */
  inherentAvailability: number | null
}

/**
 * MTBF = operating time / failures, MTTR = repair time / failures. Operating time is running time only: waiting and
 * breaks are in neither. A failure that is still open counts with its repair time so far. Source: ISO 22400-2 (MTBF,
 * MTTR).
 */
export function reliability(operating: number, repair: number, failures: number): Reliability {
  const mtbf = ratio(operating, failures)
  const mttr = ratio(repair, failures)
  return { failures, mtbf, mttr, inherentAvailability: inherentAvailability(mtbf, mttr) }
}

/**
 * The same from a window of equipment time; ms. Operating time is run time without micro-stops, repair time the
 * `DOWN` time whose reason is a failure or missing. Source: ISO 22400-2.
 */
export function reliabilityOfWindow(
  parts: EquipmentTimeParts,
  stops: readonly StopPart[],
  reasonCategory: (reason: string | null) => ReasonDefinition['category'] | null,
): Reliability {
  const repair = sumOf(stops, (stop) => {
    const category = reasonCategory(stop.reason)
    return stop.state === 'DOWN' && (category === null || category === 'failure') ? stop.ms : 0
  })
  return reliability(parts.runMs - parts.microStopMs, repair, parts.failures)
}

/** MTBF / (MTBF + MTTR). Source: EN 13306; Ebeling ch. 11. */
export function inherentAvailability(mtbf: number | null, mttr: number | null): number | null {
  return mtbf === null || mttr === null ? null : ratio(mtbf, mtbf + mttr)
}

/**
 * MTBF / (MTBF + MTTR + mean preventive maintenance + mean logistics delay), all per failure cycle. Source: Ebeling
 * ch. 11.
 */
export function operationalAvailability(
  { mtbf, mttr }: { mtbf: number; mttr: number },
  { maintenance, delay }: { maintenance: number; delay: number },
): number | null {
  return ratio(mtbf, mtbf + mttr + maintenance + delay)
}

/**
 * A life test of `units` over `testTime` each: a failed unit operates until it fails and is not replaced. Source:
 * Heizer/Render ch. 17.
 */
export function lifeTest(units: number, testTime: number, failureTimes: readonly number[]) {
  const operatingTime = units * testTime - failureTimes.reduce((sum, at) => sum + (testTime - at), 0)
  return {
    failureShare: ratio(failureTimes.length, units),
    operatingTime,
    failureRate: ratio(failureTimes.length, operatingTime),
    mtbf: ratio(operatingTime, failureTimes.length),
  }
}

/**
 * Availability of a synchronous line without buffers whose stations fail only while they run: 1 / (1 + Σ MTTR/MTBF).
 * The product of the stations' own availabilities is wrong there. A station that never fails has an MTBF of null. Null
 * when an MTBF is zero. Source: Buzacott.
 */
export function serialLineAvailability(stations: readonly { mtbf: number | null; mttr: number }[]): number | null {
  const losses = stations.map((station) => (station.mtbf === null ? 0 : ratio(station.mttr, station.mtbf)))
  return losses.includes(null) ? null : 1 / (1 + sumOf(losses, (loss) => loss!))
}
