import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import type { BoardFrame, TileData } from '@gemba/contracts/board'
import type { OeeAnswer } from '@gemba/contracts/kpi'
import { PART_COLUMNS } from '../../server/src/kpi/window-rows.ts'
import { type Product, signIn, startProduct, until } from '../flows/product.ts'
import { benchCatalog, benchUnit } from './bench-catalog.ts'
import { type BenchResult, type Figure, percentile } from './bench.ts'
import { WINDOW_MS, readingsOf, storeWindows, zoneLateInShift } from './board-fixture.ts'
import { PushStream } from './push.ts'
import { scratchFolder } from './scratch-folder.ts'
import { bareWarehouse, rows } from './warehouse.ts'

const UNITS = 40
const DAYS = [9, 90]
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const WARM_UP = 5
const ROUNDS = 60
const BATCH_ROWS = 40_000
const SCOPE = 'BEN'

const unitList = Array.from({ length: UNITS }, (_, index) => `'${benchUnit(index)}'`).join(', ')
const at = (ms: number) => `fromUnixTimestamp64Milli(toInt64(${ms}))`
type Range = { fromAt: number; toAt: number }

/** The figures of `GET /api/kpi/oee` over whole windows: parts, stops and missing data of all units. */
function bareOee(warehouse: ClickHouseClient, { fromAt, toAt }: Range) {
  const of = (column: string) => `unit IN (${unitList}) AND ${column} >= ${at(fromAt)} AND ${column} < ${at(toAt)}`
  const sums = PART_COLUMNS.map(([name, column]) => `sum(${column}) AS ${name}`).join(', ')
  return Promise.all([
    rows<Record<string, number>>(warehouse, `SELECT ${sums} FROM equipment_window FINAL WHERE ${of('start_at')}`),
    rows<{ ms: number }>(
      warehouse,
      `SELECT state, reason, sum(ms) AS ms, sum(count) AS count FROM equipment_stop FINAL WHERE ${of('window_at')} GROUP BY state, reason`,
    ),
    rows(
      warehouse,
      `SELECT DISTINCT toUnixTimestamp64Milli(started_at) AS fromAt, toUnixTimestamp64Milli(ended_at) AS toAt
       FROM equipment_state FINAL WHERE ${of('window_at')} AND state = 'NO_DATA' ORDER BY fromAt`,
    ),
  ])
}

/** What the board shows of the running shift, as far as SQL alone can say it: time by state and reason, pieces by hour. */
function bareShift(warehouse: ClickHouseClient, shiftAt: number) {
  const points = (roles: string[]) =>
    Array.from({ length: UNITS }, (_, index) => roles.map((role) => `'${benchUnit(index)}:${role}'`)).join(', ')
  return Promise.all([
    rows(
      warehouse,
      `SELECT point, text, sum(next_at - at) AS ms, count() AS n FROM (
         SELECT point, text, toUnixTimestamp64Milli(source_at) AS at, leadInFrame(at, 1, ${Date.now()})
           OVER (PARTITION BY point ORDER BY source_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
         FROM reading WHERE point IN (${points(['state', 'reason'])}) AND source_at >= ${at(shiftAt)})
       GROUP BY point, text`,
    ),
    rows<{ point: string; pieces: number }>(
      warehouse,
      `SELECT point, toStartOfHour(at) AS hour, sum(number - before) AS pieces FROM (
         SELECT point, source_at AS at, number, lagInFrame(number, 1, number)
           OVER (PARTITION BY point ORDER BY source_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
         FROM reading WHERE point IN (${points(['total', 'good'])}) AND source_at >= ${at(shiftAt - HOUR_MS)})
       WHERE at >= ${at(shiftAt)} GROUP BY point, hour`,
    ),
  ])
}

type Get = Awaited<ReturnType<typeof signIn>>

