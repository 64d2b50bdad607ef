import { Injectable } from '@nestjs/common'
import type { KpiQuery } from '@gemba/contracts/kpi'
import type { FailureEvent } from '@gemba/engine/kpi/repair-times'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { GatedPlace } from './made-family.ts'

/** A failure with the stamps of its order. */
export interface FailureRow extends FailureEvent {
  unit: string
}

/** Preventive work; `endedAt` null = still going on. */
export interface PreventiveRow {
  unit: string
  startedAt: number
  endedAt: number | null
}

export interface MaintenanceRead {
  failures: FailureRow[]
  preventive: PreventiveRow[]
}

type Row = Record<'unit' | 'kind', string> & Record<string, string | number | null>

const UNDER = "(unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/')))"
const STAMPS = ['failed_at', 'called_at', 'arrived_at', 'repaired_at', 'restarted_at'] as const
/** A failure belongs to the time it began in, preventive work to the one its work began in. */
const BEGAN = `ifNull(if(kind = 'corrective', failed_at, arrived_at) >= fromUnixTimestamp64Milli({fromAt:Int64})
  AND if(kind = 'corrective', failed_at, arrived_at) < fromUnixTimestamp64Milli({toAt:Int64}), 0) AND status != 'cancelled'`

/** Maintenance orders of a place. */
@Injectable()
export class MaintenanceRows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** The same rows as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): MaintenanceRows {
    return new MaintenanceRows(this.warehouse.asKnown(knownAt))
  }

  async read({ equipment, range, scope }: GatedPlace): Promise<MaintenanceRead> {
    const gate = scope.condition()
    const stamps = STAMPS.map((name) => `toUnixTimestamp64Milli(${name}) AS ${name}_ms`).join(', ')
    const rows = await this.warehouse.query<Row>(
      `SELECT unit, kind, ${stamps} FROM maintenance_order FINAL WHERE ${UNDER} AND ${BEGAN} AND ${gate.sql} ORDER BY maintenance_no`,
      { equipment, ...range, ...gate.params },
    )
    const stamp = (row: Row, name: (typeof STAMPS)[number]): number | null => {
      const value = row[`${name}_ms`] ?? null
      return value === null ? null : Number(value)
    }
    const corrective = rows.filter(({ kind }) => kind === 'corrective')
    return {
      failures: corrective.map((row) => ({
        unit: row.unit,
        failedAt: stamp(row, 'failed_at') ?? 0,
        calledAt: stamp(row, 'called_at'),
        arrivedAt: stamp(row, 'arrived_at'),
        repairedAt: stamp(row, 'repaired_at'),
        restoredAt: stamp(row, 'restarted_at'),
      })),
      preventive: rows
        .filter(({ kind }) => kind === 'preventive')
        .map((row) => ({
          unit: row.unit,
          startedAt: stamp(row, 'arrived_at') ?? 0,
          endedAt: stamp(row, 'repaired_at'),
        })),
    }
  }
}

/** The statement that lists the orders behind figures of maintenance. */
export const maintenanceQuery = ({ equipment, range }: GatedPlace): KpiQuery => ({
  rows: 'maintenance-orders',
  sql: `SELECT * FROM maintenance_order FINAL WHERE ${UNDER} AND ${BEGAN} ORDER BY unit, maintenance_no`,
  parameters: { equipment, ...range },
})
