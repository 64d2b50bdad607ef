import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { type SiteDefinition, siteDefinition } from '@gemba/contracts/catalog'
import type { TimeRange } from '@gemba/contracts/time'
import { changedTime } from '@gemba/engine/time/calendar-change'
import type { Subscription } from 'rxjs'
import { DataSource } from 'typeorm'
import { CatalogService } from '../catalog/catalog.service.ts'
import { log } from '../http/log.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { EquipmentDeriver } from './equipment-deriver.service.ts'

/**
 * Keeps the calendar under which the stored windows were cut. Where the catalog brings another one (a shift cancelled
 * or a break moved after the fact), exactly the windows that differ are derived anew. The kept calendar moves on only
 * when that is done, so that a kill in between repeats it.
 */
@Injectable()
export class CalendarChanges implements OnApplicationBootstrap, OnApplicationShutdown {
  private subscriptions: Subscription[] = []
  /** Calendars in force whose windows are being derived, by site. */
  private readonly pending = new Map<string, SiteDefinition>()
  private working: Promise<void> = Promise.resolve()

  constructor(
    private readonly catalog: CatalogService,
    private readonly deriver: EquipmentDeriver,
    private readonly warehouse: WarehouseService,
    private readonly database: DataSource,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.subscriptions = [
      this.catalog.changed.subscribe(() => this.then(() => this.compare())),
      this.deriver.caughtUp.subscribe(() => this.then(() => this.settle())),
    ]
    await this.compare()
  }

  async onApplicationShutdown(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.unsubscribe()
    await this.working
  }

  private then(step: () => Promise<void>): void {
    this.working = this.working.then(step).catch((error: unknown) => {
      log.error({ err: error }, 'a changed calendar could not be followed; the next start repeats it')
    })
  }

  private async compare(): Promise<void> {
    const rows = await this.database.query<{ site: string; calendar: unknown }[]>(
      'SELECT site, calendar FROM derived_calendar',
    )
    const kept = new Map(rows.map(({ site, calendar }) => [site, siteDefinition.parse(calendar)]))
    for (const site of this.catalog.snapshot.document.sites) {
      // What a site is called does not move its windows.
      const before = this.pending.get(site.id) ?? kept.get(site.id)
      if (before && JSON.stringify(before) === JSON.stringify(site)) continue
      if (before) await this.recut(before, site)
      this.pending.set(site.id, site)
    }
  }

  private async recut(before: SiteDefinition, after: SiteDefinition): Promise<void> {
    const units = this.catalog.snapshot.unitsUnder(after.id).map((unit) => unit.path)
    const [stored] = await this.warehouse.query<{ at: number; n: number }>(
      'SELECT toUnixTimestamp64Milli(min(start_at)) AS at, toUInt32(count()) AS n FROM equipment_window WHERE unit IN {units:Array(String)}',
      { units },
    )
    if (!stored || Number(stored.n) === 0) return
    const changed = changedTime(before, after, { fromAt: Number(stored.at), toAt: Date.now() })
    for (const range of changed) for (const unit of units) this.deriver.deriveRecut(unit, range)
    for (const { equipment, range } of changedClocks(before, after)) this.deriver.deriveRecut(equipment, range)
    log.info({ site: after.id, stretches: changed.length }, 'the calendar changed for time that has passed')
  }

  private async settle(): Promise<void> {
    for (const [site, calendar] of this.pending) {
      if (this.deriver.backlog() > 0) return
      await this.database.query(
        `INSERT INTO derived_calendar (site, calendar) VALUES ($1, $2)
         ON CONFLICT (site) DO UPDATE SET calendar = $2, since = now()`,
        [site, JSON.stringify(calendar)],
      )
      if (this.pending.get(site) === calendar) this.pending.delete(site)
    }
  }
}

/** Corrections of clocks that only one of the two calendars has. */
function changedClocks(before: SiteDefinition, after: SiteDefinition): { equipment: string; range: TimeRange }[] {
  const texts = (site: SiteDefinition) => (site.clockCorrections ?? []).map((each) => JSON.stringify(each))
  const [old, now] = [new Set(texts(before)), new Set(texts(after))]
  return [...(before.clockCorrections ?? []), ...(after.clockCorrections ?? [])]
    .filter((each) => !(old.has(JSON.stringify(each)) && now.has(JSON.stringify(each))))
    .map(({ equipment, fromAt, toAt, offsetMs }) => ({
      equipment,
      range: { fromAt: fromAt - Math.abs(offsetMs), toAt: toAt + Math.abs(offsetMs) },
    }))
}
