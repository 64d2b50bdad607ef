import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { median, type BenchResult, type Figure } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'

const ROWS = 100_000
const RUNS = 3

interface Outcome {
  cpuMs: number
  peakMb: number
  rowsMb: number
  fileMb: number
}

/** One writer in a process of its own, so that memory is its own. */
function written(writer: string, folder: string): Outcome {
  const out = join(folder, `${writer}.xlsx`)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'xlsx-writers.ts'), writer, String(ROWS), out],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Omit<Outcome, 'fileMb'>), fileMb: statSync(out).size / 1e6 }
}

export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const writers = ['own', 'floor', 'exceljs-stream', 'exceljs-workbook'] as const
  const results = Object.fromEntries(
    writers.map((writer) => [
      writer,
      Array.from({ length: writer === 'exceljs-workbook' ? 1 : RUNS }, () => written(writer, folder)),
    ]),
  )
  const of = (writer: (typeof writers)[number], key: keyof Outcome): number =>
    median((results[writer] as Outcome[]).map((run) => run[key]))
  const beside = (writer: (typeof writers)[number], key: keyof Outcome): NonNullable<Figure['beside']> => ({
    name: writer,
    value: of(writer, key),
  })
  return {
    bench: 'xlsx',
    work: `A list of ${ROWS.toLocaleString('en')} rows × 20 columns (texts, numbers, a formula a row, formats, borders) written as a workbook. Ours includes reading the template, expanding and laying out; the others only write.`,
    figures: [
      {
        name: 'own writer, engine included (CPU)',
        unit: 'ms',
        value: of('own', 'cpuMs'),
        beside: beside('floor', 'cpuMs'),
        ratioAtMost: 1.5,
      },
      {
        name: 'own writer, engine included (CPU)',
        unit: 'ms',
        value: of('own', 'cpuMs'),
        beside: beside('exceljs-stream', 'cpuMs'),
      },
      {
        name: 'own writer, engine included (CPU)',
        unit: 'ms',
        value: of('own', 'cpuMs'),
        beside: beside('exceljs-workbook', 'cpuMs'),
      },
      {
        name: 'own writer, peak memory',
        unit: 'MB',
        value: of('own', 'peakMb'),
        atMost: 250,
        beside: beside('exceljs-workbook', 'peakMb'),
      },
      {
        name: 'own writer, peak memory',
        unit: 'MB',
        value: of('own', 'peakMb'),
        beside: beside('exceljs-stream', 'peakMb'),
      },
      {
        name: '  of it: the rows as they were given',
        unit: 'MB',
        value: of('own', 'rowsMb'),
      },
      {
        name: 'size of the file',
        unit: 'MB',
        value: of('own', 'fileMb'),
        beside: beside('exceljs-workbook', 'fileMb'),
      },
    ],
    notes: [
      'The floor is template strings and one deflate stream: no styles, no escapes, no engine.',
      'CPU seconds; the machine is shared.',
    ],
  }
}
