import { Injectable } from '@nestjs/common'
import type { CompletenessAnswer, MassBalanceAnswer, NarrowingAnswer } from '@gemba/contracts/trace'
import { traceCompleteness, type ComponentEdge } from '@gemba/engine/trace/completeness'
import { genealogyOf, whereFrom } from '@gemba/engine/trace/genealogy'
import { balanceVerdict, massBalance } from '@gemba/engine/trace/mass-balance'
import { piecesByLot } from '@gemba/engine/trace/narrowing'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { EdgeRows, type WalkLimits } from './edge-rows.service.ts'
import { type LotQuantity, type LotRow, LotRows } from './lot-rows.service.ts'
import { traceRights } from './trace-rights.ts'
import { DEEPEST } from './trace.service.ts'

/** Scales and moisture of what is weighed; pieces are counted. */
const TOLERANCE: Readonly<Record<string, number>> = { kg: 0.005, g: 0.005 }
const MOST_EDGES = 200_000
const MOST_FINISHED = 500
/** Sums of many weighings carry rounding below a milligram. */
const EXACT = 1e6
const IN_PROCESS = new Set(['PACK', 'STER'])
const text = (at: number): string => new Date(at).toISOString()
const exact = (value: number): number => Math.round(value * EXACT) / EXACT

/** Whether what was made of a lot is all accounted for, and whether finished lots name all that went into them. */
@Injectable()
export class BalanceService {
  constructor(
    private readonly edges: EdgeRows,
    private readonly rows: LotRows,
  ) {}

  async balance(lot: string, asked: number | undefined, principal: Principal): Promise<MassBalanceAnswer> {
    const rights = traceRights(principal)
    const row = (await this.rows.lots([lot], rights)).get(lot)
    if (!row) throw new Fault('LOT_UNKNOWN', { lot })
    const tolerance = asked ?? TOLERANCE[row.unit] ?? 0
    const own = await this.edges.around([lot], 'where-used', { scope: rights.places, limit: MOST_EDGES })
    const containers = own.filter(({ relation }) => relation === 'aggregation').map(({ output }) => output)
    const inside = await this.edges.around(containers, 'where-used', { scope: rights.places, limit: MOST_EDGES })
    const used = [...own, ...inside].filter(({ relation }) => relation === 'transformation')
    const quantities = await this.rows.quantities(await this.rows.lots([lot, ...containers], rights), rights)
    const sum = (isCounted: (each: LotQuantity) => boolean): number =>
      exact(quantities.filter(isCounted).reduce((total, each) => total + each.quantity, 0))
    const parts = {
      produced: row.quantity,
      opening: 0,
      shipped: sum(({ kind }) => kind === 'shipment'),
      onHand: sum(({ kind, place }) => kind === 'stock' && !IN_PROCESS.has(place)),
      wip: sum(({ kind, place }) => kind === 'stock' && IN_PROCESS.has(place)),
      scrap: sum(({ kind }) => kind === 'scrap'),
      samples: sum(({ kind }) => kind === 'sample'),
      reworkOut: sum(({ kind }) => kind === 'rework'),
    }
    const consumed = exact(used.reduce((total, { quantity }) => total + (quantity ?? 0), 0))
    // What was used up in other lots has left this one, as what is in process has.
    const balance = massBalance({ ...parts, wip: parts.wip + consumed })
    const judged = { ...balance, accounted: exact(balance.accounted), unaccounted: exact(balance.unaccounted) }
    return {
      lot,
      asOf: text(Date.now()),
      unit: row.unit,
      ...parts,
      consumed,
      openEdges: used.filter(({ quantity }) => quantity === null).length,
      accounted: judged.accounted,
      unaccounted: judged.unaccounted,
      recovery: balance.recovery,
      tolerance,
      verdict: balanceVerdict(judged, tolerance),
    }
  }