async function oee(get: Get, { fromAt, toAt }: Range): Promise<OeeAnswer> {
  const answer = await get(`/api/kpi/oee?equipment=${SCOPE}&from=${fromAt}&to=${toAt}`)
  if (!answer.ok) throw new Error(`OEE refused with ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as OeeAnswer
}

async function board(get: Get): Promise<BoardFrame['tiles']> {
  const answer = await get('/api/boards/oee/data', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ equipment: SCOPE }),
  })
  if (!answer.ok) throw new Error(`the board was refused with ${answer.status}: ${await answer.text()}`)
  const { tiles } = (await answer.json()) as BoardFrame
  const other = tiles.find((tile) => tile.state !== 'ready')
  if (other) throw new Error(`tile ${other.tile} is ${other.state}`)
  return tiles
}

/** Both ways must tell the same, else their times cannot be compared. */
async function checkSame(get: Get, warehouse: ClickHouseClient, range: Range): Promise<void> {
  const answer = await oee(get, range)
  const [[parts], stops] = await bareOee(warehouse, range)
  for (const [name] of PART_COLUMNS)
    if (Math.abs(answer.parts[name] - Number(parts?.[name])) > 0.5)
      throw new Error(`${name} is ${answer.parts[name]} over the API and ${parts?.[name]} in SQL`)
  const sum = (list: { ms: number }[]) => list.reduce((total, { ms }) => total + Number(ms), 0)
  if (sum(answer.stops) !== sum(stops)) throw new Error(`stops: ${sum(answer.stops)} and ${sum(stops)} ms`)
}

/** The board's good pieces are those that SQL counts. */
async function checkBoard(get: Get, warehouse: ClickHouseClient, shiftAt: number): Promise<void> {
  const tile = (await board(get)).find(({ tile }) => tile === 'hourly')
  const shown = tile?.state === 'ready' ? ((tile.data as TileData<'hourly-output'>).good.value ?? 0) : 0
  const [, pieces] = await bareShift(warehouse, shiftAt)
  const counted = pieces
    .filter(({ point }) => point.endsWith(':good'))
    .reduce((sum, row) => sum + Number(row.pieces), 0)
  if (shown <= 0 || shown !== counted) throw new Error(`good pieces: ${shown} on the board and ${counted} in SQL`)
}

/** Readings of the running shift and the one before, over the ingest; waits until the ended one is derived. */
async function push(product: Product, warehouse: ClickHouseClient, shiftAt: number): Promise<void> {
  const stream = new PushStream(product, 'bench-push')
  const lines = readingsOf(UNITS, shiftAt - WINDOW_MS, Date.now())
  for (let index = 0; index < lines.length; index += BATCH_ROWS)
    await stream.send(stream.freeze(lines.slice(index, index + BATCH_ROWS)))
  await until('the ended shift is derived', async () => {
    const query = `SELECT count() AS n FROM equipment_window FINAL WHERE start_at = ${at(shiftAt - WINDOW_MS)} AND total > 0`
    return Number((await rows<{ n: number }>(warehouse, query))[0]?.n) === UNITS
  })
}

const merged = (warehouse: ClickHouseClient) =>
  until('merges have ended', async () => {
    const [running] = await rows<{ n: number }>(warehouse, 'SELECT count() AS n FROM system.merges')
    return Number(running?.n) === 0
  })

type Times = Record<'board' | 'bareShift' | 'oee' | 'bareOee', number[]>

/** Warm times of each request in turn, so that all of them meet the same machine. */
async function measure(asks: Record<keyof Times, () => Promise<unknown>>): Promise<Times> {
  const times: Times = { board: [], bareShift: [], oee: [], bareOee: [] }
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const name of Object.keys(times) as (keyof Times)[]) {
      const startedAt = performance.now()
      await asks[name]()
      if (round >= 0) times[name].push(performance.now() - startedAt)
    }
  }
  return times
}

async function timesByDays(product: Product, shiftAt: number): Promise<Map<number, Times>> {
  const warehouse = bareWarehouse(product)
  try {
    const get = await signIn(product)
    await push(product, warehouse, shiftAt)
    const [oldest] = await rows<{ at: number }>(
      warehouse,
      'SELECT toUnixTimestamp64Milli(min(start_at)) AS at FROM equipment_window',
    )
    let storedFrom = Number(oldest?.at)
    const found = new Map<number, Times>()
    for (const days of DAYS) {
      const range = { fromAt: shiftAt - days * DAY_MS, toAt: shiftAt }
      await storeWindows(warehouse, { units: UNITS, fromAt: range.fromAt, toAt: storedFrom })
      storedFrom = range.fromAt
      await merged(warehouse)
      await checkSame(get, warehouse, range)
      await checkBoard(get, warehouse, shiftAt)
      const asks = {
        board: () => board(get),
        bareShift: () => bareShift(warehouse, shiftAt),
        oee: () => oee(get, range),
        bareOee: () => bareOee(warehouse, range),
      }
      found.set(days, await measure(asks))
    }
    return found
  } finally {
    await warehouse.close()
  }
}

export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  const catalogFile = join(dataDir, 'bench-catalog.json')
  const { timeZone, shiftAt } = zoneLateInShift(Date.now())
  writeFileSync(catalogFile, JSON.stringify(benchCatalog({ units: UNITS, tags: 0, timeZone })))
  const environment = {
    GEMBA_PROVISION: catalogFile,
    GEMBA_ADMIN_PASSWORD: 'Flow-test-password-1',
    // Nobody asks this much by hand.
    GEMBA_COST_BURST: '0',
  }
  try {
    const product = await startProduct({ demo: 'off', dataDir, environment, readyWithinMs: 60_000 })
    return report(await timesByDays(product, shiftAt).finally(() => product.stop({ keepData: true })))
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function report(byDays: Map<number, Times>): BenchResult {
  const longest = DAYS.at(-1)
  const figures: Figure[] = []
  for (const [name, mine, bare] of [
    ['OEE board, running shift', 'board', 'bareShift'],
    ['OEE figures of all days', 'oee', 'bareOee'],
  ] as const) {
    for (const [days, times] of byDays) {
      for (const [label, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const) {
        figures.push({
          name: `${name}, ${days} days stored, ${label}`,
          unit: 'ms',
          value: percentile(times[mine], share),
          beside: { name: 'bare SQL', value: percentile(times[bare], share) },
          ...(days === longest && { atMost: 300, ratioAtMost: 1.5 }),
        })
      }
    }
    const p50 = (days: number) => percentile(byDays.get(days)?.[mine] ?? [], 0.5)
    const [few = 0, many = 0] = DAYS
    figures.push({ name: `${name}: growth from ${few} to ${many} days`, unit: 'ratio', value: p50(many) / p50(few) })
  }
  return {
    bench: 'board',
    work: `${UNITS} units, ${DAYS.join(' and ')} days of windows in the warehouse and a running shift of six hours; ${ROUNDS} warm requests of each kind in turn, for the whole site`,
    figures,
    notes: [
      'the batch request of the board asks for the running shift only; the figures over all days are those of GET /api/kpi/oee',
      'bare SQL of the running shift gives the same pieces and the time by state and reason, but knows no calendar, rates or rules of stops: a floor rather than all the same figures',
    ],
  }
}
