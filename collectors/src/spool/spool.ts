import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { noticeBatch, freeze, freezeAll, type FrozenBatch, type FrozenLines, thaw } from './frozen-batch.ts'
import { openSpoolFile } from './spool-tables.ts'

/** From this many waiting commits on, several become one batch. */
const MERGE_FROM = 4
const MERGE_ROWS = 400
const MERGE_BYTES = 1024 * 1024

export interface LastReading {
  readonly at: number
  /** The value as text. */
  readonly value: string
}

export interface Commit {
  readonly stream: string
  readonly lines: readonly object[]
  /** Cursors and the like, stored together with the lines. */
  readonly state?: Readonly<Record<string, unknown>>
  /** Newest reading of each point that is among the lines. */
  readonly lastReadings?: ReadonlyMap<string, LastReading>
}

export interface Backlog {
  batches: number
  bytes: number
}

interface BatchRow {
  first: number
  last: number
  sha256: string
  crc: number
  body: Uint8Array
}

/** Why lines were not stored: nothing of them is on disk then. */
export class SpoolFullError extends Error {
  constructor() {
    super('The spool has reached its limit')
  }
}

type StatementName = keyof typeof SQL

const SQL = {
  insert: 'INSERT INTO batch (stream, first, last, sha256, crc, body) VALUES (?, ?, ?, ?, ?, ?)',
  head: 'SELECT first, last, sha256, crc, body FROM batch WHERE stream = ? ORDER BY first LIMIT ?',
  drop: 'DELETE FROM batch WHERE stream = ? AND first >= ? AND last <= ? RETURNING length(body) AS bytes',
  next: 'INSERT OR REPLACE INTO stream (name, epoch, next) VALUES (?, ?, ?)',
  setState: 'INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)',
  state: 'SELECT value FROM state WHERE key = ?',
  setLast: 'INSERT OR REPLACE INTO last_reading (point, at, value) VALUES (?, ?, ?)',
  last: 'SELECT at, value FROM last_reading WHERE point = ?',
} as const

const newEpoch = (): string => randomBytes(10).toString('hex')

/**
 * What was collected and is not yet acknowledged, on disk. A commit is durable when it returns; the numbers of a
 * stream have no hole; state (cursors) is stored together with the lines it belongs to.
 */
export class Spool {
  readonly wasDamaged: boolean
  private readonly dir: string
  private readonly database: DatabaseSync
  private readonly limitBytes: number
  private readonly statements: Record<StatementName, StatementSync>
  private readonly backlogs = new Map<string, Backlog>()
  private readonly epochs = new Map<string, { epoch: string; next: number }>()
  /** First number of the batch of a stream that may have been sent: it is never packed anew. */
  private readonly sent = new Map<string, number>()
  private totalBytes = 0

