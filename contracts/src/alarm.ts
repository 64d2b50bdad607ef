import { z } from 'zod'

/** What happened to an alarm (ISA-18.2): it came up, somebody acknowledged it, its cause went away. */
export const alarmEvent = z.enum(['raised', 'acknowledged', 'cleared'])
export type AlarmEvent = z.infer<typeof alarmEvent>

/**
 * What a point of the role `alarm` says, as JSON text: one change of one activation of an alarm. The source time of the
 * reading is when it happened. `id` names the activation and is unique per unit; it comes again with every later event
 * of the same activation. The same event told twice changes nothing.
 */
export const alarmMessage = z.object({
  id: z.string().min(1).max(100),
  event: alarmEvent,
  /** The alarm as the controller calls it. */
  code: z.string().min(1).max(100),
  /** 1 (information) to 1000 (danger), as OPC UA part 9 has it. */
  severity: z.int().min(1).max(1000),
  text: z.string().max(300),
})
export type AlarmMessage = z.infer<typeof alarmMessage>
