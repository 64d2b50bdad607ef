import { Injectable } from '@nestjs/common'
import type { KpiQuery } from '@gemba/contracts/kpi'
import type { SpcAnswer } from '@gemba/contracts/spc'
import type { TimeRange } from '@gemba/contracts/time'
import { defectsPerUnit } from '@gemba/engine/kpi/defects'
import { sumParts } from '@gemba/engine/kpi/oee'
import { ratio } from '@gemba/engine/kpi/ratio'
import { type StepCounts, defectsPerMillion, firstPassYield, pooled, rolledYield } from '@gemba/engine/kpi/yield'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import type { FigureHistory, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { type Answered, MadeFamily, type MadePlace } from './made-family.ts'
import { KpiService } from './kpi.service.ts'
import { otherFigures } from './other-question.ts'
import {
  type Made,
  QUALITY_CHARTS,
  QUALITY_COUNTS,
  type QualityChart,
  chartFigure,
  firstPassOf,
  paretoOf,
  quotient,
  sumOf,
  wholeOf,
} from './quality-metrics.ts'
import { type QualityPlace, QualityRows, type SourceRows, type UnitSum, sourceSql } from './quality-rows.service.ts'
import { inspectionRights } from './quality-rights.ts'
import { readOnce } from './shared-reading.ts'
import { SpcService, resultsQuery } from './quality-spc.service.ts'

const EWMA_WEIGHT = 0.2
/** A store of two cores gains nothing from more. */
const CHARTS_AT_ONCE = 4

/** What all figures of quality share: their rights, and sums by machine. */
abstract class QualityFamily extends MadeFamily<QualityPlace> {
  protected placeWith(place: MadePlace, { principal }: NumbersQuestion): QualityPlace {
    return { ...place, scope: inspectionRights(principal) }
  }

  protected limitedBy({ scope, equipment }: QualityPlace): string[] | null {
    return scope.limitedAt(equipment)
  }

  protected byUnit(
    sums: readonly UnitSum[],
    make: (sums: readonly UnitSum[], unit: string | null) => Made,
  ): Pick<Answered, 'total' | 'groups'> {
    const groups = [...Map.groupBy(sums, ({ unit }) => unit)]
    return {
      total: make(sums, null),
      groups: groups.map(([unit, own]) => ({ key: unit, label: this.nameOf(unit), made: make(own, unit) })),
    }
  }
}

/** What figures of counts are made of, each read when it is first asked for. */
interface Reading {
  ages: (rows: SourceRows) => ReturnType<QualityRows['ages']>
  firstPasses: () => ReturnType<QualityRows['firstPasses']>
  lots: () => ReturnType<QualityRows['inspectionLots']>
  defects: () => ReturnType<QualityRows['defects']>
}

interface CountsAsked {
  place: QualityPlace
  read: Reading
  nowAt: number
}

/** Each kind of rows once, however many metrics of a page rest on it. */
function readingOf(rows: QualityRows, place: QualityPlace): Reading {
  const known = rows.asKnown(place.other?.knownAt)
  const shared = place.shared ?? {}
  return {
    ages: (of) => readOnce(shared, `ages of ${of}`, () => known.ages(of, place)),
    firstPasses: () => readOnce(shared, 'first passes', () => known.firstPasses(place)),
    lots: () => readOnce(shared, 'inspection lots', () => known.inspectionLots(place)),
    defects: () => readOnce(shared, 'defects', () => known.defects(place)),
  }
}

const queryOf = (rows: SourceRows, { equipment, range }: QualityPlace): KpiQuery => ({
  rows,
  sql: sourceSql(rows),
  parameters: { equipment, ...range },
})

/** Serials at their first pass, defects per unit made, and inspections that passed. */
@Injectable()
export class QualityFigures extends QualityFamily {
  readonly metrics = QUALITY_COUNTS
  readonly history: FigureHistory = {
    rows: [
      { table: 'test_result', unit: 'unit', at: ['tested_at'] },
      { table: 'defect_record', unit: 'unit', at: ['found_at'] },
      { table: 'inspection_lot', unit: 'unit', at: ['decided_at'] },
    ],
    windows: ['defects-per-unit', 'dpmo'],
    policies: [],
  }
  readonly groupings = ['unit'] as const

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly rows: QualityRows,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    metrics: readonly string[],
    place: QualityPlace,
    { nowAt }: { nowAt: number },
  ): Promise<Map<string, Answered>> {
    const read = readingOf(this.rows, place)
    const answered = await Promise.all(
      metrics.map(async (metric): Promise<[string, Answered]> => {
        const rows =
          metric === 'first-pass-units' ? 'tests' : metric.startsWith('inspection') ? 'inspection-lots' : 'defects'
        const [ages, sums] = await Promise.all([read.ages(rows), this.sums(metric, { place, read, nowAt })])
        return [metric, { ...sums, ...ages, queries: [queryOf(rows, place)] }]
      }),
    )
    return new Map(answered)
  }

  private async sums(metric: string, asked: CountsAsked): Promise<Pick<Answered, 'total' | 'groups'>> {
    const { read } = asked
    if (metric === 'first-pass-units') return this.byUnit(await read.firstPasses(), firstPassOf)
    if (metric === 'defects-per-unit' || metric === 'dpmo') return this.defects(metric, asked)
    const lots = await read.lots()
    const byLots = metric === 'inspection-lot-pass-rate'
    const sums = lots.flatMap(({ unit, accepted, lots: count, inspected, taken }): UnitSum[] => [
      { unit, key: 'all', quantity: byLots ? count : inspected },
      { unit, key: 'good', quantity: byLots ? (accepted ? count : 0) : taken },
    ])
    const unit = byLots ? ('count' as const) : ('piece' as const)
    return this.byUnit(sums, (own) => {
      const [good, all] = [sumOf(own, 'good'), sumOf(own, 'all')]
      return quotient(ratio(good, all), { numerator: good, denominator: all, unit }, { accepted: good, decided: all })
    })
  }

  /** Defects against the pieces that the machines counted. */
  private async defects(
    metric: 'defects-per-unit' | 'dpmo',
    { place, read, nowAt }: CountsAsked,
  ): Promise<Pick<Answered, 'total' | 'groups'>> {
    const { equipment, range } = place
    const { site, units } = this.kpi.unitsOf(equipment)
    const paths = units.map((unit) => unit.path)
    const figures = await this.kpi.figures(site, {
      units: paths,
      range,
      nowAt,
      ...otherFigures(place.other),
      shared: place.shared,
    })
    const pieces = new Map(paths.map((path, index) => [path, figures[index]?.parts.total ?? 0]))
    return this.byUnit(await read.defects(), (sums, unit) => {
      const defects = sums.reduce((sum, { quantity }) => sum + quantity, 0)
      const made = unit === null ? [...pieces.values()].reduce((sum, each) => sum + each, 0) : (pieces.get(unit) ?? 0)
      const value = metric === 'dpmo' ? defectsPerMillion(defects, made) : defectsPerUnit(defects, made)
      return quotient(value, { numerator: defects, denominator: made }, { defects, units: made })
    })
  }
}

