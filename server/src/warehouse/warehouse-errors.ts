/** The store could not be reached within the patience of the call. */
export class WarehouseUnreachable extends Error {
  constructor(cause: unknown) {
    super('the warehouse cannot be reached', { cause })
    this.name = 'WarehouseUnreachable'
  }
}

/** Why the warehouse did not run a statement. */
export type RefusalReason =
  /** The engine answered with an error. */
  | 'refused'
  /** The text of a user's query is not one plain SELECT over the tables of the warehouse. */
  | 'not-allowed'
  | 'timeout'
  | 'too-many-rows'

/** The store answered and said no; `code` is the engine's error code. */
export class WarehouseRefusal extends Error {
  readonly reason: RefusalReason
  readonly code: number

  constructor(reason: RefusalReason, code: number, text: string, options?: ErrorOptions) {
    super(text, options)
    this.name = 'WarehouseRefusal'
    this.reason = reason
    this.code = code
  }
}

const LOST_CONNECTION = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
])
/** 202 too many simultaneous queries, 210 network, 242 read-only replica, 999 Keeper: pass by themselves. */
const PASSING_CODES = new Set(['202', '203', '209', '210', '242', '999'])

/** True for a failure that says nothing about the statement itself: the same call may succeed later. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && (LOST_CONNECTION.has(code) || PASSING_CODES.has(code))) return true
  if (/socket hang up|premature close|\baborted\b|other side closed/i.test(error.message)) return true
  return error.cause !== undefined && error.cause !== error && isRetryable(error.cause)
}
