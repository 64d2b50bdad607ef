import { interfacesAnswer } from '@gemba/contracts/interface-health'
import { type SignIn, boardListAnswer, healthAnswer, healthDetails, sessionAnswer } from '@gemba/contracts/api'
import { boardFrame } from '@gemba/contracts/board'
import { catalogDocument } from '@gemba/contracts/catalog'
import { type CodeMappingRequest, codeMappingVersion, unmappedAnswer } from '@gemba/contracts/code-mapping'
import { type KpiGrouping, kpiAnswer, metricsAnswer, numbersAnswer, ordersProgressAnswer } from '@gemba/contracts/kpi'
import {
  type PeriodCloseRequest,
  type PolicyChangeRequest,
  periodClose,
  policiesAnswer,
  policyVersion,
} from '@gemba/contracts/policy'
import { restatementsAnswer } from '@gemba/contracts/restatement'
import { z } from 'zod'
import { ANSWER_UNREADABLE, type ProblemError, SERVER_AWAY, localProblem, problemOf } from './problem-error.ts'
import { linkHeaders } from './spoken-link.ts'

const PATIENCE_MS = 20_000
/** Bytes travel longer, and are read before they are answered. */
const UPLOAD_PATIENCE_MS = 120_000

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  /** Bytes as they are, in place of a body. */
  bytes?: Blob
  signal?: AbortSignal | undefined
}

type SignedOut = (problem: ProblemError) => void
let onSignedOut: SignedOut = () => undefined

/** Called when the server says that nobody is signed in. */
export function whenSignedOut(callback: SignedOut): void {
  onSignedOut = callback
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const patience = AbortSignal.timeout(options.bytes === undefined ? PATIENCE_MS : UPLOAD_PATIENCE_MS)
  try {
    return await fetch(path, {
      method: options.method ?? 'GET',
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...linkHeaders(),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      },
      signal: options.signal ? AbortSignal.any([options.signal, patience]) : patience,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.bytes === undefined ? {} : { body: options.bytes }),
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw localProblem(SERVER_AWAY, 0, error)
  }
}

/** One request. The answer is checked against its contract; every refusal is a `ProblemError`. */
export async function request<S extends z.ZodType>(
  schema: S,
  path: string,
  options: RequestOptions = {},
): Promise<z.output<S>> {
  const response = await send(path, options)
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem.code === 'NOT_SIGNED_IN') onSignedOut(problem)
    throw problem
  }
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw localProblem(ANSWER_UNREADABLE, response.status, parsed.error)
  return parsed.data
}

const quarantineAnswer = z.object({
  rows: z.int(),
  byReason: z.record(z.string(), z.int()),
  newest: z.array(z.object({ reason: z.string(), at: z.int(), source: z.string(), text: z.string(), raw: z.string() })),
})
export type QuarantineAnswer = z.infer<typeof quarantineAnswer>

/** What the answers of all metrics have in common; OEE answers with more. */
const figureAnswer = kpiAnswer.pick({ total: true, groups: true, flags: true, explain: true, limitedBy: true })

/** What every question about figures names. */
export interface FigureQuestion {
  equipment: string
  period: { shift: 'current' } | { fromAt: number; toAt: number }
}

function questionOf({ equipment, period }: FigureQuestion, more: Record<string, string> = {}): URLSearchParams {
  const when: Record<string, string> =
    'shift' in period ? { shift: period.shift } : { from: String(period.fromAt), to: String(period.toAt) }
  return new URLSearchParams({ equipment, ...when, ...more })
}

/** The doors of the server, typed by the contracts. */
export const api = {
  health: (signal?: AbortSignal) => request(healthAnswer, '/api/health', { signal }),
  interfaces: (range: { fromAt: number; toAt: number }, signal?: AbortSignal) =>
    request(interfacesAnswer, `/api/interfaces?from=${range.fromAt}&to=${range.toAt}`, { signal }),
  ordersProgress: (site: string, signal?: AbortSignal) =>
    request(ordersProgressAnswer, `/api/orders/progress?${new URLSearchParams({ site })}`, { signal }),
  healthDetails: (signal?: AbortSignal) => request(healthDetails, '/api/health/details', { signal }),
  signIn: (body: SignIn) => request(sessionAnswer, '/api/sessions', { method: 'POST', body }),
  currentSession: () => request(sessionAnswer, '/api/sessions/current'),
  signOut: () => request(z.undefined(), '/api/sessions/current', { method: 'DELETE' }),
  catalog: (signal?: AbortSignal) => request(catalogDocument, '/api/catalog', { signal }),
  quarantine: (signal?: AbortSignal) => request(quarantineAnswer, '/api/quarantine', { signal }),
  metrics: (signal?: AbortSignal) => request(metricsAnswer, '/api/metrics', { signal }),
  numbers: (asked: FigureQuestion, signal?: AbortSignal) =>
    request(numbersAnswer, `/api/kpi?${questionOf(asked)}`, { signal }),
  /** `whatIf`: `<policy>:<value>`, computed with it and not stored. */
  kpi: (
    asked: FigureQuestion & { metric: string; group: KpiGrouping; explain?: boolean; whatIf?: string },
    signal?: AbortSignal,
  ) => {
    const { group, explain, whatIf } = asked
    const more = { group, ...(explain ? { explain: '1' } : {}), ...(whatIf === undefined ? {} : { whatIf }) }
    const path = `/api/kpi/${encodeURIComponent(asked.metric)}?${questionOf(asked, more)}`
    return request(figureAnswer, path, { signal })
  },
  restatements: (asked: FigureQuestion & { metric: string }, signal?: AbortSignal) =>
    request(restatementsAnswer, `/api/restatements?${questionOf(asked, { metric: asked.metric })}`, { signal }),
  policies: (site: string, signal?: AbortSignal) =>
    request(policiesAnswer, `/api/policies?${new URLSearchParams({ site })}`, { signal }),
  changePolicy: (body: PolicyChangeRequest) => request(policyVersion, '/api/policies', { method: 'POST', body }),
  closePeriod: (body: PeriodCloseRequest) => request(periodClose, '/api/policies/periods', { method: 'POST', body }),
  unmapped: (signal?: AbortSignal) => request(unmappedAnswer, '/api/catalog/unmapped', { signal }),
  mapCode: (body: CodeMappingRequest) => request(codeMappingVersion, '/api/catalog/mappings', { method: 'POST', body }),
  boards: (signal?: AbortSignal) => request(boardListAnswer, '/api/boards', { signal }),
  boardData: (board: string, equipment?: string, signal?: AbortSignal) =>
    request(boardFrame, `/api/boards/${encodeURIComponent(board)}/data`, {
      method: 'POST',
      body: equipment === undefined ? {} : { equipment },
      signal,
    }),
}
