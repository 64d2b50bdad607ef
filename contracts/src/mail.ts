import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { channelKind, mailAddress } from './delivery.ts'

/**
 * Routes of the mail server's trial, of addresses and webhooks one by one, and of who can be written to.
 *
 * | Route | Answer |
 * |---|---|
 * | `POST /api/settings/mail/trial` with `mailTrialRequest` | `mailTrial`: a letter through the saved mail server, stage by stage |
 * | `GET /api/settings/mail/people` | `mailPeople`: every active account with its address |
 * | `PUT /api/settings/mail/people/{user}` with `accountAddress` | `mailPeople` |
 * | `GET`, `PUT /api/settings/mail/contacts` | `mailContacts`; with `mailContact`: new, or another name for the address |
 * | `DELETE /api/settings/mail/contacts/{address}` | `mailContacts` |
 * | `POST /api/settings/mail/channels/{id}/trial` | `channelTrial` |
 * | `DELETE /api/settings/mail/channels/{id}` | `deliveryChannels` |
 * | `GET /api/delivery-recipients?report=` | `recipientDirectory`: for who may edit schedules |
 */
export const mailTrialRequest = z.strictObject({ to: mailAddress })
export type MailTrialRequest = z.infer<typeof mailTrialRequest>

/**
 * The way of a letter. `name`: the host has an address. `line`: it takes a connection. `greeting`: it greets, with the
 * encryption that is set. `sign-in`: user and password are taken. `envelope`: sender and recipient are taken.
 * `letter`: the server has taken the letter over.
 */
export const trialStage = z.enum(['name', 'line', 'greeting', 'sign-in', 'envelope', 'letter'])
export type TrialStage = z.infer<typeof trialStage>

export const mailTrial = z.object({
  /** All stages in their order. After the first that failed, nothing is tried any more. */
  stages: z.array(
    z.object({
      stage: trialStage,
      /** `not-needed`: without a user nobody signs in. `unknown`: the line broke after the last byte. */
      outcome: z.enum(['done', 'failed', 'unknown', 'not-needed', 'not-tried']),
      tookMs: z.int().nullable(),
      /** What the other side said, or what stood in the way, as it came. */
      answer: z.string().nullable(),
    }),
  ),
  messageId: z.string(),
})
export type MailTrial = z.infer<typeof mailTrial>

/** Where an account gets its mail; null = nowhere. */
export const accountAddress = z.strictObject({ address: mailAddress.nullable() })
export type AccountAddress = z.infer<typeof accountAddress>

export const mailPeople = z.object({
  people: z.array(z.object({ user: z.string(), name: bilingual, address: mailAddress.nullable() })),
})
export type MailPeople = z.infer<typeof mailPeople>

/** Somebody without an account here who may be written to. Gets shared snapshots only. */
export const mailContact = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'one line without control characters'),
  address: mailAddress,
})
export type MailContact = z.infer<typeof mailContact>
export const mailContacts = z.object({ contacts: z.array(mailContact) })
export type MailContacts = z.infer<typeof mailContacts>

/** What a webhook answered to a message that says it is a trial. */
export const channelTrial = z.object({
  outcome: z.enum(['accepted', 'refused', 'later', 'unknown']),
  answer: z.string(),
  tookMs: z.int(),
})
export type ChannelTrial = z.infer<typeof channelTrial>

export const recipientsQuery = z.object({ report: z.string().max(100).optional() })

/** Who a schedule can be sent to, and what stands in the way. */
export const recipientDirectory = z.object({
  users: z.array(
    z.object({
      user: z.string(),
      name: bilingual,
      hasAddress: z.boolean(),
      /** May open the report that was asked for; null = none was named. Which rows is decided when it is made. */
      maySee: z.boolean().nullable(),
    }),
  ),
  groups: z.array(
    z.object({
      group: z.string(),
      name: bilingual,
      members: z.int(),
      withoutAddress: z.int(),
      /** Members that may not open the report; null = none was named. */
      withoutRight: z.int().nullable(),
    }),
  ),
  contacts: z.array(mailContact),
  channels: z.array(z.object({ id: z.string(), name: z.string(), kind: channelKind })),
})
export type RecipientDirectory = z.infer<typeof recipientDirectory>
