import { Injectable } from '@nestjs/common'
import type {
  DeliveryCorrection,
  DeliveryRun,
  DeliveryRunDetail,
  DeliveryRunsAnswer,
  DeliveryStep,
} from '@gemba/contracts/delivery'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { seesEverything } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import {
  type CorrectionRow,
  type PartRow,
  type ReceiptRow,
  RUN_COLUMNS,
  type RunCounts,
  type RunRow,
  type ScheduleRow,
  note,
  presentReceipt,
  presentRun,
} from './delivery-rows.ts'
import { fileName, hashOfToken } from './letters.service.ts'
import { Parts } from './parts.service.ts'
import { type RenderedReport, ReportSource } from './report-source.service.ts'
import { Schedules, mayEdit } from './schedules.service.ts'

const MOST_RUNS = 1_000
/** Of schedules that are not seen (`$1` are those that are), only what went to the own account, `$2`, is there. */
const COUNTED = `SELECT ${RUN_COLUMNS}, count(c.id) AS recipients, count(c.id) FILTER (WHERE c.state = 'accepted') AS accepted,
  count(c.id) FILTER (WHERE c.state IN ('refused', 'failed')) AS failed, count(DISTINCT c.part) AS parts
  FROM delivery_run r LEFT JOIN delivery_receipt c
    ON c.run = r.id AND (r.schedule = ANY($1) OR (c.kind = 'user' AND c.recipient = $2))
  WHERE (r.schedule = ANY($1) OR c.id IS NOT NULL)`

type CountedRun = RunRow & RunCounts
interface StepRow {
  kind: DeliveryStep['kind']
  at: Date
  outcome: DeliveryStep['outcome']
  reason: DeliveryStep['reason']
  evidence: DeliveryStep['evidence']
}

export interface LinkedFile {
  readonly path: string
  readonly name: string
  readonly format: string
}

/** Counts, sizes and causes tell of what was rendered for readers with other rights. */
const withoutContent = <S extends Pick<StepRow, 'evidence'>>(step: S): S => ({
  ...step,
  evidence: Object.fromEntries(
    Object.entries(step.evidence).filter(([name]) => !['rows', 'files', 'cause', 'figures'].includes(name)),
  ),
})

/** A run for who only got something of it: what became of the letters of others is not told. */
const asReceived = (run: CountedRun): CountedRun =>
  run.recipients === run.accepted ? { ...run, state: 'accepted', reason: null } : run

/** Steps about the letters of others are left out, and facts about the whole run. */
const stepsFor = (user: string, { run, steps }: { run: CountedRun; steps: readonly StepRow[] }): StepRow[] =>
  steps
    .filter(({ evidence }) => evidence['recipient'] === undefined || evidence['recipient'] === user)
    .filter(({ kind }) => kind !== 'corrected')
    .filter(({ kind, outcome }) => run.recipients !== run.accepted || (outcome !== 'failed' && kind !== 'notice'))
    .map((step) => ({ ...step, evidence: {} }))

/** What became of deliveries, and what a person can do about it. */
@Injectable()
export class DeliveryRuns {
  constructor(
    private readonly database: DataSource,
    private readonly schedules: Schedules,
    private readonly catalog: CatalogService,
    private readonly rights: RightsService,
    private readonly parts: Parts,
    private readonly reports: ReportSource,
    private readonly audit: AuditService,
  ) {}

