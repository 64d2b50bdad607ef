import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { judgeChart } from '@gemba/engine/kpi/chart-judgement'
import type { InspectionRights } from '../../server/src/kpi/quality-rights.ts'
import { startStore } from '../../server/src/warehouse/embedded/start-store.ts'
import { migrate } from '../../server/src/warehouse/migrations.ts'
import { type BenchResult, median } from './bench.ts'
import { SpcRows, SpcService, type Warehouse, WarehouseService } from './built-server.ts'
import { scratchFolder } from './scratch-folder.ts'

const SUBGROUPS = 50_000
const SIZE = 5
const ROUNDS = 7
const AT = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000
const RANGE = { fromAt: AT, toAt: AT + SUBGROUPS * MINUTE_MS }
const ALL: InspectionRights = {
  allows: () => true,
  touches: () => true,
  condition: () => ({ sql: '1', params: {} }),
  key: 'all',
  allowsRow: () => true,
  rowCondition: () => ({ sql: '1', params: {} }),
  limitedAt: () => null,
}
const CHARACTERISTIC = 'BENCH'

async function fill(warehouse: Warehouse): Promise<void> {
  await warehouse.insertRows('inspection_characteristic', [
    {
      ...{
        source: 'bench',
        characteristic: CHARACTERISTIC,
        version: 'v1',
        effective_at: AT,
        name_zh: '测',
        name_en: 'B',
      },
      ...{ material: 'M', unit: 'SUZ/A', chart: 'xbar-r', value_unit: 'g', subgroup_size: SIZE },
      ...{ lsl: 4.15, usl: 4.25, target: 4.2, center: 4.2, sigma: 0.012 },
      ...{ baseline_from_at: null, baseline_to_at: null, version_at: AT, is_deleted: 0 },
    },
  ])
  await warehouse.command(
    `INSERT INTO inspection_result (source, characteristic, subgroup, sample, unit, measured_at, value, size, cavity, lot, order_no, version_at, is_deleted)
     SELECT 'bench', '${CHARACTERISTIC}', leftPad(toString(intDiv(number, ${SIZE})), 8, '0'), number % ${SIZE} + 1, 'SUZ/A',
       fromUnixTimestamp64Milli(toInt64(${AT} + intDiv(number, ${SIZE}) * ${MINUTE_MS})),
       4.2 + 0.012 * sqrt(-2 * log((cityHash64(number, 1) % 999983 + 1) / 999984.)) * cos(6.283185307179586 * (cityHash64(number, 2) % 999983) / 999983.),
       1, NULL, NULL, NULL, fromUnixTimestamp64Milli(toInt64(${AT})), 0 FROM numbers(${SUBGROUPS * SIZE})`,
  )
}

async function timed(run: () => Promise<unknown> | unknown): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

/** A chart of 50 000 subgroups with rules and capability, beside the bare sums and the bare judgement. */
export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  const store = await startStore({ dataDir: join(dataDir, 'warehouse') })
  const warehouse = new WarehouseService(store.url)
  try {
    await migrate(warehouse)
    await fill(warehouse)
    const rows = new SpcRows(warehouse)
    const spc = new SpcService(rows)
    const question = { range: RANGE, limit: 500, lambda: 0.2, explain: false }
    const chart = () => spc.chart(CHARACTERISTIC, question, ALL)
    const answer = await chart()
    const whole: number[] = []
    const sums: number[] = []
    const judging: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      whole.push(await timed(chart))
      sums.push(await timed(() => rows.subgroups(CHARACTERISTIC, 'xbar-r', RANGE)))
      const found = await rows.subgroups(CHARACTERISTIC, 'xbar-r', RANGE)
      const baseline = { kind: 'xbar-r' as const, version: 'v1', center: 4.2, sigma: 0.012, samples: 0 }
      judging.push(await timed(() => judgeChart(found.map(({ sample }) => ({ sample, baseline })))))
    }
    return {
      bench: 'spc',
      work: `Xbar-R chart of ${answer.subgroups} subgroups of ${SIZE} with Western Electric rules, EWMA and capability, ${ROUNDS} times; ${answer.points.length} points sent`,
      figures: [
        {
          name: 'chart, median',
          unit: 'ms',
          value: median(whole),
          atMost: 1_000,
          beside: { name: 'sums alone', value: median(sums) },
        },
        { name: 'chart, worst', unit: 'ms', value: Math.max(...whole) },
        { name: '  of it judging', unit: 'ms', value: median(judging), atMost: 1_000 },
        { name: 'points that fire', unit: 'count', value: answer.violatingPoints },
      ],
      notes: ['every subgroup of the range is judged each time; nothing is kept between questions'],
    }
  } finally {
    await warehouse.onApplicationShutdown()
    await store.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
