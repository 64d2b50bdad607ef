/** Alarms and maintenance orders as rows of their tables. */
import { type AlarmMessage, alarmMessage } from '@gemba/contracts/alarm'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { Reading } from '@gemba/contracts/reading'

type Maintenance = Extract<RecordLine, { type: 'maintenance-order' }>

export const UPKEEP_ROWS = {
  'maintenance-order': ({ data }: Maintenance) => ({
    maintenance_no: data.order,
    unit: data.equipment,
    kind: data.kind,
    status: data.status,
    reason: data.reason,
    planned_from_at: data.plannedFromAt,
    planned_to_at: data.plannedToAt,
    failed_at: data.failedAt,
    called_at: data.calledAt,
    arrived_at: data.arrivedAt,
    repaired_at: data.repairedAt,
    restarted_at: data.restartedAt,
  }),
}

/** The message in the value of an alarm point; null for one without a word yet, `bad` when it cannot be read. */
export function alarmOf(value: Reading['v']): AlarmMessage | null | 'bad' {
  if (value === null || value === '') return null
  if (typeof value !== 'string') return 'bad'
  try {
    const read = alarmMessage.safeParse(JSON.parse(value))
    return read.success ? read.data : 'bad'
  } catch {
    return 'bad'
  }
}

/** Rows of `equipment_alarm`. A bad reading tells nothing. */
export function alarmRows(
  readings: readonly Reading[],
  unitOfAlarm: (point: string) => string | null,
  receivedAt: number,
): object[] {
  return readings.flatMap(({ p, t, v, q }) => {
    const unit = unitOfAlarm(p)
    const alarm = unit === null || q === 2 ? null : alarmOf(v)
    if (unit === null || alarm === null || alarm === 'bad') return []
    const { id, event, code, severity, text } = alarm
    return [{ unit, event_at: t, alarm: id, event, code, severity, text, received_at: receivedAt }]
  })
}