  async list(principal: Principal, range: { from: Date; to: Date }): Promise<DeliveryRunsAnswer> {
    const visible = await this.schedules.visibleIds(principal)
    const rows = await this.database.query<CountedRun[]>(
      `${COUNTED} AND r.planned_at >= $3 AND r.planned_at < $4 GROUP BY r.id ORDER BY r.planned_at DESC, r.id LIMIT ${MOST_RUNS}`,
      [visible, principal.user, range.from, range.to],
    )
    const [punctual] = await this.database.query<{ in_time: string; all: string }[]>(
      `SELECT count(*) FILTER (WHERE NOT is_late AND state IN ('accepted', 'skipped')) AS in_time, count(*) AS all FROM delivery_run
       WHERE schedule = ANY($1) AND trigger = 'clock' AND finished_at IS NOT NULL AND planned_at > now() - interval '30 days'`,
      [visible],
    )
    const corrected = await this.correctedAt(
      principal,
      rows.map(({ id }) => id),
    )
    return {
      runs: rows.map((run) =>
        presentRun(visible.includes(run.schedule) ? run : asReceived(run), corrected.get(run.id) ?? null),
      ),
      punctual: { inTime: Number(punctual?.in_time ?? 0), all: Number(punctual?.all ?? 0) },
    }
  }

  async detail(principal: Principal, id: string): Promise<DeliveryRunDetail> {
    const { run, seenAs } = await this.seen(principal, id)
    const steps = await this.database.query<StepRow[]>(
      'SELECT kind, at, outcome, reason, evidence FROM delivery_step WHERE run = $1 ORDER BY seq',
      [id],
    )
    const receipts = await this.database.query<
      (ReceiptRow & { rendered: RenderedReport | null; rights_key: string | null })[]
    >(
      `SELECT c.*, p.rendered, p.rights_key FROM delivery_receipt c LEFT JOIN delivery_part p ON p.id = c.part WHERE c.run = $1 AND ($2 OR (c.kind = 'user' AND c.recipient = $3)) ORDER BY c.kind, c.name, c.id`,
      [id, seenAs === 'keeper', principal.user],
    )
    const seesAll = seesEverything(principal)
    const isOwn = (key: string | null): boolean => seesAll || (key !== null && key === principal.rights?.key)
    const seesEach = receipts.every(({ rights_key }) => isOwn(rights_key))
    const isKeeper = seenAs === 'keeper'
    const corrections = await this.corrections(
      principal,
      receipts.filter(({ rights_key }) => isOwn(rights_key)),
    )
    const opened = await Promise.all(receipts.map((receipt) => this.opened(principal, receipt)))
    const told = isKeeper
      ? steps.map((step) => (seesEach ? step : withoutContent(step)))
      : stepsFor(principal.user, { run, steps })
    return {
      ...presentRun(isKeeper ? run : asReceived(run), corrections[0] ? new Date(corrections[0].foundAt) : null),
      steps: told.map(({ at, ...step }) => ({ ...step, at: at.toISOString() })),
      receipts: receipts.map((receipt, index) =>
        presentReceipt(receipt, { knowsContent: isOwn(receipt.rights_key), reportRun: opened[index] ?? null }),
      ),
      corrections,
      seenAs,
      mayEdit: isKeeper && mayEdit(principal, run.schedule),
    }
  }

  /** The run behind the caller's own letter, when it opens under the rights of now. */
  private async opened(
    principal: Principal,
    { kind, recipient, rendered }: ReceiptRow & { rendered: RenderedReport | null },
  ): Promise<string | null> {
    if (kind !== 'user' || recipient !== principal.user || rendered === null) return null
    return (await this.reports.opensFor(rendered.run, principal)) ? rendered.run : null
  }

  /** The newest correction of each render that the caller may see, newest first. */
  private async corrections(
    principal: Principal,
    receipts: readonly (Pick<ReceiptRow, 'part' | 'name'> & { rendered: RenderedReport | null })[],
  ): Promise<DeliveryCorrection[]> {
    const rows = await this.database.query<(CorrectionRow & Pick<PartRow, 'rendered'>)[]>(
      `SELECT DISTINCT ON (k.part) k.*, p.rendered FROM delivery_correction k JOIN delivery_part p ON p.id = k.part
       WHERE k.part = ANY($1) ORDER BY k.part, k.number DESC`,
      [receipts.flatMap(({ part }) => part ?? [])],
    )
    const found: DeliveryCorrection[] = []
    for (const { part, rendered, found_at, changes } of rows) {
      // What was judged otherwise since is not shown by the way of its corrections.
      if (!changes.restated || (await this.parts.isVoid({ rendered }, principal))) continue
      const { figures, rows: lists, more } = changes
      const recipients = receipts.flatMap((receipt) => (receipt.part === part ? [receipt.name] : []))
      found.push({ foundAt: found_at.toISOString(), recipients, figures, rows: lists, more })
    }
    return found.toSorted((a, b) => (a.foundAt < b.foundAt ? 1 : -1))
  }

