/** Writes the facts of stock, purchasing and sales as an SAP system keeps them. Booked twice they change nothing. */
import { DateTime } from 'luxon'
import type pg from 'pg'
import type { TableRow, WriteRow } from './faults/office-fault.ts'
import type { Movement, SupplyFact } from './supply-facts.ts'
import { BILLS, CUSTOMERS, PLANT_MATERIALS, SPRING, SUPPLIERS, materialOf } from './supply-materials.ts'
import { SPRING_PLAN } from './supply-springs.ts'

const CLIENT = '800'
const PLANT = '1000'
const ZONE = 'Asia/Shanghai'
const BILL_BASE = 1_000
const UNIT_CODES = { piece: 'ST', kg: 'KG' } as const
const MATERIAL_TYPES = { raw: 'ROH', semi: 'HALB', finished: 'FERT', packaging: 'VERP' } as const
const PROCUREMENT = { made: 'E', bought: 'F', both: 'X' } as const
const STOCK_KIND = { unrestricted: '', inspection: 'X', blocked: 'S' } as const

type Row = Record<string, string | number>

/** The ERP's database, and how it writes its rows. */
export interface SapBooks {
  readonly client: pg.Client
  readonly write: WriteRow
}

const wall = (at: number): DateTime => DateTime.fromMillis(at, { zone: ZONE })
const dats = (at: number): string => wall(at).toFormat('yyyyMMdd')
const tims = (at: number): string => wall(at).toFormat('HHmmss')
const compact = (date: string): string => date.replaceAll('-', '')
const padded = (text: string | number, length: number): string => String(text).padStart(length, '0')
const unitOf = (material: string): string => UNIT_CODES[materialOf(material).unit]

