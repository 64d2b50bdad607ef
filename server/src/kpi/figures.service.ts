import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure, KpiGrouping, KpiQuery, NumbersAnswer, StopPart } from '@gemba/contracts/kpi'
import type { MetricDefinition } from '@gemba/contracts/metric'
import type { TimeRange } from '@gemba/contracts/time'
import { oeeFromParts, sumParts } from '@gemba/engine/kpi/oee'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { type TimeWindow, shiftRuleOf } from '@gemba/engine/time/calendar'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { drivingPoints } from '../live/event-readings.service.ts'
import { EQUIPMENT_FIGURES, type EquipmentSums, readsStops } from './equipment-figures.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { type KpiPeriod, KpiService, type TimeFigures, sumStops } from './kpi.service.ts'
import type { FigureHistory, NumbersQuestion } from './figure-family.ts'
import { OF_EQUIPMENT, type OtherQuestion, type WhatIf, refuseLongWhatIf } from './other-question.ts'

export interface KpiQuestion {
  equipment: string
  period: KpiPeriod
  groupBy: KpiGrouping
  explain: boolean
  other?: OtherQuestion
  /** The same object for questions of one reader about one place, period and knowledge: their rows are read once. */
  shared?: object
}

interface GroupsAsked {
  withStops?: boolean
  withEnergy?: boolean
  paths: string[]
  range: TimeRange
  nowAt: number
  whatIf?: WhatIf['settings'] | undefined
  knownAt?: number | undefined
  shared?: object | undefined
}

export interface FigureGroup {
  key: string
  label: { zh: string; en: string }
  range: TimeRange
  figures: TimeFigures[]
}

