import { Injectable } from '@nestjs/common'
import type { BoardDocument, BoardFrame, BoardScope, TileDefinition, TileFrame } from '@gemba/contracts/board'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope, factScope } from '../datasets/data-gate.ts'
import { log } from '../http/log.ts'
import { OrdersService, type SiteOrders } from '../kpi/orders.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { NumberValues } from './number-values.service.ts'
import type { OeeFacts } from './oee-facts.ts'
import { OeeFactsService } from './oee-facts.service.ts'
import { hourlyOutput } from './tiles/hourly-output.ts'
import { lossWaterfall } from './tiles/loss-waterfall.ts'
import { oeeHero } from './tiles/oee-hero.ts'
import { bottlenecks, deliveryCurve, keyFigures, orderList } from './tiles/order-tiles.ts'
import { stateTimeline } from './tiles/state-timeline.ts'
import { stopReasons } from './tiles/stop-reasons.ts'

const RETRY_MS = 5_000
const OEE_KINDS = new Set<TileDefinition['kind']>([
  'oee-hero',
  'loss-waterfall',
  'hourly-output',
  'stop-reasons',
  'state-timeline',
])

type FramePart = Pick<BoardFrame, 'serverTime' | 'scope' | 'tiles' | 'sources'>

/** Computes all tiles of a board from shared inputs: each input once for a frame. */
@Injectable()
export class BoardFrames {
  /** Since when an input fails, by its name. */
  private readonly failingSince = new Map<string, number>()

  constructor(
    private readonly catalog: CatalogService,
    private readonly facts: OeeFactsService,
    private readonly orders: OrdersService,
    private readonly sources: SourcesService,
    private readonly values: NumberValues,
  ) {}

  async frame(document: BoardDocument, equipment: string, principal: Principal): Promise<FramePart> {
    const nowAt = Date.now()
    const scope = this.facts.scope(equipment, nowAt)
    const tiles = await this.tiles(document, scope, { nowAt, principal })
    const visible = factScope(principal, 'source')
    return {
      serverTime: nowAt,
      scope,
      tiles,
      sources: this.sources.ages(nowAt).filter(({ source, family }) => {
        const site = this.sources.definition(source)?.site
        return site === scope.site && visible.allows({ source, site, family })
      }),
    }
  }

  private async tiles(
    document: BoardDocument,
    scope: BoardScope,
    { nowAt, principal }: { nowAt: number; principal: Principal },
  ): Promise<TileFrame[]> {
    const frames = new Map<string, TileFrame>()
    const oee = document.tiles.filter((tile) => OEE_KINDS.has(tile.kind))
    const order = document.tiles.filter((tile) => !OEE_KINDS.has(tile.kind))
    if (oee.length > 0 && !equipmentScope(principal).allows(scope.equipment)) {
      for (const tile of oee) frames.set(tile.id, denied(tile, scope.equipment))
    } else if (oee.length > 0) {
      const facts = await this.input('equipment', async () => this.facts.facts(scope.equipment, scope, nowAt))
      for (const tile of oee)
        frames.set(
          tile.id,
          'error' in facts ? this.failed(tile, 'equipment', nowAt) : this.oeeTile(tile, scope, facts.value),
        )
    }
    const orderScope = factScope(principal, 'order')
    if (orderScope.isClosed) for (const tile of order) frames.set(tile.id, denied(tile, 'order'))
    else if (order.length > 0) {
      const orders = await this.input('orders', () => this.orders.ofSite(scope.site, nowAt, orderScope))
      for (const tile of order)
        frames.set(
          tile.id,
          'error' in orders
            ? this.failed(tile, 'orders', nowAt)
            : narrowed(this.orderTile(tile, orders.value), orders.value.limitedBy),
        )
    }
    return document.tiles.map((tile) => frames.get(tile.id)).filter((frame) => frame !== undefined)
  }

