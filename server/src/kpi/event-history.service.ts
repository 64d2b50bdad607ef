import { Injectable } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import type { UnitEvent } from '@gemba/engine/kpi/equipment-time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { EVENT_COLUMNS, type EventRow, drivingPoints, eventOfRow } from '../live/event-readings.service.ts'
import { correctedClock } from '@gemba/engine/kpi/clock-correction'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

/** How far back the last `executing` before a range is looked for, and how far ahead the next one. */
const REACH_MS = 7 * 86_400_000

/** Event readings of one unit from the warehouse. */
@Injectable()
export class EventHistory {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  /**
   * Everything that decides the windows of a range, in order of time: the last telling reading of each point before
   * the last `executing` before it, all readings from there to the next `executing` or `setup` after it, and the next one
   * of the meter.
   */
  async around(unit: string, range: TimeRange): Promise<UnitEvent[]> {
    const corrections = this.catalog.snapshot.clockCorrectionsOf(unit)
    if (corrections.length === 0) return this.asStamped(unit, range)
    const reachMs = Math.max(...corrections.map((each) => Math.abs(each.offsetMs)))
    const events = await this.asStamped(unit, { fromAt: range.fromAt - reachMs, toAt: range.toAt + reachMs })
    return [...correctedClock(events, corrections)]
  }

  private async asStamped(unit: string, range: TimeRange): Promise<UnitEvent[]> {
    const points = drivingPoints(this.catalog.snapshot, unit)
    if (points.length === 0) return []
    const fromAt = (await this.edge(unit, range, 'before')) ?? range.fromAt
    const toAt = (await this.edge(unit, range, 'after')) ?? range.toAt
    const between = await this.rows(
      `SELECT ${EVENT_COLUMNS} FROM reading WHERE point IN {points:Array(String)}
         AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND source_at <= fromUnixTimestamp64Milli({toAt:Int64})
       ORDER BY source_at`,
      { points, fromAt, toAt },
    )
    const seeds = await this.rows(
      `SELECT ${EVENT_COLUMNS} FROM (
         SELECT point, source_at, number, text, quality, kind FROM reading
         WHERE point IN {points:Array(String)} AND source_at < fromUnixTimestamp64Milli({fromAt:Int64})
           AND ((quality < 2 AND kind > 0) OR endsWith(point, ':state') OR endsWith(point, ':link'))
         ORDER BY point, source_at DESC LIMIT 1 BY point
         UNION ALL SELECT point, source_at, number, text, quality, kind FROM reading_carried FINAL
         WHERE point IN {points:Array(String)} AND source_at < fromUnixTimestamp64Milli({fromAt:Int64}))
       ORDER BY point, source_at DESC LIMIT 1 BY point`,
      { points, fromAt },
    )
    const register = await this.nextRegister(unit, toAt)
    return [...seeds.sort((a, b) => a.at - b.at), ...between, ...register]
  }

  /** The first reading of the meter after an instant: it says what was drawn until then. */
  private async nextRegister(unit: string, at: number): Promise<UnitEvent[]> {
    const meter = this.catalog.snapshot.pointsOf(unit).find(({ role }) => role === 'energy')
    if (!meter) return []
    return this.rows(
      `SELECT ${EVENT_COLUMNS} FROM reading WHERE point = {point:String} AND quality < 2 AND kind = 1
         AND source_at > fromUnixTimestamp64Milli({fromAt:Int64}) AND source_at < fromUnixTimestamp64Milli({toAt:Int64})
       ORDER BY source_at LIMIT 1`,
      { point: meter.id, fromAt: at, toAt: at + REACH_MS },
    )
  }

  private async edge(unit: string, range: TimeRange, side: 'before' | 'after'): Promise<number | null> {
    const before = side === 'before'
    const rows = await this.warehouse.query<{ at: number; found: number }>(
      `SELECT toUnixTimestamp64Milli(${before ? 'max' : 'min'}(source_at)) AS at, count() > 0 AS found FROM reading
       WHERE point IN {points:Array(String)} AND text IN ('executing', 'setup')
         AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND source_at < fromUnixTimestamp64Milli({toAt:Int64})`,
      {
        points: [`${unit}:state`, ...(before ? [] : [`${unit}:mode`])],
        fromAt: before ? range.fromAt - REACH_MS : range.toAt,
        toAt: before ? range.fromAt : range.toAt + REACH_MS,
      },
    )
    return rows[0]?.found ? Number(rows[0].at) : null
  }

  private async rows(sql: string, params: Record<string, unknown>): Promise<UnitEvent[]> {
    const rows = await this.warehouse.query<EventRow>(sql, params)
    const { snapshot } = this.catalog
    return rows.map((row) => eventOfRow(row, snapshot)?.event).filter((event) => event !== undefined)
  }
}
