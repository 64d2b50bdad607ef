/** The SQL path of KPIs over tables of the size of a year, beside bare SQL and beside fetching the rows. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { subgroupChart } from '../../engine/src/kpi/control-chart.ts'
import { pareto } from '../../engine/src/kpi/pareto.ts'
import { chartConstants } from '../../server/src/kpi/sql/case-path.service.ts'
import { runRuleHistory, stopPareto, subgroupHistory } from '../../server/src/kpi/sql/history.ts'
import { SqlPathService } from '../../server/src/kpi/sql/sql-path.service.ts'
import { startStore } from '../../server/src/warehouse/embedded/start-store.ts'
import { migrate } from '../../server/src/warehouse/migrations.ts'
import { type BenchResult, type Figure, median } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'

const RUNS = 7
const SUBGROUPS = 50_000
const SIZE = 5
const RULE_POINTS = 50_000
const STOPS = 1_000_000
const START_AT = 1_760_000_000_000
const RANGE = { fromAt: START_AT, toAt: START_AT + 400 * 86_400_000 }
const UNITS = Array.from({ length: 50 }, (_, n) => `unit-${n}`)

const FILL = [
  `INSERT INTO reading (point, source_at, seq, number, quality, kind, received_at)
   SELECT 'bench:width', fromUnixTimestamp64Milli(toInt64(${START_AT} + number * 1000)), number,
     74 + (sipHash64(number) % 1000 + sipHash64(number, 1) % 1000 - 1000) / 50000, 0, 1, now64(3)
   FROM numbers(${SUBGROUPS * SIZE})`,
  `INSERT INTO reading (point, source_at, seq, number, quality, kind, received_at)
   SELECT 'bench:weight', fromUnixTimestamp64Milli(toInt64(${START_AT} + number * 1000)), number,
     10 + (sipHash64(number, 2) % 1000 + sipHash64(number, 3) % 1000 - 1000) / 1000, 0, 1, now64(3)
   FROM numbers(${RULE_POINTS})`,
  `INSERT INTO equipment_stop (unit, window_at, state, reason, ms, count, computed_at, is_deleted)
   SELECT concat('unit-', toString(number % 50)), fromUnixTimestamp64Milli(toInt64(${START_AT} + intDiv(number, 1000) * 28800000)), 'DOWN',
     concat('R', toString(intDiv(number, 50) % 20)), sipHash64(number) % 900000, 1, now64(3), 0
   FROM numbers(${STOPS})`,
]

const rowsOf =
  (client: ClickHouseClient) =>
  async <T>(query: string, params: Record<string, unknown> = {}) =>
    (await client.query({ query, query_params: params, format: 'JSONEachRow' })).json<T>()

/** Median ms of some runs after one that warms up. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  await run()
  const all: number[] = []
  for (let i = 0; i < RUNS; i += 1) {
    const startedAt = performance.now()
    await run()
    all.push(performance.now() - startedAt)
  }
  return median(all)
}

type Ask = ReturnType<typeof rowsOf>

async function spcFigures(path: SqlPathService, ask: Ask): Promise<Figure[]> {
  const [constants] = chartConstants([SIZE])
  const { size, d2, d3, c4 } = constants as Record<string, number>
  const params = { ...RANGE, points: ['bench:width'], subgroupSize: SIZE, sizes: [size], d2: [d2], d3: [d3], c4: [c4] }
  const ours = await timed(() => path.overTables(subgroupHistory.body, subgroupHistory.selects, params))
  const bare = await timed(() =>
    ask(`SELECT avg(m), avg(r), avg(s) FROM (SELECT avg(number) AS m, max(number) - min(number) AS r, stddevSamp(number) AS s
      FROM reading WHERE point = 'bench:width' GROUP BY intDiv(toUnixTimestamp64Milli(source_at) - ${START_AT}, ${SIZE * 1_000}))`),
  )
  const fetched = await timed(async () => {
    const values = await ask<{ v: number }>(
      `SELECT number AS v FROM reading WHERE point = 'bench:width' ORDER BY source_at, seq`,
    )
    const groups = Array.from({ length: SUBGROUPS }, (_, n) =>
      values.slice(n * SIZE, n * SIZE + SIZE).map(({ v }) => v),
    )
    return subgroupChart(groups, 'range')
  })
  const rules = await timed(() =>
    path.overTables(runRuleHistory.body, runRuleHistory.selects, {
      ...RANGE,
      points: ['bench:weight'],
      center: 10,
      sigma: 0.4,
    }),
  )
  return [
    {
      name: `SPC of ${SUBGROUPS} subgroups of ${SIZE}`,
      unit: 'ms',
      value: ours,
      atMost: 1_000,
      beside: { name: 'bare means', value: bare },
    },
    { name: 'the same, rows fetched and computed here', unit: 'ms', value: fetched },
    { name: `12 run rules over ${RULE_POINTS} points`, unit: 'ms', value: rules, atMost: 1_000 },
  ]
}

async function paretoFigures(path: SqlPathService, ask: Ask): Promise<Figure[]> {
  const params = { ...RANGE, units: UNITS, threshold: 0.8 }
  const ours = await timed(() => path.overTables(stopPareto.body, stopPareto.selects, params))
  const sums = `SELECT reason AS code, sum(ms) AS measure FROM equipment_stop FINAL WHERE unit IN {units:Array(String)}
    AND window_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND window_at < fromUnixTimestamp64Milli({toAt:Int64})
    GROUP BY reason ORDER BY measure DESC`
  const bare = await timed(() => ask(sums, params))
  const split = await timed(async () => pareto(await ask<{ code: string; measure: number }>(sums, params)))
  return [
    {
      name: `stop Pareto over ${STOPS} stops`,
      unit: 'ms',
      value: ours,
      beside: { name: 'bare SQL', value: bare },
      ratioAtMost: 2,
    },
    { name: 'the same, summed in SQL and ordered here', unit: 'ms', value: split },
  ]
}

export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const store = await startStore({ dataDir: join(folder, 'warehouse') })
  const settings = { output_format_json_quote_64bit_integers: 0, max_partitions_per_insert_block: '0' } as const
  const client = createClient({ url: store.url, clickhouse_settings: settings })
  try {
    const ask = rowsOf(client)
    const command = async (query: string, params: Record<string, unknown> = {}) =>
      void (await client.command({ query, query_params: params }))
    await migrate({ database: 'gemba', query: ask, command, createDatabase: async () => undefined })
    for (const statement of FILL) await command(statement)
    const path = new SqlPathService({ query: ask })
    const figures = [...(await spcFigures(path, ask)), ...(await paretoFigures(path, ask))]
    return {
      bench: 'kpi-sql',
      work: `The bodies of server/src/kpi/sql over ${SUBGROUPS * SIZE} readings and ${STOPS} stops in the embedded store, median of ${RUNS} runs.`,
      figures,
      notes: ['Bare SQL computes fewer figures than the body it stands beside.'],
    }
  } finally {
    await client.close()
    await store.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
