/**
 * Products that fill workbook templates, beside ours. They are no dependencies of this one, some for their licences: the
 * bench fetches them into a folder of its own.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchResult, Figure } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'

const SIZES = [10_000, 100_000]
const PATIENCE_MS = 180_000
const PACKAGES = {
  carbone: ['carbone@3.8.2'],
  'xlsx-template': ['xlsx-template@1.4.7'],
  jsreport: ['@jsreport/jsreport-core@4.11.2', '@jsreport/jsreport-xlsx@4.8.1', '@jsreport/jsreport-handlebars@4.1.1'],
}

type Outcome = { cpuMs: number; peakMb: number } | { why: string }

function installed(folder: string): boolean {
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const packages = Object.values(PACKAGES).flat()
  const flags = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
  return spawnSync('npm', [...flags, ...packages], { cwd: folder, stdio: 'ignore' }).status === 0
}

function measured(script: string, args: readonly string[]): Outcome {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  })
  if (signal !== null) return { why: `ended after ${PATIENCE_MS / 1000} s` }
  if (status !== 0) return { why: stderr.split('\n').find((line) => /Error/.test(line)) ?? `ended with ${status}` }
  const { rows, ...outcome } = JSON.parse(stdout) as { cpuMs: number; peakMb: number; rows?: number }
  const asked = Number(args[1])
  return rows === undefined || rows >= asked ? outcome : { why: `wrote ${rows} of ${asked} rows` }
}

function figuresOf(rows: number, peer: string, [own, other]: readonly [Outcome, Outcome]): Figure[] {
  if ('why' in own || 'why' in other) return []
  const name = `${rows} × 20`
  return [
    { name: `${name}, CPU`, unit: 'ms', value: own.cpuMs, beside: { name: peer, value: other.cpuMs } },
    { name: `${name}, peak memory`, unit: 'MB', value: own.peakMb, beside: { name: peer, value: other.peakMb } },
  ]
}

export function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const notes = [
    'Each in a process of its own, loading included. Ours streams the rows and writes a live formula; the others hold all rows and write values.',
  ]
  const figures: Figure[] = []
  const peers = installed(folder) ? Object.keys(PACKAGES) : []
  if (peers.length === 0) notes.push('The peers could not be fetched: nothing was compared.')
  const lost = new Set<string>()
  for (const rows of SIZES) {
    const own = measured('xlsx-writers.ts', ['own', String(rows), join(folder, 'own.xlsx')])
    for (const peer of peers.filter((each) => !lost.has(each))) {
      const other = measured('xlsx-peer.ts', [peer, String(rows), join(folder, `${peer}.xlsx`), folder])
      figures.push(...figuresOf(rows, peer, [own, other]))
      if (!('why' in other)) continue
      lost.add(peer)
      notes.push(`${peer} did not survive ${rows} rows: ${other.why}`)
    }
  }
  rmSync(folder, { recursive: true, force: true })
  return Promise.resolve({
    bench: 'xlsx-peers',
    work: 'A list of 20 columns filled into a workbook template.',
    figures,
    notes,
  })
}
