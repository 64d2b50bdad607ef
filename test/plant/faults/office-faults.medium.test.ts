/** Real: an ERP and a MES in PostgreSQL with faults, the collector's own source, the whole server with its stores, `gemba verify`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogDocument } from '@gemba/contracts/catalog'
import type { RecordLine } from '@gemba/contracts/erp-record'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readLedger } from '../../../server/src/cli/ledger.ts'
import { PlatformClient } from '../../../server/src/cli/platform-client.ts'
import { verifyOrders } from '../../../server/src/cli/verify-orders.ts'
import { verifyQuality } from '../../../server/src/cli/verify-quality.ts'
import { verifySupply } from '../../../server/src/cli/verify-supply.ts'
import { catalogOf } from '../catalog.ts'
import { batchHeaders } from '../supply-life.ts'
import { OFFICE_FAULTS } from './faulty-office.ts'
import { withDeclarations } from './faults.ts'
import { type OfficeLife, OfficeUnderTest, liveOffice, writeLedger } from './office-life.ts'
import { type TestServer, startTestServer } from './test-server.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DAYS = 9
const LINES = 5_000
const TABLES = [
  ...['production_order', 'order_operation', 'job_report', 'reservation', 'stock_level', 'material', 'bom_item'],
  ...['supplier', 'customer', 'stock_movement', 'stock_balance', 'purchase_order_line', 'purchase_confirmation'],
  ...['goods_receipt', 'sales_order_line', 'delivery_line', 'material_consumption', 'lot', 'lot_stock', 'lot_movement'],
  ...['serial_unit', 'test_result', 'inspection_characteristic', 'inspection_result', 'inspection_lot'],
  ...['defect_record', 'nonconformance', 'stop_entry', 'genealogy_forward', 'genealogy_backward'],
]
const connections = {
  ...{ opcuaPort: 1, mqttPort: 1, databasePort: 1 },
  ...{ opcuaPassword: '', mqttPassword: '', readerPassword: '' },
}

let server: TestServer
let folder: string
let life: OfficeLife
let ledger: string
let streams = 0

beforeAll(async () => {
  server = await startTestServer(catalogOf('reference', connections))
  folder = mkdtempSync(join(tmpdir(), 'office-faults-'))
  // A Monday morning at Suzhou, so that the second day is a working day.
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const monday = today - (((new Date(today).getUTCDay() + 6) % 7) + 7) * DAY_MS
  const epochAt = monday - HOUR_MS
  life = liveOffice({ seed: 20261121, epochAt, untilAt: epochAt + DAYS * DAY_MS })
  ledger = join(folder, 'ledger.ndjson')
  await writeLedger(life, ledger)
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function send(records: readonly RecordLine[]): Promise<void> {
  streams += 1
  for (let index = 0; index < records.length; index += LINES) {
    const part = records.slice(index, index + LINES)
    const body = part.map((record) => `${JSON.stringify(record)}\n`).join('')
    const place = { stream: `office-${streams}`, first: index + 1, count: part.length }
    const answer = await server.call('POST', '/ingest/v1/batches', {
      body,
      headers: batchHeaders(server.collector, place, body),
    })
    const { rejected } = answer.json() as { rejected?: unknown[] }
    if (answer.status !== 200 || rejected) throw new Error(answer.text.slice(0, 500))
  }
}

/** The platform knows nothing of offices, and has been told what somebody found out about these. */
async function begin(names: readonly string[]): Promise<void> {
  for (const table of TABLES) await server.warehouse.command(`TRUNCATE TABLE ${table}`)
  const catalog = withDeclarations(catalogOf('reference', connections), names, {
    epochAt: life.epochAt,
    isFirstStart: false,
  })
  await server.catalog.importDocument(catalogDocument.parse(catalog))
}

async function collect(office: OfficeUnderTest, untilAt: number): Promise<RecordLine[]> {
  await office.book(untilAt)
  const records = [...(await office.pull('sap', 'erp-suz')), ...(await office.pull('mes', 'mes-suz'))]
  await send(records)
  return records
}

async function withOffice<T>(names: readonly string[], use: (office: OfficeUnderTest) => Promise<T>): Promise<T> {
  await begin(names)
  const office = await OfficeUnderTest.start(life, names)
  try {
    return await use(office)
  } finally {
    await office.stop()
  }
}

async function signedIn(): Promise<PlatformClient> {
  const client = new PlatformClient(server.url)
  await client.signIn('admin', server.password)
  return client
}

