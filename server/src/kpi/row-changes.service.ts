import { Injectable } from '@nestjs/common'
import type { ChangedRows, RestatementCause } from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { factScope } from '../datasets/data-gate.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { type VersionedTable, WarehouseService, keyOfTable, versionsOf } from '../warehouse/warehouse.service.ts'
import type { FigureHistory, RowHistory } from './figure-family.ts'

const MOST_KEYS = 20

/** The fact of rights that rows of a table are judged by: who does not see all of them is not told which they are. */
const FACT_OF: Readonly<Record<VersionedTable, string>> = {
  ...{ production_order: 'order', order_operation: 'order', job_report: 'order', reservation: 'order' },
  ...{ material: 'stock', bom_item: 'stock', stock_movement: 'stock', stock_balance: 'stock' },
  ...{ material_consumption: 'stock', supplier: 'receipt', purchase_order_line: 'receipt' },
  ...{ purchase_confirmation: 'receipt', goods_receipt: 'receipt' },
  ...{ customer: 'shipment', sales_order_line: 'shipment', delivery_line: 'shipment' },
  ...{ test_result: 'inspection', inspection_characteristic: 'inspection', inspection_result: 'inspection' },
  ...{ inspection_lot: 'inspection', defect_record: 'inspection' },
  ...{ stop_entry: 'equipment', equipment_alarm: 'alarm', maintenance_order: 'maintenance' },
}

/** Where and when figures are asked for whose rows have changed. */
export interface ChangedPlace {
  equipment: string
  site: string
  units: string[]
  range: TimeRange
}

