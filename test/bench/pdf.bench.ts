/** Reports on paper that are long: made by the command, in processes of their own, the browser among them. */
import { spawn } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { BenchResult, Figure } from './bench.ts'
import { tree, usage } from './process-usage.ts'
import { scratchFolder } from './scratch-folder.ts'

const SAMPLE_MS = 150
const LINES = 30
const ROWS = 5_000
const PAGES = 500
const ROWS_ON_PAGE = 46
const root = join(import.meta.dirname, '../..')

interface Printed {
  seconds: number
  peakMb: number
  fileMb: number
  pages: number
}

/** The whole command; memory is that of all its processes at the same time, shared pages counted once. */
async function printed(
  name: string,
  template: object,
  { rows, folder }: { rows: object[]; folder: string },
): Promise<Printed> {
  const [file, data, out] = ['json', 'rows.json', 'pdf'].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ]
  writeFileSync(file, JSON.stringify({ formatVersion: 1, name, ...template }))
  writeFileSync(data, JSON.stringify(rows))
  const startedAt = performance.now()
  const order = ['report', 'render', file, '--data', `d=${data}`, '--format', 'pdf', '--out', out]
  const child = spawn(process.execPath, [join(root, 'scripts/gemba.mjs'), ...order], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let peakMb = 0
  const timer = setInterval(() => {
    const now = tree(child.pid as number).reduce((sum, pid) => sum + (usage(pid)?.rssMb ?? 0), 0)
    peakMb = Math.max(peakMb, now)
  }, SAMPLE_MS)
  const [code] = (await once(child, 'exit')) as [number]
  clearInterval(timer)
  if (code !== 0) throw new Error(`the command ended with ${code}`)
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, peakMb, fileMb: statSync(out).size / 1e6, pages: await pagesOf(out) }
}

async function pagesOf(file: string): Promise<number> {
  const task = getDocument({ data: new Uint8Array(await readFile(file)), verbosity: 0 })
  const { numPages } = await task.promise
  await task.destroy()
  return numPages
}

const paper = { paging: { mode: 'paper', size: 'A4' } }
const rowsOf = (count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({
    line: `产线 ${i % LINES}`,
    order: `MO-${100_000 + i}`,
    item: `支架 ${(i * 7) % 400}`,
    made: (i * 37) % 500,
    share: ((i * 13) % 1000) / 1000,
    note: i % 5 === 0 ? '首检合格' : '',
  }))

const FIELDS = ['order', 'item', 'made', 'share', 'note'] as const
const columns = (row: number): object[] =>
  FIELDS.map((field, x) => ({
    at: `${'BCDEF'[x] as string}${row}`,
    value: { field: `d.${field}`, as: 'list' },
    ...(x === 0 ? { expand: 'down' } : {}),
    ...(field === 'share' ? { format: '0.0%' } : {}),
    style: { border: { bottom: { style: 'thin', color: '#cccccc' } } },
  }))

/** A chart above the rows of each line. */
const charts = {
  sheet: { ...paper, rowHeights: { '1': 60 } },
  cells: [
    { at: 'A1', value: { field: 'd.line', as: 'group' }, expand: 'down', span: [2, 1] },
    {
      at: 'B1',
      span: [1, 5],
      value: { chart: { kind: 'bar', rows: { dataset: 'd', category: 'item', value: 'made' } } },
    },
    ...columns(2),
  ],
}
const list = { sheet: paper, cells: columns(1) }

export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const short = await printed('one', list, { rows: rowsOf(40), folder })
  const drawn = await printed('charts', charts, { rows: rowsOf(ROWS), folder })
  const long = await printed('long', list, { rows: rowsOf(PAGES * ROWS_ON_PAGE), folder })
  const name = `${ROWS} rows and ${LINES} charts`
  const figures: Figure[] = [
    { name: `${name}: whole command`, unit: 's', value: drawn.seconds, atMost: 30 },
    { name: `${name}: file`, unit: 'MB', value: drawn.fileMb, atMost: 8 },
    { name: `${name}: pages`, unit: 'count', value: drawn.pages },
    { name: `${name}: peak memory of all processes`, unit: 'MB', value: drawn.peakMb },
    {
      name: `${long.pages} pages: peak memory of all processes`,
      unit: 'MB',
      value: long.peakMb,
      atMost: 1_200,
      beside: { name: 'one page', value: short.peakMb },
    },
    {
      name: `${long.pages} pages: whole command`,
      unit: 's',
      value: long.seconds,
      beside: { name: 'one page', value: short.seconds },
    },
    { name: `${long.pages} pages: file`, unit: 'MB', value: long.fileMb },
  ]
  return {
    bench: 'pdf',
    work: `Reports of ${ROWS.toLocaleString('en')} rows with ${LINES} charts and of some ${PAGES} pages on A4, by the command, from the template to the finished PDF.`,
    figures,
    notes: [`Memory is sampled every ${SAMPLE_MS} ms as the proportional share of the command and of its browser.`],
  }
}
