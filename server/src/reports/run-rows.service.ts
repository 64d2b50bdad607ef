import { createHash } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { Injectable } from '@nestjs/common'
import type { ParameterValues, ReportRun, RunNote } from '@gemba/contracts/report'
import type { DatasetDefinition, Template } from '@gemba/contracts/template'
import type { DatasetMark, DatasetQuestion } from './dataset-reading.ts'
import type { Making } from './making.ts'
import { inlineRows, kindOf, ReportDatasets } from './report-datasets.service.ts'
import { RestatedNotes } from './restated-notes.service.ts'
import { RunFailure, runErrorOf, tooManyRows } from './run-failure.ts'
import { rowsFile, type RunRows } from './run-files.ts'
import type { SharedQuestions } from './shared-questions.ts'

/** Whose datasets are read: the report's (`name` is ''), or those of one call of a sub-report. */
export interface RowsOrder {
  template: Template
  params: ParameterValues
  name: string
}

/** What was read for a dataset that is asked for once more with equal parameters. */
interface ReadDataset {
  file: string
  mark: DatasetMark
  rows: number
  hash: string
}

/** What one run has read so far. */
export interface RowsRead {
  rows: number
  known: Map<string, ReadDataset>
  shared: SharedQuestions
}

/** Rows of all parts of a run; each report alone has its limits as well. */
const MOST_ROWS = 1_000_000

/** Reads the datasets of a run, or of a sub-report of it, under the rights of whoever started it. */
@Injectable()
export class RunRowsService {
  constructor(
    private readonly datasets: ReportDatasets,
    private readonly restated: RestatedNotes,
  ) {}

  /** Rows into the folder of the run; what is known of them into the run. `told` gets the share that is done. */
  async read(
    order: RowsOrder,
    { making, read, told }: { making: Making; read: RowsRead; told: (share: number) => Promise<void> },
  ): Promise<Pick<RunRows, 'datasets' | 'types' | 'hidden'>> {
    const { run } = making
    const [types, hidden]: [RunRows['types'], Record<string, string[]>] = [{}, {}]
    const named = Object.entries(order.template.datasets ?? {})
    for (const [index, [name, definition]] of named.entries()) {
      const full = order.name === '' ? name : `${order.name}.${name}`
      if (kindOf(definition) === 'rows') run.datasets.push(inlineDataset(full, definition))
      else {
        const { mark, rows, hash } = await this.one({ name, full, order }, { making, read })
        const { notes, types: columns, masks, judged: _kept, applied: _told, ...facts } = mark
        types[name] = columns
        hidden[name] = Object.keys(masks).filter((column) => masks[column] === 'hide')
        run.datasets.push({ name: full, kind: kindOf(definition), rows, hash, ...facts })
        addNotes(run, order.name, notes)
      }
      await told((index + 1) / named.length)
    }
    return { datasets: Object.keys(types), types, hidden }
  }

  private async one(
    { name, full, order }: { name: string; full: string; order: RowsOrder },
    { making, read }: { making: Making; read: RowsRead },
  ): Promise<ReadDataset> {
    const definition = order.template.datasets?.[name] as DatasetDefinition
    const file = rowsFile(making.dir, full)
    const key = JSON.stringify([definition, name, asksForParams(definition) ? order.params : null])
    const known = order.name === '' ? undefined : read.known.get(key)
    if (known !== undefined) {
      await copyFile(known.file, file)
      return known
    }
    const question = { ...questionOf(making, order.params), shared: read.shared }
    const found = { file, ...(await this.fresh(file, { name, template: order.template }, question)) }
    if (found.mark.judged !== null) await making.judged(found.mark.judged)
    if (kindOf(definition) === 'kpi') found.mark.notes.push(...(await this.restated.of(name, file, question)))
    read.known.set(key, found)
    read.rows += found.rows
    if (read.rows > MOST_ROWS && order.name !== '') throw new RunFailure(tooManyRows(MOST_ROWS))
    return found
  }

  private async fresh(
    file: string,
    named: { name: string; template: Template },
    question: DatasetQuestion,
  ): Promise<Omit<ReadDataset, 'file'>> {
    try {
      return await this.datasets.readInto(file, named, question)
    } catch (error) {
      question.signal.throwIfAborted()
      const known = runErrorOf(error, named.name)
      if (known !== null) throw new RunFailure(known)
      throw error
    }
  }
}

export const questionOf = (
  { run, principal, nowAt, signal }: Omit<Making, 'changed' | 'judged' | 'formats' | 'dir' | 'opened'>,
  params: ParameterValues,
): DatasetQuestion => ({
  principal,
  params,
  locale: run.locale,
  timeZone: run.timeZone,
  nowAt,
  knownAt: run.knownAt === null ? undefined : Date.parse(run.knownAt),
  signal,
})

/** Whether rows can differ with the parameters: queries name them in their own way. */
function asksForParams(definition: DatasetDefinition): boolean {
  const kind = kindOf(definition)
  return kind === 'sql' || kind === 'external' || JSON.stringify(definition).includes('param.')
}

function inlineDataset(name: string, definition: DatasetDefinition): ReportRun['datasets'][number] {
  const rows = inlineRows(definition)
  const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
  const facts = { rows: rows.length, total: rows.length, scanned: null, hash }
  return { name, kind: 'rows', ...facts, sourceTime: null, coverage: null, quality: 'good', rules: [], masked: [] }
}

/** Notes of a sub-report name it; many calls say the same only once. */
function addNotes(run: ReportRun, part: string, notes: readonly RunNote[]): void {
  const template = part.slice(0, Math.max(0, part.lastIndexOf('/')))
  for (const note of notes) {
    const { zh, en } = note.text
    const own =
      part === '' ? note : { ...note, text: { zh: `子报表 ${template}：${zh}`, en: `Sub-report ${template}: ${en}` } }
    if (!run.notes.some((each) => each.key === own.key && each.text.en === own.text.en)) run.notes.push(own)
  }
}
