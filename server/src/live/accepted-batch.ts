import type { RecordLine } from '@gemba/contracts/erp-record'
import type { GapLine, Reading } from '@gemba/contracts/reading'

/** Lines of one ingest batch that passed all checks, in the order of the stream. */
export interface AcceptedBatch {
  stream: string
  collector: string
  /** When the server received the batch (ms). */
  receivedAt: number
  readings: Reading[]
  /** Unit → until when it was observed without interruption (ms, source time). */
  alive: Record<string, number>
  gaps: GapLine[]
  records: RecordLine[]
}
