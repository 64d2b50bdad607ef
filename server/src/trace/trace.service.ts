import { Injectable } from '@nestjs/common'
import type { GenealogyEdge, RecallAnswer, TraceAnswer, TraceRequest } from '@gemba/contracts/trace'
import { type Genealogy, type TracedLot, genealogyOf, whereFrom, whereUsed } from '@gemba/engine/trace/genealogy'
import { recallScope } from '@gemba/engine/trace/recall'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { EdgeRows, type WalkLimits } from './edge-rows.service.ts'
import { LotRows, type LotRow, dispositionOf } from './lot-rows.service.ts'
import { type TraceRights, traceRights } from './trace-rights.ts'

export const DEEPEST = 64
const FINISHED = new Set(['packed', 'serial'])

/** What time and levels allow of everything that can be reached. */
interface Reached {
  genealogy: Genealogy
  lots: TracedLot[]
  edges: GenealogyEdge[]
  truncated: TraceAnswer['truncated']
}

export interface TraceOrder {
  request: TraceRequest
  limits: WalkLimits
}

const text = (at: number): string => new Date(at).toISOString()

/** Where lots come from and where they went: walked in the warehouse level by level, judged by the engine. */
@Injectable()
export class TraceService {
  constructor(
    private readonly edges: EdgeRows,
    private readonly rows: LotRows,
  ) {}

  async trace({ request, limits }: TraceOrder, principal: Principal): Promise<TraceAnswer> {
    const startedAt = performance.now()
    const rights = traceRights(principal)
    const reached = await this.reach({ request, limits }, rights)
    const names = new Set([...request.lots, ...reached.lots.map(({ lot }) => lot)])
    const known = await this.rows.lots(names, rights)
    const unknown = await this.unknown(request.lots, known, rights)
    return {
      request,
      asOf: text(Date.now()),
      truncated: reached.truncated,
      limitedBy: rights.limitedBy,
      lots: reached.lots.map((lot) => ({ ...lot, ...headOf(known.get(lot.lot)) })),
      edges: reached.edges.filter((edge) => names.has(edge.input) && names.has(edge.output)),
      unknown,
      elapsedMs: performance.now() - startedAt,
      visitedEdges: reached.edges.length,
    }
  }

  async recall({ request, limits }: TraceOrder, principal: Principal): Promise<RecallAnswer> {
    const startedAt = performance.now()
    const rights = traceRights(principal)
    const asked: TraceRequest = { ...request, direction: 'where-used' }
    const reached = await this.reach({ request: asked, limits }, rights)
    const names = new Set([...request.lots, ...reached.lots.map(({ lot }) => lot)])
    const known = await this.rows.lots(names, rights)
    await this.unknown(request.lots, known, rights)
    const finished = [...known.values()].filter((row) => FINISHED.has(row.stage))
    const found = recallScope(
      reached.genealogy,
      {
        suspects: request.lots,
        finished: new Map(finished.map((row) => [row.lot, row.quantity])),
        dispositions: await this.dispositions(finished, reached.edges, { known, rights }),
      },
      timeOf(asked),
    )
    return {
      suspects: request.lots,
      asOf: text(Date.now()),
      truncated: reached.truncated,
      limitedBy: rights.limitedBy,
      stages: stagesOf(reached.lots, known),
      level: isTimed(asked) ? 'time' : 'lot',
      lots: found.lots,
      finished: found.finished,
      shippedByCustomer: places(found.shippedByCustomer),
      onHandByLocation: places(found.onHandByLocation),
      shippedQuantity: found.shippedQuantity,
      heldQuantity: found.heldQuantity,
      unknownQuantity: found.unknownQuantity,
      elapsedMs: performance.now() - startedAt,
    }
  }

  /** Lots that neither a record nor an edge names; refuses when that is all of them. */
  private async unknown(
    lots: readonly string[],
    known: ReadonlyMap<string, LotRow>,
    rights: TraceRights,
  ): Promise<string[]> {
    const unrecorded = lots.filter((lot) => !known.has(lot))
    // A lot without a record is known by its edges, unless rules judge lots by what they are.
    const named = !rights.lots.isWhole ? new Set<string>() : await this.edges.named(unrecorded, rights.places)
    const unknown = unrecorded.filter((lot) => !named.has(lot))
    if (unknown.length === lots.length) throw new Fault('LOT_UNKNOWN', { lot: lots[0] ?? '' })
    return unknown
  }