  constructor(dir: string, limitBytes = 2 * 1024 ** 3) {
    const { database, wasDamaged } = openSpoolFile(dir)
    this.dir = dir
    this.database = database
    this.wasDamaged = wasDamaged
    this.limitBytes = limitBytes
    this.statements = Object.fromEntries(
      Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<StatementName, StatementSync>
    this.readStreams()
  }

  private readStreams(): void {
    for (const row of this.database.prepare('SELECT name, epoch, next FROM stream').all()) {
      this.epochs.set(String(row['name']), { epoch: String(row['epoch']), next: Number(row['next']) })
    }
    const waiting = this.database.prepare(
      'SELECT stream, count(*) AS batches, sum(length(body)) AS bytes, min(first) AS first FROM batch GROUP BY stream',
    )
    for (const row of waiting.all()) {
      const stream = String(row['stream'])
      this.backlogs.set(stream, { batches: Number(row['batches']), bytes: Number(row['bytes']) })
      this.totalBytes += Number(row['bytes'])
      this.sent.set(stream, Number(row['first']))
    }
  }

  /** Streams with lines waiting. */
  waitingStreams(): string[] {
    return [...this.backlogs].filter(([, backlog]) => backlog.batches > 0).map(([stream]) => stream)
  }

  backlog(stream: string): Backlog {
    return this.backlogs.get(stream) ?? { batches: 0, bytes: 0 }
  }

  /** Share of the limit that is taken. */
  get fill(): number {
    return this.totalBytes / this.limitBytes
  }

  /** Stores lines and state in one transaction; both are durable when it returns. Throws when they are not. */
  commit({ stream, lines, state = {}, lastReadings }: Commit): void {
    const packs = freezeAll(lines)
    const bytes = packs.reduce((sum, pack) => sum + pack.body.length, 0)
    if (bytes > 0 && this.totalBytes + bytes > this.limitBytes) throw new SpoolFullError()
    const place = this.epochs.get(stream) ?? { epoch: newEpoch(), next: 1 }
    let next = place.next
    this.transaction(() => {
      for (const pack of packs) {
        this.insert(stream, next, pack)
        next += pack.count
      }
      if (packs.length > 0) this.statements.next.run(stream, place.epoch, next)
      for (const [key, value] of Object.entries(state)) this.statements.setState.run(key, JSON.stringify(value))
      for (const [point, { at, value }] of lastReadings ?? []) this.statements.setLast.run(point, at, value)
    })
    if (packs.length === 0) return
    this.epochs.set(stream, { epoch: place.epoch, next })
    this.count(stream, packs.length, bytes)
  }

  /** What is to be sent next. The same batch until it is acknowledged, also after a restart. */
  peek(stream: string): FrozenBatch | null {
    const { batches } = this.backlog(stream)
    if (batches === 0) return null
    const [head] = this.rows(stream, 1)
    if (!head) return null
    if (crc32(head.body) !== head.crc) return this.replaceDamaged(stream, head)
    const mayMerge = this.sent.get(stream) !== head.first && batches >= MERGE_FROM
    const chosen = mayMerge ? this.merge(stream, head) : head
    this.sent.set(stream, chosen.first)
    return this.batch(stream, chosen)
  }

  /** Everything up to `last` is durable at the server. */
  ack(stream: string, last: number): void {
    const dropped = this.statements.drop.all(stream, 0, last)
    this.count(stream, -dropped.length, -dropped.reduce((sum, row) => sum + Number(row['bytes']), 0))
  }

  /** Numbers what is waiting anew under a new epoch: the server no longer knows what it had acknowledged. */
  renumber(stream: string): void {
    const rows = this.database.prepare('SELECT first, last FROM batch WHERE stream = ? ORDER BY first').all(stream)
    const shift = Number(rows[0]?.['first'] ?? this.epochs.get(stream)?.next ?? 1) - 1
    const place = { epoch: newEpoch(), next: (this.epochs.get(stream)?.next ?? 1) - shift }
    const move = this.database.prepare('UPDATE batch SET first = ?, last = ? WHERE stream = ? AND first = ?')
    this.transaction(() => {
      for (const row of rows)
        move.run(Number(row['first']) - shift, Number(row['last']) - shift, stream, row['first'] ?? 0)
      this.statements.next.run(stream, place.epoch, place.next)
    })
    this.epochs.set(stream, place)
    this.sent.delete(stream)
  }

  /** Takes a batch out that the server will never take; a notice keeps its numbers. The lines go to a file. */
  setAside(batch: FrozenBatch): void {
    writeFileSync(join(this.dir, `refused-${batch.stream}-${batch.epoch}-${batch.first}.ndjson.zst`), batch.body)
    this.replace(batch.stream, noticeBatch(batch, { reason: 'rejected-by-server', at: Date.now() }), batch)
  }

  state<T>(key: string): T | null {
    const row = this.statements.state.get(key)
    return row ? (JSON.parse(String(row['value'])) as T) : null
  }

  /** The newest reading of a point that is stored; null = none yet. */
  lastReading(point: string): LastReading | null {
    const row = this.statements.last.get(point)
    return row ? { at: Number(row['at']), value: String(row['value']) } : null
  }

  close(): void {
    this.database.close()
  }

  private rows(stream: string, limit: number): BatchRow[] {
    return this.statements.head.all(stream, limit) as unknown as BatchRow[]
  }

  private batch(stream: string, row: BatchRow): FrozenBatch {
    const { first, last, sha256, body } = row
    return { stream, epoch: this.epochs.get(stream)?.epoch ?? '', first, last, sha256, body }
  }

  private merge(stream: string, head: BatchRow): BatchRow {
    let bytes = 0
    const rows: BatchRow[] = []
    for (const row of this.rows(stream, MERGE_ROWS)) {
      bytes += row.body.length
      if (bytes > MERGE_BYTES || crc32(row.body) !== row.crc || row.last - head.first >= 20_000) break
      rows.push(row)
    }
    const last = rows.at(-1)?.last
    if (last === undefined || rows.length < 2) return head
    return this.replace(stream, freeze(rows.map((row) => thaw(row.body)).join(''), last - head.first + 1), {
      first: head.first,
      last,
    })
  }

  private replaceDamaged(stream: string, head: BatchRow): FrozenBatch {
    const stand = this.replace(
      stream,
      noticeBatch({ stream, ...head }, { reason: 'corrupt-spool', at: Date.now() }),
      head,
    )
    this.sent.set(stream, stand.first)
    return this.batch(stream, stand)
  }

  private replace(stream: string, pack: FrozenLines, range: { first: number; last: number }): BatchRow {
    const dropped = this.transaction(() => {
      const rows = this.statements.drop.all(stream, range.first, range.last)
      this.insert(stream, range.first, pack)
      return rows
    })
    const droppedBytes = dropped.reduce((sum, row) => sum + Number(row['bytes']), 0)
    this.count(stream, 1 - dropped.length, pack.body.length - droppedBytes)
    return { first: range.first, last: range.last, sha256: pack.sha256, crc: pack.crc, body: pack.body }
  }

  private insert(stream: string, first: number, pack: FrozenLines): void {
    this.statements.insert.run(stream, first, first + pack.count - 1, pack.sha256, pack.crc, pack.body)
  }

  private count(stream: string, batches: number, bytes: number): void {
    const backlog = this.backlog(stream)
    this.backlogs.set(stream, { batches: backlog.batches + batches, bytes: backlog.bytes + bytes })
    this.totalBytes += bytes
  }

  private transaction<T>(body: () => T): T {
    this.database.exec('BEGIN IMMEDIATE')
    try {
      const result = body()
      this.database.exec('COMMIT')
      return result
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK')
      throw error
    }
  }
}
