import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import type { ParameterDescription, ParameterValues, ReportFormat, ReportRun, RunError } from '@gemba/contracts/report'
import type { RunChanges } from '@gemba/contracts/run-changes'
import type { Template } from '@gemba/contracts/template'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { requireObject } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { FilesUnderWay, type FileMaking } from './files-under-way.ts'
import type { ForeignJudgement } from './foreign-judgements.service.ts'
import { ReportLibrary, type OpenedTemplate } from './report-library.service.ts'
import { ReportParameters } from './report-parameters.service.ts'
import { bothOf } from './report-words.ts'
import { internalError, runErrorOf, timeoutError } from './run-failure.ts'
import { outputFile } from './run-files.ts'
import { RunChangesService } from './run-changes.service.ts'
import { RunMaker } from './run-maker.service.ts'
import { RunQueue } from './run-queue.ts'
import { RunStore } from './run-store.service.ts'
import { SubReportsService } from './sub-reports.service.ts'

/** Two at once: while one computes, another may fetch. */
const MOST_AT_ONCE = 2
const MOST_WAITING = 200
const MOST_WAITING_EACH = 20
const LONGEST_MINUTES = 10
const KEPT_DAYS = 7
const DAY_MS = 86_400_000

export interface RunOrder {
  principal: Principal
  report: string
  /** Without it the published one; 0 is the draft. */
  version?: number | undefined
  params: ParameterValues
  locale: 'zh-CN' | 'en'
  knownAt?: string | undefined
  /** Files to be made with the run; they need the right to export. */
  formats?: readonly ReportFormat[]
}

/** A finished run with its files on disk. */
export interface RenderedRun {
  run: ReportRun
  files: { format: ReportFormat; path: string; bytes: number; hash: string }[]
  /** How its rows from elsewhere were judged. */
  judged: ForeignJudgement[]
}

interface Live {
  run: ReportRun
  abort: AbortController
  over: Promise<void>
}

class Cancelled extends Error {}
const CANCELLED = { zh: '已取消', en: 'It was cancelled' }

/** Runs of reports: started, watched, cancelled, and their files. */
@Injectable()
export class ReportRunsService implements OnApplicationShutdown {
  private readonly queue = new RunQueue(MOST_AT_ONCE)
  private readonly live = new Map<string, Live>()
  private readonly files = new FilesUnderWay()
  private readonly stopping = new AbortController()

  constructor(
    private readonly library: ReportLibrary,
    private readonly parameters: ReportParameters,
    private readonly catalog: CatalogService,
    private readonly maker: RunMaker,
    private readonly changed: RunChangesService,
    private readonly store: RunStore,
    private readonly audit: AuditService,
    private readonly subs: SubReportsService,
  ) {}

  /** Checks everything that can be checked before a row is read, then queues the run. */
  async start(order: RunOrder): Promise<ReportRun> {
    const { principal } = order
    const { opened, described, timeZone, nowAt } = await this.checked(order)
    if (this.queue.length >= MOST_WAITING || this.queue.waitingOf(payerOf(principal)) >= MOST_WAITING_EACH)
      throw new Fault('REPORT_QUEUE_FULL', { waiting: this.queue.length })
    const run = newRun(opened, { order, described, timeZone, nowAt })
    await this.store.create(run, principal)
    this.enqueue(run, { opened, order, nowAt })
    return this.get(run.id, principal)
  }

  /** Whether such a run could be started: the Fault that starting it would give. */
  async check(order: RunOrder): Promise<void> {
    await this.checked(order)
  }

  private async checked(order: RunOrder) {
    const { principal, formats = [] } = order
    const opened = await this.library.open(order.report, order.version, principal)
    if (formats.length > 0) requireObject(principal, { kind: 'report', id: order.report, action: 'export' })
    await this.subs.check(opened.report, opened.template, { principal })
    const nowAt = Date.now()
    const timeZone = this.timeZoneOf(opened.template)
    const question = { principal, locale: order.locale, timeZone, nowAt, signal: this.stopping.signal }
    const described = await this.parameters.resolve(opened.template, order.params, question)
    return { opened, described, timeZone, nowAt }
  }

  /**
   * Runs a report to its end, with files: for deliveries. The rights are those of `principal`. A run that fails is an
   * answer too: its `state` and `error` say so, and there are no files.
   */
  async render(order: RunOrder): Promise<RenderedRun> {
    const { id } = await this.start(order)
    await this.live.get(id)?.over
    const run = await this.store.of(id, order.principal)
    const dir = this.store.folderOf(id)
    const files = run.state === 'ready' ? run.files : []
    const judged = await this.store.judgementsOf(id)
    return { run, files: files.map((file) => ({ ...file, path: outputFile(dir, file.format) })), judged }
  }

