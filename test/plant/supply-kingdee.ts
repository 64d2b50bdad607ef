/** Writes the same facts once more, as a Kingdee system keeps them. Booked twice they change nothing. */
import { DateTime } from 'luxon'
import type pg from 'pg'
import type { OfficeFact } from './order-book.ts'
import type { Movement, StockPlace, SupplyFact } from './supply-facts.ts'
import { KINGDEE_STOCK_DOCUMENTS } from './supply-kingdee-tables.ts'
import { BILLS, CUSTOMERS, PLANT_MATERIALS, SPRING, SUPPLIERS, materialOf } from './supply-materials.ts'
import { SPRING_PLAN } from './supply-springs.ts'

const ZONE = 'Asia/Shanghai'
const APPROVED = { fdocumentstatus: 'C', fcancelstatus: 'A' }
const KEPT = { fdocumentstatus: 'C', fforbidstatus: 'A' }
const CHINESE = 2052
const ENGLISH = 1033
const UNITS = ['Pcs', 'kg', 'BAG'] as const
const STOCKS = ['RM', 'WIP', 'QH', 'FG', 'STER'] as const
const STATUSES = ['KCZT01_SYS', 'KCZT02_SYS', 'KCZT03_SYS'] as const
const STATUS_ORDER = ['unrestricted', 'inspection', 'blocked'] as const
const CLASSES = { made: '2', bought: '1', both: '3' } as const
const CATEGORIES = { raw: 'CHLB01_SYS', semi: 'CHLB03_SYS', finished: 'CHLB05_SYS', packaging: 'CHLB07_SYS' } as const

type Row = Record<string, string | number | null>
type Of<K extends SupplyFact['kind']> = Extract<SupplyFact, { kind: K }>
type DocumentKind = keyof typeof KINGDEE_STOCK_DOCUMENTS

const of = <K extends SupplyFact['kind']>(facts: readonly SupplyFact[], kind: K): Of<K>[] =>
  facts.filter((fact): fact is Of<K> => fact.kind === kind)
const local = (at: number): string => DateTime.fromMillis(at, { zone: ZONE }).toFormat('yyyy-MM-dd HH:mm:ss')
const day = (date: string): string => `${date} 00:00:00`

/** Inner ids, told by the number that people see. */
const idIn = (list: readonly { id: string }[], base: number) => (id: string) =>
  base + list.findIndex((each) => each.id === id)
const materialId = idIn(PLANT_MATERIALS, 100_001)
const supplierId = idIn(SUPPLIERS, 200_001)
const customerId = idIn(CUSTOMERS, 300_001)
const unitId = (name: string): number => 101 + UNITS.indexOf(name as (typeof UNITS)[number])
const baseUnit = (material: string): number => unitId(materialOf(material).unit === 'kg' ? 'kg' : 'Pcs')
const stockId = ({ location }: StockPlace): number => 501 + STOCKS.indexOf(location)
const statusId = ({ status }: StockPlace): number => 10_001 + STATUS_ORDER.indexOf(status)

async function insert(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const names = Object.keys(rows[0] as Row).join(', ')
  await client.query(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1::json) ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  )
}

async function writeMaterials(client: pg.Client): Promise<void> {
  const all = PLANT_MATERIALS.map((material) => ({ ...material, fmaterialid: materialId(material.id) }))
  await insert(
    client,
    't_bd_material',
    all.map(({ id, fmaterialid }) => ({ fmaterialid, fnumber: id, ...KEPT })),
  )
  await insert(
    client,
    't_bd_material_l',
    all.flatMap(({ fmaterialid, zh, en }) => [
      { fpkid: fmaterialid * 2, fmaterialid, flocaleid: CHINESE, fname: zh },
      { fpkid: fmaterialid * 2 + 1, fmaterialid, flocaleid: ENGLISH, fname: en },
    ]),
  )
  await insert(
    client,
    't_bd_materialbase',
    all.map(({ id, fmaterialid, kind, procurement }) => ({
      ...{ fmaterialid, fcategoryid: CATEGORIES[kind], ferpclsid: CLASSES[procurement], fbaseunitid: baseUnit(id) },
    })),
  )
  await insert(
    client,
    't_bd_materialstock',
    all.map(({ fmaterialid, cost }) => ({ fmaterialid, frefcost: cost })),
  )
  await insert(
    client,
    't_bd_materialplan',
    all.map(({ id, fmaterialid }) => ({
      fmaterialid,
      ffixleadtime: id === SPRING ? SPRING_PLAN.leadTimeDays : 5,
      f_daily_demand: id === SPRING ? SPRING_PLAN.dailyDemand : 0,
      f_daily_deviation: id === SPRING ? SPRING_PLAN.dailyDemandDeviation : 0,
      f_lead_deviation: id === SPRING ? SPRING_PLAN.leadTimeDeviationDays : 0,
      f_service_level: id === SPRING ? SPRING_PLAN.serviceLevel : 0,
    })),
  )
}

