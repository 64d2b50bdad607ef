import { z } from 'zod'
import { parameterValue, reportId, reportLocale } from './report.ts'
import { runChanges } from './run-changes.ts'
import { instantText, localDate } from './time.ts'

/**
 * Routes of deliveries. A schedule that may not be seen is as one that does not exist.
 *
 * | Route | Answer |
 * |---|---|
 * | `GET /api/delivery-schedules` | `schedulesAnswer` |
 * | `POST /api/delivery-schedules` with `scheduleRequest` | `deliverySchedule`, 201 |
 * | `PUT /api/delivery-schedules/{id}` with `scheduleChange` | `deliverySchedule` |
 * | `POST /api/delivery-schedules/{id}/test` | `deliveryRun`: through all stages, to the caller alone |
 * | `GET /api/delivery-runs?from=&to=` | `deliveryRunsAnswer`: newest first |
 * | `GET /api/delivery-runs/{id}` | `deliveryRunDetail` |
 * | `POST /api/delivery-runs/{id}/retry` | `deliveryRun`: what has failed once more, with the same Message-ID |
 * | `POST /api/delivery-runs/{id}/send-to-me` | `deliveryRun`: a new one for the same instant, to the caller alone |
 * | `GET /api/delivery-files/{token}` | a linked file, for the account it was sent to |
 * | `GET /api/delivery-files/open/{token}` | a linked file of a snapshot, for an outsider; expires |
 * | `GET`, `PUT /api/settings/mail` | `mailSettings`; with `mailSettingsChange` |
 * | `GET`, `PUT /api/settings/mail/addresses` | `mailAddresses`: where accounts get their mail |
 * | `GET`, `PUT /api/settings/mail/channels` | `deliveryChannels`: WeCom, DingTalk and JSON webhooks |
 * | `GET /api/demo/mail` | `demoMailbox`: what the mail sink of the reference factory took; demo only |
 */
const oneLine = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'one line without control characters')

/** Address of a mailbox: no quotes, comments, lists or line breaks, so nothing of it can become a header. */
export const mailAddress = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64})*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
    'a mail address',
  )

/**
 * When. `calendar`: `every-day`; `production-days` = only when the production day of the instant is scheduled;
 * `after-production-days` = only when the production day that ended last was scheduled.
 */
export const scheduleTiming = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('clock'),
    /** Minute, hour, day, month, weekday in the zone of the site. */
    cron: z
      .string()
      .regex(/^[0-9*,/A-Za-z#L-]+( [0-9*,/A-Za-z#L-]+){4}$/, 'five fields: minute hour day month weekday'),
    calendar: z.enum(['every-day', 'production-days', 'after-production-days']),
  }),
  /** After the end of each scheduled production day. */
  z.strictObject({ kind: z.literal('day-end'), delayMinutes: z.int().min(0).max(1_440) }),
  /** After the end of each shift that took place; null = every shift. */
  z.strictObject({
    kind: z.literal('shift-end'),
    shift: z.string().max(40).nullable(),
    delayMinutes: z.int().min(0).max(1_440),
  }),
])
export type ScheduleTiming = z.infer<typeof scheduleTiming>

/** A date that moves with the run, seen from its planned instant at the site. */
export const relativeDate = z.strictObject({
  relative: z.enum(['production-day', 'last-production-day', 'today', 'week-start', 'month-start', 'last-month-start']),
  /** Calendar days added. */
  days: z.int().min(-400).max(400).default(0),
})
export type RelativeDate = z.infer<typeof relativeDate>
export const scheduledParameter = z.union([
  parameterValue,
  relativeDate,
  z.strictObject({ from: relativeDate, to: relativeDate }),
])
export type ScheduledParameter = z.infer<typeof scheduledParameter>

export const deliveryFormat = z.enum(['pdf', 'png', 'xlsx', 'csv'])
export type DeliveryFormat = z.infer<typeof deliveryFormat>

