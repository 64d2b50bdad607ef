import { readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchResult, table } from './bench.ts'

type Bench = (options: { data?: string }) => Promise<BenchResult>

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''))
  .sort()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  // `data` is the folder in which bench-M lies; see bench-m.ts.
  options: { json: { type: 'string' }, data: { type: 'string' } },
})
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`Unknown bench ${unknown.join(', ')}. Known: ${known.join(', ')}`)
  process.exit(2)
}

const results: (BenchResult & { seconds: number; loadBefore: number })[] = []
for (const name of positionals.length > 0 ? positionals : known) {
  const loadBefore = loadavg()[0] ?? 0
  console.log(`\n${name}`)
  const startedAt = performance.now()
  const { run } = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as { run: Bench }
  const result = await run(values.data === undefined ? {} : { data: values.data })
  const seconds = (performance.now() - startedAt) / 1000
  results.push({ ...result, seconds, loadBefore })
  console.log(`  ${result.work}\n`)
  console.log(table(result.figures))
  console.log(`\n  note: took ${seconds.toFixed(0)} s; load of the machine before it ${loadBefore.toFixed(2)}`)
  for (const note of result.notes) console.log(`  note: ${note}`)
}
const machine = {
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 1e9),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`)
// A missed timing is told, not failed: this machine is not the one that the promise is about.
process.exit(0)
