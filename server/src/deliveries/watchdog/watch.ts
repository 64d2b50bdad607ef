/**
 * Looks after deliveries from outside: it reads the tables of the contract and shares nothing else with the clock
 * that plans them, so that it also notices when that one is dead. It tells owners and deputies by mail.
 */
import type { ScheduleRequest } from '@gemba/contracts/delivery'
import { messageMarkup } from '@gemba/engine/format/message-text'
import { type Letter, type Posting, post } from '../../mail/mail-post.service.ts'
import type { MailServer } from '../../mail/mail-server.service.ts'
import { type Notice, noticeText } from './notice-text.ts'

/** What asks the database: statements with bound values. */
export type Ask = <T>(statement: string, values?: unknown[]) => Promise<T[]>

export interface Surroundings {
  readonly ask: Ask
  readonly server: () => Promise<MailServer | null>
  readonly send?: (server: MailServer, letter: Letter) => Promise<Posting>
}

const AGAIN_MS = 60_000

interface NoticeRow {
  id: string
  run: string | null
  kind: Notice['kind']
  reason: Notice['reason']
  document: ScheduleRequest
  planned_at: Date | null
  response: string | null
}

/** Finds what is overdue and tells what was not told yet; gives how many notices went out. */
export async function watchOnce(around: Surroundings): Promise<number> {
  await findOverdue(around.ask)
  const rows = await around.ask<NoticeRow>(
    `SELECT n.id, n.run, n.kind, n.reason, coalesce(r.document, s.document) AS document,
       coalesce(r.planned_at, s.next_at) AS planned_at, n.response
     FROM delivery_notice n JOIN delivery_schedule s ON s.id = n.schedule LEFT JOIN delivery_run r ON r.id = n.run
     WHERE n.told_at IS NULL AND n.next_try_at <= now() ORDER BY n.noticed_at LIMIT 50`,
  )
  let told = 0
  for (const row of rows) told += (await tell(row, around)) ? 1 : 0
  return told
}

async function findOverdue(ask: Ask): Promise<void> {
  // The clock has not even planned it: nobody plans any more.
  await ask(
    `INSERT INTO delivery_notice (id, subject_key, schedule, kind, reason)
     SELECT gen_random_uuid(), 'missed:' || id || ':' || extract(epoch FROM next_at), id, 'missed', 'not-finished-in-time'
     FROM delivery_schedule WHERE enabled AND next_at + deadline_minutes * interval '1 minute' < now()
     ON CONFLICT (subject_key) DO NOTHING`,
  )
  await ask(
    `INSERT INTO delivery_notice (id, subject_key, run, schedule, kind, reason)
     SELECT gen_random_uuid(), 'missed:' || id, id, schedule, 'missed', 'not-finished-in-time' FROM delivery_run
     WHERE trigger = 'clock' AND finished_at IS NULL AND state <> 'held' AND deadline_at < now()
     ON CONFLICT (subject_key) DO NOTHING`,
  )
  await ask('UPDATE delivery_run SET is_late = true WHERE NOT is_late AND finished_at IS NULL AND deadline_at < now()')
}

async function tell(row: NoticeRow, { ask, server: find, send = post }: Surroundings): Promise<boolean> {
  const server = await find()
  const { owner, deputy } = row.document
  const people = [...new Set([owner, deputy])].filter((user) => user !== null)
  const answers = JSON.parse(row.response ?? '{}') as Record<string, string>
  let isDone = true
  for (const [place, user] of people.entries()) {
    if (answers[user]?.startsWith('accepted')) continue
    const answer =
      server === null ? 'no mail server is set up' : await tellOne({ row, user, place }, { ask, server, send })
    answers[user] = answer
    isDone &&= answer.startsWith('accepted') || answer.startsWith('refused')
  }
  await ask(
    `UPDATE delivery_notice SET attempts = attempts + 1, response = $2, told_at = CASE WHEN $3 THEN now() END,
       next_try_at = now() + $4 * interval '1 millisecond' WHERE id = $1`,
    [row.id, JSON.stringify(answers), isDone, AGAIN_MS],
  )
  if (isDone && row.run !== null)
    await ask(
      `INSERT INTO delivery_step (run, kind, outcome, reason, evidence) VALUES ($1, 'notice', 'done', $2, $3)`,
      [row.run, row.reason, JSON.stringify(answers)],
    )
  return isDone
}

async function tellOne(
  { row, user, place }: { row: NoticeRow; user: string; place: number },
  { ask, server, send }: { ask: Ask; server: MailServer; send: NonNullable<Surroundings['send']> },
): Promise<string> {
  const [person] = await ask<{ address: string; name_zh: string; name_en: string }>(
    `SELECT m.address, a.name_zh, a.name_en FROM mail_address m JOIN user_account a ON a.id = m.account
     WHERE a.id = $1 AND a.active`,
    [user],
  )
  if (!person) return 'refused: no active account with an address'
  const isEnglish = row.document.locale === 'en'
  const { subject, text } = noticeText({
    kind: row.kind,
    reason: row.reason,
    schedule: row.document.name,
    plannedAt: row.planned_at,
    address: `${server.publicUrl}/deliveries${row.run === null ? '' : `?run=${row.run}`}`,
    isEnglish,
  })
  const posting = await send(server, {
    to: { name: isEnglish ? person.name_en : person.name_zh, address: person.address },
    subject,
    text,
    markup: messageMarkup(text),
    messageId: `<${row.id}.${place}@${server.from.split('@')[1] ?? 'gemba.invalid'}>`,
    repeated: false,
    files: [],
  })
  // An unknown outcome is tried again: a warning that comes twice does no harm.
  return `${posting.outcome}: ${posting.response}`
}
