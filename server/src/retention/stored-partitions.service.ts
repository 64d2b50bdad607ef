import { Injectable } from '@nestjs/common'
import type { RetentionClass } from '@gemba/contracts/retention'
import { CatalogService } from '../catalog/catalog.service.ts'
import { drivingPoints } from '../live/event-readings.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import type { StoredPartition } from './retention-plan.ts'

const CLASS_OF: Readonly<Record<string, RetentionClass>> = {
  quarantine: 'raw',
  reading: 'telemetry',
  reading_1m: 'aggregates',
}

/** Class of a table; what is not named holds facts. */
export const classOf = (table: string): RetentionClass => CLASS_OF[table] ?? 'facts'

/** The months of the warehouse's tables. */
@Injectable()
export class StoredPartitions {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** Tables of a class that are cut into months. */
  tablesOf(name: RetentionClass): string[] {
    return this.warehouse.partitionedTables.filter((table) => classOf(table) === name)
  }

  async list(): Promise<StoredPartition[]> {
    const rows = await this.warehouse.partitions()
    return rows.map((row) => ({ ...row, class: classOf(row.table) }))
  }

  async drop(table: string, partition: string): Promise<void> {
    await this.warehouse.dropPartition(table, partition)
  }

  /** Keeps the last telling reading of each driving point: what was set long ago still holds. */
  async carry(partition: string): Promise<void> {
    const { snapshot } = this.catalog
    const points = snapshot.document.equipment.flatMap(({ path }) => drivingPoints(snapshot, path))
    if (points.length === 0) return
    await this.warehouse.command(
      `INSERT INTO reading_carried (point, source_at, number, text, quality, kind)
       SELECT point, source_at, number, text, quality, kind FROM reading
       WHERE point IN {points:Array(String)} AND toYYYYMM(source_at) = {month:UInt32}
         AND ((quality < 2 AND kind > 0) OR endsWith(point, ':state') OR endsWith(point, ':link'))
       ORDER BY point, source_at DESC LIMIT 1 BY point`,
      { points, month: Number(partition) },
    )
  }
}
