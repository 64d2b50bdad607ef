import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { freePort, startProduct, type Product } from '../flows/product.ts'
import { benchCatalog } from './bench-catalog.ts'
import { type BenchResult, median } from './bench.ts'
import { type Line, PushStream } from './push.ts'
import { scratchFolder } from './scratch-folder.ts'
import { bareWarehouse, rows } from './warehouse.ts'

const BATCH_ROWS = 50_000
const BATCHES = 20
const WARM_UP_BATCHES = 3
const TAGS = 500
/** The rows begin three hours ago and end before now, as a plant's past does. */
const START_AT = Date.now() - 3 * 3_600_000

const POINTS = benchCatalog({ units: 40, tags: TAGS })
  .points.filter((point) => point.role === 'process')
  .map((point) => point.id)

/** Rows as a plant sends them: 500 tags in turn, one value a second, a random walk with two decimals. */
function linesOf(batch: number): Line[] {
  return Array.from({ length: BATCH_ROWS }, (_, index) => {
    const serial = batch * BATCH_ROWS + index
    const tag = serial % POINTS.length
    return {
      p: POINTS[tag] ?? '',
      t: START_AT + Math.floor(serial / POINTS.length) * 1000 + tag,
      v: Math.round((200 + 10 * Math.sin(serial / 977 + tag)) * 100) / 100,
    }
  })
}

/** Rows per second of each batch after the warm-up; `send` makes a batch ready and gives what is to be timed. */
async function rates(send: (batch: number) => () => Promise<void>): Promise<number[]> {
  const all: number[] = []
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const timed = send(batch)
    const startedAt = performance.now()
    await timed()
    all.push(BATCH_ROWS / ((performance.now() - startedAt) / 1000))
  }
  return all.slice(WARM_UP_BATCHES)
}

async function ourRates(): Promise<number[]> {
  const dataDir = scratchFolder()
  const catalogFile = join(dataDir, 'bench-catalog.json')
  writeFileSync(catalogFile, JSON.stringify(benchCatalog({ units: 40, tags: TAGS })))
  try {
    const environment = { GEMBA_PROVISION: catalogFile }
    const product = await startProduct({ demo: 'off', dataDir, environment, readyWithinMs: 60_000 })
    try {
      const stream = new PushStream(product, 'bench')
      const found = await rates((batch) => {
        const frozen = stream.freeze(linesOf(batch))
        return () => stream.send(frozen)
      })
      await checkDurable(product)
      return found
    } finally {
      await product.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What was acknowledged is there: each row once. */
async function checkDurable(product: Product): Promise<void> {
  const warehouse = bareWarehouse(product)
  const [found] = await rows<{ n: number }>(warehouse, 'SELECT count() AS n FROM reading')
  await warehouse.close()
  if (Number(found?.n) !== BATCHES * BATCH_ROWS) throw new Error(`${found?.n} rows stored of ${BATCHES * BATCH_ROWS}`)
}

/** The peer: PostgreSQL COPY of the same rows into a table indexed by (point, time), durable commit for each batch. */
async function postgresRates(): Promise<number[]> {
  const dataDir = scratchFolder()
  const server = await startPostgres({
    dataDir: join(dataDir, 'pg'),
    tcpPort: await freePort(),
    user: 'bench',
    password: randomBytes(12).toString('hex'),
    database: 'bench',
  })
  const client = new pg.Client(server.url)
  try {
    await client.connect()
    await client.query('CREATE TABLE reading (point text, source_at timestamptz(3), number float8, quality smallint)')
    await client.query('CREATE INDEX ON reading (point, source_at)')
    return await rates((batch) => {
      const text = linesOf(batch)
        .map(({ p, t, v }) => `${p}\t${new Date(t).toISOString()}\t${v}\t0\n`)
        .join('')
      return () => pipeline(Readable.from([text]), client.query(copyFrom('COPY reading FROM STDIN')))
    })
  } finally {
    await client.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export async function run(): Promise<BenchResult> {
  const ours = await ourRates()
  const peer = await postgresRates()
  const besides = (value: number) => ({ name: 'PostgreSQL COPY, indexed', value })
  return {
    bench: 'ingest',
    work: `${BATCHES} batches of ${BATCH_ROWS} readings of ${TAGS} tags over one connection: HTTP body (zstd NDJSON) to durable in the warehouse, checked against ledger and catalog`,
    figures: [
      {
        name: 'readings per second, median batch',
        unit: 'rows/s',
        value: median(ours),
        atLeast: 150_000,
        beside: besides(median(peer)),
      },
      {
        name: 'readings per second, slowest batch',
        unit: 'rows/s',
        value: Math.min(...ours),
        beside: besides(Math.min(...peer)),
      },
    ],
    notes: [
      'the client, the server and the stores share the same two cores; PostgreSQL rows come as ready text, ours as compressed JSON that is parsed and checked',
    ],
  }
}
