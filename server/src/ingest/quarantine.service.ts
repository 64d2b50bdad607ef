import { Injectable } from '@nestjs/common'
import type { FactScope } from '../datasets/data-gate.ts'
import { SourcesService } from '../sources/sources.service.ts'
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
  constructor(
    private readonly warehouse: WarehouseService,
    private readonly sources: SourcesService,
  ) {}

  /** Rows of sources that are gone belong to no site: only who sees all sites sees them. */
  private condition(scope: FactScope): { sql: string; params: Record<string, unknown> } {
    const definitions = this.sources.definitions
    const site = "transform(toString(source), {knownSources:Array(String)}, {knownSites:Array(String)}, '')"
    const { sql, params } = scope.condition({ site })
    const known = { knownSources: definitions.map(({ id }) => id), knownSites: definitions.map((each) => each.site) }
    return { sql, params: { ...params, ...known } }
  }

  async counts(scope: FactScope): Promise<QuarantineCounts> {
    const { sql, params } = this.condition(scope)
    const rows = await this.warehouse.query<{ reason: string; n: number }>(
      `SELECT reason, toUInt32(count()) AS n FROM quarantine WHERE ${sql} GROUP BY reason ORDER BY reason`,
      params,
    )
    const byReason = Object.fromEntries(rows.map(({ reason, n }) => [reason, Number(n)]))
    return { rows: rows.reduce((sum, { n }) => sum + Number(n), 0), byReason }
  }

  async newest(limit: number, scope: FactScope): Promise<QuarantinedRow[]> {
    const { sql, params } = this.condition(scope)
    const rows = await this.warehouse.query<QuarantinedRow>(
      `SELECT reason, toUnixTimestamp64Milli(at) AS at, source, text, raw FROM quarantine WHERE ${sql} ORDER BY quarantine.at DESC LIMIT {limit:UInt32}`,
      { limit, ...params },
    )
    return rows.map((row) => ({ ...row, at: Number(row.at) }))
  }
}