  async get(id: string, principal: Principal): Promise<ReportRun> {
    const stored = await this.store.of(id, principal)
    const run = this.live.get(id)?.run ?? stored
    const painting = this.files.of(id)
    return { ...run, ahead: this.queue.ahead(id), ...(painting.length === 0 ? {} : { painting }) }
  }

  async list(report: string | undefined, principal: Principal): Promise<ReportRun[]> {
    const runs = await this.store.list(report, principal)
    return runs.map((run) => ({ ...(this.live.get(run.id)?.run ?? run), ahead: this.queue.ahead(run.id) }))
  }

  /** Stops at once: a thread that computes or paints is killed. What is over stays as it is. */
  async cancel(id: string, principal: Principal): Promise<ReportRun> {
    await this.store.of(id, principal)
    this.files.cancel(id)
    const live = this.live.get(id)
    live?.abort.abort(new Cancelled())
    if (live !== undefined && this.queue.remove(id)) await this.end(live, new Cancelled())
    await live?.over
    return this.get(id, principal)
  }

  /** What of a finished run is another figure now; the run remembers that it was looked for, and found or not. */
  async changes(id: string, principal: Principal): Promise<RunChanges> {
    const { run, dir } = await this.finished(id, principal)
    const changes = await this.changed.check({ run, dir, principal })
    await this.store.markRestated(id, changes.restated)
    return changes
  }

  /** Opens a run for an account that it was sent to, too, and keeps it until an instant at least. */
  deliver(id: string, { account, untilAt }: { account: string | null; untilAt: number }): Promise<void> {
    return this.store.deliver(id, { account, untilAt })
  }

  /** A run whose result can be read, and where it lies. */
  async finished(id: string, principal: Principal): Promise<{ run: ReportRun; dir: string }> {
    const run = await this.get(id, principal)
    if (run.state === 'failed' || run.state === 'cancelled')
      throw new Fault('REPORT_RUN_FAILED', { run: id, state: run.state })
    if (run.state !== 'ready') throw new Fault('REPORT_RUN_NOT_READY', { run: id, state: run.state })
    return { run, dir: this.store.folderOf(id) }
  }

  /** A file of a finished run, made when it is first asked for. Every export is in the audit trail before it leaves. */
  async file(
    id: string,
    { format, principal, actor }: { format: ReportFormat; principal: Principal; actor: Actor },
  ): Promise<{ path: string; name: string }> {
    const { run, dir } = await this.finished(id, principal)
    this.requireExport(run, principal)
    const made = await this.files.make(id, format, (making) => this.paint(id, { format, dir, principal, making }))
    await this.recordExport(run, { format, actor, hash: made?.hash ?? null })
    return { path: outputFile(dir, format), name: fileName(run, format) }
  }

  /** Who may take anything of a run away as a file. */
  requireExport({ report }: ReportRun, principal: Principal): void {
    requireObject(principal, { kind: 'report', id: report, action: 'export' })
    if (principal.share?.downloads === false) throw new Fault('NO_ACCESS', { action: 'export' })
  }

  /** Every export is in the audit trail before it leaves. `cell` is where only the rows behind one cell were taken. */
  async recordExport(
    { id, report, version, datasets }: ReportRun,
    { actor, ...what }: { actor: Actor; format: ReportFormat; hash?: string | null; cell?: string },
  ): Promise<void> {
    await this.audit.record({
      stream: 'export',
      action: 'report.exported',
      by: actor,
      object: { kind: 'report', id: report },
      after: { run: id, version, ...what, rows: datasets.map(({ name, rows }) => ({ name, rows })) },
    })
  }

  private async paint(
    id: string,
    { format, dir, principal, making }: { format: ReportFormat; dir: string; principal: Principal; making: FileMaking },
  ): Promise<ReportRun['files'][number] | undefined> {
    const run = await this.store.of(id, principal)
    const made = (): ReportRun['files'][number] | undefined => run.files.find((file) => file.format === format)
    if (made() !== undefined) return made()
    const signal = AbortSignal.any([this.stopping.signal, making.signal, AbortSignal.timeout(LONGEST_MINUTES * 60_000)])
    try {
      signal.throwIfAborted()
      await this.maker.paint(run, { format, dir, signal, told: making.told })
    } catch (error) {
      if (making.signal.aborted) throw new Fault('REPORT_FILE_FAILED', { run: run.id, format }, CANCELLED)
      const { cause } = runErrorOf(error, null) ?? (signal.aborted ? timeoutError(LONGEST_MINUTES) : logged(error, run))
      throw new Fault('REPORT_FILE_FAILED', { run: run.id, format }, cause)
    }
    await this.store.save(run)
    return made()
  }