/** Inserts rows of one table at once; rows that are there stay as they are. */
async function insert({ client, write }: SapBooks, table: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const names = Object.keys(rows[0] as Row).join(', ')
  await client.query(
    `INSERT INTO ${table} (mandt, ${names}) SELECT '${CLIENT}', ${names} FROM json_populate_recordset(NULL::${table}, $1::json) ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows.map((row) => write(table, row)))],
  )
}

export async function writeSapMaster(books: SapBooks): Promise<void> {
  const materials = PLANT_MATERIALS
  await insert(
    books,
    'mara',
    materials.map(({ id, kind, unit }) => ({
      matnr: id,
      mtart: MATERIAL_TYPES[kind],
      meins: UNIT_CODES[unit],
      lvorm: '',
    })),
  )
  await insert(
    books,
    'makt',
    materials.flatMap(({ id, zh, en }) => [
      { matnr: id, spras: '1', maktx: zh },
      { matnr: id, spras: 'E', maktx: en },
    ]),
  )
  await insert(
    books,
    'marc',
    materials.map(({ id, procurement }) => ({
      matnr: id,
      werks: PLANT,
      beskz: PROCUREMENT[procurement],
      plifz: id === SPRING ? SPRING_PLAN.leadTimeDays : 5,
      lgrad: id === SPRING ? SPRING_PLAN.serviceLevel * 100 : 0,
      zzbedarf: id === SPRING ? SPRING_PLAN.dailyDemand : 0,
      zzbedarf_sd: id === SPRING ? SPRING_PLAN.dailyDemandDeviation : 0,
      zzwbz_sd: id === SPRING ? SPRING_PLAN.leadTimeDeviationDays : 0,
    })),
  )
  await insert(
    books,
    'mbew',
    materials.map(({ id, cost }) => ({ matnr: id, bwkey: PLANT, stprs: Math.round(cost * 100000) / 1000, peinh: 100 })),
  )
  const bills = Object.entries(BILLS).map(([parent, items], index) => ({ parent, items, number: padded(index + 1, 8) }))
  await insert(
    books,
    'mast',
    bills.map(({ parent, number }) => ({ matnr: parent, werks: PLANT, stlan: '1', stlnr: number })),
  )
  await insert(
    books,
    'stko',
    bills.map(({ number }) => ({ stlnr: number, bmeng: BILL_BASE, loekz: '' })),
  )
  await insert(
    books,
    'stpo',
    bills.flatMap(({ items, number }) =>
      items.map(([component, each], item) => ({
        stlnr: number,
        stlkn: padded(item + 1, 8),
        posnr: padded((item + 1) * 10, 4),
        idnrk: component,
        menge: Math.round(each * BILL_BASE * 1000) / 1000,
        meins: unitOf(component),
        lkenz: '',
      })),
    ),
  )
  await insert(
    books,
    'lfa1',
    SUPPLIERS.map(({ id, name }) => ({ lifnr: padded(id, 10), name1: name, loevm: '' })),
  )
  await insert(
    books,
    'kna1',
    CUSTOMERS.map(({ id, name, windowDays }) => ({
      kunnr: padded(id, 10),
      name1: name,
      zzfrueh: windowDays ? String(-windowDays[0]) : '',
      zzspaet: windowDays ? String(windowDays[1]) : '',
    })),
  )
}

function matdocRow(movement: Movement, at: number): Row {
  const { document, item, type, material, quantity, location, status, lot, order, purchase, reverses } = movement
  return {
    mblnr: document,
    mjahr: dats(at).slice(0, 4),
    zeile: padded(item, 4),
    bwart: type,
    shkzg: quantity < 0 ? 'H' : 'S',
    matnr: material,
    zzmatnr: material,
    werks: PLANT,
    lgort: location,
    insmk: STOCK_KIND[status],
    charg: lot ?? '',
    menge: Math.abs(quantity),
    meins: unitOf(material),
    aufnr: order ?? '',
    ebeln: purchase?.order ?? '',
    ebelp: purchase ? padded(purchase.line, 5) : '',
    smbln: reverses ?? '',
    budat: dats(at),
    cputm: tims(at),
  }
}

const historyRow = (row: Row): Row => ({
  ebeln: row['ebeln'] as string,
  ebelp: row['ebelp'] as string,
  vgabe: '1',
  gjahr: row['mjahr'] as string,
  belnr: row['mblnr'] as string,
  buzei: row['zeile'] as string,
  bwart: row['bwart'] as string,
  shkzg: row['shkzg'] as string,
  menge: row['menge'] as number,
  charg: row['charg'] as string,
  budat: row['budat'] as string,
  cputm: row['cputm'] as string,
})

type Of<K extends SupplyFact['kind']> = Extract<SupplyFact, { kind: K }>
const of = <K extends SupplyFact['kind']>(facts: readonly SupplyFact[], kind: K): Of<K>[] =>
  facts.filter((fact): fact is Of<K> => fact.kind === kind)

async function writePurchases(books: SapBooks, facts: readonly SupplyFact[]): Promise<void> {
  const lines = of(facts, 'purchase')
  await insert(
    books,
    'ekko',
    lines.map(({ at, line }) => ({
      ...{ ebeln: line.order, lifnr: padded(line.supplier, 10), bedat: dats(at), erzeit: tims(at), loekz: '' },
    })),
  )
  await insert(
    books,
    'ekpo',
    lines.map(({ line }) => {
      const { orderUnit } = materialOf(line.material)
      const base = unitOf(line.material)
      return {
        ebeln: line.order,
        ebelp: padded(line.line, 5),
        matnr: line.material,
        menge: line.quantity / (orderUnit?.holds ?? 1),
        meins: orderUnit?.name ?? base,
        umrez: orderUnit?.holds ?? 1,
        umren: 1,
        lmein: base,
        loekz: '',
      }
    }),
  )
  await insert(
    books,
    'eket',
    lines.map(({ line }) => ({
      ebeln: line.order,
      ebelp: padded(line.line, 5),
      etenr: '0001',
      eindt: compact(line.promisedOn),
      slfdt: compact(line.promisedOn),
      menge: line.quantity / (materialOf(line.material).orderUnit?.holds ?? 1),
    })),
  )
  await insert(
    books,
    'ekes',
    of(facts, 'confirmation').map(({ at, order, line, sequence, promisedOn }) => ({
      ebeln: order,
      ebelp: padded(line, 5),
      etens: padded(sequence, 4),
      ebtyp: 'AB',
      eindt: compact(promisedOn),
      erdat: dats(at),
      ezeit: tims(at),
    })),
  )
  for (const { order, line } of of(facts, 'purchase-cancelled'))
    await books.client.query(
      "UPDATE ekpo SET loekz = 'L', last_changed = clock_timestamp() WHERE ebeln = $1 AND ebelp = $2 AND loekz = ''",
      [order, padded(line, 5)],
    )
}

async function writeSales(books: SapBooks, facts: readonly SupplyFact[]): Promise<void> {
  const lines = of(facts, 'sale').map((fact) => ({
    ...fact,
    vbeln: padded(fact.line.order, 10),
    posnr: padded(fact.line.line, 6),
  }))
  await insert(
    books,
    'vbak',
    lines.map(({ at, line, vbeln }) => ({ vbeln, kunnr: padded(line.customer, 10), erdat: dats(at), erzet: tims(at) })),
  )
  await insert(
    books,
    'vbap',
    lines.map(({ line, vbeln, posnr }) => ({
      vbeln,
      posnr,
      matnr: line.material,
      kwmeng: line.quantity,
      vrkme: unitOf(line.material),
      abgru: '',
      aedat: '',
      vdatu: compact(line.requestedOn),
    })),
  )
  await insert(books, 'vbep', [
    ...lines.map(({ line, vbeln, posnr }) => ({ vbeln, posnr, etenr: '0001', edatu: compact(line.promisedOn) })),
    ...of(facts, 'sale-promised-again').map(({ order, line, promisedOn }) => ({
      ...{ vbeln: padded(order, 10), posnr: padded(line, 6), etenr: '0002', edatu: compact(promisedOn) },
    })),
  ])
  for (const { at, order, line } of of(facts, 'sale-cancelled'))
    await books.client.query(
      "UPDATE vbap SET abgru = '02', aedat = $3, last_changed = clock_timestamp() WHERE vbeln = $1 AND posnr = $2 AND abgru = ''",
      [padded(order, 10), padded(line, 6), dats(at)],
    )
  const shipments = of(facts, 'shipment')
  await insert(
    books,
    'likp',
    shipments.map(({ at, shipment }) => ({
      ...{
        vbeln: padded(shipment.delivery, 10),
        kunnr: padded(shipment.customer, 10),
        wadat_ist: dats(at),
        spe_wauhr_ist: tims(at),
      },
    })),
  )
  await insert(
    books,
    'lips',
    shipments.map(({ shipment }) => ({
      vbeln: padded(shipment.delivery, 10),
      posnr: padded(shipment.line, 6),
      matnr: shipment.material,
      lfimg: shipment.quantity,
      vrkme: unitOf(shipment.material),
      vgbel: shipment.sales ? padded(shipment.sales.order, 10) : '',
      vgpos: shipment.sales ? padded(shipment.sales.line, 6) : '',
    })),
  )
}

const signed = "CASE shkzg WHEN 'S' THEN menge ELSE -menge END"
const of3 = (names: readonly string[]): string =>
  ['', 'X', 'S'].map((kind, index) => `sum(${signed}) FILTER (WHERE insmk = '${kind}') AS ${names[index]}`).join(', ')

/** Stock tables and reservations say what the movements add up to. */
async function keepStock(client: pg.Client, rows: readonly TableRow[]): Promise<void> {
  const materials = [...new Set(rows.map((row) => row['matnr']))]
  const set = (names: readonly string[]): string =>
    names.map((name) => `${name} = coalesce(excluded.${name}, 0)`).join(', ')
  await client.query(
    `INSERT INTO mard (mandt, matnr, werks, lgort, meins, labst, insme, speme)
     SELECT mandt, matnr, werks, lgort, min(meins), ${of3(['labst', 'insme', 'speme'])} FROM matdoc WHERE matnr = ANY($1) GROUP BY mandt, matnr, werks, lgort
     ON CONFLICT (mandt, matnr, werks, lgort) DO UPDATE SET ${set(['labst', 'insme', 'speme'])}, last_changed = clock_timestamp()
     WHERE (mard.labst, mard.insme, mard.speme) IS DISTINCT FROM (coalesce(excluded.labst, 0), coalesce(excluded.insme, 0), coalesce(excluded.speme, 0))`,
    [materials],
  )
  const lots = [...new Set(rows.map((row) => row['charg']))]
  await client.query(
    `INSERT INTO mchb (mandt, matnr, werks, lgort, charg, clabs, cinsm, cspem)
     SELECT mandt, matnr, werks, lgort, charg, ${of3(['clabs', 'cinsm', 'cspem'])} FROM matdoc WHERE matnr = ANY($1) AND charg = ANY($2) GROUP BY mandt, matnr, werks, lgort, charg
     ON CONFLICT (mandt, matnr, werks, lgort, charg) DO UPDATE SET ${set(['clabs', 'cinsm', 'cspem'])}, last_changed = clock_timestamp()
     WHERE (mchb.clabs, mchb.cinsm, mchb.cspem) IS DISTINCT FROM (coalesce(excluded.clabs, 0), coalesce(excluded.cinsm, 0), coalesce(excluded.cspem, 0))`,
    [materials, lots],
  )
  const orders = [...new Set(rows.flatMap(({ aufnr, bwart }) => (bwart === '261' || bwart === '262' ? [aufnr] : [])))]
  await client.query(
    `UPDATE resb SET enmng = drawn.quantity, last_changed = clock_timestamp()
     FROM (SELECT aufnr, zzmatnr AS matnr, greatest(0, -sum(${signed})) AS quantity FROM matdoc WHERE aufnr = ANY($1) AND bwart IN ('261', '262') GROUP BY aufnr, zzmatnr) AS drawn
     WHERE resb.aufnr = drawn.aufnr AND resb.matnr = drawn.matnr AND resb.enmng IS DISTINCT FROM drawn.quantity`,
    [orders],
  )
}

/** One batch of facts, in one transaction. */
export async function bookSap(books: SapBooks, facts: readonly SupplyFact[]): Promise<void> {
  const { client, write } = books
  await client.query('BEGIN')
  try {
    await writePurchases(books, facts)
    await writeSales(books, facts)
    const movements = of(facts, 'movement')
    const rows = movements.map(({ at, movement }) => matdocRow(movement, at))
    await insert(books, 'matdoc', rows)
    await insert(books, 'ekbe', rows.filter((row) => row['ebeln'] !== '').map(historyRow))
    if (movements.length > 0)
      await keepStock(
        client,
        rows.map((row) => write('matdoc', row)),
      )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

export const MES_SUPPLY_TABLES = `
CREATE TABLE IF NOT EXISTS lot_consumption (consumption_no text PRIMARY KEY, wo_no text NOT NULL, material text NOT NULL, quantity numeric NOT NULL, unit text NOT NULL, consumed_at timestamptz(3) NOT NULL, updated_at timestamptz(6) NOT NULL DEFAULT clock_timestamp());
CREATE INDEX IF NOT EXISTS lot_consumption_changed ON lot_consumption (updated_at, consumption_no);
`

/** What the orders really used, as the MES measured it. */
export async function bookConsumption({ client, write }: SapBooks, facts: readonly SupplyFact[]): Promise<void> {
  const rows = of(facts, 'consumption').map(({ at, consumption }) => ({
    consumption_no: consumption.key,
    wo_no: consumption.order,
    material: consumption.material,
    quantity: consumption.quantity,
    unit: materialOf(consumption.material).unit === 'kg' ? 'kg' : 'pcs',
    consumed_at: new Date(at).toISOString(),
  }))
  if (rows.length === 0) return
  const names = 'consumption_no, wo_no, material, quantity, unit, consumed_at'
  await client.query(
    `INSERT INTO lot_consumption (${names}) SELECT ${names} FROM json_populate_recordset(NULL::lot_consumption, $1::json) ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows.map((row) => write('lot_consumption', row)))],
  )
}
