import { Injectable } from '@nestjs/common'
import type { KpiAnswer, KpiQuery } from '@gemba/contracts/kpi'
import type { KnownFigure, Restatement, RestatementCause, RestatementsAnswer } from '@gemba/contracts/restatement'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { localDateOf } from '@gemba/engine/time/local-time'
import { Fault } from '../http/fault.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { ROWS_KNOWN_AT, WarehouseService } from '../warehouse/warehouse.service.ts'
import { type FigureFamily, type FigureHistory, type FigureQuestion, restsOnWindows } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService } from './kpi.service.ts'
import { refuseLongWhatIf } from './other-question.ts'
import { RowChanges } from './row-changes.service.ts'
import { readOnce } from './shared-reading.ts'

/** A figure that stood this long has been read by somebody. */
const PUBLISHED_AFTER_MS = 120_000
/** Changes of one figure that are told apart, newest first. */
const MOST = 50

export interface HistoryAsked {
  metric: string
  question: Pick<FigureQuestion, 'equipment' | 'period' | 'principal'> & Partial<FigureQuestion>
  nowAt: number
}

type Known = Omit<KnownFigure, 'productionDate' | 'knownAt'>

const text = (at: number): string => new Date(at).toISOString()
const isSame = (a: Known, b: Known): boolean =>
  a.value === b.value &&
  a.missing === b.missing &&
  a.ratio.numerator === b.ratio.numerator &&
  a.ratio.denominator === b.ratio.denominator

/** True where versions of the rows are kept. */
export const isKept = (rows: FigureHistory['rows']): rows is Exclude<FigureHistory['rows'], { zh: string }> =>
  Array.isArray(rows)

/** Figures made of rows, as they were known at a time, and what became of published ones. */
@Injectable()
export class FigureHistories {
  /** How long a figure must have stood for its change to be a restatement, ms. */
  publishedAfterMs = PUBLISHED_AFTER_MS

  constructor(
    private readonly kpi: KpiService,
    private readonly equipment: FiguresService,
    private readonly policies: PoliciesService,
    private readonly changes: RowChanges,
    private readonly warehouse: WarehouseService,
  ) {}

  /** A figure as it is, as it was known then, or with another policy. */
  async answer(
    family: FigureFamily,
    { metric, question, nowAt }: { metric: string; question: FigureQuestion; nowAt: number },
  ): Promise<KpiAnswer> {
    const { whatIf, knownAt } = question.other ?? {}
    if (!whatIf && knownAt === undefined) return family.answer(metric, question, nowAt)
    const { site } = this.kpi.unitsOf(question.equipment)
    const range = this.equipment.rangeOf(site, question.period, nowAt)
    const asked = { ...question, period: range }
    if (whatIf) {
      refuseLongWhatIf(range)
      const answer = await family.answer(metric, asked, nowAt)
      const inForce = this.policies.segments(site.id, range).map(({ settings }) => settings[whatIf.policy])
      const values = inForce.filter((each, index) => each !== inForce[index - 1])
      return { ...answer, whatIf: { policy: whatIf.policy, value: whatIf.value, inForce: values } }
    }
    // What was open then was judged by the clock of that time.
    const at = Math.min(nowAt, knownAt as number)
    const answer = await family.answer(metric, asked, at)
    const { explain, quality } = answer
    const complete = at >= range.toAt && (await this.isFilled(family, { metric, question: asked, nowAt: at }))
    return {
      ...answer,
      quality: complete || quality !== 'good' ? quality : 'uncertain',
      knownAt: { at: text(at), complete },
      explain: explain && { ...explain, queries: explain.queries.map((query) => this.queryAsKnown(query, at)) },
    }
  }

  /** Whole windows alone are kept by version: of a period that is cut inside one only a part is known. */
  private async isFilled(family: FigureFamily, { metric, question, nowAt }: HistoryAsked): Promise<boolean> {
    if (!restsOnWindows(family.history, metric)) return true
    const { site, units } = this.kpi.unitsOf(question.equipment)
    const range = this.equipment.rangeOf(site, question.period, nowAt)
    const asked = { units: units.map(({ path }) => path), range, nowAt, knownAt: nowAt }
    const figures = await this.kpi.figures(site, asked)
    return figures.every(({ parts }) => parts.allMs === range.toAt - range.fromAt)
  }

  private queryAsKnown(query: KpiQuery, at: number): KpiQuery {
    const sql = this.warehouse.textAsKnown(query.sql)
    return sql === query.sql ? query : { ...query, sql, parameters: { ...query.parameters, [ROWS_KNOWN_AT]: at } }
  }

