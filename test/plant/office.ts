/** The ERP and the MES of the plant: a PostgreSQL of their own, reached over the wire as foreign systems. */
import { DateTime } from 'luxon'
import pg from 'pg'
import { type RunningPostgres, startPostgres } from '../../server/src/database/embedded-postgres.ts'
import type { TableRow } from './faults/office-fault.ts'
import { FaultyOffice } from './faults/faulty-office.ts'
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
import { OFFICE_PROGRESS_TABLE, OfficeProgress } from './office-progress.ts'

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

/** Nothing is wrong. */
const NO_FAULTS = new FaultyOffice([], { seed: 0, epochAt: 0 })

export interface OfficeOptions {
  readonly dataDir: string
  readonly port: number
  readonly adminPassword: string
  readonly readerPassword: string
  /** What is wrong with what the ERP and the MES write down. */
  readonly faults?: FaultyOffice
}

export class Office {
  private readonly server: RunningPostgres
  private readonly erp: pg.Client
  private readonly mes: pg.Client
  private readonly kingdee: pg.Client
  private readonly faults: FaultyOffice
  private readonly progress: OfficeProgress
  private readonly inventory = new KingdeeInventory()

  private constructor(
    server: RunningPostgres,
    clients: { erp: pg.Client; mes: pg.Client; kingdee: pg.Client },
    told: { faults: FaultyOffice; progress: OfficeProgress },
  ) {
    this.server = server
    this.erp = clients.erp
    this.mes = clients.mes
    this.kingdee = clients.kingdee
    this.faults = told.faults
    this.progress = told.progress
  }

