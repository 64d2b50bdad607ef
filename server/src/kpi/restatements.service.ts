import { Injectable } from '@nestjs/common'
import {
  type KnownFigure,
  type Restatement,
  type RestatementCause,
  type RestatementsAnswer,
} from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { EQUIPMENT_FIGURES } from './equipment-figures.ts'
import { type KpiPeriod, KpiService } from './kpi.service.ts'
import { type WindowFigure, figureOfText } from './window-versions.ts'

const MOST = 200
/** Rows of one statement, and how many statements look for changes of one figure. */
const PAGE = 500
const MOST_PAGES = 20

interface Row {
  unit: string
  from_at: number
  to_at: number
  shift_code: string
  known: number
  restated: number
  before: string
  after: string
  causes: string
  in_closed_period: number
}

const text = (at: number): string => new Date(Number(at)).toISOString()

const isSame = (a: KnownFigure, b: KnownFigure): boolean =>
  a.value === b.value &&
  a.productionDate === b.productionDate &&
  a.ratio.numerator === b.ratio.numerator &&
  a.ratio.denominator === b.ratio.denominator

/** Published figures that have changed since, in the words of any figure of equipment time. */
@Injectable()
export class RestatementsService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly kpi: KpiService,
    private readonly warehouse: WarehouseService,
  ) {}

  async list(
    equipment: string,
    metric: string,
    { period, nowAt }: { period: KpiPeriod; nowAt: number },
  ): Promise<RestatementsAnswer> {
    const definition = metricAt(metric, nowAt)
    if (!definition || !(metric in EQUIPMENT_FIGURES))
      throw new Fault('METRIC_UNKNOWN', { metric: metric.slice(0, 60) })
    const { site, units } = this.kpi.unitsOf(equipment)
    const range = period === 'current' ? { fromAt: this.kpi.runningWindow(site, nowAt).fromAt, toAt: nowAt } : period
    const paths = units.map(({ path }) => path)
    const changed: Restatement[] = []
    let isAll = false
    for (let page = 0; page < MOST_PAGES && !isAll && changed.length <= MOST; page += 1) {
      const rows = await this.rows(paths, { ...range, nowAt, skip: page * PAGE })
      // A change may leave this figure as it was: the threshold of micro-stops never moves OEE.
      changed.push(...rows.map((row) => this.present(metric, row)).filter(({ from, to }) => !isSame(from, to)))
      isAll = rows.length < PAGE
    }
    return {
      equipment,
      metric,
      unit: definition.unit,
      restatements: changed.slice(0, MOST),
      more: !isAll || changed.length > MOST,
    }
  }

  /** What was restated until then, newest first. */
  private rows(units: readonly string[], asked: TimeRange & { nowAt: number; skip: number }): Promise<Row[]> {
    return this.warehouse.query<Row>(
      `SELECT unit, toUnixTimestamp64Milli(window_at) AS from_at, toUnixTimestamp64Milli(end_at) AS to_at, shift_code,
         toUnixTimestamp64Milli(known_at) AS known, toUnixTimestamp64Milli(restated_at) AS restated,
         before, after, causes, in_closed_period
       FROM restatement FINAL WHERE unit IN {units:Array(String)}
         AND restated_at <= fromUnixTimestamp64Milli({nowAt:Int64})
         AND end_at > fromUnixTimestamp64Milli({fromAt:Int64}) AND window_at < fromUnixTimestamp64Milli({toAt:Int64})
       ORDER BY restated DESC, unit, from_at LIMIT ${PAGE} OFFSET {skip:UInt32}`,
      { units, ...asked },
    )
  }

  private present(metric: string, row: Row): Restatement {
    return {
      unit: row.unit,
      fromAt: text(row.from_at),
      toAt: text(row.to_at),
      shift: row.shift_code,
      restatedAt: text(row.restated),
      from: this.figure(metric, figureOfText(row.before), row.known),
      to: this.figure(metric, figureOfText(row.after), row.restated),
      causes: JSON.parse(row.causes) as RestatementCause[],
      inClosedPeriod: Number(row.in_closed_period) === 1,
    }
  }

  private figure(metric: string, { parts, stops, productionDate }: WindowFigure, knownAt: number): KnownFigure {
    const rule = EQUIPMENT_FIGURES[metric]
    if (!rule) throw new Fault('METRIC_UNKNOWN', { metric })
    const sums = {
      parts,
      stops,
      reasonCategory: (reason: string | null) => this.catalog.snapshot.reason(reason)?.category ?? null,
    }
    return { ...rule.of(sums), ratio: rule.ratio(sums), productionDate, knownAt: text(knownAt) } as KnownFigure
  }
}
