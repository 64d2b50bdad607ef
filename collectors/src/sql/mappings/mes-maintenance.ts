/** Maintenance orders of the MES: preventive ones with their planned window, corrective ones with the stamps of a failure. */
import type { PullStream } from '../mapping.ts'
import { rowStream } from './mes-rows.ts'

const KINDS = ['corrective', 'preventive'] as const
const STATUS = ['planned', 'open', 'closed', 'cancelled'] as const

const ORDERS = rowStream({
  name: 'maintenance-orders',
  table: 'maintenance_order',
  key: 'mo_no',
  columns: ['kind', 'status', 'reason'],
  ms: ['planned_from', 'planned_to', 'failed_at', 'called_at', 'arrived_at', 'repaired_at', 'restarted_at'],
  type: 'maintenance-order',
  data: (row) => {
    const kind = KINDS.find((known) => known === row.text('kind'))
    const status = STATUS.find((known) => known === row.text('status'))
    if (!kind || !status) return null
    return {
      order: row.text('key'),
      equipment: row.equipment,
      kind,
      status,
      reason: row.textOrNull('reason'),
      plannedFromAt: row.numberOrNull('planned_from'),
      plannedToAt: row.numberOrNull('planned_to'),
      failedAt: row.numberOrNull('failed_at'),
      calledAt: row.numberOrNull('called_at'),
      arrivedAt: row.numberOrNull('arrived_at'),
      repairedAt: row.numberOrNull('repaired_at'),
      restartedAt: row.numberOrNull('restarted_at'),
    }
  },
})

export const MAINTENANCE_STREAMS: readonly PullStream[] = [ORDERS]
