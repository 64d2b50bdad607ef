import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderReport } from '../../server/src/reports/render-report.ts'
import { median, type BenchResult, type Figure } from './bench.ts'
import { renderInput, salesRows, type Shape } from './report-templates.ts'
import { scratchFolder } from './scratch-folder.ts'

const SIZES = [1_000, 10_000, 100_000, 500_000, 1_000_000]
const DOUBLING_MARGIN = 2.5

/** CPU of the process while a report is made from rows to the last laid-out cell. */
function cpuMs(shape: Shape, count: number): number {
  const input = renderInput(shape, salesRows(count))
  const before = process.cpuUsage()
  const { result } = renderReport(input)
  let cells = 0
  for (const row of result.rows()) cells += row.length
  if (cells === 0) throw new Error('nothing was laid out')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function growth(shape: Shape): Figure[] {
  cpuMs(shape, 1_000)
  const times = SIZES.map((count) => ({
    count,
    ms: count < 100_000 ? median([cpuMs(shape, count), cpuMs(shape, count), cpuMs(shape, count)]) : cpuMs(shape, count),
  }))
  const at = (count: number): number => times.find((time) => time.count === count)?.ms ?? 0
  return [
    ...times.map(({ count, ms }): Figure => ({
      name: `${shape}, ${count.toLocaleString('en')} rows (CPU)`,
      unit: 'ms',
      value: ms,
    })),
    {
      name: `${shape}, 500,000 → 1,000,000 rows`,
      unit: 'ratio',
      value: at(1_000_000) / at(500_000),
      atMost: DOUBLING_MARGIN,
    },
  ]
}

/** The whole command, from the shell to the finished file. */
function onePage(folder: string): Figure[] {
  const root = join(import.meta.dirname, '../..')
  const template = join(folder, 'one-page.json')
  const cells = Array.from({ length: 40 }, (_, i) => ({ at: `A${i + 1}`, value: { expr: `${i}*2` } }))
  writeFileSync(template, JSON.stringify({ formatVersion: 1, name: 'one page', cells }))
  return ['json', 'csv', 'html', 'xlsx', 'pdf'].map((format) => {
    const runs = Array.from({ length: 5 }, () => {
      const startedAt = performance.now()
      const args = [
        join(root, 'scripts/gemba.mjs'),
        'report',
        'render',
        template,
        '--format',
        format,
        '--out',
        join(folder, `out.${format}`),
      ]
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      return performance.now() - startedAt
    })
    return {
      name: `one page as ${format}, whole command (wall)`,
      unit: 'ms',
      value: median(runs),
      ...(format === 'pdf' ? {} : { atMost: 1_000 }),
    }
  })
}

export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  return {
    bench: 'report',
    work: 'Lists, nested groups with subtotals and running sums, and cross-tabs over 1,000 to 1,000,000 rows, from rows to the last laid-out cell; then one page by the command line.',
    figures: [...onePage(folder), ...(['list', 'groups', 'cross-tab'] as const).flatMap(growth)],
    notes: ['CPU seconds of one process; the machine is shared.'],
  }
}
