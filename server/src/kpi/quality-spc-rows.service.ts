import { Injectable } from '@nestjs/common'
import type { InspectionCharacteristic } from '@gemba/contracts/quality-record'
import type { TimeRange } from '@gemba/contracts/time'
import type { ChartSample } from '@gemba/engine/kpi/chart-baseline'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { InspectionRights } from './quality-rights.ts'

export type Chart = InspectionCharacteristic['chart']

/** One subgroup as the warehouse sums it. */
export interface SubgroupRow {
  subgroup: string
  at: number
  /** Values taken, or units inspected. */
  size: number
  sample: ChartSample
}

/** Sums over all values of a stretch. */
export interface ValueSums {
  values: number
  mean: number | null
  deviation: number | null
  /** 0.135 %, 50 %, 99.865 %, with linear interpolation. */
  percentiles: [number, number, number] | null
  sourceAt: number | null
  receivedAt: number | null
}

type Row = Record<string, string | number | null>
const BETWEEN =
  'measured_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND measured_at < fromUnixTimestamp64Milli({toAt:Int64})'
const number = (value: string | number | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)
const COLUMNS = ['subgroup', 'first_ms', 'n', 'units', 'mean', 'spread', 'deviation', 'total'] as const
/** Normality of more values than this is judged on a part of them. */
const MOST_NORMALITY_VALUES = 5_000

/** What a chart is made of; the values stay in the warehouse. */
@Injectable()
export class SpcRows {
  private readonly warehouse: WarehouseService

  constructor(warehouse: WarehouseService) {
    this.warehouse = warehouse
  }

  /** The same rows as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): SpcRows {
    return new SpcRows(this.warehouse.asKnown(knownAt))
  }

  /** All versions of a characteristic, the oldest first; empty when there is none or the caller may not see it. */
  async versions(characteristic: string, scope: InspectionRights): Promise<InspectionCharacteristic[]> {
    return this.characteristics('characteristic = {characteristic:String}', { characteristic }, scope)
  }

  /** All versions of the characteristics of an equipment and what lies below it. */
  under(equipment: string | null, scope: InspectionRights): Promise<InspectionCharacteristic[]> {
    if (equipment === null) return this.characteristics('1', {}, scope)
    return this.characteristics(
      "unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/'))",
      { equipment },
      scope,
    )
  }

  private async characteristics(
    where: string,
    params: Record<string, unknown>,
    scope: InspectionRights,
  ): Promise<InspectionCharacteristic[]> {
    const gate = scope.condition('unit')
    const rows = await this.warehouse.query<Row>(
      `SELECT * REPLACE (toUnixTimestamp64Milli(effective_at) AS effective_at, toUnixTimestamp64Milli(baseline_from_at) AS baseline_from_at, toUnixTimestamp64Milli(baseline_to_at) AS baseline_to_at)
       FROM inspection_characteristic FINAL WHERE (${where}) AND ${gate.sql} ORDER BY characteristic, effective_at, version`,
      { ...params, ...gate.params },
    )
    return rows
      .map(characteristicOf)
      .filter(({ equipment, material }) => scope.allowsRow({ unit: equipment, material }))
  }

  /** Subgroups of a stretch in order of time. */
  async subgroups(characteristic: string, chart: Chart, range: TimeRange): Promise<SubgroupRow[]> {
    // One row of columns: fifty thousand rows of named fields would take longer to read than to sum.
    const [columns] = await this.warehouse.query<Record<(typeof COLUMNS)[number], (string | number | null)[]>>(
      `SELECT ${COLUMNS.map((name) => `groupArray(tuple(${name})).1 AS ${name}`).join(', ')} FROM (
         SELECT subgroup, toUnixTimestamp64Milli(min(measured_at)) AS first_ms, count(value) AS n, sumIf(size, value IS NOT NULL) AS units,
           avg(value) AS mean, max(value) - min(value) AS spread, stddevSampStable(value) AS deviation, sum(value) AS total
         FROM inspection_result FINAL WHERE characteristic = {characteristic:String} AND ${BETWEEN}
         GROUP BY subgroup ORDER BY first_ms, subgroup)`,
      { characteristic, ...range },
    )
    return (columns?.subgroup ?? []).map((subgroup, index) => {
      const row = Object.fromEntries(COLUMNS.map((name) => [name, columns?.[name][index] ?? null]))
      return {
        subgroup: String(subgroup),
        at: Number(row['first_ms']),
        size: Number(isCount(chart) ? row['units'] : row['n']),
        sample: sampleOf(chart, row),
      }
    })
  }

