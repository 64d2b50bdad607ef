import { setTimeout as pause } from 'node:timers/promises'
import { startProduct, type Product } from '../flows/product.ts'
import type { BenchResult, Figure } from './bench.ts'
import { tree, usage } from './process-usage.ts'

const SETTLE_MS = 45_000
const WATCH_MS = 60_000
const NAMES = ['metadata', 'warehouse', 'server', 'collector', 'plant']

/** Process ids by name: each supervised process with its own children, and the supervisor itself. */
function groups(product: Product): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const name of NAMES) {
    const pid = product.pid(name)
    if (pid !== null) found.set(name, tree(pid))
  }
  const named = new Set([...found.values()].flat())
  const rest = tree(product.supervisor.pid ?? 0).filter((pid) => !named.has(pid))
  return found.set('supervisor', rest)
}

function sum(pids: number[]): { cpuMs: number; rssMb: number } {
  const list = pids.map(usage).filter((entry) => entry !== null)
  return {
    cpuMs: list.reduce((total, entry) => total + entry.cpuMs, 0),
    rssMb: list.reduce((total, entry) => total + entry.rssMb, 0),
  }
}

/** The demo with 30 days of history, nobody watching. */
export async function run(): Promise<BenchResult> {
  const product = await startProduct({ historyDays: 30, readyWithinMs: 600_000 })
  try {
    await pause(SETTLE_MS)
    const before = new Map([...groups(product)].map(([name, pids]) => [name, sum(pids)]))
    const startedAt = performance.now()
    await pause(WATCH_MS)
    const elapsedMs = performance.now() - startedAt
    const figures: Figure[] = []
    const total = { cores: 0, rssMb: 0 }
    for (const [name, pids] of groups(product)) {
      const now = sum(pids)
      const cores = (now.cpuMs - (before.get(name)?.cpuMs ?? now.cpuMs)) / elapsedMs
      figures.push(
        { name: `${name}: CPU`, unit: 'cores', value: cores },
        { name: `${name}: memory`, unit: 'MB', value: now.rssMb },
      )
      total.cores += cores
      total.rssMb += now.rssMb
    }
    figures.push(
      { name: 'all: CPU', unit: 'cores', value: total.cores, atMost: 0.6 },
      { name: 'all: memory', unit: 'MB', value: total.rssMb, atMost: 2500 },
    )
    return {
      bench: 'idle',
      work: `the demo with 30 days of history, reference plant, nobody signed in, watched for ${WATCH_MS / 1000} s`,
      figures,
      notes: ['memory is the proportional set size: shared pages are counted once'],
    }
  } finally {
    await product.stop()
  }
}
