/** The chain of the audit trail: what is covered, in which form, and how it is checked. Pure. */
import { createHash, createHmac } from 'node:crypto'
import type { AuditStream } from '@gemba/contracts/audit'

/** A row of `audit_entry` as the store holds it; numbers of 64 bits come as text. */
export interface ChainRow {
  stream: AuditStream
  seq: string
  at_ms: string
  action: string
  outcome: 'ok' | 'refused'
  actor: string
  /** JSON list. */
  rights: string
  means: string | null
  session: string | null
  address: string | null
  object_kind: string | null
  object_id: string | null
  reason: string | null
  /** Canonical JSON. */
  before_text: string
  after_text: string
  key_id: string
  previous_hash: string
  hash: string
}

export const keyIdOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 12)

/** HMAC-SHA256 over every column and the hash before: who has no key cannot rebuild the chain after a change. */
export function hashOfRow(key: Buffer, row: Omit<ChainRow, 'hash'>): string {
  const covered = [
    row.stream,
    row.seq,
    row.at_ms,
    row.action,
    row.outcome,
    row.actor,
    row.rights,
    row.means,
    row.session,
    row.address,
    row.object_kind,
    row.object_id,
    row.reason,
    row.before_text,
    row.after_text,
    row.key_id,
    row.previous_hash,
  ]
  return createHmac('sha256', key).update(JSON.stringify(covered)).digest('hex')
}

/** What retention wrote down when it removed the beginning of a stream. */
export interface Cut {
  upToSeq: number
  hash: string
}

/** Walks a stream row by row and stops at the first that is not as it was written. */
export class ChainWalk {
  private previous: { seq: number; hash: string } | null = null
  /** What the first row that is left says about the one before it; retention must have said the same. */
  private gap: Cut | null = null
  private readonly cuts: Cut[] = []
  private readonly hashes = new Map<number, string>()
  private readonly key: Buffer
  entries = 0
  broken: { seq: number; reason: string } | null = null

  /** `wanted`: numbers whose hashes are to be kept for a comparison with anchors. */
  constructor(
    key: Buffer,
    private readonly wanted: ReadonlySet<number> = new Set(),
  ) {
    this.key = key
  }

  /** False when the row is broken; later rows cannot be judged. */
  step(row: ChainRow): boolean {
    const seq = Number(row.seq)
    const reason = this.faultOf(row, seq)
    if (reason !== null) {
      this.broken = { seq: this.previous && seq > this.previous.seq + 1 ? this.previous.seq + 1 : seq, reason }
      return false
    }
    this.entries += 1
    this.previous = { seq, hash: row.hash }
    if (this.wanted.has(seq)) this.hashes.set(seq, row.hash)
    if (row.action === 'audit.retained') this.cuts.push(JSON.parse(row.after_text) as Cut)
    return true
  }

  private faultOf(row: ChainRow, seq: number): string | null {
    if (this.previous === null) {
      if (seq > 1) this.gap = { upToSeq: seq - 1, hash: row.previous_hash }
      else if (row.previous_hash !== '') return 'the first entry names one before it'
    } else if (seq !== this.previous.seq + 1) return `entries are missing before ${seq}`
    else if (row.previous_hash !== this.previous.hash) return 'it does not follow the entry before it'
    if (row.key_id !== keyIdOf(this.key)) return 'it was sealed with another key than that of this installation'
    return hashOfRow(this.key, row) === row.hash ? null : 'its content was changed'
  }

  /** After the last row: the head, the removed beginning and the anchors must agree with what was read. */
  finish(head: { seq: number; hash: string }, anchors: readonly { day: string; seq: number; hash: string }[]): void {
    if (this.broken) return
    const last = this.previous ?? { seq: 0, hash: '' }
    const first = last.seq - this.entries + 1
    const gap = this.gap
    if (gap && !this.cuts.some((cut) => cut.upToSeq === gap.upToSeq && cut.hash === gap.hash))
      this.broken = { seq: 1, reason: `entries 1 to ${gap.upToSeq} are missing and retention did not remove them` }
    else if (head.seq !== last.seq || head.hash !== last.hash)
      this.broken = { seq: last.seq + 1, reason: `the trail ends at ${last.seq}, but ${head.seq} were written` }
    for (const anchor of anchors) {
      if (this.broken || anchor.seq < first || anchor.seq === 0) continue
      if (this.hashes.get(anchor.seq) !== anchor.hash)
        this.broken = { seq: anchor.seq, reason: `it is not what the anchor of ${anchor.day} holds` }
    }
  }

  /** The rows that follow lie in a block of the table that the database refuses to read. */
  unreadable(block: number): void {
    this.broken ??= {
      seq: (this.previous?.seq ?? 0) + 1,
      reason: `block ${block} of the table cannot be read: it is damaged, or was changed on disk`,
    }
  }

  get head(): { seq: number; hash: string } | null {
    return this.previous
  }
}
