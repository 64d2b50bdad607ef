import { Injectable } from '@nestjs/common'
import type { KpiAnswer, KpiQuery } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { type StopEntry, enteredStops } from '@gemba/engine/kpi/stops'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { FigureFamily, FigureHistory, FigureOfNumbers, FigureQuestion, NumbersQuestion } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService } from './kpi.service.ts'
import { type Made, type MadeGroup, figureOf, ratioOf } from './quality-metrics.ts'

const METRIC = 'entered-stop-time'

const ENTRIES = `FROM stop_entry FINAL WHERE (unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/')))
  AND to_at > fromUnixTimestamp64Milli({fromAt:Int64}) AND from_at < fromUnixTimestamp64Milli({toAt:Int64})`
const ROWS = `SELECT unit, toUnixTimestamp64Milli(from_at) AS from_ms, toUnixTimestamp64Milli(to_at) AS to_ms, reason, priority, toUnixTimestamp64Milli(version_at) AS version_ms ${ENTRIES} ORDER BY unit, from_at, entry_key`

interface Row {
  unit: string
  from_ms: string
  to_ms: string
  reason: string | null
  priority: number
  version_ms: string
}

type Asked = NumbersQuestion & Pick<FigureQuestion, 'other'>

interface Answered {
  total: Made
  byUnit: MadeGroup[]
  byReason: MadeGroup[]
  sourceAt: number | null
  receivedAt: number | null
  range: TimeRange
}

const text = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Stops as people entered them: overlapping entries count once, by priority. */
@Injectable()
export class StopEntryFigures implements FigureFamily {
  readonly metrics = [METRIC]
  readonly groupings = ['unit', 'reason'] as const
  readonly filters = []
  readonly history: FigureHistory = {
    rows: [{ table: 'stop_entry', unit: 'unit', at: ['from_at', 'to_at'] }],
    windows: false,
    policies: [],
  }

  constructor(
    private readonly catalog: CatalogService,
    private readonly kpi: KpiService,
    private readonly equipment: FiguresService,
    private readonly sources: SourcesService,
    private readonly warehouse: WarehouseService,
  ) {}

  async answer(metric: string, question: FigureQuestion, nowAt: number): Promise<KpiAnswer> {
    const made = await this.made(question, nowAt)
    const { equipment, groupBy } = question
    const definition = metricAt(metric, made.range.toAt)
    if (!definition) throw new Fault('METRIC_UNKNOWN', { metric })
    const groups = groupBy === 'unit' ? made.byUnit : groupBy === 'reason' ? made.byReason : []
    const whole = { key: '', label: this.nameOf(equipment), made: made.total }
    return {
      ...{ metric, version: definition.version, unit: definition.unit, equipment, groupBy },
      total: figureOf(whole, made.range),
      groups: groups.map((group) => figureOf(group, made.range)),
      quality: made.total.value === null ? 'none' : 'good',
      sourceTime: text(made.sourceAt),
      receivedTime: text(made.receivedAt),
      flags: [],
      limitedBy: null,
      explain: question.explain ? { definition, queries: [queryOf(equipment, made.range)] } : null,
    }
  }

  async numbers(question: NumbersQuestion, nowAt: number): Promise<FigureOfNumbers[]> {
    const { total, sourceAt, range } = await this.made(question, nowAt)
    const definition = metricAt(METRIC, range.toAt)
    if (!definition) return []
    const { value, missing } = total
    const quality = value === null ? ('none' as const) : ('good' as const)
    return [
      {
        metric: METRIC,
        version: definition.version,
        value,
        ...(missing === undefined ? {} : { missing }),
        ratio: ratioOf(total),
        limitedBy: null,
        own: { coverage: null, quality, sourceTime: text(sourceAt) },
      },
    ]
  }

  private async made({ equipment, period, other }: Asked, nowAt: number): Promise<Answered> {
    const { site } = this.kpi.unitsOf(equipment)
    const range = this.equipment.rangeOf(site, period, nowAt)
    const rows = await this.warehouse.asKnown(other?.knownAt).query<Row>(ROWS, { equipment, ...range })
    const hasSystem = this.sources.definitions.some(({ family }) => family === 'mes')
    const units = [...Map.groupBy(rows, ({ unit }) => unit)].map(([unit, own]) => ({
      unit,
      stops: enteredStops(own.map(entryOf), range),
    }))
    const reasons = new Map<string, number>()
    for (const { stops } of units)
      for (const [reason, ms] of stops.byReason) reasons.set(reason, (reasons.get(reason) ?? 0) + ms)
    const sum = (of: 'stoppedMs' | 'overlapMs' | 'entries'): number =>
      units.reduce((total, { stops }) => total + stops[of], 0)
    const parts = { entries: sum('entries'), overlapMs: sum('overlapMs') }
    const whole = figure(sum('stoppedMs'), rows.length, parts)
    return {
      range,
      // Without a system that knows entries there is no figure; with one that has none nobody entered a stop.
      total: hasSystem || rows.length > 0 ? whole : { ...whole, value: null, missing: 'not-configured' },
      byUnit: units.map(({ unit, stops }) => ({
        key: unit,
        label: this.nameOf(unit),
        made: figure(stops.stoppedMs, stops.entries, { entries: stops.entries, overlapMs: stops.overlapMs }),
      })),
      byReason: [...reasons].map(([reason, ms]) => ({
        key: reason,
        label: this.catalog.snapshot.reason(reason)?.name ?? { zh: reason || '未填', en: reason || 'not given' },
        made: figure(ms, rows.filter((row) => (row.reason ?? '') === reason).length, {}),
      })),
      sourceAt: rows.length === 0 ? null : Math.max(...rows.map((row) => Number(row.to_ms))),
      receivedAt: rows.length === 0 ? null : Math.max(...rows.map((row) => Number(row.version_ms))),
    }
  }

  private nameOf(path: string): { zh: string; en: string } {
    return this.catalog.snapshot.nameOf(path)
  }
}

const entryOf = (row: Row): StopEntry => ({
  fromAt: Number(row.from_ms),
  toAt: Number(row.to_ms),
  reason: row.reason,
  priority: Number(row.priority),
})

const figure = (ms: number, entries: number, parts: Record<string, number>): Made => ({
  ...{ value: ms, numerator: ms, denominator: entries, unit: 'ms' as const, isQuotient: false, parts },
})

const queryOf = (equipment: string, range: TimeRange): KpiQuery => ({
  rows: 'stop-entries',
  sql: `SELECT * ${ENTRIES} ORDER BY unit, from_at`,
  parameters: { equipment, ...range },
})
