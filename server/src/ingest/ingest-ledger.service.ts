import { Injectable } from '@nestjs/common'
import { DataSource } from 'typeorm'

export interface StreamIdentity {
  readonly collector: string
  readonly epoch: string
  readonly stream: string
}

/** What was acknowledged: the last sequence of each (collector, epoch, stream), and until when its units were observed. */
@Injectable()
export class IngestLedger {
  private readonly lastSeqs = new Map<string, number>()

  constructor(private readonly database: DataSource) {}

  async lastSeq(identity: StreamIdentity): Promise<number> {
    const key = keyOf(identity)
    const known = this.lastSeqs.get(key)
    if (known !== undefined) return known
    const rows = await this.database.query<{ last_seq: string }[]>(
      'SELECT last_seq FROM ingest_ledger WHERE collector = $1 AND epoch = $2 AND stream = $3',
      [identity.collector, identity.epoch, identity.stream],
    )
    const last = Number(rows[0]?.last_seq ?? 0)
    this.lastSeqs.set(key, last)
    return last
  }

  /** Writes the acknowledgement; durable when it returns. */
  async acknowledge(identity: StreamIdentity, lastSeq: number, alive: Record<string, number>): Promise<void> {
    const key = keyOf(identity)
    try {
      await this.database.query(
        `INSERT INTO ingest_ledger (collector, epoch, stream, last_seq, alive) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (collector, epoch, stream) DO UPDATE
         SET last_seq = excluded.last_seq, alive = ingest_ledger.alive || excluded.alive, acked_at = now()`,
        [identity.collector, identity.epoch, identity.stream, lastSeq, JSON.stringify(alive)],
      )
      this.lastSeqs.set(key, lastSeq)
    } catch (error) {
      // Whether it was written is unknown: ask again next time.
      this.lastSeqs.delete(key)
      throw error
    }
  }

  async acknowledged(collector: string, epoch: string): Promise<Record<string, number>> {
    const rows = await this.database.query<{ stream: string; last_seq: string }[]>(
      'SELECT stream, last_seq FROM ingest_ledger WHERE collector = $1 AND epoch = $2',
      [collector, epoch],
    )
    return Object.fromEntries(rows.map((row) => [row.stream, Number(row.last_seq)]))
  }
}

const keyOf = ({ collector, epoch, stream }: StreamIdentity): string => `${collector}\n${epoch}\n${stream}`
