import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Injectable } from '@nestjs/common'
import type { ParameterValue, ReportFormat, ReportRun } from '@gemba/contracts/report'
import type { Principal } from '../accounts/principal.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import type { DatasetMark, DatasetQuestion } from './dataset-reading.ts'
import type { ForeignJudgement } from './foreign-judgements.service.ts'
import { ReportBrowser } from './report-browser.service.ts'
import { RestatedNotes } from './restated-notes.service.ts'
import { inlineRows, kindOf, ReportDatasets } from './report-datasets.service.ts'
import type { OpenedTemplate } from './report-library.service.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { inputsFile, outputFile, rowsFile, type RunInputs } from './run-files.ts'
import { fileRecord } from './run-file-record.ts'
import { refusedError, RunFailure, runErrorOf } from './run-failure.ts'

/** One run under way. */
export interface Making {
  run: ReportRun
  dir: string
  opened: OpenedTemplate
  principal: Principal
  nowAt: number
  formats: readonly ReportFormat[]
  signal: AbortSignal
  /** Told after each change of the run. */
  changed: () => Promise<void>
  /** Told how rows from elsewhere were judged, before anything is made of them. */
  judged: (judgement: ForeignJudgement) => Promise<void>
}

/** What JSON does not tell of columns, by dataset. */
interface ColumnFacts {
  types: RunInputs['types']
  hidden: Record<string, string[]>
}

/** Fetches rows, lets a thread compute and paint, and writes down all that the result follows from. */
@Injectable()
export class RunMaker {
  constructor(
    private readonly datasets: ReportDatasets,
    private readonly restated: RestatedNotes,
    private readonly workers: ReportWorkers,
    private readonly browser: ReportBrowser,
    private readonly mail: MailSettingsService,
  ) {}

  /** Leaves the run `ready`; throws RunFailure or what its signal was aborted with. */
  async make(making: Making): Promise<void> {
    const { run, dir, signal } = making
    await step(making, 'fetching', 0.05)
    const fetchingAt = performance.now()
    const known = await this.fetch(making)
    run.fetchMs = performance.now() - fetchingAt
    await this.writeInputs(making, known)
    await step(making, 'computing', 0.5)
    // Written down in its turn: a save that came late would take the place of the end.
    let told: Promise<unknown> = Promise.resolve()
    const onPainting = (): void => {
      told = step(making, 'painting', 0.75).catch((error: unknown) => error)
    }
    const answer = await this.workers.run(dir, { signal, onPainting }).finally(() => told)
    if (!answer.ok) throw new RunFailure(refusedError(answer.problems))
    const { contentHash, controlTotals, findings, computeMs, paintMs, pages, cut, paper } = answer.value
    Object.assign(run, { contentHash, controlTotals, findings, computeMs, paintMs, pages, paper, state: 'painting' })
    if (cut > 0) run.notes.push(pagesNote(pages - cut, pages))
    for (const format of making.formats) await this.paint(run, { format, dir, signal })
  }

  /** One format of a finished run; made once, then kept. */
  async paint(run: ReportRun, order: { format: ReportFormat; dir: string; signal: AbortSignal }): Promise<void> {
    const { format, dir, signal } = order
    if (run.files.some((file) => file.format === format)) return
    const startedAt = performance.now()
    const out = outputFile(dir, format)
    const needsBrowser = format === 'pdf' || format === 'png'
    const browserEndpoint = needsBrowser ? await this.browser.endpoint() : undefined
    let isClean = false
    try {
      const answer = await this.workers.paint(
        dir,
        { format, out, ...(browserEndpoint === undefined ? {} : { browserEndpoint }) },
        signal,
      )
      isClean = true
      if (!answer.ok) throw new RunFailure(refusedError(answer.problems))
      for (const text of answer.value) run.notes.push({ key: 'format', text: { zh: text, en: text }, format })
    } finally {
      if (needsBrowser) await this.browser.done({ isClean })
    }
    run.files.push(await fileRecord(out, format))
    run.paintMs = (run.paintMs ?? 0) + performance.now() - startedAt
  }

  private async fetch(making: Making): Promise<ColumnFacts> {
    const { run, opened, dir } = making
    const [types, hidden]: [ColumnFacts['types'], ColumnFacts['hidden']] = [{}, {}]
    const question = questionOf(making)
    const named = Object.entries(opened.template.datasets ?? {})
    for (const [index, [name, definition]] of named.entries()) {
      const kind = kindOf(definition)
      if (kind === 'rows') {
        const rows = inlineRows(definition)
        const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex')
        const still = { sourceTime: null, coverage: null, quality: 'good', rules: [], masked: [] } as const
        run.datasets.push({
          name,
          kind,
          rows: rows.length,
          total: rows.length,
          scanned: null,
          hash,
          ...still,
          rules: [],
          masked: [],
        })
        continue
      }
      const { mark, rows, hash } = await this.readOne(name, { dir, opened, question })
      const { notes, types: columns, masks, judged, applied: _told, ...known } = mark
      if (judged !== null) await making.judged(judged)
      types[name] = columns
      hidden[name] = Object.keys(masks).filter((column) => masks[column] === 'hide')
      run.datasets.push({ name, kind, rows, hash, ...known })
      run.notes.push(...notes)
      if (kind === 'kpi') run.notes.push(...(await this.restated.of(name, rowsFile(dir, name), question)))
      await step(making, 'fetching', 0.05 + (0.4 * (index + 1)) / named.length)
    }
    return { types, hidden }
  }

  private async readOne(
    name: string,
    { dir, opened, question }: { dir: string; opened: OpenedTemplate; question: DatasetQuestion },
  ): Promise<{ mark: DatasetMark; rows: number; hash: string }> {
    try {
      return await this.datasets.readInto(rowsFile(dir, name), { name, template: opened.template }, question)
    } catch (error) {
      question.signal.throwIfAborted()
      const known = runErrorOf(error, name)
      if (known !== null) throw new RunFailure(known)
      throw error
    }
  }

  private async writeInputs({ run, dir, opened, nowAt }: Making, { types, hidden }: ColumnFacts): Promise<void> {
    const language = run.locale === 'zh-CN' ? 'zh' : 'en'
    const publicUrl = await this.mail.publicUrl()
    const inputs: RunInputs = {
      template: opened.text,
      params: Object.fromEntries(Object.entries(run.params).map(([name, value]) => [name, plain(value)])),
      locale: run.locale,
      timeZone: run.timeZone,
      nowAt,
      datasets: Object.keys(types),
      types,
      hidden,
      notices: run.notes.map(({ text }) => text[language]),
      ...(publicUrl === null ? {} : { publicUrl }),
    }
    await writeFile(inputsFile(dir), JSON.stringify(inputs))
  }
}

async function step({ run, changed, signal }: Making, state: ReportRun['state'], progress: number): Promise<void> {
  signal.throwIfAborted()
  run.state = state
  run.progress = progress
  run.ahead = null
  await changed()
}

const questionOf = ({ run, principal, nowAt, signal }: Making): DatasetQuestion => ({
  principal,
  params: run.params,
  locale: run.locale,
  timeZone: run.timeZone,
  nowAt,
  knownAt: run.knownAt === null ? undefined : Date.parse(run.knownAt),
  signal,
})

/** A range is a list of two for expressions. */
const plain = (value: ParameterValue): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? [value.from, value.to] : value

const pagesNote = (shown: number, total: number): ReportRun['notes'][number] => ({
  key: 'pages-cut',
  text: {
    zh: `屏幕上显示 ${shown} / ${total} 页；全部内容请导出`,
    en: `the screen shows ${shown} of ${total} pages; export for all`,
  },
})
