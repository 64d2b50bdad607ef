import { createHash, randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import type { RunChanges } from '@gemba/contracts/run-changes'
import { DataSource, type EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { DELIVERY_PACE, type DeliveryPace } from './delivery-pace.ts'
import {
  type CorrectionRow,
  type PartRow,
  RUN_COLUMNS,
  type ReceiptRow,
  type RunRow,
  note,
  updated,
} from './delivery-rows.ts'
import { LINK_DAYS } from './letters.service.ts'
import { Parts } from './parts.service.ts'
import { ReportSource } from './report-source.service.ts'

/** What two looks are compared by: from what to what, and not when it was found. */
const hashOf = ({ figures, rows }: RunChanges): string => {
  const lines = figures.map((each) =>
    JSON.stringify([each.dataset, each.metric, each.equipment, each.key, each.fromAt, each.before, each.now]),
  )
  const text = [...lines, ...rows.map((each) => JSON.stringify([each.dataset, each.gone, each.come]))].sort()
  return createHash('sha256').update(text.join('\n')).digest('hex')
}

const NEWEST = 'SELECT * FROM delivery_correction WHERE part = $1 ORDER BY number DESC LIMIT 1'

/** Letters that are no longer true: looks for figures that changed after they were sent, and has recipients told. */
@Injectable()
export class Corrections {
  constructor(
    private readonly database: DataSource,
    private readonly parts: Parts,
    private readonly reports: ReportSource,
    private readonly rights: RightsService,
    @Inject(DELIVERY_PACE) private readonly pace: DeliveryPace,
  ) {}

  /** Compares one render that was sent with what is known now; false = none is due. */
  async lookAtOne(): Promise<boolean> {
    const part = await this.claim()
    if (part === null) return false
    const eyes = await this.eyesOf(part)
    if (eyes === null || (await this.parts.isVoid(part, eyes))) return true
    const changes = await this.reports.changesOf(part.rendered.run, eyes)
    if (changes !== null) await this.keep(part, changes)
    return true
  }

  /** The next look is due from now on, whatever becomes of this one: a render that cannot be compared holds up no other. */
  private async claim(): Promise<PartRow | null> {
    const [part] = await updated<PartRow>(
      this.database,
      `UPDATE delivery_part p SET look_at = now() + greatest($1 * interval '1 millisecond', (now() - r.finished_at) / 8)
       FROM delivery_run r WHERE r.id = p.run AND p.id = (
         SELECT p.id FROM delivery_part p JOIN delivery_run r ON r.id = p.run
         WHERE r.finished_at > now() - $2 * interval '1 day'
           AND coalesce(p.look_at, r.finished_at + $1 * interval '1 millisecond') <= now()
           AND EXISTS (SELECT 1 FROM delivery_receipt c WHERE c.part = p.id AND c.state = 'accepted')
         ORDER BY coalesce(p.look_at, r.finished_at) LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
       RETURNING p.id, p.run, p.rights_key, p.rendered`,
      [this.pace.lookAfterMs, LINK_DAYS],
    )
    return part ?? null
  }

  /** Somebody who got it and has the rights it was made with; null = there is nobody any more. */
  private async eyesOf({ id, run, rights_key, rendered }: PartRow): Promise<Principal | null> {
    const accounts = await this.database.query<{ account: string }[]>(
      `SELECT saved_by AS account FROM delivery_run WHERE id = $2 UNION
       SELECT recipient FROM delivery_receipt WHERE part = $1 AND kind = 'user' AND state = 'accepted'`,
      [id, run],
    )
    for (const { account } of accounts) {
      const principal = await this.rights.principalOf(account)
      if (principal?.rights?.key !== rights_key) continue
      if (await this.reports.opensFor(rendered.run, principal)) return principal
    }
    return null
  }

  /** Writes down what is new against the last look. With it, or not at all, come the letters that tell of it. */
  private async keep(part: PartRow, changes: RunChanges): Promise<void> {
    const hash = hashOf(changes)
    await this.database.transaction(async (store) => {
      await store.query('SELECT 1 FROM delivery_part WHERE id = $1 FOR UPDATE', [part.id])
      const [last] = await store.query<CorrectionRow[]>(NEWEST, [part.id])
      if (last === undefined ? !changes.restated : last.content_hash === hash) return
      const id = randomUUID()
      await store.query(
        'INSERT INTO delivery_correction (id, part, number, content_hash, changes) VALUES ($1, $2, $3, $4, $5)',
        [id, part.id, (last?.number ?? 0) + 1, hash, JSON.stringify(changes)],
      )
      const figures = changes.figures.length + changes.rows.length
      await note(store, part.run, { kind: 'corrected', evidence: { figures } })
      await this.tell(store, id, { part })
    })
  }

  /**
   * Whose letter is accepted only after a correction was found is told of the newest one, for his letter shows what
   * those of the others did. Called where his receipt becomes accepted: either the look sees it so, or this the look.
   */
  async tellLate(store: EntityManager, receipt: string): Promise<void> {
    const [part] = await store.query<PartRow[]>(
      `SELECT p.id, p.run, p.rights_key, p.rendered FROM delivery_part p JOIN delivery_receipt c ON c.part = p.id
       WHERE c.id = $1 AND c.correction IS NULL FOR UPDATE OF p`,
      [receipt],
    )
    if (part === undefined) return
    const [last] = await store.query<CorrectionRow[]>(NEWEST, [part.id])
    // Figures that are again as sent: he has heard of no others.
    if (last?.changes.restated === true) await this.tell(store, last.id, { part, receipt })
  }

  /** A run of letters, one to each who got the render, or to one of them; only where the schedule asks for it now. */
  private async tell(
    store: EntityManager,
    correction: string,
    { part, receipt = null }: { part: PartRow; receipt?: string | null },
  ): Promise<void> {
    const [run] = await store.query<RunRow[]>(
      `SELECT ${RUN_COLUMNS} FROM delivery_run r JOIN delivery_schedule s ON s.id = r.schedule
       WHERE r.id = $1 AND r.trigger = 'clock' AND s.document->>'tellCorrections' = 'true'`,
      [part.run],
    )
    const receipts = await store.query<ReceiptRow[]>(
      `SELECT * FROM delivery_receipt WHERE part = $1 AND run = $2 AND state = 'accepted' AND id = coalesce($3, id)
       ORDER BY id`,
      [part.id, part.run, receipt],
    )
    if (run === undefined || receipts.length === 0) return
    const id = randomUUID()
    const { document } = run
    await store.query(
      `INSERT INTO delivery_run (id, schedule, document, saved_by, trigger, planned_at, production_date, deadline_at, state, corrects)
       VALUES ($1, $2, $3, $4, 'correction', now(), $5, now() + $6 * interval '1 minute', 'rendered', $7)`,
      [id, run.schedule, JSON.stringify(document), run.saved_by, run.production_date, document.deadlineMinutes, run.id],
    )
    await note(store, id, { kind: 'triggered', evidence: { by: 'correction' } })
    for (const { kind, recipient, name, address, message_id } of receipts) {
      const letter = randomUUID()
      const host = message_id.slice(message_id.indexOf('@') + 1, -1)
      await store.query(
        `INSERT INTO delivery_receipt (id, run, kind, recipient, name, address, part, state, message_id, correction, replies_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10)`,
        [letter, id, kind, recipient, name, address, part.id, `<${letter}@${host}>`, correction, message_id],
      )
    }
  }
}