  async completeness(
    range: { fromAt: number; toAt: number; equipment: string },
    limits: WalkLimits,
    principal: Principal,
  ): Promise<CompletenessAnswer> {
    const rights = traceRights(principal)
    const found = await this.rows.finished(range, rights, MOST_FINISHED + 1)
    const finished = found.slice(0, MOST_FINISHED)
    const lots = finished.map(({ lot }) => lot)
    const closure = await this.edges.closure({ lots, direction: 'where-from', depth: DEEPEST, limits }, rights.places)
    const bills = await this.rows.bills(finished.flatMap(({ order }) => order ?? []))
    const materials = await this.rows.lots(closure.depths.keys(), rights)
    const judged = finished.filter(({ order }) => order !== null && bills.has(order))
    const { lots: verdicts, ...shares } = traceCompleteness(
      judged.map(({ lot, order }) => ({ lot, mandatory: bills.get(order ?? '') ?? [] })),
      componentEdges(judged, closure.edges, materials),
    )
    const isCut = found.length > MOST_FINISHED
    return {
      asOf: text(Date.now()),
      finishedLots: finished.length,
      withoutBill: finished.length - judged.length,
      truncated: closure.truncated ?? (isCut ? { by: 'lots', limit: MOST_FINISHED, depth: 0 } : null),
      limitedBy: rights.limitedBy,
      ...shares,
      incomplete: verdicts
        .filter(({ status }) => status === 'incomplete')
        .map(({ lot, missing }) => ({ lot, missing })),
    }
  }

  /** Pieces of a lot by the lot of a component that was in use when the machine counted them. */
  async narrowing(lot: string, component: string, principal: Principal): Promise<NarrowingAnswer> {
    const rights = traceRights(principal)
    const row = (await this.rows.lots([lot], rights)).get(lot)
    if (!row?.order) throw new Fault('LOT_UNKNOWN', { lot })
    const edges = await this.edges.around([lot], 'where-from', { scope: rights.places, limit: MOST_EDGES })
    const inputs = await this.rows.lots(
      edges.map(({ input }) => input),
      rights,
    )
    const loads = edges
      .filter(({ input }) => inputs.get(input)?.material === component)
      .flatMap(({ input, at }) => (at === null ? [] : [{ lot: input, fromAt: at }]))
      .sort((a, b) => a.fromAt - b.fromAt)
    // Counts are those of whole minutes: a lot that was put on inside one has that minute.
    const byMinute = loads.map((load) => ({ ...load, fromAt: Math.floor(load.fromAt / 60_000) * 60_000 }))
    const pieces = piecesByLot(byMinute, await this.rows.pieces(row.equipment, row.order))
    const all = [...pieces.values()].reduce((sum, each) => sum + each, 0)
    const firstLoad = new Map(loads.toReversed().map((load) => [load.lot, load.fromAt]))
    return {
      lot,
      component,
      asOf: text(Date.now()),
      pieces: all,
      inputs: [...new Set(loads.map((load) => load.lot))].map((input) => ({
        lot: input,
        fromAt: text(firstLoad.get(input) ?? 0),
        pieces: pieces.get(input) ?? 0,
        share: all > 0 ? (pieces.get(input) ?? 0) / all : null,
      })),
      unassigned: pieces.get(null) ?? 0,
    }
  }
}

/** For each finished lot the materials of all its ancestors, with how their edges became known. */
function componentEdges(
  finished: readonly LotRow[],
  edges: Awaited<ReturnType<EdgeRows['around']>>,
  materials: ReadonlyMap<string, LotRow>,
): ComponentEdge[] {
  const genealogy = genealogyOf(edges)
  const byOutput = Map.groupBy(edges, ({ output }) => output)
  return finished.flatMap(({ lot }) =>
    [lot, ...whereFrom(genealogy, [lot]).map((ancestor) => ancestor.lot)].flatMap((output) =>
      (byOutput.get(output) ?? []).flatMap(({ input, method }) => {
        const component = materials.get(input)?.material
        return component === undefined ? [] : [{ output: lot, component, method }]
      }),
    ),
  )
}
