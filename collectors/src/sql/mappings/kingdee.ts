/** An ERP in Kingdee's manner: inner ids with numbers beside them, states of documents, base units and document units, naive local times. */
import type { Mapping, PullStream, Row } from '../mapping.ts'
import { codeOrNull, conformedCode, conformedOrder, conformedUnit, envelopeOf, quantity, quantityIn } from './codes.ts'
import { WAS_APPROVED, WITHDRAWN, dateOfNaive, instantOfNaive } from './kingdee-codes.ts'
import { kingdeeStock } from './kingdee-stock.ts'

const unitNumber = (column: string): string => `(SELECT u.fnumber FROM t_bd_unit u WHERE u.funitid = ${column})`
const MATERIAL = '(SELECT b.fnumber FROM t_bd_material b WHERE b.fmaterialid = e.fmaterialid)'

const ORDERS: PullStream = {
  name: 'orders',
  sql: `SELECT * FROM (
      SELECT greatest(h.fmodifydate, e.fmodifydate)::text AS cursor, greatest(h.fmodifydate, e.fmodifydate) AS changed, h.fbillno AS key, CASE WHEN h.fcancelstatus = 'B' THEN 'X' ELSE '' END AS deleted, ${MATERIAL} AS material,
        e.fqty::text AS quantity, e.fworkcenter AS work_center, e.f_customer AS customer, e.freleasedate::text AS released, e.fplanstartdate::text AS start, e.fplanfinishdate::text AS due, e.ffinishdate::text AS finished, e.fstockinqty::text AS stocked, e.fstatus AS status
      FROM t_prd_mo h JOIN t_prd_moentry e ON e.fid = h.fid WHERE h.fdocumentstatus = 'C') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const dueAt = instantOfNaive(context, row['due'])
    if (dueAt === null || !(quantity(row['quantity']) > 0)) return null
    return {
      ...envelopeOf(row, context),
      type: 'production-order',
      data: {
        order: conformedOrder(row['key']),
        material: conformedCode(row['material']),
        quantity: quantity(row['quantity']),
        workCenter: row['work_center'] ?? '',
        customer: codeOrNull(row['customer']),
        priority: 2,
        releasedAt: instantOfNaive(context, row['released']),
        scheduledStartAt: instantOfNaive(context, row['start']),
        dueAt,
        deliveredAt: instantOfNaive(context, row['finished']),
        deliveredQuantity: quantity(row['stocked']),
        status: statusOf(row),
      },
    }
  },
}

/** States of an entry: 1 planned, 2 confirmed, 3 released, 4 begun, 5 finished, 6 closed. */
function statusOf(row: Row): 'deleted' | 'completed' | 'released' | 'created' {
  if (row['deleted']) return 'deleted'
  const state = Number(row['status'] ?? 0)
  return state >= 5 ? 'completed' : state >= 3 ? 'released' : 'created'
}

const PURCHASE_LINES: PullStream = {
  name: 'purchase-lines',
  sql: `SELECT * FROM (
      SELECT greatest(h.fmodifydate, e.fmodifydate)::text AS cursor, greatest(h.fmodifydate, e.fmodifydate) AS changed, e.fentryid::text AS key, '' AS deleted, h.fbillno AS purchase_order, e.fseq::text AS line,
        (SELECT s.fnumber FROM t_bd_supplier s WHERE s.fsupplierid = h.fsupplierid) AS supplier, ${MATERIAL} AS material, e.fqty::text AS ordered, ${unitNumber('e.funitid')} AS order_unit, e.fbaseunitqty::text AS quantity, ${unitNumber('e.fbaseunitid')} AS unit,
        h.fdate::text AS ordered_on, d.fdeliverydate::text AS promised, CASE WHEN h.fcancelstatus = 'B' OR e.fterminatestatus = 'B' THEN 'X' ELSE '' END AS cancelled
      FROM t_pur_poorder h JOIN t_pur_poorderentry e ON e.fid = h.fid JOIN t_pur_poorderentry_d d ON d.fentryid = e.fentryid WHERE h.fdocumentstatus = 'C') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const orderedAt = instantOfNaive(context, row['ordered_on'])
    const firstPromisedOn = dateOfNaive(row['promised'])
    if (orderedAt === null || firstPromisedOn === null) return null
    return {
      ...envelopeOf(row, context),
      type: 'purchase-order-line',
      data: {
        purchaseOrder: conformedCode(row['purchase_order']),
        line: conformedCode(row['line']),
        supplier: conformedCode(row['supplier']),
        material: conformedCode(row['material']),
        quantity: quantityIn(row['unit'], row['quantity']),
        unit: conformedUnit(row['unit']).unit,
        sourceQuantity: quantity(row['ordered']),
        sourceUnit: (row['order_unit'] ?? '').trim(),
        orderedAt,
        firstPromisedOn,
        cancelled: row['cancelled'] === 'X',
      },
    }
  },
}

