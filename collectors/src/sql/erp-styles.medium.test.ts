/** Real: the same weeks of the plant in a SAP database and in a Kingdee database, both read by the collector's own source. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { SqlSettings } from '@gemba/contracts/source'
import { freePort } from '../../../test/flows/product.ts'
import { Office } from '../../../test/plant/office.ts'
import { conformed, conformedConsumption } from '../../../test/plant/supply-conformed.ts'
import { type SupplyLife, dateAtPlant, liveSupply } from '../../../test/plant/supply-life.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import { startSql } from './sql-source.ts'

const PASSWORD = 'reads-only-0123456789'
const EPOCH_AT = Date.parse('2026-10-22T07:00:00+08:00')
const UNTIL_AT = EPOCH_AT + 16 * 86_400_000

let folder: string
let port: number
let office: Office
let life: SupplyLife
const read = new Map<SqlSettings['mapping'], RecordLine[]>()

async function pull(mapping: SqlSettings['mapping'], database: string): Promise<RecordLine[]> {
  const settings: SqlSettings = {
    ...{
      kind: 'sql',
      dialect: 'postgresql',
      host: '127.0.0.1',
      port,
      database,
      user: 'gemba_reader',
      password: PASSWORD,
    },
    ...{
      timeZone: 'Asia/Shanghai',
      mapping,
      everyMs: 100,
      overlapMs: 2_000,
      pageRows: 997,
      statementTimeoutMs: 30_000,
    },
  }
  const watched = new WatchedSink(settings)
  const source = startSql(settings, watched.sink)
  try {
    await vi.waitUntil(() => watched.status === 'running', { timeout: 60_000, interval: 50 })
    expect(watched.quarantined).toEqual([])
    return watched.records
  } finally {
    await source.stop()
    watched.close()
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'erp-styles-'))
  chmodSync(folder, 0o755)
  port = await freePort()
  life = liveSupply({ seed: 7, epochAt: EPOCH_AT, untilAt: UNTIL_AT })
  office = await Office.start({
    ...{ dataDir: join(folder, 'office'), port, adminPassword: 'owns-all-0123456789', readerPassword: PASSWORD },
  })
  await office.book(life.office)
  await office.bookSupply(life.facts)
  read.set('sap', await pull('sap', 'erp'))
  read.set('kingdee', await pull('kingdee', 'kingdee'))
  read.set('mes', await pull('mes', 'mes'))
})
afterAll(async () => {
  await office?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Names of documents and codes of origin differ from system to system; everything else may not. */
const OWN = new Set(['document', 'item', 'sourceKind', 'sourceUnit', 'reverses'])

function told(records: readonly { type: string; data: object }[], type: string): string[] {
  const kept = (data: object): string => {
    const fields = Object.entries(data).filter(([name]) => !OWN.has(name))
    return JSON.stringify(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  return records
    .filter((record) => record.type === type)
    .map(({ data }) => kept(data))
    .sort()
}

/** The difference, short enough to read. */
function difference(one: readonly string[], other: readonly string[]): { only: string[]; missing: string[] } {
  const [a, b] = [new Set(one), new Set(other)]
  return {
    only: one.filter((each) => !b.has(each)).slice(0, 3),
    missing: other.filter((each) => !a.has(each)).slice(0, 3),
  }
}

const TYPES = [
  'material',
  'bom-item',
  'supplier',
  'customer',
  'stock-movement',
  'purchase-order-line',
  'purchase-confirmation',
  'goods-receipt',
  'sales-order-line',
  'delivery-line',
]

describe.each(['sap', 'kingdee'] as const)('the mapping of %s', (mapping) => {
  it.each(TYPES)('gives every %s as the plant knows it, none twice and none missing', (type) => {
    const [got, wanted] = [told(read.get(mapping) ?? [], type), told(conformed(life.facts, dateAtPlant), type)]
    expect(wanted.length).toBeGreaterThan(0)
    expect(difference(got, wanted)).toEqual({ only: [], missing: [] })
    expect(got.length).toBe(wanted.length)
  })

  it('gives the balances that the movements add up to', () => {
    const balances = (records: readonly { type: string; data: object }[]) =>
      told(
        records.filter(({ type, data }) => type === 'stock-balance' && (data as { quantity: number }).quantity !== 0),
        'stock-balance',
      )
    expect(difference(balances(read.get(mapping) ?? []), balances(conformed(life.facts, dateAtPlant)))).toEqual({
      only: [],
      missing: [],
    })
  })

  it('takes reversed issues for lines of their own with the opposite sign', () => {
    const movements = (read.get(mapping) ?? []).filter((record) => record.type === 'stock-movement')
    const back = movements.filter(({ data }) => data.kind === 'production-issue' && data.quantity > 0)
    const documents = new Set(movements.map(({ data }) => data.document))
    expect(back.length).toBeGreaterThan(0)
    expect(back.filter(({ data }) => data.reverses === null || !documents.has(data.reverses))).toEqual([])
  })

  it('converts what is ordered in bags to the base unit, and keeps the bags', () => {
    const bags = (read.get(mapping) ?? []).filter(
      (record) => record.type === 'purchase-order-line' && record.data.sourceUnit === 'BAG',
    )
    expect(bags.length).toBeGreaterThan(0)
    for (const { data } of bags as { data: { quantity: number; sourceQuantity: number; unit: string } }[])
      expect([data.quantity, data.unit]).toEqual([data.sourceQuantity * 25, 'kg'])
  })
})

describe('both systems', () => {
  it('tell of the same production orders', () => {
    const orders = (mapping: SqlSettings['mapping']) => told(read.get(mapping) ?? [], 'production-order')
    expect(orders('sap').length).toBeGreaterThan(100)
    expect(difference(orders('kingdee'), orders('sap'))).toEqual({ only: [], missing: [] })
  })
})

describe('a document of Kingdee that is cancelled after it was read', () => {
  it('is withdrawn with every line: its goods have not come', async () => {
    const [receipt] = life.facts.flatMap((fact) =>
      fact.kind === 'movement' && fact.movement.type === '101' && fact.movement.purchase
        ? [fact.movement.document]
        : [],
    )
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port, database: 'kingdee', user: 'plant', password: 'owns-all-0123456789' },
    })
    await client.connect()
    const change = "UPDATE t_stk_instock SET fcancelstatus = 'B', fmodifydate = clock_timestamp() WHERE fid = $1"
    await client.query(change, [receipt]).finally(() => client.end())
    const again = await pull('kingdee', 'kingdee')
    const withdrawn = again.filter(({ deleted }) => deleted)
    expect(withdrawn.map(({ type }) => type).toSorted()).toEqual(['goods-receipt', 'stock-movement'])
    expect(again.length).toBe(read.get('kingdee')?.length)
  })
})

describe('the MES', () => {
  it('tells what the orders really used', () => {
    const wanted = told(conformedConsumption(life.facts), 'material-consumption')
    expect(difference(told(read.get('mes') ?? [], 'material-consumption'), wanted)).toEqual({ only: [], missing: [] })
  })
})
