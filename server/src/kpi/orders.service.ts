import { Injectable, type OnModuleDestroy } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { OrderProgress, OrdersProgressAnswer } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { type OnTimeDelivery, onTimeDelivery } from '@gemba/engine/kpi/delivery'
import { type KitPolicy, type Kitting, kitting } from '@gemba/engine/kpi/kitting'
import { instantOfLocal } from '@gemba/engine/time/local-time'
import { productionDateOf } from '@gemba/engine/time/calendar'
import { CatalogService } from '../catalog/catalog.service.ts'
import { CodesService } from '../codes/codes.service.ts'
import type { FactScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { LiveService } from '../live/live.service.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { Derivation } from './derivation.service.ts'
import { type UnitQueue, unitQueue } from './order-queues.ts'
import { type OrderRow, type OrderRows, OrderRowsReader } from './order-rows.service.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { limitsOf, orderFact, visibleKitting, visibleQueues } from './visible-orders.ts'

const DAY_MS = 86_400_000
const LOOK_BACK_MS = 40 * DAY_MS
const PACE_MS = 24 * 3_600_000
/** Rows are read again when records came, at most this often, and at least every half minute. */
const SHORTEST_KEEP_MS = 2_000
const LONGEST_KEEP_MS = 30_000

export interface DayCurve extends TimeRange {
  plan: [number, number][]
  actual: [number, number][]
  forecast: [number, number][]
}

export interface SiteOrders {
  site: SiteDefinition
  nowAt: number
  queues: UnitQueue[]
  open: OrderProgress[]
  onTime: OnTimeDelivery
  kitting: Kitting
  today: {
    due: number
    /** Orders delivered today, whenever they were due. */
    delivered: number
    /** Orders due today that are delivered. */
    dueDelivered: number
    dueByNow: number
    curve: DayCurve
  }
  /** Sources of the figures: orders, reports. */
  sources: { erp: string[]; mes: string[] }
  /** Codes of the rules that narrow the figures for this reader, `scope` for a place; null = all orders count. */
  limitedBy: string[] | null
}

const RISK_RANK: Record<OrderProgress['risk'], number> = {
  late: 0,
  'not-reported': 1,
  'at-risk': 2,
  'on-track': 3,
  'not-started': 4,
  done: 5,
}

@Injectable()
export class OrdersService implements OnModuleDestroy {
  private rows: { value: Promise<OrderRows>; readAt: number } | null = null
  private changedAt = 0
  private readonly subscription

  constructor(
    private readonly catalog: CatalogService,
    private readonly calendar: SiteCalendar,
    private readonly codes: CodesService,
    private readonly derivation: Derivation,
    private readonly policies: PoliciesService,
    private readonly reader: OrderRowsReader,
    private readonly sources: SourcesService,
    live: LiveService,
  ) {
    this.subscription = live.storedRecords.subscribe(() => (this.changedAt = Date.now()))
  }

  onModuleDestroy(): void {
    this.subscription.unsubscribe()
  }

  private load(nowAt: number): Promise<OrderRows> {
    const age = this.rows ? nowAt - this.rows.readAt : Infinity
    const isStale = age > LONGEST_KEEP_MS || (age > SHORTEST_KEEP_MS && this.changedAt > (this.rows?.readAt ?? 0))
    if (!this.rows || isStale) {
      const value = this.reader.read(nowAt - LOOK_BACK_MS, nowAt - PACE_MS)
      this.rows = { value, readAt: nowAt }
      value.catch(() => (this.rows = null))
    }
    return this.rows.value
  }

  /** Orders of a site as a reader sees them: forecasts know every order, lists and totals only the visible ones. */
  async ofSite(siteId: string, nowAt: number, scope: FactScope): Promise<SiteOrders> {
    const site = this.catalog.snapshot.site(siteId)
    if (!site) throw new Fault('SITE_UNKNOWN', { site: siteId })
    const rows = await this.load(nowAt)
    const all = rows.orders.filter((order) => this.unitOf(order)?.startsWith(`${siteId}/`) === true)
    const own = scope.isWhole ? all : all.filter((order) => scope.allows(orderFact(order, this.unitOf(order))))
    const visible = new Set(own.map((order) => order.order))
    const open = all.filter(
      (order) => order.deliveredAt === null && order.status !== 'completed' && order.status !== 'closed',
    )
    const kit = this.kit(open, rows, this.policies.settingsAt(siteId, nowAt).kitting)
    const queues = visibleQueues(this.queues(site, open, { rows, nowAt, kit }), visible, scope)
    const progress = queues.flatMap((queue) => queue.orders).sort(byUrgency)
    return {
      site,
      nowAt,
      queues,
      open: progress,
      onTime: onTimeDelivery(own, monthOf(site, nowAt), nowAt),
      kitting: visibleKitting(kit, visible),
      today: this.today(site, own, { progress, nowAt }),
      sources: this.sourcesOf(siteId),
      limitedBy: limitsOf(scope, siteId),
    }
  }

  private unitOf(order: OrderRow): string | null {
    const code = { domain: 'work-center', source: order.source, code: order.workCenter } as const
    return this.codes.book.resolve(code, order.releasedAt ?? order.dueAt)
  }

  private sourcesOf(siteId: string): SiteOrders['sources'] {
    const of = (family: 'erp' | 'mes') =>
      this.sources.definitions
        .filter((source) => source.family === family && source.site === siteId && source.settings.kind !== 'push')
        .map((source) => source.id)
    return { erp: of('erp'), mes: of('mes') }
  }

  private kit(open: readonly OrderRow[], rows: OrderRows, policy: KitPolicy): Kitting {
    const known = new Set(open.map((order) => order.order))
    const components = new Map<string, Map<string, number>>()
    for (const need of rows.needs) {
      if (!known.has(need.order)) continue
      const list = components.get(need.order) ?? new Map<string, number>()
      components.set(need.order, list.set(need.component, need.open))
    }
    const orders = open
      .filter((order) => components.has(order.order))
      .map((order) => ({
        order: order.order,
        priority: order.priority,
        due: order.dueAt,
        components: components.get(order.order) ?? new Map(),
      }))
    return kitting(orders, rows.stock, policy)
  }

  private queues(
    site: SiteDefinition,
    open: readonly OrderRow[],
    facts: { rows: OrderRows; nowAt: number; kit: Kitting },
  ): UnitQueue[] {
    const byUnit = new Map<string, OrderRow[]>()
    for (const order of open) {
      const unit = this.unitOf(order)
      if (unit) byUnit.set(unit, [...(byUnit.get(unit) ?? []), order])
    }
    const shortages = new Map(facts.kit.orders.map((result) => [result.order, result.shortage]))
    return [...byUnit].map(([unit, orders]) =>
      unitQueue(unit, orders, {
        site,
        rows: facts.rows,
        nowAt: facts.nowAt,
        paceSinceAt: facts.nowAt - PACE_MS,
        stoppedSince: (path) => this.stoppedSince(path, site, facts.nowAt),
        shortageOf: (order) => shortages.get(order) ?? null,
      }),
    )
  }

  /** The stop a unit is in now, when it is one. */
  private stoppedSince(
    unit: string,
    site: SiteDefinition,
    nowAt: number,
  ): { sinceAt: number; reason: string | null } | null {
    const window = this.calendar.windowAt(site, nowAt)
    const last = this.derivation.fromMemory(unit, window, nowAt).intervals.at(-1)
    return last?.state === 'DOWN' ? { sinceAt: last.fromAt, reason: last.reason } : null
  }

  private today(
    site: SiteDefinition,
    own: readonly OrderRow[],
    facts: { progress: readonly OrderProgress[]; nowAt: number },
  ): SiteOrders['today'] {
    const { nowAt } = facts
    const day = productionDay(site, nowAt)
    const due = own.filter((order) => order.dueAt >= day.fromAt && order.dueAt < day.toAt)
    const delivered = own.filter(
      (order) => order.deliveredAt !== null && order.deliveredAt >= day.fromAt && order.deliveredAt <= nowAt,
    )
    // Plan and actual speak of the same orders; what was delivered before the day counts from its beginning.
    const kept = due.filter((order) => order.deliveredAt !== null && order.deliveredAt <= nowAt)
    const keptAts = kept.map((order) => Math.max(day.fromAt, order.deliveredAt as number))
    const dueOrders = new Set(due.map((order) => order.order))
    const expected = facts.progress
      .filter((order) => dueOrders.has(order.order))
      .map((order) => order.expectedAt)
      .filter((at): at is number => at !== null && at > nowAt && at < day.toAt)
    const curve = {
      ...day,
      plan: steps(
        day.fromAt,
        due.map((order) => order.dueAt),
      ),
      actual: [...steps(day.fromAt, keptAts), [nowAt, kept.length] as [number, number]],
      forecast: steps(nowAt, expected).map(([at, count]): [number, number] => [at, count + kept.length]),
    }
    return {
      due: due.length,
      delivered: delivered.length,
      dueDelivered: kept.length,
      dueByNow: due.filter((order) => order.dueAt <= nowAt).length,
      curve,
    }
  }

  async answer(siteId: string, nowAt: number, scope: FactScope): Promise<OrdersProgressAnswer> {
    const orders = await this.ofSite(siteId, nowAt, scope)
    const ids = [...orders.sources.erp, ...orders.sources.mes]
    const ats = ids.map((id) => this.sources.lastDataAt(id))
    const sourceAt = ids.length === 0 || ats.some((at) => at === null) ? null : Math.min(...(ats as number[]))
    return {
      site: siteId,
      asOf: new Date(nowAt).toISOString(),
      orders: orders.open,
      sourceTime: sourceAt === null ? null : new Date(sourceAt).toISOString(),
      totals: {
        open: orders.open.length,
        late: orders.open.filter((order) => order.risk === 'late').length,
        dueToday: orders.today.due,
        deliveredToday: orders.today.delivered,
      },
      limitedBy: orders.limitedBy,
    }
  }
}

/** Worst first: by risk, then by slack. */
function byUrgency(a: OrderProgress, b: OrderProgress): number {
  return RISK_RANK[a.risk] - RISK_RANK[b.risk] || (a.slackMs ?? Infinity) - (b.slackMs ?? Infinity) || a.dueAt - b.dueAt
}

function steps(fromAt: number, instants: readonly number[]): [number, number][] {
  const sorted = [...instants].sort((a, b) => a - b)
  return [[fromAt, 0], ...sorted.map((at, index): [number, number] => [at, index + 1])]
}

function productionDay(site: SiteDefinition, at: number): TimeRange {
  const date = productionDateOf(site, at)
  const fromAt = instantOfLocal(site.timeZone, date, site.productionDayStart)
  const noon = new Date(Date.parse(`${date}T12:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
  return { fromAt, toAt: instantOfLocal(site.timeZone, noon, site.productionDayStart) }
}

/** The production month so far: from the first production day of the month to the end of today's. */
function monthOf(site: SiteDefinition, at: number): TimeRange {
  const date = productionDateOf(site, at)
  return {
    fromAt: instantOfLocal(site.timeZone, `${date.slice(0, 7)}-01`, site.productionDayStart),
    toAt: productionDay(site, at).toAt,
  }
}
