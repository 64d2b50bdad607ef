import { Injectable } from '@nestjs/common'
import type { EquipmentState, EquipmentTimeParts, StopPart } from '@gemba/contracts/kpi'
import type { StateEnergy } from '@gemba/engine/kpi/energy'
import { emptyParts } from '@gemba/engine/kpi/oee'
import type { TimeWindow } from '@gemba/engine/time/calendar'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { TimeFigures } from './kpi.service.ts'
import { readOnce } from './shared-reading.ts'
import { PART_COLUMNS } from './window-rows.ts'

export interface StoredFigures {
  /** Starts of the windows that the figures hold. */
  windows: Set<number>
  figures: TimeFigures
}

/** What is stored of one window: the sum over units, and the units of which nothing is stored. */
export interface StoredSum {
  parts: EquipmentTimeParts
  absent: string[]
}

/** Figures by start of the window. */
export type WindowFigures = Map<number, TimeFigures>

interface Asked extends Record<string, unknown> {
  units: readonly string[]
  fromAt: number
  toAt: number
}

interface EnergyAsked {
  withEnergy?: boolean
  /** Questions with the same object read it once. */
  shared?: object | undefined
}

interface EnergyOfWindow {
  unit: string
  start: number
  use: StateEnergy
}

const PART_SUMS = PART_COLUMNS.map(([, column]) => `toFloat64(sum(${column})) AS sum_${column}`).join(', ')

const PART_VALUES = PART_COLUMNS.map(([, column]) => `toFloat64(${column})`).join(', ')

const within = (column: string): string =>
  `unit IN {units:Array(String)} AND ${column} >= fromUnixTimestamp64Milli({fromAt:Int64}) AND ${column} < fromUnixTimestamp64Milli({toAt:Int64})`

