import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { parameterValues } from './report.ts'
import { givenName } from './sign-in.ts'

/**
 * What a share link leads to: a run as it was made, fresh runs of a report with these parameters (without any: with the
 * defaults of that day), or a board at one place.
 */
export const shareTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('run'), run: z.uuid() }),
  z.strictObject({ kind: z.literal('report'), report: z.string().min(1).max(60), params: parameterValues }),
  z.strictObject({ kind: z.literal('board'), board: z.string().min(1).max(60), equipment: z.string().min(1).max(200) }),
])
export type ShareTarget = z.infer<typeof shareTarget>
export type ShareKind = ShareTarget['kind']

/** `POST /api/shares`. `days`: until it ends by itself; at most what the settings allow. */
export const newShare = z.strictObject({
  target: shareTarget,
  name: givenName,
  days: z.int().min(1).max(365).default(7),
  /** Asked for at each opening; null = whoever has the link opens it. */
  password: z.string().min(8).max(200).nullable().default(null),
  /** Files of the report can be taken along. */
  downloads: z.boolean().default(false),
  /** How often it can be opened; null = as often as wanted until its end. */
  mostOpenings: z.int().min(1).max(100_000).nullable().default(null),
})
export type NewShare = z.infer<typeof newShare>

/**
 * `open`; `expired` by time; `used-up`: opened as often as allowed; `revoked`; `withdrawn`: its maker may no longer share
 * the object, is closed, or the object is gone.
 */
export const shareState = z.enum(['open', 'expired', 'used-up', 'revoked', 'withdrawn'])
export type ShareState = z.infer<typeof shareState>

/** One link without its secret. Instants in milliseconds UTC. */
export const shareRow = z.object({
  id: z.string(),
  name: z.string(),
  target: shareTarget,
  /** Name of the report or board at the time the link was made. */
  objectName: bilingual,
  by: z.string(),
  byName: bilingual,
  madeAt: z.int(),
  expiresAt: z.int(),
  hasPassword: z.boolean(),
  downloads: z.boolean(),
  mostOpenings: z.int().nullable(),
  openings: z.int(),
  lastOpenedAt: z.int().nullable(),
  state: shareState,
})
export type ShareRow = z.infer<typeof shareRow>

/** Settings of the installation. Where sharing is not allowed no link is made and none opens. */
export const shareSettings = z.strictObject({ allowed: z.boolean(), longestDays: z.int().min(1).max(365) })
export type ShareSettings = z.infer<typeof shareSettings>

/** `GET /api/shares?whose=mine|all&kind=&object=`. `all` is for those who administer the whole plant. */
export const shareQuery = z.object({
  whose: z.enum(['mine', 'all']).default('mine'),
  kind: z.enum(['report', 'board']).optional(),
  object: z.string().max(60).optional(),
})
export type ShareQuery = z.infer<typeof shareQuery>

/** Newest first. */
export const shareList = z.object({
  shares: z.array(shareRow),
  settings: shareSettings,
  /** Whether the reader looks after the links of everybody. */
  mayAdminister: z.boolean(),
})
export type ShareList = z.infer<typeof shareList>

/** `POST /api/shares`: the path with the secret is in this answer and nowhere else. */
export const shareMade = z.object({ path: z.string(), row: shareRow })
export type ShareMade = z.infer<typeof shareMade>

/** `POST /api/share-visits/{link}`: what stands behind `#` in the address, and the password where one is asked for. */
export const shareOpening = z.strictObject({
  secret: z.string().min(1).max(100),
  password: z.string().min(1).max(200).optional(),
})
export type ShareOpening = z.infer<typeof shareOpening>

/** What a visitor learns of the link: no sign-in names, no parameters. */
export const shareVisit = z.object({
  link: z.string(),
  name: z.string(),
  objectName: bilingual,
  by: bilingual,
  /** When the link ends (ms). */
  expiresAt: z.int(),
  /** When this visit ends (ms); then the link is opened anew. */
  visitUntilAt: z.int(),
  downloads: z.boolean(),
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('run'), run: z.string() }),
    z.object({ kind: z.literal('report') }),
    z.object({ kind: z.literal('board'), board: z.string(), equipment: z.string() }),
  ]),
  serverTime: z.int(),
})
export type ShareVisit = z.infer<typeof shareVisit>

/** Header by which a page says that it speaks for the visit of this link, and for nobody who is signed in. */
export const SHARE_HEADER = 'x-gemba-share'