  /** When runs were last found to be corrected, as far as the caller sees now what was sent. */
  private async correctedAt(principal: Principal, runs: readonly string[]): Promise<Map<string, Date>> {
    const rows = await this.database.query<{ run: string; found_at: Date }[]>(
      `SELECT run, max(found_at) AS found_at FROM (
         SELECT DISTINCT ON (k.part) p.run, k.found_at, k.changes FROM delivery_correction k JOIN delivery_part p ON p.id = k.part
         WHERE p.run = ANY($1) AND ($2 OR p.rights_key = $3) ORDER BY k.part, k.number DESC) newest
       WHERE (changes->>'restated')::boolean GROUP BY run`,
      [runs, seesEverything(principal), principal.rights?.key ?? ''],
    )
    return new Map(rows.map(({ run, found_at }) => [run, found_at]))
  }

  /** A run of a schedule that the caller sees, or one that brought the caller something. */
  private async seen(
    principal: Principal,
    id: string,
  ): Promise<{ run: CountedRun; seenAs: DeliveryRunDetail['seenAs'] }> {
    const visible = await this.schedules.visibleIds(principal)
    const [run] = /^[0-9a-f-]{36}$/.test(id)
      ? await this.database.query<CountedRun[]>(`${COUNTED} AND r.id = $3 GROUP BY r.id`, [visible, principal.user, id])
      : []
    if (!run) throw new Fault('DELIVERY_UNKNOWN')
    return { run, seenAs: visible.includes(run.schedule) ? 'keeper' : 'recipient' }
  }

  private async visible(principal: Principal, id: string): Promise<CountedRun> {
    const { run, seenAs } = await this.seen(principal, id)
    if (seenAs !== 'keeper') throw new Fault('NO_ACCESS')
    return run
  }

  /** Through all stages, to the caller alone and with the caller's own rights. */
  async test(principal: Principal, schedule: string): Promise<DeliveryRun> {
    const row = await this.schedules.visible(principal, schedule)
    return this.toOneself(principal, row, { plannedAt: Date.now(), trigger: 'test' })
  }

  async sendToMe(principal: Principal, id: string): Promise<DeliveryRun> {
    const run = await this.visible(principal, id)
    const row = await this.schedules.visible(principal, run.schedule)
    return this.toOneself(
      principal,
      { ...row, document: run.document },
      { plannedAt: run.planned_at.getTime(), trigger: 'again' },
    )
  }

  private async toOneself(
    principal: Principal,
    row: ScheduleRow,
    { plannedAt, trigger }: { plannedAt: number; trigger: 'test' | 'again' },
  ): Promise<DeliveryRun> {
    const site = this.catalog.snapshot.site(row.document.site)
    if (site === null) throw new Fault('SITE_UNKNOWN', { site: row.document.site })
    const run = await this.schedules.plan(this.database.manager, {
      row,
      site,
      plannedAt,
      trigger,
      onlyFor: principal.user,
    })
    return presentRun(await this.visible(principal, run?.id ?? ''))
  }

