import { Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { DataSource } from 'typeorm'
import { CatalogService } from '../catalog/catalog.service.ts'
import { log } from '../http/log.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { EVENT_COLUMNS, type EventRow, drivingPoints, eventOfRow } from './event-readings.service.ts'
import { LiveService } from './live.service.ts'

/** Fills the live memory from the stores at start, so that a restarted server shows the same numbers as before. */
@Injectable()
export class LiveRestore implements OnApplicationBootstrap {
  constructor(
    private readonly catalog: CatalogService,
    private readonly live: LiveService,
    private readonly warehouse: WarehouseService,
    private readonly database: DataSource,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const startedAt = performance.now()
    const { snapshot } = this.catalog
    const units = snapshot.document.equipment.filter((equipment) => drivingPoints(snapshot, equipment.path).length > 0)
    const points = units.flatMap((unit) => drivingPoints(snapshot, unit.path))
    if (points.length === 0) return
    const fromAt = this.live.memory(units[0]?.path ?? '').fromAt
    const rows = [...(await this.seeds(points, fromAt)), ...(await this.recent(points, fromAt))]
    for (const row of rows) {
      const found = eventOfRow(row, snapshot)
      if (found) this.live.memory(found.unit).add(found.event)
    }
    await this.restoreAlive()
    log.info({ events: rows.length, ms: Math.round(performance.now() - startedAt) }, 'live memory restored')
  }

  private recent(points: string[], fromAt: number): Promise<EventRow[]> {
    return this.warehouse.query<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM reading WHERE point IN {points:Array(String)} AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64})`,
      { points, fromAt },
    )
  }

  /** The last telling reading of each point before the kept time. */
  private seeds(points: string[], fromAt: number): Promise<EventRow[]> {
    return this.warehouse.query<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM (
         SELECT point, source_at, number, text, quality, kind FROM reading
         WHERE point IN {points:Array(String)} AND source_at < fromUnixTimestamp64Milli({fromAt:Int64})
           AND ((quality < 2 AND kind > 0) OR endsWith(point, ':state') OR endsWith(point, ':link'))
         ORDER BY point, source_at DESC LIMIT 1 BY point
         UNION ALL SELECT point, source_at, number, text, quality, kind FROM reading_carried FINAL
         WHERE point IN {points:Array(String)} AND source_at < fromUnixTimestamp64Milli({fromAt:Int64}))
       ORDER BY point, source_at DESC LIMIT 1 BY point`,
      { points, fromAt },
    )
  }

  private async restoreAlive(): Promise<void> {
    const rows = await this.database.query<{ alive: Record<string, number> }[]>('SELECT alive FROM ingest_ledger')
    for (const { alive } of rows) for (const [unit, at] of Object.entries(alive)) this.live.aliveUntil(unit, at)
  }
}