/** Defects by size. */
@Injectable()
export class ParetoFigures extends QualityFamily {
  readonly metrics = ['pareto'] as const
  readonly history: FigureHistory = {
    rows: [{ table: 'defect_record', unit: 'unit', at: ['found_at'] }],
    windows: false,
    policies: [],
  }
  readonly groupings = ['reason'] as const

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly rows: QualityRows,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(_metrics: readonly string[], place: QualityPlace): Promise<Map<string, Answered>> {
    const read = readingOf(this.rows, place)
    const [ages, sums] = await Promise.all([read.ages('defects'), read.defects()])
    return new Map([['pareto', { ...paretoOf(sums), ...ages, queries: [queryOf('defects', place)] }]])
  }
}

/** First pass yields multiplied along the route: each area is a step, its machines pooled. */
@Injectable()
export class RolledYieldFigures extends QualityFamily {
  readonly metrics = ['rolled-throughput-yield'] as const
  readonly history: FigureHistory = { rows: [], windows: true, policies: [] }
  readonly groupings = ['operation'] as const

  constructor(catalog: CatalogService, kpi: KpiService, equipment: FiguresService) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    _metrics: readonly string[],
    place: QualityPlace,
    { nowAt }: { nowAt: number },
  ): Promise<Map<string, Answered>> {
    const { equipment, range } = place
    const { site, units } = this.kpi.unitsOf(equipment)
    const paths = units.map((unit) => unit.path)
    const figures = await this.kpi.figures(site, {
      units: paths,
      range,
      nowAt,
      ...otherFigures(place.other),
      shared: place.shared,
    })
    const machines = paths.map((path, index): StepCounts & { area: string } => {
      const { total, scrap, rework } = figures[index]?.parts ?? sumParts([])
      return { area: path.split('/').slice(0, 2).join('/'), input: total, scrap, rework }
    })
    const steps = [...Map.groupBy(machines, ({ area }) => area)].map(([area, own]) => ({ area, counts: pooled(own) }))
    const value = rolledYield(steps.map(({ counts }) => firstPassYield(counts)))
    const ages = this.kpi.agesOf(equipment, range)
    const made: Made = { ...quotient(value, { numerator: value ?? 0, denominator: steps.length, unit: 'one' }, {}) }
    const answered: Answered = {
      total: { ...made, isQuotient: false, parts: { steps: steps.length } },
      groups: steps.map(({ area, counts }) => {
        const { input, scrap, rework } = counts
        const sums = { numerator: input - scrap - rework, denominator: input }
        return { key: area, label: this.nameOf(area), made: quotient(firstPassYield(counts), sums, { ...counts }) }
      }),
      queries: [windowsQuery(paths, range)],
      sourceAt: ages.dataAt,
      receivedAt: ages.receivedAt,
    }
    return new Map([['rolled-throughput-yield', answered]])
  }
}

