import { Injectable } from '@nestjs/common'
import type { DeliveryReason, DeliveryState } from '@gemba/contracts/delivery'
import { RUN_COLUMNS, type RunRow, type Store, giveNotice, note } from './delivery-rows.ts'

interface Tally {
  waiting: string
  untried: string
  accepted: string
  failed: string
  skipped: string
  unmet: string
  all: string
  attempts: string
  reason: DeliveryReason | null
}

/** Draws the state of a run from the states of its letters. */
@Injectable()
export class Settlement {
  async settle(id: string, store: Store): Promise<void> {
    const [run] = await store.query<RunRow[]>(`SELECT ${RUN_COLUMNS} FROM delivery_run r WHERE id = $1 FOR UPDATE`, [
      id,
    ])
    if (!run || run.finished_at !== null || (run.state !== 'rendered' && run.state !== 'sent')) return
    const [tally] = await store.query<Tally[]>(
      `SELECT count(*) FILTER (WHERE state IN ('pending', 'sending', 'unknown')) AS waiting,
        count(*) FILTER (WHERE state = 'pending' AND attempts = 0) AS untried,
        count(*) FILTER (WHERE state = 'accepted') AS accepted,
        count(*) FILTER (WHERE state IN ('refused', 'failed')) AS failed,
        count(*) FILTER (WHERE state = 'skipped') AS skipped,
        count(*) FILTER (WHERE state = 'skipped' AND reason = 'condition-not-met') AS unmet, count(*) AS all, sum(attempts) AS attempts,
        min(reason) FILTER (WHERE state IN ('refused', 'failed', 'skipped')) AS reason
       FROM delivery_receipt WHERE run = $1`,
      [id],
    )
    if (!tally) return
    const counts = {
      accepted: Number(tally.accepted),
      failed: Number(tally.failed),
      skipped: Number(tally.skipped),
      all: Number(tally.all),
    }
    const hasLetters = counts.skipped < counts.all
    if (run.state === 'rendered' && Number(tally.untried) === 0 && Number(tally.attempts) > 0) {
      await store.query("UPDATE delivery_run SET state = 'sent' WHERE id = $1", [id])
      await note(store, id, { kind: 'sent', evidence: { letters: counts.all - counts.skipped } })
    }
    if (Number(tally.waiting) > 0) return
    // Nobody got anything, and no condition says why: the owner has to know.
    const isNobody = !hasLetters && Number(tally.unmet) === 0
    const state: DeliveryState = counts.failed > 0 || isNobody ? 'failed' : hasLetters ? 'accepted' : 'skipped'
    const reason = state === 'accepted' ? null : tally.reason
    await store.query(
      'UPDATE delivery_run SET state = $2, reason = $3, finished_at = now(), is_late = is_late OR now() > deadline_at WHERE id = $1',
      [id, state, reason],
    )
    await note(store, id, { kind: state, outcome: state === 'failed' ? 'failed' : 'done', reason, evidence: counts })
    if (state === 'failed')
      await giveNotice(store, run, { key: `failed:${id}:${tally.attempts}`, kind: 'failed', reason })
  }
}