  /** Tries again what has failed; letters keep their Message-ID. What was accepted is not sent again. */
  async retry(principal: Principal, id: string, by: Actor): Promise<DeliveryRun> {
    const run = await this.visible(principal, id)
    if (!mayEdit(principal, run.schedule)) throw new Fault('NO_ACCESS')
    await this.database.transaction(async (manager) => {
      const [held] = await manager.query<RunRow[]>(
        `SELECT ${RUN_COLUMNS} FROM delivery_run r WHERE id = $1 FOR UPDATE`,
        [id],
      )
      if (held?.state !== 'failed' && held?.state !== 'skipped') throw new Fault('DELIVERY_NOT_OVER')
      if (held.files_dropped_at !== null) throw new Fault('DELIVERY_FILES_DROPPED')
      const letters = await manager.query<{ id: string }[]>(
        "SELECT id FROM delivery_receipt WHERE run = $1 AND state IN ('refused', 'failed') AND part IS NOT NULL",
        [id],
      )
      if (letters.length > 0)
        await manager.query(
          "UPDATE delivery_receipt SET state = 'pending', reason = NULL, attempts = 0, next_try_at = now() WHERE id = ANY($1)",
          [letters.map((letter) => letter.id)],
        )
      // Those that never had a render are looked up anew: an address or right may have been added.
      else await manager.query("DELETE FROM delivery_receipt WHERE run = $1 AND state <> 'accepted'", [id])
      const state = letters.length > 0 ? 'rendered' : 'planned'
      await manager.query(
        'UPDATE delivery_run SET state = $2, reason = NULL, attempts = 0, finished_at = NULL, next_try_at = now() WHERE id = $1',
        [id, state],
      )
      await note(manager, id, { kind: 'retry', evidence: { by: by.user, letters: letters.length } })
      await this.audit.record(
        { stream: 'change', action: 'delivery.retry', by, object: { kind: 'delivery', id } },
        manager,
      )
    })
    return presentRun(await this.visible(principal, id))
  }

  /** A linked file, for the account it was sent to, or for an outsider (null). Null = unknown, expired, or of another. */
  async linkedFile(token: string, user: string | null): Promise<LinkedFile | null> {
    const [row] = await this.database.query<
      {
        receipt: string
        kind: string
        recipient: string
        format: string
        rendered: RenderedReport
        date: string
        run: string
        rights_key: string
        is_shared: boolean
        saved_by: string
      }[]
    >(
      `SELECT l.receipt, c.kind, c.recipient, l.format, p.rendered, r.production_date::text AS date, r.id AS run,
         p.rights_key, r.document->>'rights' = 'snapshot' AND r.only_for IS NULL AS is_shared, r.saved_by FROM delivery_link l
       JOIN delivery_receipt c ON c.id = l.receipt JOIN delivery_part p ON p.id = c.part JOIN delivery_run r ON r.id = c.run
       WHERE l.token_hash = $1 AND l.expires_at > now() AND r.files_dropped_at IS NULL`,
      [hashOfToken(token)],
    )
    const file = row?.rendered.files.find(({ format }) => format === row.format)
    if (!row || !file) return null
    if (row.kind === 'user' ? row.recipient !== user : user !== null || row.kind !== 'external') return null
    if (user !== null) {
      const reader = await this.rights.principalOf(user)
      if (reader === null) return null
      // A snapshot was shared as it is; the own render may hold what the reader does not see any more.
      if (!row.is_shared && reader.rights?.key !== row.rights_key)
        throw new Fault('REPORT_RIGHTS_CHANGED', { run: row.run })
    }
    // What is shared as it is dies when its saver would not see the same any more.
    const eyes = user === null || row.is_shared ? row.saved_by : user
    if (await this.parts.isVoid(row, await this.rights.principalOf(eyes)))
      throw new Fault('REPORT_AUDIENCE_CHANGED', { run: row.run })
    const by = { user: row.recipient, rights: [], means: null, session: null, address: null }
    await this.audit.record({
      stream: 'export',
      action: 'delivery.opened',
      by,
      object: { kind: 'delivery', id: row.run },
      after: { format: row.format },
    })
    await this.database.query('UPDATE delivery_receipt SET opened_at = coalesce(opened_at, now()) WHERE id = $1', [
      row.receipt,
    ])
    return { path: file.path, name: fileName(row.rendered.name, row.date, row.format), format: row.format }
  }
}
