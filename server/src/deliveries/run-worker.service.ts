import { randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import type { DeliveryReason } from '@gemba/contracts/delivery'
import { DataSource } from 'typeorm'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { log } from '../http/log.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { judgeFreshness, judgeReport } from './conditions.ts'
import { DELIVERY_PACE, type DeliveryPace, waitAfter } from './delivery-pace.ts'
import { type NewStep, RUN_COLUMNS, type RunRow, giveNotice, note, sumOf, updated } from './delivery-rows.ts'
import { type MadePart, Parts } from './parts.service.ts'
import { type Addressee, Recipients } from './recipients.service.ts'
import { Settlement } from './settlement.service.ts'

/** What an addressee will get: a part, or the reason for nothing. */
interface Assigned {
  readonly addressee: Addressee
  readonly part: string | null
  readonly state: 'pending' | 'skipped' | 'failed'
  readonly reason: DeliveryReason | null
  readonly response: string | null
}

const OPEN = "('planned', 'held', 'rendering')"

/** Takes a planned run to its letters: freshness, recipients, one render for each set of rights, conditions. */
@Injectable()
export class RunWorker {
  constructor(
    private readonly database: DataSource,
    private readonly parts: Parts,
    private readonly recipients: Recipients,
    private readonly rights: RightsService,
    private readonly sources: SourcesService,
    private readonly mail: MailSettingsService,
    private readonly settlement: Settlement,
    @Inject(DELIVERY_PACE) private readonly pace: DeliveryPace,
  ) {}

  /** Works on one run; false = there was none to work on. */
  async workOnOne(): Promise<boolean> {
    const run = await this.claim()
    if (run === null) return false
    // A long render keeps its run: only who is dead loses it.
    const renewal = setInterval(() => void this.renew(run).catch(() => undefined), this.pace.leaseMs / 4).unref()
    try {
      await this.work(run)
    } catch (error) {
      log.error({ err: error, run: run.id }, 'a delivery could not be prepared')
      await this.again(run, { reason: 'report-failed', cause: 'internal', isPassing: true })
    } finally {
      clearInterval(renewal)
    }
    return true
  }

  private async claim(): Promise<RunRow | null> {
    const [run] = await updated<RunRow>(
      this.database,
      `UPDATE delivery_run r SET lease = $1, lease_until = now() + $2 * interval '1 millisecond'
       WHERE id = (SELECT id FROM delivery_run WHERE state IN ${OPEN} AND next_try_at <= now()
         AND (lease_until IS NULL OR lease_until < now()) ORDER BY planned_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${RUN_COLUMNS}`,
      [randomUUID(), this.pace.leaseMs],
    )
    return run ?? null
  }

  private async renew(run: RunRow): Promise<void> {
    await this.database.query(
      `UPDATE delivery_run SET lease_until = now() + $3 * interval '1 millisecond' WHERE id = $1 AND lease = $2`,
      [run.id, run.lease, this.pace.leaseMs],
    )
  }

  /** Moves the run only while it is ours; false = another has taken it over. */
  private async move(run: RunRow, change: string, values: unknown[] = []): Promise<boolean> {
    const rows = await updated(
      this.database,
      `UPDATE delivery_run SET ${change} WHERE id = $1 AND lease = $2 RETURNING id`,
      [run.id, run.lease, ...values],
    )
    return rows.length > 0
  }

  private async work(run: RunRow): Promise<void> {
    if (run.state === 'rendering' && run.attempts > this.pace.waitsMs.length)
      return this.end(run, 'failed', {
        kind: 'failed',
        outcome: 'failed',
        reason: 'interrupted',
        evidence: { attempts: run.attempts },
      })
    if (run.state === 'rendering')
      await note(this.database, run.id, { kind: 'taken-over', evidence: { attempts: run.attempts } })
    if (!(await this.isFresh(run))) return
    if (!(await this.move(run, "state = 'rendering', attempts = attempts + 1"))) return
    run.attempts += 1
    await note(this.database, run.id, { kind: 'rendering', evidence: { attempt: run.attempts } })
    const addressees = await this.recipients.of(run)
    if (addressees.length === 0)
      return this.end(run, 'failed', { kind: 'failed', outcome: 'failed', reason: 'no-recipient', evidence: {} })
    const made = await this.renderAll(run, addressees)
    const passing = [...made.values()].find((part) => !part.ok && part.isPassing)
    if (passing && !passing.ok && waitAfter(this.pace, run.attempts) !== null) return this.again(run, passing)
    await this.hand(
      run,
      addressees.map((addressee) => this.assign(run, addressee, made)),
    )
  }

  /** Holds a run whose data are too old; it is looked at again until it has waited too long. */
  private async isFresh(run: RunRow): Promise<boolean> {
    const nowAt = Date.now()
    const judged = run.document.conditions
      .filter((condition) => condition.kind === 'freshness')
      .map((condition) => judgeFreshness(condition, { lastDataAt: this.sources.lastDataAt(condition.source), nowAt }))
    const stale = judged.find(({ met }) => !met)
    if (stale === undefined) {
      for (const { evidence } of judged)
        if (run.state !== 'rendering') await note(this.database, run.id, { kind: 'condition', evidence })
      return true
    }
    if (nowAt - run.planned_at.getTime() > this.pace.holdMostMs) {
      await this.end(run, 'failed', {
        kind: 'failed',
        outcome: 'failed',
        reason: 'held-too-long',
        evidence: stale.evidence,
      })
      return false
    }
    if (run.state !== 'held') {
      await note(this.database, run.id, {
        kind: 'held',
        outcome: 'waiting',
        reason: 'source-too-old',
        evidence: stale.evidence,
      })
      await giveNotice(this.database, run, { key: `held:${run.id}`, kind: 'held', reason: 'source-too-old' })
    }
    const wait = "state = 'held', reason = 'source-too-old', lease = NULL, lease_until = NULL"
    await this.move(run, `${wait}, next_try_at = now() + $3 * interval '1 millisecond'`, [this.pace.holdLookMs])
    return false
  }

  private async renderAll(run: RunRow, addressees: readonly Addressee[]): Promise<Map<string, MadePart>> {
    const shared =
      run.document.rights === 'snapshot' && run.only_for === null ? await this.rights.principalOf(run.saved_by) : null
    const made = new Map<string, MadePart>()
    for (const { principal, reason, kind } of addressees) {
      const eyes = shared ?? (kind === 'user' ? principal : null)
      const key = eyes?.rights?.key
      if (reason !== null || !eyes || key === undefined || made.has(key)) continue
      made.set(key, await this.parts.for(run, eyes))
    }
    if (shared) for (const part of made.values()) made.set('shared', part)
    return made
  }

  private assign(run: RunRow, addressee: Addressee, made: ReadonlyMap<string, MadePart>): Assigned {
    const nothing = { addressee, part: null, response: null }
    if (addressee.reason !== null)
      return { ...nothing, state: addressee.reason === 'account-gone' ? 'skipped' : 'failed', reason: addressee.reason }
    const key = addressee.principal?.rights?.key
    const isSnapshot = run.document.rights === 'snapshot' && run.only_for === null
    // A snapshot of somebody who left is not made: nobody answers for it any more.
    const part = isSnapshot ? made.get('shared') : key === undefined ? undefined : made.get(key)
    if (part === undefined) return { ...nothing, state: 'failed', reason: isSnapshot ? 'account-gone' : 'no-access' }
    if (!part.ok)
      return {
        ...nothing,
        state: part.reason === 'no-access' ? 'skipped' : 'failed',
        reason: part.reason,
        response: part.cause.slice(0, 200),
      }
    const judged = run.document.conditions.flatMap((condition) =>
      condition.kind === 'freshness' ? [] : [judgeReport(condition, part.part.rendered)],
    )
    const missed = run.trigger === 'clock' ? judged.find(({ met }) => !met) : undefined
    if (missed)
      return {
        ...nothing,
        part: part.part.id,
        state: 'skipped',
        reason: 'condition-not-met',
        response: JSON.stringify(missed.evidence),
      }
    return { addressee, part: part.part.id, state: 'pending', reason: null, response: null }
  }

  /** Letters and the new state of the run come together, or not at all. */
  private async hand(run: RunRow, assigned: readonly Assigned[]): Promise<void> {
    const server = await this.mail.server()
    const host = server?.from.split('@')[1] ?? 'gemba.invalid'
    await this.database.transaction(async (manager) => {
      const [held] = await manager.query<unknown[]>(
        'SELECT id FROM delivery_run WHERE id = $1 AND lease = $2 FOR UPDATE',
        [run.id, run.lease],
      )
      if (held === undefined) return
      for (const { addressee, part, state, reason, response } of assigned) {
        const id = randomUUID()
        const { kind, recipient, name, address } = addressee
        await manager.query(
          `INSERT INTO delivery_receipt (id, run, kind, recipient, name, address, part, state, reason, response, message_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (run, kind, recipient) DO NOTHING`,
          [id, run.id, kind, recipient, name, address, part, state, reason, response, `<${id}@${host}>`],
        )
      }
      const parts = await manager.query<
        { rendered: { hash: string; rows: Record<string, number>; files: { format: string; bytes: number }[] } }[]
      >('SELECT rendered FROM delivery_part WHERE run = $1', [run.id])
      const files = parts.flatMap(({ rendered }) => rendered.files).map(({ format, bytes }) => `${format} ${bytes}`)
      await note(manager, run.id, {
        kind: 'rendered',
        evidence: {
          parts: parts.length,
          recipients: assigned.length,
          rows: parts.map(({ rendered }) => sumOf(rendered.rows)).join(' '),
          files: files.slice(0, 12).join(', '),
        },
      })
      await manager.query(
        `UPDATE delivery_run SET state = 'rendered', reason = NULL, lease = NULL, lease_until = NULL WHERE id = $1`,
        [run.id],
      )
      await this.settlement.settle(run.id, manager)
    })
  }

  private async again(
    run: RunRow,
    failure: { reason: DeliveryReason; cause: string; isPassing: boolean },
  ): Promise<void> {
    const wait = failure.isPassing ? waitAfter(this.pace, Math.max(1, run.attempts)) : null
    const evidence = { cause: failure.cause.slice(0, 300), attempt: run.attempts, waitMs: wait }
    if (wait === null)
      return this.end(run, 'failed', { kind: 'failed', outcome: 'failed', reason: failure.reason, evidence })
    await note(this.database, run.id, { kind: 'retry', outcome: 'waiting', reason: failure.reason, evidence })
    await this.move(
      run,
      "state = 'planned', lease = NULL, lease_until = NULL, next_try_at = now() + $3 * interval '1 millisecond'",
      [wait],
    )
  }

  private async end(run: RunRow, state: 'failed' | 'skipped', step: NewStep): Promise<void> {
    const isOurs = await this.move(
      run,
      'state = $3, reason = $4, finished_at = now(), lease = NULL, lease_until = NULL',
      [state, step.reason ?? null],
    )
    if (!isOurs) return
    await note(this.database, run.id, step)
    if (state === 'failed')
      await giveNotice(this.database, run, {
        key: `failed:${run.id}:${run.attempts}`,
        kind: 'failed',
        reason: step.reason ?? null,
      })
  }
}
