import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPORT_HEAP } from '../../server/src/reports/report-heap.ts'
import { inputsFile, rowsFile, type RunInputs } from '../../server/src/reports/run-files.ts'
import type { BenchResult } from './bench.ts'
import { COLUMNS, valueAt } from './list-values.ts'
import { scratchFolder } from './scratch-folder.ts'

const ROWS = 100_000
const MANY_ROWS = 500_000
/** Of old objects. Less than the rows would need; the threads of the product have four times as much. */
const HEAP_MB = 256

interface Outcome {
  cpuMs: number
  peakMb: number
  pages: number
}

const NAMES = Array.from({ length: COLUMNS }, (_, x) => `c${x}`)
const letter = (column: number): string => String.fromCharCode(65 + column)

/** A list of all columns with a head on each page and a total below. */
function template(): string {
  const cells = NAMES.flatMap((name, x) => [
    { at: `${letter(x)}1`, value: { lit: name }, band: 'headerRepeat' },
    {
      at: `${letter(x)}2`,
      value: { field: `d.${name}`, as: 'list' },
      ...(x === 0 ? { expand: 'down' } : {}),
      ...(x >= 8 ? { format: '#,##0.00' } : {}),
    },
  ])
  const total = { at: 'I3', value: { expr: 'SUM(I2)' }, format: '#,##0.00' }
  const paging = { mode: 'paper', size: 'A3', orientation: 'landscape', order: 'downThenOver', fitToWidth: true }
  const datasets = { d: { kind: 'sql', sql: 'SELECT 1' } }
  return JSON.stringify({ formatVersion: 1, name: 'bench', datasets, cells: [...cells, total], sheet: { paging } })
}

/** A run folder as the server leaves it for its thread. */
async function runFolder(root: string, rows: number): Promise<string> {
  const dir = join(root, String(rows))
  mkdirSync(dir)
  const inputs: RunInputs = {
    ...{ template: template(), params: {}, locale: 'en', timeZone: 'UTC', nowAt: 0 },
    ...{ datasets: ['d'], types: {}, notices: [] },
  }
  writeFileSync(inputsFile(dir), JSON.stringify(inputs))
  const out = createWriteStream(rowsFile(dir, 'd'))
  for (let row = 0; row < rows; row += 1) {
    const values = Object.fromEntries(NAMES.map((name, x) => [name, valueAt(row, x)]))
    if (!out.write(`${JSON.stringify(values)}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  return dir
}

async function made(root: string, rows: number): Promise<Outcome> {
  const dir = await runFolder(root, rows)
  const script = join(import.meta.dirname, 'run-streamed.ts')
  const young = `--max-semi-space-size=${REPORT_HEAP.maxYoungGenerationSizeMb / 3}`
  const order = [young, `--max-old-space-size=${HEAP_MB}`, script, dir]
  const { status, stdout, stderr } = spawnSync(process.execPath, order, { encoding: 'utf8' })
  rmSync(dir, { recursive: true })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Outcome
}

export async function run(): Promise<BenchResult> {
  const root = scratchFolder()
  try {
    const few = await made(root, ROWS)
    const many = await made(root, MANY_ROWS)
    return {
      bench: 'run',
      work: `A list of ${COLUMNS} columns from a file of rows: hash, totals, findings and pages for the screen in one pass, in a process with a heap of ${HEAP_MB} MB.`,
      figures: [
        { name: `${ROWS} rows: CPU`, unit: 'ms', value: few.cpuMs },
        { name: `${MANY_ROWS} rows: CPU`, unit: 'ms', value: many.cpuMs },
        {
          name: `${MANY_ROWS} rows: CPU ÷ that of ${ROWS}`,
          unit: 'ratio',
          value: many.cpuMs / few.cpuMs,
          atMost: 1.2 * (MANY_ROWS / ROWS),
        },
        { name: `${ROWS} rows: peak`, unit: 'MB', value: few.peakMb },
        { name: `${MANY_ROWS} rows: peak`, unit: 'MB', value: many.peakMb },
        {
          name: `${MANY_ROWS} rows: peak ÷ that of ${ROWS}`,
          unit: 'ratio',
          value: many.peakMb / few.peakMb,
          atMost: 1.25,
        },
        { name: `${MANY_ROWS} rows: pages`, unit: 'count', value: many.pages },
      ],
      notes: ['More than 2,000 pages are counted but not painted, so that the longer run costs less for each row.'],
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
