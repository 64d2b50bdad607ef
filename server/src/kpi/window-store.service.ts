import { Injectable } from '@nestjs/common'
import type { Recalculation } from '../policies/recalculations.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { type DerivedWindow, WindowHistory } from './window-history.service.ts'
import { derivedRows, windowRow } from './window-rows.ts'

const ROWS_PER_INSERT = 50_000

type DerivedTable = keyof ReturnType<typeof derivedRows>
type StoredKeys = Record<DerivedTable, Map<string, Record<string, unknown>>>

/** Writes derived windows over what is stored of them. */
@Injectable()
export class WindowStore {
  constructor(
    private readonly history: WindowHistory,
    private readonly warehouse: WarehouseService,
  ) {}

  async store(
    unit: string,
    results: readonly DerivedWindow[],
    { knownAt, recalculations }: { knownAt: number; recalculations: readonly Recalculation[] },
  ): Promise<void> {
    if (results.length === 0) return
    await this.history.record(unit, results, { knownAt, recalculations })
    const stored = await this.storedRows(unit, results)
    const rows: Record<DerivedTable, object[]> = {
      equipment_state: [],
      equipment_stop: [],
      equipment_count: [],
      equipment_energy: [],
    }
    for (const { window, result } of results) {
      const derived = derivedRows(unit, window, result)
      for (const table of Object.keys(rows) as DerivedTable[])
        rows[table].push(...versioned(derived[table], stored.get(window.fromAt)?.[table], knownAt))
    }
    for (const table of Object.keys(rows) as DerivedTable[]) {
      for (let index = 0; index < rows[table].length; index += ROWS_PER_INSERT)
        await this.warehouse.insertRows(table, rows[table].slice(index, index + ROWS_PER_INSERT))
    }
    // Last: a window counts as derived when its parts are there.
    await this.warehouse.insertRows(
      'equipment_window',
      results.map(({ window, result }) => windowRow(unit, window, result.parts, knownAt)),
    )
  }

  /** Rows that are stored for these windows now: what is not derived again has vanished. */
  private async storedRows(
    unit: string,
    results: readonly Pick<DerivedWindow, 'window'>[],
  ): Promise<Map<number, StoredKeys>> {
    const windows = results.map(({ window }) => window.fromAt)
    const params = { unit, windows }
    const where =
      'FROM {table:Identifier} FINAL WHERE unit = {unit:String} AND toUnixTimestamp64Milli(window_at) IN {windows:Array(Int64)}'
    const found = new Map<number, StoredKeys>(
      windows.map((at) => [
        at,
        {
          equipment_state: new Map(),
          equipment_stop: new Map(),
          equipment_count: new Map(),
          equipment_energy: new Map(),
        },
      ]),
    )
    const load = async (table: DerivedTable, columns: string, keyOf: (row: Record<string, unknown>) => string) => {
      const rows = await this.warehouse.query<Record<string, unknown>>(
        `SELECT toUnixTimestamp64Milli(window_at) AS window_at_ms, ${columns} ${where}`,
        { ...params, table },
      )
      for (const { window_at_ms: at, ...row } of rows)
        found.get(Number(at))?.[table].set(keyOf(row), { ...row, unit, window_at: Number(at) })
    }
    await load(
      'equipment_state',
      'toUnixTimestamp64Milli(started_at) AS started_at, toUnixTimestamp64Milli(ended_at) AS ended_at, state',
      (row) => String(row['started_at']),
    )
    await load(
      'equipment_stop',
      'state, reason, ms, count',
      (row) => `${String(row['state'])}\n${String(row['reason'])}`,
    )
    await load(
      'equipment_count',
      'toUnixTimestamp64Milli(minute_at) AS minute_at, order_no, material, total, good, scrap, rework',
      (row) => `${String(row['minute_at'])}\n${String(row['order_no'])}\n${String(row['material'])}`,
    )
    await load(
      'equipment_energy',
      'toUnixTimestamp64Milli(minute_at) AS minute_at, state, kwh, metered_ms',
      (row) => `${String(row['minute_at'])}\n${String(row['state'])}`,
    )
    return found
  }
}

/** New rows with their version, and tombstones for stored rows that are not among them. */
function versioned(
  derived: readonly { key: string; row: Record<string, unknown> }[],
  stored: Map<string, Record<string, unknown>> | undefined,
  computedAt: number,
): object[] {
  const keys = new Set(derived.map(({ key }) => key))
  const gone = [...(stored ?? [])]
    .filter(([key]) => !keys.has(key))
    .map(([, row]) => ({ ...numeric(row), computed_at: computedAt, is_deleted: 1 }))
  return [...derived.map(({ row }) => ({ ...row, computed_at: computedAt, is_deleted: 0 })), ...gone]
}

const numeric = (row: Record<string, unknown>): Record<string, unknown> => {
  const copy = { ...row }
  for (const name of ['started_at', 'ended_at', 'minute_at']) if (name in copy) copy[name] = Number(copy[name])
  return copy
}