export async function writeKingdeeMaster(client: pg.Client): Promise<void> {
  await insert(
    client,
    't_bd_unit',
    UNITS.map((name) => ({ funitid: unitId(name), fnumber: name })),
  )
  await insert(
    client,
    't_bd_stock',
    STOCKS.map((name, index) => ({ fstockid: 501 + index, fnumber: name })),
  )
  await insert(
    client,
    't_bd_stockstatus',
    STATUSES.map((name, index) => ({ fstockstatusid: 10_001 + index, fnumber: name })),
  )
  await writeMaterials(client)
  await insert(
    client,
    't_bd_supplier',
    SUPPLIERS.map(({ id }) => ({ fsupplierid: supplierId(id), fnumber: id, ...KEPT })),
  )
  await insert(
    client,
    't_bd_supplier_l',
    SUPPLIERS.map(({ id, name }) => ({
      ...{ fpkid: supplierId(id), fsupplierid: supplierId(id), flocaleid: CHINESE, fname: name },
    })),
  )
  await insert(
    client,
    't_bd_customer',
    CUSTOMERS.map(({ id, windowDays }) => ({
      ...{ fcustid: customerId(id), fnumber: id, ...KEPT },
      ...{ f_early_days: windowDays ? -windowDays[0] : null, f_late_days: windowDays?.[1] ?? null },
    })),
  )
  await insert(
    client,
    't_bd_customer_l',
    CUSTOMERS.map(({ id, name }) => ({
      ...{ fpkid: customerId(id), fcustid: customerId(id), flocaleid: CHINESE, fname: name },
    })),
  )
  const bills = Object.entries(BILLS).map(([parent, items], index) => ({ parent, items, fid: 400_001 + index }))
  await insert(
    client,
    't_eng_bom',
    bills.map(({ parent, fid }) => ({
      ...{ fid, fnumber: `${parent}_V1.0`, fmaterialid: materialId(parent), ...KEPT },
    })),
  )
  await insert(
    client,
    't_eng_bomchild',
    bills.flatMap(({ items, fid }) =>
      items.map(([component, each], index) => ({
        fentryid: fid * 100 + index,
        fid,
        fseq: (index + 1) * 10,
        fmaterialid: materialId(component),
        fnumerator: Math.round(each * 100_000),
        fdenominator: 100_000,
        funitid: baseUnit(component),
      })),
    ),
  )
}

async function writePurchases(client: pg.Client, facts: readonly SupplyFact[]): Promise<void> {
  const lines = of(facts, 'purchase').map((fact) => ({
    ...fact,
    fid: Number(fact.line.order),
    fentryid: entryOf(fact.line),
  }))
  await insert(
    client,
    't_pur_poorder',
    lines.map(({ at, line, fid }) => ({
      ...{ fid, fbillno: line.order, fdate: local(at), ...APPROVED, fsupplierid: supplierId(line.supplier) },
    })),
  )
  await insert(
    client,
    't_pur_poorderentry',
    lines.map(({ line, fid, fentryid }) => {
      const { orderUnit } = materialOf(line.material)
      return {
        ...{ fentryid, fid, fseq: line.line, fmaterialid: materialId(line.material) },
        fqty: line.quantity / (orderUnit?.holds ?? 1),
        funitid: orderUnit ? unitId(orderUnit.name) : baseUnit(line.material),
        fbaseunitqty: line.quantity,
        fbaseunitid: baseUnit(line.material),
        fterminatestatus: 'A',
      }
    }),
  )
  await insert(
    client,
    't_pur_poorderentry_d',
    lines.map(({ line, fentryid }) => ({ fentryid, fdeliverydate: day(line.promisedOn) })),
  )
  await insert(
    client,
    't_pur_poorderentrydeliplan',
    of(facts, 'confirmation').map((fact) => ({
      fdetailid: entryOf(fact) * 10 + fact.sequence,
      fentryid: entryOf(fact),
      fseq: fact.sequence,
      fdeliverydate: day(fact.promisedOn),
      fconfirmdate: local(fact.at),
    })),
  )
  for (const fact of of(facts, 'purchase-cancelled'))
    await client.query(
      "UPDATE t_pur_poorderentry SET fterminatestatus = 'B', fmodifydate = clock_timestamp() WHERE fentryid = $1 AND fterminatestatus = 'A'",
      [entryOf(fact)],
    )
}

