/** The ERP and the MES of the plant: a PostgreSQL of their own, reached over the wire as foreign systems. */
import { DateTime } from 'luxon'
import pg from 'pg'
import { type RunningPostgres, startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { ERP_TABLES, MES_TABLES, readerGrants } from './office-tables.ts'
import type { OfficeFact, OrderReport, PlantOrder } from './order-book.ts'
import { hashOf } from './random.ts'
import type { SupplyFact } from './supply-facts.ts'
import { KingdeeInventory, bookKingdee, bookKingdeeOrders, writeKingdeeMaster } from './supply-kingdee.ts'
import { KINGDEE_TABLES } from './supply-kingdee-tables.ts'
import { componentsOf } from './supply-materials.ts'
import { MES_SUPPLY_TABLES, bookConsumption, bookSap, writeSapMaster } from './supply-sap.ts'
import { SAP_SUPPLY_TABLES } from './supply-sap-tables.ts'
import type { QualityFact } from './quality-facts.ts'
import { bookQuality, openQuality } from './quality-office.ts'
import { QUALITY_TABLES } from './quality-tables.ts'

const CLIENT = '800'
const PLANT = '1000'
const ZONE = 'Asia/Shanghai'
const RELEASED = 'I0002'
const DELIVERED = 'I0012'
const BATCH = 500
const SUPPLY_BATCH = 10_000

const dats = (at: number): string => DateTime.fromMillis(at, { zone: ZONE }).toFormat('yyyyMMdd')
const tims = (at: number): string => DateTime.fromMillis(at, { zone: ZONE }).toFormat('HHmmss')
const local = (at: number): string => DateTime.fromMillis(at, { zone: ZONE }).toFormat('yyyy-MM-dd HH:mm:ss')
const padded = (text: string): string => text.padStart(18, '0')
const centre = (code: string): string => String(10_000_000 + (hashOf(code) % 1_000_000))

export interface OfficeOptions {
  readonly dataDir: string
  readonly port: number
  readonly adminPassword: string
  readonly readerPassword: string
}

export class Office {
  private readonly server: RunningPostgres
  private readonly erp: pg.Client
  private readonly mes: pg.Client
  private readonly kingdee: pg.Client
  private readonly inventory = new KingdeeInventory()

  private constructor(server: RunningPostgres, clients: { erp: pg.Client; mes: pg.Client; kingdee: pg.Client }) {
    this.server = server
    this.erp = clients.erp
    this.mes = clients.mes
    this.kingdee = clients.kingdee
  }

  static async start(options: OfficeOptions): Promise<Office> {
    const server = await startPostgres({
      dataDir: options.dataDir,
      tcpPort: options.port,
      user: 'plant',
      password: options.adminPassword,
      database: 'erp',
      settings: { synchronous_commit: 'off', max_connections: '20', shared_buffers: '24MB' },
    })
    const connect = async (database: string) => {
      const url = new URL(server.url)
      url.pathname = `/${database}`
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      return client
    }
    const erp = await connect('erp')
    for (const database of ['mes', 'kingdee']) {
      const { rowCount } = await erp.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
      if (rowCount === 0) await erp.query(`CREATE DATABASE ${database}`)
    }
    const mes = await connect('mes')
    const kingdee = await connect('kingdee')
    const password = options.readerPassword.replaceAll("'", '')
    await erp.query(
      `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gemba_reader') THEN CREATE ROLE gemba_reader LOGIN CONNECTION LIMIT 4; END IF; END $$`,
    )
    await erp.query(`ALTER ROLE gemba_reader PASSWORD '${password}'`)
    await erp.query(ERP_TABLES + SAP_SUPPLY_TABLES + readerGrants('erp'))
    await writeSapMaster(erp)
    await mes.query(MES_TABLES + MES_SUPPLY_TABLES + QUALITY_TABLES + readerGrants('mes'))
    await kingdee.query(KINGDEE_TABLES + readerGrants('kingdee'))
    await writeKingdeeMaster(kingdee)
    await openQuality(mes)
    return new Office(server, { erp, mes, kingdee })
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.erp.end(), this.mes.end(), this.kingdee.end()])
    await this.server.stop()
  }

  /** Books facts in their order; booked twice they change nothing. */
  async book(facts: readonly OfficeFact[]): Promise<void> {
    for (let index = 0; index < facts.length; index += BATCH) await this.bookBatch(facts.slice(index, index + BATCH))
  }

  /** Books stock, purchasing and sales; like the others, twice is once. */
  async bookSupply(facts: readonly SupplyFact[]): Promise<void> {
    for (let index = 0; index < facts.length; index += SUPPLY_BATCH) {
      const batch = facts.slice(index, index + SUPPLY_BATCH)
      await bookSap(this.erp, batch)
      await bookConsumption(this.mes, batch)
      await bookKingdee(this.kingdee, batch)
    }
    await this.inventory.book(this.kingdee, facts)
  }

  /** Books what the MES learns of lots, tests and inspections. */
  bookQuality(facts: readonly QualityFact[]): Promise<void> {
    return bookQuality(this.mes, facts)
  }

  private async bookBatch(facts: readonly OfficeFact[]): Promise<void> {
    const reports = facts.filter((fact) => fact.kind === 'report').map((fact) => fact.report)
    await this.bookReports(reports)
    await bookKingdeeOrders(this.kingdee, facts)
    await this.erp.query('BEGIN')
    try {
      for (const fact of facts) {
        if (fact.kind === 'order') await this.bookOrder(fact.order)
        if (fact.kind === 'delivery') await this.deliver(fact)
      }
      await this.erp.query('COMMIT')
    } catch (error) {
      await this.erp.query('ROLLBACK')
      throw error
    }
  }

  private async bookReports(reports: readonly OrderReport[]): Promise<void> {
    if (reports.length === 0) return
    await this.mes.query(
      `INSERT INTO job_report (report_no, wo_no, op_no, work_center, reported_at, good, scrap, rework)
       SELECT r.key, r."order", r.operation, r."workCenter", to_timestamp(r.at / 1000.0), r.good, r.scrap, r.rework
       FROM json_to_recordset($1::json) AS r(key text, "order" text, operation text, "workCenter" text, at float8, good numeric, scrap numeric, rework numeric)
       ON CONFLICT (report_no) DO NOTHING`,
      [JSON.stringify(reports)],
    )
  }

  private async bookOrder(order: PlantOrder): Promise<void> {
    const { number, unit, quantity } = order
    const objectNumber = `OR${number}`
    const sales = padded(String(9_000_000 + (hashOf(number) % 900_000))).slice(-10)
    const insert = (table: string, values: Record<string, string | number | null>) => {
      const names = Object.keys(values)
      return this.erp.query(
        `INSERT INTO ${table} (mandt, ${names.join(', ')}) VALUES ('${CLIENT}', ${names.map((_, index) => `$${index + 1}`).join(', ')}) ON CONFLICT DO NOTHING`,
        Object.values(values),
      )
    }
    await insert('aufk', { aufnr: number, auart: 'PP01', werks: PLANT, objnr: objectNumber, loekz: null })
    await insert('afko', {
      aufnr: number,
      aufpl: number,
      rsnum: number,
      gamng: quantity,
      gstrs: dats(order.scheduledStartAt),
      gsuzs: tims(order.scheduledStartAt),
      ftrmi: dats(order.releasedAt),
    })
    await insert('afpo', {
      aufnr: number,
      posnr: '0001',
      matnr: order.material,
      psmng: quantity,
      wemng: 0,
      kdauf: sales,
      ltrmp: dats(order.dueAt),
      ltrup: tims(order.dueAt),
      ltrmi: null,
      ltrui: null,
    })
    await insert('vbak', { vbeln: sales, kunnr: padded(order.customer).slice(-10) })
    await insert('kna1', { kunnr: padded(order.customer).slice(-10), name1: order.customer })
    await insert('jest', { objnr: objectNumber, stat: RELEASED, inact: '' })
    for (const [index, [operation, workCenter, text]] of (
      [
        ['0010', unit.workCenter, unit.operations?.[0] ?? unit.code],
        ['0020', unit.inspectionCenter, unit.operations?.[1] ?? 'Inspection'],
      ] as const
    ).entries()) {
      await insert('crhd', { objid: centre(workCenter), arbpl: workCenter, werks: PLANT })
      await insert('afvc', {
        aufpl: number,
        aplzl: String(index + 1),
        vornr: operation,
        arbid: centre(workCenter),
        ltxa1: text,
      })
      await insert('afvv', {
        aufpl: number,
        aplzl: String(index + 1),
        vgw02: order.standardSeconds[index as 0 | 1].toFixed(3),
        vge02: 'S',
        bmsch: 1,
      })
    }
    await this.reserve(order)
    await this.mes.query(
      'INSERT INTO work_order (wo_no, material, quantity, work_center, released_local) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [number, order.material, quantity, unit.workCenter, local(order.releasedAt)],
    )
  }

  /** Components of the order; what was taken follows from the movements. */
  private async reserve(order: PlantOrder): Promise<void> {
    const rows = componentsOf(order.unit.code, order.material).map(([component, each], index) => ({
      rsnum: order.number,
      rspos: String(index + 1).padStart(4, '0'),
      aufnr: order.number,
      matnr: component,
      bdmng: Math.ceil(order.quantity * each * 1000) / 1000,
    }))
    await this.erp.query(
      `INSERT INTO resb (mandt, rsnum, rspos, aufnr, matnr, bdmng, enmng, xloek) SELECT '${CLIENT}', rsnum, rspos, aufnr, matnr, bdmng, 0, '' FROM json_populate_recordset(NULL::resb, $1::json) ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows)],
    )
  }

  private async deliver(fact: Extract<OfficeFact, { kind: 'delivery' }>): Promise<void> {
    await this.erp.query(
      'UPDATE afpo SET wemng = $2, ltrmi = $3, ltrui = $4, last_changed = clock_timestamp() WHERE aufnr = $1 AND ltrmi IS NULL',
      [fact.order, fact.quantity, dats(fact.at), tims(fact.at)],
    )
    await this.erp.query(
      `INSERT INTO jest (mandt, objnr, stat, inact) VALUES ('${CLIENT}', $1, '${DELIVERED}', '') ON CONFLICT DO NOTHING`,
      [`OR${fact.order}`],
    )
  }
}