/** Users and groups get what they may see. Outsiders and channels get a shared snapshot, confirmed by who saves it. */
export const deliveryRecipient = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), user: z.string().min(1).max(100) }),
  z.strictObject({ kind: z.literal('group'), group: z.string().min(1).max(100) }),
  z.strictObject({
    kind: z.literal('external'),
    address: mailAddress,
    name: oneLine(100),
    /** The author has confirmed that this outsider may have the snapshot. */
    confirmed: z.literal(true),
  }),
  z.strictObject({ kind: z.literal('channel'), channel: z.string().min(1).max(60), confirmed: z.literal(true) }),
])
export type DeliveryRecipient = z.infer<typeof deliveryRecipient>

const comparison = z.enum(['<', '<=', '>', '>=', '=', '!='])
export const deliveryCondition = z.discriminatedUnion('kind', [
  /** On the sum of a numeric column over all rows; not met → who it is about gets nothing. */
  z.strictObject({
    kind: z.literal('value'),
    dataset: z.string().min(1).max(60),
    column: z.string().min(1).max(60),
    is: comparison,
    than: z.number(),
  }),
  /** On the number of rows; `dataset` null = all datasets together. */
  z.strictObject({ kind: z.literal('rows'), dataset: z.string().max(60).nullable(), is: comparison, than: z.int() }),
  /** A source that is older holds the delivery back; the owner is told, and it goes when the data is there. */
  z.strictObject({ kind: z.literal('freshness'), source: z.string().min(1).max(60), maxAgeMinutes: z.int().min(1) }),
])
export type DeliveryCondition = z.infer<typeof deliveryCondition>

export const scheduleRequest = z
  .strictObject({
    name: oneLine(120),
    site: z.string().min(1).max(60),
    timing: scheduleTiming,
    report: reportId,
    /** Null = the published version at the time of the run. */
    version: z.int().min(1).nullable(),
    params: z.record(z.string().max(60), scheduledParameter),
    locale: reportLocale,
    formats: z.array(deliveryFormat).min(1).max(4),
    /** Files in the mail, or links that expire. What is larger than the limit of the mail settings is always linked. */
    files: z.enum(['attached', 'linked']),
    /** `recipient`: each sees the own rights. `snapshot`: all get what the saver may see. */
    rights: z.enum(['recipient', 'snapshot']),
    recipients: z.array(deliveryRecipient).min(1).max(500),
    /** Text with `{{placeholder}}`s, never markup. */
    subject: oneLine(200),
    body: z.string().max(10_000),
    conditions: z.array(deliveryCondition).max(10),
    owner: z.string().min(1).max(100),
    deputy: z.string().min(1).max(100).nullable(),
    /** Told as missed when not accepted this long after the planned instant. */
    deadlineMinutes: z.int().min(2).max(1_440),
    enabled: z.boolean(),
    /** Recipients are written to again when figures of what they got are others later. */
    tellCorrections: z.boolean().default(false),
  })
  .superRefine((schedule, context) => {
    const outside = schedule.recipients.findIndex(({ kind }) => kind === 'external' || kind === 'channel')
    if (schedule.rights === 'recipient' && outside >= 0)
      context.addIssue({
        code: 'custom',
        path: ['recipients', outside],
        message: 'has no rights of its own: choose a shared snapshot',
      })
  })
export type ScheduleRequest = z.infer<typeof scheduleRequest>
export const scheduleChange = z.strictObject({ revision: z.int().min(1), schedule: scheduleRequest })
export type ScheduleChange = z.infer<typeof scheduleChange>

export const deliverySchedule = z.object({
  id: z.uuid(),
  revision: z.int().min(1),
  schedule: scheduleRequest,
  /** Who saved it last: a shared snapshot shows what this account may see. */
  savedBy: z.string(),
  savedAt: instantText,
  /** Null = off, or the timing never comes again. */
  nextAt: instantText.nullable(),
  mayEdit: z.boolean(),
})
export type DeliverySchedule = z.infer<typeof deliverySchedule>
export const schedulesAnswer = z.object({ schedules: z.array(deliverySchedule), mayEdit: z.boolean() })
export type SchedulesAnswer = z.infer<typeof schedulesAnswer>

