import { Injectable } from '@nestjs/common'
import type { RightsRow } from '@gemba/engine/rights/evaluate'
import { type Fact, columnSql, placeColumns } from '@gemba/engine/rights/facts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { placeRow } from './data-gate.ts'

/** Rows of a fact as rules see them, without any rights: for previews and for tests of leaks, never for screens. */
@Injectable()
export class FactRows {
  constructor(
    private readonly catalog: CatalogService,
    private readonly sources: SourcesService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** At most `limit` rows; empty for a fact without rows here. */
  async read(fact: Fact, limit: number): Promise<RightsRow[]> {
    const { document } = this.catalog.snapshot
    if (fact.id === 'equipment') return document.equipment.slice(0, limit).map(({ path }) => placeRow(path))
    if (fact.id === 'reading')
      return document.points.slice(0, limit).map(({ id, equipment }) => ({ point: id, ...placeRow(equipment) }))
    if (fact.id === 'source')
      return this.sources.definitions.slice(0, limit).map(({ id, site, family }) => ({ source: id, site, family }))
    if (fact.id === 'order') return this.orders(limit)
    return fact.table === undefined ? [] : this.stored(fact, limit)
  }

  private async orders(limit: number): Promise<RightsRow[]> {
    const rows = await this.warehouse.query<Record<string, string | number | null>>(
      `SELECT order_no AS order, material, customer, work_center AS workCenter, quantity, priority, status, source
       FROM production_order FINAL WHERE status != 'deleted' ORDER BY order_no LIMIT {limit:UInt32}`,
      { limit },
    )
    return rows.map((row) => {
      const unit = this.catalog.snapshot.mapCode('work-center', String(row['source']), String(row['workCenter']))
      return { ...row, unit, ...(unit === null ? {} : placeColumns(unit)) }
    })
  }

  /** How the columns of a stored fact are reached, with the bound values that takes. */
  reach(fact: Fact): { columns: Record<string, string>; params: Record<string, unknown> } {
    if (fact.id !== 'quarantine') return { columns: {}, params: {} }
    const definitions = this.sources.definitions
    return {
      columns: { site: "transform(toString(source), {knownSources:Array(String)}, {knownSites:Array(String)}, '')" },
      params: { knownSources: definitions.map(({ id }) => id), knownSites: definitions.map(({ site }) => site) },
    }
  }

  private stored(fact: Fact, limit: number): Promise<RightsRow[]> {
    const { columns, params } = this.reach(fact)
    const list = fact.columns.map(({ name }) => `${columnSql(fact, name, columns)} AS fact_${name}`).join(', ')
    const statement = `SELECT ${list} FROM ${fact.table}${fact.id === 'stock' ? ' FINAL' : ''} LIMIT {limit:UInt32}`
    return this.warehouse
      .query<Record<string, string | number | null>>(statement, { ...params, limit })
      .then((rows) =>
        rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.slice(5), value]))),
      )
  }
}
