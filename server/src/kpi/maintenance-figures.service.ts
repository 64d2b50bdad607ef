import { Injectable } from '@nestjs/common'
import { sumParts } from '@gemba/engine/kpi/oee'
import { ratio, sumOf } from '@gemba/engine/kpi/ratio'
import { operationalAvailability } from '@gemba/engine/kpi/reliability'
import { type FailureEvent, correctiveMaintenanceRatio, repairTimes } from '@gemba/engine/kpi/repair-times'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import type { FigureHistory } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService, oldest } from './kpi.service.ts'
import { type FailureRow, MaintenanceRows, type PreventiveRow, maintenanceQuery } from './maintenance-rows.service.ts'
import { otherFigures } from './other-question.ts'
import { type Answered, GatedFamily, type GatedPlace, type MadeAsked } from './made-family.ts'
import { type Made, quotient } from './quality-metrics.ts'

const METRICS = [
  'mean-time-to-respond',
  'mean-repair-time',
  'mean-time-to-restart',
  'corrective-maintenance-ratio',
  'operational-availability',
] as const
type MaintenanceMetric = (typeof METRICS)[number]

type Stamp = Exclude<keyof FailureEvent, 'failedAt'> | 'failedAt'

interface Work {
  failures: readonly FailureRow[]
  preventive: readonly PreventiveRow[]
  /** Running time and failures as the machines tell them. */
  operatingMs: number
  stops: number
}

interface Judged {
  range: { fromAt: number; toAt: number }
  nowAt: number
}

/** How many failures have both stamps, in order. */
const pairs = (failures: readonly FailureRow[], from: Stamp, to: Stamp): number =>
  failures.filter((each) => (each[from] ?? Infinity) <= (each[to] ?? -Infinity)).length

function madeOf(metric: MaintenanceMetric, work: Work, { range, nowAt }: Judged): Made {
  const { failures } = work
  const times = repairTimes(failures, range, nowAt)
  const counts = { failures: times.failures, open: times.open }
  const mean = (value: number | null, from: Stamp, to: Stamp): Made => {
    const measured = pairs(failures, from, to)
    const sums = { numerator: (value ?? 0) * measured, denominator: measured, unit: 'ms' as const }
    const made = quotient(value, sums, { ...counts, measured })
    return { ...made, denominatorUnit: 'count', ...(value === null ? { missing: 'not-applicable' as const } : {}) }
  }
  if (metric === 'mean-time-to-respond') return mean(times.respondMs, 'calledAt', 'arrivedAt')
  if (metric === 'mean-repair-time') return mean(times.repairMs, 'arrivedAt', 'repairedAt')
  if (metric === 'mean-time-to-restart') return mean(times.recoverMs, 'repairedAt', 'restoredAt')
  const plannedMs = sumOf(work.preventive, ({ startedAt, endedAt }) => Math.max(0, (endedAt ?? nowAt) - startedAt))
  const correctiveMs = sumOf(failures, ({ arrivedAt, repairedAt }) =>
    arrivedAt === null ? 0 : Math.max(0, (repairedAt ?? nowAt) - arrivedAt),
  )
  const parts = { ...counts, preventive: work.preventive.length, correctiveMs, plannedMs }
  if (metric === 'corrective-maintenance-ratio') {
    const value = correctiveMaintenanceRatio(correctiveMs, plannedMs)
    const sums = { numerator: correctiveMs, denominator: correctiveMs + plannedMs, unit: 'ms' as const }
    const made = quotient(value, sums, parts)
    return value === null ? { ...made, missing: 'not-applicable' } : made
  }
  return availabilityOf(work, { plannedMs, repairMs: times.repairMs, restoreMs: times.restoreMs }, parts)
}

/** MTBF of the machine, repair and delay of the orders, preventive work: all per failure. */
function availabilityOf(
  { operatingMs, stops }: Work,
  known: { plannedMs: number; repairMs: number | null; restoreMs: number | null },
  counts: Record<string, number>,
): Made {
  const { plannedMs, repairMs, restoreMs } = known
  const [mtbf, maintenance] = [ratio(operatingMs, stops), ratio(plannedMs, stops)]
  const parts = { ...counts, operatingMs, stops }
  if (mtbf === null || maintenance === null || repairMs === null || restoreMs === null) {
    const none = quotient(null, { numerator: operatingMs, denominator: 0, unit: 'ms' }, parts)
    return { ...none, missing: 'not-applicable' }
  }
  const delay = Math.max(0, restoreMs - repairMs)
  const value = operationalAvailability({ mtbf, mttr: repairMs }, { maintenance, delay })
  const denominator = mtbf + repairMs + maintenance + delay
  return quotient(value, { numerator: mtbf, denominator, unit: 'ms' }, { ...parts, repairMs, delayMs: delay })
}

/** Response, repair and restart of failures, and how much maintenance is planned; from maintenance orders. */
@Injectable()
export class MaintenanceFigures extends GatedFamily {
  readonly metrics = METRICS
  readonly groupings = ['unit'] as const
  readonly history: FigureHistory = {
    rows: [{ table: 'maintenance_order', unit: 'unit', at: ['failed_at', 'arrived_at'] }],
    windows: ['operational-availability'],
    policies: ['waiting', 'microStopThresholdMs'],
  }
  protected readonly fact = 'maintenance'

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly rows: MaintenanceRows,
    private readonly sources: SourcesService,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    metrics: readonly MaintenanceMetric[],
    place: GatedPlace,
    { nowAt }: MadeAsked,
  ): Promise<Map<string, Answered>> {
    const { equipment, range } = place
    const { site, units } = this.kpi.unitsOf(equipment)
    const paths = units.map(({ path }) => path)
    const known = { ...otherFigures(place.other), shared: place.shared }
    const [read, figures] = await Promise.all([
      this.rows.asKnown(place.other?.knownAt).read(place),
      metrics.includes('operational-availability')
        ? this.kpi.figures(site, { units: paths, range, nowAt, ...known })
        : [],
    ])
    const partsOf = new Map(paths.map((path, index) => [path, figures[index]?.parts ?? sumParts([])]))
    const workOf = (unit: string | null): Work => {
      const isOwn = (each: { unit: string }) => unit === null || each.unit === unit
      const parts = sumParts([...partsOf].filter(([path]) => unit === null || path === unit).map(([, own]) => own))
      return {
        failures: read.failures.filter(isOwn),
        preventive: read.preventive.filter(isOwn),
        operatingMs: parts.runMs - parts.microStopMs,
        stops: parts.failures,
      }
    }
    const judged = { range, nowAt }
    const common = { queries: [maintenanceQuery(place)], ...this.agesOf(range.toAt) }
    return new Map(
      metrics.map((metric) => [
        metric,
        {
          total: madeOf(metric, workOf(null), judged),
          groups: paths.map((key) => ({ key, label: this.nameOf(key), made: madeOf(metric, workOf(key), judged) })),
          ...common,
        },
      ]),
    )
  }

  /** As of the last complete answer of the systems that keep the orders: no news is news. */
  private agesOf(toAt: number): Pick<Answered, 'sourceAt' | 'receivedAt'> {
    const keepers = this.sources.definitions.filter(
      ({ settings }) => settings.kind === 'sql' && settings.mapping === 'mes',
    )
    const at = oldest(keepers.map(({ id }) => this.sources.lastDataAt(id)))
    const receivedAt = oldest(keepers.map(({ id }) => this.sources.receivedAt(id)))
    return { sourceAt: at === null ? null : Math.min(at, toAt), receivedAt }
  }
}