const CONFIRMATIONS: PullStream = {
  name: 'confirmations',
  sql: `SELECT p.fmodifydate::text AS cursor, p.fmodifydate AS changed, p.fdetailid::text AS key, '' AS deleted, h.fbillno AS purchase_order, e.fseq::text AS line, p.fseq::text AS sequence, p.fdeliverydate::text AS promised, p.fconfirmdate::text AS confirmed
    FROM t_pur_poorderentrydeliplan p JOIN t_pur_poorderentry e ON e.fentryid = p.fentryid JOIN t_pur_poorder h ON h.fid = e.fid
    WHERE h.fdocumentstatus = 'C' AND {after:p.fmodifydate,p.fdetailid::text} ORDER BY p.fmodifydate, p.fdetailid::text LIMIT {limit}`,
  toRecord(row, context) {
    const confirmedAt = instantOfNaive(context, row['confirmed'])
    const promisedOn = dateOfNaive(row['promised'])
    if (confirmedAt === null || promisedOn === null) return null
    return {
      ...envelopeOf(row, context),
      type: 'purchase-confirmation',
      data: {
        purchaseOrder: conformedCode(row['purchase_order']),
        line: conformedCode(row['line']),
        sequence: Number(row['sequence'] ?? 0),
        promisedOn,
        confirmedAt,
      },
    }
  },
}

/** Receipts and returns are stock documents with a purchase order behind them. */
function receipts(kind: 'receipt' | 'return', head: string, entry: string): PullStream {
  return {
    name: `goods-${kind}s`,
    sql: `SELECT h.fmodifydate::text AS cursor, h.fmodifydate AS changed, '${head}/' || e.fentryid AS key, ${WITHDRAWN}, h.fbillno AS document, e.fseq::text AS item, e.fpoorderbillno AS purchase_order, e.fpoorderseq::text AS line, e.fbaseqty::text AS quantity, e.flot AS lot, h.fdate::text AS received
      FROM ${head} h JOIN ${entry} e ON e.fid = h.fid
      WHERE ${WAS_APPROVED} AND e.fpoorderbillno <> '' AND {after:h.fmodifydate,'${head}/' || e.fentryid} ORDER BY h.fmodifydate, '${head}/' || e.fentryid LIMIT {limit}`,
    toRecord(row, context) {
      const receivedAt = instantOfNaive(context, row['received'])
      if (receivedAt === null) return null
      return {
        ...envelopeOf(row, context),
        type: 'goods-receipt',
        data: {
          document: conformedCode(row['document']),
          item: conformedCode(row['item']),
          kind,
          purchaseOrder: conformedCode(row['purchase_order']),
          line: conformedCode(row['line']),
          quantity: quantity(row['quantity']),
          lot: row['lot'] || null,
          receivedAt,
        },
      }
    },
  }
}

