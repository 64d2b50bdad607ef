import { Injectable } from '@nestjs/common'
import type { MappedDomain, UnmappedCode } from '@gemba/contracts/code-mapping'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { EquipmentScope, FactScope } from '../datasets/data-gate.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { CodesService } from './codes.service.ts'

/** Where a code was seen, with its rows of one day. */
interface Seen {
  domain: MappedDomain
  source: string
  code: string
  seenIn: string
  rows: number
  firstAt: number
  lastAt: number
}

const DEVICE_DOMAINS = ['reason', 'material'] as const
/** Columns of business records that hold a source's own codes. */
const RECORD_COLUMNS = [
  { table: 'production_order', column: 'material', domain: 'material' },
  { table: 'production_order', column: 'work_center', domain: 'work-center' },
  { table: 'order_operation', column: 'work_center', domain: 'work-center' },
  { table: 'job_report', column: 'work_center', domain: 'work-center' },
] as const

/** Codes that nothing explains. Their rows are in every total; here they wait for a meaning. */
@Injectable()
export class UnmappedWorklist {
  constructor(
    private readonly catalog: CatalogService,
    private readonly codes: CodesService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** Records of orders are counted where all orders are seen: a count would tell of those that are hidden. */
  async list(scope: EquipmentScope, orders: FactScope): Promise<UnmappedCode[]> {
    const lists = await Promise.all([
      this.ofDevices(scope),
      ...RECORD_COLUMNS.map((each) => this.ofRecords(each, scope, orders)),
    ])
    const found = new Map<string, Seen & { places: Set<string> }>()
    for (const seen of lists.flat()) {
      if (this.codes.book.resolve(seen, seen.lastAt) !== null) continue
      const key = `${seen.domain}\n${seen.source}\n${seen.code}`
      const known = found.get(key)
      if (!known) {
        found.set(key, { ...seen, places: new Set([seen.seenIn]) })
        continue
      }
      known.rows += seen.rows
      known.firstAt = Math.min(known.firstAt, seen.firstAt)
      known.lastAt = Math.max(known.lastAt, seen.lastAt)
      known.places.add(seen.seenIn)
    }
    return [...found.values()].map(present).sort((a, b) => b.rows - a.rows || (a.code < b.code ? -1 : 1))
  }

  /** By day, so that rows from before a mapping's date are told from those after it. */
  private async ofDevices(scope: EquipmentScope): Promise<Seen[]> {
    const units = this.catalog.snapshot.document.equipment.filter(
      ({ path, level }) => level === 'work-unit' && scope.allows(path),
    )
    const places = new Map<string, { path: string; domain: MappedDomain; source: string }>(
      units.flatMap(({ path, source }) =>
        DEVICE_DOMAINS.map((domain) => [`${path}:${domain}`, { path, domain, source: source ?? '' }] as const),
      ),
    )
    if (places.size === 0) return []
    const rows = await this.warehouse.query<{
      point: string
      code: string
      n: number
      first_at: number
      last_at: number
    }>(
      `SELECT point, text AS code, toUInt32(count()) AS n,
         toUnixTimestamp64Milli(min(source_at)) AS first_at, toUnixTimestamp64Milli(max(source_at)) AS last_at
       FROM reading WHERE point IN {points:Array(String)} AND kind = 2 AND text != ''
       GROUP BY point, code, toDate(source_at)`,
      { points: [...places.keys()] },
    )
    return rows.flatMap((row) => {
      const place = places.get(row.point)
      if (!place) return []
      const { domain, source, path } = place
      return [{ domain, source, code: row.code, seenIn: path, ...counted(row) }]
    })
  }

  private async ofRecords(
    { table, column, domain }: (typeof RECORD_COLUMNS)[number],
    scope: EquipmentScope,
    orders: FactScope,
  ): Promise<Seen[]> {
    const { sources: all } = this.catalog.snapshot.document
    const sources = all.filter(({ site }) => scope.allows(site) && orders.isWholeAt(site)).map(({ id }) => id)
    if (sources.length === 0) return []
    const rows = await this.warehouse.query<{
      source: string
      code: string
      n: number
      first_at: number
      last_at: number
    }>(
      `SELECT source, toString({column:Identifier}) AS code, toUInt32(count()) AS n,
         toUnixTimestamp64Milli(min(version_at)) AS first_at, toUnixTimestamp64Milli(max(version_at)) AS last_at
       FROM {table:Identifier} FINAL WHERE is_deleted = 0 AND source IN {sources:Array(String)} GROUP BY source, code`,
      { table, column, sources },
    )
    return rows
      .filter(({ code }) => code !== '')
      .map((row) => ({ domain, source: row.source, code: row.code, seenIn: table, ...counted(row) }))
  }
}

const counted = (row: { n: number; first_at: number; last_at: number }) => ({
  rows: Number(row.n),
  firstAt: Number(row.first_at),
  lastAt: Number(row.last_at),
})

const present = (seen: Seen & { places: Set<string> }): UnmappedCode => ({
  key: -1,
  domain: seen.domain,
  source: seen.source,
  code: seen.code,
  rows: seen.rows,
  firstSeenAt: new Date(seen.firstAt).toISOString(),
  lastSeenAt: new Date(seen.lastAt).toISOString(),
  seenIn: [...seen.places].sort(),
})
