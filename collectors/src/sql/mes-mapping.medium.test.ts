/** Real: the reference factory's MES with a week of its lots and inspections, read with the account of a platform. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RecordLine, recordLine } from '@gemba/contracts/erp-record'
import type { SqlSettings } from '@gemba/contracts/source'
import { freePort } from '../../../test/flows/product.ts'
import { Office } from '../../../test/plant/office.ts'
import type { QualityFact } from '../../../test/plant/quality-facts.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import { World } from '../../../test/plant/world.ts'
import { startSql } from './sql-source.ts'

const DAY_MS = 86_400_000
const EPOCH_AT = Date.parse('2026-10-21T23:00:00Z')
const PASSWORD = 'reads-only-0123456789'
const ADMIN_PASSWORD = 'owns-all-0123456789'

let folder: string
let port: number
let office: Office
let mes: pg.Client
let facts: QualityFact[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mes-mapping-'))
  chmodSync(folder, 0o755)
  port = await freePort()
  const place = { dataDir: join(folder, 'office'), port }
  office = await Office.start({ ...place, adminPassword: ADMIN_PASSWORD, readerPassword: PASSWORD })
  mes = new pg.Client({ host: '127.0.0.1', port, database: 'mes', user: 'plant', password: ADMIN_PASSWORD })
  mes.on('error', () => undefined)
  await mes.connect()
  const segments = [{ fromAt: EPOCH_AT, set: 'reference' as const }]
  const world = new World({ seed: 5, epochAt: EPOCH_AT, calendarSet: 'reference', segments })
  for (const unit of world.units) Array.from(world.happenings(unit, EPOCH_AT + 2 * DAY_MS))
  facts = world.learned(EPOCH_AT + 2 * DAY_MS).facts
  await office.bookQuality(facts)
})
afterAll(async () => {
  await mes?.end().catch(() => undefined)
  await office?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const settings = (timeZone: string): SqlSettings => ({
  kind: 'sql',
  dialect: 'postgresql',
  host: '127.0.0.1',
  port,
  database: 'mes',
  user: 'gemba_reader',
  password: PASSWORD,
  timeZone,
  mapping: 'mes',
  everyMs: 50,
  overlapMs: 2_000,
  pageRows: 500,
  statementTimeoutMs: 10_000,
})

/** Every record of the MES, read with the clock of a zone, until `count` have come. */
async function pulled(timeZone: string, count: number): Promise<RecordLine[]> {
  const watched = new WatchedSink(settings(timeZone))
  const source = startSql(settings(timeZone), watched.sink)
  try {
    await vi.waitUntil(() => watched.records.length >= count, { timeout: 60_000, interval: 50 })
    expect(watched.sink.report().quarantined).toBe(0)
    return watched.records.map((record) => recordLine.parse(record))
  } finally {
    await source.stop()
    await watched.close()
  }
}

describe('lots and inspections of the MES', () => {
  it('come each once, all readable, every stream of them', async () => {
    const rows = new Set(facts.map((fact) => `${fact.table}/${fact.key}`))
    const records = await pulled('Asia/Shanghai', rows.size)
    expect(records).toHaveLength(rows.size)
    const types = new Set(records.map((record) => record.type))
    expect([...types].sort()).toEqual(
      [
        'defect-record',
        'genealogy-edge',
        'inspection-characteristic',
        'inspection-lot',
        'inspection-result',
        'lot',
        'lot-movement',
        'lot-stock',
        'maintenance-order',
        'serial-unit',
        'stop-entry',
        'test-result',
      ].sort(),
    )
    expect(new Set(records.map((record) => `${record.type}/${record.key}`)).size).toBe(records.length)
  })

  it('have the instant of their local time by the zone of the source', async () => {
    const wanted = new Map(facts.filter((fact) => fact.table === 'defect_record').map((fact) => [fact.key, fact.at]))
    const records = await pulled('Asia/Shanghai', new Set(facts.map((fact) => `${fact.table}/${fact.key}`)).size)
    const defects = records.filter((record) => record.type === 'defect-record')
    expect(defects.length).toBeGreaterThan(100)
    for (const { key, data } of defects) expect([key, data.at]).toEqual([key, wanted.get(key)])
    expect(new Set(defects.map(({ data }) => data.timeCertainty))).toEqual(new Set(['exact']))
  })

  it('have of maintenance orders the newest stamps, each or none', async () => {
    const rows = new Map(facts.filter(({ table }) => table === 'maintenance_order').map(({ key, row }) => [key, row]))
    const records = await pulled('Asia/Shanghai', new Set(facts.map((fact) => `${fact.table}/${fact.key}`)).size)
    const orders = records.flatMap((record) => (record.type === 'maintenance-order' ? [record.data] : []))
    expect(orders).toHaveLength(rows.size)
    const instant = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : null)
    for (const order of orders) {
      const row = rows.get(order.order)
      expect([order.kind, order.status, order.failedAt, order.arrivedAt, order.plannedToAt]).toEqual([
        row?.['kind'],
        row?.['status'],
        instant(row?.['failed_at']),
        instant(row?.['arrived_at']),
        instant(row?.['planned_to']),
      ])
    }
    expect(new Set(orders.map(({ kind }) => kind))).toEqual(new Set(['corrective', 'preventive']))
  })

  it('say so when the clock showed the time twice or never', async () => {
    for (const [key, local] of [
      ['TWICE', '2026-10-25 02:30:00'],
      ['NEVER', '2026-03-29 02:30:00'],
    ])
      await mes.query(
        `INSERT INTO defect_record (defect_no, defect, quantity, equipment_no, material, disposition, found_local)
         VALUES ($1, 'flash', 1, 'S1', 'PUMP-CTRL', 'scrap', $2::timestamp)`,
        [key, local],
      )
    const records = await pulled('Europe/Prague', new Set(facts.map((fact) => `${fact.table}/${fact.key}`)).size + 2)
    const read = (key: string) => {
      const record = records.find((each) => each.key === key)
      return record?.type === 'defect-record' ? [record.data.at, record.data.timeCertainty] : []
    }
    expect(read('TWICE')).toEqual([Date.parse('2026-10-25T00:30:00Z'), 'ambiguous'])
    expect(read('NEVER')).toEqual([Date.parse('2026-03-29T01:30:00Z'), 'skipped'])
  })

  it('change nothing when they are booked again after a restart', async () => {
    const count = async () => (await mes.query('SELECT max(updated_at)::text AS at, count(*)::int AS n FROM lot')).rows
    const before = await count()
    await office.bookQuality(facts.slice(0, -1))
    expect(await count()).toEqual(before)
  })
})
