/** Rows of deliveries as they lie in PostgreSQL, and how they are shown. */
import type {
  DeliveryReason,
  DeliveryReceipt,
  DeliveryRun,
  DeliveryState,
  DeliveryStep,
  ReceiptState,
  ScheduleRequest,
} from '@gemba/contracts/delivery'
import type { RunChanges } from '@gemba/contracts/run-changes'
import type { EntityManager } from 'typeorm'
import type { RenderedReport } from './report-source.service.ts'

/** What asks the database: the connection itself or a transaction. */
export type Store = Pick<EntityManager, 'query'>

/** `UPDATE … RETURNING` comes with its count beside the rows. */
export async function updated<T>(store: Store, statement: string, values: unknown[]): Promise<T[]> {
  const [rows] = await store.query<[T[], number]>(statement, values)
  return rows
}

export interface ScheduleRow {
  id: string
  revision: number
  document: ScheduleRequest
  enabled: boolean
  next_at: Date | null
  saved_by: string
  saved_at: Date
}

export interface RunRow {
  id: string
  schedule: string
  /** The schedule as it was when the run was planned. */
  document: ScheduleRequest
  saved_by: string
  trigger: DeliveryRun['trigger']
  /** One account alone, for tests. */
  only_for: string | null
  planned_at: Date
  production_date: string
  deadline_at: Date
  state: DeliveryState
  reason: DeliveryReason | null
  attempts: number
  is_late: boolean
  lease: string | null
  finished_at: Date | null
  /** The run whose figures a correction speaks of. */
  corrects: string | null
  /** Files go before the rows do. */
  files_dropped_at: Date | null
}

export interface ReceiptRow {
  id: string
  run: string
  kind: DeliveryReceipt['kind']
  recipient: string
  name: string
  address: string | null
  part: string | null
  state: ReceiptState
  reason: DeliveryReason | null
  message_id: string
  attempts: number
  was_unknown: boolean
  next_try_at: Date
  response: string | null
  accepted_at: Date | null
  opened_at: Date | null
  /** What the letter tells of, and the letter that it answers. */
  correction: string | null
  replies_to: string | null
}

/** What was found to be others than a render shows; the newest counts. Nothing changed = they are again as sent. */
export interface CorrectionRow {
  id: string
  part: string
  number: number
  found_at: Date
  content_hash: string
  changes: RunChanges
}

export interface PartRow {
  id: string
  run: string
  rights_key: string
  rendered: RenderedReport
}

/** Columns of a run; its date as text, since a driver would make an instant of it. */
export const RUN_COLUMNS = `r.id, r.schedule, r.document, r.saved_by, r.trigger, r.only_for, r.planned_at,
  r.production_date::text AS production_date, r.deadline_at, r.state, r.reason, r.attempts, r.is_late, r.lease, r.finished_at,
  r.files_dropped_at, r.corrects`

export type Evidence = DeliveryStep['evidence']

export interface NewStep {
  readonly kind: DeliveryStep['kind']
  readonly outcome?: DeliveryStep['outcome']
  readonly reason?: DeliveryReason | null
  readonly evidence?: Evidence
}

/** Notes what happened to a run. */
export async function note(store: Store, run: string, step: NewStep): Promise<void> {
  await store.query('INSERT INTO delivery_step (run, kind, outcome, reason, evidence) VALUES ($1, $2, $3, $4, $5)', [
    run,
    step.kind,
    step.outcome ?? 'done',
    step.reason ?? null,
    JSON.stringify(step.evidence ?? {}),
  ])
}

/** Has owner and deputy told, once about one thing; the watchdog sends it. */
export async function giveNotice(
  store: Store,
  run: Pick<RunRow, 'id' | 'schedule'>,
  { key, kind, reason }: { key: string; kind: 'failed' | 'held' | 'missed'; reason: DeliveryReason | null },
): Promise<void> {
  await store.query(
    `INSERT INTO delivery_notice (id, subject_key, run, schedule, kind, reason)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (subject_key) DO NOTHING`,
    [key, run.id, run.schedule, kind, reason],
  )
}

const text = (at: Date): string => at.toISOString()
const textOrNull = (at: Date | null): string | null => at?.toISOString() ?? null

export interface RunCounts {
  recipients: string
  accepted: string
  failed: string
  parts: string
}

export function presentRun(row: RunRow & RunCounts, correctedAt: Date | null = null): DeliveryRun {
  return {
    id: row.id,
    schedule: row.schedule,
    name: row.document.name,
    report: row.document.report,
    trigger: row.trigger,
    corrects: row.corrects,
    plannedAt: text(row.planned_at),
    productionDate: row.production_date,
    state: row.state,
    reason: row.reason,
    formats: row.document.formats,
    recipients: Number(row.recipients),
    accepted: Number(row.accepted),
    failed: Number(row.failed),
    parts: Number(row.parts),
    finishedAt: textOrNull(row.finished_at),
    deadlineAt: text(row.deadline_at),
    late: row.is_late,
    filesDroppedAt: textOrNull(row.files_dropped_at),
    correctedAt: textOrNull(correctedAt),
  }
}

/** A receipt as somebody may see it who knows what was rendered for its reader, or does not. */
export function presentReceipt(
  row: ReceiptRow & { rendered: RenderedReport | null },
  { knowsContent, reportRun }: { knowsContent: boolean; reportRun: string | null },
): DeliveryReceipt {
  const rendered = knowsContent ? row.rendered : null
  const tellsOfContent = row.reason === 'condition-not-met' || row.reason === 'report-failed'
  const isOpen = row.state === 'pending' || row.state === 'unknown'
  return {
    id: row.id,
    kind: row.kind,
    recipient: row.recipient,
    name: row.name,
    address: row.address,
    state: row.state,
    reason: row.reason,
    rows: rendered === null ? null : sumOf(rendered.rows),
    hash: rendered?.hash.slice(0, 8).toUpperCase() ?? null,
    messageId: row.message_id,
    attempts: row.attempts,
    response: tellsOfContent && !knowsContent ? null : row.response,
    acceptedAt: textOrNull(row.accepted_at),
    openedAt: textOrNull(row.opened_at),
    reportRun,
    nextTryAt: isOpen ? text(row.next_try_at) : null,
  }
}

export const sumOf = (rows: Readonly<Record<string, number>>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0)
