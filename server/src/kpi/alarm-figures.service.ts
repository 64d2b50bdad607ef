import { Injectable } from '@nestjs/common'
import { alarmFigures } from '@gemba/engine/kpi/alarms'
import { pareto } from '@gemba/engine/kpi/pareto'
import { ratio } from '@gemba/engine/kpi/ratio'
import type { TimeRange } from '@gemba/contracts/time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { type AlarmRow, AlarmRows, alarmQuery } from './alarm-rows.service.ts'
import type { FigureHistory } from './figure-family.ts'
import { FiguresService } from './figures.service.ts'
import { KpiService } from './kpi.service.ts'
import { type Answered, GatedFamily, type GatedPlace, type MadeAsked } from './made-family.ts'
import { type Made, type MadeGroup, quotient } from './quality-metrics.ts'
import { readOnce } from './shared-reading.ts'

const COUNTS = ['alarm-count', 'alarm-rate', 'standing-alarms', 'mean-time-to-acknowledge'] as const
const TOP = 'top-alarms'
type AlarmMetric = (typeof COUNTS)[number] | typeof TOP
const HOUR_MS = 3_600_000
const VITAL_FEW = 0.8

function countOf(metric: (typeof COUNTS)[number], alarms: readonly AlarmRow[], asked: Judged): Made {
  const { range, nowAt } = asked
  const { count, perHour, standing, acknowledged, acknowledgeMs } = alarmFigures(alarms, range, nowAt)
  const parts = { raised: count, standing, acknowledged, unacknowledged: count - acknowledged }
  const whole = (value: number): Made => {
    return { value, numerator: value, denominator: alarms.length, unit: 'count', isQuotient: false, parts }
  }
  if (metric === 'alarm-count') return whole(count)
  if (metric === 'standing-alarms') return whole(standing)
  if (metric === 'alarm-rate') {
    const hours = Math.max(0, Math.min(range.toAt, nowAt) - range.fromAt) / HOUR_MS
    return {
      ...quotient(perHour, { numerator: count, denominator: hours, unit: 'count' }, parts),
      denominatorUnit: 'h',
    }
  }
  const sums = { numerator: (acknowledgeMs ?? 0) * acknowledged, denominator: acknowledged, unit: 'ms' as const }
  const made = quotient(acknowledgeMs, sums, parts)
  return { ...made, denominatorUnit: 'count', ...(acknowledgeMs === null ? { missing: 'not-applicable' } : {}) }
}

interface Judged {
  range: TimeRange
  nowAt: number
}

/** Alarms of machines: how many, how often, how fast somebody saw them, which ones most. */
@Injectable()
export class AlarmFigures extends GatedFamily {
  readonly metrics: readonly AlarmMetric[] = COUNTS
  readonly groupings: GatedFamily['groupings'] = ['unit', 'alarm']
  readonly history: FigureHistory = {
    rows: [{ table: 'equipment_alarm', unit: 'unit', at: ['event_at'] }],
    windows: false,
    policies: [],
  }
  protected readonly fact = 'alarm'

  constructor(
    catalog: CatalogService,
    kpi: KpiService,
    equipment: FiguresService,
    private readonly rows: AlarmRows,
  ) {
    super(catalog, kpi, equipment)
  }

  protected async make(
    metrics: readonly AlarmMetric[],
    place: GatedPlace,
    { nowAt, groupBy }: MadeAsked,
  ): Promise<Map<string, Answered>> {
    const { equipment, range } = place
    const alarms = await readOnce(place.shared, 'alarms', () =>
      this.rows.asKnown(place.other?.knownAt).activations(place, nowAt),
    )
    const { dataAt, receivedAt } = this.kpi.agesOf(equipment, range)
    const common = { queries: [alarmQuery(place)], sourceAt: dataAt, receivedAt }
    // A machine that tells of no alarms is not one without alarms.
    const silent = this.kpi.unitsOf(equipment).units.filter(({ path }) => !this.tellsAlarms(path))
    const judged = { range, nowAt }
    return new Map(
      metrics.map((metric): [string, Answered] => {
        if (silent.length > 0) return [metric, { total: notConfigured(), groups: [], ...common }]
        if (metric === TOP) return [metric, { ...this.topOf(alarms, judged), ...common }]
        const groups = [...Map.groupBy(alarms, (each) => (groupBy === 'alarm' ? each.code : each.unit))]
        return [
          metric,
          {
            total: countOf(metric, alarms, judged),
            groups: groups.map(([key, own]) => ({
              key,
              label: groupBy === 'alarm' ? this.alarmName(own[0]) : this.nameOf(key),
              made: countOf(metric, own, judged),
            })),
            ...common,
          },
        ]
      }),
    )
  }

  /** By how often they came up; the whole is the share that the vital few make. */
  private topOf(alarms: readonly AlarmRow[], { range, nowAt }: Judged): { total: Made; groups: MadeGroup[] } {
    const raised = alarms.filter(({ raisedAt }) => raisedAt >= range.fromAt && raisedAt <= nowAt)
    const byCode = Map.groupBy(raised, ({ code }) => code)
    const { items, vitalFew } = pareto(
      [...byCode].map(([code, own]) => ({ code, measure: own.length })),
      VITAL_FEW,
    )
    const share = (part: number, parts: Record<string, number>): Made => {
      const sums = { numerator: part, denominator: raised.length, unit: 'count' as const }
      const made = quotient(ratio(part, raised.length), sums, parts)
      return made.value === null ? { ...made, missing: 'not-applicable' } : made
    }
    const vital = items.filter(({ code }) => vitalFew.includes(code)).reduce((sum, { measure }) => sum + measure, 0)
    return {
      total: share(vital, { alarms: raised.length, kinds: items.length, vitalFew: vitalFew.length }),
      groups: items.map(({ code, measure, cumulative }) => ({
        key: code,
        label: this.alarmName(byCode.get(code)?.[0]),
        made: share(measure, { alarms: measure, cumulative: cumulative ?? 0 }),
      })),
    }
  }

  /** By the catalog; else as the controller words it, where the code of a failure gives the other language. */
  private alarmName(alarm: AlarmRow | undefined): { zh: string; en: string } {
    const { code = '', text = '' } = alarm ?? {}
    const known = this.catalog.snapshot.alarm(code)
    if (known !== null) return known.name
    const words = text === '' ? code : text
    const reason = this.catalog.snapshot.reason(code.replace(/^ALM-/, 'F-'))
    return { zh: reason?.name.zh ?? words, en: words }
  }

  private tellsAlarms(unit: string): boolean {
    return this.catalog.snapshot.pointsOf(unit).some(({ role }) => role === 'alarm')
  }
}

/** Which alarms come most. */
@Injectable()
export class TopAlarms extends AlarmFigures {
  override readonly metrics = [TOP] as const
  override readonly groupings = ['alarm'] as const

  constructor(catalog: CatalogService, kpi: KpiService, equipment: FiguresService, rows: AlarmRows) {
    super(catalog, kpi, equipment, rows)
  }
}

function notConfigured(): Made {
  const none = quotient(null, { numerator: 0, denominator: 0, unit: 'count' }, {})
  return { ...none, missing: 'not-configured' }
}