const entryOf = ({ order, line }: { order: string; line: number }): number => Number(order) * 1_000 + line

async function writeSales(client: pg.Client, facts: readonly SupplyFact[]): Promise<void> {
  const lines = of(facts, 'sale').map((fact) => ({
    ...fact,
    fid: Number(fact.line.order),
    fentryid: entryOf(fact.line),
  }))
  await insert(
    client,
    't_sal_order',
    lines.map(({ at, line, fid }) => ({
      ...{ fid, fbillno: line.order, fdate: local(at), ...APPROVED, fcustid: customerId(line.customer) },
    })),
  )
  await insert(
    client,
    't_sal_orderentry',
    lines.map(({ line, fid, fentryid }) => ({
      ...{ fentryid, fid, fseq: line.line, fmaterialid: materialId(line.material), fqty: line.quantity },
      funitid: baseUnit(line.material),
      fbaseunitqty: line.quantity,
      fbaseunitid: baseUnit(line.material),
      fmrpterminatestatus: 'A',
      fterminatedate: null,
    })),
  )
  await insert(
    client,
    't_sal_orderentry_d',
    lines.map(({ line, fentryid }) => ({
      ...{
        fentryid,
        frequestdate: day(line.requestedOn),
        fdeliverydate: day(line.promisedOn),
        fplandeliverydate: day(line.promisedOn),
      },
    })),
  )
  for (const fact of of(facts, 'sale-promised-again'))
    await client.query(
      'UPDATE t_sal_orderentry_d SET fplandeliverydate = $2, fmodifydate = clock_timestamp() WHERE fentryid = $1 AND fplandeliverydate IS DISTINCT FROM $2::timestamp',
      [entryOf(fact), day(fact.promisedOn)],
    )
  for (const fact of of(facts, 'sale-cancelled'))
    await client.query(
      "UPDATE t_sal_orderentry SET fmrpterminatestatus = 'B', fterminatedate = $2, fmodifydate = clock_timestamp() WHERE fentryid = $1 AND fmrpterminatestatus = 'A'",
      [entryOf(fact), local(fact.at)],
    )
}

function kindOf({ type, purchase }: Movement): DocumentKind {
  if (type === '101' || type === '102') return purchase ? 'purchase-receipt' : 'production-receipt'
  const kinds = {
    '122': 'purchase-return',
    '261': 'pick',
    '262': 'pick-return',
    '309': 'transfer',
    '311': 'transfer',
    '561': 'initial',
    '601': 'shipment',
  } as const
  return kinds[type]
}

interface StockLine {
  readonly at: number
  readonly movement: Movement
  readonly kind: DocumentKind
}

/** A transfer is one entry with two places: the line that leaves, and where the next one arrives. */
function entryRow({ movement, kind }: StockLine, arrival: Movement | undefined): Row {
  const { document, item, material, quantity, lot, order, purchase, reverses } = movement
  const amount = Math.abs(quantity)
  const row: Row = {
    fentryid: Number(document) * 1_000 + item,
    fid: Number(document),
    fseq: item,
    fmaterialid: materialId(material),
    frealqty: amount,
    funitid: baseUnit(material),
    fbaseqty: amount,
    fbaseunitid: baseUnit(material),
    fstockid: stockId(movement),
    fstockstatusid: statusId(movement),
    flot: lot ?? '',
  }
  if (kind === 'purchase-receipt' || kind === 'purchase-return')
    return { ...row, fpoorderbillno: purchase?.order ?? '', fpoorderseq: purchase?.line ?? 0 }
  if (kind === 'transfer' && arrival)
    return { ...row, fdeststockid: stockId(arrival), fdeststockstatusid: statusId(arrival) }
  if (kind === 'pick-return') return { ...row, fmobillno: order ?? '', fsrcbillno: reverses ?? '' }
  return kind === 'pick' || kind === 'production-receipt' ? { ...row, fmobillno: order ?? '' } : row
}

