/** Tables of a second ERP in Kingdee's manner: inner ids, numbers apart, document states, units by id. */

const head =
  'fid bigint PRIMARY KEY, fbillno text NOT NULL, fdate timestamp NOT NULL, fdocumentstatus text NOT NULL, fcancelstatus text NOT NULL, fmodifydate timestamptz(6) NOT NULL DEFAULT clock_timestamp()'
const entry = 'fentryid bigint PRIMARY KEY, fid bigint NOT NULL, fseq int NOT NULL, fmaterialid bigint NOT NULL'
const stockEntry = `${entry}, frealqty numeric(23,10), funitid bigint, fbaseqty numeric(23,10), fbaseunitid bigint, fstockid bigint, fstockstatusid bigint, flot text`
const link = ', fpoorderbillno text, fpoorderseq int'
const changed = ', fmodifydate timestamptz(6) NOT NULL DEFAULT clock_timestamp()'

/** Stock documents: head and entries, by what they do. */
export const KINGDEE_STOCK_DOCUMENTS = {
  'purchase-receipt': { head: 't_stk_instock', entry: 't_stk_instockentry' },
  'purchase-return': { head: 't_pur_mrb', entry: 't_pur_mrbentry' },
  'production-receipt': { head: 't_prd_instock', entry: 't_prd_instockentry' },
  pick: { head: 't_prd_pickmtrl', entry: 't_prd_pickmtrldata' },
  'pick-return': { head: 't_prd_returnmtrl', entry: 't_prd_returnmtrlentry' },
  transfer: { head: 't_stk_stktransferin', entry: 't_stk_stktransferinentry' },
  initial: { head: 't_stk_invinit', entry: 't_stk_invinitdetail' },
  shipment: { head: 't_sal_outstock', entry: 't_sal_outstockentry' },
} as const

