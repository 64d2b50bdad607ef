import { Injectable } from '@nestjs/common'
import type { InterfaceHealthRow } from '@gemba/contracts/interface-health'
import type { KpiQuery } from '@gemba/contracts/kpi'
import { CatalogService } from '../catalog/catalog.service.ts'
import { type FactScope, equipmentScope, factScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { SourcesService } from '../sources/sources.service.ts'
import type { FigureHistory, NumbersQuestion } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { InterfaceHealthService } from './interface-health.service.ts'
import { KpiService } from './kpi.service.ts'
import { type Answered, type MadeAsked, MadeFamily, type MadePlace } from './made-family.ts'
import { type Made, quotient } from './quality-metrics.ts'

const METRICS = ['interface-success-rate', 'interface-latency', 'freshness-lag'] as const
type InterfaceMetric = (typeof METRICS)[number]

interface SourcePlace extends MadePlace {
  sources: FactScope
  principal: NumbersQuestion['principal']
}

const known = (parts: Record<string, number | null>): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).filter((entry): entry is [string, number] => entry[1] !== null))

function madeOf(metric: InterfaceMetric, row: InterfaceHealthRow): Made {
  const { calls, ok, lagMs, lagInPeriods, p50Ms, p95Ms, p99Ms, maxMs, rejected } = row
  const none = { missing: 'no-data' as const }
  if (metric === 'interface-success-rate') {
    const silence = row.longestSilence?.ms ?? null
    const parts = known({ calls, ok, rejected, longestSilenceMs: silence, drifts: row.drifts.length, ...row.errors })
    const made = quotient(row.successRate, { numerator: ok, denominator: calls, unit: 'count' }, parts)
    return calls === 0 ? { ...made, ...none } : made
  }
  const value = metric === 'interface-latency' ? p95Ms : lagMs
  const parts =
    metric === 'interface-latency'
      ? known({ calls, p50Ms, p95Ms, p99Ms, maxMs })
      : known({ calls, ok, lagMs, lagInPeriods })
  const sums = { numerator: value ?? 0, denominator: calls, unit: 'ms' as const, isQuotient: false }
  return { value, ...sums, parts, ...(value === null ? none : {}) }
}

/** Of several interfaces: calls are added, the lag is the longest one, percentiles are of one interface each. */
function wholeOf(metric: InterfaceMetric, rows: readonly InterfaceHealthRow[]): Made {
  const [only] = rows
  if (only && rows.length === 1) return madeOf(metric, only)
  const none = quotient(null, { numerator: 0, denominator: 0, unit: 'count' }, { sources: rows.length })
  if (!only) return { ...none, missing: 'not-configured' }
  if (metric === 'interface-latency') return { ...none, missing: 'not-applicable' }
  if (metric === 'interface-success-rate') {
    const sum = (of: (row: InterfaceHealthRow) => number) => rows.reduce((total, row) => total + of(row), 0)
    const [calls, ok] = [sum((row) => row.calls), sum((row) => row.ok)]
    const sums = { numerator: ok, denominator: calls, unit: 'count' as const }
    const made = quotient(calls === 0 ? null : ok / calls, sums, { calls, ok, sources: rows.length })
    return calls === 0 ? { ...made, missing: 'no-data' } : made
  }
  // One interface of which nothing is known hides how old the data may be.
  const silent = rows.find(({ lagMs }) => lagMs === null)
  return silent
    ? { ...none, missing: 'no-data' }
    : rows.map((row) => madeOf(metric, row)).reduce((worst, each) => (each.numerator > worst.numerator ? each : worst))
}

/** Success, latency and lag of the interfaces of a site, one for each source that is pulled. */
@Injectable()
export class InterfaceFigures extends MadeFamily<SourcePlace> {
  readonly metrics = METRICS
  readonly groupings = ['source'] as const
  readonly history: FigureHistory = {
    rows: { zh: '每次调用只上报一次，之后不再改变', en: 'a call is told once and never changes' },
    windows: false,
    policies: [],
  }
  override readonly filters = ['source'] as const

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly health: InterfaceHealthService,
    private readonly sources: SourcesService,
  ) {
    super(catalog, kpi, equipment)
  }

  protected placeWith(place: MadePlace, { principal }: NumbersQuestion): SourcePlace {
    return { ...place, principal, sources: factScope(principal, 'source') }
  }

  protected limitedBy({ sources, equipment }: SourcePlace): string[] | null {
    if (sources.isWholeAt(this.siteOf(equipment))) return null
    return sources.rules.length > 0 ? [...sources.rules] : ['scope']
  }

  protected async make(
    metrics: readonly InterfaceMetric[],
    place: SourcePlace,
    { nowAt, filters }: MadeAsked,
  ): Promise<Map<string, Answered>> {
    const { range, principal } = place
    const visible = this.visible(place)
    const { source } = filters
    // Of a source that may not be seen nothing is said, not even that it exists.
    if (source !== undefined && !visible.includes(source))
      throw new Fault('SOURCE_UNKNOWN', { source: source.slice(0, 60) })
    const wanted = visible.filter((id) => source === undefined || id === source)
    const { interfaces } = await this.health.answer(range, equipmentScope(principal), nowAt)
    const rows = interfaces.filter((row) => wanted.includes(row.source))
    const endAt = Math.min(range.toAt, nowAt)
    const lags = rows.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]))
    const sourceAt = rows.length === 0 || lags.length < rows.length ? null : endAt - Math.max(...lags)
    const queries = [callsQuery(wanted, { ...range, toAt: endAt })]
    return new Map(
      metrics.map((metric) => [
        metric,
        {
          total: wholeOf(metric, rows),
          groups: rows.map((row) => ({
            key: row.source,
            label: this.sourceName(row.source),
            made: madeOf(metric, row),
          })),
          queries,
          sourceAt,
          receivedAt: sourceAt,
        },
      ]),
    )
  }

  private siteOf(equipment: string): string {
    return equipment.split('/')[0] ?? equipment
  }

  /** Pulled sources of the site that whoever asks may see. */
  private visible({ equipment, sources }: SourcePlace): string[] {
    const site = this.siteOf(equipment)
    return this.sources.definitions
      .filter((each) => each.settings.kind === 'sql' && each.site === site)
      .filter(({ id, family }) => sources.allows({ source: id, site, family }))
      .map(({ id }) => id)
  }

  private sourceName(id: string): { zh: string; en: string } {
    return this.sources.definitions.find((each) => each.id === id)?.name ?? { zh: id, en: id }
  }
}

const callsQuery = (sources: string[], range: MadePlace['range']): KpiQuery => ({
  rows: 'calls',
  sql: 'SELECT * FROM source_call WHERE source IN {sources:Array(String)} AND at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND at < fromUnixTimestamp64Milli({toAt:Int64}) ORDER BY source, at',
  parameters: { sources, ...range },
})
