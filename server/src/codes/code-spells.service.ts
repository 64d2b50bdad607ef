import { Injectable } from '@nestjs/common'
import type { CodeMappingRequest } from '@gemba/contracts/code-mapping'
import type { TimeRange } from '@gemba/contracts/time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { affectedSpans } from './affected-spans.ts'
import { normalCode } from './normal-code.ts'

/** How far back the run before a stop is looked for. */
const REACH_MS = 7 * 86_400_000

/** When a code stood on the units of a source. */
@Injectable()
export class CodeSpells {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** The time of units whose stored figures depend on what a code means from `fromAt` on. */
  async affected(
    { domain, source, code }: Pick<CodeMappingRequest, 'domain' | 'source' | 'code'>,
    fromAt: number,
    nowAt: number,
  ): Promise<({ unit: string } & TimeRange)[]> {
    if (domain === 'work-center') return []
    const units = this.catalog.snapshot.document.equipment
      .filter((each) => each.level === 'work-unit' && each.source === source)
      .map(({ path }) => path)
    if (units.length === 0) return []
    const points = units.map((unit) => `${unit}:${domain}`)
    const codes = await this.alike(points, code)
    if (codes.length === 0) return []
    const rows = await this.warehouse.query<{ point: string; at: number; next_at: number }>(
      `SELECT point, at, next_at FROM (
         SELECT point, text, toUnixTimestamp64Milli(source_at) AS at,
           leadInFrame(toUnixTimestamp64Milli(source_at), 1, toInt64(0)) OVER (
             PARTITION BY point ORDER BY source_at, seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
         FROM reading WHERE point IN {points:Array(String)} AND kind = 2
           AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64}))
       WHERE text IN {codes:Array(String)}`,
      { points, codes, fromAt },
    )
    const spells = rows.map((row) => ({
      unit: row.point.slice(0, row.point.lastIndexOf(':')),
      at: Number(row.at),
      nextAt: Number(row.next_at),
    }))
    return affectedSpans(spells, await this.runs([...new Set(spells.map(({ unit }) => unit))], fromAt), nowAt)
  }

  /** Written forms that a rule for this code can explain. */
  private async alike(points: string[], code: string): Promise<string[]> {
    const rows = await this.warehouse.query<{ code: string }>(
      'SELECT DISTINCT text AS code FROM reading WHERE point IN {points:Array(String)} AND kind = 2',
      { points },
    )
    const normal = normalCode(code)
    return rows.map((row) => row.code).filter((written) => written !== '' && normalCode(written) === normal)
  }

  private async runs(units: string[], fromAt: number): Promise<Map<string, number[]>> {
    const found = new Map<string, number[]>(units.map((unit) => [unit, []]))
    const rows = await this.warehouse.query<{ point: string; at: number }>(
      `SELECT point, toUnixTimestamp64Milli(source_at) AS at FROM reading
       WHERE point IN {points:Array(String)} AND text = 'executing' AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64})
       ORDER BY source_at`,
      { points: units.map((unit) => `${unit}:state`), fromAt: fromAt - REACH_MS },
    )
    for (const { point, at } of rows) found.get(point.slice(0, point.lastIndexOf(':')))?.push(Number(at))
    return found
  }
}
