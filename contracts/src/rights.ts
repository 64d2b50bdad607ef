import { z } from 'zod'
import { bilingual, equipmentPath } from './catalog.ts'
import { instantMs } from './time.ts'

/** What somebody may do with an object. `administer` is the right to change who may do the rest. */
export const action = z.enum(['view', 'edit', 'export', 'share', 'publish', 'administer'])
export type Action = z.infer<typeof action>

/** Kinds of objects. A `dataset` is one of the facts that rules speak of; a `setting` is a part of the product. */
export const objectKind = z.enum(['board', 'report', 'dataset', 'source', 'schedule', 'setting'])
export type ObjectKind = z.infer<typeof objectKind>

const identifier = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/)
const ruleCode = z.string().regex(/^[A-Z]-[0-9]{2,4}$/)
/** A folder of objects; a right on a folder holds for everything below it. */
export const folderPath = z.string().regex(/^(\/[a-z0-9-]{1,40}){1,6}$/)

/** Actions on all objects of a kind (`*`), on a folder and all below it (`/production`), or on one object (its id). */
export const permission = z.strictObject({
  kind: objectKind,
  target: z.union([z.literal('*'), folderPath, z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/)]),
  actions: z.array(action).min(1).max(6),
})
export type Permission = z.infer<typeof permission>

const some = (item: z.ZodType<string>) => z.array(item).max(500).nullable()

/**
 * A part of the organisation; null = no limit. A place covers everything below it. A limit by supplier or customer
 * holds on every fact: where a fact does not name one, nothing of it is visible. Departments limit only facts that
 * name one.
 */
export const organisationScope = z.strictObject({
  equipment: some(equipmentPath),
  departments: some(z.string().min(1).max(60)),
  suppliers: some(z.string().min(1).max(60)),
  customers: some(z.string().min(1).max(60)),
})
export type OrganisationScope = z.infer<typeof organisationScope>

/** A named set of permissions. Ready roles come with the product and do not change. */
export const roleDefinition = z.strictObject({
  id: identifier,
  name: bilingual,
  ready: z.boolean(),
  permissions: z.array(permission).max(200),
})
export type RoleDefinition = z.infer<typeof roleDefinition>

export const subject = z.strictObject({ kind: z.enum(['user', 'group']), id: z.string().min(1).max(100) })
export type Subject = z.infer<typeof subject>

/** A group of users and of other groups; a group that contains itself is refused. */
export const groupDefinition = z.strictObject({
  id: identifier,
  name: bilingual,
  members: z.array(subject).max(5_000),
  /** Name of the group in the directory: its members there are members here. */
  directoryName: z.string().min(1).max(200).nullable(),
})
export type GroupDefinition = z.infer<typeof groupDefinition>

/** A role given to a user or a group for a part of the organisation, from and until an instant (null = open). */
export const grantDefinition = z.strictObject({
  id: z.uuid(),
  subject,
  role: identifier,
  scope: organisationScope,
  fromAt: instantMs.nullable(),
  untilAt: instantMs.nullable(),
  grantedBy: z.string(),
  reason: z.string().max(500),
})
export type GrantDefinition = z.infer<typeof grantDefinition>
export const newGrant = grantDefinition.omit({ id: true, grantedBy: true })
export type NewGrant = z.infer<typeof newGrant>

/** Attribute values of a user, by name: lists of texts that rules compare with (`user.customers`). */
export const attributeValues = z.record(
  z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/),
  z.array(z.string().max(200)).max(500),
)

/** Where the roles of a user's account hold, and what rules may ask about the user. */
export const userProfile = z.strictObject({ user: z.string(), scope: organisationScope, attributes: attributeValues })
export type UserProfile = z.infer<typeof userProfile>

/** A condition that rows must meet. Rules only narrow; several hold together. */
export const rowRule = z.strictObject({
  id: ruleCode,
  name: bilingual,
  /** Facts it speaks of; `*` = every fact that has all its columns. */
  facts: z.array(z.string()).min(1).max(40),
  /** In the formula language over `row.<column>` and `user.<attribute>`. */
  condition: z.string().min(1).max(2_000),
  /** Roles it binds; empty = everybody. */
  roles: z.array(identifier).max(100),
  enabled: z.boolean(),
})
export type RowRule = z.infer<typeof rowRule>

/** `hide`: not there at all. `partial`: the first character. `hash`: equal stays equal. `bucket`: rounded down to steps. */
export const mask = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hide') }),
  z.strictObject({ kind: z.literal('partial') }),
  z.strictObject({ kind: z.literal('hash') }),
  z.strictObject({ kind: z.literal('bucket'), size: z.number().positive() }),
])
export type Mask = z.infer<typeof mask>

/** A column that only some roles see as it is. */
export const columnRule = z.strictObject({
  id: ruleCode,
  name: bilingual,
  fact: z.string(),
  column: z.string(),
  mask,
  visibleTo: z.array(identifier).max(100),
  enabled: z.boolean(),
})
export type ColumnRule = z.infer<typeof columnRule>

const ruleIsNamedAlike = ({ id, rule }: { id: string; rule: { id: string } | null }): boolean =>
  rule === null || rule.id === id
const otherName = { error: 'the rule has another id', path: ['rule', 'id'] }

