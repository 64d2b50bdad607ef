import { readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchResult, type Figure, holds } from './bench.ts'

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''))
  .sort()

function show(figure: Figure): string {
  const verdict = holds(figure)
  const mark = verdict === null ? ' ' : verdict ? '✓' : '✗'
  const bound =
    figure.atMost === undefined
      ? figure.atLeast === undefined
        ? ''
        : `  (≥ ${figure.atLeast})`
      : `  (≤ ${figure.atMost})`
  const digits = Math.abs(figure.value) >= 100 ? 0 : Math.abs(figure.value) >= 10 ? 1 : 3
  return `  ${mark} ${figure.name.padEnd(54)} ${figure.value.toFixed(digits).padStart(12)} ${figure.unit}${bound}`
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`Unknown bench ${unknown.join(', ')}. Known: ${known.join(', ')}`)
  process.exit(2)
}

const results: (BenchResult & { seconds: number })[] = []
for (const name of positionals.length > 0 ? positionals : known) {
  console.log(`\n${name}`)
  const startedAt = performance.now()
  const { run } = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as { run: () => Promise<BenchResult> }
  const result = await run()
  results.push({ ...result, seconds: (performance.now() - startedAt) / 1000 })
  console.log(`  ${result.work}`)
  for (const figure of result.figures) console.log(show(figure))
  for (const note of result.notes) console.log(`    note: ${note}`)
}
const machine = {
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 1e9),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`)
process.exit(0)
