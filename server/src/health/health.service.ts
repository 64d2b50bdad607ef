import { readFileSync } from 'node:fs'
import { Inject, Injectable } from '@nestjs/common'
import type { HealthAnswer, HealthDetails } from '@gemba/contracts/api'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { factScope } from '../datasets/data-gate.ts'
import { RequestBudgets } from '../http/request-budget.ts'
import { QuarantineService } from '../ingest/quarantine.service.ts'
import { KpiService } from '../kpi/kpi.service.ts'
import { LiveService } from '../live/live.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

type StoreHealth = HealthDetails['stores'][number]

/** Stores are asked at most this often. */
const ASK_EVERY_MS = 2_000
const STORE_PATIENCE_MS = 2_000

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

@Injectable()
export class HealthService {
  private readonly startedAt = Date.now()
  private stores: StoreHealth[] = []
  private askedAt = 0
  private asking: Promise<void> | null = null

  constructor(
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
    private readonly database: DataSource,
    private readonly warehouse: WarehouseService,
    private readonly sources: SourcesService,
    private readonly quarantine: QuarantineService,
    private readonly live: LiveService,
    private readonly kpi: KpiService,
    private readonly budgets: RequestBudgets,
  ) {}

  async short(): Promise<HealthAnswer> {
    await this.askStores()
    return { status: this.status(), version: VERSION }
  }

  /** What a principal may know of sources, and of the collectors that serve them. */
  async details(principal: Principal): Promise<HealthDetails> {
    await this.askStores()
    const now = Date.now()
    const scope = factScope(principal, 'source')
    const sources = this.sources
      .healthOfAll(now)
      .filter(({ id, site, family }) => scope.allows({ source: id, site, family }))
    const serving = new Set(sources.map(({ collector }) => collector))
    return {
      status: this.status(),
      version: VERSION,
      serverTime: now,
      startedAt: this.startedAt,
      stores: this.stores,
      sources,
      collectors: this.sources.collectorList(now).filter(({ id }) => scope.isWhole || serving.has(id)),
      quarantine: await this.quarantine
        .counts(factScope(principal, 'quarantine'))
        .catch(() => ({ rows: 0, byReason: {} })),
      live: this.live.gauge(),
      budget: this.budgets.gauge(),
    }
  }

  private status(): HealthAnswer['status'] {
    if (this.kpi.backlog() > 0 && !this.kpi.caughtUpOnce) return 'starting'
    if (this.stores.some((store) => store.state !== 'ok')) return 'degraded'
    const states = this.sources.healthOfAll(Date.now())
    if (states.some((source) => source.state === 'failing')) return 'degraded'
    return states.some((source) => source.state !== 'running') ? 'starting' : 'ok'
  }

  private async askStores(): Promise<void> {
    if (Date.now() - this.askedAt < ASK_EVERY_MS) return
    this.asking ??= this.ask().finally(() => {
      this.asking = null
      this.askedAt = Date.now()
    })
    await this.asking
  }

  private async ask(): Promise<void> {
    const timeMetadata = async () => {
      const startedAt = performance.now()
      await this.database.query('SELECT 1')
      return performance.now() - startedAt
    }
    this.stores = await Promise.all([
      this.storeHealth('metadata', timeMetadata),
      this.storeHealth('warehouse', () => this.warehouse.ping()),
    ])
  }

  private async storeHealth(name: StoreHealth['name'], probe: () => Promise<number>): Promise<StoreHealth> {
    const before = this.stores.find((store) => store.name === name)
    const embedded = this.config.embedded.includes(name)
    try {
      const latencyMs = await within(probe(), STORE_PATIENCE_MS)
      const since = before?.state === 'ok' ? before.since : Date.now()
      return { name, state: 'ok', embedded, latencyMs, errorText: null, since }
    } catch (error) {
      const since = before?.state === 'failing' ? before.since : Date.now()
      return {
        name,
        state: 'failing',
        embedded,
        latencyMs: null,
        errorText: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
        since,
      }
    }
  }
}
