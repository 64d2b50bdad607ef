import { Injectable } from '@nestjs/common'
import type { StopPart } from '@gemba/contracts/kpi'
import type { StateEnergy } from '@gemba/engine/kpi/energy'
import { emptyParts } from '@gemba/engine/kpi/oee'
import type { TimeRange } from '@gemba/contracts/time'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { PART_COLUMNS } from './window-rows.ts'
import { type KnownWindow, energyOfText, listsOf } from './window-versions.ts'

const LABELS = `unit, toUnixTimestamp64Milli(start_at) AS start_ms, toUnixTimestamp64Milli(end_at) AS end_ms, kind,
  toString(production_date) AS date_text, shift_code, ${PART_COLUMNS.map(([, column]) => `toFloat64(${column}) AS ${column}_`).join(', ')}`

interface WindowRow extends Record<string, unknown> {
  unit: string
  start_ms: number
  end_ms: number
  known_ms: number
  kind: string
  date_text: string
  shift_code: string
}

/** Stored windows by what was known at a time. */
@Injectable()
export class KnownWindows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** Windows of units that lie within a range as they were known at `knownAt`; those not known by then are not among them. */
  async asKnown(units: readonly string[], range: TimeRange, knownAt: number): Promise<KnownWindow[]> {
    const asked = { units, ...range, knownAt }
    const within = `unit IN {units:Array(String)} AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64})
      AND end_at <= fromUnixTimestamp64Milli({toAt:Int64})`
    const [versions, first, energy] = await Promise.all([
      this.warehouse.query<WindowRow & { stops: string; no_data: string }>(
        `SELECT ${LABELS}, toUnixTimestamp64Milli(known_at) AS known_ms, stops, no_data FROM equipment_window_version
         WHERE ${within} AND known_at <= fromUnixTimestamp64Milli({knownAt:Int64})
         ORDER BY unit, start_at, known_at DESC LIMIT 1 BY unit, start_at`,
        asked,
      ),
      this.firstVersions(asked),
      this.warehouse.query<{ unit: string; start_ms: number; known_ms: number; energy: string }>(
        `SELECT unit, toUnixTimestamp64Milli(start_at) AS start_ms, toUnixTimestamp64Milli(known_at) AS known_ms, energy
         FROM equipment_energy_version WHERE ${within} AND known_at <= fromUnixTimestamp64Milli({knownAt:Int64})`,
        asked,
      ),
    ])
    const energyOf = new Map(energy.map((row) => [`${row.unit} ${row.start_ms} ${row.known_ms}`, row.energy]))
    const known = versions.map((row): KnownWindow => {
      const uses = energyOf.get(`${row.unit} ${row.start_ms} ${row.known_ms}`)
      return { ...windowOf(row), ...listsOf(row), energy: uses === undefined ? null : energyOfText(uses) }
    })
    const found = new Set(known.map(({ unit, fromAt }) => `${unit} ${fromAt}`))
    return [...known, ...first.filter(({ unit, fromAt }) => !found.has(`${unit} ${fromAt}`))].filter(
      ({ parts }) => parts.allMs > 0,
    )
  }

  /** Windows that were stored before versions were kept and have not changed since. */
  private async firstVersions(asked: Record<string, unknown>): Promise<KnownWindow[]> {
    const rows = await this.warehouse.query<WindowRow>(
      `SELECT ${LABELS}, toUnixTimestamp64Milli(computed_at) AS known_ms FROM equipment_window FINAL
       WHERE unit IN {units:Array(String)} AND start_at >= fromUnixTimestamp64Milli({fromAt:Int64})
         AND end_at <= fromUnixTimestamp64Milli({toAt:Int64}) AND computed_at <= fromUnixTimestamp64Milli({knownAt:Int64})
         AND (unit, start_at) NOT IN (SELECT unit, start_at FROM equipment_window_version WHERE unit IN {units:Array(String)})`,
      asked,
    )
    const starts = rows.map((row) => Number(row.start_ms))
    if (rows.length === 0) return []
    const [stops, energy] = await Promise.all([
      this.stopsOf(asked['units'], starts),
      this.energyOf(asked['units'], starts),
    ])
    return rows.map((row) => {
      const key = `${row.unit} ${Number(row.start_ms)}`
      return { ...windowOf(row), stops: stops.get(key) ?? [], noData: [], energy: energy.get(key) ?? [] }
    })
  }

  private async energyOf(units: unknown, starts: readonly number[]): Promise<Map<string, StateEnergy[]>> {
    const rows = await this.warehouse.query<{
      unit: string
      start_ms: number
      state: StateEnergy['state']
      kwh_sum: number
      metered: number
    }>(
      `SELECT unit, toUnixTimestamp64Milli(window_at) AS start_ms, state, sum(kwh) AS kwh_sum, sum(metered_ms) AS metered
       FROM equipment_energy FINAL WHERE unit IN {units:Array(String)}
         AND toUnixTimestamp64Milli(window_at) IN {starts:Array(Int64)} GROUP BY unit, start_ms, state`,
      { units, starts },
    )
    const found = new Map<string, StateEnergy[]>()
    for (const { unit, start_ms: start, state, kwh_sum: kwh, metered } of rows) {
      const key = `${unit} ${Number(start)}`
      found.set(key, [...(found.get(key) ?? []), { state, kwh: Number(kwh), meteredMs: Number(metered) }])
    }
    return found
  }

  private async stopsOf(units: unknown, starts: readonly number[]): Promise<Map<string, StopPart[]>> {
    const rows = await this.warehouse.query<{
      unit: string
      start_ms: number
      state: StopPart['state']
      reason: string
      stop_ms: number
      n: number
    }>(
      `SELECT unit, toUnixTimestamp64Milli(window_at) AS start_ms, state, reason, toFloat64(ms) AS stop_ms, toUInt32(count) AS n
       FROM equipment_stop FINAL WHERE unit IN {units:Array(String)}
         AND toUnixTimestamp64Milli(window_at) IN {starts:Array(Int64)}`,
      { units, starts },
    )
    const found = new Map<string, StopPart[]>()
    for (const { unit, start_ms: start, state, reason, stop_ms: ms, n } of rows) {
      const key = `${unit} ${Number(start)}`
      const list = found.get(key) ?? []
      list.push({ state, reason: reason === '' ? null : reason, ms: Number(ms), count: Number(n) })
      found.set(key, list)
    }
    return found
  }

  /** What is stored now of windows of one unit, by start, with all times at which they were known. */
  async current(unit: string, starts: readonly number[]): Promise<Map<number, KnownWindow & { knownAts: number[] }>> {
    const asked = { unit, units: [unit], starts }
    const where = 'unit = {unit:String} AND toUnixTimestamp64Milli(start_at) IN {starts:Array(Int64)}'
    const [rows, times, stops, energy] = await Promise.all([
      this.warehouse.query<WindowRow>(
        `SELECT ${LABELS}, toUnixTimestamp64Milli(computed_at) AS known_ms FROM equipment_window FINAL WHERE ${where}`,
        asked,
      ),
      this.warehouse.query<{ start_ms: number; known_ats: number[] }>(
        `SELECT toUnixTimestamp64Milli(start_at) AS start_ms, groupUniqArray(toUnixTimestamp64Milli(known_at)) AS known_ats
         FROM equipment_window_version WHERE ${where} GROUP BY start_ms`,
        asked,
      ),
      this.stopsOf([unit], starts),
      this.energyOf([unit], starts),
    ])
    const knownAts = new Map(times.map((row) => [Number(row.start_ms), row.known_ats.map(Number)]))
    return new Map(
      rows.map((row) => {
        const key = `${row.unit} ${Number(row.start_ms)}`
        const lists = { stops: stops.get(key) ?? [], noData: [], energy: energy.get(key) ?? [] }
        const window = { ...windowOf(row), ...lists }
        const ats = knownAts.get(window.fromAt) ?? []
        // The roll-up may have been written again since, with the same figure.
        return [
          window.fromAt,
          { ...window, knownAt: Math.max(...ats, ats.length > 0 ? 0 : window.knownAt), knownAts: ats },
        ]
      }),
    )
  }
}

function windowOf(row: WindowRow): Omit<KnownWindow, 'stops' | 'noData' | 'energy'> {
  const parts = emptyParts()
  for (const [name, column] of PART_COLUMNS) parts[name] = Number(row[`${column}_`])
  return {
    unit: row.unit,
    fromAt: Number(row.start_ms),
    toAt: Number(row.end_ms),
    knownAt: Number(row.known_ms),
    kind: row.kind,
    productionDate: row.date_text,
    shiftCode: row.shift_code,
    parts,
  }
}
