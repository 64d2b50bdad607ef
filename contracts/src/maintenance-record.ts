import { z } from 'zod'
import { equipmentPath } from './catalog.ts'
import { instantMs } from './time.ts'

/**
 * One maintenance order of a MES or ERP. A corrective one answers a failure: `failedAt`, the call, the arrival of
 * maintenance, the end of the repair, and `restartedAt` when production ran again. A preventive one has a planned window;
 * its work is from `arrivedAt` to `repairedAt`. A stamp that did not happen yet, or that nobody entered, is null.
 */
export const maintenanceOrder = z.object({
  order: z.string().min(1).max(100),
  equipment: equipmentPath,
  kind: z.enum(['corrective', 'preventive']),
  status: z.enum(['planned', 'open', 'closed', 'cancelled']),
  /** Code of the failure, or of the plan. */
  reason: z.string().max(100).nullable(),
  plannedFromAt: instantMs.nullable(),
  plannedToAt: instantMs.nullable(),
  failedAt: instantMs.nullable(),
  calledAt: instantMs.nullable(),
  arrivedAt: instantMs.nullable(),
  repairedAt: instantMs.nullable(),
  restartedAt: instantMs.nullable(),
})
export type MaintenanceOrder = z.infer<typeof maintenanceOrder>
