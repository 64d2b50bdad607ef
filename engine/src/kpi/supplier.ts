import type { PolicySettings } from '@gemba/contracts/metric'
import { sampleDeviation } from './control-chart.ts'
import { nearestRank } from './interface-health.ts'
import { ratio, sumOf } from './ratio.ts'

/** A received lot of a supplier, pieces. `rejectedPieces` = found bad by sorting or on the line later. */
export interface ReceivedLot {
  received: number
  rejectedPieces: number
  decision: 'accepted' | 'rejected' | null
}

/** What a rejected lot counts as: all its pieces, or the bad ones that sorting found. */
export type LotRejectPolicy = PolicySettings['lotReject']

export interface SupplierQuality {
  /** Rejected / received × 10⁶. */
  ppm: number | null
  /** Accepted / decided lots. */
  lotAcceptance: number | null
  rejectedLots: number
}

/**
 * PPM and lot acceptance of a supplier. The policy changes the number: show which. Small volumes: show the rejected lots
 * beside it. Null when nothing was received or decided. Source: domain rule 3.7.
 */
export function supplierQuality(lots: readonly ReceivedLot[], policy: LotRejectPolicy): SupplierQuality {
  const received = sumOf(lots, (lot) => lot.received)
  const rejected = rejectedPieces(lots, policy)
  const decided = lots.filter((lot) => lot.decision !== null)
  const rejectedLots = decided.filter((lot) => lot.decision === 'rejected').length
  return {
    ppm: partsPerMillion(rejected, received),
    lotAcceptance: ratio(decided.length - rejectedLots, decided.length),
    rejectedLots,
  }
}

/** Pieces of lots that count as bad: of a rejected lot all of them or those found, of any other those found. */
export function rejectedPieces(lots: readonly ReceivedLot[], policy: LotRejectPolicy): number {
  return sumOf(lots, (lot) =>
    policy === 'whole-lot' && lot.decision === 'rejected' ? lot.received : lot.rejectedPieces,
  )
}

/** Parts per million: rejected / received × 10⁶; null when nothing was received. Source: domain rule 3.7. */
export function partsPerMillion(rejected: number, received: number): number | null {
  const share = ratio(rejected, received)
  return share === null ? null : share * 1e6
}

/** Median, 90 % (nearest rank) and sample deviation of spans, in their unit; null where there are too few. */
export interface SpanFigures {
  p50: number | null
  p90: number | null
  p95: number | null
  deviation: number | null
}

function spanFigures(spans: readonly number[]): SpanFigures {
  const sorted = [...spans].sort((a, b) => a - b)
  return {
    p50: nearestRank(sorted, 0.5),
    p90: nearestRank(sorted, 0.9),
    p95: nearestRank(sorted, 0.95),
    deviation: sampleDeviation(sorted),
  }
}

/**
 * Lead-time reliability: spread of receipt − purchase order, ms. Feeds the safety stock. Open lines do not count.
 * Source: domain rule 3.7.
 */
export function leadTimeReliability(lines: readonly { orderedAt: number; receivedAt: number | null }[]): SpanFigures {
  return spanFigures(lines.flatMap((line) => (line.receivedAt === null ? [] : [line.receivedAt - line.orderedAt])))
}

/**
 * Response time: spread of confirmation − purchase order, ms. Unconfirmed orders do not count. Source: domain rule
 * 3.7.
 */
export function responseTime(orders: readonly { orderedAt: number; confirmedAt: number | null }[]): SpanFigures {
  return spanFigures(orders.flatMap((each) => (each.confirmedAt === null ? [] : [each.confirmedAt - each.orderedAt])))
}

/** One transport; instants in ms. */
export interface Transport {
  shippedAt: number
  promisedAt: number
  deliveredAt: number | null
}

/**
 * Logistics: delivered not after the promise / transports promised by now (open and overdue is a miss), and the spread of
 * the transit time, ms. Null without any. Source: domain rule 3.7.
 */
export function logisticsTimeliness(transports: readonly Transport[], nowAt: number) {
  const isDelivered = (each: Transport): boolean => each.deliveredAt !== null && each.deliveredAt <= nowAt
  const due = transports.filter((each) => each.promisedAt <= nowAt || isDelivered(each))
  const onTime = due.filter((each) => isDelivered(each) && each.deliveredAt! <= each.promisedAt).length
  const transit = spanFigures(transports.filter(isDelivered).map((each) => each.deliveredAt! - each.shippedAt))
  return { due: due.length, onTime: ratio(onTime, due.length), transit }
}

/** One component of a scorecard: a score in [0, 1] and its published weight; null = no figure. */
export interface ScoreComponent {
  name: string
  score: number | null
  weight: number
}

/**
 * Weighted index of a supplier with its components: Σ weight × score / Σ weight over the components that have a figure;
 * `covered` is the share of the weights that had one. Null when none has. Source: domain rule 3.7.
 */
export function scorecard(components: readonly ScoreComponent[]): { index: number | null; covered: number | null } {
  const known = components.filter((each) => each.score !== null)
  const knownWeight = sumOf(known, (each) => each.weight)
  return {
    index: ratio(
      sumOf(known, (each) => each.weight * each.score!),
      knownWeight,
    ),
    covered: ratio(
      knownWeight,
      sumOf(components, (each) => each.weight),
    ),
  }
}
