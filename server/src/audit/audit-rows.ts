import type { AuditEntry, AuditStream } from '@gemba/contracts/audit'
import type { Means } from '@gemba/contracts/sign-in'
import type { ChainRow } from './audit-chain.ts'

export function entryOf(row: ChainRow): AuditEntry {
  return {
    stream: row.stream,
    seq: Number(row.seq),
    at: Number(row.at_ms),
    action: row.action,
    outcome: row.outcome,
    actor: row.actor,
    rights: JSON.parse(row.rights) as string[],
    means: row.means as Means | null,
    session: row.session,
    address: row.address,
    object: row.object_kind === null ? null : { kind: row.object_kind, id: row.object_id ?? '' },
    reason: row.reason,
    before: JSON.parse(row.before_text) as unknown,
    after: JSON.parse(row.after_text) as unknown,
    hash: row.hash,
  }
}

/** Position in the list, newest first: instant, stream, number. */
export interface Place {
  atMs: number
  stream: AuditStream
  seq: number
}

export const placeText = ({ atMs, stream, seq }: Place): string => `${atMs}:${stream}:${seq}`

export function placeOf(text: string): Place {
  const [atMs = '0', stream = 'access', seq = '0'] = text.split(':')
  return { atMs: Number(atMs), stream: stream as AuditStream, seq: Number(seq) }
}

const HEADS = ['stream', 'seq', 'at_utc', 'action', 'outcome', 'actor', 'rights', 'means', 'session', 'address']
const MORE_HEADS = ['object_kind', 'object_id', 'reason', 'before', 'after', 'hash']

/** A cell that a spreadsheet does not take for a formula. */
function cell(value: string | number | null): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvHead = (): string => [...HEADS, ...MORE_HEADS].join(',')

export function csvLine(row: ChainRow): string {
  const at = new Date(Number(row.at_ms)).toISOString()
  const first = [row.stream, row.seq, at, row.action, row.outcome, row.actor, row.rights, row.means, row.session]
  const rest = [row.address, row.object_kind, row.object_id, row.reason, row.before_text, row.after_text, row.hash]
  return [...first, ...rest].map(cell).join(',')
}
