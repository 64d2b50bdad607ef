import { rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import type { ClickHouseClient } from '@clickhouse/client'
import type { OeeAnswer, OeeAnswerInFull, OrdersProgressAnswer } from '@gemba/contracts/kpi'
import { type Product, signIn } from '../flows/product.ts'
import { OPEN_ORDERS, storeOrders } from './bench-m-orders.ts'
import { type Peer, copyTable, startPeer } from './bench-m-postgres.ts'
import { type BenchM, UNITS, benchM, startOver } from './bench-m.ts'
import { type BenchResult, type Figure, median } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'
import { bareWarehouse, rows } from './warehouse.ts'

const DAY_MS = 86_400_000
const ROUNDS = 7
const SCOPE = 'BEN'
/** Days of states and counts that are weighed in both stores. */
const SAMPLE_DAYS = 7
/** A store of this many weeks, against the year, shows what history costs. */
const SHORT_WEEKS = 4

type Get = Awaited<ReturnType<typeof signIn>>
interface Range {
  fromAt: number
  toAt: number
}
interface Question {
  name: string
  coldAtMostMs?: number
  warmAtMostMs?: number
  product: (get: Get) => Promise<unknown>
  /** The same rows asked past the product. */
  bare: (warehouse: ClickHouseClient) => Promise<unknown>
  peer: (peer: Peer) => Promise<unknown>
}
interface Times {
  cold: number
  product: number[]
  bare: number[]
  peer: number[]
}

const inWarehouse = (column: string, { fromAt, toAt }: Range) =>
  `${column} >= fromUnixTimestamp64Milli(toInt64(${fromAt})) AND ${column} < fromUnixTimestamp64Milli(toInt64(${toAt}))`
const inPostgres = (column: string, { fromAt, toAt }: Range) =>
  `${column} >= to_timestamp(${fromAt / 1000}) AND ${column} < to_timestamp(${toAt / 1000})`

async function ask<T>(get: Get, path: string): Promise<T> {
  const answer = await get(path)
  if (!answer.ok) throw new Error(`${path} was refused with ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

const BY_SHIFT = 'sum(planned_ms) AS planned, sum(run_ms) AS run, sum(ideal_ms) AS ideal, sum(ideal_good_ms) AS good'

function oeeByShift(range: Range): Question {
  const sql = (table: string, where: string) =>
    `SELECT start_at, ${BY_SHIFT} FROM ${table} WHERE kind = 'shift' AND ${where} GROUP BY start_at ORDER BY start_at`
  return {
    name: `OEE by shift, ${UNITS} units, 90 days`,
    coldAtMostMs: 2000,
    warmAtMostMs: 300,
    product: (get) =>
      ask<OeeAnswerInFull>(get, `/api/kpi/oee?equipment=${SCOPE}&from=${range.fromAt}&to=${range.toAt}&group=shift`),
    bare: (warehouse) => rows(warehouse, sql('equipment_window FINAL', inWarehouse('start_at', range))),
    peer: (peer) => peer.query(sql('equipment_window', inPostgres('start_at', range))),
  }
}

function pareto(name: string, range: Range, promise: Partial<Question> = {}): Question {
  const sql = (table: string, where: string) =>
    `SELECT state, reason, sum(ms) AS ms, sum(count) AS n FROM ${table} WHERE ${where} GROUP BY state, reason ORDER BY ms DESC`
  return {
    name,
    ...promise,
    product: (get) => ask<OeeAnswer>(get, `/api/kpi/oee?equipment=${SCOPE}&from=${range.fromAt}&to=${range.toAt}`),
    bare: (warehouse) => rows(warehouse, sql('equipment_stop FINAL', inWarehouse('window_at', range))),
    peer: (peer) => peer.query(sql('equipment_stop', inPostgres('window_at', range))),
  }
}

const PROGRESS = `SELECT o.order_no, o.due_at, p.operation, p.standard_seconds, r.good, r.last
  FROM production_order $FINAL o JOIN order_operation $FINAL p ON p.order_no = o.order_no
  LEFT JOIN (SELECT order_no, operation, sum(good) AS good, max(reported_at) AS last FROM job_report $FINAL GROUP BY order_no, operation) r
    ON r.order_no = p.order_no AND r.operation = p.operation
  WHERE o.delivered_at IS NULL ORDER BY o.due_at`

const orderBoard = (): Question => ({
  name: `order board, ${OPEN_ORDERS} open orders`,
  coldAtMostMs: 1000,
  product: (get) => ask<OrdersProgressAnswer>(get, `/api/orders/progress?site=${SCOPE}`),
  bare: (warehouse) =>
    rows(
      warehouse,
      PROGRESS.replace(/(production_order|order_operation) \$FINAL (o|p)/g, '$1 AS $2 FINAL').replaceAll(
        '$FINAL',
        'FINAL',
      ),
    ),
  peer: (peer) => peer.query(PROGRESS.replaceAll('$FINAL', '')),
})

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** The first answer after a start, then warm rounds of product, bare store and peer in turn. */
async function measure(
  questions: readonly Question[],
  { get, warehouse, peer }: { get: Get; warehouse: ClickHouseClient; peer: Peer },
): Promise<Map<Question, Times>> {
  const found = new Map<Question, Times>()
  for (const question of questions) {
    found.set(question, { cold: await timed(() => question.product(get)), product: [], bare: [], peer: [] })
  }
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [question, times] of found) {
      const each = {
        product: await timed(() => question.product(get)),
        bare: await timed(() => question.bare(warehouse)),
        peer: await timed(() => question.peer(peer)),
      }
      if (round >= 0) for (const who of ['product', 'bare', 'peer'] as const) times[who].push(each[who])
    }
  }
  return found
}

/** Times may be compared only where the answers tell the same. */
async function checkSame({ get, peer }: { get: Get; peer: Peer }, year: Range, quarter: Range): Promise<void> {
  const answer = await ask<OeeAnswer>(get, `/api/kpi/oee?equipment=${SCOPE}&from=${year.fromAt}&to=${year.toAt}`)
  const [stops] = await peer.query<{ ms: string }>('SELECT sum(ms) AS ms FROM equipment_stop')
  const sum = answer.stops.reduce((total, stop) => total + stop.ms, 0)
  if (Math.abs(sum - Number(stops?.ms)) > 1)
    throw new Error(`stops: ${sum} ms in the product, ${stops?.ms} in the peer`)
  const shifts = await ask<OeeAnswerInFull>(
    get,
    `/api/kpi/oee?equipment=${SCOPE}&from=${quarter.fromAt}&to=${quarter.toAt}&group=shift`,
  )
  const expected = (await oeeByShift(quarter).peer(peer)) as { start_at: Date; planned: number; good: number }[]
  const values = new Map((shifts.groups ?? []).map((group) => [Date.parse(group.fromAt), group.value]))
  if (values.size !== expected.length)
    throw new Error(`${values.size} shifts in the product, ${expected.length} in the peer`)
  for (const { start_at: at, planned, good } of expected) {
    const value = values.get(at.getTime())
    const wanted = planned > 0 ? good / planned : null
    if (wanted !== null && Math.abs((value ?? NaN) - wanted) < 1e-9) continue
    if (wanted !== (value ?? null)) throw new Error(`OEE of ${at.toISOString()}: ${value} and ${wanted}`)
  }
  const board = await ask<OrdersProgressAnswer>(get, `/api/orders/progress?site=${SCOPE}`)
  if (board.orders.length !== OPEN_ORDERS) throw new Error(`${board.orders.length} orders on the board`)
}

async function fillPeer(peer: Peer, warehouse: ClickHouseClient, sample: Range): Promise<void> {
  const all = '1'
  for (const table of [
    { name: 'equipment_window', where: all, index: '(start_at)' },
    { name: 'equipment_stop', where: all, index: '(window_at)' },
    { name: 'equipment_state', where: inWarehouse('window_at', sample), index: '(window_at)' },
    { name: 'equipment_count', where: inWarehouse('minute_at', sample) },
    { name: 'production_order', where: all, index: '(due_at) WHERE delivered_at IS NULL' },
    { name: 'order_operation', where: all, index: '(order_no, operation)' },
    { name: 'job_report', where: all, index: '(order_no, operation)' },
  ])
    await copyTable(peer, warehouse, table)
}

/** The same four weeks asked of a store that holds a year and of one that holds nothing else, in turn. */
async function growth(year: Product, { toAt }: BenchM, data: string | undefined): Promise<Figure[]> {
  const short = await benchM(data === undefined ? undefined : `${data}-${SHORT_WEEKS}w`, {
    weeks: SHORT_WEEKS,
    nowAt: toAt,
  })
  if (short.toAt !== toAt) throw new Error(`${short.dataDir} holds other weeks than the year: remove that folder`)
  const month = await startOver(short.dataDir)
  try {
    const [getYear, getMonth] = [await signIn(year), await signIn(month)]
    const range = { fromAt: toAt - SHORT_WEEKS * 7 * DAY_MS, toAt }
    const found: Figure[] = []
    for (const question of [oeeByShift(range), pareto('', range)]) {
      const times = { year: [] as number[], month: [] as number[] }
      for (let round = -1; round < ROUNDS; round += 1) {
        const each = {
          year: await timed(() => question.product(getYear)),
          month: await timed(() => question.product(getMonth)),
        }
        if (round >= 0) for (const which of ['year', 'month'] as const) times[which].push(each[which])
      }
      found.push({
        name: `${question.name === '' ? 'figures and stops' : 'OEE by shift'} of ${SHORT_WEEKS} weeks in a year`,
        unit: 'ms',
        value: median(times.year),
        beside: { name: `in ${SHORT_WEEKS} weeks`, value: median(times.month) },
        ratioAtMost: 1.5,
      })
    }
    return found
  } finally {
    await month.stop({ keepData: true })
  }
}

const WEIGHED = ['equipment_window', 'equipment_stop', 'equipment_state', 'equipment_count'] as const

async function weights(warehouse: ClickHouseClient, peer: Peer): Promise<Figure[]> {
  return Promise.all(
    WEIGHED.map(async (table): Promise<Figure> => {
      const [stored] = await rows<{ bytes: number; n: number }>(
        warehouse,
        `SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS n FROM system.parts WHERE active AND database = 'gemba' AND table = '${table}'`,
      )
      const other = await peer.bytesOf(table)
      return {
        name: `bytes per row, ${table}`,
        unit: 'bytes',
        value: Number(stored?.bytes) / Number(stored?.n),
        beside: { name: 'PostgreSQL with indexes', value: other.bytes / other.n },
      }
    }),
  )
}

export async function run({ data }: { data?: string } = {}): Promise<BenchResult> {
  const bench = await benchM(data)
  const folder = scratchFolder()
  const peer = await startPeer(folder)
  try {
    const first = await startOver(bench.dataDir)
    await prepare(first, peer, bench).finally(() => first.stop({ keepData: true }))
    // Cold: the product has just started and has answered nothing yet.
    const product = await startOver(bench.dataDir)
    try {
      const result = await compare(product, peer, bench)
      return { ...result, figures: [...result.figures, ...(await growth(product, bench, data))] }
    } finally {
      await product.stop({ keepData: true })
    }
  } finally {
    await peer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function prepare(product: Product, peer: Peer, { toAt }: BenchM): Promise<void> {
  const warehouse = bareWarehouse(product)
  await storeOrders(warehouse, Date.now())
  await fillPeer(peer, warehouse, { fromAt: toAt - SAMPLE_DAYS * DAY_MS, toAt })
  await warehouse.close()
}

async function compare(product: Product, peer: Peer, bench: BenchM): Promise<BenchResult> {
  const warehouse = bareWarehouse(product)
  try {
    const get = await signIn(product)
    const { toAt } = bench
    const last = (days: number): Range => ({ fromAt: toAt - days * DAY_MS, toAt })
    const month = pareto('figures and stops of 4 weeks', last(28))
    const year = pareto('stop Pareto of a year', bench, { coldAtMostMs: 2000, warmAtMostMs: 2000 })
    const times = await measure([oeeByShift(last(90)), year, month, orderBoard()], { get, warehouse, peer })
    await checkSame({ get, peer }, bench, last(90))
    const p50 = (question: Question) => median(times.get(question)?.product ?? [])
    const growth: Figure = {
      name: '52 weeks against 4 weeks',
      unit: 'ratio',
      value: p50(year) / p50(month),
      atMost: 13,
    }
    const figures = [...[...times].flatMap(([question, each]) => figuresOf(question, each)), growth]
    return report(bench, [...figures, ...(await weights(warehouse, peer))])
  } finally {
    await warehouse.close()
  }
}

function figuresOf(question: Question, times: Times): Figure[] {
  const { name, coldAtMostMs, warmAtMostMs } = question
  const warm: Figure = { name: `${name}, warm p50`, unit: 'ms', value: median(times.product) }
  return [
    { name: `${name}, cold`, unit: 'ms', value: times.cold, ...(coldAtMostMs && { atMost: coldAtMostMs }) },
    { ...warm, ...(warmAtMostMs && { atMost: warmAtMostMs }), beside: { name: 'bare SQL', value: median(times.bare) } },
    { ...warm, name: '  the same', beside: { name: 'PostgreSQL', value: median(times.peer) } },
  ]
}

function report(bench: BenchM, figures: Figure[]): BenchResult {
  const { equipment_window, equipment_state, equipment_stop, equipment_count } = bench.rows
  const made = bench.madeInSeconds === null ? 'kept from before' : `made in ${bench.madeInSeconds.toFixed(0)} s`
  return {
    bench: 'year',
    work: `bench-M (${UNITS} units, 52 weeks: ${equipment_window} windows, ${equipment_state} states, ${equipment_stop} stops, ${equipment_count} counts; ${made}) asked over HTTP; ${ROUNDS} warm rounds in turn`,
    figures,
    notes: [
      `load of the machine at the end ${loadavg()[0]?.toFixed(2)}`,
      'cold is the first answer of a product that has just started; the files may still be in the page cache of the kernel',
      'bare SQL and PostgreSQL give the sums only: no calendar, no missing data, no forecast of orders',
      `states and counts are weighed in PostgreSQL by ${SAMPLE_DAYS} days of them`,
      `the year is ${bench.dataDir}; remove that folder to make it anew`,
    ],
  }
}