const text = (at: number): string => new Date(at).toISOString()
const between = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({fromAt:Int64}) AND ${column} < fromUnixTimestamp64Milli({toAt:Int64})`

/** Any figure of the dictionary that sums of equipment time answer, whole or cut by unit, shift or day. */
@Injectable()
export class FiguresService {
  readonly metrics: readonly string[] = Object.keys(EQUIPMENT_FIGURES)
  readonly groupings: readonly KpiGrouping[] = ['unit', 'shift', 'day']
  readonly filters = [] as const
  readonly history: FigureHistory = { rows: [], windows: true, policies: OF_EQUIPMENT }

  constructor(
    private readonly catalog: CatalogService,
    private readonly kpi: KpiService,
    private readonly policies: PoliciesService,
  ) {}

  async answer(metric: string, question: KpiQuestion, nowAt: number): Promise<KpiAnswer> {
    const { whatIf, knownAt } = question.other ?? {}
    const { site, units } = this.kpi.unitsOf(question.equipment)
    const range = this.rangeOf(site, question.period, nowAt)
    if (whatIf) refuseLongWhatIf(range)
    const definition = definitionOf(metric, range.toAt)
    const paths = units.map((unit) => unit.path)
    const { shared } = question
    const asked = { paths, range, nowAt, whatIf: whatIf?.settings, knownAt, withStops: readsStops(metric), shared }
    const groups = await this.groups(siteWith(site, whatIf), asked, question.groupBy)
    const whole = groups.flatMap((group) => group.figures)
    const ages = this.kpi.agesOf(question.equipment, range)
    const parts = sumParts(whole.map((each) => each.parts))
    const { flags, coverage } = oeeFromParts(parts, this.kpi.coverageLimit(site, range, whatIf?.settings))
    const complete = parts.allMs === (range.toAt - range.fromAt) * paths.length
    const isCertain = (knownAt === undefined || complete) && (coverage ?? 1) === 1
    return {
      metric,
      version: definition.version,
      unit: definition.unit,
      equipment: question.equipment,
      groupBy: question.groupBy,
      total: this.figure(metric, { key: '', label: this.nameOf(question.equipment), range, figures: whole }),
      // Time between shifts belongs to the whole and to its day; it is no shift.
      groups:
        question.groupBy === 'none'
          ? []
          : groups.filter(({ key }) => key !== '').map((group) => this.figure(metric, group)),
      quality: flags.includes('performance-over-100') || !isCertain ? 'uncertain' : 'good',
      sourceTime: ages.dataAt === null ? null : text(ages.dataAt),
      receivedTime: ages.receivedAt === null ? null : text(ages.receivedAt),
      flags,
      ...(whatIf ? { whatIf: this.whatIfMark(site, range, whatIf) } : {}),
      ...(knownAt === undefined ? {} : { knownAt: { at: text(knownAt), complete } }),
      explain: question.explain ? { definition, queries: this.queries(paths, range) } : null,
    }
  }

  /** Every figure of one scope and period at once. */
  async numbers({ equipment, period, shared }: NumbersQuestion, nowAt: number): Promise<NumbersAnswer> {
    const { site, units } = this.kpi.unitsOf(equipment)
    const range = this.rangeOf(site, period, nowAt)
    const figures = await this.kpi.figures(site, { units: units.map((unit) => unit.path), range, nowAt, shared })
    const sums = this.sums(figures)
    const { flags, coverage } = oeeFromParts(sums.parts, this.kpi.coverageLimit(site, range, undefined))
    const ages = this.kpi.agesOf(equipment, range)
    return {
      equipment,
      fromAt: text(range.fromAt),
      toAt: text(range.toAt),
      figures: Object.entries(EQUIPMENT_FIGURES).map(([metric, rule]) => ({
        metric,
        version: definitionOf(metric, range.toAt).version,
        ...rule.of(sums),
        ratio: rule.ratio(sums),
      })),
      parts: sums.parts,
      coverage,
      quality: flags.includes('performance-over-100') || (coverage ?? 1) < 1 ? 'uncertain' : 'good',
      sourceTime: ages.dataAt === null ? null : text(ages.dataAt),
      receivedTime: ages.receivedAt === null ? null : text(ages.receivedAt),
      flags,
    }
  }

  /** The values that the what-if takes the place of. */
  private whatIfMark(
    site: SiteDefinition,
    range: TimeRange,
    { policy, value }: WhatIf,
  ): NonNullable<KpiAnswer['whatIf']> {
    const inForce = this.policies.segments(site.id, range).map(({ settings }) => settings[policy])
    return { policy, value, inForce: inForce.filter((each, index) => each !== inForce[index - 1]) }
  }

  rangeOf(site: SiteDefinition, period: KpiPeriod, nowAt: number): TimeRange {
    if (period !== 'current') return period
    return { fromAt: this.kpi.runningWindow(site, nowAt).fromAt, toAt: nowAt }
  }

  /** Figures of units whole or cut; `none` gives them unit by unit as well. Time between shifts has the key ''. */
  async groups(site: SiteDefinition, { paths, ...asked }: GroupsAsked, groupBy: KpiGrouping): Promise<FigureGroup[]> {
    const { range } = asked
    if (groupBy === 'none' || groupBy === 'unit') {
      const figures = await this.kpi.figures(site, { units: paths, ...asked })
      return paths.map((path, index) => ({
        key: path,
        label: this.nameOf(path),
        range,
        figures: [figures[index] as TimeFigures],
      }))
    }
    const groups = new Map<string, FigureGroup>()
    const question = { units: paths, ...asked }
    const isSum = !asked.withStops && !asked.withEnergy && asked.knownAt === undefined && asked.whatIf === undefined
    const list = isSum ? this.kpi.windowSums(site, question) : this.kpi.windowFigures(site, question)
    for (const { window, figures } of await list) {
      const key = groupBy === 'day' ? window.productionDate : window.shift ? text(window.fromAt) : ''
      const group = groups.get(key) ?? { key, label: labelOf(site, window, groupBy), range: window, figures: [] }
      group.range = {
        fromAt: Math.max(range.fromAt, Math.min(group.range.fromAt, window.fromAt)),
        toAt: Math.min(range.toAt, Math.max(group.range.toAt, window.toAt)),
      }
      group.figures.push(figures)
      groups.set(key, group)
    }
    return [...groups.values()].sort((a, b) => a.range.fromAt - b.range.fromAt)
  }

  private sums(figures: readonly TimeFigures[]): EquipmentSums & { stops: StopPart[] } {
    return {
      parts: sumParts(figures.map((each) => each.parts)),
      stops: sumStops(figures.flatMap((each) => each.stops)),
      reasonCategory: (reason) => this.catalog.snapshot.reason(reason)?.category ?? null,
    }
  }

  private figure(metric: string, { key, label, range, figures }: FigureGroup): KpiFigure {
    const rule = EQUIPMENT_FIGURES[metric]
    if (!rule) throw new Fault('METRIC_UNKNOWN', { metric })
    const sums = this.sums(figures)
    return {
      key,
      label,
      fromAt: text(range.fromAt),
      toAt: text(range.toAt),
      ...rule.of(sums),
      ratio: rule.ratio(sums),
      coverage: oeeFromParts(sums.parts).coverage,
      parts: Object.fromEntries(rule.parts.map((name) => [name, sums.parts[name]])),
    } as KpiFigure
  }

  private nameOf(path: string): { zh: string; en: string } {
    return this.catalog.snapshot.nameOf(path)
  }

  /** The statement that lists stored windows of units. */
  windowsOf(units: string[], { fromAt, toAt }: TimeRange): KpiQuery {
    return {
      rows: 'windows',
      sql: `SELECT * FROM equipment_window FINAL WHERE unit IN {units:Array(String)} AND ${between('start_at')} ORDER BY unit, start_at`,
      parameters: { units, fromAt, toAt },
    }
  }

  /** Statements that list the rows behind a figure: stored windows, their stops, and the readings below all of it. */
  private queries(units: string[], { fromAt, toAt }: TimeRange): KpiQuery[] {
    const points = units.flatMap((unit) => drivingPoints(this.catalog.snapshot, unit))
    return [
      this.windowsOf(units, { fromAt, toAt }),
      {
        rows: 'stops',
        sql: `SELECT * FROM equipment_stop FINAL WHERE unit IN {units:Array(String)} AND ${between('window_at')} ORDER BY unit, window_at, ms DESC`,
        parameters: { units, fromAt, toAt },
      },
      {
        rows: 'readings',
        sql: `SELECT point, source_at, number, text, quality, received_at, stream, seq FROM reading WHERE point IN {points:Array(String)} AND ${between('source_at')} ORDER BY point, source_at`,
        parameters: { points, fromAt, toAt },
      },
    ]
  }
}

/** The site as a what-if about its production dates has it. */
function siteWith(site: SiteDefinition, whatIf: WhatIf | undefined): SiteDefinition {
  const owner = whatIf?.settings.productionDateOwner
  return owner === undefined ? site : { ...site, productionDateOwners: [{ fromAt: 0, owner }] }
}

/** The definition in force; refuses what the dictionary does not know and what no sums here answer. */
function definitionOf(metric: string, at: number): MetricDefinition {
  const definition = metricAt(metric, at)
  if (!definition) throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
  if (!(metric in EQUIPMENT_FIGURES)) {
    throw new Fault(
      'METRIC_UNKNOWN',
      { metric },
      { zh: `${definition.name.zh} 尚无可用的数据来源`, en: `no rows feed ${definition.name.en} here yet` },
    )
  }
  return definition
}

function labelOf(site: SiteDefinition, window: TimeWindow, groupBy: KpiGrouping): { zh: string; en: string } {
  const date = window.productionDate
  const shift = window.shift && shiftRuleOf(site, window.shift.code)
  if (groupBy === 'day' || !shift) return { zh: date, en: date }
  return { zh: `${date} ${shift.name.zh}`, en: `${date} ${shift.name.en}` }
}