  /**
   * Changes of a published figure: what was known two minutes after the period's end, and each later delivery of rows
   * that made another figure of it. The deliveries are searched by halves: a change that was taken back in full between
   * two equal figures is not found.
   */
  async restatements(family: FigureFamily, { metric, question, nowAt }: HistoryAsked): Promise<RestatementsAnswer> {
    const { equipment } = question
    const { site, units } = this.kpi.unitsOf(equipment)
    const definition = metricAt(metric, nowAt)
    if (!definition) throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
    const range = this.equipment.rangeOf(site, question.period, nowAt)
    const none = { equipment, metric, unit: definition.unit, restatements: [], more: false }
    if (!isKept(family.history.rows)) return none
    const place = { equipment, site: site.id, units: units.map(({ path }) => path), range }
    const { shared } = question
    const rows = JSON.stringify(family.history)
    const read = () => this.changes.firstKnownAt(family.history)
    const firstAt = (await readOnce(shared, `first known of ${rows}`, read)) ?? nowAt
    const publishedAt = Math.max(range.toAt, firstAt) + this.publishedAfterMs
    if (publishedAt >= nowAt) return none
    const moments = await readOnce(shared, `moments of ${rows}`, () =>
      this.changes.moments(family.history, place, { fromAt: publishedAt, toAt: nowAt }),
    )
    const figures = new Map<number, Promise<KpiAnswer>>()
    const figureAt = (at: number): Promise<KpiAnswer> => {
      const asked = { ...question, period: range, groupBy: 'none', explain: false, filters: {} } as const
      const known = figures.get(at) ?? this.knownAt(family, { metric, question: asked, nowAt }, at)
      figures.set(at, known)
      return known
    }
    const steps = await changesBetween([publishedAt, ...moments], async (at) => (await figureAt(at)).total)
    const found: Restatement[] = []
    for (const [beforeAt, at] of this.published(steps).reverse().slice(0, MOST)) {
      const [before, after] = [await figureAt(beforeAt), await figureAt(at)]
      const causes = await this.changes.causes(family.history, place, {
        fromAt: beforeAt,
        toAt: at,
        principal: question.principal,
      })
      const productionDate = localDateOf(site.timeZone, range.fromAt)
      const side = ({ total: { value, missing, ratio } }: KpiAnswer, knownAt: number): KnownFigure => ({
        ...{ value, ratio, productionDate, knownAt: text(knownAt) },
        ...(missing === undefined ? {} : { missing }),
      })
      found.push({
        ...{ unit: equipment, shift: '', isWholePeriod: true, causes: orRecomputed(causes) },
        ...{ fromAt: text(range.fromAt), toAt: text(range.toAt), restatedAt: text(at) },
        from: side(before, beforeAt),
        to: side(after, at),
        inClosedPeriod: range.fromAt < this.policies.closedUntilAt(site.id),
      })
    }
    return { ...none, restatements: found, more: steps.length > MOST }
  }

  /** A figure as it was known then; what others of the same place and period were made of then is not read again. */
  private async knownAt(
    family: FigureFamily,
    asked: HistoryAsked & { question: FigureQuestion },
    at: number,
  ): Promise<KpiAnswer> {
    const { metric, question, nowAt } = asked
    const shared = await readOnce(question.shared, `known at ${at}`, () => Promise.resolve({}))
    return family.answer(metric, { ...question, other: { knownAt: at }, shared }, nowAt)
  }

  /** Steps that follow each other at once are one: nobody has read what stood in between. */
  private published(steps: readonly Step[]): Step[] {
    const joined: Step[] = []
    for (const [beforeAt, at] of steps) {
      const last = joined.at(-1)
      if (last && at - last[1] < this.publishedAfterMs) last[1] = at
      else joined.push([beforeAt, at])
    }
    return joined
  }
}

/** The moment before a change and the one of the change, ms. */
type Step = [beforeAt: number, at: number]

/** Neighbouring moments whose figures differ, in order. */
async function changesBetween(moments: readonly number[], figureAt: (at: number) => Promise<Known>): Promise<Step[]> {
  const walk = async (low: number, high: number): Promise<Step[]> => {
    const [from, to] = [moments[low] as number, moments[high] as number]
    if (low >= high || isSame(await figureAt(from), await figureAt(to))) return []
    if (high - low === 1) return [[from, to]]
    const middle = Math.floor((low + high) / 2)
    return [...(await walk(low, middle)), ...(await walk(middle, high))]
  }
  return walk(0, moments.length - 1)
}

const orRecomputed = (causes: RestatementCause[]): RestatementCause[] =>
  causes.length > 0 ? causes : [{ kind: 'recomputed' }]
