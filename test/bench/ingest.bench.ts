import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { freePort, startProduct, type Product } from '../flows/product.ts'
import { benchCatalog } from './bench-catalog.ts'
import { type BenchResult, median } from './bench.ts'

const BATCH_ROWS = 50_000
const BATCHES = 20
const TAGS = 500
const START_AT = Date.UTC(2026, 9, 1)

interface Row {
  point: string
  at: number
  value: number
}

/** Rows as a plant sends them: 500 tags in turn, one value a second, a random walk with two decimals. */
function rowsOf(batch: number, points: readonly string[]): Row[] {
  const rows: Row[] = []
  for (let index = 0; index < BATCH_ROWS; index += 1) {
    const serial = batch * BATCH_ROWS + index
    const tag = serial % points.length
    rows.push({
      point: points[tag] ?? '',
      at: START_AT + Math.floor(serial / points.length) * 1000 + tag,
      value: Math.round((200 + 10 * Math.sin(serial / 977 + tag)) * 100) / 100,
    })
  }
  return rows
}

interface Frozen {
  headers: Record<string, string>
  body: Buffer
}

function freeze(rows: Row[], first: number, epoch: string): Frozen {
  const plain = Buffer.from(
    `${rows.map(({ point, at, value }) => JSON.stringify({ p: point, t: at, v: value })).join('\n')}\n`,
  )
  return {
    body: zstdCompressSync(plain),
    headers: {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'zstd',
      'x-gemba-collector': 'local',
      'x-gemba-epoch': epoch,
      'x-gemba-stream': 'bench',
      'x-gemba-first': String(first),
      'x-gemba-last': String(first + rows.length - 1),
      'x-gemba-sha256': createHash('sha256').update(plain).digest('hex'),
    },
  }
}

async function post(product: Product, token: string, frozen: Frozen): Promise<void> {
  const answer = await fetch(`${product.url}/ingest/v1/batches`, {
    method: 'POST',
    headers: { ...frozen.headers, authorization: `Bearer ${token}` },
    body: new Uint8Array(frozen.body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`batch refused with ${answer.status}: ${text.slice(0, 300)}`)
  const { rejected } = JSON.parse(text) as { rejected?: unknown[] }
  if (rejected?.length) throw new Error(`${rejected.length} rows rejected: ${JSON.stringify(rejected[0])}`)
}

/** Rows per second of each batch, the first ones left out as warm-up. */
async function ourRates(points: readonly string[]): Promise<number[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gemba-bench-'))
  const catalogFile = join(dataDir, 'bench-catalog.json')
  writeFileSync(catalogFile, JSON.stringify(benchCatalog({ units: 40, tags: TAGS })))
  const product = await startProduct({ demo: 'off', dataDir, environment: { GEMBA_PROVISION: catalogFile } })
  try {
    const token = readFileSync(join(dataDir, 'secrets/collector-local.token'), 'utf8').trim()
    const epoch = randomBytes(8).toString('hex')
    const rates: number[] = []
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const frozen = freeze(rowsOf(batch, points), batch * BATCH_ROWS + 1, epoch)
      const startedAt = performance.now()
      await post(product, token, frozen)
      rates.push(BATCH_ROWS / ((performance.now() - startedAt) / 1000))
    }
    return rates.slice(3)
  } finally {
    await product.stop()
  }
}

/** The peer: PostgreSQL COPY of the same rows into a table indexed by (point, time), durable commit for each batch. */
async function postgresRates(points: readonly string[]): Promise<number[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gemba-peer-'))
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
    const rates: number[] = []
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const text = rowsOf(batch, points)
        .map(({ point, at, value }) => `${point}\t${new Date(at).toISOString()}\t${value}\t0\n`)
        .join('')
      const startedAt = performance.now()
      await pipeline(Readable.from([text]), client.query(copyFrom('COPY reading FROM STDIN')))
      rates.push(BATCH_ROWS / ((performance.now() - startedAt) / 1000))
    }
    return rates.slice(3)
  } finally {
    await client.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

export async function run(): Promise<BenchResult> {
  const points = benchCatalog({ units: 40, tags: TAGS })
    .points.filter((point) => point.role === 'process')
    .map((point) => point.id)
  const ours = await ourRates(points)
  const peer = await postgresRates(points)
  return {
    bench: 'ingest',
    work: `${BATCHES} batches of ${BATCH_ROWS} readings of ${TAGS} tags over one connection: HTTP body (zstd NDJSON) to durable in the warehouse, checked against ledger and catalog`,
    figures: [
      { name: 'Gemba, readings per second, median batch', unit: 'rows/s', value: median(ours), atLeast: 150_000 },
      { name: 'Gemba, slowest batch', unit: 'rows/s', value: Math.min(...ours) },
      { name: 'PostgreSQL COPY into an indexed table, median batch', unit: 'rows/s', value: median(peer) },
      { name: 'Gemba ÷ PostgreSQL', unit: 'ratio', value: median(ours) / median(peer) },
    ],
    notes: [
      'the client, the server and the stores share the same two cores; PostgreSQL rows come as ready text, ours as compressed JSON that is parsed and checked',
    ],
  }
}