/** `sent`: every message has left. `accepted`: every mail server has taken it over. `failed` may be partial: see counts. */
export const deliveryState = z.enum([
  'planned',
  'held',
  'rendering',
  'rendered',
  'sent',
  'accepted',
  'failed',
  'skipped',
])
export type DeliveryState = z.infer<typeof deliveryState>

/** `unknown`: the line broke after the message was given over; it is sent again, once, with the same Message-ID. */
export const receiptState = z.enum(['pending', 'sending', 'accepted', 'refused', 'unknown', 'failed', 'skipped'])
export type ReceiptState = z.infer<typeof receiptState>

/** Why something did not go on; the words are in `deliveryReasons`. */
export const deliveryReason = z.enum([
  'condition-not-met',
  'source-too-old',
  'held-too-long',
  'missed-while-off',
  'report-failed',
  'reports-away',
  'no-recipient',
  'account-gone',
  'no-address',
  'no-access',
  'refused-by-server',
  'server-away',
  'connection-lost',
  'acceptance-unknown',
  'interrupted',
  'mail-not-set-up',
  'channel-gone',
  'not-finished-in-time',
])
export type DeliveryReason = z.infer<typeof deliveryReason>

export const deliveryStep = z.object({
  kind: z.enum([
    'triggered',
    'condition',
    'held',
    'rendering',
    'rendered',
    'sent',
    'accepted',
    'failed',
    'skipped',
    'notice',
    'retry',
    'taken-over',
    'corrected',
  ]),
  at: instantText,
  outcome: z.enum(['done', 'waiting', 'failed']),
  reason: deliveryReason.nullable(),
  /** Evidence: names, counts, answers of servers, as they were. */
  evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type DeliveryStep = z.infer<typeof deliveryStep>

/** What one recipient got. */
export const deliveryReceipt = z.object({
  id: z.uuid(),
  kind: z.enum(['user', 'external', 'channel']),
  recipient: z.string(),
  name: z.string(),
  address: z.string().nullable(),
  state: receiptState,
  reason: deliveryReason.nullable(),
  rows: z.int().nullable(),
  /** First digits of the hash of what was shown: equal for equal content. */
  hash: z.string().nullable(),
  messageId: z.string(),
  attempts: z.int(),
  /** Answer of the mail server as it came. */
  response: z.string().nullable(),
  acceptedAt: instantText.nullable(),
  /** A linked file was fetched; a mail that is merely read is not followed. */
  openedAt: instantText.nullable(),
  /** Run of the report as it was sent: opens for the caller, whose receipt this is. Null = not the caller's, or gone. */
  reportRun: z.uuid().nullable(),
  nextTryAt: instantText.nullable(),
})
export type DeliveryReceipt = z.infer<typeof deliveryReceipt>

/** What of a letter that was sent is no longer as it says; for who sees now what its readers saw. */
export const deliveryCorrection = z.object({
  foundAt: instantText,
  /** Names of who got what was corrected. */
  recipients: z.array(z.string()),
  ...runChanges.pick({ figures: true, rows: true, more: true }).shape,
})
export type DeliveryCorrection = z.infer<typeof deliveryCorrection>

export const deliveryRun = z.object({
  id: z.uuid(),
  schedule: z.uuid(),
  name: z.string(),
  report: z.string(),
  /** `correction`: letters that tell of figures that changed after run `corrects`. */
  trigger: z.enum(['clock', 'test', 'again', 'correction']),
  corrects: z.uuid().nullable(),
  plannedAt: instantText,
  /** Production day the instant speaks of. */
  productionDate: localDate,
  state: deliveryState,
  reason: deliveryReason.nullable(),
  formats: z.array(deliveryFormat),
  recipients: z.int(),
  accepted: z.int(),
  failed: z.int(),
  /** Renders: one for each set of rights. */
  parts: z.int(),
  finishedAt: instantText.nullable(),
  deadlineAt: instantText,
  /** Missed the deadline, whatever came of it later. */
  late: z.boolean(),
  /** The files were dropped by their age; receipts, hashes and answers stay. Null = they are there. */
  filesDroppedAt: instantText.nullable(),
  /** When figures that the caller may see were last found to be others than were sent; null = they are as sent. */
  correctedAt: instantText.nullable(),
})
export type DeliveryRun = z.infer<typeof deliveryRun>
export const deliveryRunsAnswer = z.object({
  runs: z.array(deliveryRun),
  /** Runs by the clock that came in time, and all of them, in the last 30 days. */
  punctual: z.object({ inTime: z.int(), all: z.int() }),
})
export type DeliveryRunsAnswer = z.infer<typeof deliveryRunsAnswer>
export const deliveryRunDetail = deliveryRun.extend({
  steps: z.array(deliveryStep),
  receipts: z.array(deliveryReceipt),
  corrections: z.array(deliveryCorrection),
  /** `recipient`: the caller sees no schedules, only what was sent to the own account: counts and receipts are those. */
  seenAs: z.enum(['keeper', 'recipient']),
  mayEdit: z.boolean(),
})
export type DeliveryRunDetail = z.infer<typeof deliveryRunDetail>
export const deliveryRunsQuery = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
})

