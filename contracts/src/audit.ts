import { z } from 'zod'
import { means } from './sign-in.ts'

/** Classes of the audit trail: each is a chain of its own and has its own retention. */
export const auditStream = z.enum(['access', 'change', 'signature', 'export'])
export type AuditStream = z.infer<typeof auditStream>

/** One entry: who did what to which thing, from where, under which rights, with which result. */
export const auditEntry = z.object({
  stream: auditStream,
  /** Counts up by one within the stream, from 1. */
  seq: z.int(),
  /** Milliseconds UTC. */
  at: z.int(),
  /** A word with dots, for example `session.opened`. */
  action: z.string(),
  outcome: z.enum(['ok', 'refused']),
  /** Account, `device:<id>` or `system`. */
  actor: z.string(),
  /** Roles and limits in force for the actor. */
  rights: z.array(z.string()),
  means: means.nullable(),
  session: z.string().nullable(),
  address: z.string().nullable(),
  object: z.object({ kind: z.string(), id: z.string() }).nullable(),
  reason: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  /** Hex; covers every field above and the entry before. */
  hash: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntry>

export const auditQuery = z.strictObject({
  stream: auditStream.optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  object: z.string().max(200).optional(),
  outcome: z.enum(['ok', 'refused']).optional(),
  /** In any of actor, action, object, reason, address. */
  text: z.string().max(200).optional(),
  /** Milliseconds UTC, half-open. */
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** The `next` of the page before. */
  after: z
    .string()
    .regex(/^\d{1,15}:(access|change|signature|export):\d{1,15}$/)
    .optional(),
})
export type AuditQuery = z.infer<typeof auditQuery>

/** `GET /api/audit`, newest first. */
export const auditPage = z.object({
  entries: z.array(auditEntry),
  /** How many entries the filter finds, over all pages. */
  total: z.int(),
  next: z.string().nullable(),
})
export type AuditPage = z.infer<typeof auditPage>

/** `GET /api/audit/verification`. */
export const auditVerification = z.object({
  ok: z.boolean(),
  checkedAt: z.int(),
  streams: z.array(
    z.object({
      stream: auditStream,
      entries: z.int(),
      /** First entry that is not as it was written, and what is wrong with it. */
      broken: z.object({ seq: z.int(), reason: z.string() }).nullable(),
      head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
    }),
  ),
})
export type AuditVerification = z.infer<typeof auditVerification>
