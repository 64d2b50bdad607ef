import { Inject, Injectable } from '@nestjs/common'
import type { KpiAnswer, MetricsAnswer, NumbersAnswer } from '@gemba/contracts/kpi'
import { METRICS, metricAt } from '@gemba/engine/metrics/dictionary'
import type { Principal } from '../accounts/principal.ts'
import { requirePlaceOf } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { FIGURE_FAMILIES, type FigureFamily, type FigureQuestion, type NumbersQuestion } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'

/** One door to every figure of the dictionary, whichever rows it is made from. */
@Injectable()
export class FigureFamilies {
  private readonly byMetric: ReadonlyMap<string, FigureFamily>

  constructor(
    @Inject(FIGURE_FAMILIES) private readonly families: readonly FigureFamily[],
    private readonly equipment: FiguresService,
  ) {
    this.byMetric = new Map(families.flatMap((family) => family.metrics.map((metric) => [metric, family] as const)))
  }

  dictionary(): MetricsAnswer {
    return {
      metrics: METRICS.map((metric) => ({
        ...metric,
        computed: this.byMetric.has(metric.id) || this.equipment.metrics.includes(metric.id),
        groupings: [...(this.byMetric.get(metric.id)?.groupings ?? this.equipment.groupings)],
      })),
    }
  }

  /** Refuses a place of which the asker may not see this figure. */
  requirePlace(metric: string, principal: Principal, equipment: string): void {
    requirePlaceOf(principal, equipment, this.byMetric.get(metric)?.onlyFact)
  }

  answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const family = this.byMetric.get(metric) ?? this.equipment
    refuseWhatIsNotTaken(metric, question, family)
    if (family !== this.equipment) refuseOther(metric, question)
    return family === this.equipment
      ? this.equipment.answer(metric, question, nowAt)
      : family.answer(metric, question, nowAt)
  }

  /** The figures of equipment with the sums they share, then those of every other family. */
  async numbers(question: NumbersQuestion, nowAt: number): Promise<NumbersAnswer> {
    const [equipment, ...others] = await Promise.all([
      this.equipment.numbers(question.equipment, question.period, nowAt),
      ...this.families.map((family) => family.numbers(question, nowAt)),
    ])
    return { ...equipment, figures: [...equipment.figures, ...others.flat()] }
  }
}

/** Only windows of equipment are kept by version, and derived with other policies. */
function refuseOther(metric: string, { other = {} }: FigureQuestion): void {
  if (other.whatIf) throw new Fault('POLICY_WITHOUT_EFFECT', { metric, policy: other.whatIf.policy })
  if (other.knownAt === undefined) return
  throw new Fault(
    'QUESTION_INVALID',
    { metric, knownAt: new Date(other.knownAt).toISOString() },
    { zh: `${metric} 没有保留历史版本`, en: `no earlier versions of ${metric} are kept` },
  )
}

function refuseWhatIsNotTaken(
  metric: string,
  { groupBy, filters }: FigureQuestion,
  family: Pick<FigureFamily, 'groupings' | 'filters'>,
): void {
  const name = metricAt(metric, Number.MAX_SAFE_INTEGER)?.name ?? { zh: metric, en: metric }
  if (groupBy !== 'none' && !family.groupings.includes(groupBy)) {
    const taken = ['none', ...family.groupings].join(', ')
    throw new Fault(
      'QUESTION_INVALID',
      { metric, group: groupBy },
      {
        zh: `${name.zh} 不能按 ${groupBy} 分组，可用：${taken}`,
        en: `${name.en} cannot be cut by ${groupBy}; use ${taken}`,
      },
    )
  }
  const strange = Object.keys(filters).find((filter) => !(family.filters as readonly string[]).includes(filter))
  if (strange !== undefined)
    throw new Fault(
      'QUESTION_INVALID',
      { metric, filter: strange },
      { zh: `${name.zh} 不能按 ${strange} 筛选`, en: `${name.en} cannot be narrowed by ${strange}` },
    )
}
