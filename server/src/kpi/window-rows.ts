import type { EquipmentTimeParts } from '@gemba/contracts/kpi'
import { emptyParts } from '@gemba/engine/kpi/oee'
import type { UnitWindow } from '@gemba/engine/kpi/equipment-time'
import type { TimeWindow } from '@gemba/engine/time/calendar'

export type PartName = keyof EquipmentTimeParts

/** Part names and their columns: `plannedMs` ↔ `planned_ms`. */
export const PART_COLUMNS: readonly [PartName, string][] = (Object.keys(emptyParts()) as PartName[]).map((name) => [
  name,
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
])

export function windowRow(unit: string, window: TimeWindow, parts: EquipmentTimeParts, computedAt: number): object {
  return {
    unit,
    start_at: window.fromAt,
    end_at: window.toAt,
    kind: window.kind,
    production_date: window.productionDate,
    shift_code: window.shift?.code ?? '',
    ...Object.fromEntries(PART_COLUMNS.map(([name, column]) => [column, parts[name]])),
    computed_at: computedAt,
  }
}

interface Keyed {
  key: string
  row: Record<string, unknown>
}

/** Rows of all derived tables for one window; `key` tells which of the stored rows have vanished. */
export function derivedRows(
  unit: string,
  window: TimeWindow,
  result: UnitWindow,
): Record<'equipment_state' | 'equipment_stop' | 'equipment_count' | 'equipment_energy', Keyed[]> {
  return {
    equipment_state: result.intervals.map((interval) => ({
      key: String(interval.fromAt),
      row: {
        unit,
        window_at: window.fromAt,
        started_at: interval.fromAt,
        ended_at: interval.toAt,
        state: interval.state,
        reason: interval.reason,
        order_no: interval.order,
        material: interval.material,
      },
    })),
    equipment_stop: result.stops.map((stop) => ({
      key: `${stop.state}\n${stop.reason ?? ''}`,
      row: {
        unit,
        window_at: window.fromAt,
        state: stop.state,
        reason: stop.reason ?? '',
        ms: stop.ms,
        count: stop.count,
      },
    })),
    equipment_count: result.counts.map((bucket) => ({
      key: `${bucket.minuteAt}\n${bucket.order ?? ''}\n${bucket.material ?? ''}`,
      row: {
        unit,
        window_at: window.fromAt,
        minute_at: bucket.minuteAt,
        order_no: bucket.order ?? '',
        material: bucket.material ?? '',
        total: bucket.total,
        good: bucket.good,
        scrap: bucket.scrap,
        rework: bucket.rework,
      },
    })),
    equipment_energy: result.energy.map((use) => ({
      key: `${use.minuteAt}\n${use.state}`,
      row: {
        unit,
        window_at: window.fromAt,
        minute_at: use.minuteAt,
        state: use.state,
        kwh: use.kwh,
        metered_ms: use.meteredMs,
      },
    })),
  }
}