/** Sums over the roll-ups of ended windows: three statements, however many units are asked for. */
@Injectable()
export class StoredWindows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** What is stored of the given windows, for each unit. */
  async figures(
    units: readonly string[],
    windows: readonly TimeWindow[],
    { withEnergy = false, shared }: EnergyAsked = {},
  ): Promise<Map<string, StoredFigures>> {
    const found = new Map(units.map((unit) => [unit, nothing()]))
    const first = windows[0]
    const last = windows.at(-1)
    if (!first || !last || units.length === 0) return found
    const asked: Asked = { units, fromAt: first.fromAt, toAt: last.toAt }
    await Promise.all([
      this.addParts(found, asked),
      this.addStops(found, asked),
      this.addNoData(found, asked),
      withEnergy ? this.addEnergy(found, asked, shared) : null,
    ])
    return found
  }

  /** The same, window by window: figures by unit and start of the window; without stops where nobody reads them. */
  async byWindow(
    units: readonly string[],
    windows: readonly TimeWindow[],
    { withStops, withEnergy = false, shared }: EnergyAsked & { withStops: boolean },
  ): Promise<Map<string, WindowFigures>> {
    const found = new Map(units.map((unit): [string, WindowFigures] => [unit, new Map()]))
    const first = windows[0]
    const last = windows.at(-1)
    if (!first || !last || units.length === 0) return found
    const asked: Asked = { units, fromAt: first.fromAt, toAt: last.toAt }
    const [rows, stops, energy] = await Promise.all([
      this.partRows(asked),
      withStops ? this.stopRows(asked) : [],
      withEnergy ? this.energyRows(asked, shared) : [],
    ])
    for (const { unit, start, values } of rows)
      found.get(unit)?.set(Number(start), { parts: partsOf(values), stops: [], noData: [], energy: [] })
    for (const { unit, start, state, reason, ms, n } of stops) {
      const stop: StopPart = { state, reason: reason === '' ? null : reason, ms: Number(ms), count: Number(n) }
      found.get(unit)?.get(Number(start))?.stops.push(stop)
    }
    for (const { unit, start, use } of energy) found.get(unit)?.get(start)?.energy.push(use)
    return found
  }

  /** Sums of all units by window, where nobody reads stops: one row for each window, however many units. */
  async sumsByWindow(units: readonly string[], windows: readonly TimeWindow[]): Promise<Map<number, StoredSum>> {
    const first = windows[0]
    const last = windows.at(-1)
    if (!first || !last || units.length === 0) return new Map()
    const rows = await this.warehouse.query<{ start: number; absent: string[]; sums: number[] }>(
      `SELECT toUnixTimestamp64Milli(start_at) AS start, sumForEach([${PART_VALUES}]) AS sums,
         if(count() = length({units:Array(String)}), [], arrayFilter(one -> NOT has(groupArray(unit), one), {units:Array(String)})) AS absent
       FROM equipment_window FINAL WHERE ${within('start_at')} GROUP BY start_at`,
      { units, fromAt: first.fromAt, toAt: last.toAt },
    )
    return new Map(rows.map(({ start, sums, absent }) => [Number(start), { parts: partsOf(sums), absent }]))
  }

  /** Parts as one array in the order of `PART_COLUMNS`: thousands of rows need not repeat the names. */
  private partRows(asked: Asked): Promise<{ unit: string; start: number; values: number[] }[]> {
    return this.warehouse.query(
      `SELECT unit, toUnixTimestamp64Milli(start_at) AS start, [${PART_VALUES}] AS values FROM equipment_window FINAL WHERE ${within('start_at')}`,
      asked,
    )
  }

  private stopRows(
    asked: Asked,
  ): Promise<{ unit: string; start: number; state: EquipmentState; reason: string; ms: number; n: number }[]> {
    return this.warehouse.query(
      `SELECT unit, toUnixTimestamp64Milli(window_at) AS start, state, reason, toFloat64(ms) AS ms, toUInt32(count) AS n
       FROM equipment_stop FINAL WHERE ${within('window_at')}`,
      asked,
    )
  }

  /** Minutes are asked for too: they decide the partitions. A window may begin within one. */
  private energyRows(asked: Asked, shared: object | undefined): Promise<EnergyOfWindow[]> {
    return readOnce(shared, `energy ${JSON.stringify(asked)}`, () => this.ownEnergyRows(asked))
  }

  private async ownEnergyRows(asked: Asked): Promise<EnergyOfWindow[]> {
    const rows = await this.warehouse.query<Record<'unit' | 'start' | 'state' | 'drawn' | 'metered', string | number>>(
      `SELECT unit, toUnixTimestamp64Milli(window_at) AS start, state, sum(kwh) AS drawn, sum(metered_ms) AS metered
       FROM equipment_energy FINAL WHERE ${within('window_at')}
         AND minute_at >= fromUnixTimestamp64Milli({fromAt:Int64} - 60000) AND minute_at < fromUnixTimestamp64Milli({toAt:Int64})
       GROUP BY unit, start, state ORDER BY unit, start, state`,
      asked,
    )
    return rows.map(({ unit, start, state, drawn, metered }) => ({
      unit: String(unit),
      start: Number(start),
      use: { state: state as EquipmentState, kwh: Number(drawn), meteredMs: Number(metered) },
    }))
  }

  private async addEnergy(found: Map<string, StoredFigures>, asked: Asked, shared: object | undefined): Promise<void> {
    for (const { unit, use } of await this.energyRows(asked, shared)) found.get(unit)?.figures.energy.push(use)
  }

  private async addParts(found: Map<string, StoredFigures>, asked: Asked): Promise<void> {
    const rows = await this.warehouse.query<{ unit: string; starts: number[] } & Record<string, unknown>>(
      `SELECT unit, groupArray(toUnixTimestamp64Milli(start_at)) AS starts, ${PART_SUMS}
       FROM equipment_window FINAL WHERE ${within('start_at')} GROUP BY unit`,
      asked,
    )
    for (const row of rows) {
      const entry = found.get(row.unit)
      if (!entry) continue
      entry.windows = new Set(row.starts.map(Number))
      for (const [name, column] of PART_COLUMNS) entry.figures.parts[name] = Number(row[`sum_${column}`])
    }
  }

  private async addStops(found: Map<string, StoredFigures>, asked: Asked): Promise<void> {
    const rows = await this.warehouse.query<{
      unit: string
      state: EquipmentState
      reason: string
      total_ms: number
      starts: number
    }>(
      `SELECT unit, state, reason, toFloat64(sum(ms)) AS total_ms, toUInt32(sum(count)) AS starts
       FROM equipment_stop FINAL WHERE ${within('window_at')} GROUP BY unit, state, reason`,
      asked,
    )
    for (const { unit, state, reason, total_ms: ms, starts } of rows) {
      const stop: StopPart = { state, reason: reason === '' ? null : reason, ms: Number(ms), count: Number(starts) }
      found.get(unit)?.figures.stops.push(stop)
    }
  }

  private async addNoData(found: Map<string, StoredFigures>, asked: Asked): Promise<void> {
    const rows = await this.warehouse.query<{ unit: string; from_at: number; to_at: number }>(
      `SELECT unit, toUnixTimestamp64Milli(started_at) AS from_at, toUnixTimestamp64Milli(ended_at) AS to_at
       FROM equipment_state FINAL WHERE ${within('window_at')} AND state = 'NO_DATA'`,
      asked,
    )
    for (const { unit, from_at: fromAt, to_at: toAt } of rows)
      found.get(unit)?.figures.noData.push({ fromAt: Number(fromAt), toAt: Number(toAt) })
  }
}

function partsOf(values: readonly number[]): EquipmentTimeParts {
  const parts = emptyParts()
  PART_COLUMNS.forEach(([name], index) => (parts[name] = Number(values[index])))
  return parts
}

const nothing = (): StoredFigures => ({
  windows: new Set(),
  figures: { parts: emptyParts(), stops: [], noData: [], energy: [] },
})
