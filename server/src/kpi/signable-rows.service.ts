import { createHash } from 'node:crypto'
import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { SignableKind } from '@gemba/contracts/signature'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import {
  type FoundRecord,
  type RecordQuestion,
  type SignableRecord,
  SignableRecords,
} from '../signatures/signable-records.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { inspectionRights } from './quality-rights.ts'

interface Row extends Record<string, string | number | null> {
  unit: string
  material: string
}

/** One kind of business record that can be signed. `columns` is what a signature speaks of: never edited, only added to a new kind. */
interface SignableTable {
  kind: SignableKind
  columns: readonly string[]
  from: string
  /** Rows with `id`, `name`, `lot`, `unit`, `material` and `at`; the newest are looked at. */
  list: string
  isVisible: (row: Row, principal: Principal) => boolean
  /** Rules beside those of places, as a condition on rows of `list`. */
  condition?: (principal: Principal) => { sql: string; params: Record<string, unknown> }
}

const seesInspection = ({ unit, material }: Row, principal: Principal): boolean => {
  const rights = inspectionRights(principal)
  return rights.allows(unit) && rights.allowsRow({ unit, material })
}

const inspectionsSeen = (principal: Principal) => inspectionRights(principal).rowCondition('inspections')

const KINDS: readonly SignableTable[] = [
  {
    kind: 'stop-entry',
    columns: ['unit', 'entry_key', 'from_at', 'to_at', 'reason', 'priority', 'time_certainty'],
    from: `(SELECT *, '' AS material FROM stop_entry FINAL WHERE source = {source:String} AND entry_key = {key:String})`,
    list: `SELECT concat(source, ':', entry_key) AS id, concat(entry_key, ' ', ifNull(reason, '')) AS name, '' AS lot, unit, '' AS material, from_at AS at FROM stop_entry FINAL`,
    isVisible: ({ unit }, principal) => equipmentScope(principal).allows(unit),
  },
  {
    kind: 'inspection-lot',
    columns: [
      ...['inspection_lot', 'lot', 'material', 'kind', 'unit', 'inspected', 'accepted', 'decision', 'decided_at'],
      'time_certainty',
    ],
    from: `(SELECT * FROM inspection_lot FINAL WHERE source = {source:String} AND inspection_lot = {key:String})`,
    list: `SELECT concat(source, ':', inspection_lot) AS id, inspection_lot AS name, ifNull(lot, '') AS lot, unit, material, decided_at AS at FROM inspection_lot FINAL`,
    isVisible: seesInspection,
    condition: inspectionsSeen,
  },
  {
    // A subgroup with all its values: what a chart shows as one point.
    kind: 'inspection-subgroup',
    columns: [
      ...['characteristic', 'subgroup', 'sample', 'unit', 'measured_at', 'value', 'size', 'cavity', 'lot', 'order_no'],
    ],
    from: `(SELECT r.*, c.material AS material FROM
        (SELECT * FROM inspection_result FINAL WHERE source = {source:String} AND concat(characteristic, '/', subgroup) = {key:String}) AS r
      LEFT JOIN (SELECT characteristic, argMax(material, effective_at) AS material FROM inspection_characteristic FINAL
        WHERE source = {source:String} GROUP BY characteristic) AS c ON r.characteristic = c.characteristic)`,
    // Of the last weeks: there are many, and they are signed soon or never.
    list: `SELECT concat(source, ':', characteristic, '/', subgroup) AS id, concat(characteristic, ' ', subgroup) AS name, any(ifNull(lot, '')) AS lot, any(unit) AS unit,
        any(c.material) AS material, min(measured_at) AS at
      FROM (SELECT * FROM inspection_result FINAL WHERE measured_at >= now() - INTERVAL 35 DAY) AS r
      LEFT JOIN (SELECT source, characteristic, argMax(material, effective_at) AS material FROM inspection_characteristic FINAL GROUP BY source, characteristic) AS c
        ON r.source = c.source AND r.characteristic = c.characteristic
      GROUP BY source, characteristic, subgroup`,
    isVisible: seesInspection,
    condition: inspectionsSeen,
  },
]

/** Records of the MES and of quality as they can be signed: `<source>:<key>`. An edit by their source voids a signature. */
@Injectable()
export class SignableRows implements OnModuleInit {
  constructor(
    private readonly records: SignableRecords,
    private readonly warehouse: WarehouseService,
  ) {}

  onModuleInit(): void {
    for (const kind of KINDS)
      this.records.provide(
        kind.kind,
        (id, principal) => this.read(kind, id, principal),
        (question, principal) => this.find(kind, question, principal),
      )
  }

  private async read(
    { columns, from, isVisible }: SignableTable,
    id: string,
    principal: Principal | null,
  ): Promise<SignableRecord | null> {
    const [, source, key] = /^([a-z0-9-]{1,60}):(.{1,139})$/.exec(id) ?? []
    if (source === undefined || key === undefined) return null
    const list = columns.map((name) => (name.endsWith('_at') ? `toUnixTimestamp64Milli(${name}) AS ${name}_ms` : name))
    const rows = await this.warehouse.query<Row>(
      `SELECT ${[...new Set([...list, 'unit', 'material'])].join(', ')} FROM ${from} ORDER BY ${columns.join(', ')}`,
      { source, key },
    )
    if (rows.length === 0 || (principal && !rows.every((row) => isVisible(row, principal)))) return null
    const content = rows.map((row) => columns.map((name) => row[name.endsWith('_at') ? `${name}_ms` : name] ?? null))
    return {
      contentHash: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
      authors: [],
      content: content.map((values) => Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null]))),
    }
  }

  /** The newest records that the principal may see. */
  private async find(
    { list, isVisible, condition }: SignableTable,
    { search, lot, limit }: RecordQuestion,
    principal: Principal,
  ): Promise<FoundRecord[]> {
    const gate = equipmentScope(principal).condition('unit')
    const rules = condition?.(principal) ?? { sql: '1', params: {} }
    const conditions = [
      gate.sql,
      rules.sql,
      lot === undefined ? '1' : 'lot = {lot:String}',
      search === '' ? '1' : "positionCaseInsensitiveUTF8(concat(name, ' ', lot, ' ', unit), {search:String}) > 0",
    ]
    const rows = await this.warehouse.query<Row>(
      `SELECT id, name, lot, unit, material, toUnixTimestamp64Milli(at) AS at_ms FROM (${list})
       WHERE ${conditions.join(' AND ')} ORDER BY at DESC, id LIMIT {limit:UInt64}`,
      { ...gate.params, ...rules.params, search, lot: lot ?? '', limit },
    )
    return rows
      .filter((row) => isVisible(row, principal))
      .map(({ id, name, lot: own, unit, at_ms }) => ({
        id: String(id),
        name: String(name).trim(),
        lot: own === '' || own === null || own === undefined ? null : String(own),
        unit,
        at: at_ms === null || at_ms === undefined ? null : Number(at_ms),
      }))
  }
}
