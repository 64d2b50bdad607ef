/** Materials, bills, partners and stock of an ERP in Kingdee's manner. */
import type { MovementKind } from '@gemba/contracts/supply-record'
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
import { WAS_APPROVED, WITHDRAWN, instantOfNaive, statusOf } from './kingdee-codes.ts'

const CATEGORIES: Readonly<Record<string, 'raw' | 'semi' | 'finished' | 'packaging'>> = {
  CHLB01_SYS: 'raw',
  CHLB03_SYS: 'semi',
  CHLB05_SYS: 'finished',
  CHLB07_SYS: 'packaging',
}
const CLASSES: Readonly<Record<string, 'bought' | 'made' | 'both'>> = { '1': 'bought', '2': 'made', '3': 'both' }

const unitNumber = (column: string): string => `(SELECT u.fnumber FROM t_bd_unit u WHERE u.funitid = ${column})`
const materialNumber = (column: string): string =>
  `(SELECT b.fnumber FROM t_bd_material b WHERE b.fmaterialid = ${column})`
const nameIn = (table: string, key: string, locale: number): string =>
  `(SELECT n.fname FROM ${table}_l n WHERE n.${key} = m.${key} AND n.flocaleid = ${locale})`

function planningOf(row: Row) {
  const [dailyDemand, serviceLevel] = [quantityIn(row['unit'], row['demand']), quantity(row['service'])]
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
  sql: `SELECT m.fmodifydate::text AS cursor, m.fmodifydate AS changed, m.fnumber AS key, CASE WHEN m.fforbidstatus = 'B' THEN 'X' ELSE '' END AS deleted,
      ${nameIn('t_bd_material', 'fmaterialid', 1033)} AS name, ${nameIn('t_bd_material', 'fmaterialid', 2052)} AS name_zh, b.fcategoryid AS category, b.ferpclsid AS class, ${unitNumber('b.fbaseunitid')} AS unit, s.frefcost::text AS cost,
      p.ffixleadtime::text AS lead_days, p.f_daily_demand::text AS demand, p.f_daily_deviation::text AS demand_sd, p.f_lead_deviation::text AS lead_sd, p.f_service_level::text AS service
    FROM t_bd_material m LEFT JOIN t_bd_materialbase b ON b.fmaterialid = m.fmaterialid LEFT JOIN t_bd_materialstock s ON s.fmaterialid = m.fmaterialid LEFT JOIN t_bd_materialplan p ON p.fmaterialid = m.fmaterialid
    WHERE m.fdocumentstatus = 'C' AND {after:m.fmodifydate,m.fnumber} ORDER BY m.fmodifydate, m.fnumber LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'material',
    data: {
      material: conformedCode(row['key']),
      name: row['name'] ?? row['name_zh'] ?? row['key'] ?? '',
      nameZh: row['name_zh'] ?? null,
      kind: CATEGORIES[row['category'] ?? ''] ?? 'other',
      procurement: CLASSES[row['class'] ?? ''] ?? 'unknown',
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
      SELECT greatest(c.fmodifydate, m.fmodifydate)::text AS cursor, greatest(c.fmodifydate, m.fmodifydate) AS changed, c.fentryid::text AS key, CASE WHEN m.fforbidstatus = 'B' THEN 'X' ELSE '' END AS deleted,
        ${materialNumber('m.fmaterialid')} AS material, c.fseq::text AS item, ${materialNumber('c.fmaterialid')} AS component, (c.fnumerator / nullif(c.fdenominator, 0))::text AS quantity, ${unitNumber('c.funitid')} AS unit
      FROM t_eng_bomchild c JOIN t_eng_bom m ON m.fid = c.fid WHERE m.fdocumentstatus = 'C') AS o
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
  sql: `SELECT m.fmodifydate::text AS cursor, m.fmodifydate AS changed, m.fnumber AS key, CASE WHEN m.fforbidstatus = 'B' THEN 'X' ELSE '' END AS deleted, ${nameIn('t_bd_supplier', 'fsupplierid', 2052)} AS name
    FROM t_bd_supplier m WHERE m.fdocumentstatus = 'C' AND {after:m.fmodifydate,m.fnumber} ORDER BY m.fmodifydate, m.fnumber LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'supplier',
    data: { supplier: conformedCode(row['key']), name: row['name'] ?? '' },
  }),
}

const days = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Number(text)

const CUSTOMERS: PullStream = {
  name: 'customers',
  sql: `SELECT m.fmodifydate::text AS cursor, m.fmodifydate AS changed, m.fnumber AS key, CASE WHEN m.fforbidstatus = 'B' THEN 'X' ELSE '' END AS deleted, ${nameIn('t_bd_customer', 'fcustid', 2052)} AS name, m.f_early_days::text AS early, m.f_late_days::text AS late
    FROM t_bd_customer m WHERE m.fdocumentstatus = 'C' AND {after:m.fmodifydate,m.fnumber} ORDER BY m.fmodifydate, m.fnumber LIMIT {limit}`,
  toRecord(row, context) {
    const early = days(row['early'])
    return {
      ...envelopeOf(row, context),
      type: 'customer',
      data: {
        customer: conformedCode(row['key']),
        name: row['name'] ?? '',
        earlyDays: early === null ? null : 0 - early,
        lateDays: days(row['late']),
      },
    }
  },
}

interface Document {
  readonly kind: MovementKind
  readonly head: string
  readonly entry: string
  /** Sign of the entry in the place that it names; a transfer arrives elsewhere. */
  readonly sign: 1 | -1
  readonly more: string
}