  private enqueue(
    run: ReportRun,
    { opened, order, nowAt }: { opened: OpenedTemplate; order: RunOrder; nowAt: number },
  ): void {
    const abort = new AbortController()
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const live: Live = { run, abort, over }
    this.live.set(run.id, live)
    void over.then(() => this.live.delete(run.id))
    const work = async (): Promise<void> => {
      const timeout = AbortSignal.timeout(LONGEST_MINUTES * 60_000)
      const signal = AbortSignal.any([abort.signal, timeout, this.stopping.signal])
      try {
        await this.maker.make({
          run,
          dir: this.store.folderOf(run.id),
          opened,
          principal: order.principal,
          nowAt,
          formats: order.formats ?? [],
          signal,
          changed: () => this.store.save(run),
          judged: (judgement) => this.store.addJudgement(run.id, judgement),
        })
        await this.end(live, null)
      } catch (error) {
        await this.end(live, timeout.aborted ? timeoutError(LONGEST_MINUTES) : signal.aborted ? signal.reason : error)
      }
    }
    // Who cancels a run that waits ends it as well; the promise is resolved by whoever comes first.
    this.ends.set(run.id, resolve)
    this.queue.add({ id: run.id, owner: payerOf(order.principal), work })
  }

  private readonly ends = new Map<string, () => void>()

  private async end({ run }: Live, cause: unknown): Promise<void> {
    try {
      if (cause === null) Object.assign(run, { state: 'ready', progress: 1 })
      else if (cause instanceof Cancelled) Object.assign(run, { state: 'cancelled' })
      else Object.assign(run, { state: 'failed', error: this.errorOf(cause, run) })
      run.finishedAt = new Date().toISOString()
      if (run.state !== 'ready') await rm(this.store.folderOf(run.id), { recursive: true, force: true })
      await this.store.save(run)
    } catch (error) {
      log.error({ err: error, run: run.id }, 'the end of a run could not be kept')
    } finally {
      this.ends.get(run.id)?.()
      this.ends.delete(run.id)
    }
  }

  private errorOf(cause: unknown, run: ReportRun): RunError {
    if (
      typeof cause === 'object' &&
      cause !== null &&
      'remedy' in cause &&
      'code' in cause &&
      !(cause instanceof Error)
    )
      return cause as RunError
    return runErrorOf(cause, null) ?? logged(cause, run)
  }

  private timeZoneOf(template: Template): string {
    return template.timeZone ?? this.catalog.snapshot.document.sites[0]?.timeZone ?? 'UTC'
  }

  onApplicationShutdown(): void {
    this.stopping.abort(new Error('the server stops'))
  }
}

/** Who waits in the queue: visitors of a link together, and not instead of who made it. */
const payerOf = ({ user, share }: Principal): string => (share ? `share:${share.link}` : user)

function logged(error: unknown, run: ReportRun): RunError {
  log.error({ err: error, run: run.id, report: run.report }, 'a report could not be made')
  return internalError()
}

function fileName({ name, locale, at, version }: ReportRun, format: ReportFormat): string {
  const words = name[locale === 'zh-CN' ? 'zh' : 'en'].replaceAll(/[\\/:*?"<>|\u0000-\u001f]/g, ' ').trim()
  return `${words} ${at.slice(0, 10)} v${version}.${format}`
}

function newRun(
  opened: OpenedTemplate,
  {
    order,
    described,
    timeZone,
    nowAt,
  }: { order: RunOrder; described: ParameterDescription[]; timeZone: string; nowAt: number },
): ReportRun {
  return {
    id: randomUUID(),
    report: opened.report,
    name: bothOf(opened.template.name),
    version: opened.version,
    state: 'queued',
    progress: 0,
    ahead: null,
    params: Object.fromEntries(described.map(({ name, value }) => [name, value])),
    paramsText: described
      .filter(({ control }) => control !== 'hidden')
      .map((each) => ({ name: each.name, label: each.label, text: textOfParameter(each, order.locale) })),
    locale: order.locale,
    timeZone,
    knownAt: order.knownAt ?? null,
    by: order.principal.viewedBy ?? order.principal.user,
    at: new Date(nowAt).toISOString(),
    finishedAt: null,
    fetchMs: null,
    computeMs: null,
    paintMs: null,
    datasets: [],
    controlTotals: [],
    contentHash: null,
    pages: null,
    paper: null,
    findings: [],
    notes: [],
    error: null,
    files: [],
    keptUntil: new Date(nowAt + (order.principal.share ? 1 : KEPT_DAYS) * DAY_MS).toISOString(),
    restated: null,
  }
}

function textOfParameter({ value, options }: ParameterDescription, locale: 'zh-CN' | 'en'): string {
  const one = (each: string | number | boolean): string =>
    options?.find((option) => option.value === each)?.label[locale === 'zh-CN' ? 'zh' : 'en'] ?? String(each)
  if (value === null) return ''
  if (Array.isArray(value)) return value.map(one).join(', ')
  return typeof value === 'object' ? `${value.from} – ${value.to}` : one(value)
}
