import { ratio, sumOf } from './ratio.ts'

/** `input` was consumed into `output`. */
export interface GenealogyEdge {
  input: string
  output: string
}

/**
 * Everything made, over any number of levels, from the lots given; without the lots themselves, sorted. Shared
 * ancestors and rework loops are walked once. O(nodes + edges).
 */
export function descendants(edges: readonly GenealogyEdge[], from: readonly string[]): string[] {
  return closure(edges, from, (edge) => [edge.input, edge.output])
}

/** Everything that went into the lots given, over any number of levels; without the lots themselves, sorted. */
export function ancestors(edges: readonly GenealogyEdge[], from: readonly string[]): string[] {
  return closure(edges, from, (edge) => [edge.output, edge.input])
}

function closure(
  edges: readonly GenealogyEdge[],
  from: readonly string[],
  direct: (edge: GenealogyEdge) => [string, string],
): string[] {
  const next = new Map<string, string[]>()
  for (const edge of edges) {
    const [near, far] = direct(edge)
    const list = next.get(near)
    if (list) list.push(far)
    else next.set(near, [far])
  }
  const seen = new Set(from)
  const queue = [...seen]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const far of next.get(at) ?? []) {
      if (seen.has(far)) continue
      seen.add(far)
      queue.push(far)
    }
  }
  for (const lot of from) seen.delete(lot)
  return [...seen].sort()
}

export interface Shipment {
  lot: string
  customer: string
  quantity: number
}

export interface RecallScope {
  /** Finished lots that the suspects reached (a suspect that is itself a finished lot belongs to them), sorted. */
  affectedFinished: string[]
  /** Who received any of them, sorted. */
  customers: string[]
  shippedQuantity: number
  /** Made and not shipped. */
  heldQuantity: number
}

/** Forward closure of the suspects cut with what became of the finished lots. `finished` holds made quantities. */
export function recallScope(
  edges: readonly GenealogyEdge[],
  suspects: readonly string[],
  { finished, shipments }: { finished: ReadonlyMap<string, number>; shipments: readonly Shipment[] },
): RecallScope {
  const reached = new Set([...suspects, ...descendants(edges, suspects)])
  const affectedFinished = [...finished.keys()].filter((lot) => reached.has(lot)).sort()
  const shipped = shipments.filter((shipment) => finished.has(shipment.lot) && reached.has(shipment.lot))
  const shippedQuantity = sumOf(shipped, (shipment) => shipment.quantity)
  return {
    affectedFinished,
    customers: [...new Set(shipped.map((shipment) => shipment.customer))].sort(),
    shippedQuantity,
    heldQuantity: sumOf(affectedFinished, (lot) => finished.get(lot)!) - shippedQuantity,
  }
}

export interface MassBalance {
  accounted: number
  unaccounted: number
  /** accounted / (produced + opening); above 1 is a finding too. */
  recovery: number | null
}

/** produced + opening = shipped + on hand + WIP + scrap + samples + rework out + unaccounted. */
export function massBalance(inputs: readonly number[], outputs: readonly number[]): MassBalance {
  const available = sumOf(inputs, (quantity) => quantity)
  const accounted = sumOf(outputs, (quantity) => quantity)
  return { accounted, unaccounted: available - accounted, recovery: ratio(accounted, available) }
}
