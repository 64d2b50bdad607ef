import { Injectable } from '@nestjs/common'
import type { Disposition } from '@gemba/contracts/trace'
import { WarehouseService } from '../warehouse/warehouse.service.ts'
import { inLists } from './edge-rows.service.ts'
import { type TraceRights, lotFact } from './trace-rights.ts'

export interface LotRow {
  lot: string
  material: string
  stage: string
  equipment: string
  supplier: string | null
  supplierLot: string | null
  status: string | null
  order: string | null
  quantity: number
  unit: string
}

/** What left a lot or lies of it somewhere. */
export interface LotQuantity {
  lot: string
  kind: 'shipment' | 'scrap' | 'sample' | 'rework' | 'stock'
  place: string
  quantity: number
}

type Row = Record<string, string | number | null>
const LOT_COLUMNS = 'lot, material, stage, unit, supplier, supplier_lot, status, order_no, quantity, quantity_unit'
const SERIAL_STAGE = 'serial'
/** Locations of stock that is still on its way through the plant. */
const IN_PROCESS = new Set(['PACK', 'STER', 'WIP'])

/** Records of lots and serials, their stock and movements, only those that the caller's rights show. */
@Injectable()
export class LotRows {
  constructor(private readonly warehouse: WarehouseService) {}

  /** Lots and serials by name; a name without a record is not in the map. */
  async lots(names: Iterable<string>, rights: TraceRights): Promise<Map<string, LotRow>> {
    const found = new Map<string, LotRow>()
    const gate = rights.places.condition('unit')
    for (const list of inLists(names)) {
      const params = { lots: list, ...gate.params }
      const [lots, serials] = await Promise.all([
        this.warehouse.query<Row>(
          `SELECT ${LOT_COLUMNS} FROM lot FINAL WHERE lot IN {lots:Array(String)} AND ${gate.sql}`,
          params,
        ),
        this.warehouse.query<Row>(
          `SELECT serial AS lot, material, '${SERIAL_STAGE}' AS stage, unit, NULL AS supplier, NULL AS supplier_lot, status, order_no, 1 AS quantity, 'piece' AS quantity_unit FROM serial_unit FINAL WHERE serial IN {lots:Array(String)} AND ${gate.sql}`,
          params,
        ),
      ])
      for (const lot of [...lots, ...serials].map(lotOf)) if (rights.lots.allows(lotFact(lot))) found.set(lot.lot, lot)
    }
    return found
  }

  /** Finished lots made in a stretch of time, the newest first. */
  async finished(
    range: { fromAt: number; toAt: number; equipment: string },
    rights: TraceRights,
    limit: number,
  ): Promise<LotRow[]> {
    const gate = rights.places.condition('unit')
    const rows = await this.warehouse.query<Row>(
      `SELECT ${LOT_COLUMNS} FROM lot FINAL
       WHERE stage = 'packed' AND quantity > 0 AND made_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND made_at < fromUnixTimestamp64Milli({toAt:Int64})
         AND (unit = {equipment:String} OR startsWith(unit, concat({equipment:String}, '/'))) AND ${gate.sql}
       ORDER BY made_at DESC, lot LIMIT {limit:UInt64}`,
      { ...range, limit, ...gate.params },
    )
    return rows.map(lotOf).filter((lot) => rights.lots.allows(lotFact(lot)))
  }

  /** Stock and movements of lots that may be shown; a shipment is judged by its customer as well. */
  async quantities(lots: ReadonlyMap<string, LotRow>, rights: TraceRights): Promise<LotQuantity[]> {
    const gate = rights.places.condition('unit')
    const found: LotQuantity[] = []
    for (const list of inLists(lots.keys())) {
      const params = { lots: list, ...gate.params }
      const [moved, stocked] = await Promise.all([
        this.warehouse.query<Row>(
          `SELECT lot, kind, place, sum(quantity) AS total FROM lot_movement FINAL WHERE lot IN {lots:Array(String)} AND ${gate.sql} GROUP BY lot, kind, place`,
          params,
        ),
        this.warehouse.query<Row>(
          `SELECT lot, 'stock' AS kind, location AS place, sum(quantity) AS total FROM lot_stock FINAL WHERE lot IN {lots:Array(String)} AND ${gate.sql} GROUP BY lot, place`,
          params,
        ),
      ])
      for (const row of [...moved, ...stocked]) {
        const quantity = Number(row['total'])
        if (quantity === 0) continue
        const kind = row['kind'] as LotQuantity['kind']
        const [lot, place] = [String(row['lot']), String(row['place'])]
        const own = lots.get(lot)
        if (!own || (kind === 'shipment' && !rights.lots.allows(lotFact(own, place)))) continue
        const shown = kind === 'shipment' ? String(rights.shipments.shown('customer', place) ?? '') : place
        found.push({ lot, kind, place: shown, quantity })
      }
    }
    return found
  }

  /** Components that the orders need, by order. */
  async bills(orders: readonly string[]): Promise<Map<string, string[]>> {
    if (orders.length === 0) return new Map()
    const rows = await this.warehouse.query<Row>(
      'SELECT order_no, groupUniqArray(component) AS components FROM reservation FINAL WHERE order_no IN {orders:Array(String)} GROUP BY order_no',
      { orders },
    )
    return new Map(rows.map((row) => [String(row['order_no']), row['components'] as unknown as string[]]))
  }

  /** Pieces that a unit counted for an order, by minute. */
  async pieces(unit: string, order: string): Promise<{ at: number; pieces: number }[]> {
    const rows = await this.warehouse.query<Row>(
      `SELECT toUnixTimestamp64Milli(minute_at) AS at, sum(total) AS pieces FROM equipment_count FINAL
       WHERE unit = {unit:String} AND order_no = {order:String} GROUP BY minute_at ORDER BY minute_at`,
      { unit, order },
    )
    return rows.map((row) => ({ at: Number(row['at']), pieces: Number(row['pieces']) }))
  }
}

const textOf = (value: string | number | null | undefined): string | null =>
  value === null || value === undefined || value === '' ? null : String(value)

function lotOf(row: Row): LotRow {
  return {
    lot: String(row['lot']),
    material: String(row['material']),
    stage: String(row['stage']),
    equipment: String(row['unit']),
    supplier: textOf(row['supplier']),
    supplierLot: textOf(row['supplier_lot']),
    status: textOf(row['status']),
    order: textOf(row['order_no']),
    quantity: Number(row['quantity']),
    unit: String(row['quantity_unit']),
  }
}

/** What became of a lot, in the words of a recall. */
export function dispositionOf({ lot, kind, place, quantity }: LotQuantity): Disposition {
  if (kind === 'shipment') return { lot, kind: 'shipped', place, quantity }
  if (kind === 'stock') return { lot, kind: IN_PROCESS.has(place) ? 'wip' : 'on-hand', place, quantity }
  if (kind === 'rework') return { lot, kind: 'wip', place, quantity }
  return { lot, kind: 'scrapped', place, quantity }
}
