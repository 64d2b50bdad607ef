/** Purchasing, sales and deliveries of an ERP in SAP's manner. */
import { instantOfDats } from '../local-time.ts'
import type { Mapping, PullStream } from '../mapping.ts'
import { codeOrNull, conformedCode, conformedUnit, dateOfDats, envelopeOf, quantity, quantityIn } from './codes.ts'

const PURCHASE_LINES: PullStream = {
  name: 'purchase-lines',
  sql: `SELECT * FROM (
      SELECT greatest(p.last_changed, t.last_changed)::text AS cursor, greatest(p.last_changed, t.last_changed) AS changed, p.ebeln || '/' || p.ebelp AS key, '' AS deleted,
        p.ebeln AS purchase_order, p.ebelp AS line, k.lifnr AS supplier, p.matnr AS material, p.menge::text AS ordered, p.meins AS order_unit,
        (p.menge * p.umrez / nullif(p.umren, 0))::text AS quantity, p.lmein AS unit, k.bedat, k.erzeit, t.slfdt, p.loekz || k.loekz AS cancelled
      FROM ekpo p JOIN ekko k ON k.mandt = p.mandt AND k.ebeln = p.ebeln JOIN eket t ON t.mandt = p.mandt AND t.ebeln = p.ebeln AND t.ebelp = p.ebelp AND t.etenr = '0001'
      WHERE p.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const orderedAt = instantOfDats(context.timeZone, row['bedat'] ?? null, row['erzeit'] ?? null)
    const firstPromisedOn = dateOfDats(row['slfdt'])
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
        cancelled: (row['cancelled'] ?? '') !== '',
      },
    }
  },
}

const CONFIRMATIONS: PullStream = {
  name: 'confirmations',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, ebeln || '/' || ebelp || '/' || etens AS key, '' AS deleted, ebeln AS purchase_order, ebelp AS line, etens AS sequence, eindt, erdat, ezeit
    FROM ekes WHERE mandt = '800' AND ebtyp = 'AB' AND {after:last_changed,ebeln || '/' || ebelp || '/' || etens} ORDER BY last_changed, ebeln || '/' || ebelp || '/' || etens LIMIT {limit}`,
  toRecord(row, context) {
    const confirmedAt = instantOfDats(context.timeZone, row['erdat'] ?? null, row['ezeit'] ?? null)
    const promisedOn = dateOfDats(row['eindt'])
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

/** Goods that came (101), went back (122), and both taken back (102, 123). */
const RECEIPTS: PullStream = {
  name: 'goods-receipts',
  sql: `SELECT last_changed::text AS cursor, last_changed AS changed, ebeln || '/' || ebelp || '/' || belnr || '/' || buzei AS key, '' AS deleted, ebeln AS purchase_order, ebelp AS line,
      belnr AS document, buzei AS item, bwart AS type, menge::text AS quantity, charg AS lot, budat, cputm
    FROM ekbe WHERE mandt = '800' AND vgabe = '1' AND {after:last_changed,ebeln || '/' || ebelp || '/' || belnr || '/' || buzei} ORDER BY last_changed, ebeln || '/' || ebelp || '/' || belnr || '/' || buzei LIMIT {limit}`,
  toRecord(row, context) {
    const receivedAt = instantOfDats(context.timeZone, row['budat'] ?? null, row['cputm'] ?? null)
    const type = row['type'] ?? ''
    if (receivedAt === null || !['101', '102', '122', '123'].includes(type)) return null
    return {
      ...envelopeOf(row, context),
      type: 'goods-receipt',
      data: {
        document: conformedCode(row['document']),
        item: conformedCode(row['item']),
        kind: type === '101' || type === '102' ? 'receipt' : 'return',
        purchaseOrder: conformedCode(row['purchase_order']),
        line: conformedCode(row['line']),
        quantity: (type === '102' || type === '123' ? -1 : 1) * quantity(row['quantity']),
        lot: row['lot'] || null,
        receivedAt,
      },
    }
  },
}

const SALES_LINES: PullStream = {
  name: 'sales-lines',
  sql: `SELECT * FROM (
      SELECT greatest(p.last_changed, e.changed)::text AS cursor, greatest(p.last_changed, e.changed) AS changed, p.vbeln || '/' || p.posnr AS key, '' AS deleted,
        p.vbeln AS sales_order, p.posnr AS line, k.kunnr AS customer, p.matnr AS material, p.kwmeng::text AS quantity, p.vrkme AS unit, k.erdat, k.erzet, p.vdatu, e.first, e.current, p.abgru, p.aedat
      FROM vbap p JOIN vbak k ON k.mandt = p.mandt AND k.vbeln = p.vbeln
        LEFT JOIN LATERAL (SELECT max(s.last_changed) AS changed, (array_agg(s.edatu ORDER BY s.etenr))[1] AS first, (array_agg(s.edatu ORDER BY s.etenr DESC))[1] AS current
          FROM vbep s WHERE s.mandt = p.mandt AND s.vbeln = p.vbeln AND s.posnr = p.posnr) AS e ON true
      WHERE p.mandt = '800') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const orderedAt = instantOfDats(context.timeZone, row['erdat'] ?? null, row['erzet'] ?? null)
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
        requestedOn: dateOfDats(row['vdatu']),
        firstPromisedOn: dateOfDats(row['first']),
        currentPromisedOn: dateOfDats(row['current']),
        cancelledOn: row['abgru'] ? dateOfDats(row['aedat']) : null,
      },
    }
  },
}

const DELIVERY_LINES: PullStream = {
  name: 'delivery-lines',
  sql: `SELECT * FROM (
      SELECT greatest(p.last_changed, k.last_changed)::text AS cursor, greatest(p.last_changed, k.last_changed) AS changed, p.vbeln || '/' || p.posnr AS key, '' AS deleted,
        p.vbeln AS delivery, p.posnr AS line, p.vgbel AS sales_order, p.vgpos AS sales_line, k.kunnr AS customer, p.matnr AS material, p.lfimg::text AS quantity, p.vrkme AS unit, k.wadat_ist, k.spe_wauhr_ist
      FROM lips p JOIN likp k ON k.mandt = p.mandt AND k.vbeln = p.vbeln
      WHERE p.mandt = '800' AND k.wadat_ist <> '' AND k.wadat_ist <> '00000000') AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord(row, context) {
    const shippedAt = instantOfDats(context.timeZone, row['wadat_ist'] ?? null, row['spe_wauhr_ist'] ?? null)
    if (shippedAt === null) return null
    return {
      ...envelopeOf(row, context),
      type: 'delivery-line',
      data: {
        delivery: conformedCode(row['delivery']),
        line: conformedCode(row['line']),
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

export const sapTrade: Mapping = [PURCHASE_LINES, CONFIRMATIONS, RECEIPTS, SALES_LINES, DELIVERY_LINES]
