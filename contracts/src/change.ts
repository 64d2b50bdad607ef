import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { codeMappingDocument } from './code-mapping.ts'
import { policyDocument } from './policy.ts'
import { retentionDocument } from './retention.ts'
import { columnRuleDocument, rowRuleDocument } from './rights.ts'
import { contentHash } from './signature.ts'
import { instantText } from './time.ts'

/** What the installation can ask a second pair of eyes for. */
export const reviewedKind = z.enum(['policy', 'code-mapping', 'row-rule', 'column-rule', 'retention'])
export type ReviewedKind = z.infer<typeof reviewedKind>

/** `at-once`: who may write writes. `four-eyes`: another person approves first. */
export const reviewMode = z.enum(['at-once', 'four-eyes'])
export type ReviewMode = z.infer<typeof reviewMode>

/** How changes come into force in this installation. */
export const reviewSettings = z.strictObject({
  modes: z.record(reviewedKind, reviewMode),
  /** An approval needs the electronic signature of who approves. */
  signApproval: z.boolean(),
})
export type ReviewSettings = z.infer<typeof reviewSettings>

/** Kinds of changes: the reviewed ones, and the settings of review themselves. */
export const changeKind = z.enum([...reviewedKind.options, 'review-setting'])
export type ChangeKind = z.infer<typeof changeKind>

/** What somebody wants to be in force. */
export const changeProposal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('policy'), document: policyDocument }),
  z.strictObject({ kind: z.literal('code-mapping'), document: codeMappingDocument }),
  z.strictObject({ kind: z.literal('row-rule'), document: rowRuleDocument }),
  z.strictObject({ kind: z.literal('column-rule'), document: columnRuleDocument }),
  z.strictObject({ kind: z.literal('retention'), document: retentionDocument }),
  z.strictObject({ kind: z.literal('review-setting'), document: reviewSettings }),
])
export type ChangeProposal = z.infer<typeof changeProposal>

/**
 * `draft`: its author's alone. `in-review`: waits for another person. `approved`: in force. `outdated`: what it was made
 * on has changed since; it can only be proposed anew.
 */
export const changeState = z.enum(['draft', 'in-review', 'approved', 'rejected', 'withdrawn', 'outdated'])
export type ChangeState = z.infer<typeof changeState>

const reason = z.string().trim().min(1).max(1000)

/** Body of `POST /api/changes`; without `submit` it stays a draft. */
export const newChange = z.strictObject({ proposal: changeProposal, reason, submit: z.boolean() })
export type NewChange = z.infer<typeof newChange>

/** Body of `/approve`: a word beside it is welcome. */
export const changeApproval = z.strictObject({ comment: z.string().trim().max(1000).optional() })
/** Body of `/reject`, `/emergency` and `/comments`: why, or what is to say. */
export const changeWord = z.strictObject({ text: reason })
export type ChangeWord = z.infer<typeof changeWord>

/** One field of what a change changes, in words of the domain, with units. null = not there. */
export const changeLine = z.object({
  id: z.string(),
  field: bilingual,
  before: bilingual.nullable(),
  after: bilingual.nullable(),
  changed: z.boolean(),
})
export type ChangeLine = z.infer<typeof changeLine>

export const changeAct = z.enum([
  'created',
  'submitted',
  'commented',
  'approved',
  'rejected',
  'withdrawn',
  'outdated',
  'emergency',
])
export type ChangeAct = z.infer<typeof changeAct>

const person = z.object({ user: z.string(), name: bilingual })
export type ChangePerson = z.infer<typeof person>

/** One step of a change; rows are only added. */
export const changeStep = z.object({ at: instantText, by: person, act: changeAct, text: z.string().nullable() })
export type ChangeStep = z.infer<typeof changeStep>

/** A change as the worklist shows it. */
export const changeRow = z.object({
  id: z.uuid(),
  kind: changeKind,
  /** Key of what it changes, within its kind. */
  subject: z.string(),
  title: bilingual,
  /** null = of no site, or of all. */
  site: z.string().nullable(),
  state: changeState,
  author: person,
  reason: z.string(),
  /** From when on it holds; null = from its approval on. */
  effectiveFrom: instantText.nullable(),
  createdAt: instantText,
  submittedAt: instantText.nullable(),
  decidedAt: instantText.nullable(),
  /** Who decided. */
  reviewer: person.nullable(),
  /** Came into force without a second person. */
  isEmergency: z.boolean(),
  isMine: z.boolean(),
  /** The reader may approve or reject it now. */
  waitsForMe: z.boolean(),
})
export type ChangeRow = z.infer<typeof changeRow>

/** Lists of `GET /api/changes`. `open`: drafts of one's own and everything in review. */
export const changeList = z.enum(['waiting', 'mine', 'open', 'all'])
export type ChangeList = z.infer<typeof changeList>

export const changesAnswer = z.object({
  /** Newest first. */
  changes: z.array(changeRow),
  /** Older ones exist that are not listed. */
  more: z.boolean(),
})
export type ChangesAnswer = z.infer<typeof changesAnswer>

/** `GET /api/changes/waiting`: how many changes wait for the reader, and since when the oldest does. */
export const changesWaiting = z.object({ count: z.int(), oldestSubmittedAt: instantText.nullable() })
export type ChangesWaiting = z.infer<typeof changesWaiting>

/** `GET /api/changes/:id`. */
export const changeDetail = changeRow.extend({
  proposal: changeProposal,
  /** What was in force when it was made, field by field, against what is proposed. */
  lines: z.array(changeLine),
  /** What has changed in force since it was made; null = nothing, or it is settled. Then it cannot be approved. */
  moved: z.array(changeLine).nullable(),
  steps: z.array(changeStep),
  /** What a signature binds to. */
  contentHash,
  /** Approving needs a signature of the reader that is not there yet. */
  needsSignature: z.boolean(),
  may: z.object({
    submit: z.boolean(),
    approve: z.boolean(),
    reject: z.boolean(),
    withdraw: z.boolean(),
    comment: z.boolean(),
    /** Put it into force alone, as an administrator, with a reason. */
    emergency: z.boolean(),
  }),
})
export type ChangeDetail = z.infer<typeof changeDetail>

/** `GET /api/changes/settings`. */
export const reviewSettingsAnswer = z.object({
  settings: reviewSettings,
  /** Changing them is itself a change that waits for another person. */
  isReviewed: z.boolean(),
})
export type ReviewSettingsAnswer = z.infer<typeof reviewSettingsAnswer>
