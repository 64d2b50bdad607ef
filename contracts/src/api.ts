import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { boardDocument } from './board.ts'
import { sourceErrorType, sourceGuarantee, sourceKind, sourceState } from './source.ts'

export { role, type Role } from './role.ts'
export { type SessionAnswer, type SignIn, sessionAnswer, signIn } from './sign-in.ts'

/** `GET /api/health`, open to everybody: no names, no numbers. */
export const healthAnswer = z.object({ status: z.enum(['ok', 'degraded', 'starting']), version: z.string() })
export type HealthAnswer = z.infer<typeof healthAnswer>

export const sourceHealth = z.object({
  id: z.string(),
  name: bilingual,
  family: z.enum(['erp', 'mes', 'device']),
  kind: sourceKind,
  site: z.string(),
  state: sourceState,
  /** Data state by the freshness contract. */
  freshness: z.enum(['live', 'late', 'stale', 'none']),
  lastDataAt: z.int().nullable(),
  /** now − last data time, ms. */
  lagMs: z.int().nullable(),
  periodMs: z.number(),
  limitMs: z.number(),
  guarantee: sourceGuarantee,
  errorType: sourceErrorType.nullable(),
  errorText: z.string().nullable(),
  since: z.int().nullable(),
  received: z.int(),
  quarantined: z.int(),
  gaps: z.int(),
  reconnects: z.int(),
  spoolBatches: z.int(),
  /** Collector that serves the source. */
  collector: z.string().nullable(),
})
export type SourceHealth = z.infer<typeof sourceHealth>

/** `GET /api/health/details`, signed in. */
export const healthDetails = z.object({
  status: z.enum(['ok', 'degraded', 'starting']),
  version: z.string(),
  serverTime: z.int(),
  startedAt: z.int(),
  stores: z.array(
    z.object({
      name: z.enum(['metadata', 'warehouse']),
      state: z.enum(['ok', 'failing']),
      embedded: z.boolean(),
      latencyMs: z.number().nullable(),
      errorText: z.string().nullable(),
      since: z.int(),
    }),
  ),
  sources: z.array(sourceHealth),
  collectors: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['running', 'silent']),
      lastSeenAt: z.int(),
      clockSkewMs: z.number(),
      version: z.string(),
    }),
  ),
  quarantine: z.object({ rows: z.int(), byReason: z.record(z.string(), z.int()) }),
  live: z.object({ sockets: z.int(), subscriptions: z.int() }),
  /** Requests that were refused for their cost since the start; `refusedAt` null = none. */
  budget: z.object({ refused: z.int(), refusedAt: z.int().nullable() }),
})
export type HealthDetails = z.infer<typeof healthDetails>

/** `GET /api/boards`. `headline` is one figure of the board now, for the card on the home page. */
export const boardListAnswer = z.object({
  boards: z.array(
    z.object({
      document: boardDocument,
      scopes: z.array(z.object({ equipment: z.string(), name: bilingual })),
      /** The caller may make share links to it. */
      mayShare: z.boolean(),
    }),
  ),
})
export type BoardListAnswer = z.infer<typeof boardListAnswer>
