import type { KpiAnswer, KpiGrouping, KpiQuery } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import type { CatalogService } from '../catalog/catalog.service.ts'
import { type FactScope, factScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import type { FigureFamily, FigureHistory, FigureOfNumbers, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import type { FiguresService } from './figures.service.ts'
import type { KpiService } from './kpi.service.ts'
import type { OtherQuestion } from './other-question.ts'
import { type Made, type MadeGroup, figureOf, ratioOf } from './quality-metrics.ts'
import { limitsOf } from './visible-orders.ts'

/** What a family found for one metric, before it is put into words. */
export interface Answered {
  total: Made
  groups: MadeGroup[]
  queries: KpiQuery[]
  sourceAt: number | null
  receivedAt: number | null
  /** Known share of the period; null where it has no meaning. */
  coverage?: number | null
}

export interface MadePlace {
  equipment: string
  range: TimeRange
  /** As known at another time, or with other policies. */
  other?: OtherQuestion | undefined
  /** Of a page of numbers: what several families need is read once. */
  shared?: object | undefined
}

export interface MadeAsked {
  nowAt: number
  groupBy: KpiGrouping
  filters: FigureQuestion['filters']
}

const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** What families of figures share that are made of rows: the period, the words of the answer, and the page of numbers. */
export abstract class MadeFamily<Place extends MadePlace> implements FigureFamily {
  abstract readonly metrics: readonly string[]
  abstract readonly groupings: readonly KpiGrouping[]
  abstract readonly history: FigureHistory
  readonly filters: FigureFamily['filters'] = []

  constructor(
    protected readonly catalog: CatalogService,
    protected readonly kpi: KpiService,
    protected readonly equipment: FiguresService,
  ) {}

  /** All metrics of the family; what several of them need is read once. */
  protected abstract make(metrics: readonly string[], place: Place, asked: MadeAsked): Promise<Map<string, Answered>>

  /** The place with the rights of whoever asks. */
  protected abstract placeWith(place: MadePlace, question: NumbersQuestion): Place

  /** Rules that narrow the figure for whoever asks; null = all rows count. */
  protected abstract limitedBy(place: Place): string[] | null

  async answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const place = this.placeOf(question, nowAt)
    const { range } = place
    const definition = metricAt(metric, range.toAt)
    const asked = { nowAt, groupBy: question.groupBy, filters: question.filters }
    const found = (await this.make([metric], place, asked)).get(metric)
    if (!definition || !found) throw new Fault('METRIC_UNKNOWN', { metric })
    const { total, groups, queries, sourceAt, receivedAt, coverage = null } = found
    return {
      metric,
      version: definition.version,
      unit: definition.unit,
      equipment: question.equipment,
      groupBy: question.groupBy,
      total: { ...figureOf({ key: '', label: this.nameOf(question.equipment), made: total }, range), coverage },
      groups: question.groupBy === 'none' ? [] : groups.map((group) => figureOf(group, group.range ?? range)),
      quality: qualityOf(total, coverage),
      sourceTime: text(sourceAt),
      receivedTime: text(receivedAt),
      flags: [],
      limitedBy: this.limitedBy(place),
      explain: question.explain ? { definition, queries } : null,
    }
  }

  async numbers(question: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]> {
    const place = this.placeOf(question, nowAt)
    const made = await this.make(this.metrics, place, { nowAt, groupBy: 'none', filters: {} })
    return [...made].flatMap(([metric, { total, sourceAt, coverage = null }]): FigureOfNumbers[] => {
      const definition = metricAt(metric, place.range.toAt)
      if (!definition) return []
      const { value, missing } = total
      return [
        {
          metric,
          version: definition.version,
          value,
          ...(missing === undefined ? {} : { missing }),
          ratio: ratioOf(total),
          limitedBy: this.limitedBy(place),
          own: { coverage, quality: qualityOf(total, coverage), sourceTime: text(sourceAt) },
        },
      ]
    })
  }

  protected placeOf(question: NumbersQuestion & Pick<FigureQuestion, 'other'>, nowAt: number): Place {
    const { equipment, period, other, shared } = question
    const { site } = this.kpi.unitsOf(equipment)
    return this.placeWith({ equipment, range: this.equipment.rangeOf(site, period, nowAt), other, shared }, question)
  }

  protected nameOf(path: string): { zh: string; en: string } {
    return this.catalog.snapshot.nameOf(path)
  }
}

/** A place with what of its rows whoever asks may see. */
export interface GatedPlace extends MadePlace {
  scope: FactScope
}

/** Families whose rows are those of one fact of machines: the gate has judged the place, the fact judges the rows. */
export abstract class GatedFamily extends MadeFamily<GatedPlace> {
  /** The fact of rights that its rows are. */
  protected abstract readonly fact: 'energy' | 'alarm' | 'maintenance'

  protected placeWith(place: MadePlace, { principal }: NumbersQuestion): GatedPlace {
    return { ...place, scope: factScope(principal, this.fact) }
  }

  protected limitedBy({ scope, equipment }: GatedPlace): string[] | null {
    return limitsOf(scope, equipment)
  }
}

/** Below this share of the period a figure is not to be trusted without a look. */
const CERTAIN = 0.95

function qualityOf({ value }: Made, coverage: number | null): 'good' | 'uncertain' | 'none' {
  if (value === null) return 'none'
  return coverage !== null && coverage < CERTAIN ? 'uncertain' : 'good'
}
