import type { QuarantineReason, Reading } from '@gemba/contracts/reading'
import { type MatchedRule, valueAt } from './topic-rules.ts'

export type ReadMessage =
  | { readonly kind: 'reading'; readonly reading: Reading; readonly sequence: number | null }
  | { readonly kind: 'bad'; readonly reason: QuarantineReason; readonly text: string }

const EARLIEST_AT = Date.UTC(2000, 0, 1)
const FUTURE_MS = 5 * 60_000
const LONGEST_PAYLOAD = 64 * 1024

const bad = (reason: QuarantineReason, text: string): ReadMessage => ({ kind: 'bad', reason, text })

/** Reads one JSON payload by its rule; what cannot be used is named, never thrown. */
export function readMessage(payload: Buffer, { rule, point }: MatchedRule, nowMs: number): ReadMessage {
  if (payload.length > LONGEST_PAYLOAD)
    return bad('too-large', `The payload has ${payload.length} bytes, ${LONGEST_PAYLOAD} are allowed.`)
  let document: unknown
  try {
    document = JSON.parse(payload.toString('utf8'))
  } catch {
    return bad('parse', 'The payload is not valid JSON.')
  }
  const at = valueAt(document, rule.timePath)
  if (typeof at !== 'number' || !Number.isInteger(at) || at < EARLIEST_AT)
    return bad('time-invalid', `${rule.timePath} is not an instant in milliseconds.`)
  if (at > nowMs + FUTURE_MS) return bad('time-invalid', `${rule.timePath} lies more than five minutes in the future.`)
  const value = valueAt(document, rule.valuePath)
  if (typeof value === 'number' && !Number.isFinite(value)) return bad('nonfinite', 'The value is not finite.')
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean' && value !== null)
    return bad('type', `${rule.valuePath} is neither a number, a text, true or false, nor null.`)
  const sequence = rule.sequencePath === undefined ? null : valueAt(document, rule.sequencePath)
  const word = rule.words?.[String(value)] ?? value
  return {
    kind: 'reading',
    reading: { p: point, t: at, v: word, r: nowMs },
    sequence: typeof sequence === 'number' ? sequence : null,
  }
}
