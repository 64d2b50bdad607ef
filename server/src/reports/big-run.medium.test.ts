/** Real: the thread that makes reports, with far less memory than its rows need, and the disk. */
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { CellRows } from '@gemba/contracts/report'
import { Piscina } from 'piscina'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PaintNews } from './paint-news.ts'
import type { ReportTask, RunAnswer, RunNews, TaskAnswer } from './report-worker.ts'
import {
  inputsFile,
  outputFile,
  pagesFile,
  pagesIndexFile,
  rowsFile,
  type PagesIndex,
  type RunInputs,
} from './run-files.ts'
import type { CellPart } from './run-lineage.ts'

const ROWS = 200_000
const COLUMNS = 20
/** As cells of a report in memory the rows would take more than a gigabyte; the thread itself takes some 100 MB. */
const HEAP_MB = 256
const PAGE_ROWS = 60

const letter = (column: number): string => String.fromCharCode(65 + column)
const valueAt = (row: number, column: number): string | number =>
  column === 0 ? `ID-${row}` : column < 8 ? `文本${(row * (column + 3)) % 1000}` : (row * (column + 7)) % 10_000

const cells = [
  ...Array.from({ length: COLUMNS }, (_, i) => ({
    at: `${letter(i)}1`,
    value: { lit: `c${i}` },
    band: 'headerRepeat' as const,
  })),
  ...Array.from({ length: COLUMNS }, (_, i) => ({
    at: `${letter(i)}2`,
    value: { field: `o.c${i}`, as: i === 0 ? ('list' as const) : ('first' as const) },
    ...(i === 0 ? { expand: 'down' as const } : {}),
  })),
  { at: 'I3', value: { expr: 'SUM(I2)' } },
]

const root = mkdtempSync(join(tmpdir(), 'gemba-big-run-'))
const dir = mkdtempSync(join(root, 'run-'))
const pool = new Piscina({
  filename: join(import.meta.dirname, 'report-worker.ts'),
  maxThreads: 1,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
})

async function work<T>(task: ReportTask, transferList: MessageChannel['port2'][] = []): Promise<T> {
  const answer = (await pool.run(task, { transferList })) as TaskAnswer<T>
  if (!answer.ok) throw new Error(answer.problems.join('; '))
  return answer.value
}

const news: RunNews[] = []
let made: RunAnswer

beforeAll(async () => {
  const inputs: RunInputs = {
    template: JSON.stringify({
      formatVersion: 1,
      name: 'big',
      datasets: { o: { kind: 'sql', sql: 'SELECT 1' } },
      sheet: { paging: { mode: 'fixedRows', rows: PAGE_ROWS } },
      cells,
    }),
    params: {},
    locale: 'en',
    timeZone: 'UTC',
    nowAt: 0,
    datasets: ['o'],
    types: {},
    notices: [],
  }
  writeFileSync(inputsFile(dir), JSON.stringify(inputs))
  const out = createWriteStream(rowsFile(dir, 'o'))
  for (let row = 0; row < ROWS; row += 1) {
    const values = Array.from({ length: COLUMNS }, (_, column) => [`c${column}`, valueAt(row, column)] as const)
    if (!out.write(`${JSON.stringify(Object.fromEntries(values))}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  const { port1, port2 } = new MessageChannel()
  port1.on('message', (each: RunNews) => news.push(each))
  made = await work<RunAnswer>({ kind: 'run', dir, port: port2 }, [port2])
  port1.close()
}, 600_000)
afterAll(async () => {
  await pool.destroy()
  rmSync(root, { recursive: true, force: true })
})

describe(`a run of ${ROWS} rows in a thread of ${HEAP_MB} MB`, () => {
  it('is made, with its pages counted and its sums taken over all rows', () => {
    const pages = Math.ceil((ROWS + 1) / PAGE_ROWS)
    expect(made).toMatchObject({
      pages,
      cut: pages - 2_000,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    const sum = Array.from({ length: ROWS }, (_, row) => Number(valueAt(row, 8))).reduce((a, b) => a + b, 0)
    expect(made.controlTotals).toContainEqual({ dataset: 'o', column: 'c8', sum: String(sum) })
  })

  it('tells on the way how far it is', () => {
    const shares = news.map(({ share }) => share)
    expect(shares.length).toBeGreaterThan(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true)
  })

  it('opens a page in its middle, and says where a cell there comes from', async () => {
    const page = 800
    const { offsets } = JSON.parse(readFileSync(pagesIndexFile(dir), 'utf8')) as PagesIndex
    const html = readFileSync(pagesFile(dir))
      .subarray(offsets[page - 1], offsets[page])
      .toString('utf8')
    const row = (page - 1) * PAGE_ROWS + 2
    expect([offsets.length - 1, html.includes(`>ID-${row}<`)]).toEqual([2_000, true])
    const at = { page, cell: 'I4' }
    const cell = await work<CellPart>({ kind: 'lineage', dir, ...at })
    expect(cell).toMatchObject({ value: valueAt(row, 8), templateCell: 'I2', sources: [{ dataset: 'o', rows: 1 }] })
    const behind = await work<CellRows>({ kind: 'rows', dir, at: { ...at, dataset: 'o', from: 0, to: 5 } })
    expect([behind.total, behind.rows.map(([id]) => id)]).toEqual([1, [`ID-${row}`]])
  }, 240_000)

  it('is written as a workbook and as text', async () => {
    const told: PaintNews[] = []
    for (const format of ['xlsx', 'csv'] as const) {
      const { port1, port2 } = new MessageChannel()
      port1.on('message', (each: PaintNews) => told.push(each))
      await work({ kind: 'file', dir, order: { format, out: outputFile(dir, format) }, port: port2 }, [port2])
      port1.close()
    }
    expect(told.length).toBeGreaterThan(2)
    expect(told.every(({ unit, of }) => unit === 'rows' && of === ROWS + 2)).toBe(true)
    const done = told.map((each) => each.done)
    expect(done).toEqual([...done].sort((a, b) => a - b))
    expect(done.at(-1)).toBeGreaterThan(ROWS / 2)
    expect(statSync(outputFile(dir, 'xlsx')).size).toBeGreaterThan(10_000_000)
    const csv = readFileSync(outputFile(dir, 'csv'), 'utf8')
    expect(csv.split('\r\n').filter((line) => line.startsWith('ID-')).length).toBe(ROWS)
  }, 600_000)
})
