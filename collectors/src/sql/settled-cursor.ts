import type { Cursor } from './mapping.ts'

/**
 * How many overlaps a stream must have rested at its cursor. One would do for transactions that keep to the overlap; of
 * the others more are found, and only right after a change is anything read twice.
 */
const RESTS_FOR = 4

/**
 * Up to where nothing is committed late any more. A row below the newest cursor was stamped before that cursor was
 * seen, and is committed within the overlap: once the cursor has rested for longer, and everything was read again after
 * that, the overlap below it need not be read anew. Without this a bulk of changes at the end of a stream would be
 * read in each round for as long as nothing follows it.
 */
export class SettledCursor {
  private resting: { cursor: Cursor; sinceMs: number } | null = null
  private settled: Cursor | null = null

  /** Null until a cursor has settled. */
  get cursor(): Cursor | null {
    return this.settled
  }

  /** A whole round, begun and ended at these times of a clock that is never set, has read up to `cursor`. */
  read(cursor: Cursor, round: { startedMs: number; endedMs: number; overlapMs: number }): void {
    const isSame = this.resting?.cursor.changed === cursor.changed && this.resting.cursor.key === cursor.key
    if (this.resting === null || !isSame) this.resting = { cursor, sinceMs: round.endedMs }
    else if (round.startedMs - this.resting.sinceMs >= RESTS_FOR * round.overlapMs) this.settled = cursor
  }
}
