import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { closeBrowser, findBrowser, launchBrowser } from '../../server/src/reports/browser.ts'
import { HtmlPages, htmlDocument } from '../../server/src/reports/paint-html.ts'
import { REPORT_HEAP } from '../../server/src/reports/report-heap.ts'
import { fontFaces } from '../../server/src/reports/print-fonts.ts'
import type { ReportTask } from '../../server/src/reports/report-worker.ts'
import { inputsFile, outputFile, rowsFile, type RunInputs } from '../../server/src/reports/run-files.ts'
import { documentIn } from '../../server/src/reports/run-work.ts'
import { median, percentile, type BenchResult, type Figure } from './bench.ts'

const TICK_MS = 50
const ROUNDS = 9
const COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

/** A run folder with a list of ten columns, as the server leaves it for its thread. */
function runFolder(root: string, rows: number): string {
  const dir = mkdtempSync(join(root, 'run-'))
  const cells = COLUMNS.map((column, index) => ({
    at: `${String.fromCharCode(65 + index)}1`,
    value: { field: `o.${column}`, as: index === 0 ? 'list' : 'first' },
    ...(index === 0 ? { expand: 'down' } : {}),
  }))
  const template = { formatVersion: 1, name: 'bench', datasets: { o: { kind: 'sql', sql: 'SELECT 1' } }, cells }
  const inputs: RunInputs = {
    template: JSON.stringify(template),
    params: {},
    locale: 'en',
    timeZone: 'UTC',
    nowAt: 0,
    datasets: ['o'],
    types: {},
    notices: [],
  }
  writeFileSync(inputsFile(dir), JSON.stringify(inputs))
  const row = (at: number): string => JSON.stringify(Object.fromEntries(COLUMNS.map((name, i) => [name, at * 10 + i])))
  writeFileSync(rowsFile(dir, 'o'), Array.from({ length: rows }, (_, at) => `${row(at)}\n`).join(''))
  return dir
}

async function make(pool: Piscina, dir: string, order: { format: 'pdf' | 'xlsx'; endpoint?: string }): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const run: ReportTask = { kind: 'run', dir, port: port2 }
  await pool.run(run, { transferList: [port2] })
  port1.close()
  const browser = order.endpoint === undefined ? {} : { browserEndpoint: order.endpoint }
  const file: ReportTask = {
    kind: 'file',
    dir,
    order: { format: order.format, out: outputFile(dir, order.format), ...browser },
  }
  await pool.run(file)
}

async function onePage(pool: Piscina, root: string): Promise<Figure[]> {
  const path = findBrowser()
  if (path === undefined) return []
  const browser = await launchBrowser(path)
  try {
    const dir = runFolder(root, 40)
    const document = await documentIn(dir)
    const painter = await HtmlPages.of(document)
    const body = [...painter.pages()].map((page) => `<section class="page">${page.body}</section>`).join('')
    const html = htmlDocument(document, { css: painter.css(await fontFaces()), body })
    const own: number[] = []
    const whole: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = await browser.newPage()
      const printingAt = performance.now()
      await page.setContent(html, { waitUntil: 'load' })
      await page.pdf({ preferCSSPageSize: true, printBackground: true })
      own.push(performance.now() - printingAt)
      await page.close()
      const startedAt = performance.now()
      await make(pool, runFolder(root, 40), { format: 'pdf', endpoint: browser.wsEndpoint() })
      whole.push(performance.now() - startedAt)
    }
    const beside = { name: 'the same page printed by the browser alone', value: median(own) }
    return [{ name: 'one page from rows to PDF, warm', unit: 'ms', value: median(whole), beside }]
  } finally {
    await closeBrowser(browser)
  }
}

/** How late a tick of this thread is while another thread makes and exports 100,000 rows. */
async function lateness(pool: Piscina, root: string): Promise<Figure[]> {
  const dir = runFolder(root, 100_000)
  const late: number[] = []
  let dueAt = performance.now() + TICK_MS
  const timer = setInterval(() => {
    const nowAt = performance.now()
    late.push(Math.max(0, nowAt - dueAt))
    dueAt = nowAt + TICK_MS
  }, TICK_MS)
  const startedAt = performance.now()
  await make(pool, dir, { format: 'xlsx' })
  clearInterval(timer)
  return [
    {
      name: 'lateness of a tick beside an export of 100,000 rows, p99',
      unit: 'ms',
      value: percentile(late, 0.99),
      atMost: 60,
    },
    { name: 'that run and its workbook', unit: 'ms', value: performance.now() - startedAt },
  ]
}

export async function run(): Promise<BenchResult> {
  const root = mkdtempSync(join(tmpdir(), 'gemba-report-runs-'))
  const filename = join(import.meta.dirname, '../../server/src/reports/report-worker.ts')
  const pool = new Piscina({
    filename,
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: REPORT_HEAP,
  })
  try {
    return {
      bench: 'report-runs',
      work: 'A report of one page from stored rows to a PDF in a warm browser; then 100,000 rows of ten columns made and written as a workbook in a thread, while the main thread ticks every 50 ms.',
      figures: [...(await onePage(pool, root)), ...(await lateness(pool, root))],
      notes: ['The tick stands for that of live boards; fetching rows is not part of it.'],
    }
  } finally {
    await pool.destroy()
    rmSync(root, { recursive: true, force: true })
  }
}
