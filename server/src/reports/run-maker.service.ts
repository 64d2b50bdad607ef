import { writeFile } from 'node:fs/promises'
import { Injectable } from '@nestjs/common'
import type { ReportFormat, ReportRun } from '@gemba/contracts/report'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { plainParams, step, type Making } from './making.ts'
import type { PaintNews, ToldPaint } from './paint-news.ts'
import { ReportBrowser } from './report-browser.service.ts'
import type { RunNews } from './report-worker.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { inputsFile, outputFile, type RunInputs, type RunRows, type RunSubs } from './run-files.ts'
import { fileRecord } from './run-file-record.ts'
import { refusedError, RunFailure } from './run-failure.ts'
import { RunRowsService, type RowsRead } from './run-rows.service.ts'
import { SubReportsService } from './sub-reports.service.ts'
import { SharedQuestions } from './shared-questions.ts'

/** Each round fetches what the one before has brought to light: a level of sub-reports each, and one to see the end. */
const MOST_ROUNDS = 6
const ENDLESS = '子报表的参数互相影响，没有结果 / the parameters of sub-reports depend on each other without an end'

type Rows = Pick<RunRows, 'datasets' | 'types' | 'hidden'>

/** Fetches rows, lets a thread compute and paint, and writes down all that the result follows from. */
@Injectable()
export class RunMaker {
  constructor(
    private readonly rows: RunRowsService,
    private readonly subs: SubReportsService,
    private readonly workers: ReportWorkers,
    private readonly browser: ReportBrowser,
    private readonly mail: MailSettingsService,
  ) {}

  /** Leaves the run `ready`; throws RunFailure or what its signal was aborted with. */
  async make(making: Making): Promise<void> {
    const { run, dir, signal } = making
    await step(making, 'fetching', 0.05)
    const fetchingAt = performance.now()
    await this.fetch(making)
    run.fetchMs = performance.now() - fetchingAt
    await step(making, 'computing', 0.5)
    // Written down in its turn: a save that came late would take the place of the end.
    let told: Promise<unknown> = Promise.resolve()
    const room = making.formats.length > 0 ? 0.25 : 0.49
    const tell = (state: ReportRun['state'], progress: number): void => {
      told = told.then(() => step(making, state, progress)).catch((error: unknown) => error)
    }
    const onNews = ({ state, share }: RunNews): void => tell(state, 0.5 + room * share)
    const answer = await this.workers.run(dir, { signal, told: onNews }).finally(() => told)
    if (!answer.ok) throw new RunFailure(refusedError(answer.problems))
    const { contentHash, controlTotals, findings, computeMs, paintMs, pages, cut, paper } = answer.value
    Object.assign(run, { contentHash, controlTotals, findings, computeMs, paintMs, pages, paper, state: 'painting' })
    if (cut > 0) run.notes.push(pagesNote(pages - cut, pages))
    for (const [at, format] of making.formats.entries()) {
      const onPaint = ({ done, of }: PaintNews): void =>
        tell('painting', 0.75 + (0.24 * (at + done / Math.max(1, of ?? Infinity))) / making.formats.length)
      await this.paint(run, { format, dir, signal, told: onPaint }).finally(() => told)
    }
  }

  /** One format of a finished run; made once, then kept. */
  async paint(
    run: ReportRun,
    order: { format: ReportFormat; dir: string; signal: AbortSignal; told: ToldPaint },
  ): Promise<void> {
    const { format, dir, signal, told } = order
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
        { signal, told },
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

  /** Rows of the report, then those of its sub-reports: what they are asked for follows from the rows above them. */
  private async fetch(making: Making): Promise<void> {
    const { run, opened, dir, signal } = making
    const read: RowsRead = { rows: 0, known: new Map(), shared: new SharedQuestions() }
    const told = (share: number): Promise<void> => step(making, 'fetching', 0.05 + 0.4 * share)
    const order = { template: opened.template, params: run.params, name: '' }
    const rows = await this.rows.read(order, { making, read, told })
    const subs = await this.subs.begin(making)
    if (subs === null) return this.writeInputs(making, rows)
    for (let round = 0; round <= MOST_ROUNDS; round += 1) {
      await this.writeInputs(making, rows, subs)
      const answer = await this.workers.calls(dir, signal)
      if (!answer.ok) throw new RunFailure(refusedError(answer.problems))
      if (answer.value.length === 0) return
      await this.subs.fetch(answer.value, { making, subs, read })
    }
    throw new RunFailure(refusedError([ENDLESS]))
  }

  private async writeInputs({ run, dir, opened, nowAt }: Making, rows: Rows, subs?: RunSubs): Promise<void> {
    const language = run.locale === 'zh-CN' ? 'zh' : 'en'
    const publicUrl = await this.mail.publicUrl()
    const inputs: RunInputs = {
      template: opened.text,
      params: plainParams(run.params),
      locale: run.locale,
      timeZone: run.timeZone,
      nowAt,
      ...rows,
      notices: run.notes.map(({ text }) => text[language]),
      ...(subs === undefined ? {} : { subs }),
      ...(publicUrl === null ? {} : { publicUrl }),
    }
    await writeFile(inputsFile(dir), JSON.stringify(inputs))
  }
}

const pagesNote = (shown: number, total: number): ReportRun['notes'][number] => ({
  key: 'pages-cut',
  text: {
    zh: `屏幕上显示 ${shown} / ${total} 页；全部内容请导出`,
    en: `the screen shows ${shown} of ${total} pages; export for all`,
  },
})
