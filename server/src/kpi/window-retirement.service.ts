import { Injectable } from '@nestjs/common'
import type { TimeRange } from '@gemba/contracts/time'
import { emptyParts } from '@gemba/engine/kpi/oee'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import type { Recalculation } from '../policies/recalculations.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { WindowHistory } from './window-history.service.ts'
import { windowRow } from './window-rows.ts'

const PARTS_OF_WINDOWS = {
  equipment_state:
    'toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms, state',
  equipment_stop: 'state, reason',
  equipment_count: 'toUnixTimestamp64Milli(minute_at) AS minute_ms, order_no, material',
  equipment_energy: 'toUnixTimestamp64Milli(minute_at) AS minute_ms, state',
} as const

/** Takes windows that no calendar knows any more out of the roll-ups; else their time would count twice. */
@Injectable()
export class WindowRetirement {
  constructor(
    private readonly history: WindowHistory,
    private readonly warehouse: WarehouseService,
  ) {}

  /**
   * Windows of the unit that start in the range and not at one of the given starts; their starts are returned. Repeated, it
   * does nothing.
   */
  async retire(
    unit: string,
    range: TimeRange,
    { starts, recalculations }: { starts: ReadonlySet<number>; recalculations: readonly Recalculation[] },
  ): Promise<number[]> {
    const stored = await this.warehouse.query<{ start: number; ended: number; kind: 'shift' | 'off'; date: string }>(
      `SELECT toUnixTimestamp64Milli(start_at) AS start, toUnixTimestamp64Milli(end_at) AS ended, kind, toString(production_date) AS date
       FROM equipment_window FINAL WHERE unit = {unit:String} AND all_ms > 0
         AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND start_at < fromUnixTimestamp64Milli({toAt:Int64})`,
      { unit, ...range },
    )
    const gone = stored.filter(({ start }) => !starts.has(Number(start)))
    if (gone.length === 0) return []
    // Before the version of what is derived next: a minute that lives on in another window must win.
    const computedAt = Date.now() - 1
    const windows = gone.map(({ start, ended, kind, date }): TimeWindow => {
      return { fromAt: Number(start), toAt: Number(ended), kind, productionDate: date, shift: null }
    })
    const nothing = { intervals: [], counts: [], stops: [], parts: emptyParts(), energy: [] }
    const retired = windows.map((window) => ({ window, result: nothing }))
    await this.history.record(unit, retired, { knownAt: computedAt, recalculations })
    for (const table of Object.keys(PARTS_OF_WINDOWS) as (keyof typeof PARTS_OF_WINDOWS)[])
      await this.bury(table, { unit, computedAt, starts: gone.map(({ start }) => Number(start)) })
    await this.warehouse.insertRows(
      'equipment_window',
      windows.map((window) => windowRow(unit, window, emptyParts(), computedAt)),
    )
    return windows.map(({ fromAt }) => fromAt)
  }

  private async bury(
    table: keyof typeof PARTS_OF_WINDOWS,
    { unit, computedAt, starts }: { unit: string; computedAt: number; starts: readonly number[] },
  ): Promise<void> {
    const rows = await this.warehouse.query<Record<string, unknown>>(
      `SELECT toUnixTimestamp64Milli(window_at) AS window_ms, ${PARTS_OF_WINDOWS[table]} FROM ${table} FINAL
       WHERE unit = {unit:String} AND toUnixTimestamp64Milli(window_at) IN {starts:Array(Int64)}`,
      { unit, starts },
    )
    if (rows.length === 0) return
    const nothing =
      table === 'equipment_count'
        ? { total: 0, good: 0, scrap: 0, rework: 0 }
        : table === 'equipment_stop'
          ? { ms: 0, count: 0 }
          : table === 'equipment_energy'
            ? { kwh: 0, metered_ms: 0 }
            : {}
    await this.warehouse.insertRows(
      table,
      rows.map((row) => ({
        ...Object.fromEntries(
          Object.entries(row).map(([key, value]) =>
            key.endsWith('_ms') ? [key.replace(/_ms$/, '_at'), Number(value)] : [key, value],
          ),
        ),
        ...nothing,
        unit,
        computed_at: computedAt,
        is_deleted: 1,
      })),
    )
  }
}