async function writeStock(client: pg.Client, facts: readonly SupplyFact[]): Promise<void> {
  const shipments = new Map(of(facts, 'shipment').map(({ shipment }) => [shipment.delivery, shipment]))
  const lines = of(facts, 'movement').map(({ at, movement }): StockLine => ({ at, movement, kind: kindOf(movement) }))
  for (const [kind, tables] of Object.entries(KINGDEE_STOCK_DOCUMENTS) as [
    DocumentKind,
    { head: string; entry: string },
  ][]) {
    const own = lines.filter((line) => line.kind === kind)
    await insert(
      client,
      tables.head,
      own.map(({ at, movement }) => {
        const shipment = shipments.get(movement.delivery?.delivery ?? '')
        const row = {
          fid: Number(movement.document),
          fbillno: shipment?.delivery ?? movement.document,
          fdate: local(at),
          ...APPROVED,
        }
        return kind === 'shipment' ? { ...row, fcustomerid: customerId(shipment?.customer ?? '') } : row
      }),
    )
    const rows = own.flatMap((line, index) => {
      if (kind === 'transfer' && line.movement.quantity > 0) return []
      const row = entryRow(line, own[index + 1]?.movement)
      if (kind !== 'shipment') return [row]
      const { sales = null } = shipments.get(line.movement.delivery?.delivery ?? '') ?? {}
      return [{ ...row, fsoorderbillno: sales?.order ?? '', fsoorderseq: sales?.line ?? 0 }]
    })
    await insert(client, tables.entry, rows)
  }
}

/** Balances of the plant so far; kept beside the documents, as the system does it. Takes each fact once in its life. */
export class KingdeeInventory {
  private readonly balances = new Map<string, { place: StockPlace; lot: string; thousandths: number }>()

  /** Counts movements; gives the keys of the balances that changed. */
  know(facts: readonly SupplyFact[]): Set<string> {
    const touched = new Set<string>()
    for (const { movement } of of(facts, 'movement')) {
      const { material, location, status, lot, quantity } = movement
      const key = `${material}/${location}/${status}/${lot ?? ''}`
      const balance = this.balances.get(key) ?? {
        place: { material, location, status },
        lot: lot ?? '',
        thousandths: 0,
      }
      balance.thousandths += Math.round(quantity * 1000)
      this.balances.set(key, balance)
      touched.add(key)
    }
    return touched
  }

  async book(client: pg.Client, facts: readonly SupplyFact[]): Promise<void> {
    const touched = this.know(facts)
    const rows = [...touched].map((key) => {
      const { place, lot, thousandths } = this.balances.get(key) as {
        place: StockPlace
        lot: string
        thousandths: number
      }
      return {
        ...{
          fid: key,
          fmaterialid: materialId(place.material),
          fstockid: stockId(place),
          fstockstatusid: statusId(place),
        },
        ...{ flot: lot, fbaseqty: thousandths / 1000, fbaseunitid: baseUnit(place.material) },
      }
    })
    const names = 'fid, fmaterialid, fstockid, fstockstatusid, flot, fbaseqty, fbaseunitid'
    await client.query(
      `INSERT INTO t_stk_inventory (${names}) SELECT ${names} FROM json_populate_recordset(NULL::t_stk_inventory, $1::json)
       ON CONFLICT (fid) DO UPDATE SET fbaseqty = excluded.fbaseqty, fupdatetime = clock_timestamp() WHERE t_stk_inventory.fbaseqty IS DISTINCT FROM excluded.fbaseqty`,
      [JSON.stringify(rows)],
    )
  }
}

/** One batch of facts, in one transaction. */
export async function bookKingdee(client: pg.Client, facts: readonly SupplyFact[]): Promise<void> {
  await client.query('BEGIN')
  try {
    await writePurchases(client, facts)
    await writeSales(client, facts)
    await writeStock(client, facts)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Production orders and their deliveries. */
export async function bookKingdeeOrders(client: pg.Client, facts: readonly OfficeFact[]): Promise<void> {
  const orders = facts.flatMap((fact) => (fact.kind === 'order' ? [fact.order] : []))
  await insert(
    client,
    't_prd_mo',
    orders.map(({ number, releasedAt }) => ({
      ...{ fid: Number(number), fbillno: number, fdate: local(releasedAt), ...APPROVED },
    })),
  )
  await insert(
    client,
    't_prd_moentry',
    orders.map((order) => ({
      ...{
        fentryid: Number(order.number),
        fid: Number(order.number),
        fseq: 1,
        fmaterialid: materialId(order.material),
        fqty: order.quantity,
      },
      fworkcenter: order.unit.workCenter,
      freleasedate: day(local(order.releasedAt).slice(0, 10)),
      fplanstartdate: local(order.scheduledStartAt),
      fplanfinishdate: local(order.dueAt),
      ffinishdate: null,
      fstockinqty: 0,
      fstatus: '3',
      f_customer: order.customer,
    })),
  )
  for (const fact of facts) {
    if (fact.kind !== 'delivery') continue
    await client.query(
      "UPDATE t_prd_moentry SET fstockinqty = $2, ffinishdate = $3, fstatus = '6', fmodifydate = clock_timestamp() WHERE fentryid = $1 AND ffinishdate IS NULL",
      [Number(fact.order), fact.quantity, local(fact.at)],
    )
  }
}
