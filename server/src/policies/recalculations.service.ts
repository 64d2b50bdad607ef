import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { RecalculationCause } from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import { Subject } from 'rxjs'
import { DataSource, type EntityManager } from 'typeorm'

/** A stretch of one unit whose stored windows must be derived again because a setting changed. */
export interface Recalculation extends TimeRange {
  id: number
  unit: string
  cause: RecalculationCause
}

export interface RecalculationRequest {
  cause: RecalculationCause
  spans: readonly ({ unit: string } & TimeRange)[]
}

interface Row {
  id: number
  unit: string
  cause: RecalculationCause['kind']
  cause_id: string
  detail: RecalculationCause['facts']
  from_at: Date
  to_at: Date
}

/**
 * What has to be derived again, and why. A request is recorded together with the change that causes it and stays until
 * it is done, so a restart forgets none.
 */
@Injectable()
export class Recalculations implements OnModuleInit {
  /** Requests that are durable now. */
  readonly requested = new Subject<readonly Recalculation[]>()
  private droppedUntilAt = 0

  constructor(private readonly database: DataSource) {}

  async onModuleInit(): Promise<void> {
    const rows = await this.database.query<{ at: Date | null }[]>(
      "SELECT max(to_at) AS at FROM retention_drop WHERE table_name = 'reading'",
    )
    this.droppedUntilAt = rows[0]?.at?.getTime() ?? 0
  }

  /** Readings before this instant (ms) have been dropped: what was made of them stays as it is. 0 = none were. */
  get floorAt(): number {
    return this.droppedUntilAt
  }

  /** Retention dropped the readings before `at`. */
  raiseFloor(at: number): void {
    this.droppedUntilAt = Math.max(this.droppedUntilAt, at)
  }

  /** Records what has to be derived again; publish it with `announce` after the transaction. */
  async record(manager: EntityManager, { cause, spans }: RecalculationRequest): Promise<Recalculation[]> {
    const recorded: Recalculation[] = []
    for (const { unit, fromAt, toAt } of spans) {
      const from = Math.max(fromAt, this.floorAt)
      if (from >= toAt) continue
      const rows = await manager.query<{ id: number }[]>(
        `INSERT INTO recalculation (cause, cause_id, detail, unit, from_at, to_at, requested_at)
         VALUES ($1, $2, $3, $4, $5, $6, now()) RETURNING id`,
        [cause.kind, cause.id, JSON.stringify(cause.facts), unit, new Date(from), new Date(toAt)],
      )
      recorded.push({ id: Number(rows[0]?.id), unit, fromAt: from, toAt, cause })
    }
    return recorded
  }

  announce(recorded: readonly Recalculation[]): void {
    if (recorded.length > 0) this.requested.next(recorded)
  }

  /** What is still to do, oldest first. */
  async pending(): Promise<Recalculation[]> {
    const rows = await this.database.query<Row[]>(
      `SELECT r.* FROM recalculation r LEFT JOIN recalculation_done d ON d.recalculation_id = r.id
       WHERE d.recalculation_id IS NULL ORDER BY r.id`,
    )
    return rows.map((row) => ({
      id: row.id,
      unit: row.unit,
      fromAt: row.from_at.getTime(),
      toAt: row.to_at.getTime(),
      cause: { kind: row.cause, id: row.cause_id, facts: row.detail },
    }))
  }

  async done(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return
    await this.database.query(
      `INSERT INTO recalculation_done (recalculation_id, done_at)
       SELECT id, now() FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING`,
      [ids],
    )
  }

  /** How far the changes of one kind are, by id: all and done stretches, and when the last one was done. */
  async progress(
    kind: RecalculationCause['kind'],
  ): Promise<Map<string, { all: number; done: number; doneAt: number | null }>> {
    const rows = await this.database.query<{ cause_id: string; all: string; done: string; done_at: Date | null }[]>(
      `SELECT r.cause_id, count(*) AS all, count(d.done_at) AS done, max(d.done_at) AS done_at
       FROM recalculation r LEFT JOIN recalculation_done d ON d.recalculation_id = r.id
       WHERE r.cause = $1 GROUP BY r.cause_id`,
      [kind],
    )
    return new Map(
      rows.map((row) => [
        row.cause_id,
        { all: Number(row.all), done: Number(row.done), doneAt: row.done_at?.getTime() ?? null },
      ]),
    )
  }
}
