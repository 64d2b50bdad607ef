/** An ERP in SAP's manner: zero-padded keys, local dates and times, status apart from the order, deletion flags. */
import type { ProductionOrder } from '@gemba/contracts/erp-record'
import { instantOfDats } from '../local-time.ts'
import type { Mapping, PullStream, Row } from '../mapping.ts'
import { codeOrNull, conformedCode, conformedOrder, conformedUnit, envelopeOf, quantityIn } from './codes.ts'
import { sapStock } from './sap-stock.ts'
import { sapTrade } from './sap-trade.ts'

const number = (text: string | null): number => Number(text ?? 0)

function statusOf(row: Row): ProductionOrder['status'] {
  if (row['deleted']) return 'deleted'
  if (row['delivered'] === 'X') return 'completed'
  return row['released'] === 'X' ? 'released' : 'created'
}

const ORDERS: PullStream = {
  name: 'orders',
  sql: `SELECT * FROM (
      SELECT greatest(a.last_changed, k.last_changed, p.last_changed, s.changed)::text AS cursor, greatest(a.last_changed, k.last_changed, p.last_changed, s.changed) AS changed, a.aufnr AS key,
        coalesce(a.loekz, '') AS deleted, p.matnr AS material, p.psmng::text AS quantity, p.wemng::text AS delivered_quantity,
        k.gstrs AS start_date, k.gsuzs AS start_time, k.ftrmi AS release_date, p.ltrmp AS due_date, p.ltrup AS due_time, p.ltrmi AS delivery_date, p.ltrui AS delivery_time,
        (SELECT v.kunnr FROM vbak v WHERE v.mandt = a.mandt AND v.vbeln = p.kdauf) AS customer,
        (SELECT c.arbpl FROM afvc f JOIN crhd c ON c.mandt = f.mandt AND c.objid = f.arbid WHERE f.mandt = a.mandt AND f.aufpl = k.aufpl ORDER BY f.vornr LIMIT 1) AS work_center,
        s.released, s.delivered
      FROM aufk a JOIN afko k ON k.mandt = a.mandt AND k.aufnr = a.aufnr JOIN afpo p ON p.mandt = a.mandt AND p.aufnr = a.aufnr
        LEFT JOIN LATERAL (SELECT max(j.last_changed) AS changed, max('X') FILTER (WHERE j.stat = 'I0002' AND j.inact <> 'X') AS released, max('X') FILTER (WHERE j.stat = 'I0012' AND j.inact <> 'X') AS delivered
          FROM jest j WHERE j.mandt = a.mandt AND j.objnr = a.objnr) AS s ON true
      WHERE a.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const dueAt = instantOfDats(context.timeZone, row['due_date'] ?? null, row['due_time'] ?? null)
    const quantity = number(row['quantity'] ?? null)
    if (dueAt === null || !(quantity > 0)) return null
    return {
      ...envelopeOf(row, context),
      type: 'production-order',
      data: {
        order: conformedOrder(row['key']),
        material: conformedCode(row['material']),
        quantity,
        workCenter: row['work_center'] ?? '',
        customer: codeOrNull(row['customer']),
        priority: 2,
        releasedAt: instantOfDats(context.timeZone, row['release_date'] ?? null, null),
        scheduledStartAt: instantOfDats(context.timeZone, row['start_date'] ?? null, row['start_time'] ?? null),
        dueAt,
        // An order that was opened again keeps the date of its delivery and is not delivered.
        deliveredAt:
          row['delivered'] === 'X'
            ? instantOfDats(context.timeZone, row['delivery_date'] ?? null, row['delivery_time'] ?? null)
            : null,
        deliveredQuantity: number(row['delivered_quantity'] ?? null),
        status: statusOf(row),
      },
    }
  },
}

const OPERATIONS: PullStream = {
  name: 'operations',
  sql: `SELECT v.last_changed::text AS cursor, v.last_changed AS changed, f.aufpl || '/' || f.vornr AS key, '' AS deleted, f.aufpl AS order_no, f.vornr AS operation, f.ltxa1 AS name, c.arbpl AS work_center, v.vgw02::text AS seconds
    FROM afvv v JOIN afvc f ON f.mandt = v.mandt AND f.aufpl = v.aufpl AND f.aplzl = v.aplzl JOIN crhd c ON c.mandt = f.mandt AND c.objid = f.arbid
    WHERE v.mandt = '800' AND {after:v.last_changed,f.aufpl || '/' || f.vornr} ORDER BY v.last_changed, f.aufpl || '/' || f.vornr LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'order-operation',
    data: {
      order: conformedOrder(row['order_no']),
      operation: row['operation'] ?? '',
      sequence: number(row['operation'] ?? null),
      name: row['name'] ?? '',
      workCenter: row['work_center'] ?? '',
      standardSeconds: number(row['seconds'] ?? null),
    },
  }),
}

const RESERVATIONS: PullStream = {
  name: 'reservations',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, rsnum || '/' || rspos AS key, coalesce(xloek, '') AS deleted, aufnr AS order_no, rspos AS item, matnr AS component, bdmng::text AS required, enmng::text AS withdrawn
    FROM resb WHERE mandt = '800' AND {after:last_changed,rsnum || '/' || rspos} ORDER BY last_changed, rsnum || '/' || rspos LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'reservation',
    data: {
      order: conformedOrder(row['order_no']),
      item: row['item'] ?? '',
      component: conformedCode(row['component']),
      required: number(row['required'] ?? null),
      withdrawn: number(row['withdrawn'] ?? null),
    },
  }),
}

const STOCK: PullStream = {
  name: 'stock',
  sql: `SELECT * FROM (
      SELECT max(last_changed)::text AS cursor, max(last_changed) AS changed, matnr || '/' || werks AS key, '' AS deleted, matnr AS component, werks AS site, sum(labst)::text AS quantity, min(meins) AS unit
      FROM mard WHERE mandt = '800' GROUP BY matnr, werks) AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'stock-level',
    data: {
      component: conformedCode(row['component']),
      site: row['site'] ?? '',
      quantity: quantityIn(row['unit'], row['quantity']),
      unit: conformedUnit(row['unit']).unit ?? (row['unit'] ?? '').trim(),
    },
  }),
}

export const sapMapping: Mapping = [ORDERS, OPERATIONS, RESERVATIONS, STOCK, ...sapStock, ...sapTrade]