  static async start(options: OfficeOptions): Promise<Office> {
    const { faults = NO_FAULTS } = options
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
    await erp.query(ERP_TABLES + SAP_SUPPLY_TABLES + OFFICE_PROGRESS_TABLE + readerGrants('erp'))
    await writeSapMaster({ client: erp, write: faults.write })
    await mes.query(MES_TABLES + MES_SUPPLY_TABLES + QUALITY_TABLES + readerGrants('mes'))
    await kingdee.query(KINGDEE_TABLES + readerGrants('kingdee'))
    await writeKingdeeMaster(kingdee)
    await openQuality(mes)
    return new Office(server, { erp, mes, kingdee }, { faults, progress: await OfficeProgress.of(erp) })
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.erp.end(), this.mes.end(), this.kingdee.end()])
    await this.server.stop()
  }

  /**
   * Books facts in their order, with what the offices make of them until the instant; booked twice they change nothing,
   * and what was booked before a restart is passed over. The second ERP is told what happened.
   */
  async book(told: readonly OfficeFact[], untilAt = Infinity): Promise<void> {
    const { booked, open: happened } = this.progress.divide('orders', told)
    if (booked.length > 0) this.faults.orders(booked, this.progress.until('orders'))
    const facts = this.faults.orders(happened, untilAt)
    if (facts.length === 0) return
    await this.bookOrders(happened, facts)
    await this.progress.reach('orders', untilAt)
  }

  private async bookOrders(happened: readonly OfficeFact[], facts: readonly OfficeFact[]): Promise<void> {
    await this.bookReports(facts)
    for (let index = 0; index < happened.length; index += BATCH)
      await bookKingdeeOrders(this.kingdee, happened.slice(index, index + BATCH))
    for (let index = 0; index < facts.length; index += BATCH) await this.bookBatch(facts.slice(index, index + BATCH))
  }

  /** Books stock, purchasing and sales; like the others, twice is once. */
  async bookSupply(told: readonly SupplyFact[], untilAt = Infinity): Promise<void> {
    const { booked, open: happened } = this.progress.divide('goods', told)
    if (booked.length > 0) this.faults.goods(booked, this.progress.until('goods'))
    this.inventory.know(booked)
    const facts = this.faults.goods(happened, untilAt)
    if (facts.length === 0) return
    await this.bookGoods(happened, facts)
    await this.progress.reach('goods', untilAt)
  }

  private async bookGoods(happened: readonly SupplyFact[], facts: readonly SupplyFact[]): Promise<void> {
    const { write } = this.faults
    for (let index = 0; index < facts.length; index += SUPPLY_BATCH) {
      const batch = facts.slice(index, index + SUPPLY_BATCH)
      await bookSap({ client: this.erp, write }, batch)
      await bookConsumption({ client: this.mes, write }, batch)
    }
    for (let index = 0; index < happened.length; index += SUPPLY_BATCH)
      await bookKingdee(this.kingdee, happened.slice(index, index + SUPPLY_BATCH))
    await this.inventory.book(this.kingdee, happened)
  }

  /** Books what the MES learns of lots, tests and inspections. */
  bookQuality(happened: readonly QualityFact[], untilAt = Infinity): Promise<void> {
    return bookQuality(this.mes, this.faults.quality(happened, untilAt), this.faults.write)
  }

  private async bookBatch(facts: readonly OfficeFact[]): Promise<void> {
    await this.erp.query('BEGIN')
    try {
      for (const fact of facts) {
        if (fact.kind === 'order') await this.bookOrder(fact.order)
        if (fact.kind === 'delivery') await this.deliver(fact)
        if (fact.kind === 'order-deleted') await this.delete(fact.order)
        if (fact.kind === 'order-reopened') await this.markDelivered(fact.order, false)
        if (fact.kind === 'order-closed-again') await this.markDelivered(fact.order, true)
      }
      await this.erp.query('COMMIT')
    } catch (error) {
      await this.erp.query('ROLLBACK')
      throw error
    }
  }

  /** A report that was put right replaces what was written; what was written of it last counts. */
  private async bookReports(facts: readonly OfficeFact[]): Promise<void> {
    const latest = new Map(facts.flatMap((fact) => (fact.kind === 'report' ? [[fact.report.key, fact.report]] : [])))
    const reports = [...latest.values()]
    for (let index = 0; index < reports.length; index += BATCH)
      await this.mes.query(
        `INSERT INTO job_report (report_no, wo_no, op_no, work_center, reported_at, reported_local, good, scrap, rework, reverses)
         SELECT report_no, wo_no, op_no, work_center, reported_at, reported_local, good, scrap, rework, reverses FROM json_populate_recordset(NULL::job_report, $1::json)
         ON CONFLICT (report_no) DO UPDATE SET good = excluded.good, updated_at = clock_timestamp() WHERE job_report.good <> excluded.good`,
        [JSON.stringify(reports.slice(index, index + BATCH).map((report) => this.reportRow(report)))],
      )
  }

  private reportRow({ key, order, operation, workCenter, at, good, scrap, rework, reverses }: OrderReport): TableRow {
    return this.faults.write('job_report', {
      ...{ report_no: key, wo_no: order, op_no: operation, work_center: workCenter, good, scrap, rework },
      ...{ reported_at: new Date(at).toISOString(), reported_local: null, reverses: reverses ?? null },
    })
  }

  private async bookOrder(order: PlantOrder): Promise<void> {
    const { number, unit, quantity } = order
    const objectNumber = `OR${number}`
    const sales = padded(String(9_000_000 + (hashOf(number) % 900_000))).slice(-10)
    const insert = (table: string, told: Record<string, string | number | null>) => {
      const values = this.faults.write(table, told)
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
    const rows = componentsOf(order.unit.code, order.material).map(([component, each], index) =>
      this.faults.write('resb', {
        rsnum: order.number,
        rspos: String(index + 1).padStart(4, '0'),
        aufnr: order.number,
        matnr: component,
        bdmng: Math.ceil(order.quantity * each * 1000) / 1000,
      }),
    )
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
  /** A deletion mark; the rows stay. */
  private async delete(order: string): Promise<void> {
    const changed = 'last_changed = clock_timestamp()'
    await this.erp.query(`UPDATE aufk SET loekz = 'X', ${changed} WHERE aufnr = $1 AND loekz IS DISTINCT FROM 'X'`, [
      order,
    ])
    await this.erp.query(`UPDATE resb SET xloek = 'X', ${changed} WHERE aufnr = $1 AND xloek IS DISTINCT FROM 'X'`, [
      order,
    ])
  }

  /** The state of an order stands apart from it; the date and quantity of its delivery stay as they were. */
  private async markDelivered(order: string, isDelivered: boolean): Promise<void> {
    await this.erp.query(
      `UPDATE jest SET inact = $2, last_changed = clock_timestamp() WHERE mandt = '${CLIENT}' AND objnr = $1 AND stat = '${DELIVERED}' AND inact <> $2`,
      [`OR${order}`, isDelivered ? '' : 'X'],
    )
  }
}