const tables: Readonly<Record<string, string>> = {
  t_bd_unit: `funitid bigint PRIMARY KEY, fnumber text NOT NULL`,
  t_bd_stock: `fstockid bigint PRIMARY KEY, fnumber text NOT NULL`,
  t_bd_stockstatus: `fstockstatusid bigint PRIMARY KEY, fnumber text NOT NULL`,
  t_bd_material: `fmaterialid bigint PRIMARY KEY, fnumber text NOT NULL, fdocumentstatus text NOT NULL, fforbidstatus text NOT NULL${changed}`,
  t_bd_material_l: `fpkid bigint PRIMARY KEY, fmaterialid bigint NOT NULL, flocaleid int NOT NULL, fname text NOT NULL`,
  t_bd_materialbase: `fmaterialid bigint PRIMARY KEY, fcategoryid text, ferpclsid text, fbaseunitid bigint`,
  t_bd_materialstock: `fmaterialid bigint PRIMARY KEY, frefcost numeric(23,10)`,
  t_bd_materialplan: `fmaterialid bigint PRIMARY KEY, ffixleadtime numeric(10,2), f_daily_demand numeric(23,10), f_daily_deviation numeric(23,10), f_lead_deviation numeric(10,2), f_service_level numeric(10,4)`,
  t_bd_supplier: `fsupplierid bigint PRIMARY KEY, fnumber text NOT NULL, fdocumentstatus text NOT NULL, fforbidstatus text NOT NULL${changed}`,
  t_bd_supplier_l: `fpkid bigint PRIMARY KEY, fsupplierid bigint NOT NULL, flocaleid int NOT NULL, fname text NOT NULL`,
  t_bd_customer: `fcustid bigint PRIMARY KEY, fnumber text NOT NULL, fdocumentstatus text NOT NULL, fforbidstatus text NOT NULL, f_early_days int, f_late_days int${changed}`,
  t_bd_customer_l: `fpkid bigint PRIMARY KEY, fcustid bigint NOT NULL, flocaleid int NOT NULL, fname text NOT NULL`,
  t_eng_bom: `fid bigint PRIMARY KEY, fnumber text NOT NULL, fmaterialid bigint NOT NULL, fdocumentstatus text NOT NULL, fforbidstatus text NOT NULL${changed}`,
  t_eng_bomchild: `${entry}, fnumerator numeric(23,10), fdenominator numeric(23,10), funitid bigint${changed}`,
  t_prd_mo: head,
  t_prd_moentry: `${entry}, fqty numeric(23,10), fworkcenter text, freleasedate timestamp, fplanstartdate timestamp, fplanfinishdate timestamp, ffinishdate timestamp, fstockinqty numeric(23,10), fstatus text, f_customer text${changed}`,
  t_stk_inventory: `fid text PRIMARY KEY, fmaterialid bigint NOT NULL, fstockid bigint NOT NULL, fstockstatusid bigint NOT NULL, flot text, fbaseqty numeric(23,10), fbaseunitid bigint, fupdatetime timestamptz(6) NOT NULL DEFAULT clock_timestamp()`,
  t_pur_poorder: `${head}, fsupplierid bigint NOT NULL`,
  t_pur_poorderentry: `${entry}, fqty numeric(23,10), funitid bigint, fbaseunitqty numeric(23,10), fbaseunitid bigint, fterminatestatus text NOT NULL, fmodifydate timestamptz(6) NOT NULL DEFAULT clock_timestamp()`,
  t_pur_poorderentry_d: `fentryid bigint PRIMARY KEY, fdeliverydate timestamp NOT NULL`,
  t_pur_poorderentrydeliplan: `fdetailid bigint PRIMARY KEY, fentryid bigint NOT NULL, fseq int NOT NULL, fdeliverydate timestamp NOT NULL, fconfirmdate timestamp NOT NULL${changed}`,
  t_sal_order: `${head}, fcustid bigint NOT NULL`,
  t_sal_orderentry: `${entry}, fqty numeric(23,10), funitid bigint, fbaseunitqty numeric(23,10), fbaseunitid bigint, fmrpterminatestatus text NOT NULL, fterminatedate timestamp${changed}`,
  t_sal_orderentry_d: `fentryid bigint PRIMARY KEY, frequestdate timestamp, fdeliverydate timestamp, fplandeliverydate timestamp${changed}`,
  t_stk_instock: head,
  t_stk_instockentry: `${stockEntry}${link}`,
  t_pur_mrb: head,
  t_pur_mrbentry: `${stockEntry}${link}`,
  t_prd_instock: head,
  t_prd_instockentry: `${stockEntry}, fmobillno text`,
  t_prd_pickmtrl: head,
  t_prd_pickmtrldata: `${stockEntry}, fmobillno text`,
  t_prd_returnmtrl: head,
  t_prd_returnmtrlentry: `${stockEntry}, fmobillno text, fsrcbillno text`,
  t_stk_stktransferin: head,
  t_stk_stktransferinentry: `${stockEntry}, fdeststockid bigint, fdeststockstatusid bigint`,
  t_stk_invinit: head,
  t_stk_invinitdetail: stockEntry,
  t_sal_outstock: `${head}, fcustomerid bigint`,
  t_sal_outstockentry: `${stockEntry}, fsoorderbillno text, fsoorderseq int`,
}

const stamp = (columns: string): string | null =>
  columns.includes('fmodifydate') ? 'fmodifydate' : columns.includes('fupdatetime') ? 'fupdatetime' : null

export const KINGDEE_TABLES = Object.entries(tables)
  .map(([name, columns]) => {
    const column = stamp(columns)
    const index = column ? `CREATE INDEX IF NOT EXISTS ${name}_changed ON ${name} (${column});` : ''
    const parent = columns.includes('fid bigint NOT NULL')
      ? `CREATE INDEX IF NOT EXISTS ${name}_fid ON ${name} (fid);`
      : ''
    return `CREATE TABLE IF NOT EXISTS ${name} (${columns}); ${index} ${parent}`
  })
  .join('\n')
