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
  const wanted = new Set(anchors.map(({ seq }) => Number(seq)))
  const what = { stream, upTo: head?.seq ?? '0' }
  let walk = new ChainWalk(key, wanted)
  const block = await walkRows(ask, what, walk)
  if (block !== null) {
    walk = new ChainWalk(key, wanted)
    await walkRows(ask, { ...what, block }, walk)
    if (Number(what.upTo) > (walk.head?.seq ?? 0)) walk.unreadable(block)
  }
  walk.finish(
    { seq: Number(head?.seq ?? 0), hash: head?.hash ?? '' },
    anchors.map(({ day, seq, hash }) => ({ day, seq: Number(seq), hash })),
  )
  return { stream, entries: walk.entries, broken: walk.broken, head: walk.head }
}

interface Rows {
  stream: AuditStream
  upTo: string
  /** Only rows that lie in the table before this block; absent = all. */
  block?: number
}

/** Walks the rows; gives the block that PostgreSQL refused to read, null when it read all of them. */
async function walkRows(ask: Ask, { stream, upTo, block }: Rows, walk: ChainWalk): Promise<number | null> {
  const where = block === undefined ? '' : ` AND ctid < '(${Math.trunc(block)},0)'::tid`
  let after = '0'
  for (;;) {
    let rows: ChainRow[]
    try {
      rows = await ask<ChainRow>(
        `SELECT * FROM audit_entry WHERE stream = $1 AND seq > $2 AND seq <= $3${where} ORDER BY seq LIMIT $4`,
        [stream, after, upTo, PAGE],
      )
    } catch (error) {
      const refused = refusedBlock(error)
      if (refused === null || block !== undefined) throw error
      return refused
    }
    for (const row of rows) if (!walk.step(row)) return null
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return null
    after = last.seq
  }
}

/** Which block of a table an error of PostgreSQL calls damaged (its check sum is wrong); null = another error. */
function refusedBlock(error: unknown): number | null {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'XX001') return null
  const [, block] = /block (\d+)/.exec(error.message) ?? []
  return block === undefined ? null : Number(block)
}
