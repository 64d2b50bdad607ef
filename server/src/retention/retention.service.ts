import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import {
  type RetentionAnswer,
  type RetentionClass,
  type RetentionDocument,
  type RetentionPartition,
  type RetentionRequest,
  retentionClass,
} from '@gemba/contracts/retention'
import { DataSource, type EntityManager } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { ChangeOrigin } from '../changes/change-owners.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { Recalculations } from '../policies/recalculations.service.ts'
import { StoredPartitions } from './stored-partitions.service.ts'
import { RETENTION_DAYS, monthOf, retentionPlan } from './retention-plan.ts'

const DAY_MS = 86_400_000
/** A start has other things to do first. */
const FIRST_RUN_AFTER_MS = 10 * 60_000

interface Setting {
  class: RetentionClass
  keep_days: number | null
  recorded_at: Date
  recorded_by: string
  reason: string
}

/** Keeps each class of rows as long as it is set, by whole months. A run a day; what it would do can be read before. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timers: NodeJS.Timeout[] = []
  private running: Promise<unknown> | null = null
  private lastRunAt: number | null = null

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly policies: PoliciesService,
    private readonly recalculations: Recalculations,
    private readonly stored: StoredPartitions,
    private readonly audit: AuditService,
  ) {}

  onApplicationBootstrap(): void {
    const run = () => {
      this.running = this.run().catch((error: unknown) => log.error({ err: error }, 'retention could not run'))
    }
    this.timers = [setTimeout(run, FIRST_RUN_AFTER_MS), setInterval(run, DAY_MS)]
    for (const timer of this.timers) timer.unref()
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer)
    await this.running
  }

  async answer(): Promise<RetentionAnswer> {
    const [settings, partitions] = [await this.settings(), await this.plan(Date.now())]
    const { floorAt } = this.recalculations
    return {
      classes: retentionClass.options.map((name) => {
        const setting = settings.get(name)
        return {
          class: name,
          keepDays: setting ? setting.keep_days : RETENTION_DAYS[name].defaultDays,
          ...RETENTION_DAYS[name],
          tables: this.stored.tablesOf(name),
          by: setting?.recorded_by ?? null,
          reason: setting?.reason ?? null,
          recordedAt: setting?.recorded_at.toISOString() ?? null,
        }
      }),
      partitions,
      readingsFrom: floorAt === 0 ? null : new Date(floorAt).toISOString(),
      lastRunAt: this.lastRunAt === null ? null : new Date(this.lastRunAt).toISOString(),
    }
  }

  /** Sets how long a class is kept from the next run on. */
  async change(request: RetentionRequest, by: Actor): Promise<RetentionAnswer> {
    await this.database.transaction((manager) => this.record(request, { manager, by }))
    return this.answer()
  }

  /** Refuses a time that is shorter than the class has to be kept. */
  check({ class: name, keepDays }: RetentionDocument): void {
    const { leastDays } = RETENTION_DAYS[name]
    if (keepDays === null || keepDays >= leastDays) return
    const says = { zh: `${name} 至少保留 ${leastDays} 天`, en: `${name} is kept for at least ${leastDays} days` }
    throw new Fault('INPUT_INVALID', { class: name, leastDays }, says)
  }

  /** Sets within a transaction how long a class is kept. */
  async record(
    request: RetentionRequest,
    { manager, by, origin }: { manager: EntityManager; by: Actor; origin?: ChangeOrigin },
  ): Promise<void> {
    this.check(request)
    const { class: name, keepDays, reason } = request
    const before = await this.inForce(name, manager)
    const what = { stream: 'change', action: 'retention.changed', object: { kind: 'retention', id: name } } as const
    const after = { keepDays, ...(origin ? { origin } : {}) }
    await this.audit.record({ ...what, by, before, after, reason }, manager)
    await manager.query(
      `INSERT INTO retention_setting (class, keep_days, recorded_at, recorded_by, reason) VALUES ($1, $2, now(), $3, $4)`,
      [name, keepDays, origin?.author ?? by.user, reason],
    )
    log.info({ class: name, keepDays }, 'retention was set')
  }

  /** How long a class is kept; within a transaction nobody else sets it until that ends. */
  async inForce(name: RetentionClass, within?: EntityManager): Promise<{ keepDays: number | null }> {
    if (within) await within.query('LOCK TABLE retention_setting IN SHARE ROW EXCLUSIVE MODE')
    const setting = (await this.settings(within)).get(name)
    return { keepDays: setting ? setting.keep_days : RETENTION_DAYS[name].defaultDays }
  }

  /** Drops what the plan lets go, oldest first, and returns it. */
  async run(nowAt = Date.now()): Promise<RetentionPartition[]> {
    const plan = await this.plan(nowAt)
    const gone = plan.filter(({ verdict }) => verdict === 'drop').sort((a, b) => (a.toAt < b.toAt ? -1 : 1))
    for (const partition of gone) await this.drop(partition)
    this.lastRunAt = nowAt
    if (gone.length > 0) log.info({ partitions: gone.length }, 'old months were dropped')
    return gone
  }

  private async drop({ table, partition, rows, bytes }: RetentionPartition): Promise<void> {
    const { toAt } = monthOf(partition)
    if (table === 'reading') await this.stored.carry(partition)
    // Recorded first: from now on nothing is derived from this month, whether the drop succeeds or is repeated.
    await this.database.query(
      `INSERT INTO retention_drop (table_name, partition, to_at, row_count, byte_count, dropped_at)
       VALUES ($1, $2, $3, $4, $5, now())`,
      [table, partition, new Date(toAt), rows, bytes],
    )
    if (table === 'reading') this.recalculations.raiseFloor(toAt)
    await this.stored.drop(table, partition)
  }

  private async plan(nowAt: number): Promise<RetentionPartition[]> {
    const [settings, partitions, pending] = await Promise.all([
      this.settings(),
      this.stored.list(),
      this.recalculations.pending(),
    ])
    const keepDays = Object.fromEntries(
      retentionClass.options.map((name) => {
        const setting = settings.get(name)
        return [name, setting ? setting.keep_days : RETENTION_DAYS[name].defaultDays]
      }),
    ) as Record<RetentionClass, number | null>
    const sites = this.catalog.snapshot.document.sites.map(({ id }) => this.policies.closedUntilAt(id))
    return retentionPlan(partitions, {
      nowAt,
      keepDays,
      openFromAt: sites.length === 0 ? 0 : Math.min(...sites),
      recalculatedFromAt: pending.length === 0 ? null : Math.min(...pending.map(({ fromAt }) => fromAt)),
    })
  }

  private async settings(within?: EntityManager): Promise<Map<RetentionClass, Setting>> {
    const rows = await (within ?? this.database).query<Setting[]>('SELECT * FROM retention_setting ORDER BY id')
    return new Map(rows.map((row) => [row.class, row]))
  }
}
