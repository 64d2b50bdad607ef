import { Injectable } from '@nestjs/common'
import { CatalogService } from '../catalog/catalog.service.ts'
import { drivingPoints } from '../live/event-readings.service.ts'
import type { UnitSpan } from '../live/live.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

/** A reading may reach the warehouse this long after it came in; the derivation meanwhile has not seen it. */
const MARGIN_MS = 60_000

/** Which spans have readings that no derivation has seen, after a stop or a kill. */
@Injectable()
export class DirtyStart {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  async spans(): Promise<UnitSpan[]> {
    const derived = await this.warehouse.query<{ unit: string; at: number }>(
      'SELECT unit, toUnixTimestamp64Milli(max(computed_at)) AS at FROM equipment_window GROUP BY unit',
    )
    const derivedAt = new Map(derived.map(({ unit, at }) => [unit, Number(at)]))
    const spans: UnitSpan[] = []
    const { snapshot } = this.catalog
    for (const { path, level } of snapshot.document.equipment) {
      const points = level === 'work-unit' ? drivingPoints(snapshot, path) : []
      if (points.length === 0) continue
      const span = await this.unseen(points, (derivedAt.get(path) ?? MARGIN_MS) - MARGIN_MS)
      if (span) spans.push({ unit: path, ...span })
    }
    return spans
  }

  private async unseen(points: string[], sinceAt: number): Promise<{ fromAt: number; toAt: number } | null> {
    const rows = await this.warehouse.query<{ from_at: number; to_at: number; n: number }>(
      `SELECT toUnixTimestamp64Milli(min(source_at)) AS from_at, toUnixTimestamp64Milli(max(source_at)) AS to_at, toUInt32(count()) AS n
       FROM reading WHERE point IN {points:Array(String)} AND received_at >= fromUnixTimestamp64Milli({sinceAt:Int64})`,
      { points, sinceAt },
    )
    const row = rows[0]
    return row && Number(row.n) > 0 ? { fromAt: Number(row.from_at), toAt: Number(row.to_at) } : null
  }
}
