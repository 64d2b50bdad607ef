/** Reads the whole trail from its table and checks every chain; needs a connection and the key, no running server. */
import { type AuditStream, type AuditVerification, auditStream } from '@gemba/contracts/audit'
import { type ChainRow, ChainWalk } from './audit-chain.ts'

/** Whatever can ask PostgreSQL. */
export type Ask = <T>(sql: string, params: readonly unknown[]) => Promise<T[]>

const PAGE = 2_000

export async function verifyChains(ask: Ask, key: Buffer, nowMs: number): Promise<AuditVerification> {
  const streams: AuditVerification['streams'] = []
  for (const stream of auditStream.options) streams.push(await verifyStream(ask, key, stream))
  return { ok: streams.every(({ broken }) => broken === null), checkedAt: nowMs, streams }
}

async function verifyStream(ask: Ask, key: Buffer, stream: AuditStream): Promise<AuditVerification['streams'][number]> {
  const anchors = await ask<{ day: string; seq: string; hash: string }>(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, seq, hash FROM audit_anchor WHERE stream = $1 ORDER BY day`,
    [stream],
  )
  // The head is read first: entries that come while we read do not count as too many.
  const [head] = await ask<{ seq: string; hash: string }>('SELECT seq, hash FROM audit_head WHERE stream = $1', [
    stream,
  ])
  const walk = new ChainWalk(key, new Set(anchors.map(({ seq }) => Number(seq))))
  await walkRows(ask, { stream, upTo: head?.seq ?? '0' }, walk)
  walk.finish(
    { seq: Number(head?.seq ?? 0), hash: head?.hash ?? '' },
    anchors.map(({ day, seq, hash }) => ({ day, seq: Number(seq), hash })),
  )
  return { stream, entries: walk.entries, broken: walk.broken, head: walk.head }
}

async function walkRows(ask: Ask, what: { stream: AuditStream; upTo: string }, walk: ChainWalk): Promise<void> {
  let after = '0'
  for (;;) {
    const rows = await ask<ChainRow>(
      'SELECT * FROM audit_entry WHERE stream = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4',
      [what.stream, after, what.upTo, PAGE],
    )
    for (const row of rows) if (!walk.step(row)) return
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.seq
  }
}
