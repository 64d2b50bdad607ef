import type { AffectedLot, Disposition } from '@gemba/contracts/trace'
import { massBalance } from './mass-balance.ts'
import { whereUsed, type Genealogy, type TraceOptions } from './genealogy.ts'

export interface RecallInput {
  suspects: readonly string[]
  /** Made quantity of each finished lot. */
  finished: ReadonlyMap<string, number>
  dispositions: readonly Disposition[]
}

export interface RecallScope {
  /** All lots that are affected, finished or not, sorted. */
  lots: string[]
  /** Finished lots among them, sorted; a suspect that is finished itself belongs to them. */
  affectedFinished: string[]
  finished: AffectedLot[]
  /** Quantities by customer and by location, of finished lots. */
  shippedByCustomer: Map<string, number>
  onHandByLocation: Map<string, number>
  /** Customers who received any, sorted. */
  customers: string[]
  shippedQuantity: number
  /** Made and not shipped. */
  heldQuantity: number
  unknownQuantity: number
}

/**
 * Recall scope: the forward closure of the suspects cut with what became of the finished lots: shipped by customer, on
 * hand by location, in process, scrapped, unknown. Options narrow by time. Source: domain rule 4.1.
 */
export function recallScope(genealogy: Genealogy, input: RecallInput, options: TraceOptions = {}): RecallScope {
  const depths = new Map(input.suspects.map((lot) => [lot, 0]))
  for (const { lot, depth } of whereUsed(genealogy, input.suspects, options)) depths.set(lot, depth)
  const affectedFinished = [...input.finished.keys()].filter((lot) => depths.has(lot)).sort()
  const isAffected = new Set(affectedFinished)
  const dispositions = input.dispositions.filter((each) => isAffected.has(each.lot))
  const byLot = Map.groupBy(dispositions, (each) => each.lot)
  const finished = affectedFinished.map((lot) =>
    affectedLot({ lot, depth: depths.get(lot)!, produced: input.finished.get(lot)! }, byLot.get(lot) ?? []),
  )
  const shippedByCustomer = byPlace(dispositions, 'shipped')
  const shippedQuantity = quantityOf(dispositions, 'shipped')
  return {
    lots: [...depths.keys()].sort(),
    affectedFinished,
    finished,
    shippedByCustomer,
    onHandByLocation: byPlace(dispositions, 'on-hand'),
    customers: [...shippedByCustomer.keys()].sort(),
    shippedQuantity,
    heldQuantity: finished.reduce((sum, lot) => sum + lot.produced, 0) - shippedQuantity,
    unknownQuantity: finished.reduce((sum, lot) => sum + lot.unknown, 0),
  }
}

function affectedLot(
  { lot, depth, produced }: Pick<AffectedLot, 'lot' | 'depth' | 'produced'>,
  dispositions: readonly Disposition[],
): AffectedLot {
  const known = {
    shipped: quantityOf(dispositions, 'shipped'),
    onHand: quantityOf(dispositions, 'on-hand'),
    wip: quantityOf(dispositions, 'wip'),
    scrapped: quantityOf(dispositions, 'scrapped'),
  }
  const rest = { opening: 0, samples: 0, reworkOut: 0, scrap: known.scrapped }
  return { lot, depth, produced, ...known, unknown: massBalance({ produced, ...known, ...rest }).unaccounted }
}

function quantityOf(dispositions: readonly Disposition[], kind: Disposition['kind']): number {
  return dispositions.reduce((sum, each) => sum + (each.kind === kind ? each.quantity : 0), 0)
}

function byPlace(dispositions: readonly Disposition[], kind: Disposition['kind']): Map<string, number> {
  const quantities = new Map<string, number>()
  for (const { kind: own, place, quantity } of dispositions) {
    if (own === kind) quantities.set(place, (quantities.get(place) ?? 0) + quantity)
  }
  return quantities
}
