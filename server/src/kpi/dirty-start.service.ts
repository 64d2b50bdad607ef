import { Injectable } from '@nestjs/common'
import { DataSource } from 'typeorm'
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
    private readonly database: DataSource,
  ) {}

  /** Everything of the unit that had come in by `at` (ms) is in its stored windows. */
  async seen(unit: string, at: number): Promise<void> {
    await this.database.query(
      `INSERT INTO derivation_mark (unit, seen_at) VALUES ($1, $2)
       ON CONFLICT (unit) DO UPDATE SET seen_at = greatest(derivation_mark.seen_at, $2)`,
      [unit, new Date(at)],
    )
  }

  async spans(): Promise<UnitSpan[]> {
    const seenAt = await this.marks()
    const spans: UnitSpan[] = []
    const { snapshot } = this.catalog
    for (const { path, level } of snapshot.document.equipment) {
      const points = level === 'work-unit' ? drivingPoints(snapshot, path) : []
      if (points.length === 0) continue
      const span = await this.unseen(points, (seenAt.get(path) ?? MARGIN_MS) - MARGIN_MS)
      if (span) spans.push({ unit: path, ...span })
    }
    return spans
  }

  /** Units that were derived before marks were kept have the time of their newest window. */
  private async marks(): Promise<Map<string, number>> {
    const derived = await this.warehouse.query<{ unit: string; at: number }>(
      'SELECT unit, toUnixTimestamp64Milli(max(computed_at)) AS at FROM equipment_window GROUP BY unit',
    )
    const marked = await this.database.query<{ unit: string; seen_at: Date }[]>(
      'SELECT unit, seen_at FROM derivation_mark',
    )
    return new Map([
      ...derived.map(({ unit, at }): [string, number] => [unit, Number(at)]),
      ...marked.map((row): [string, number] => [row.unit, row.seen_at.getTime()]),
    ])
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
