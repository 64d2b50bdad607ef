import { Injectable } from '@nestjs/common'
import type { DeliveryFormat } from '@gemba/contracts/delivery'
import type { ReportRun } from '@gemba/contracts/report'
import type { RunChanges } from '@gemba/contracts/run-changes'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { ReportRunsService } from '../reports/report-runs.service.ts'
import { type RenderedReport, type Rendering, type ReportAsked, ReportSource } from './report-source.service.ts'

const PASSING_ERRORS: ReadonlySet<string> = new Set(['worker-died', 'timeout', 'store-away', 'interrupted', 'internal'])
const MOST_NOTES = 20

/** Reports of deliveries are runs like those on the screen, under the rights of who gets them. */
@Injectable()
export class RunReports extends ReportSource {
  constructor(private readonly runs: ReportRunsService) {
    super()
  }

  async render(asked: ReportAsked): Promise<Rendering> {
    const { version, ...rest } = asked
    try {
      const { run, files, judged } = await this.runs.render({ ...rest, ...(version === null ? {} : { version }) })
      if (run.state !== 'ready') return failureOf(run, asked.locale)
      const made = files.flatMap(({ format, path, bytes }) => (isAsked(format, asked) ? [{ format, path, bytes }] : []))
      if (made.length < asked.formats.length)
        return { ok: false, reason: 'report-failed', cause: 'a file is missing', isPassing: true }
      return { ok: true, report: { ...reportOf(run, { files: made, locale: asked.locale }), judged } }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const { status, retryable } = error.entry
      if (status === 403 || status === 404)
        return { ok: false, reason: 'no-access', cause: error.code, isPassing: false }
      return { ok: false, reason: 'report-failed', cause: error.code, isPassing: retryable }
    }
  }

  deliver(run: string, { account, untilAt }: { account: string | null; untilAt: number }): Promise<void> {
    return this.runs.deliver(run, { account, untilAt })
  }

  async opensFor(run: string, principal: Principal): Promise<boolean> {
    return (await unlessRefused(this.runs.get(run, principal))) !== null
  }

  changesOf(run: string, principal: Principal): Promise<RunChanges | null> {
    return unlessRefused(this.runs.changes(run, principal))
  }
}

async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

const isAsked = (format: string, { formats }: ReportAsked): format is DeliveryFormat =>
  (formats as readonly string[]).includes(format)

function failureOf({ state, error }: ReportRun, locale: 'zh-CN' | 'en'): Rendering {
  const cause = error?.cause[locale === 'en' ? 'en' : 'zh'] ?? state
  return { ok: false, reason: 'report-failed', cause, isPassing: error === null || PASSING_ERRORS.has(error.code) }
}

function reportOf(
  run: ReportRun,
  { files, locale }: { files: RenderedReport['files']; locale: 'zh-CN' | 'en' },
): RenderedReport {
  const side = locale === 'en' ? 'en' : 'zh'
  const times = run.datasets.flatMap(({ sourceTime }) => (sourceTime === null ? [] : [sourceTime]))
  const coverages = run.datasets.flatMap(({ coverage }) => (coverage === null ? [] : [coverage]))
  const errors = run.findings.filter(({ level }) => level === 'error')
  return {
    run: run.id,
    name: run.name[side],
    version: run.version,
    rows: Object.fromEntries(run.datasets.map(({ name, rows }) => [name, rows])),
    totals: run.controlTotals,
    hash: run.contentHash ?? '',
    pages: run.pages,
    dataAsOf: times.length > 0 ? (times.sort()[0] ?? null) : null,
    coverage: coverages.length > 0 ? Math.min(...coverages) : null,
    // What a cell could not show is said in the letter: nobody has to find it on page 7.
    notes: [...run.notes.map(({ text }) => text[side]), ...errors.map(({ cell, text }) => `${cell}: ${text}`)].slice(
      0,
      MOST_NOTES,
    ),
    files,
  }
}