const SALES_LINES: PullStream = {
  name: 'sales-lines',
  sql: `SELECT * FROM (
      SELECT greatest(h.fmodifydate, e.fmodifydate, d.fmodifydate)::text AS cursor, greatest(h.fmodifydate, e.fmodifydate, d.fmodifydate) AS changed, e.fentryid::text AS key, '' AS deleted, h.fbillno AS sales_order, e.fseq::text AS line,
        (SELECT c.fnumber FROM t_bd_customer c WHERE c.fcustid = h.fcustid) AS customer, ${MATERIAL} AS material, e.fbaseunitqty::text AS quantity, ${unitNumber('e.fbaseunitid')} AS unit, h.fdate::text AS ordered_on,
        d.frequestdate::text AS requested, d.fdeliverydate::text AS first, d.fplandeliverydate::text AS current, CASE WHEN e.fmrpterminatestatus = 'B' THEN e.fterminatedate::text END AS cancelled
      FROM t_sal_order h JOIN t_sal_orderentry e ON e.fid = h.fid JOIN t_sal_orderentry_d d ON d.fentryid = e.fentryid WHERE h.fdocumentstatus = 'C') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const orderedAt = instantOfNaive(context, row['ordered_on'])
    if (orderedAt === null) return null
    return {
      ...envelopeOf(row, context),
      type: 'sales-order-line',
      data: {
        salesOrder: conformedCode(row['sales_order']),
        line: conformedCode(row['line']),
        customer: conformedCode(row['customer']),
        material: conformedCode(row['material']),
        quantity: quantityIn(row['unit'], row['quantity']),
        ...conformedUnit(row['unit']),
        orderedAt,
        requestedOn: dateOfNaive(row['requested']),
        firstPromisedOn: dateOfNaive(row['first']),
        currentPromisedOn: dateOfNaive(row['current']),
        cancelledOn: dateOfNaive(row['cancelled']),
      },
    }
  },
}

/** A delivery is one line however many lots it was picked from. */
const DELIVERY_LINES: PullStream = {
  name: 'delivery-lines',
  sql: `SELECT * FROM (
      SELECT h.fmodifydate::text AS cursor, h.fmodifydate AS changed, h.fbillno AS key, ${WITHDRAWN}, h.fbillno AS delivery, '10' AS line, min(e.fsoorderbillno) AS sales_order, nullif(min(e.fsoorderseq), 0)::text AS sales_line,
        (SELECT c.fnumber FROM t_bd_customer c WHERE c.fcustid = h.fcustomerid) AS customer, (SELECT b.fnumber FROM t_bd_material b WHERE b.fmaterialid = min(e.fmaterialid)) AS material, sum(e.fbaseqty)::text AS quantity, ${unitNumber('min(e.fbaseunitid)')} AS unit, h.fdate::text AS shipped
      FROM t_sal_outstock h JOIN t_sal_outstockentry e ON e.fid = h.fid WHERE ${WAS_APPROVED} GROUP BY h.fid, e.fmaterialid) AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const shippedAt = instantOfNaive(context, row['shipped'])
    if (shippedAt === null) return null
    return {
      ...envelopeOf(row, context),
      type: 'delivery-line',
      data: {
        delivery: conformedCode(row['delivery']),
        line: row['line'] ?? '',
        salesOrder: codeOrNull(row['sales_order']),
        salesLine: codeOrNull(row['sales_line']),
        customer: conformedCode(row['customer']),
        material: conformedCode(row['material']),
        quantity: quantityIn(row['unit'], row['quantity']),
        ...conformedUnit(row['unit']),
        shippedAt,
      },
    }
  },
}

export const kingdeeMapping: Mapping = [
  ORDERS,
  ...kingdeeStock,
  PURCHASE_LINES,
  CONFIRMATIONS,
  receipts('receipt', 't_stk_instock', 't_stk_instockentry'),
  receipts('return', 't_pur_mrb', 't_pur_mrbentry'),
  SALES_LINES,
  DELIVERY_LINES,
]