/** What `gemba verify` says of orders, goods and quality. */
async function verified(): Promise<{ passed: number; said: string[] }> {
  const client = await signedIn()
  const catalog = await client.catalog()
  const said: string[] = []
  const given = { url: server.url, user: 'admin', password: server.password, ledger, nowAt: life.untilAt }
  const options = {
    ...given,
    patienceMs: 0,
    print: (line: string) => void said.push(line),
  }
  const truth = await readLedger(ledger)
  const goods = await verifySupply(client, catalog, options)
  const quality = await verifyQuality(client, { ...truth, toAt: life.untilAt }, options)
  // Rows of orders are kept for some seconds.
  const orders = await vi
    .waitUntil(
      async () => {
        const result = await verifyOrders(client, catalog, truth, { ...options, print: () => undefined })
        return result.failed === 0 ? result : null
      },
      { timeout: 60_000, interval: 500 },
    )
    .catch(() => verifyOrders(client, catalog, truth, options))
  const passed = goods.passed + quality.passed + orders.passed
  // Pieces of a hopper are counted by machines, which are silent here.
  return { passed, said: said.filter((line) => line.startsWith('FAIL') && !line.startsWith('FAIL K10')) }
}

describe('the figures of offices', () => {
  it('without a fault agree with the ledger', async () => {
    await withOffice([], (office) => collect(office, life.untilAt))
    const { passed, said } = await verified()
    expect(said).toEqual([])
    expect(passed).toBeGreaterThan(60)
  })

  // The calendar changes the time of machines, which are silent here.
  const offices = OFFICE_FAULTS.map(({ name }) => name).filter((name) => name !== 'calendar-changed')
  it.each(offices)('with %s agree with the ledger', async (name) => {
    await withOffice([name], (office) => collect(office, life.untilAt))
    const { passed, said } = await verified()
    expect(said).toEqual([])
    expect(passed).toBeGreaterThan(60)
  })

  it('with all faults at once agree with the ledger', async () => {
    const all = OFFICE_FAULTS.map(({ name }) => name)
    await withOffice(all, (office) => collect(office, life.untilAt))
    const { passed, said } = await verified()
    expect(said).toEqual([])
    expect(passed).toBeGreaterThan(60)
  })
})

describe('what is not put right yet', () => {
  it('is shown as the offices know it, and as it was when they have put it right', async () => {
    const names = ['documents-taken-back', 'order-reopened', 'late-decision', 'late-correction']
    await withOffice(names, async (office) => {
      const records = await collect(office, life.epochAt + DAY_MS + 9 * HOUR_MS)
      const orders = records.flatMap((record) => (record.type === 'production-order' ? [record.data] : []))
      const entered = orders.filter(({ order }) => order.startsWith('000009'))
      const reopened = orders.filter((each) => each.status === 'released' && each.deliveredQuantity > 0)
      expect(entered.filter(({ status }) => status === 'deleted').length).toBeGreaterThan(0)
      expect(entered.filter(({ status }) => status === 'released').length).toBeGreaterThan(0)
      expect(reopened.length).toBeGreaterThan(0)
      expect(reopened.filter(({ deliveredAt }) => deliveredAt !== null)).toEqual([])
      expect(records.some((record) => record.type === 'job-report' && record.data.good < 0)).toBe(true)
      expect(records.some((record) => record.type === 'inspection-lot' && record.data.decision === null)).toBe(true)
      const client = await signedIn()
      const wanted = orders.filter((each) => each.status !== 'deleted' && each.deliveredAt === null)
      await vi.waitFor(
        async () => {
          const answers = [await client.orders('SUZ'), await client.orders('BRQ')]
          const open = answers.flatMap((answer) => answer.orders.map(({ order }) => order))
          expect(open.toSorted()).toEqual(wanted.map(({ order }) => order).toSorted())
        },
        { timeout: 60_000, interval: 500 },
      )
      await collect(office, life.untilAt)
    })
    expect((await verified()).said).toEqual([])
  })

  it('a code that nobody explained keeps its stock under itself, and the total is whole', async () => {
    await begin([])
    const office = await OfficeUnderTest.start(life, ['code-reused'])
    try {
      await collect(office, life.untilAt)
    } finally {
      await office.stop()
    }
    const client = await signedIn()
    const period = { from: new Date(life.epochAt).toISOString(), to: new Date(life.untilAt).toISOString() }
    const { groups } = await client.kpi('stock-on-hand', { equipment: 'SUZ', group: 'material', ...period })
    const labels = groups.filter(({ key }) => key.startsWith('LABEL'))
    const wanted = life.goods.reduce(
      (sum, fact) =>
        fact.kind === 'movement' && fact.movement.material.startsWith('LABEL') ? sum + fact.movement.quantity : sum,
      0,
    )
    expect(labels.map(({ key }) => key).toSorted()).toEqual(['LABEL', 'LABEL-B', 'LABEL-R'])
    expect(labels.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBeCloseTo(wanted, 6)
  })
})