/** `starttls` refuses servers without it; `none` is for a server on the same machine. */
export const mailSettings = z.object({
  configured: z.boolean(),
  host: z.string(),
  port: z.int(),
  tls: z.enum(['implicit', 'starttls', 'none']),
  user: z.string().nullable(),
  hasPassword: z.boolean(),
  from: z.string(),
  fromName: z.string(),
  /** Where readers reach this product: links begin with it. */
  publicUrl: z.string(),
  /** Larger files are linked. */
  mostAttachedMb: z.number(),
})
export type MailSettings = z.infer<typeof mailSettings>
export const mailSettingsChange = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'the name or address of a host'),
  port: z.int().min(1).max(65_535),
  tls: z.enum(['implicit', 'starttls', 'none']),
  user: oneLine(200).nullable(),
  /** Absent = as it was. */
  password: z.string().max(500).nullable().optional(),
  from: mailAddress,
  fromName: oneLine(80),
  publicUrl: z.url({ protocol: /^https?$/ }),
  mostAttachedMb: z.number().min(0).max(50),
})
export type MailSettingsChange = z.infer<typeof mailSettingsChange>
export const mailAddresses = z.strictObject({
  addresses: z.array(z.strictObject({ user: z.string().min(1).max(100), address: mailAddress })).max(10_000),
})
export type MailAddresses = z.infer<typeof mailAddresses>

const channelId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)
export const channelKind = z.enum(['wecom', 'dingtalk', 'json'])
export const deliveryChannel = z.object({
  id: channelId,
  name: z.string(),
  kind: channelKind,
  /** Host of the address; the address itself holds a key and is not given out. */
  host: z.string(),
  signed: z.boolean(),
})
export const deliveryChannels = z.object({ channels: z.array(deliveryChannel) })
export type DeliveryChannels = z.infer<typeof deliveryChannels>
export const channelChange = z.strictObject({
  id: channelId,
  name: oneLine(80),
  kind: channelKind,
  /** Absent = as it was; a new webhook, or one of another kind, needs one. */
  url: z
    .url({ protocol: /^https$/ })
    .max(1_000)
    .optional(),
  /** Absent = as it was, when the address is as it was too; null = not signed. */
  secret: z.string().min(8).max(500).nullable().optional(),
})
export type ChannelChange = z.infer<typeof channelChange>

export const demoMail = z.object({
  id: z.string(),
  at: instantText,
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  messageId: z.string(),
  attachments: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
})
export type DemoMail = z.infer<typeof demoMail>
export const demoMailbox = z.object({ mails: z.array(demoMail) })
export type DemoMailbox = z.infer<typeof demoMailbox>
