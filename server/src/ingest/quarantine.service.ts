import { Injectable } from '@nestjs/common'
import { WarehouseService } from '../warehouse/warehouse.service.ts'

export interface QuarantineCounts {
  rows: number
  byReason: Record<string, number>
}

export interface QuarantinedRow {
  reason: string
  at: number
  source: string
  text: string
  raw: string
}

/** Rows kept as they came because they could not be used. */
@Injectable()
export class QuarantineService {
  constructor(private readonly warehouse: WarehouseService) {}

  async counts(): Promise<QuarantineCounts> {
    const rows = await this.warehouse.query<{ reason: string; n: number }>(
      'SELECT reason, toUInt32(count()) AS n FROM quarantine GROUP BY reason ORDER BY reason',
    )
    const byReason = Object.fromEntries(rows.map(({ reason, n }) => [reason, Number(n)]))
    return { rows: rows.reduce((sum, { n }) => sum + Number(n), 0), byReason }
  }

  async newest(limit: number): Promise<QuarantinedRow[]> {
    const rows = await this.warehouse.query<QuarantinedRow>(
      'SELECT reason, toUnixTimestamp64Milli(at) AS at, source, text, raw FROM quarantine ORDER BY quarantine.at DESC LIMIT {limit:UInt32}',
      { limit },
    )
    return rows.map((row) => ({ ...row, at: Number(row.at) }))
  }
}
