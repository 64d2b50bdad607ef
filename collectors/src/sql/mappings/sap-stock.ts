/** Materials, bills, partners and stock of an ERP in SAP's manner. */
import type { MaterialPlanning, MovementKind, StockStatus } from '@gemba/contracts/supply-record'
import { instantOfDats } from '../local-time.ts'
import type { Mapping, PullStream, Row } from '../mapping.ts'
import {
  codeOrNull,
  conformedCode,
  conformedUnit,
  envelopeOf,
  orderOrNull,
  perUnit,
  quantity,
  quantityIn,
} from './codes.ts'

const MATERIAL_KINDS = { ROH: 'raw', HALB: 'semi', FERT: 'finished', VERP: 'packaging' } as const
const PROCUREMENT = { E: 'made', F: 'bought', X: 'both' } as const
const MOVEMENTS: Readonly<Record<string, MovementKind>> = {
  '122': 'purchase-return',
  '123': 'purchase-return',
  '201': 'other',
  '261': 'production-issue',
  '262': 'production-issue',
  '309': 'transfer',
  '311': 'transfer',
  '312': 'transfer',
  '321': 'transfer',
  '322': 'transfer',
  '561': 'initial',
  '562': 'initial',
  '601': 'sales-issue',
  '602': 'sales-issue',
}
const STATUSES: Readonly<Record<string, StockStatus>> = { '': 'unrestricted', X: 'inspection', S: 'blocked' }

const known = <T extends string>(table: Readonly<Record<string, T>>, code: string | null | undefined): T | null =>
  Object.hasOwn(table, code ?? '') ? (table[code ?? ''] as T) : null

function planningOf(row: Row): MaterialPlanning | null {
  const serviceLevel = quantity(row['service_percent']) / 100
  const dailyDemand = quantityIn(row['unit'], row['demand'])
  if (!(dailyDemand > 0) || !(serviceLevel > 0 && serviceLevel < 1)) return null
  return {
    dailyDemand,
    dailyDemandDeviation: quantityIn(row['unit'], row['demand_sd']),
    leadTimeDays: quantity(row['lead_days']),
    leadTimeDeviationDays: quantity(row['lead_sd']),
    serviceLevel,
  }
}

const MATERIALS: PullStream = {
  name: 'materials',
  sql: `SELECT * FROM (
      SELECT greatest(m.last_changed, c.last_changed, b.last_changed, z.last_changed, e.last_changed)::text AS cursor, greatest(m.last_changed, c.last_changed, b.last_changed, z.last_changed, e.last_changed) AS changed,
        m.matnr AS key, m.lvorm AS deleted, m.mtart AS kind, m.meins AS unit, z.maktx AS name_zh, e.maktx AS name, c.beskz AS procurement,
        c.plifz::text AS lead_days, c.lgrad::text AS service_percent, c.zzbedarf::text AS demand, c.zzbedarf_sd::text AS demand_sd, c.zzwbz_sd::text AS lead_sd,
        (b.stprs / nullif(b.peinh, 0))::text AS cost
      FROM mara m LEFT JOIN marc c ON c.mandt = m.mandt AND c.matnr = m.matnr LEFT JOIN mbew b ON b.mandt = m.mandt AND b.matnr = m.matnr
        LEFT JOIN makt z ON z.mandt = m.mandt AND z.matnr = m.matnr AND z.spras = '1' LEFT JOIN makt e ON e.mandt = m.mandt AND e.matnr = m.matnr AND e.spras = 'E'
      WHERE m.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'material',
    data: {
      material: conformedCode(row['key']),
      name: row['name'] ?? row['name_zh'] ?? row['key'] ?? '',
      nameZh: row['name_zh'] ?? null,
      kind: known(MATERIAL_KINDS, row['kind']) ?? 'other',
      procurement: known(PROCUREMENT, row['procurement']) ?? 'unknown',
      ...conformedUnit(row['unit']),
      unitCost: perUnit(row['unit'], row['cost']),
      currency: 'CNY',
      planning: planningOf(row),
    },
  }),
}

const BOM_ITEMS: PullStream = {
  name: 'bom-items',
  sql: `SELECT * FROM (
      SELECT greatest(p.last_changed, k.last_changed, t.last_changed)::text AS cursor, greatest(p.last_changed, k.last_changed, t.last_changed) AS changed,
        t.matnr || '/' || p.stlnr || '/' || p.stlkn AS key, coalesce(p.lkenz, '') || coalesce(k.loekz, '') AS deleted, t.matnr AS material, p.posnr AS item, p.idnrk AS component,
        (p.menge / nullif(k.bmeng, 0))::text AS quantity, p.meins AS unit
      FROM stpo p JOIN stko k ON k.mandt = p.mandt AND k.stlnr = p.stlnr JOIN mast t ON t.mandt = k.mandt AND t.stlnr = k.stlnr AND t.stlan = '1'
      WHERE p.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'bom-item',
    data: {
      material: conformedCode(row['material']),
      item: conformedCode(row['item']),
      component: conformedCode(row['component']),
      quantityPer: quantityIn(row['unit'], row['quantity']),
      ...conformedUnit(row['unit']),
    },
  }),
}

