/** The ERP and the MES of the plant: a PostgreSQL of their own, reached over the wire as foreign systems. */
import { DateTime } from 'luxon'
import pg from 'pg'
import { type RunningPostgres, startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { ERP_TABLES, MES_TABLES, readerGrants } from './office-tables.ts'
import type { OfficeFact, OrderReport, PlantOrder } from './order-book.ts'
import { fractionOf, hashOf } from './random.ts'

const CLIENT = '800'
const PLANT = '1000'
const ZONE = 'Asia/Shanghai'
const RELEASED = 'I0002'
const DELIVERED = 'I0012'
const BATCH = 500

/** What one piece needs, in pieces (kg for lubricant and resin). */
const BILL: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  'PEN-BARREL': [
    ['RM-PP', 0.0042],
    ['MB-WHITE', 0.00005],
  ],
  'PEN-PLUNGER': [['RM-POM', 0.0031]],
  'PEN-CAP': [
    ['RM-PP', 0.0026],
    ['MB-BLUE', 0.00004],
  ],
  'PEN-HUB': [['RM-PP', 0.0011]],
  'PEN-100-B': [
    ['SPRING-01', 1],
    ['LUB-02', 0.002],
    ['LABEL-B', 1],
    ['BLISTER', 0.1],
  ],
  'PEN-100-R': [
    ['SPRING-01', 1],
    ['LUB-02', 0.002],
    ['LABEL-R', 1],
    ['BLISTER', 0.1],
  ],
  'PUMP-200-A': [
    ['PUMP-CTRL', 1],
    ['MOTOR-01', 1],
    ['HOUSING-01', 1],
    ['DISPLAY-01', 1],
    ['BATTERY-01', 1],
  ],
  'PUMP-200': [['PUMP-200-A', 1]],
  'PEN-100-B-S': [['PEN-100-B', 1]],
  'PEN-100-R-S': [['PEN-100-R', 1]],
}

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

  private constructor(server: RunningPostgres, clients: { erp: pg.Client; mes: pg.Client }) {
    this.server = server
    this.erp = clients.erp
    this.mes = clients.mes
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
    const { rowCount } = await erp.query("SELECT 1 FROM pg_database WHERE datname = 'mes'")
    if (rowCount === 0) await erp.query('CREATE DATABASE mes')
    const mes = await connect('mes')
    const password = options.readerPassword.replaceAll("'", '')
    await erp.query(
      `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gemba_reader') THEN CREATE ROLE gemba_reader LOGIN CONNECTION LIMIT 4; END IF; END $$`,
    )
    await erp.query(`ALTER ROLE gemba_reader PASSWORD '${password}'`)
    await erp.query(ERP_TABLES + readerGrants('erp'))
    await mes.query(MES_TABLES + readerGrants('mes'))
    return new Office(server, { erp, mes })
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.erp.end(), this.mes.end()])
    await this.server.stop()
  }

  /** Books facts in their order; booked twice they change nothing. */
  async book(facts: readonly OfficeFact[]): Promise<void> {
    for (let index = 0; index < facts.length; index += BATCH) await this.bookBatch(facts.slice(index, index + BATCH))
  }

  private async bookBatch(facts: readonly OfficeFact[]): Promise<void> {
    const reports = facts.filter((fact) => fact.kind === 'report').map((fact) => fact.report)
    await this.bookReports(reports)
    await this.erp.query('BEGIN')
    try {
      for (const fact of facts) {
        if (fact.kind === 'order') await this.bookOrder(fact.order)
        if (fact.kind === 'start') await this.withdraw(fact.order)
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

  /** Components of the order, and stock that mostly covers them: now and then one is short. */
  private async reserve(order: PlantOrder): Promise<void> {
    for (const [index, [component, each]] of (BILL[order.material] ?? []).entries()) {
      const needed = Math.ceil(order.quantity * each * 1000) / 1000
      const { rowCount } = await this.erp.query(
        `INSERT INTO resb (mandt, rsnum, rspos, aufnr, matnr, bdmng, enmng, xloek) VALUES ('${CLIENT}', $1, $2, $1, $3, $4, 0, '') ON CONFLICT DO NOTHING`,
        [order.number, String(index + 1).padStart(4, '0'), component, needed],
      )
      if (rowCount === 0) continue
      const isShort = fractionOf(hashOf('short'), hashOf(`${order.number}:${component}`)) < 0.05
      await this.stock(component, isShort ? needed * 0.6 : needed)
    }
  }

  private stock(component: string, quantity: number): Promise<unknown> {
    return this.erp.query(
      `INSERT INTO mard (mandt, matnr, werks, lgort, labst, meins) VALUES ('${CLIENT}', $1, '${PLANT}', 'RM01', $2, 'ST')
       ON CONFLICT (mandt, matnr, werks, lgort) DO UPDATE SET labst = greatest(0, mard.labst + $2), last_changed = clock_timestamp()`,
      [component, quantity],
    )
  }

  /** At its start an order takes its components. */
  private async withdraw(order: string): Promise<void> {
    const { rows } = await this.erp.query<{ matnr: string; open: string }>(
      'UPDATE resb SET enmng = bdmng, last_changed = clock_timestamp() WHERE aufnr = $1 AND enmng < bdmng RETURNING matnr, bdmng AS open',
      [order],
    )
    for (const row of rows) await this.stock(row.matnr, -Number(row.open))
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