const none = { order: "''", purchase: "''", line: "''", reverses: "''" }
const columns = (given: Partial<typeof none>): string => {
  const { order, purchase, line, reverses } = { ...none, ...given }
  return `${order} AS order_no, ${purchase} AS purchase_order, ${line} AS purchase_line, ${reverses} AS reverses`
}
const byPurchase = columns({ purchase: 'e.fpoorderbillno', line: 'e.fpoorderseq::text' })
const byOrder = columns({ order: 'e.fmobillno' })

const DOCUMENTS: readonly Document[] = [
  { kind: 'purchase-receipt', head: 't_stk_instock', entry: 't_stk_instockentry', sign: 1, more: byPurchase },
  { kind: 'purchase-return', head: 't_pur_mrb', entry: 't_pur_mrbentry', sign: -1, more: byPurchase },
  { kind: 'production-receipt', head: 't_prd_instock', entry: 't_prd_instockentry', sign: 1, more: byOrder },
  { kind: 'production-issue', head: 't_prd_pickmtrl', entry: 't_prd_pickmtrldata', sign: -1, more: byOrder },
  {
    kind: 'production-issue',
    head: 't_prd_returnmtrl',
    entry: 't_prd_returnmtrlentry',
    sign: 1,
    more: columns({ order: 'e.fmobillno', reverses: 'e.fsrcbillno' }),
  },
  { kind: 'initial', head: 't_stk_invinit', entry: 't_stk_invinitdetail', sign: 1, more: columns({}) },
  { kind: 'sales-issue', head: 't_sal_outstock', entry: 't_sal_outstockentry', sign: -1, more: columns({}) },
  { kind: 'transfer', head: 't_stk_stktransferin', entry: 't_stk_stktransferinentry', sign: -1, more: columns({}) },
]
/** The other side of a transfer. */
const ARRIVAL: Document = {
  kind: 'transfer',
  head: 't_stk_stktransferin',
  entry: 't_stk_stktransferinentry',
  sign: 1,
  more: columns({}),
}

/** One stream per kind of document, each with the cursor of its heads. */
function movements(document: Document, side: 'place' | 'destination'): PullStream {
  const prefix = side === 'destination' ? 'dest' : ''
  const key = `e.fentryid::text || '${side === 'destination' ? '/to' : ''}'`
  return {
    name: `movements-${document.head}${prefix}`,
    sql: `SELECT h.fmodifydate::text AS cursor, h.fmodifydate AS changed, '${document.head}/' || ${key} AS key, ${WITHDRAWN}, h.fbillno AS document, e.fseq::text AS item, ${materialNumber('e.fmaterialid')} AS material, e.fbaseqty::text AS quantity, ${unitNumber('e.fbaseunitid')} AS unit,
        (SELECT s.fnumber FROM t_bd_stock s WHERE s.fstockid = e.f${prefix}stockid) AS location, (SELECT s.fnumber FROM t_bd_stockstatus s WHERE s.fstockstatusid = e.f${prefix}stockstatusid) AS status, e.flot AS lot, h.fdate::text AS posted, ${document.more}
      FROM ${document.head} h JOIN ${document.entry} e ON e.fid = h.fid
      WHERE ${WAS_APPROVED} AND {after:h.fmodifydate,'${document.head}/' || ${key}} ORDER BY h.fmodifydate, '${document.head}/' || ${key} LIMIT {limit}`,
    toRecord(row, context) {
      const postedAt = instantOfNaive(context, row['posted'])
      if (postedAt === null) return null
      return {
        ...envelopeOf(row, context),
        type: 'stock-movement',
        data: {
          document: conformedCode(row['document']),
          item: conformedCode(row['item']),
          kind: document.kind,
          sourceKind: document.head,
          material: conformedCode(row['material']),
          quantity: document.sign * quantityIn(row['unit'], row['quantity']),
          ...conformedUnit(row['unit']),
          location: conformedCode(row['location']),
          status: statusOf(row['status']),
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
}

/** The system keeps stock by lot; here it counts by place and status. */
const BALANCES: PullStream = {
  name: 'balances',
  sql: `SELECT * FROM (
      SELECT max(i.fupdatetime)::text AS cursor, max(i.fupdatetime) AS changed, i.fmaterialid || '/' || i.fstockid || '/' || i.fstockstatusid AS key, '' AS deleted, ${materialNumber('i.fmaterialid')} AS material,
        (SELECT s.fnumber FROM t_bd_stock s WHERE s.fstockid = i.fstockid) AS location, (SELECT s.fnumber FROM t_bd_stockstatus s WHERE s.fstockstatusid = i.fstockstatusid) AS status, sum(i.fbaseqty)::text AS quantity, ${unitNumber('min(i.fbaseunitid)')} AS unit
      FROM t_stk_inventory i GROUP BY i.fmaterialid, i.fstockid, i.fstockstatusid) AS o
    WHERE {after} ORDER BY changed, key LIMIT {limit}`,
  toRecord: (row, context) => ({
    ...envelopeOf(row, context),
    type: 'stock-balance',
    data: {
      material: conformedCode(row['material']),
      location: conformedCode(row['location']),
      status: statusOf(row['status']),
      quantity: quantityIn(row['unit'], row['quantity']),
      ...conformedUnit(row['unit']),
    },
  }),
}

export const kingdeeStock: Mapping = [
  MATERIALS,
  BOM_ITEMS,
  SUPPLIERS,
  CUSTOMERS,
  ...DOCUMENTS.map((document) => movements(document, 'place')),
  movements(ARRIVAL, 'destination'),
  BALANCES,
]
