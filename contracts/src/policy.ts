import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { type PolicyName, policyName, policySettings } from './metric.ts'
import { instantText } from './time.ts'

/** Values of all policies: a word, a number (milliseconds, fraction), or days before and after. */
export const policyValue = z.union([z.string(), z.number(), z.array(z.number())])
export type PolicyValue = z.infer<typeof policyValue>

/** The value of one policy as its own shape asks for; fails with a named reason. */
export function readPolicyValue(policy: PolicyName, value: unknown): z.ZodSafeParseResult<PolicyValue> {
  return policySettings.shape[policy].safeParse(value) as z.ZodSafeParseResult<PolicyValue>
}

const reason = z.string().trim().min(1).max(1000)
const instantWithZone = z.iso.datetime({ offset: true }).refine(
  (text) => {
    const at = Date.parse(text)
    return at >= Date.UTC(2000, 0, 1) && at <= Date.UTC(2100, 0, 1)
  },
  { error: 'lies outside of 2000 to 2100' },
)

const policyFields = {
  /** null = all sites. */
  site: z.string().min(1).max(60).nullable(),
  policy: policyName,
  value: policyValue,
  validFrom: instantWithZone,
}

/** Adds an issue for a value that is none of its policy. */
function refuseForeignValue(
  { policy, value }: { policy: PolicyName; value: PolicyValue },
  context: z.RefinementCtx,
): void {
  const read = readPolicyValue(policy, value)
  if (read.success) return
  const message = read.error.issues.map((issue) => issue.message).join('; ')
  context.addIssue({ code: 'custom', path: ['value'], message: `no value of ${policy}: ${message}` })
}

/** What a new version of a policy says: from `validFrom` on the policy has this value, at one site or (`site` null) at all. */
export const policyDocument = z.object(policyFields).superRefine(refuseForeignValue)
export type PolicyDocument = z.infer<typeof policyDocument>

/** Body of `POST /api/policies`: a new version and why. */
export const policyChangeRequest = z.object({ ...policyFields, reason }).superRefine(refuseForeignValue)
export type PolicyChangeRequest = z.infer<typeof policyChangeRequest>

/** One recorded version of one policy. Never edited: a later version replaces it from its own `validFrom` on. */
export const policyVersion = z.object({
  id: z.int(),
  /** null = all sites. */
  site: z.string().nullable(),
  policy: policyName,
  value: policyValue,
  validFrom: instantText,
  recordedAt: instantText,
  /** User who recorded it. */
  by: z.string(),
  reason: z.string(),
  /** When stored figures had been derived again by it; null = still to do. */
  appliedAt: instantText.nullable(),
  /** Share of the units whose figures have been derived again, fraction. */
  progress: z.number().min(0).max(1),
})
export type PolicyVersion = z.infer<typeof policyVersion>

/** Body of `POST /api/policies/periods`: what ended by `closedUntil` is closed for changes of policies. */
export const periodCloseRequest = z.object({
  site: z.string().min(1).max(60).nullable(),
  closedUntil: instantWithZone,
  reason,
})
export type PeriodCloseRequest = z.infer<typeof periodCloseRequest>

/** A recorded close of periods. */
export const periodClose = z.object({
  id: z.int(),
  site: z.string().nullable(),
  closedUntil: instantText,
  recordedAt: instantText,
  by: z.string(),
  reason: z.string(),
})
export type PeriodClose = z.infer<typeof periodClose>

/** Answer of `GET /api/policies`. */
export const policiesAnswer = z.object({
  /** null = what holds at sites without versions of their own. */
  site: z.string().nullable(),
  asOf: instantText,
  policies: z.array(
    z.object({
      policy: policyName,
      /** In force at `asOf`. */
      value: policyValue,
      default: policyValue,
      /** Where the value comes from. */
      origin: z.enum(['site', 'all-sites', 'default']),
      /** Since when; null = the default has always held. */
      since: instantText.nullable(),
      /** Figures of the dictionary that it changes. */
      metrics: z.array(z.object({ id: z.string(), name: bilingual })),
      /** Stored windows are derived again when it changes. */
      derived: z.boolean(),
      /** Figures of this server follow it; false = it is recorded, and no figure here asks for it yet. */
      applied: z.boolean(),
      /** Versions for the site and for all sites, newest `validFrom` first. */
      versions: z.array(policyVersion),
    }),
  ),
  /** Until then periods are closed; null = nothing is. */
  closedUntil: instantText.nullable(),
  periods: z.array(periodClose),
})
export type PoliciesAnswer = z.infer<typeof policiesAnswer>
