import { Injectable } from '@nestjs/common'
import type { KpiGrouping, KpiQuery } from '@gemba/contracts/kpi'
import { type StateEnergy, energyFigures } from '@gemba/engine/kpi/energy'
import { energyPerGood } from '@gemba/engine/kpi/flow-times'
import { sumParts } from '@gemba/engine/kpi/oee'
import { ratio } from '@gemba/engine/kpi/ratio'
import { CatalogService } from '../catalog/catalog.service.ts'
import { placeRow } from '../datasets/data-gate.ts'
import { LiveService } from '../live/live.service.ts'
import type { FigureHistory } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService, type TimeFigures, oldest } from './kpi.service.ts'
import { otherFigures } from './other-question.ts'
import { type Answered, GatedFamily, type GatedPlace, type MadeAsked, type MadePlace } from './made-family.ts'
import { type Made, type MadeGroup, quotient } from './quality-metrics.ts'
import { stateName } from './state-names.ts'

const MINUTE_MS = 60_000
/** Energy is the department's that runs the machines. */
const PRODUCTION = { department: 'production' }
const METRICS = ['energy-consumed', 'energy-per-good-piece', 'idle-energy-share'] as const
type EnergyMetric = (typeof METRICS)[number]

interface Sums {
  energy: StateEnergy[]
  good: number
  allMs: number
}

const sumsOf = (figures: readonly TimeFigures[]): Sums => {
  const parts = sumParts(figures.map((each) => each.parts))
  return { energy: figures.flatMap((each) => each.energy), good: parts.good, allMs: parts.allMs }
}
const meteredMs = (energy: readonly StateEnergy[]): number => energy.reduce((sum, each) => sum + each.meteredMs, 0)

/** One figure; `only` = of one state against the whole. */
function madeOf(metric: EnergyMetric, { energy, good }: Sums, only?: string): Made {
  const { totalKwh, idleKwh, unknownKwh, byState } = energyFigures(energy)
  const kwh = only === undefined ? totalKwh : (byState[only] ?? 0)
  const isMetered = meteredMs(energy) > 0
  const parts = { kwh, idleKwh, unknownKwh, good }
  const none = { missing: 'no-data' as const, value: null }
  if (metric === 'energy-consumed') {
    const rows = Math.round(meteredMs(energy) / MINUTE_MS)
    const sums = { numerator: kwh, denominator: rows, unit: 'kWh' as const, isQuotient: false }
    return { value: kwh, ...sums, parts, ...(isMetered ? {} : none) }
  }
  if (metric === 'energy-per-good-piece') {
    const sums = { numerator: kwh, denominator: good, unit: 'kWh' as const }
    return { ...quotient(energyPerGood(kwh, good), sums, parts), denominatorUnit: 'piece', ...(isMetered ? {} : none) }
  }
  const known = totalKwh - unknownKwh
  const above = only === undefined ? idleKwh : kwh
  const made = quotient(ratio(above, known), { numerator: above, denominator: known, unit: 'kWh' }, parts)
  return made.value === null ? { ...made, ...none } : made
}

/** Energy of machines, by machine, shift, day or state; from the registers of their meters. */
@Injectable()
export class EnergyFigures extends GatedFamily {
  readonly metrics = METRICS
  readonly groupings = ['state', 'unit', 'shift', 'day'] as const
  readonly history: FigureHistory = {
    rows: [],
    windows: true,
    policies: ['plannedMaintenance', 'waiting', 'microStopThresholdMs'],
  }
  protected readonly fact = 'energy'

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly live: LiveService,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    metrics: readonly EnergyMetric[],
    { equipment, range, scope, other, shared }: GatedPlace,
    { nowAt, groupBy }: MadeAsked,
  ): Promise<Map<string, Answered>> {
    const { site, units } = this.kpi.unitsOf(equipment)
    // Energy and pieces of the same machines: a quotient over different ones would be a wrong number.
    const paths = units.map(({ path }) => path).filter((path) => scope.allows({ ...placeRow(path), ...PRODUCTION }))
    const meters = paths.flatMap((path) => this.meterOf(path) ?? [])
    const ages = { ...this.agesOf(meters, range.toAt), receivedAt: this.kpi.agesOf(equipment, range).receivedAt }
    const queries = energyQueries(paths, meters, range)
    // The energy of some machines over the pieces of all would be a wrong number.
    if (meters.length < paths.length) return new Map(metrics.map((each) => [each, unmetered(ages, queries)]))
    const cut: KpiGrouping = groupBy === 'state' ? 'none' : groupBy
    const asked = { paths, range, nowAt, withEnergy: true, withStops: true, ...otherFigures(other), shared }
    const found = await this.equipment.groups(site, asked, cut)
    const whole = sumsOf(found.flatMap(({ figures }) => figures))
    const groupsOf = (metric: EnergyMetric): MadeGroup[] =>
      groupBy === 'state'
        ? Object.keys(energyFigures(whole.energy).byState).map((state) => ({
            key: state,
            label: stateName(state),
            made: madeOf(metric, whole, state),
          }))
        : found
            .filter(({ key }) => key !== '')
            .map(({ key, label, range: own, figures }) => ({
              key,
              label,
              range: own,
              made: madeOf(metric, sumsOf(figures)),
            }))
    const coverage = ratio(meteredMs(whole.energy), whole.allMs)
    return new Map(
      metrics.map((metric) => [
        metric,
        { total: madeOf(metric, whole), groups: groupsOf(metric), queries, coverage, ...ages },
      ]),
    )
  }

  private meterOf(unit: string): string | null {
    return this.catalog.snapshot.pointsOf(unit).find(({ role }) => role === 'energy')?.id ?? null
  }

  /** The oldest of the newest registers. */
  private agesOf(meters: readonly string[], toAt: number): { sourceAt: number | null } {
    const ages = meters.map((meter) => this.live.lastValue(meter)?.[1] ?? null)
    const at = oldest(ages)
    return { sourceAt: at === null ? null : Math.min(at, toAt) }
  }
}

function unmetered(ages: Pick<Answered, 'sourceAt' | 'receivedAt'>, queries: KpiQuery[]): Answered {
  const total = quotient(null, { numerator: 0, denominator: 0, unit: 'kWh' }, {})
  return { total: { ...total, missing: 'not-configured' }, groups: [], queries, ...ages }
}

function energyQueries(units: string[], meters: string[], range: MadePlace['range']): KpiQuery[] {
  const between = (column: string) =>
    `${column} >= fromUnixTimestamp64Milli({fromAt:Int64}) AND ${column} < fromUnixTimestamp64Milli({toAt:Int64})`
  return [
    {
      rows: 'energy',
      sql: `SELECT * FROM equipment_energy FINAL WHERE unit IN {units:Array(String)} AND ${between('minute_at')} ORDER BY unit, minute_at, state`,
      parameters: { units, ...range },
    },
    {
      rows: 'readings',
      sql: `SELECT point, source_at, number, quality, received_at, stream, seq FROM reading WHERE point IN {points:Array(String)} AND ${between('source_at')} ORDER BY point, source_at`,
      parameters: { points: meters, ...range },
    },
  ]
}