  private async input<T>(name: string, make: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    try {
      const value = await make()
      this.failingSince.delete(name)
      return { value }
    } catch (error) {
      if (!this.failingSince.has(name)) {
        this.failingSince.set(name, Date.now())
        log.error({ err: error, input: name }, 'tiles of a board could not be computed')
      }
      return { error }
    }
  }

  private failed(tile: TileDefinition, input: string, nowAt: number): TileFrame {
    return {
      tile: tile.id,
      state: 'error',
      source: input,
      since: this.failingSince.get(input) ?? nowAt,
      retryAt: nowAt + RETRY_MS,
      sources: [],
    }
  }

  private oeeTile(tile: TileDefinition, { shift }: BoardScope, facts: OeeFacts | null): TileFrame {
    if (!facts)
      return { tile: tile.id, state: 'empty', reason: shift ? 'not-configured' : 'not-scheduled', sources: [] }
    const { sources } = facts
    const ready = (data: unknown, rows: number): TileFrame => ({ tile: tile.id, state: 'ready', rows, data, sources })
    if (tile.kind === 'state-timeline') return ready(stateTimeline(facts), facts.rows.length)
    if (facts.dataAt === null) return { tile: tile.id, state: 'empty', reason: 'never-received', sources }
    if (tile.kind === 'oee-hero') return ready(oeeHero(facts, this.values), facts.units.length)
    if (tile.kind === 'loss-waterfall') return ready(lossWaterfall(facts, this.values), facts.units.length)
    if (tile.kind === 'hourly-output') return ready(hourlyOutput(facts, this.values), facts.units.length)
    const data = stopReasons(facts, this.values, this.catalog.snapshot)
    return data.reasons.length === 0
      ? { tile: tile.id, state: 'empty', reason: 'no-stops', sources }
      : ready(data, data.reasons.length)
  }

  private orderTile(tile: TileDefinition, orders: SiteOrders): TileFrame {
    const inputs = { orders, values: this.values }
    const all = [...orders.sources.erp, ...orders.sources.mes]
    if (orders.sources.erp.length === 0) return { tile: tile.id, state: 'empty', reason: 'not-configured', sources: [] }
    // Nothing counted and nothing ever received is not zero.
    const isBlank = orders.open.length === 0 && orders.today.due === 0 && orders.onTime.due === 0
    if (isBlank && this.values.dataAtOf(all) === null)
      return { tile: tile.id, state: 'empty', reason: 'never-received', sources: all }
    if (tile.kind === 'key-figure') {
      if (!tile.figure) return { tile: tile.id, state: 'empty', reason: 'not-configured', sources: [] }
      const data = keyFigures[tile.figure](inputs)
      return { tile: tile.id, state: 'ready', rows: data.denominator ?? 0, data, sources: data.value.sources }
    }
    if (tile.kind === 'delivery-curve')
      return {
        tile: tile.id,
        state: 'ready',
        rows: orders.today.due,
        data: deliveryCurve(inputs),
        sources: orders.sources.erp,
      }
    if (orders.open.length === 0) return { tile: tile.id, state: 'empty', reason: 'no-orders', sources: all }
    const data =
      tile.kind === 'bottlenecks'
        ? bottlenecks(inputs, this.catalog.snapshot)
        : orderList(inputs, this.catalog.snapshot)
    return { tile: tile.id, state: 'ready', rows: orders.open.length, data, sources: all }
  }
}

/** Says of a tile that rows are missing for this reader; also of an empty one: nothing visible is not nothing. */
const narrowed = (frame: TileFrame, limitedBy: SiteOrders['limitedBy']): TileFrame =>
  limitedBy !== null && (frame.state === 'ready' || frame.state === 'empty') ? { ...frame, limitedBy } : frame

/** What is missing for a tile, never a value. */
const denied = (tile: TileDefinition, missing: string): TileFrame => ({
  tile: tile.id,
  state: 'denied',
  missing,
  ask: null,
  sources: [],
})
