import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure, KpiGrouping } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { plannedSegments } from '@gemba/engine/time/calendar'
import { clip, totalMs } from '@gemba/engine/time/ranges'
import { CatalogService } from '../catalog/catalog.service.ts'
import { factScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { SourcesService } from '../sources/sources.service.ts'
import type { FigureFamily, FigureHistory, FigureOfNumbers, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import { KpiService } from './kpi.service.ts'
import { type OrderFacts, OrderFactsReader } from './order-facts.service.ts'
import { ORDER_FIGURES } from './order-figures.ts'
import { readOnce } from './shared-reading.ts'
import { SiteCalendar } from './site-calendar.service.ts'
import { limitsOf } from './visible-orders.ts'

const text = (at: number): string => new Date(at).toISOString()

interface Asked {
  site: SiteDefinition
  units: string[]
  range: TimeRange
  nowAt: number
}

/** Figures of production orders: delivery, attainment, work in process, flow, load. */
@Injectable()
export class OrderFigures implements FigureFamily {
  readonly metrics = Object.keys(ORDER_FIGURES)
  readonly groupings: readonly KpiGrouping[] = ['unit', 'order', 'material', 'customer']
  readonly filters = ['material', 'customer', 'order'] as const
  readonly history: FigureHistory = {
    rows: [
      { table: 'production_order', at: ['due_at', 'delivered_at', 'released_at'] },
      { table: 'order_operation', at: [] },
      { table: 'job_report', at: ['reported_at'] },
    ],
    windows: false,
    policies: [],
  }

  constructor(
    private readonly kpi: KpiService,
    private readonly calendar: SiteCalendar,
    private readonly catalog: CatalogService,
    private readonly sources: SourcesService,
    private readonly reader: OrderFactsReader,
  ) {}

  async answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const asked = this.asked(question, nowAt)
    const definition = metricAt(metric, asked.range.toAt)
    if (!definition) throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
    const scope = factScope(question.principal, 'order')
    const all = await readOnce(question.shared, 'orders', () =>
      this.known(question).read(asked.units, asked.range, scope),
    )
    const facts = narrow(all, question.filters)
    const standing = this.standing(asked.site)
    const groups = question.groupBy === 'none' ? [] : this.groups(metric, facts, { asked, groupBy: question.groupBy })
    const whole = { key: '', label: this.label('unit', question.equipment), orders: facts, units: asked.units }
    return {
      metric,
      version: definition.version,
      unit: definition.unit,
      equipment: question.equipment,
      groupBy: question.groupBy,
      total: this.figure(metric, whole, asked),
      groups,
      quality: standing.quality,
      sourceTime: standing.sourceTime,
      receivedTime: null,
      flags: [],
      limitedBy: limitsOf(scope, question.equipment),
      explain: question.explain ? { definition, queries: this.reader.queries(asked.units, asked.range) } : null,
    }
  }

  async numbers(question: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]> {
    const asked = this.asked(question, nowAt)
    const scope = factScope(question.principal, 'order')
    const orders = await this.reader.read(asked.units, asked.range, scope)
    const sums = { orders, period: asked.range, nowAt, availableMs: this.availableMs(asked, asked.units.length) }
    const own = { ...this.standing(asked.site), coverage: null }
    return Object.entries(ORDER_FIGURES).map(([metric, rule]) => ({
      metric,
      version: metricAt(metric, asked.range.toAt)?.version ?? 1,
      ...rule(sums),
      own,
      limitedBy: limitsOf(scope, question.equipment),
    }))
  }

  private known({ other }: FigureQuestion): OrderFactsReader {
    return this.reader.asKnown(other?.knownAt)
  }

  private asked({ equipment, period }: Pick<FigureQuestion, 'equipment' | 'period'>, nowAt: number): Asked {
    const { site, units } = this.kpi.unitsOf(equipment)
    const range = period === 'current' ? { fromAt: this.kpi.runningWindow(site, nowAt).fromAt, toAt: nowAt } : period
    return { site, units: units.map((unit) => unit.path), range, nowAt }
  }

  private groups(
    metric: string,
    facts: readonly OrderFacts[],
    { asked, groupBy }: { asked: Asked; groupBy: KpiGrouping },
  ): KpiFigure[] {
    const parts = Map.groupBy(facts, (order) => keyOf(order, groupBy))
    if (groupBy === 'unit') for (const unit of asked.units) if (!parts.has(unit)) parts.set(unit, [])
    return [...parts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, orders]) => {
        const units = groupBy === 'unit' ? [key] : [...new Set(orders.map(({ unit }) => unit))]
        return this.figure(metric, { key, label: this.label(groupBy, key), orders, units }, asked)
      })
  }

  private figure(
    metric: string,
    group: { key: string; label: KpiFigure['label']; orders: readonly OrderFacts[]; units: readonly string[] },
    asked: Asked,
  ): KpiFigure {
    const rule = ORDER_FIGURES[metric]
    if (!rule) throw new Fault('METRIC_UNKNOWN', { metric })
    const availableMs = this.availableMs(asked, group.units.length)
    const { value, missing, ratio } = rule({
      orders: group.orders,
      period: asked.range,
      nowAt: asked.nowAt,
      availableMs,
    })
    return {
      key: group.key,
      label: group.label,
      fromAt: text(asked.range.fromAt),
      toAt: text(asked.range.toAt),
      value,
      ...(missing === undefined ? {} : { missing }),
      ratio,
      coverage: null,
      parts: { orders: group.orders.length },
    }
  }

  /** Planned time of the calendar, once for each unit. */
  private availableMs({ site, range }: Asked, units: number): number {
    const segments = plannedSegments(this.calendar.shiftsAround(site, range))
    return totalMs(clip(segments, range)) * units
  }

  /** As old as the oldest of the business systems of the site; nothing is certain before both have answered. */
  private standing(site: SiteDefinition): { quality: KpiAnswer['quality']; sourceTime: string | null } {
    const ats = this.sources.definitions
      .filter(({ family, settings }) => family !== 'device' && settings.kind === 'sql')
      .filter((source) => source.site === site.id || this.servesOtherSites(source.id, site.id))
      .map(({ id }) => this.sources.lastDataAt(id))
    const known = ats.filter((each) => each !== null)
    if (known.length === 0 || known.length < ats.length) return { quality: 'uncertain', sourceTime: null }
    return { quality: 'good', sourceTime: text(Math.min(...known)) }
  }

  private servesOtherSites(source: string, site: string): boolean {
    return this.catalog.snapshot.document.codeMappings.some(
      (mapping) =>
        mapping.source === source && mapping.domain === 'work-center' && mapping.target.startsWith(`${site}/`),
    )
  }

  private label(groupBy: KpiGrouping, key: string): KpiFigure['label'] {
    const { snapshot } = this.catalog
    const name =
      groupBy === 'unit'
        ? (snapshot.equipment(key)?.name ?? snapshot.site(key)?.name)
        : groupBy === 'material'
          ? snapshot.document.materials.find(({ id }) => id === key)?.name
          : undefined
    return name ?? { zh: key, en: key }
  }
}

function keyOf(order: OrderFacts, groupBy: KpiGrouping): string {
  if (groupBy === 'order') return order.order
  if (groupBy === 'material') return order.material
  if (groupBy === 'customer') return order.customer ?? '—'
  return order.unit
}

function narrow(orders: readonly OrderFacts[], { material, customer, order }: FigureQuestion['filters']): OrderFacts[] {
  return orders.filter(
    (each) =>
      (material === undefined || each.material === material) &&
      (customer === undefined || each.customer === customer) &&
      (order === undefined || each.order === order),
  )
}
