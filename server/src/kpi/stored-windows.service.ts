import { Injectable } from '@nestjs/common'
import type { EquipmentState, EquipmentTimeParts, StopPart } from '@gemba/contracts/kpi'
import type { TimeRange } from '@gemba/contracts/time'
import { emptyParts } from '@gemba/engine/kpi/oee'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { TimeFigures } from './kpi.service.ts'
import { PART_COLUMNS } from './window-rows.ts'

export interface StoredFigures {
  /** Starts of the windows that the figures hold. */
  windows: Set<number>
  figures: TimeFigures
}

const PART_SUMS = PART_COLUMNS.map(([, column]) => `toFloat64(sum(${column})) AS sum_${column}`).join(', ')

/** Sums over the roll-ups of ended windows. */
@Injectable()
export class StoredWindows {
  constructor(private readonly warehouse: WarehouseService) {}

  async figures(unit: string, windows: readonly TimeWindow[]): Promise<StoredFigures> {
    const first = windows[0]
    const last = windows.at(-1)
    if (!first || !last) return { windows: new Set(), figures: { parts: emptyParts(), stops: [], noData: [] } }
    const params = { unit, fromAt: first.fromAt, toAt: last.toAt }
    const [parts, stops, noData] = await Promise.all([this.parts(params), this.stops(params), this.noData(params)])
    return { windows: parts.windows, figures: { parts: parts.sums, stops, noData } }
  }

  private async parts(params: Record<string, unknown>): Promise<{ windows: Set<number>; sums: EquipmentTimeParts }> {
    const rows = await this.warehouse.query<Record<string, unknown>>(
      `SELECT groupArray(toUnixTimestamp64Milli(start_at)) AS starts, ${PART_SUMS} FROM equipment_window FINAL
       WHERE unit = {unit:String} AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND start_at < fromUnixTimestamp64Milli({toAt:Int64})`,
      params,
    )
    const row = rows[0] ?? {}
    const sums = emptyParts()
    for (const [name, column] of PART_COLUMNS) sums[name] = Number(row[`sum_${column}`] ?? 0)
    return { windows: new Set(((row['starts'] as unknown[] | undefined) ?? []).map(Number)), sums }
  }

  private async stops(params: Record<string, unknown>): Promise<StopPart[]> {
    const rows = await this.warehouse.query<{
      state: EquipmentState
      reason: string
      total_ms: number
      starts: number
    }>(
      `SELECT state, reason, toFloat64(sum(ms)) AS total_ms, toUInt32(sum(count)) AS starts FROM equipment_stop FINAL
       WHERE unit = {unit:String} AND window_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND window_at < fromUnixTimestamp64Milli({toAt:Int64})
       GROUP BY state, reason`,
      params,
    )
    return rows.map(({ state, reason, total_ms: ms, starts }) => ({
      state,
      reason: reason === '' ? null : reason,
      ms: Number(ms),
      count: Number(starts),
    }))
  }

  private async noData(params: Record<string, unknown>): Promise<TimeRange[]> {
    const rows = await this.warehouse.query<{ from_at: number; to_at: number }>(
      `SELECT toUnixTimestamp64Milli(started_at) AS from_at, toUnixTimestamp64Milli(ended_at) AS to_at FROM equipment_state FINAL
       WHERE unit = {unit:String} AND window_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND window_at < fromUnixTimestamp64Milli({toAt:Int64})
         AND state = 'NO_DATA' ORDER BY started_at`,
      params,
    )
    return rows.map((row) => ({ fromAt: Number(row.from_at), toAt: Number(row.to_at) }))
  }
}
