import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Injectable } from '@nestjs/common'
import type { CellLineage, CellRows, ReportPagesAnswer, ReportRun } from '@gemba/contracts/report'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import { Fault } from '../http/fault.ts'
import { STREAMED_LIMITS } from './dataset-reading.ts'
import { csvText } from './paint-csv.ts'
import type { TaskAnswer } from './report-worker.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { runErrorOf } from './run-failure.ts'
import { pagesFile, pagesIndexFile, textsFile, type PagesIndex } from './run-files.ts'

const MOST_PAGES_AT_ONCE = 20
const MOST_HITS = 200
const LINEAGE_MS = 120_000

interface Finished {
  run: ReportRun
  dir: string
}

/** What can be asked of a finished run: pages, words in them, and where a number comes from. */
@Injectable()
export class RunReading {
  constructor(private readonly workers: ReportWorkers) {}

  /** Pages `from` … `to`, both inclusive; no more than twenty at once. */
  async pages({ dir }: Finished, { from, to }: { from: number; to: number }): Promise<ReportPagesAnswer> {
    const index = JSON.parse(await readFile(pagesIndexFile(dir), 'utf8')) as PagesIndex
    const count = index.offsets.length - 1
    const last = Math.min(to, from + MOST_PAGES_AT_ONCE - 1, count)
    const file = await open(pagesFile(dir))
    try {
      const pages: ReportPagesAnswer['pages'] = []
      for (let number = from; number <= last; number += 1) {
        const [start, end] = [index.offsets[number - 1] as number, index.offsets[number] as number]
        const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
        pages.push({ number, widthMm: index.widthMm, heightMm: index.heightMm, html: buffer.toString('utf8') })
      }
      return { pages, css: index.css, count, ...(index.places === undefined ? {} : { places: index.places }) }
    } finally {
      await file.close()
    }
  }

  /** Cells whose text holds the words, page by page; case and full-width letters make no difference. */
  async search(
    { dir }: Finished,
    words: string,
  ): Promise<{ hits: { page: number; cell: string; text: string }[]; total: number }> {
    const wanted = folded(words)
    const hits: { page: number; cell: string; text: string }[] = []
    let total = 0
    let page = 0
    for await (const line of createInterface({
      input: createReadStream(textsFile(dir), 'utf8'),
      crlfDelay: Infinity,
    })) {
      page += 1
      for (const [cell, text] of JSON.parse(line) as [string, string][]) {
        if (!folded(text).includes(wanted)) continue
        total += 1
        if (hits.length < MOST_HITS) hits.push({ page, cell, text })
      }
    }
    return { hits, total }
  }

  async lineage({ run, dir }: Finished, at: { page: number; cell: string }): Promise<CellLineage> {
    const part = await this.asked(at.cell, (signal) => this.workers.lineage(dir, at, signal))
    if (part === null) throw new Fault('REPORT_CELL_UNKNOWN', { page: at.page, cell: at.cell.slice(0, 20) })
    const sources = part.sources.map((source) => {
      const known = run.datasets.find(({ name }) => name === source.dataset)
      return {
        ...source,
        kind: known?.kind ?? ('rows' as const),
        sourceTime: known?.sourceTime ?? null,
        coverage: known?.coverage ?? null,
        quality: known?.quality ?? ('good' as const),
        rules: known?.rules ?? [],
        masked: known?.masked ?? [],
        ...(known?.origin === undefined ? {} : { origin: known.origin }),
      }
    })
    return { ...part, sources, metric: metricOf(sources) }
  }

  /** Rows behind a cell, of one dataset. */
  async rows(
    { dir }: Finished,
    { from, count, ...at }: { page: number; cell: string; dataset: string; from: number; count: number },
  ): Promise<CellRows> {
    const asked = { ...at, from, to: from + count }
    const rows = await this.asked(at.cell, (signal) => this.workers.rows(dir, asked, signal))
    if (rows === null) throw new Fault('REPORT_CELL_UNKNOWN', { page: at.page, cell: at.cell.slice(0, 20) })
    return rows
  }

  /** All of them as comma-separated values; as many as a dataset holds at most. */
  async rowsCsv(finished: Finished, at: { page: number; cell: string; dataset: string }): Promise<string> {
    const { columns, rows } = await this.rows(finished, { ...at, from: 0, count: STREAMED_LIMITS.rows })
    return csvText([columns, ...rows])
  }

  private async asked<T>(cell: string, ask: (signal: AbortSignal) => Promise<TaskAnswer<T | null>>): Promise<T | null> {
    try {
      const answer = await ask(AbortSignal.timeout(LINEAGE_MS))
      return answer.ok ? answer.value : null
    } catch (error) {
      const known = runErrorOf(error, null)
      if (known === null) throw error
      throw new Fault('REPORT_FILE_FAILED', { cell: cell.slice(0, 20) }, known.cause)
    }
  }
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** The definition that made the rows of a figure. */
function metricOf(sources: readonly CellLineage['sources'][number][]): CellLineage['metric'] {
  for (const { kind, columns, sample } of sources) {
    if (kind !== 'kpi') continue
    const at = (name: string) => sample[0]?.[columns.indexOf(name)]
    const definition = METRICS.find(({ id, version }) => id === at('metric') && version === Number(at('version')))
    if (definition === undefined) continue
    const { id, version, name, definition: words, formula, owner, effectiveAt } = definition
    return { id, version, name, definition: words, formula, owner, effectiveAt: new Date(effectiveAt).toISOString() }
  }
  return null
}
