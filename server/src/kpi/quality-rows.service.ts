import { Injectable } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { OtherQuestion } from './other-question.ts'
import type { InspectionRights } from './quality-rights.ts'

/** Where and when rows of quality are counted. */
export interface QualityPlace {
  equipment: string
  range: TimeRange
  scope: InspectionRights
  other?: OtherQuestion | undefined
  shared?: object | undefined
}

export interface UnitSum {
  unit: string
  key: string
  quantity: number
}

type Row = Record<string, string | number>
const UNDER = "(unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/')))"
const between = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({fromAt:Int64}) AND ${column} < fromUnixTimestamp64Milli({toAt:Int64})`

/** Statements that list source rows; each figure sums one of them. */
export const SOURCE_ROWS = {
  tests: { table: 'test_result', at: 'tested_at' },
  defects: { table: 'defect_record', at: 'found_at' },
  'inspection-lots': { table: 'inspection_lot', at: 'decided_at' },
} as const
export type SourceRows = keyof typeof SOURCE_ROWS

export const sourceSql = (rows: SourceRows): string => {
  const { table, at } = SOURCE_ROWS[rows]
  return `SELECT * FROM ${table} FINAL WHERE ${UNDER} AND ${between(at)} ORDER BY ${at}`
}

const judged =
  ({ scope }: QualityPlace) =>
  (row: Row): boolean =>
    scope.allowsRow({ unit: String(row['unit']), material: String(row['material']) })

/** Sums of tests, defects and inspection lots by unit. */
@Injectable()
export class QualityRows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** The same rows as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): QualityRows {
    return new QualityRows(this.warehouse.asKnown(knownAt))
  }

  /** First passes by result: a serial counts once, by its first pass, at the time of that pass. */
  firstPasses(place: QualityPlace): Promise<UnitSum[]> {
    return this.sums(place, { rows: 'tests', key: 'result', quantity: 'count()', where: 'pass = 1' })
  }

  /** Defects by code; rework is no kind of defect but a way to deal with one. */
  defects(place: QualityPlace): Promise<UnitSum[]> {
    return this.sums(place, {
      rows: 'defects',
      key: 'defect',
      quantity: 'sum(quantity)',
      where: "disposition = 'scrap'",
    })
  }

  /** Lots by decision, with what was inspected and accepted in them. */
  async inspectionLots(
    place: QualityPlace,
  ): Promise<{ unit: string; accepted: boolean; lots: number; inspected: number; taken: number }[]> {
    const gate = place.scope.condition('unit')
    const rows = await this.warehouse.query<Row>(
      `SELECT unit, material, decision, count() AS lots, sum(inspected) AS inspected_sum, sum(accepted) AS accepted_sum FROM inspection_lot FINAL
       WHERE ${UNDER} AND ${between('decided_at')} AND decision IS NOT NULL AND ${gate.sql} GROUP BY unit, material, decision ORDER BY unit, material`,
      { equipment: place.equipment, ...place.range, ...gate.params },
    )
    return rows.filter(judged(place)).map((row) => ({
      unit: String(row['unit']),
      accepted: row['decision'] === 'accepted',
      lots: Number(row['lots']),
      inspected: Number(row['inspected_sum']),
      taken: Number(row['accepted_sum']),
    }))
  }

  /** Newest source time and time of change of the rows behind a figure. */
  async ages(rows: SourceRows, place: QualityPlace): Promise<{ sourceAt: number | null; receivedAt: number | null }> {
    const gate = place.scope.condition('unit')
    const { table, at } = SOURCE_ROWS[rows]
    const found = await this.warehouse.query<Row>(
      `SELECT count() AS n, toUnixTimestamp64Milli(max(assumeNotNull(${at}))) AS source_ms, toUnixTimestamp64Milli(max(version_at)) AS received_ms
       FROM ${table} FINAL WHERE ${UNDER} AND ${between(at)} AND ${gate.sql}`,
      { equipment: place.equipment, ...place.range, ...gate.params },
    )
    const row = found[0]
    if (!row || Number(row['n']) === 0) return { sourceAt: null, receivedAt: null }
    return { sourceAt: Number(row['source_ms']), receivedAt: Number(row['received_ms']) }
  }

  private async sums(
    place: QualityPlace,
    of: { rows: SourceRows; key: string; quantity: string; where: string },
  ): Promise<UnitSum[]> {
    const gate = place.scope.condition('unit')
    const { table, at } = SOURCE_ROWS[of.rows]
    const rows = await this.warehouse.query<Row>(
      `SELECT unit, material, ${of.key} AS name, ${of.quantity} AS total FROM ${table} FINAL
       WHERE ${UNDER} AND ${between(at)} AND ${of.where} AND ${gate.sql} GROUP BY unit, material, name ORDER BY unit, name, material`,
      { equipment: place.equipment, ...place.range, ...gate.params },
    )
    return rows
      .filter(judged(place))
      .map((row) => ({ unit: String(row['unit']), key: String(row['name']), quantity: Number(row['total']) }))
  }
}
