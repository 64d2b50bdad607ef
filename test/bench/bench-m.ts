/**
 * Bench-M: a year of 40 units as `server/src/kpi` would have derived it, in a data directory of the product. Weeks of
 * the reference machines under several seeds, cloned in the store; made once and kept between benches.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { encodeRows } from '../../server/src/warehouse/encode-rows.ts'
import { tableNamed } from '../../server/src/warehouse/table-model.ts'
import { type Product, startProduct } from '../flows/product.ts'
import { benchCatalog, benchUnit } from './bench-catalog.ts'
import {
  BASE_AT,
  MACHINES,
  PATTERN_TABLES,
  type PatternTable,
  WEEK_MS,
  idealSecondsOf,
  patternName,
  patternRows,
  patternSite,
} from './bench-m-pattern.ts'
import { bareWarehouse, rows } from './warehouse.ts'

export const UNITS = 40
export const WEEKS = 52
const SEEDS = [20261121, 20261122, 20261123]
const PATTERN_WEEKS = 2
/** Weeks that are cloned by one statement: few partitions, little memory. */
const WEEKS_AT_ONCE = 4
const CHUNK_ROWS = 100_000
const DAY_MS = 86_400_000
/** Changes whenever the rows would: an older data directory is then made again elsewhere. */
const EDITION = 1

export interface BenchM {
  dataDir: string
  /** The stored year, half-open. */
  fromAt: number
  toAt: number
  /** What making it took; null when it was there already. */
  madeInSeconds: number | null
  rows: Record<PatternTable, number>
}

/** Where bench-M lies unless a folder is given; one of fewer weeks lies beside it. */
export const defaultFolder = (weeks = WEEKS): string =>
  join(tmpdir(), `gemba-bench-m-${EDITION}${weeks === WEEKS ? '' : `-${weeks}w`}`)

const machineOf = (unit: number): number => unit % MACHINES.length

export function benchMCatalog(): CatalogDocument {
  const document = benchCatalog({ units: UNITS, tags: 0 })
  const units = new Map(Array.from({ length: UNITS }, (_, index) => [benchUnit(index), index]))
  return {
    ...document,
    sites: document.sites.map((site) => ({ ...patternSite(), id: site.id, name: site.name })),
    equipment: document.equipment.map((each) => {
      const unit = units.get(each.path)
      return unit === undefined ? each : { ...each, idealCycleSeconds: idealSecondsOf(machineOf(unit)) }
    }),
    codeMappings: [...units].map(([target, index]) => ({
      domain: 'work-center' as const,
      source: 'bench-push',
      code: workCenterOf(index),
      target,
    })),
  }
}

export const workCenterOf = (unit: number): string => `WC${String(unit + 1).padStart(2, '0')}`

/** Starts the product over bench-M, without anything that sends to it. */
export function startOver(dataDir: string): Promise<Product> {
  const catalogFile = join(dataDir, 'bench-catalog.json')
  writeFileSync(catalogFile, JSON.stringify(benchMCatalog()))
  const environment = {
    GEMBA_PROVISION: catalogFile,
    GEMBA_ADMIN_PASSWORD: 'Flow-test-password-1',
    // Nobody asks this much by hand.
    GEMBA_COST_BURST: '0',
  }
  return startProduct({ demo: 'off', dataDir, environment, readyWithinMs: 120_000 })
}

/**
 * The bench's data directory; made when it is not there or is of another edition. With fewer weeks it holds the last
 * ones of the year, row by row the same; `nowAt` is the instant that they ended last before.
 */
