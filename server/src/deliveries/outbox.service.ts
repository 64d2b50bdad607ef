import { randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import type { DeliveryReason, ReceiptState } from '@gemba/contracts/delivery'
import { DataSource } from 'typeorm'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { Channels } from '../mail/channels.service.ts'
import { post, type Posting } from '../mail/mail-post.service.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { Corrections } from './corrections.service.ts'
import { DELIVERY_PACE, type DeliveryPace, waitAfter } from './delivery-pace.ts'
import { type PartRow, type ReceiptRow, RUN_COLUMNS, type RunRow, note } from './delivery-rows.ts'
import { LINK_DAYS, Letters } from './letters.service.ts'
import { Parts } from './parts.service.ts'
import { ReportSource } from './report-source.service.ts'
import { Settlement } from './settlement.service.ts'

interface Claimed {
  readonly receipt: ReceiptRow
  readonly run: RunRow
  readonly lease: string
}

interface Ending {
  readonly state: ReceiptState
  readonly reason: DeliveryReason | null
  readonly response: string | null
  /** Milliseconds until the next try. */
  readonly waitMs?: number
}

/**
 * Letters on their way. Each is held by a lease while it is sent. A letter whose line broke after its last byte, or
 * whose sender died, is `unknown`: it is sent once more with the same Message-ID, marked as repeated, and the receipt
 * says so; after that a person decides.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly database: DataSource,
    private readonly mail: MailSettingsService,
    private readonly channels: Channels,
    private readonly letters: Letters,
    private readonly parts: Parts,
    private readonly rights: RightsService,
    private readonly reports: ReportSource,
    private readonly settlement: Settlement,
    private readonly corrections: Corrections,
    @Inject(DELIVERY_PACE) private readonly pace: DeliveryPace,
  ) {}

  /** Sends one letter; false = there was none to send. */
  async sendOne(): Promise<boolean> {
    const claimed = await this.claim()
    if (claimed === null) return false
    if (claimed === 'settled') return true
    const ending = await this.deliver(claimed)
    if (ending.state === 'accepted') await this.open(claimed)
    await this.finish(claimed, ending)
    return true
  }

  /** The run as it was sent opens for who got the letter, for as long as links in letters do. */
  private async open({ receipt: { id, kind, recipient, correction }, run }: Claimed): Promise<void> {
    if (correction !== null) return
    const [part] = await this.database.query<PartRow[]>(
      'SELECT p.* FROM delivery_part p JOIN delivery_receipt c ON c.part = p.id WHERE c.id = $1',
      [id],
    )
    const isOwn = kind === 'user' && (run.document.rights === 'recipient' || run.only_for !== null)
    const untilAt = Date.now() + LINK_DAYS * 86_400_000
    if (part) await this.reports.deliver(part.rendered.run, { account: isOwn ? recipient : null, untilAt })
  }

  private async claim(): Promise<Claimed | 'settled' | null> {
    const lease = randomUUID()
    return this.database.transaction(async (manager) => {
      const [receipt] = await manager.query<ReceiptRow[]>(
        `SELECT * FROM delivery_receipt WHERE (state IN ('pending', 'unknown') AND next_try_at <= now())
           OR (state = 'sending' AND lease_until < now()) ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      )
      if (!receipt) return null
      const wasCut = receipt.state === 'sending'
      if (wasCut && receipt.was_unknown) {
        await manager.query(
          "UPDATE delivery_receipt SET state = 'failed', reason = 'acceptance-unknown', lease = NULL WHERE id = $1",
          [receipt.id],
        )
        await this.settlement.settle(receipt.run, manager)
        return 'settled'
      }
      receipt.was_unknown ||= wasCut || receipt.state === 'unknown'
      if (receipt.was_unknown)
        await note(manager, receipt.run, {
          kind: 'retry',
          reason: 'acceptance-unknown',
          evidence: { recipient: receipt.recipient, messageId: receipt.message_id, same: true },
        })
      await manager.query(
        `UPDATE delivery_receipt SET state = 'sending', was_unknown = $2, attempts = attempts + 1, lease = $3,
           lease_until = now() + $4 * interval '1 millisecond' WHERE id = $1`,
        [receipt.id, receipt.was_unknown, lease, this.pace.leaseMs],
      )
      const [run] = await manager.query<RunRow[]>(`SELECT ${RUN_COLUMNS} FROM delivery_run r WHERE id = $1`, [
        receipt.run,
      ])
      return { receipt: { ...receipt, attempts: receipt.attempts + 1 }, run: run as RunRow, lease }
    })
  }

  private async deliver(claimed: Claimed): Promise<Ending> {
    const { receipt, run } = claimed
    try {
      const part = await this.partNow(receipt, run)
      if ('state' in part) return part
      if (receipt.kind === 'channel') return this.sendToChannel(receipt, run, part)
      const server = await this.mail.server()
      if (server === null) return this.later(receipt, 'mail-not-set-up', 'no mail server is set up')
      if (receipt.address === null) return { state: 'failed', reason: 'no-address', response: null }
      const letter = await this.letters.of({ run, receipt, part, server })
      return this.endingOf(receipt, await post(server, letter))
    } catch (error) {
      // Nothing has gone out: what goes out is told by its posting.
      return this.later(receipt, 'interrupted', error instanceof Error ? error.message.slice(0, 200) : 'unknown')
    }
  }

  /** What the recipient may see at this moment, not when the run was planned. */
  private async partNow(receipt: ReceiptRow, run: RunRow): Promise<PartRow | Ending> {
    const stored = receipt.part === null ? null : await this.parts.byId(receipt.part)
    if (stored === null) return { state: 'failed', reason: 'report-failed', response: null }
    const isShared = run.document.rights === 'snapshot' && run.only_for === null
    const isOfSaver = isShared || receipt.kind !== 'user'
    const principal = await this.rights.principalOf(receipt.kind === 'user' ? receipt.recipient : run.saved_by)
    if (receipt.kind === 'user' && principal === null)
      return { state: 'skipped', reason: 'account-gone', response: null }
    const eyes = isShared ? await this.rights.principalOf(run.saved_by) : principal
    const isSame = isOfSaver || eyes?.rights?.key === stored.rights_key
    if (isSame && !(await this.parts.isVoid(stored, eyes))) return stored
    // A correction speaks of what this reader got; under other rights there is no such letter.
    if (receipt.correction !== null) return { state: 'skipped', reason: 'no-access', response: null }
    if (eyes === null) return { state: 'skipped', reason: 'no-access', response: null }
    const made = await this.parts.for(run, eyes)
    if (!made.ok)
      return made.isPassing
        ? this.later(receipt, made.reason, made.cause)
        : { state: 'skipped', reason: made.reason, response: made.cause.slice(0, 200) }
    await this.database.query('UPDATE delivery_receipt SET part = $2 WHERE id = $1', [receipt.id, made.part.id])
    return made.part
  }

  private async sendToChannel(receipt: ReceiptRow, run: RunRow, part: PartRow): Promise<Ending> {
    const { title, text } = await this.letters.message({ run, receipt, part })
    const posting = await this.channels.send(receipt.recipient, { id: receipt.id, title, text, at: Date.now() })
    return posting === null
      ? { state: 'failed', reason: 'channel-gone', response: null }
      : this.endingOf(receipt, posting)
  }

  private endingOf(receipt: ReceiptRow, posting: Posting): Ending {
    const { outcome, response } = posting
    if (outcome === 'accepted') return { state: 'accepted', reason: null, response }
    if (outcome === 'refused') return { state: 'refused', reason: 'refused-by-server', response }
    if (outcome === 'later')
      return this.later(receipt, posting.code === null ? 'server-away' : 'refused-by-server', response)
    if (receipt.was_unknown) return { state: 'failed', reason: 'acceptance-unknown', response }
    return { state: 'unknown', reason: 'connection-lost', response, waitMs: this.pace.waitsMs[0] ?? 0 }
  }

  private later(receipt: ReceiptRow, reason: DeliveryReason, response: string): Ending {
    const waitMs = waitAfter(this.pace, receipt.attempts)
    return waitMs === null ? { state: 'failed', reason, response } : { state: 'pending', reason, response, waitMs }
  }

  private async finish({ receipt, lease }: Claimed, ending: Ending): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(
        `UPDATE delivery_receipt SET state = $3, reason = $4, response = $5, lease = NULL, lease_until = NULL,
           next_try_at = now() + $6 * interval '1 millisecond',
           accepted_at = CASE WHEN $3 = 'accepted' THEN now() ELSE accepted_at END WHERE id = $1 AND lease = $2`,
        [receipt.id, lease, ending.state, ending.reason, ending.response, ending.waitMs ?? 0],
      )
      if (ending.waitMs !== undefined)
        await note(manager, receipt.run, {
          kind: 'retry',
          outcome: 'waiting',
          reason: ending.reason,
          evidence: {
            recipient: receipt.recipient,
            attempt: receipt.attempts,
            response: ending.response,
            waitMs: ending.waitMs,
          },
        })
      if (ending.state === 'accepted') await this.corrections.tellLate(manager, receipt.id)
      await this.settlement.settle(receipt.run, manager)
    })
  }
}
