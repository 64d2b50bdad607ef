import { Injectable } from '@nestjs/common'
import type { KpiQuery } from '@gemba/contracts/kpi'
import type { AlarmActivation } from '@gemba/engine/kpi/alarms'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { GatedPlace } from './made-family.ts'

/** One activation of an alarm with what it is called. */
export interface AlarmRow extends AlarmActivation {
  unit: string
  code: string
  text: string
}

type Row = Record<'unit' | 'alarm_code' | 'words', string> &
  Record<'raised_ms' | 'acknowledged_ms' | 'cleared_ms', number | string | null>

const UNDER = "(unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/')))"
const UNTIL = 'event_at < fromUnixTimestamp64Milli({knownAt:Int64})'
const at = (event: string): string =>
  `if(countIf(event = '${event}') = 0, NULL, toUnixTimestamp64Milli(minIf(event_at, event = '${event}')))`

/** Activations of alarms from their events. */
@Injectable()
export class AlarmRows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** The same rows as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): AlarmRows {
    return new AlarmRows(this.warehouse.asKnown(knownAt))
  }

  /**
   * Activations that came up in the range, and those that were up when it began. An activation whose coming up was never
   * told is not among them.
   */
  async activations({ equipment, range, scope }: GatedPlace, nowAt: number): Promise<AlarmRow[]> {
    const gate = scope.condition()
    const rows = await this.warehouse.query<Row>(
      `SELECT unit, alarm, argMax(code, received_at) AS alarm_code, argMax(text, received_at) AS words,
         ${at('raised')} AS raised_ms, ${at('acknowledged')} AS acknowledged_ms, ${at('cleared')} AS cleared_ms
       FROM equipment_alarm FINAL WHERE ${UNDER} AND ${UNTIL} AND ${gate.sql} GROUP BY unit, alarm
       HAVING isNotNull(raised_ms) AND raised_ms < {toAt:Int64} AND (raised_ms >= {fromAt:Int64} OR ifNull(cleared_ms >= {fromAt:Int64}, 1))
       ORDER BY raised_ms, unit, alarm`,
      { equipment, ...range, knownAt: nowAt + 1, ...gate.params },
    )
    const instant = (value: number | string | null) => (value === null ? null : Number(value))
    return rows.map((row) => ({
      unit: row.unit,
      code: row.alarm_code,
      text: String(scope.shown('text', row.words) ?? ''),
      raisedAt: Number(row.raised_ms),
      acknowledgedAt: instant(row.acknowledged_ms),
      clearedAt: instant(row.cleared_ms),
    }))
  }
}

/** The statement that lists the events behind figures of alarms. */
export const alarmQuery = ({ equipment, range }: GatedPlace): KpiQuery => ({
  rows: 'alarms',
  sql: `SELECT * FROM equipment_alarm FINAL WHERE ${UNDER} AND event_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND event_at < fromUnixTimestamp64Milli({toAt:Int64}) ORDER BY unit, event_at`,
  parameters: { equipment, ...range },
})
