import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure, KpiGrouping } from '@gemba/contracts/kpi'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { factScope } from '../datasets/data-gate.ts'
import type { FigureFamily, FigureHistory, FigureOfNumbers, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import { CodesService } from '../codes/codes.service.ts'
import { KpiService } from './kpi.service.ts'
import {
  type SupplyFact,
  type SupplyFigure,
  type SupplyQuestion,
  type SupplyResult,
  plainRatio,
} from './supply-question.ts'
import { meaningParameters } from './supply-meanings.ts'
import { policyQuestion } from './other-question.ts'
import { readOnce } from './shared-reading.ts'
import { SupplyRows } from './supply-rows.service.ts'
import { CUSTOMER_RULES, STOCK_RULES, SUPPLIER_RULES, type SupplyRule, type SupplyRules } from './supply-rules.ts'
import { listOf, parametersOf } from './supply-statements.ts'
import { limitsOf } from './visible-orders.ts'

/** A period that ends less than this ago speaks about now. */
const NOW_MS = 15 * 60_000

const text = (at: number): string => new Date(at).toISOString()
const listed = (code: string | undefined): string[] => (code === undefined ? [] : [code])
const empty = (missing: 'not-applicable' | 'not-configured' | 'not-visible'): SupplyResult => ({
  total: { key: '', value: null, missing, ratio: plainRatio(null, 'count', 0), coverage: null, parts: {} },
  groups: [],
  flags: [],
})

type Asked = NumbersQuestion & Partial<FigureQuestion>

/** What the families of goods share: the sources of a site, the names of what is cut by, and the age of an answer. */
@Injectable()
export class SupplyDesk {
  constructor(
    private readonly catalog: CatalogService,
    private readonly sources: SourcesService,
    private readonly kpi: KpiService,
    private readonly policies: PoliciesService,
    private readonly rows: SupplyRows,
    private readonly codes: CodesService,
  ) {}

  /** The question of a page or report: the same for figures of goods cut alike, so that they read the same rows once. */
  askedOnce(question: Asked, nowAt: number): Promise<SupplyQuestion> {
    const key = `question about goods by ${question.groupBy ?? 'none'}`
    return readOnce(question.shared, key, async () => this.asked(question, nowAt))
  }

  asked(question: Asked, nowAt: number): SupplyQuestion {
    const { equipment, period, principal, groupBy = 'none', filters = {}, other = {} } = question
    const { site } = this.kpi.unitsOf(equipment)
    const range = period === 'current' ? { fromAt: this.kpi.runningWindow(site, nowAt).fromAt, toAt: nowAt } : period
    const asOfAt = Math.min(range.toAt, nowAt)
    const [erp, mes] = [this.systems(site, 'erp'), this.systems(site, 'mes')]
    return {
      site,
      erp,
      mes,
      meanings: meaningParameters(this.codes.meanings('material', [...erp, ...mes])),
      fromAt: range.fromAt,
      asOfAt,
      isNow: nowAt - asOfAt < NOW_MS,
      knownAt: other.knownAt,
      groupBy,
      only: {
        materials: listed(filters.material),
        suppliers: listed(filters.supplier),
        customers: listed(filters.customer),
      },
      scopes: {
        stock: factScope(principal, 'stock'),
        receipt: factScope(principal, 'receipt'),
        shipment: factScope(principal, 'shipment'),
        order: factScope(principal, 'order'),
      },
      policiesAt: (at) => this.policies.settingsAt(site.id, at, policyQuestion(other)),
    }
  }

  private systems(site: SiteDefinition, family: 'erp' | 'mes'): string[] {
    return this.sources.definitions
      .filter((source) => source.family === family && source.site === site.id)
      .map((source) => source.id)
  }

  /** Goods belong to a site: below it there is no such figure; without a system that books them none is configured. */
  async result(rule: SupplyRule, asked: SupplyQuestion, equipment: string): Promise<SupplyResult> {
    if (equipment !== asked.site.id) return empty('not-applicable')
    if (rule.needs.some((family) => asked[family].length === 0)) return empty('not-configured')
    const { snapshot } = this.catalog
    return rule.of(this.rows, asked, ({ source, workCenter }) => snapshot.mapCode('work-center', source, workCenter))
  }

  /** As old as the oldest of its systems; nothing is certain before all have answered. */
  standing(rule: SupplyRule, asked: SupplyQuestion, { total, flags }: SupplyResult) {
    const ids = rule.needs.flatMap((family) => asked[family])
    const ages = ids.map((id) => this.sources.lastDataAt(id))
    const known = ages.filter((at) => at !== null)
    const isKnown = known.length > 0 && known.length === ages.length
    const receivedAt = Math.max(0, ...ids.map((id) => this.sources.receivedAt(id) ?? 0))
    const isUncertain = !isKnown || flags.length > 0 || (total.coverage ?? 1) < 1
    return {
      quality: isUncertain ? ('uncertain' as const) : ('good' as const),
      sourceTime: isKnown ? text(Math.min(...known, asked.asOfAt)) : null,
      receivedTime: receivedAt === 0 ? null : text(receivedAt),
    }
  }

  async labels(asked: SupplyQuestion): Promise<Map<string, { zh: string; en: string }>> {
    if (asked.groupBy === 'supplier' || asked.groupBy === 'customer') {
      const names = await this.rows.names(asked, asked.groupBy)
      return new Map([...names].map(([key, name]) => [key, { zh: name, en: name }]))
    }
    if (asked.groupBy !== 'material') return new Map()
    const materials = await this.rows.materials(asked)
    return new Map(
      [...materials].map(([key, { name, nameZh }]) => [
        key,
        this.catalog.snapshot.material(key)?.name ?? { zh: nameZh ?? (name || key), en: name || key },
      ]),
    )
  }
}

/** Figures of goods of one kind, whole or cut. */
abstract class SupplyFigures implements FigureFamily {
  abstract readonly rules: SupplyRules
  abstract readonly groupings: readonly KpiGrouping[]
  abstract readonly filters: FigureFamily['filters']
  abstract readonly history: FigureHistory
  /** The fact that narrows what a reader sees of these figures. */
  abstract readonly fact: SupplyFact

  constructor(private readonly desk: SupplyDesk) {}

  get metrics(): readonly string[] {
    return Object.keys(this.rules)
  }

  async answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const asked = await this.desk.askedOnce(question, nowAt)
    const rule = this.rules[metric]
    const definition = metricAt(metric, asked.asOfAt)
    if (!rule || !definition) throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
    const result = await this.resultOf(rule, asked, question.equipment)
    const labels = await this.desk.labels(asked)
    const figure = (each: SupplyFigure): KpiFigure => ({
      ...each,
      label: each.key === '' ? asked.site.name : (labels.get(each.key) ?? { zh: each.key, en: each.key }),
      fromAt: text(asked.fromAt),
      toAt: text(asked.asOfAt),
    })
    return {
      metric,
      version: definition.version,
      unit: definition.unit,
      equipment: question.equipment,
      groupBy: question.groupBy,
      total: figure(result.total),
      groups: question.groupBy === 'none' ? [] : result.groups.map(figure),
      ...this.desk.standing(rule, asked, result),
      flags: result.flags,
      limitedBy: limitsOf(asked.scopes[this.fact], question.equipment),
      explain: question.explain
        ? { definition, queries: rule.rows.map((rows) => listOf(rows, parametersOf(asked))) }
        : null,
    }
  }

  /** A sum of quantities that are hidden or rounded for the reader would be a wrong number, or tell of what is hidden. */
  private resultOf(rule: SupplyRule, asked: SupplyQuestion, equipment: string): Promise<SupplyResult> {
    const isHidden = this.fact === 'stock' && !asked.scopes.stock.isPlain('quantity')
    return isHidden ? Promise.resolve(empty('not-visible')) : this.desk.result(rule, asked, equipment)
  }

  async numbers(question: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]> {
    const asked = await this.desk.askedOnce(question, nowAt)
    return Promise.all(
      Object.entries(this.rules).map(async ([metric, rule]) => {
        const result = await this.resultOf(rule, asked, question.equipment)
        const { value, missing, ratio, coverage } = result.total
        const { quality, sourceTime } = this.desk.standing(rule, asked, result)
        return {
          metric,
          version: metricAt(metric, asked.asOfAt)?.version ?? 1,
          value,
          ...(missing === undefined ? {} : { missing }),
          ratio,
          own: { coverage, quality, sourceTime },
          limitedBy: limitsOf(asked.scopes[this.fact], question.equipment),
        }
      }),
    )
  }
}

