import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { median, type BenchResult, type Figure } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'

/** As the command `gemba report` starts Node. */
const { REPORT_HEAP } = (await import(join(import.meta.dirname, '../../scripts/report-heap.mjs'))) as {
  REPORT_HEAP: string[]
}
const ROWS = 100_000
const MANY_ROWS = 500_000
const MOST_ROWS = 1_000_000
const MERGES = 64_000
/** exceljs compares each merge with all others: more would take minutes. */
const FEW_MERGES = 8_000
/** Rounds in which all writers of a list take their turn, so that a busy minute hits all of them. */
const ROUNDS = 3

type Writer =
  | 'own'
  | 'own-memory'
  | 'own-merges'
  | 'floor'
  | 'floor-fast'
  | 'exceljs-stream'
  | 'exceljs-workbook'
  | 'exceljs-merges'

interface Outcome {
  cpuMs: number
  peakMb: number
  fileMb: number
}

/** One writer in a process of its own, so that memory is its own. */
function written(writer: Writer, rows: number, folder: string): Outcome {
  const out = join(folder, `${writer}.xlsx`)
  const isOwn = writer.startsWith('own')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...(isOwn ? REPORT_HEAP : []), join(import.meta.dirname, 'xlsx-writers.ts'), writer, String(rows), out],
    // Modules compiled once, as the command `gemba` keeps them.
    { encoding: 'utf8', env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') } },
  )
  if (status !== 0) throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Omit<Outcome, 'fileMb'>), fileMb: statSync(out).size / 1e6 }
}

/** CPU of one writer ÷ that of another, round by round: the median decides, the extremes say how busy the machine was. */
function cpuRatios(
  one: readonly Outcome[],
  other: readonly Outcome[],
  words: { name: string; atMost?: number },
): Figure[] {
  const ratios = one.map(({ cpuMs }, round) => cpuMs / (other[round] as Outcome).cpuMs)
  const promise = words.atMost === undefined ? {} : { atMost: words.atMost }
  return [
    { name: `CPU ÷ that of ${words.name}, median`, unit: 'ratio', value: median(ratios), ...promise },
    { name: '  least', unit: 'ratio', value: Math.min(...ratios) },
    { name: '  most', unit: 'ratio', value: Math.max(...ratios) },
  ]
}

function manyRows(folder: string, few: number): Figure[] {
  const [own, floor, exceljs] = (['own', 'floor', 'exceljs-stream'] as const).map((writer) =>
    written(writer, MANY_ROWS, folder),
  ) as [Outcome, Outcome, Outcome]
  const most = written('own', MOST_ROWS, folder)
  return [
    { name: `${MANY_ROWS} rows: peak ÷ that of ${ROWS}`, unit: 'ratio', value: own.peakMb / few, atMost: 1.25 },
    {
      name: `${MOST_ROWS} rows: peak ÷ that of ${MANY_ROWS}`,
      unit: 'ratio',
      value: most.peakMb / own.peakMb,
      atMost: 1.25,
    },
    {
      name: `${MANY_ROWS} rows: peak`,
      unit: 'MB',
      value: own.peakMb,
      atMost: 250,
      beside: { name: 'floor', value: floor.peakMb },
    },
    {
      name: `${MANY_ROWS} rows: peak`,
      unit: 'MB',
      value: own.peakMb,
      beside: { name: 'exceljs-stream', value: exceljs.peakMb },
    },
    {
      name: `${MANY_ROWS} rows: CPU`,
      unit: 'ms',
      value: own.cpuMs,
      beside: { name: 'floor', value: floor.cpuMs },
      ratioAtMost: 1.5,
    },
    {
      name: `${MANY_ROWS} rows: CPU`,
      unit: 'ms',
      value: own.cpuMs,
      beside: { name: 'exceljs-stream', value: exceljs.cpuMs },
    },
  ]
}

function merges(folder: string): Figure[] {
  const half = written('own-merges', MERGES / 2, folder)
  const all = written('own-merges', MERGES, folder)
  const few = written('own-merges', FEW_MERGES, folder)
  const exceljs = written('exceljs-merges', FEW_MERGES, folder)
  return [
    { name: `${MERGES} merges: CPU ÷ that of half as many`, unit: 'ratio', value: all.cpuMs / half.cpuMs, atMost: 2.5 },
    {
      name: `${FEW_MERGES} merges: CPU`,
      unit: 'ms',
      value: few.cpuMs,
      beside: { name: 'exceljs', value: exceljs.cpuMs },
    },
  ]
}

export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const writers = ['own', 'floor', 'floor-fast', 'own-memory', 'exceljs-stream', 'exceljs-workbook'] as const
  const results: Record<string, Outcome[]> = Object.fromEntries(writers.map((writer) => [writer, []]))
  for (const writer of writers) written(writer, 10, folder)
  for (let round = 0; round < ROUNDS; round += 1)
    for (const writer of writers) results[writer]?.push(written(writer, ROWS, folder))
  const of = (writer: (typeof writers)[number], key: keyof Outcome): number =>
    median((results[writer] as Outcome[]).map((outcome) => outcome[key]))
  const own = results['own'] as Outcome[]
  const beside = (writer: (typeof writers)[number], key: keyof Outcome): NonNullable<Figure['beside']> => ({
    name: writer,
    value: of(writer, key),
  })
  const ratios = writers
    .slice(1)
    .flatMap((writer) =>
      cpuRatios(own, results[writer] as Outcome[], { name: writer, ...(writer === 'floor' ? { atMost: 1.5 } : {}) }),
    )
  const peaks = writers.slice(1).map((writer): Figure => ({
    name: 'peak memory',
    unit: 'MB',
    value: of('own', 'peakMb'),
    ...(writer === 'floor' ? { atMost: 250 } : {}),
    beside: beside(writer, 'peakMb'),
  }))
  const size: Figure = {
    name: 'size of the file',
    unit: 'MB',
    value: of('own', 'fileMb'),
    beside: beside('exceljs-stream', 'fileMb'),
  }
  return {
    bench: 'xlsx',
    work: `A list of ${ROWS.toLocaleString('en')} rows × 20 columns (texts, numbers, a formula a row, formats, borders) written as a workbook, its rows streamed. Ours includes reading the template, expanding and laying out; the others only write.`,
    figures: [...ratios, ...peaks, size, ...manyRows(folder, of('own', 'peakMb')), ...merges(folder)],
    notes: [
      'Each writer makes its rows as it goes; nobody is given a list of them.',
      'The floor is template strings and one deflate stream of the usual level 6, floor-fast the same at level 2, which ours packs with: no styles, no escapes, no engine.',
      'Ours run with the heap that the command gemba report gives them; the others as Node starts them.',
      'own-memory is the same template with all rows in memory.',
      'carbone, jsreport and xlsx-template: the bench xlsx-peers.',
      `CPU time, ${ROUNDS} rounds in turn; the machine is shared. Each writer ran once before, so that its modules are compiled.`,
    ],
  }
}
