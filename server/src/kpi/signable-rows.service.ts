import { createHash } from 'node:crypto'
import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { type SignableRecord, SignableRecords } from '../signatures/signable-records.service.ts'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { inspectionRights } from './quality-rights.ts'

interface Row extends Record<string, string | number | null> {
  unit: string
  material: string
}

/** One kind of business record that can be signed. `columns` is what a signature speaks of: never edited, only added to a new kind. */
interface SignableKind {
  kind: string
  columns: readonly string[]
  from: string
  isVisible: (row: Row, principal: Principal) => boolean
}

const seesInspection = ({ unit, material }: Row, principal: Principal): boolean => {
  const rights = inspectionRights(principal)
  return rights.allows(unit) && rights.allowsRow({ unit, material })
}

const KINDS: readonly SignableKind[] = [
  {
    kind: 'stop-entry',
    columns: ['unit', 'entry_key', 'from_at', 'to_at', 'reason', 'priority', 'time_certainty'],
    from: `(SELECT *, '' AS material FROM stop_entry FINAL WHERE source = {source:String} AND entry_key = {key:String})`,
    isVisible: ({ unit }, principal) => equipmentScope(principal).allows(unit),
  },
  {
    kind: 'inspection-lot',
    columns: [
      ...['inspection_lot', 'lot', 'material', 'kind', 'unit', 'inspected', 'accepted', 'decision', 'decided_at'],
      'time_certainty',
    ],
    from: `(SELECT * FROM inspection_lot FINAL WHERE source = {source:String} AND inspection_lot = {key:String})`,
    isVisible: seesInspection,
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
    isVisible: seesInspection,
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
    for (const kind of KINDS) this.records.provide(kind.kind, (id, principal) => this.read(kind, id, principal))
  }

  private async read(
    { columns, from, isVisible }: SignableKind,
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
    return { contentHash: createHash('sha256').update(JSON.stringify(content)).digest('hex'), authors: [] }
  }
}