export async function benchM(given?: string, { weeks = WEEKS, nowAt = Date.now() } = {}): Promise<BenchM> {
  const folder = given ?? defaultFolder(weeks)
  const stamp = join(folder, 'bench-m.json')
  if (existsSync(stamp)) {
    const kept = JSON.parse(readFileSync(stamp, 'utf8')) as BenchM & { edition: number }
    if (kept.edition === EDITION) return { ...kept, dataDir: folder, madeInSeconds: null }
    throw new Error(`${folder} holds bench-M of edition ${kept.edition}, not ${EDITION}: give another folder`)
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const startedAt = performance.now()
  const product = await startOver(folder)
  const warehouse = bareWarehouse(product)
  try {
    const range = lastWeeks(nowAt, weeks)
    await store(warehouse, range.toAt, weeks)
    const found = { ...range, rows: await countRows(warehouse) }
    writeFileSync(stamp, JSON.stringify({ edition: EDITION, ...found }))
    return { ...found, dataDir: folder, madeInSeconds: (performance.now() - startedAt) / 1000 }
  } finally {
    await warehouse.close()
    await product.stop({ keepData: true })
  }
}

/** The last whole weeks, cut where the pattern's weeks are. */
function lastWeeks(nowAt: number, weeks: number): { fromAt: number; toAt: number } {
  const toAt = BASE_AT + Math.floor((nowAt - BASE_AT) / WEEK_MS) * WEEK_MS
  return { fromAt: toAt - weeks * WEEK_MS, toAt }
}

const scratch = (table: PatternTable | 'clone'): string => `bench_${table}`

async function store(warehouse: ClickHouseClient, toAt: number, weeks: number): Promise<void> {
  const command = (query: string) => warehouse.command({ query })
  for (const table of PATTERN_TABLES) {
    await command(`DROP TABLE IF EXISTS ${scratch(table)}`)
    await command(`CREATE TABLE ${scratch(table)} AS ${table}`)
    // A clone that was cut short begins anew.
    await command(`TRUNCATE TABLE ${table}`)
  }
  for (const seed of SEEDS) {
    const pattern = patternRows(seed, PATTERN_WEEKS)
    for (const table of PATTERN_TABLES) await insert(warehouse, table, pattern[table])
  }
  await insertClones(warehouse, toAt - WEEKS * WEEK_MS)
  for (let week = WEEKS - weeks; week < WEEKS; week += WEEKS_AT_ONCE)
    for (const table of PATTERN_TABLES) await command(cloning(table, week))
  for (const table of [...PATTERN_TABLES, 'clone'] as const) await command(`DROP TABLE ${scratch(table)}`)
}

async function insert(warehouse: ClickHouseClient, name: PatternTable, list: readonly object[]): Promise<void> {
  const table = tableNamed(name)
  if (!table) throw new Error(`the table model has no table ${name}`)
  for (let index = 0; index < list.length; index += CHUNK_ROWS) {
    const { columns, body } = encodeRows(table, list.slice(index, index + CHUNK_ROWS))
    const query = `INSERT INTO ${scratch(name)} (${columns.join(', ')}) FORMAT TabSeparated`
    await warehouse.command({ query: `${query}\n${body.toString()}` })
  }
}

/** Which week of which machine becomes which week of which unit: the same on every machine that makes it. */
async function insertClones(warehouse: ClickHouseClient, fromAt: number): Promise<void> {
  await warehouse.command({ query: `DROP TABLE IF EXISTS ${scratch('clone')}` })
  await warehouse.command({
    query: `CREATE TABLE ${scratch('clone')} (pattern String, unit String, week UInt16, days Int32) ENGINE = Memory`,
  })
  const clones = []
  for (let unit = 0; unit < UNITS; unit += 1) {
    for (let week = 0; week < WEEKS; week += 1) {
      const draw = (unit * 31 + week * 17 + ((unit * week) % 13)) % (SEEDS.length * PATTERN_WEEKS)
      const patternWeek = draw % PATTERN_WEEKS
      const seed = SEEDS[Math.floor(draw / PATTERN_WEEKS)] ?? 0
      const movedMs = fromAt + week * WEEK_MS - (BASE_AT + patternWeek * WEEK_MS)
      const pattern = patternName(seed, machineOf(unit), patternWeek)
      clones.push({ pattern, unit: benchUnit(unit), week, days: Math.round(movedMs / DAY_MS) })
    }
  }
  await warehouse.insert({ table: scratch('clone'), values: clones, format: 'JSONEachRow' })
}

/** Rows of four weeks of all units; instants move by whole days, orders get the week into their number. */
function cloning(name: PatternTable, week: number): string {
  const table = tableNamed(name)
  if (!table) throw new Error(`the table model has no table ${name}`)
  const selected = table.columns.map((column) => {
    if (column.name === 'unit') return 'c.unit'
    if (column.name === 'order_no') return `concat(b.order_no, '-', toString(c.week))`
    return column.kind === 'instant' || column.kind === 'date'
      ? `addDays(b.${column.name}, c.days)`
      : `b.${column.name}`
  })
  return `INSERT INTO ${name} (${table.columns.map((column) => column.name).join(', ')})
    SELECT ${selected.join(', ')} FROM ${scratch(name)} AS b INNER JOIN ${scratch('clone')} AS c ON b.unit = c.pattern
    WHERE c.week >= ${week} AND c.week < ${week + WEEKS_AT_ONCE}`
}

async function countRows(warehouse: ClickHouseClient): Promise<Record<PatternTable, number>> {
  const counts = await Promise.all(
    PATTERN_TABLES.map(async (table) => {
      const [found] = await rows<{ n: number }>(warehouse, `SELECT count() AS n FROM ${table} FINAL`)
      return [table, Number(found?.n)] as const
    }),
  )
  return Object.fromEntries(counts) as Record<PatternTable, number>
}