@Injectable()
export class StockFigures extends SupplyFigures {
  readonly rules = STOCK_RULES
  readonly history: FigureHistory = {
    rows: [
      { table: 'stock_movement', at: ['posted_at'] },
      { table: 'stock_balance', at: [] },
      { table: 'material_consumption', at: ['consumed_at'] },
      { table: 'production_order', at: ['due_at', 'delivered_at', 'released_at'] },
      { table: 'reservation', at: [] },
      { table: 'purchase_order_line', at: ['ordered_at'] },
      { table: 'purchase_confirmation', at: ['confirmed_at'] },
      { table: 'goods_receipt', at: ['received_at'] },
      { table: 'material', at: [] },
    ],
    windows: false,
    policies: ['kitting'],
  }
  readonly fact = 'stock'
  readonly groupings = ['material'] as const
  readonly filters = ['material'] as const

  constructor(desk: SupplyDesk) {
    super(desk)
  }
}

@Injectable()
export class CustomerFigures extends SupplyFigures {
  readonly rules = CUSTOMER_RULES
  readonly history: FigureHistory = {
    rows: [
      { table: 'sales_order_line', at: [] },
      { table: 'delivery_line', at: ['shipped_at'] },
      { table: 'customer', at: [] },
    ],
    windows: false,
    policies: ['otifPromise', 'otifWindowDays'],
  }
  readonly fact = 'shipment'
  readonly onlyFact = 'shipment'
  readonly groupings = ['customer', 'material'] as const
  readonly filters = ['customer', 'material'] as const

  constructor(desk: SupplyDesk) {
    super(desk)
  }
}

@Injectable()
export class SupplierFigures extends SupplyFigures {
  readonly rules = SUPPLIER_RULES
  readonly history: FigureHistory = {
    rows: [
      { table: 'purchase_order_line', at: [] },
      { table: 'purchase_confirmation', at: ['confirmed_at'] },
      { table: 'goods_receipt', at: ['received_at'] },
      { table: 'inspection_lot', at: ['decided_at'] },
    ],
    windows: false,
    policies: ['lotReject'],
  }
  readonly fact = 'receipt'
  readonly onlyFact = 'receipt'
  readonly groupings = ['supplier', 'material'] as const
  readonly filters = ['supplier', 'material'] as const

  constructor(desk: SupplyDesk) {
    super(desk)
  }
}
