import { type DeliveryFormat, type ScheduleRequest, scheduleRequest } from '@gemba/contracts/delivery'
import type { ChosenRecipient } from './recipient-choice.ts'

/** A schedule as the fields of its form hold it. */
export interface ScheduleFields {
  name: string
  report: string
  timing: 'clock' | 'day-end' | 'shift-end'
  cron: string
  calendar: 'every-day' | 'production-days' | 'after-production-days'
  delay: string
  params: ScheduleRequest['params']
  formats: DeliveryFormat[]
  files: 'attached' | 'linked'
  rights: 'recipient' | 'snapshot'
  recipients: ChosenRecipient[]
  subject: string
  body: string
  rowsMore: string
  source: string
  sourceMinutes: string
  owner: string
  deputy: string
  deadline: string
  locale: 'zh-CN' | 'en'
  tellCorrections: boolean
}

/** Whoever saves answers for what outsiders see of a snapshot: an earlier confirmation was somebody else's. */
const unconfirmed = (recipient: ScheduleRequest['recipients'][number]): ChosenRecipient =>
  recipient.kind === 'external' || recipient.kind === 'channel' ? { ...recipient, confirmed: false } : recipient

/** Fields of a schedule, or of a new one. */
export function fieldsOf(schedule: ScheduleRequest | null, user: string): ScheduleFields {
  const timing = schedule?.timing
  const rows = schedule?.conditions.find((condition) => condition.kind === 'rows')
  const fresh = schedule?.conditions.find((condition) => condition.kind === 'freshness')
  return {
    name: schedule?.name ?? '',
    report: schedule?.report ?? '',
    timing: timing?.kind ?? 'clock',
    cron: timing?.kind === 'clock' ? timing.cron : '30 7 * * *',
    calendar: timing?.kind === 'clock' ? timing.calendar : 'after-production-days',
    delay: String(timing && timing.kind !== 'clock' ? timing.delayMinutes : 10),
    params: { ...schedule?.params },
    formats: schedule?.formats ?? ['pdf'],
    files: schedule?.files ?? 'attached',
    rights: schedule?.rights ?? 'recipient',
    recipients: (schedule?.recipients ?? []).map(unconfirmed),
    subject: schedule?.subject ?? '{{report}} {{production-day}}',
    body: schedule?.body ?? '{{recipient}}：\n\n{{report}} {{production-day}}\n{{data-as-of}}\n\n{{link}}',
    rowsMore: rows?.kind === 'rows' ? String(rows.than) : '',
    source: fresh?.kind === 'freshness' ? fresh.source : '',
    sourceMinutes: String(fresh?.kind === 'freshness' ? fresh.maxAgeMinutes : 30),
    owner: schedule?.owner ?? user,
    deputy: schedule?.deputy ?? '',
    deadline: String(schedule?.deadlineMinutes ?? 10),
    locale: schedule?.locale ?? 'zh-CN',
    tellCorrections: schedule?.tellCorrections ?? false,
  }
}

/** The schedule the fields describe, or the names of fields that are wrong. What the form does not show stays. */
export function scheduleOf(
  fields: ScheduleFields,
  { site, before }: { site: string; before: ScheduleRequest | null },
): { schedule: ScheduleRequest } | { faults: string[] } {
  const delayMinutes = Number(fields.delay)
  const shift = before?.timing.kind === 'shift-end' ? before.timing.shift : null
  const kept = before?.conditions.filter(({ kind }) => kind === 'value') ?? []
  const rows =
    fields.rowsMore.trim() === '' ? [] : [{ kind: 'rows', dataset: null, is: '>', than: Number(fields.rowsMore) }]
  const fresh =
    fields.source.trim() === ''
      ? []
      : [{ kind: 'freshness', source: fields.source.trim(), maxAgeMinutes: Number(fields.sourceMinutes) }]
  const parsed = scheduleRequest.safeParse({
    name: fields.name,
    site,
    timing:
      fields.timing === 'clock'
        ? { kind: 'clock', cron: fields.cron.trim(), calendar: fields.calendar }
        : fields.timing === 'day-end'
          ? { kind: 'day-end', delayMinutes }
          : { kind: 'shift-end', shift, delayMinutes },
    report: fields.report,
    version: before?.version ?? null,
    params: fields.params,
    locale: fields.locale,
    formats: fields.formats,
    files: fields.files,
    rights: fields.rights,
    recipients: fields.recipients,
    subject: fields.subject,
    body: fields.body,
    conditions: [...kept, ...rows, ...fresh],
    owner: fields.owner.trim(),
    deputy: fields.deputy.trim() === '' ? null : fields.deputy.trim(),
    deadlineMinutes: Number(fields.deadline),
    enabled: before?.enabled ?? true,
    tellCorrections: fields.tellCorrections,
  })
  if (parsed.success) return { schedule: parsed.data }
  return {
    faults: [...new Set(parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`))],
  }
}
