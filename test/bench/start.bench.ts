import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProduct } from '../flows/product.ts'
import { type BenchResult, median } from './bench.ts'

const SECOND_STARTS = 3

/** First start with 30 days of history planted through the ingest path, then starts with everything there. */
export async function run(): Promise<BenchResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gemba-bench-'))
  try {
    const first = await startProduct({ dataDir, historyDays: 30, readyWithinMs: 600_000 })
    await first.stop({ keepData: true })
    const again: number[] = []
    for (let round = 0; round < SECOND_STARTS; round += 1) {
      const product = await startProduct({ dataDir, historyDays: 30 })
      again.push(product.readyMs / 1000)
      await product.stop({ keepData: true })
    }
    return {
      bench: 'start',
      work: 'supervisor start to the ready line; first with 30 days of history to plant, then with it in place',
      figures: [
        { name: 'first start, install and build done', unit: 's', value: first.readyMs / 1000, atMost: 300 },
        { name: 'second start, median', unit: 's', value: median(again), atMost: 12 },
        { name: 'second start, worst', unit: 's', value: Math.max(...again) },
      ],
      notes: [
        'installing and building in an empty clone come on top of the first start and depend on the package cache',
      ],
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
