import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import type { MissingReason } from '@gemba/contracts/value'
import { type LineRule, lineOee } from '@gemba/engine/kpi/line-oee'
import { sumParts } from '@gemba/engine/kpi/oee'
import { ratio } from '@gemba/engine/kpi/ratio'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import type { FigureFamily, FigureHistory, FigureOfNumbers, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService } from './kpi.service.ts'
import { type OtherQuestion, otherFigures, policyQuestion } from './other-question.ts'

const METRIC = 'line-oee'
const text = (at: number): string => new Date(at).toISOString()

interface Asked {
  nowAt: number
  other?: OtherQuestion | undefined
  shared?: object | undefined
}

/** One stretch of a line under one rule: time of good pieces at ideal speed, and the planned time it is judged by. */
interface LineSums {
  goodMs: number
  plannedMs: number
  missing?: MissingReason
}

/**
 * OEE of a line by the rule that its site chose. A period in which the rule changes is cut there: each piece is judged by
 * the rule of its time, and the sums are added. Below and above a line there is no such figure.
 */
@Injectable()
export class LineFigures implements FigureFamily {
  readonly metrics = [METRIC]
  readonly groupings = [] as const
  readonly filters = [] as const
  readonly history: FigureHistory = {
    rows: [],
    windows: true,
    policies: ['lineRule', 'plannedMaintenance', 'waiting', 'microStopThresholdMs'],
  }

  constructor(
    private readonly catalog: CatalogService,
    private readonly equipment: FiguresService,
    private readonly kpi: KpiService,
    private readonly policies: PoliciesService,
  ) {}

  async answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const { equipment, period, groupBy, explain } = question
    const { site, units } = this.kpi.unitsOf(equipment)
    const range = this.equipment.rangeOf(site, period, nowAt)
    const definition = metricAt(metric, range.toAt)
    if (!definition) throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
    const { figure, coverage } = await this.figure(equipment, range, { nowAt, other: question.other })
    const ages = this.kpi.agesOf(equipment, range)
    return {
      metric,
      version: definition.version,
      unit: definition.unit,
      equipment,
      groupBy,
      total: {
        key: '',
        label: this.catalog.snapshot.equipment(equipment)?.name ?? { zh: equipment, en: equipment },
        fromAt: text(range.fromAt),
        toAt: text(range.toAt),
        ...figure,
      },
      groups: [],
      quality: (coverage ?? 1) < 1 ? 'uncertain' : 'good',
      sourceTime: ages.dataAt === null ? null : text(ages.dataAt),
      receivedTime: ages.receivedAt === null ? null : text(ages.receivedAt),
      flags: [],
      explain: explain
        ? {
            definition,
            queries: [
              this.equipment.windowsOf(
                units.map(({ path }) => path),
                range,
              ),
            ],
          }
        : null,
    }
  }

  async numbers({ equipment, period, shared }: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]> {
    const { site } = this.kpi.unitsOf(equipment)
    const range = this.equipment.rangeOf(site, period, nowAt)
    const { figure, coverage } = await this.figure(equipment, range, { nowAt, shared })
    const { dataAt } = this.kpi.agesOf(equipment, range)
    const { value, missing, ratio: sums } = figure
    return [
      {
        metric: METRIC,
        version: metricAt(METRIC, range.toAt)?.version ?? 1,
        value,
        ...(missing === undefined ? {} : { missing }),
        ratio: sums,
        own: {
          coverage,
          quality: (coverage ?? 1) < 1 ? 'uncertain' : 'good',
          sourceTime: dataAt === null ? null : text(dataAt),
        },
      },
    ]
  }

  private async figure(
    equipment: string,
    range: TimeRange,
    asked: Asked,
  ): Promise<{ figure: Omit<KpiFigure, 'key' | 'label' | 'fromAt' | 'toAt'>; coverage: number | null }> {
    const { site } = this.kpi.unitsOf(equipment)
    const isLine = this.catalog.snapshot.equipment(equipment)?.level === 'line'
    const stretches = isLine ? this.stretches(site, range, asked.other) : []
    let [goodMs, plannedMs, knownMs, scheduledMs] = [0, 0, 0, 0]
    let missing: MissingReason | undefined = isLine ? undefined : 'not-applicable'
    for (const { rule, ...stretch } of stretches) {
      const { sums, parts } = await this.sums(equipment, { ...stretch, rule }, asked)
      missing ??= sums.missing
      goodMs += sums.goodMs
      plannedMs += sums.plannedMs
      knownMs += parts.scheduledMs - parts.noDataMs
      scheduledMs += parts.scheduledMs
    }
    const value = missing === undefined ? ratio(goodMs, plannedMs) : null
    if (value === null) missing ??= scheduledMs > 0 ? 'no-data' : 'not-scheduled'
    const coverage = ratio(knownMs, scheduledMs)
    return {
      figure: {
        value,
        ...(missing === undefined ? {} : { missing }),
        ratio: { numerator: goodMs, numeratorUnit: 'ms', denominator: plannedMs, denominatorUnit: 'ms' },
        coverage,
        parts: { idealGoodMs: goodMs, plannedMs },
      },
      coverage,
    }
  }

  /** The range cut where the rule changes. */
  private stretches(
    site: SiteDefinition,
    range: TimeRange,
    other: OtherQuestion = {},
  ): (TimeRange & { rule: LineRule })[] {
    const cut: (TimeRange & { rule: LineRule })[] = []
    for (const { fromAt, toAt, settings } of this.policies.segments(site.id, range, policyQuestion(other))) {
      const before = cut.at(-1)
      if (before?.rule === settings.lineRule) before.toAt = toAt
      else cut.push({ fromAt, toAt, rule: settings.lineRule })
    }
    return cut
  }

  private async sums(
    line: string,
    { fromAt, toAt, rule }: TimeRange & { rule: LineRule },
    { nowAt, other, shared }: Asked,
  ) {
    const { site, units } = this.kpi.unitsOf(line)
    const inOrder = units.toSorted((a, b) => a.sortOrder - b.sortOrder)
    const asked = {
      units: inOrder.map(({ path }) => path),
      range: { fromAt, toAt },
      nowAt,
      ...otherFigures(other),
      shared,
    }
    const figures = await this.kpi.figures(site, asked)
    const all = inOrder.map(({ path }, index) => ({
      equipment: path,
      parts: figures[index]?.parts ?? sumParts([]),
      isBottleneck: false,
    }))
    const cycleSeconds = this.catalog.snapshot.equipment(line)?.idealCycleSeconds
    const cycleMs = cycleSeconds === undefined ? null : cycleSeconds * 1000
    const found = lineOee(all, rule, cycleMs)
    const chosen = found.equipment === null ? all : all.filter((each) => each.equipment === found.equipment)
    const parts = sumParts(chosen.map((each) => each.parts))
    return { sums: sumsOf(parts, rule, { cycleMs, missing: found.figures?.missingBy.oee }), parts }
  }
}

function sumsOf(
  parts: ReturnType<typeof sumParts>,
  rule: LineRule,
  { cycleMs, missing }: { cycleMs: number | null; missing: MissingReason | undefined },
): LineSums {
  const { plannedMs } = parts
  if (rule === 'last-operation')
    return cycleMs === null
      ? { goodMs: 0, plannedMs, missing: 'not-configured' }
      : { goodMs: parts.good * cycleMs, plannedMs }
  const isStretchEmpty = plannedMs <= 0
  return { goodMs: parts.idealGoodMs, plannedMs, ...(missing === undefined || isStretchEmpty ? {} : { missing }) }
}