  /** Dispositions of finished lots; what lies in their containers is theirs. */
  private async dispositions(
    finished: readonly LotRow[],
    edges: readonly GenealogyEdge[],
    { known, rights }: { known: ReadonlyMap<string, LotRow>; rights: TraceRights },
  ) {
    const owner = new Map(finished.map(({ lot }) => [lot, lot]))
    for (const { relation, input, output } of edges)
      if (relation === 'aggregation' && owner.get(input) === input) owner.set(output, input)
    const serials = finished.filter(({ stage }) => stage === 'serial')
    const owned = new Map([...owner.keys()].flatMap((lot) => (known.has(lot) ? [[lot, known.get(lot)!] as const] : [])))
    const quantities = await this.rows.quantities(owned, rights)
    const located = new Set(quantities.map(({ lot }) => lot))
    return [
      ...quantities.map((each) => dispositionOf({ ...each, lot: owner.get(each.lot) ?? each.lot })),
      ...serials
        .filter(({ lot }) => !located.has(lot))
        .map(({ lot, equipment }) => ({ lot, kind: 'on-hand' as const, place: equipment, quantity: 1 })),
    ]
  }

  /** The plain closure holds every path that time allows; where time is asked for, the engine walks it again. */
  private async reach({ request, limits }: TraceOrder, rights: TraceRights): Promise<Reached> {
    const depth = request.depth ?? DEEPEST
    const { direction } = request
    const shown = async (names: readonly string[]) => new Set((await this.rows.lots(names, rights)).keys())
    const isWhole = rights.lots.isWhole
    // Nothing is walked from a lot that is not shown either.
    const allowed = isWhole ? null : await shown(request.lots)
    const lots = request.lots.filter((lot) => allowed?.has(lot) ?? true)
    const visible = isWhole ? {} : { visible: shown }
    const closure = await this.edges.closure({ lots, direction, depth, limits, ...visible }, rights.places)
    const genealogy = genealogyOf(closure.edges)
    const { edges, truncated } = closure
    if (isTimed(request)) {
      const walk = direction === 'where-used' ? whereUsed : whereFrom
      return { genealogy, lots: walk(genealogy, lots, timeOf(request)), edges, truncated }
    }
    const traced = [...closure.depths].filter(([, level]) => level > 0).map(([lot, level]) => ({ lot, depth: level }))
    traced.sort((a, b) => a.depth - b.depth || (a.lot < b.lot ? -1 : 1))
    return { genealogy, lots: traced, edges, truncated }
  }
}

const isTimed = (request: TraceRequest): boolean => request.inTime || request.window !== undefined

function timeOf({ depth, inTime, window }: TraceRequest): {
  depth?: number
  inTime: boolean
  window?: { fromAt: number; toAt: number }
} {
  return { ...(depth === undefined ? {} : { depth }), inTime, ...(window === undefined ? {} : { window }) }
}

const headOf = (row: LotRow | undefined) => ({
  material: row?.material ?? null,
  stage: row?.stage ?? null,
  equipment: row?.equipment ?? null,
})

const places = (quantities: ReadonlyMap<string, number>): { place: string; quantity: number }[] =>
  [...quantities]
    .map(([place, quantity]) => ({ place, quantity }))
    .sort((a, b) => b.quantity - a.quantity || (a.place < b.place ? -1 : 1))

function stagesOf(lots: readonly TracedLot[], known: ReadonlyMap<string, LotRow>): { stage: string; lots: number }[] {
  const counts = new Map<string, number>()
  for (const { lot } of lots) {
    const stage = known.get(lot)?.stage ?? 'unknown'
    counts.set(stage, (counts.get(stage) ?? 0) + 1)
  }
  return [...counts].map(([stage, count]) => ({ stage, lots: count }))
}
