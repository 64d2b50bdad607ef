import { Inject, Injectable } from '@nestjs/common'
import type { KpiAnswer, MetricsAnswer, NumbersAnswer } from '@gemba/contracts/kpi'
import type { RestatementsAnswer } from '@gemba/contracts/restatement'
import { METRICS, metricAt } from '@gemba/engine/metrics/dictionary'
import type { Principal } from '../accounts/principal.ts'
import { requirePlaceOf } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import {
  FIGURE_FAMILIES,
  type FigureFamily,
  type FigureHistory,
  type FigureQuestion,
  type NumbersQuestion,
} from './figure-family.ts'
import { FigureHistories, isKept } from './figure-history.service.ts'
import { FiguresService } from './figures.service.ts'
import { RestatementsService } from './restatements.service.ts'

/** One door to every figure of the dictionary, whichever rows it is made from. */
@Injectable()
export class FigureFamilies {
  private readonly byMetric: ReadonlyMap<string, FigureFamily>

  constructor(
    @Inject(FIGURE_FAMILIES) private readonly families: readonly FigureFamily[],
    private readonly equipment: FiguresService,
    private readonly windows: RestatementsService,
    private readonly history: FigureHistories,
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
    refuseOther(metric, question, family.history)
    return family === this.equipment
      ? this.equipment.answer(metric, question, nowAt)
      : this.history.answer(family as FigureFamily, { metric, question, nowAt })
  }

  /** Published figures of a place and period that changed afterwards; equipment answers window by window itself. */
  restatements(
    metric: string,
    question: Pick<FigureQuestion, 'equipment' | 'period' | 'principal' | 'shared'>,
    nowAt: number,
  ): Promise<RestatementsAnswer> {
    const family = this.byMetric.get(metric)
    if (family === undefined) return this.windows.list(question.equipment, metric, { period: question.period, nowAt })
    return this.history.restatements(family, { metric, question, nowAt })
  }

  /** Restatements are kept window by window, so that those of many units are one question. */
  isOfWindows(metric: string): boolean {
    return this.equipment.metrics.includes(metric)
  }

  /** What can be said of a figure beside what it is now; null for one that nothing here answers. */
  historyOf(metric: string): FigureHistory | null {
    const family = this.byMetric.get(metric)
    return family?.history ?? (this.equipment.metrics.includes(metric) ? this.equipment.history : null)
  }

  /** The figures of equipment with the sums they share, then those of every other family. */
  async numbers(question: NumbersQuestion, nowAt: number): Promise<NumbersAnswer> {
    const asked = { ...question, shared: {} }
    const [equipment, ...others] = await Promise.all([
      this.equipment.numbers(asked, nowAt),
      ...this.families.map((family) => family.numbers(asked, nowAt)),
    ])
    return { ...equipment, figures: [...equipment.figures, ...others.flat()] }
  }
}

/** A policy that moves nothing of a family is refused, and so is a look back where no versions are kept. */
function refuseOther(metric: string, { other = {} }: FigureQuestion, { rows, policies }: FigureHistory): void {
  if (other.whatIf && !policies.includes(other.whatIf.policy))
    throw new Fault('POLICY_WITHOUT_EFFECT', { metric, policy: other.whatIf.policy })
  if (other.knownAt === undefined || isKept(rows)) return
  throw new Fault(
    'QUESTION_INVALID',
    { metric, knownAt: new Date(other.knownAt).toISOString() },
    { zh: `${metric} 没有保留历史版本：${rows.zh}`, en: `no earlier versions of ${metric} are kept: ${rows.en}` },
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