const instant = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64})`
const text = (at: number): string => new Date(Number(at)).toISOString()
const rowsOf = ({ rows }: FigureHistory): readonly RowHistory[] => (Array.isArray(rows) ? (rows as RowHistory[]) : [])

/** Rows of a history that lie at the place and concern the period. */
function concerned({ unit, at }: RowHistory): string {
  const place =
    unit === undefined
      ? 'source IN {sources:Array(String)}'
      : `(${unit} = {equipment:String} OR startsWith(${unit}, concat({equipment:String}, '/')))`
  const within = at.map((column) => `ifNull(${column} >= ${instant('fromAt')} AND ${column} < ${instant('toAt')}, 0)`)
  return within.length === 0 ? place : `${place} AND (${within.join(' OR ')})`
}

const KNOWN = `known_at > ${instant('knownFromAt')} AND known_at <= ${instant('knownToAt')}`

/** When rows came in or changed, of which figures of the past are made, and which they were. */
@Injectable()
export class RowChanges {
  constructor(
    private readonly catalog: CatalogService,
    private readonly policies: PoliciesService,
    private readonly sources: SourcesService,
    private readonly warehouse: WarehouseService,
  ) {}

  /** When the first row of these kinds came in, ms; null before any has. */
  async firstKnownAt(history: FigureHistory): Promise<number | null> {
    const tables = [
      ...rowsOf(history).map(({ table }) => versionsOf(table)),
      ...(history.windows ? ['equipment_window_version'] : []),
    ]
    const union = tables
      .map((table) => `SELECT toUnixTimestamp64Milli(min(known_at)) AS first_ms, count() AS n FROM ${table}`)
      .join(' UNION ALL ')
    const rows = await this.warehouse.query<{ first_ms: number; n: number }>(union)
    const known = rows.filter(({ n }) => Number(n) > 0).map(({ first_ms: at }) => Number(at))
    return known.length === 0 ? null : Math.min(...known)
  }

  /** Instants in a stretch at which something became known that a figure is made of, in order. */
  async moments(history: FigureHistory, place: ChangedPlace, known: TimeRange): Promise<number[]> {
    const parts = rowsOf(history).map(
      (rows) => `SELECT DISTINCT known_at FROM ${versionsOf(rows.table)} WHERE ${KNOWN} AND ${concerned(rows)}`,
    )
    if (history.windows)
      parts.push(`SELECT DISTINCT known_at FROM equipment_window_version WHERE ${KNOWN} AND unit IN {units:Array(String)}
        AND end_at > ${instant('fromAt')} AND start_at < ${instant('toAt')}`)
    const rows = await this.warehouse.query<{ at: number }>(
      `SELECT DISTINCT toUnixTimestamp64Milli(known_at) AS at FROM (${parts.join(' UNION ALL ')}) ORDER BY at`,
      this.parametersOf(place, known),
    )
    const decided = this.policyChanges(history, place.site, known).map(({ recordedAt }) => recordedAt)
    return [...new Set([...rows.map(({ at }) => Number(at)), ...decided])].sort((a, b) => a - b)
  }

  /** What became known in a stretch; rows are named where the reader sees all of their kind at the place. */
  async causes(
    history: FigureHistory,
    place: ChangedPlace,
    { principal, ...known }: TimeRange & { principal: Principal },
  ): Promise<RestatementCause[]> {
    const [lists, windows] = await Promise.all([
      Promise.all(rowsOf(history).map((rows) => this.changed(rows, place, { ...known, principal }))),
      history.windows ? this.windowCauses(place, known) : [],
    ])
    const decided = this.policyChanges(history, place.site, known).map(({ id, facts }): RestatementCause => {
      return { kind: 'policy', id, facts }
    })
    return [...decided, ...lists.flat(), ...windows]
  }

  private async changed(
    rows: RowHistory,
    place: ChangedPlace,
    { principal, ...known }: TimeRange & { principal: Principal },
  ): Promise<ChangedRows[]> {
    const isWhole = factScope(principal, FACT_OF[rows.table]).isWholeAt(place.equipment)
    const key = keyOfTable(rows.table)
      .map((name) => `toString(${name})`)
      .join(", ' · ', ")
    const [found] = await this.warehouse.query<{ n: number; keys: string[]; first_ms: number; last_ms: number }>(
      `SELECT uniqExact(row_key) AS n, arraySort(groupUniqArray(${MOST_KEYS})(row_key)) AS keys,
         toUnixTimestamp64Milli(min(known_at)) AS first_ms, toUnixTimestamp64Milli(max(known_at)) AS last_ms
       FROM (SELECT concat(${key}, '') AS row_key, known_at FROM ${versionsOf(rows.table)} WHERE ${KNOWN} AND ${concerned(rows)})`,
      this.parametersOf(place, known),
    )
    if (!found || Number(found.n) === 0) return []
    return [
      {
        kind: 'changed-rows',
        table: rows.table,
        rows: isWhole ? Number(found.n) : null,
        keys: isWhole ? found.keys : [],
        receivedFromAt: text(found.first_ms),
        receivedToAt: text(found.last_ms),
      },
    ]
  }

  private async windowCauses({ units, range }: ChangedPlace, known: TimeRange): Promise<RestatementCause[]> {
    const rows = await this.warehouse.query<{ causes: string }>(
      `SELECT DISTINCT causes FROM restatement FINAL WHERE unit IN {units:Array(String)}
         AND end_at > ${instant('fromAt')} AND window_at < ${instant('toAt')}
         AND restated_at > ${instant('knownFromAt')} AND restated_at <= ${instant('knownToAt')} LIMIT ${MOST_KEYS}`,
      { units, ...range, knownFromAt: known.fromAt, knownToAt: known.toAt },
    )
    return rows.flatMap(({ causes }) => JSON.parse(causes) as RestatementCause[])
  }

  private policyChanges(history: FigureHistory, site: string, known: TimeRange) {
    return this.policies
      .recorded(site, history.policies)
      .filter(({ recordedAt }) => recordedAt > known.fromAt && recordedAt <= known.toAt)
  }

  private parametersOf({ equipment, site, units, range }: ChangedPlace, known: TimeRange): Record<string, unknown> {
    const { codeMappings } = this.catalog.snapshot.document
    const serves = (source: string): boolean =>
      codeMappings.some((mapping) => mapping.source === source && mapping.target.startsWith(`${site}/`))
    const sources = this.sources.definitions.filter((each) => each.site === site || serves(each.id)).map(({ id }) => id)
    return { equipment, units, sources, ...range, knownFromAt: known.fromAt, knownToAt: known.toAt }
  }
}