/** What a change of a row rule says: the rule from now on; null takes it away. */
export const rowRuleDocument = z
  .strictObject({ id: ruleCode, rule: rowRule.nullable() })
  .refine(ruleIsNamedAlike, otherName)
export type RowRuleDocument = z.infer<typeof rowRuleDocument>

/** What a change of a column rule says: the rule from now on; null takes it away. */
export const columnRuleDocument = z
  .strictObject({ id: ruleCode, rule: columnRule.nullable() })
  .refine(ruleIsNamedAlike, otherName)
export type ColumnRuleDocument = z.infer<typeof columnRuleDocument>

/** A folder; without `inherits` rights on the folders above it do not reach in. */
export const folderDefinition = z.strictObject({ path: folderPath, name: bilingual, inherits: z.boolean() })
export type FolderDefinition = z.infer<typeof folderDefinition>
export const placedObject = z.strictObject({ kind: objectKind, id: z.string().max(80), folder: folderPath })
export type PlacedObject = z.infer<typeof placedObject>

/** All that decisions rest on beside the accounts themselves. */
export const rightsDocument = z.strictObject({
  roles: z.array(roleDefinition),
  groups: z.array(groupDefinition),
  grants: z.array(grantDefinition),
  profiles: z.array(userProfile),
  rowRules: z.array(rowRule),
  columnRules: z.array(columnRule),
  folders: z.array(folderDefinition),
  objects: z.array(placedObject),
})
export type RightsDocument = z.infer<typeof rightsDocument>

/** Kind of a column that rules may name. */
export const factColumn = z.object({
  name: z.string(),
  type: z.enum(['text', 'number', 'flag']),
  label: bilingual,
  /** Whether a column rule may mask it, and how. */
  masks: z.array(z.enum(['hide', 'partial', 'hash', 'bucket'])),
})
/** `GET /api/access/facts`. */
export const factsAnswer = z.object({
  facts: z.array(z.object({ id: z.string(), name: bilingual, columns: z.array(factColumn) })),
  attributes: z.array(z.string()),
})
export type FactsAnswer = z.infer<typeof factsAnswer>

/** `GET /api/access/users`: accounts with all that they hold. */
export const accessUser = z.object({
  user: z.string(),
  name: bilingual,
  active: z.boolean(),
  roles: z.array(z.string()),
  groups: z.array(z.string()),
  profile: userProfile,
})
export type AccessUser = z.infer<typeof accessUser>
export const accessUsersAnswer = z.object({ users: z.array(accessUser) })

/** `GET /api/access/overview`: what the page of rights shows. */
/** Profiles stand with their users. */
export const accessOverview = rightsDocument.omit({ profiles: true }).extend({
  users: z.array(accessUser),
  /** Objects that exist, for pick lists and matrices. */
  known: z.array(z.object({ kind: objectKind, id: z.string(), name: bilingual, folder: folderPath.nullable() })),
  places: z.array(z.object({ path: z.string(), name: bilingual })),
  /** Whether the reader may change roles, groups and rules. */
  mayAdminister: z.boolean(),
  /** Whether the reader may give roles away within the own scope. */
  mayGrant: z.boolean(),
})
export type AccessOverview = z.infer<typeof accessOverview>

/** One step of an explanation, in the order of the decision. */
export const explainStep = z.object({
  kind: z.enum(['identity', 'account', 'group', 'grant', 'role', 'object', 'scope', 'row-rule', 'column-rule']),
  /** Code of the rule, id of the grant, group or role. */
  id: z.string(),
  outcome: z.enum(['pass', 'fail', 'unused']),
  title: bilingual,
  detail: bilingual,
})
export type ExplainStep = z.infer<typeof explainStep>

/** `GET /api/access/explain`. */
export const explainAnswer = z.object({
  user: z.string(),
  allowed: z.boolean(),
  /** How a column is shown when it is not shown as it is. */
  mask: mask.nullable(),
  verdict: bilingual,
  steps: z.array(explainStep),
  /** What would have to change; null when it is allowed. */
  remedy: bilingual.nullable(),
  decidedAt: instantMs,
})
export type ExplainAnswer = z.infer<typeof explainAnswer>

/** `POST /api/access/preview`: what a user would see of a fact, under saved rules and an unsaved one. */
export const previewRequest = z.strictObject({
  user: z.string().min(1).max(100),
  fact: z.string().min(1).max(40),
  rule: rowRule.optional(),
})
export const previewAnswer = z.object({
  fact: z.string(),
  /** Rows looked at, and those the user would see. */
  rows: z.int(),
  visible: z.int(),
  columns: z.array(z.string()),
  sample: z.array(
    z.object({ visible: z.boolean(), cells: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])) }),
  ),
})
export type PreviewAnswer = z.infer<typeof previewAnswer>

/** `POST /api/access/rules/check`: whether a condition can be used, and if not, where and why. */
export const conditionCheck = z.strictObject({ facts: z.array(z.string()).min(1), condition: z.string().max(2_000) })
export const conditionVerdict = z.object({ ok: z.boolean(), position: z.int().nullable(), message: bilingual })
export type ConditionVerdict = z.infer<typeof conditionVerdict>

/** `GET /api/access/view-as`: whose eyes this session looks through. */
export const viewAsAnswer = z.object({
  viewing: z.object({ user: z.string(), name: bilingual, untilAt: instantMs }).nullable(),
})
export type ViewAsAnswer = z.infer<typeof viewAsAnswer>
