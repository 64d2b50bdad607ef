import { Injectable } from '@nestjs/common'
import type { LateRows } from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { drivingPoints } from '../live/event-readings.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

/** How far from a window a reading can decide it: a state before it, the end of a stop after it. */
const REACH_MS = 7 * 86_400_000
const MOST_POINTS = 20

interface Row {
  stream: string
  n: number
  first_seq: number
  last_seq: number
  points: string[]
  from_at: number
  to_at: number
  received_from: number
  received_to: number
}

const text = (at: number): string => new Date(Number(at)).toISOString()

/** Which readings of a window came after its figure was known. */
@Injectable()
export class LateRowsReader {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  /**
   * Readings of a unit received at `sinceAt` or later that decide a window: those inside it; where there are none, those
   * before it; where there are none either, the first run or setup after it, which ended its last stop.
   */
  async since(unit: string, window: TimeRange, sinceAt: number): Promise<LateRows[]> {
    const points = drivingPoints(this.catalog.snapshot, unit)
    const inside = await this.rows(points, { ...window, sinceAt })
    if (inside.length > 0) return inside
    const before = { fromAt: window.fromAt - REACH_MS, toAt: window.fromAt, sinceAt }
    const earlier = await this.rows(points, before)
    if (earlier.length > 0) return earlier
    const after = { fromAt: window.toAt, toAt: window.toAt + REACH_MS, sinceAt }
    return this.rows(
      points,
      after,
      `AND source_at = (SELECT min(source_at) FROM reading
      WHERE point IN {points:Array(String)} AND text IN ('executing', 'setup')
        AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND source_at < fromUnixTimestamp64Milli({toAt:Int64}))`,
    )
  }

  private async rows(points: string[], span: TimeRange & { sinceAt: number }, more = ''): Promise<LateRows[]> {
    const rows = await this.warehouse.query<Row>(
      `SELECT stream, toUInt32(count()) AS n, min(seq) AS first_seq, max(seq) AS last_seq,
         groupUniqArray(${MOST_POINTS})(toString(point)) AS points,
         toUnixTimestamp64Milli(min(source_at)) AS from_at, toUnixTimestamp64Milli(max(source_at)) AS to_at,
         toUnixTimestamp64Milli(min(received_at)) AS received_from, toUnixTimestamp64Milli(max(received_at)) AS received_to
       FROM reading WHERE point IN {points:Array(String)}
         AND source_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND source_at < fromUnixTimestamp64Milli({toAt:Int64})
         AND received_at >= fromUnixTimestamp64Milli({sinceAt:Int64}) ${more}
       GROUP BY stream ORDER BY n DESC`,
      { points, ...span },
    )
    return rows.map((row) => ({
      kind: 'late-rows',
      stream: row.stream,
      rows: Number(row.n),
      firstSeq: Number(row.first_seq),
      lastSeq: Number(row.last_seq),
      points: row.points.toSorted(),
      fromAt: text(row.from_at),
      toAt: text(row.to_at),
      receivedFromAt: text(row.received_from),
      receivedToAt: text(row.received_to),
    }))
  }
}
