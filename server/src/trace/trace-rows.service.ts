import { Injectable } from '@nestjs/common'
import type { GenealogyEdge, TraceDirection } from '@gemba/contracts/trace'
import type { Principal } from '../accounts/principal.ts'
import { type LotQuantity, type LotRow, LotRows } from './lot-rows.service.ts'
import { traceRights } from './trace-rights.ts'
import { TraceService, type TraceOrder } from './trace.service.ts'

/** One lot of a trace as a line of a list. */
export interface TraceRow {
  level: number
  lot: string
  material: string | null
  stage: string | null
  equipment: string | null
  /** What went from it into the lots nearer (where-from), or from those into it (where-used); null = not known of all, or of mixed units. */
  quantity: number | null
  unit: string | null
  supplier: string | null
  supplierLot: string | null
  status: string | null
  /** Whom it was sent to, and where the rest of it is now; several are joined. */
  customer: string | null
  place: string | null
  /** First use, ms. */
  at: number | null
}

export interface TraceRows {
  rows: TraceRow[]
  /** Null = the trace is whole. */
  truncated: { limit: number; depth: number } | null
  limitedBy: string[] | null
  asOf: string
}

/** Traces as lists: each lot once, with what is recorded of it. */
@Injectable()
export class TraceRowsService {
  constructor(
    private readonly traces: TraceService,
    private readonly lots: LotRows,
  ) {}

  /** Throws LOT_UNKNOWN for a lot that is not there, or not for the principal. */
  async list(order: TraceOrder, principal: Principal): Promise<TraceRows> {
    const answer = await this.traces.trace(order, principal)
    const rights = traceRights(principal)
    const records = await this.lots.lots(
      answer.lots.map(({ lot }) => lot),
      rights,
    )
    const { direction } = order.request
    const quantities = direction === 'where-used' ? await this.lots.quantities(records, rights) : []
    const edges = edgesByLot(answer.edges, direction)
    const left = Map.groupBy(quantities, ({ lot }) => lot)
    return {
      rows: answer.lots.map(({ lot, depth, material, stage, equipment }) => ({
        ...{ level: depth, lot, material, stage, equipment },
        ...amountOf(edges.get(lot) ?? []),
        ...recordOf(records.get(lot)),
        ...whereaboutsOf(left.get(lot) ?? []),
      })),
      truncated: answer.truncated,
      limitedBy: answer.limitedBy,
      asOf: answer.asOf,
    }
  }
}

/** Edges of a lot towards the lot that was asked for. */
const edgesByLot = (edges: readonly GenealogyEdge[], direction: TraceDirection): Map<string, GenealogyEdge[]> =>
  Map.groupBy(edges, ({ input, output }) => (direction === 'where-from' ? input : output))

function amountOf(edges: readonly GenealogyEdge[]): Pick<TraceRow, 'quantity' | 'unit' | 'at'> {
  const times = edges.flatMap(({ at }) => (at === null ? [] : [at]))
  const at = times.length === 0 ? null : Math.min(...times)
  const units = new Set(edges.map(({ unit }) => unit))
  const [unit = null] = units
  if (units.size !== 1 || edges.some(({ quantity }) => quantity === null)) return { quantity: null, unit: null, at }
  return { quantity: edges.reduce((total, { quantity }) => total + (quantity ?? 0), 0), unit, at }
}

const recordOf = (row: LotRow | undefined): Pick<TraceRow, 'supplier' | 'supplierLot' | 'status'> => ({
  supplier: row?.supplier ?? null,
  supplierLot: row?.supplierLot ?? null,
  status: row?.status ?? null,
})

function whereaboutsOf(quantities: readonly LotQuantity[]): Pick<TraceRow, 'customer' | 'place'> {
  const named = (kind: LotQuantity['kind']): string | null =>
    [...new Set(quantities.filter((each) => each.kind === kind).map(({ place }) => place))].sort().join('、') || null
  return { customer: named('shipment'), place: named('stock') }
}
