import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { EquipmentScope } from '../../server/src/datasets/data-gate.ts'
import { startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { startStore } from '../../server/src/warehouse/embedded/start-store.ts'
import { migrate } from '../../server/src/warehouse/migrations.ts'
import { type BenchResult, type Figure, median, percentile } from './bench.ts'
import { EdgeRows, type Edges, type Warehouse, WarehouseService } from './built-server.ts'
import { scratchFolder } from './scratch-folder.ts'

/**
 * Made genealogy: eight levels of lots, `LOTS` at each; every lot takes five lots of the level before, near its own place,
 * so that a lot reaches some dozens of lots after three levels and some hundreds after eight.
 */
const EDGES = Number(process.env['GEMBA_BENCH_EDGES'] ?? 40_000_000)
const LEVELS = 8
const INPUTS = 5
const LOTS = Math.ceil(EDGES / LEVELS / INPUTS)
/** Inputs come from lots at most so far from a lot's own number. */
const NEAR = 40
const STARTS = 20
const PEER_STARTS = 5
const CHUNK_LOTS = 500_000
const ALL: EquipmentScope = {
  allows: () => true,
  touches: () => true,
  condition: () => ({ sql: '1', params: {} }),
  key: 'all',
}
const LIMITS = { lots: 1_000_000, edges: 5_000_000 }

const startLot = (n: number): string => `L0-${String(Math.floor(((n + 0.5) * LOTS) / STARTS)).padStart(8, '0')}`
const name = (level: string, lot: string): string =>
  `concat('L', toString(${level}), '-', leftPad(toString(${lot}), 8, '0'))`

/** Edges into the lots `[from, to)` of one level. */
const edgesOf = (level: number, from: number, to: number): string => {
  const lot = `(${from} + intDiv(number, ${INPUTS}))`
  const input = `toUInt64(greatest(0, least(${LOTS - 1}, toInt64(${lot}) + toInt64(cityHash64(${level}, number) % ${2 * NEAR}) - ${NEAR})))`
  return `SELECT 'bench', concat('${level}-', toString(number + ${from * INPUTS})), ${name(String(level - 1), input)}, ${name(String(level), lot)}, 'SUZ/ASM/A1', 1., 'piece', NULL, NULL,
    fromUnixTimestamp64Milli(toInt64(1760000000000 + ${level} * 86400000)), 'scan', 'transformation', fromUnixTimestamp64Milli(toInt64(1760000000000)), 0
    FROM numbers(${(to - from) * INPUTS})`
}

async function fill(warehouse: Warehouse): Promise<number> {
  const startedAt = performance.now()
  for (let level = 1; level <= LEVELS; level += 1)
    for (let from = 0; from < LOTS; from += CHUNK_LOTS)
      for (const table of ['genealogy_forward', 'genealogy_backward'])
        await warehouse.command(
          `INSERT INTO ${table} (source, edge_key, input_lot, output_lot, unit, quantity, quantity_unit, order_no, operation, consumed_at, method, relation, version_at, is_deleted) ${edgesOf(level, from, Math.min(LOTS, from + CHUNK_LOTS))}`,
        )
  return (performance.now() - startedAt) / 1000
}

/** The same rows in PostgreSQL with an index on the input. */
async function fillPeer(warehouse: Warehouse, client: pg.Client): Promise<void> {
  await client.query('CREATE UNLOGGED TABLE edge (input_lot text, output_lot text)')
  for (let level = 1; level <= LEVELS; level += 1)
    for (let from = 0; from < LOTS; from += CHUNK_LOTS) {
      const rows = await warehouse.query<{ i: string[]; o: string[] }>(
        `SELECT groupArray(input_lot) AS i, groupArray(output_lot) AS o FROM genealogy_backward WHERE output_lot >= {from:String} AND output_lot < {to:String} GROUP BY substring(output_lot, 1, 8)`,
        {
          from: `L${level}-${String(from).padStart(8, '0')}`,
          to: `L${level}-${String(Math.min(LOTS, from + CHUNK_LOTS)).padStart(8, '0')}`,
        },
      )
      for (const { i, o } of rows)
        await client.query('INSERT INTO edge SELECT * FROM unnest($1::text[], $2::text[])', [i, o])
    }
  await client.query('CREATE INDEX edge_input ON edge (input_lot) INCLUDE (output_lot)')
  await client.query('VACUUM ANALYZE edge')
}

const RECURSIVE = `WITH RECURSIVE reached(lot, depth) AS (
  SELECT $1::text, 0 UNION SELECT e.output_lot, r.depth + 1 FROM reached r JOIN edge e ON e.input_lot = r.lot WHERE r.depth < ${LEVELS}
) SELECT count(DISTINCT lot)::int - 1 AS n FROM reached`

interface Timed {
  ms: number[]
  lots: number[]
}

async function walk(edges: Edges, starts: number): Promise<Timed> {
  const timed: Timed = { ms: [], lots: [] }
  for (let n = 0; n < starts; n += 1) {
    const startedAt = performance.now()
    const lots = [startLot(n)]
    const { depths, truncated } = await edges.closure(
      { lots, direction: 'where-used', depth: LEVELS, limits: LIMITS },
      ALL,
    )
    if (truncated) throw new Error('the walk was cut')
    timed.ms.push(performance.now() - startedAt)
    timed.lots.push(depths.size - 1)
  }
  return timed
}

async function walkPeer(client: pg.Client, starts: number): Promise<Timed> {
  const timed: Timed = { ms: [], lots: [] }
  for (let n = 0; n < starts; n += 1) {
    const startedAt = performance.now()
    const { rows } = await client.query<{ n: number }>(RECURSIVE, [startLot(n)])
    timed.ms.push(performance.now() - startedAt)
    timed.lots.push(rows[0]?.n ?? 0)
  }
  return timed
}

/** Forward trace of depth 8 over tens of millions of edges, beside a recursive query over the same rows. */
export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  const store = await startStore({ dataDir: join(dataDir, 'warehouse') })
  const warehouse = new WarehouseService(store.url)
  const postgres = await startPostgres({
    dataDir: join(dataDir, 'postgres'),
    socketDir: join(dataDir, 'run'),
    user: 'bench',
    database: 'bench',
    settings: {
      synchronous_commit: 'off',
      max_wal_size: '8GB',
      maintenance_work_mem: '512MB',
      shared_buffers: '512MB',
    },
  })
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    await client.connect()
    await migrate(warehouse)
    const seconds = await fill(warehouse)
    const [found] = await warehouse.query<{ n: number }>('SELECT count() AS n FROM genealogy_forward')
    await fillPeer(warehouse, client)
    const edges = new EdgeRows(warehouse)
    const cold = await walk(edges, 1)
    const own = await walk(edges, STARTS)
    await walkPeer(client, 1)
    const peer = await walkPeer(client, PEER_STARTS)
    const agree = peer.lots.every((lots, index) => lots === own.lots[index])
    const trace = (label: string, value: number, peerValue: number): Figure => ({
      name: label,
      unit: 'ms',
      value,
      atMost: 2_000,
      beside: { name: 'PostgreSQL recursive', value: peerValue },
    })
    return {
      bench: 'trace',
      work: `forward trace of depth ${LEVELS} from ${STARTS} lots over ${Number(found?.n)} edges, each reaching ${median(own.lots)} lots in the middle`,
      figures: [
        trace('trace, median', median(own.ms), median(peer.ms)),
        trace('trace, P95', percentile(own.ms, 0.95), percentile(peer.ms, 0.95)),
        { name: 'first trace after loading', unit: 'ms', value: cold.ms[0] ?? 0 },
        { name: 'lots reached, median', unit: 'count', value: median(own.lots) },
        { name: 'both directions written', unit: 'rows/s', value: (2 * Number(found?.n)) / seconds },
      ],
      notes: [
        agree ? 'both reach the same number of lots from every start' : 'THE TWO DISAGREE about the lots reached',
        'the peer has one table with a covering index on the input, everything in its cache or the page cache',
      ],
    }
  } finally {
    await client.end().catch(() => undefined)
    await postgres.stop()
    await warehouse.onApplicationShutdown()
    await store.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
