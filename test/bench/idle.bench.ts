import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { startProduct, type Product } from '../flows/product.ts'
import { startBareStores, startIdleNodes } from './bare-stores.ts'
import type { BenchResult, Figure } from './bench.ts'
import { tree, usage } from './process-usage.ts'
import { scratchFolder } from './scratch-folder.ts'

const HISTORY_DAYS = 30
const SETTLE_MS = 45_000
const WATCH_MS = 60_000
const FLOOR_SETTLE_MS = 5_000
const FLOOR_WATCH_MS = 20_000
const NAMES = ['metadata', 'warehouse', 'server', 'collector', 'plant']
/** Programs of the product beside the stores: supervisor, server, collector, plant. */
const NODE_PROGRAMS = 4

type Groups = Map<string, number[]>

interface Load {
  cores: number
  mb: number
}

/** Process ids by name: each supervised process with its own children, and the supervisor itself. */
function groupsOf(product: Product): Groups {
  const found: Groups = new Map()
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

async function watch(groups: () => Groups, forMs: number): Promise<Map<string, Load>> {
  const before = new Map([...groups()].map(([name, pids]) => [name, sum(pids)]))
  const startedAt = performance.now()
  await pause(forMs)
  const elapsedMs = performance.now() - startedAt
  const loads = new Map<string, Load>()
  for (const [name, pids] of groups()) {
    const now = sum(pids)
    loads.set(name, { cores: (now.cpuMs - (before.get(name)?.cpuMs ?? now.cpuMs)) / elapsedMs, mb: now.rssMb })
  }
  return loads
}

function total(loads: Map<string, Load>): Load {
  const all = [...loads.values()]
  return { cores: all.reduce((sum, { cores }) => sum + cores, 0), mb: all.reduce((sum, { mb }) => sum + mb, 0) }
}

/** The same stores over the same data and as many Node processes, all doing nothing. */
async function floorLoad(dataDir: string): Promise<Load> {
  const stores = await startBareStores(dataDir)
  const nodes = startIdleNodes(NODE_PROGRAMS)
  try {
    await pause(FLOOR_SETTLE_MS)
    const pids = [...stores.pids.flatMap(tree), ...nodes.pids]
    return total(await watch(() => new Map([['floor', pids]]), FLOOR_WATCH_MS))
  } finally {
    await nodes.stop()
    await stores.stop()
  }
}

async function demoLoads(product: Product): Promise<Map<string, Load>> {
  try {
    await pause(SETTLE_MS)
    return await watch(() => groupsOf(product), WATCH_MS)
  } finally {
    await product.stop({ keepData: true })
  }
}

/** The demo with 30 days of history, nobody watching. */
export async function run(): Promise<BenchResult> {
  const dataDir = scratchFolder()
  try {
    const product = await startProduct({ dataDir, historyDays: HISTORY_DAYS, readyWithinMs: 600_000 })
    const loads = await demoLoads(product)
    return report(loads, await floorLoad(dataDir))
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function report(loads: Map<string, Load>, floor: Load): BenchResult {
  const all = total(loads)
  const name = `bare stores, ${NODE_PROGRAMS} idle Nodes`
  const figures: Figure[] = [...loads].flatMap(([program, { cores, mb }]) => [
    { name: `${program}: CPU`, unit: 'cores', value: cores },
    { name: `${program}: memory`, unit: 'MB', value: mb },
  ])
  figures.push(
    { name: 'all: CPU', unit: 'cores', value: all.cores, atMost: 0.6, beside: { name, value: floor.cores } },
    { name: 'all: memory', unit: 'MB', value: all.mb, atMost: 2500, beside: { name, value: floor.mb } },
  )
  return {
    bench: 'idle',
    work: `the demo with ${HISTORY_DAYS} days of history, reference plant, nobody signed in, watched for ${WATCH_MS / 1000} s`,
    figures,
    notes: ['memory is the proportional set size: shared pages are counted once'],
  }
}