const windowsQuery = (units: string[], range: TimeRange): KpiQuery => ({
  rows: 'windows',
  sql: 'SELECT * FROM equipment_window FINAL WHERE unit IN {units:Array(String)} AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND start_at < fromUnixTimestamp64Milli({toAt:Int64}) ORDER BY unit, start_at',
  parameters: { units, ...range },
})

/** Capability, signals and shape, one for each characteristic; only signals may be added. */
@Injectable()
export class ChartFigures extends QualityFamily {
  readonly metrics = QUALITY_CHARTS
  readonly history: FigureHistory = {
    rows: [
      { table: 'inspection_result', unit: 'unit', at: ['measured_at'] },
      { table: 'inspection_characteristic', unit: 'unit', at: [] },
    ],
    windows: false,
    policies: [],
  }
  readonly groupings = ['characteristic'] as const
  override readonly filters = ['characteristic'] as const

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly spc: SpcService,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    metrics: readonly QualityChart[],
    { equipment, range, scope, other, shared }: QualityPlace,
    { filters }: { filters: FigureQuestion['filters'] },
  ): Promise<Map<string, Answered>> {
    const spc = this.spc.asKnown(other?.knownAt)
    const listed = [...(await readOnce(shared, 'characteristics', () => spc.definitions(equipment, scope)))]
    const wanted = listed
      .map(([characteristic, definitions]) => ({ characteristic, definitions }))
      .filter(({ characteristic }) => filters.characteristic === undefined || filters.characteristic === characteristic)
    if (filters.characteristic !== undefined && wanted.length === 0)
      throw new Fault('CHARACTERISTIC_UNKNOWN', { characteristic: filters.characteristic })
    const question = { range, limit: 1, lambda: EWMA_WEIGHT, explain: false }
    const charts: SpcAnswer[] = []
    for (let at = 0; at < wanted.length; at += CHARTS_AT_ONCE) {
      const some = wanted.slice(at, at + CHARTS_AT_ONCE)
      charts.push(
        ...(await Promise.all(
          some.map(({ characteristic, definitions }) =>
            readOnce(shared, `chart ${characteristic}`, () =>
              spc.chart(characteristic, { ...question, definitions }, scope),
            ),
          ),
        )),
      )
    }
    const oldest = (of: (chart: SpcAnswer) => string | null): number | null => {
      const times = charts.flatMap((chart) => of(chart) ?? []).map((time) => Date.parse(time))
      return times.length === 0 ? null : Math.min(...times)
    }
    const ages = { sourceAt: oldest((chart) => chart.sourceTime), receivedAt: oldest((chart) => chart.receivedTime) }
    const queries = wanted.map(({ characteristic }) => resultsQuery(characteristic, range))
    return new Map(
      metrics.map((metric) => {
        const groups = charts.map((chart) => ({
          key: chart.characteristic,
          label: chart.name,
          made: chartFigure(metric, chart),
        }))
        const total = wholeOf(
          metric,
          groups.map(({ made }) => made),
        )
        return [metric, { total, groups, queries, ...ages }]
      }),
    )
  }
}
