import { Fault } from './fault.ts'

const LOST_CONNECTION = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
/** SQLSTATEs of a server that ends, starts, lost the connection or has none left. */
const PASSING_STATE = /^(57P0[1-3]|08\w{3}|53300)$/
/** The PostgreSQL client gives these without a code. */
const LOST_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

const SOCKET_CALLS = new Set(['connect', 'read', 'write', 'getaddrinfo'])

function isLostConnection(error: Error): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  // A missing file has the code of a missing socket, and a caller that hangs up that of a lost store.
  const ofSocket = SOCKET_CALLS.has(String(syscall)) && LOST_CONNECTION.has(String(code))
  return ofSocket || PASSING_STATE.test(String(code)) || LOST_TEXT.test(error.message)
}

/** The refusal for a store that cannot be reached; null when the failure is another one. */
export function storeAway(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null
  // By name: this room lies below the warehouse and does not import it.
  if (error.name === 'WarehouseUnreachable') return new Fault('STORE_AWAY', { store: 'warehouse', retryAfterS: 2 })
  const cause = (error as { driverError?: unknown }).driverError ?? error
  if (cause instanceof Error && isLostConnection(cause))
    return new Fault('STORE_AWAY', { store: 'metadata', retryAfterS: 2 })
  return null
}
