import { rmSync } from 'node:fs'
import { type Product, startProduct } from '../flows/product.ts'
import { startBareStores } from './bare-stores.ts'
import { type BenchResult, type Figure, median } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'
import { bareWarehouse, rows } from './warehouse.ts'

const ROUNDS = 3
const HISTORY_DAYS = 30

/** Seconds of each step, from the supervisor's own lines: `✓ Server (1.7 s)`. */
function steps(product: Product): Figure[] {
  return [...product.output().matchAll(/✓ (.+?) \((\d+(?:\.\d+)?) s\)/g)].map(([, name, seconds]) => ({
    name: `  of the last one: ${name}`,
    unit: 's',
    value: Number(seconds),
  }))
}

/** Windows whose figures were made again since an instant: work between the start and the ready line. */
async function derivedSince(product: Product, sinceAt: number): Promise<{ again: number; all: number }> {
  const warehouse = bareWarehouse(product)
  const [found] = await rows<{ again: number; all: number }>(
    warehouse,
    `SELECT countIf(toUnixTimestamp64Milli(computed_at) >= ${sinceAt}) AS again, count() AS all FROM equipment_window FINAL`,
  )
  await warehouse.close()
  return { again: Number(found?.again), all: Number(found?.all) }
}

/** First start with history planted through the ingest path, then starts with everything there. */
export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  try {
    const first = await startProduct({ dataDir, historyDays: HISTORY_DAYS, readyWithinMs: 600_000 })
    await first.stop({ keepData: true })
    const again: number[] = []
    const bare: number[] = []
    const stops: number[] = []
    let parts: Figure[] = []
    let derived = { again: 0, all: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = Date.now()
      const product = await startProduct({ dataDir, historyDays: HISTORY_DAYS, readyWithinMs: 120_000 })
      again.push(product.readyMs / 1000)
      parts = steps(product)
      derived = await derivedSince(product, startedAt)
      const toldAt = performance.now()
      await product.stop({ keepData: true })
      stops.push((performance.now() - toldAt) / 1000)
      const stores = await startBareStores(dataDir)
      bare.push(stores.readyMs / 1000)
      await stores.stop()
    }
    return {
      bench: 'start',
      work: `supervisor start to the ready line; first with ${HISTORY_DAYS} days of history to plant, then ${ROUNDS} times with it in place`,
      figures: [
        {
          name: 'second start, median',
          unit: 's',
          value: median(again),
          atMost: 12,
          beside: { name: 'both stores alone', value: median(bare) },
        },
        {
          name: 'second start, worst',
          unit: 's',
          value: Math.max(...again),
          beside: { name: 'both stores alone', value: Math.max(...bare) },
        },
        ...parts,
        {
          name: '  of the last one: windows derived again',
          unit: 'count',
          value: derived.again,
          beside: { name: 'windows stored', value: derived.all },
        },
        { name: 'stop, worst', unit: 's', value: Math.max(...stops), atMost: 10 },
        { name: 'first start, install and build done', unit: 's', value: first.readyMs / 1000, atMost: 300 },
        ...steps(first).map((figure) => ({ ...figure, name: figure.name.replace('last', 'first') })),
      ],
      notes: [
        'installing and building in an empty clone come on top of the first start and depend on the package cache: the promise of 5 min holds for all of it',
      ],
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
