import { randomUUID } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { DeliverySchedule, ScheduleChange, ScheduleRequest, SchedulesAnswer } from '@gemba/contracts/delivery'
import { unknownPlaceholders } from '@gemba/engine/format/message-text'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { RUN_COLUMNS, type RunRow, type ScheduleRow, type Store, note, updated } from './delivery-rows.ts'
import { comesTooOften, nextAt, spokenDate } from './schedule-clock.ts'

/** Older than this, an instant that was missed is not made up for: a newer one speaks of the same things. */
const MAKE_UP_MS = 24 * 3_600_000
const MOST_MISSED = 50

/** Schedules: who may see and change them, and which are due. */
@Injectable()
export class Schedules {
  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly rights: RightsService,
    private readonly sources: SourcesService,
    private readonly audit: AuditService,
  ) {}

  async list(principal: Principal): Promise<SchedulesAnswer> {
    const rows = await this.database.query<ScheduleRow[]>(
      `SELECT * FROM delivery_schedule ORDER BY document->>'name', id`,
    )
    return {
      schedules: rows.filter((row) => this.sees(principal, row)).map((row) => this.present(row, principal)),
      mayEdit: mayEdit(principal, '*'),
    }
  }

  async visible(principal: Principal, id: string): Promise<ScheduleRow> {
    const [row] = /^[0-9a-f-]{36}$/.test(id)
      ? await this.database.query<ScheduleRow[]>('SELECT * FROM delivery_schedule WHERE id = $1', [id])
      : []
    if (!row || !this.sees(principal, row)) throw new Fault('DELIVERY_UNKNOWN')
    return row
  }

  /** Schedules that the principal sees; what is not among them does not exist for this one. */
  async visibleIds(principal: Principal): Promise<string[]> {
    const rows = await this.database.query<ScheduleRow[]>('SELECT * FROM delivery_schedule')
    return rows.filter((row) => this.sees(principal, row)).map(({ id }) => id)
  }

  private sees(principal: Principal, row: Pick<ScheduleRow, 'id' | 'document'>): boolean {
    if (!equipmentScope(principal).touches(row.document.site)) return false
    return principal.rights?.may('view', { kind: 'schedule', id: row.id }) ?? false
  }

  async create(schedule: ScheduleRequest, principal: Principal, by: Actor): Promise<DeliverySchedule> {
    if (!mayEdit(principal, '*')) throw new Fault('NO_ACCESS')
    const id = randomUUID()
    const next = await this.check(schedule, principal)
    return this.store({ id, revision: 1, schedule, next }, { principal, by })
  }

  async change(
    id: string,
    { revision, schedule }: ScheduleChange,
    { principal, by }: { principal: Principal; by: Actor },
  ): Promise<DeliverySchedule> {
    const row = await this.visible(principal, id)
    if (!mayEdit(principal, id)) throw new Fault('NO_ACCESS')
    if (row.revision !== revision) throw new Fault('RECORD_CHANGED')
    const next = await this.check(schedule, principal)
    return this.store({ id, revision: revision + 1, schedule, next, before: row.document }, { principal, by })
  }

  /** Next instant of a schedule that can work; refuses one that cannot. */
  private async check(schedule: ScheduleRequest, principal: Principal): Promise<number | null> {
    const site = this.catalog.snapshot.site(schedule.site)
    if (site === null || !equipmentScope(principal).touches(schedule.site))
      throw new Fault('SITE_UNKNOWN', { site: schedule.site })
    const unknown = unknownPlaceholders(`${schedule.subject}\n${schedule.body}`)
    if (unknown.length > 0)
      throw new Fault('DELIVERY_TEXT_INVALID', {}, { zh: unknown.join('、'), en: unknown.join(', ') })
    // A snapshot shows others what the saver sees: that is sharing.
    const object = { kind: 'report', id: schedule.report } as const
    if (schedule.rights === 'snapshot' && !principal.rights?.may('share', object))
      throw new Fault('NO_ACCESS', { action: 'share' })
    if (!principal.rights?.may('export', object)) throw new Fault('NO_ACCESS', { action: 'export' })
    for (const user of [schedule.owner, schedule.deputy])
      if (user !== null && (await this.rights.principalOf(user)) === null)
        throw timingFault(`没有账号 ${user}`, `there is no account ${user}`)
    for (const condition of schedule.conditions)
      if (condition.kind === 'freshness' && this.sources.definition(condition.source) === null)
        throw timingFault(`没有数据源 ${condition.source}`, `there is no source ${condition.source}`)
    return this.nextOf(schedule, site)
  }

  private nextOf(schedule: ScheduleRequest, site: SiteDefinition): number | null {
    try {
      const next = nextAt(schedule.timing, site, Date.now())
      if (comesTooOften(schedule.timing, site, Date.now()))
        throw timingFault('间隔不足 5 分钟', 'it comes more often than every five minutes')
      return schedule.enabled ? next : null
    } catch (error) {
      if (error instanceof RangeError) throw timingFault(error.message, error.message)
      throw error
    }
  }

  private async store(
    {
      id,
      revision,
      schedule,
      next,
      before,
    }: { id: string; revision: number; schedule: ScheduleRequest; next: number | null; before?: ScheduleRequest },
    { principal, by }: { principal: Principal; by: Actor },
  ): Promise<DeliverySchedule> {
    const row = await this.database.transaction(async (manager) => {
      const values = [
        id,
        revision,
        JSON.stringify(schedule),
        schedule.enabled,
        schedule.owner,
        schedule.deputy,
        schedule.deadlineMinutes,
        next === null ? null : new Date(next),
        principal.user,
      ]
      const rows = await manager.query<ScheduleRow[]>(
        `INSERT INTO delivery_schedule (id, revision, document, enabled, owner, deputy, deadline_minutes, next_at, saved_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET revision = $2, document = $3, enabled = $4, owner = $5, deputy = $6,
           deadline_minutes = $7, next_at = $8, saved_by = $9, saved_at = now()
         WHERE delivery_schedule.revision = $2 - 1 RETURNING *`,
        values,
      )
      if (!rows[0]) throw new Fault('RECORD_CHANGED')
      await this.audit.record(
        {
          stream: 'change',
          action: before ? 'schedule.changed' : 'schedule.made',
          by,
          object: { kind: 'schedule', id },
          before,
          after: schedule,
        },
        manager,
      )
      return rows[0]
    })
    return this.present(row, principal)
  }

  private present(row: ScheduleRow, principal: Principal): DeliverySchedule {
    return {
      id: row.id,
      revision: row.revision,
      // One that was stored before this could be chosen asks for none.
      schedule: { ...row.document, tellCorrections: row.document.tellCorrections ?? false },
      savedBy: row.saved_by,
      savedAt: row.saved_at.toISOString(),
      nextAt: row.next_at?.toISOString() ?? null,
      mayEdit: mayEdit(principal, row.id),
    }
  }

  /** Plans what is due. Each instant becomes one run, on whichever server sees it first. */
  async planDue(nowAt: number): Promise<void> {
    const due = await this.database.query<ScheduleRow[]>(
      'SELECT * FROM delivery_schedule WHERE enabled AND next_at <= $1',
      [new Date(nowAt)],
    )
    for (const { id } of due) await this.database.transaction((manager) => this.planOne(id, nowAt, manager))
  }

  private async planOne(id: string, nowAt: number, store: Store): Promise<void> {
    const [row] = await store.query<ScheduleRow[]>(
      'SELECT * FROM delivery_schedule WHERE id = $1 AND enabled AND next_at <= $2 FOR UPDATE SKIP LOCKED',
      [id, new Date(nowAt)],
    )
    const site = row && this.catalog.snapshot.site(row.document.site)
    if (!row?.next_at || !site) return
    const instants = [row.next_at.getTime()]
    let next: number | null = null
    while (instants.length <= MOST_MISSED) {
      next = nextAt(row.document.timing, site, instants.at(-1) ?? nowAt)
      if (next === null || next > nowAt) break
      instants.push(next)
    }
    for (const [index, at] of instants.entries()) {
      const isMissed = index < instants.length - 1 || nowAt - at > MAKE_UP_MS
      const run = await this.plan(store, { row, site, plannedAt: at, trigger: 'clock', onlyFor: null })
      if (run && isMissed) await this.missed(store, run)
    }
    await store.query('UPDATE delivery_schedule SET next_at = $2 WHERE id = $1', [
      id,
      next === null ? null : new Date(Math.max(next, nowAt)),
    ])
  }

  private async missed(store: Store, run: RunRow): Promise<void> {
    await store.query(
      "UPDATE delivery_run SET state = 'skipped', reason = 'missed-while-off', finished_at = now(), is_late = true WHERE id = $1",
      [run.id],
    )
    await note(store, run.id, { kind: 'skipped', reason: 'missed-while-off', evidence: {} })
    log.warn({ run: run.id }, 'a delivery was missed while the server was off')
  }

  /** Makes a run; null when this instant has one already. */
  async plan(
    store: Store,
    {
      row,
      site,
      plannedAt,
      trigger,
      onlyFor,
    }: {
      row: ScheduleRow
      site: SiteDefinition
      plannedAt: number
      trigger: RunRow['trigger']
      onlyFor: string | null
    },
  ): Promise<RunRow | null> {
    const { document } = row
    const date = spokenDate(document.timing, site, plannedAt)
    const from = trigger === 'clock' ? plannedAt : Date.now()
    const deadlineAt = new Date(from + document.deadlineMinutes * 60_000)
    const rows = await store.query<{ id: string }[]>(
      `INSERT INTO delivery_run (id, schedule, document, saved_by, trigger, only_for, planned_at, production_date, deadline_at, state)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, 'planned') ON CONFLICT DO NOTHING RETURNING id`,
      [row.id, JSON.stringify(document), row.saved_by, trigger, onlyFor, new Date(plannedAt), date, deadlineAt],
    )
    const id = rows[0]?.id
    if (id === undefined) return null
    const timing =
      document.timing.kind === 'clock' ? `${document.timing.cron} · ${document.timing.calendar}` : document.timing.kind
    await note(store, id, {
      kind: 'triggered',
      evidence: { by: trigger, plannedAt: new Date(plannedAt).toISOString(), timing, for: onlyFor },
    })
    const [run] = await store.query<RunRow[]>(`SELECT ${RUN_COLUMNS} FROM delivery_run r WHERE id = $1`, [id])
    return run ?? null
  }

  /** Switches a schedule of the product on where there is none yet; used by the demo. */
  async plant(schedule: ScheduleRequest, id: string, savedBy: string): Promise<void> {
    const site = this.catalog.snapshot.site(schedule.site)
    if (site === null) return
    const next = nextAt(schedule.timing, site, Date.now())
    await updated(
      this.database,
      `INSERT INTO delivery_schedule (id, revision, document, enabled, owner, deputy, deadline_minutes, next_at, saved_by)
       VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        id,
        JSON.stringify(schedule),
        schedule.enabled,
        schedule.owner,
        schedule.deputy,
        schedule.deadlineMinutes,
        next === null ? null : new Date(next),
        savedBy,
      ],
    )
  }
}

export const mayEdit = (principal: Principal, id: string): boolean =>
  principal.rights?.may('edit', { kind: 'schedule', id }) ?? false

const timingFault = (zh: string, en: string): Fault => new Fault('DELIVERY_TIMING_INVALID', {}, { zh, en })