  /** The instant of the n-th subgroup before a stretch, so that patterns may begin outside of it. */
  async before(characteristic: string, fromAt: number, count: number): Promise<number> {
    const rows = await this.warehouse.query<{ at: number }>(
      `SELECT toUnixTimestamp64Milli(min(measured_at)) AS at FROM inspection_result FINAL
       WHERE characteristic = {characteristic:String} AND measured_at < fromUnixTimestamp64Milli({fromAt:Int64})
       GROUP BY subgroup ORDER BY at DESC LIMIT {count:UInt32}`,
      { characteristic, fromAt, count },
    )
    return Number(rows.at(-1)?.at ?? fromAt)
  }

  async sums(characteristic: string, range: TimeRange): Promise<ValueSums> {
    const rows = await this.warehouse.query<Row & { tails: number[] }>(
      `SELECT count(value) AS n, avg(value) AS mean, stddevSampStable(value) AS deviation, quantilesExactInclusive(0.00135, 0.5, 0.99865)(value) AS tails,
         toUnixTimestamp64Milli(max(measured_at)) AS source_ms, toUnixTimestamp64Milli(max(version_at)) AS received_ms
       FROM inspection_result FINAL WHERE characteristic = {characteristic:String} AND ${BETWEEN}`,
      { characteristic, ...range },
    )
    const row = rows[0]
    const values = Number(row?.['n'] ?? 0)
    if (!row || values === 0)
      return { values: 0, mean: null, deviation: null, percentiles: null, sourceAt: null, receivedAt: null }
    return {
      values,
      mean: number(row['mean']),
      deviation: values < 2 ? null : number(row['deviation']),
      percentiles: row.tails.map(Number) as [number, number, number],
      sourceAt: number(row['source_ms']),
      receivedAt: number(row['received_ms']),
    }
  }

  /** Values for a test of normality: all of them, or every n-th by a hash that does not know them. */
  async someValues(characteristic: string, range: TimeRange, count: number): Promise<number[]> {
    const every = Math.max(1, Math.ceil(count / MOST_NORMALITY_VALUES))
    const rows = await this.warehouse.query<{ value: number }>(
      `SELECT value FROM inspection_result FINAL WHERE characteristic = {characteristic:String} AND ${BETWEEN} AND value IS NOT NULL
         AND cityHash64(subgroup, sample) % {every:UInt32} = 0`,
      { characteristic, ...range, every },
    )
    return rows.map(({ value }) => Number(value))
  }
}

const isCount = (chart: Chart): boolean => chart === 'p' || chart === 'np' || chart === 'c' || chart === 'u'

function sampleOf(chart: Chart, row: Row): ChartSample {
  const [values, mean] = [Number(row['n']), number(row['mean'])]
  if (values === 0 || mean === null) return null
  if (isCount(chart)) return { count: Number(row['total']), size: Number(row['units']) }
  const isSpread = values >= 2
  const [range, deviation] = [number(row['spread']), number(row['deviation'])]
  return { summary: { size: values, mean, range: isSpread ? range : null, deviation: isSpread ? deviation : null } }
}

function characteristicOf(row: Row): InspectionCharacteristic {
  return {
    characteristic: String(row['characteristic']),
    version: String(row['version']),
    effectiveAt: Number(row['effective_at']),
    name: { zh: String(row['name_zh']), en: String(row['name_en']) },
    material: String(row['material']),
    equipment: String(row['unit']),
    chart: row['chart'] as Chart,
    unit: String(row['value_unit']),
    subgroupSize: Number(row['subgroup_size']),
    lsl: number(row['lsl']),
    usl: number(row['usl']),
    target: number(row['target']),
    center: number(row['center']),
    sigma: number(row['sigma']),
    baselineFromAt: number(row['baseline_from_at']),
    baselineToAt: number(row['baseline_to_at']),
  }
}