const SUPPLIERS: PullStream = {
  name: 'suppliers',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, lifnr AS key, loevm AS deleted, name1 AS name
    FROM lfa1 WHERE mandt = '800' AND {after:last_changed,lifnr} ORDER BY last_changed, lifnr LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'supplier',
    data: { supplier: conformedCode(row['key']), name: row['name'] ?? '' },
  }),
}

const days = (text: string | null | undefined): number | null => (text ? Number(text) : null)

const CUSTOMERS: PullStream = {
  name: 'customers',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, kunnr AS key, '' AS deleted, name1 AS name, zzfrueh AS early, zzspaet AS late
    FROM kna1 WHERE mandt = '800' AND {after:last_changed,kunnr} ORDER BY last_changed, kunnr LIMIT {limit}`,
  toRecord(row, context) {
    const early = days(row['early'])
    return {
      ...envelopeOf(row, context),
      type: 'customer',
      data: {
        customer: conformedCode(row['key']),
        name: row['name'] ?? '',
        // Written as a positive number of days before the date; -0 would be another text than 0.
        earlyDays: early === null ? null : 0 - early,
        lateDays: days(row['late']),
      },
    }
  },
}

/** 101 and 102 receive for a purchase or from an order of one's own. */
function movementKind(row: Row): MovementKind {
  const type = row['type'] ?? ''
  if (type === '101' || type === '102') return row['purchase_order'] ? 'purchase-receipt' : 'production-receipt'
  return known(MOVEMENTS, type) ?? 'other'
}

const MOVEMENT_LINES: PullStream = {
  name: 'movements',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, mblnr || '/' || mjahr || '/' || zeile AS key, '' AS deleted, mblnr AS document, zeile AS item, bwart AS type, shkzg AS sign,
      matnr AS material, lgort AS location, insmk AS status, charg AS lot, menge::text AS quantity, meins AS unit, aufnr AS order_no, ebeln AS purchase_order, ebelp AS purchase_line, smbln AS reverses, budat, cputm
    FROM matdoc WHERE mandt = '800' AND {after:last_changed,mblnr || '/' || mjahr || '/' || zeile} ORDER BY last_changed, mblnr || '/' || mjahr || '/' || zeile LIMIT {limit}`,
  toRecord(row, context) {
    const postedAt = instantOfDats(context.timeZone, row['budat'] ?? null, row['cputm'] ?? null)
    if (postedAt === null || (row['sign'] !== 'S' && row['sign'] !== 'H')) return null
    return {
      ...envelopeOf(row, context),
      type: 'stock-movement',
      data: {
        document: conformedCode(row['document']),
        item: conformedCode(row['item']),
        kind: movementKind(row),
        sourceKind: row['type'] ?? '',
        material: conformedCode(row['material']),
        quantity: (row['sign'] === 'H' ? -1 : 1) * quantityIn(row['unit'], row['quantity']),
        ...conformedUnit(row['unit']),
        location: conformedCode(row['location']),
        status: known(STATUSES, row['status']) ?? 'unknown',
        lot: row['lot'] || null,
        order: orderOrNull(row['order_no']),
        purchaseOrder: codeOrNull(row['purchase_order']),
        purchaseLine: codeOrNull(row['purchase_line']),
        reverses: codeOrNull(row['reverses']),
        postedAt,
      },
    }
  },
}

const BALANCES: PullStream = {
  name: 'balances',
  sql: `SELECT * FROM (
      SELECT d.last_changed::text AS cursor, d.last_changed AS changed, d.matnr || '/' || d.werks || '/' || d.lgort || '/' || s.status AS key, '' AS deleted, d.matnr AS material, d.lgort AS location, s.status AS status, s.quantity::text AS quantity, d.meins AS unit
      FROM mard d CROSS JOIN LATERAL (VALUES ('', coalesce(d.labst, 0)), ('X', coalesce(d.insme, 0)), ('S', coalesce(d.speme, 0))) AS s(status, quantity)
      WHERE d.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'stock-balance',
    data: {
      material: conformedCode(row['material']),
      location: conformedCode(row['location']),
      status: known(STATUSES, row['status']) ?? 'unknown',
      quantity: quantityIn(row['unit'], row['quantity']),
      ...conformedUnit(row['unit']),
    },
  }),
}

export const sapStock: Mapping = [MATERIALS, BOM_ITEMS, SUPPLIERS, CUSTOMERS, MOVEMENT_LINES, BALANCES]
