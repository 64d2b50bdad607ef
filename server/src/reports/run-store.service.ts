import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common'
import type { ReportRun } from '@gemba/contracts/report'
import { DataSource, In, IsNull, LessThan, Not } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { requireObject } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { type ForeignJudgement, ForeignJudgements } from './foreign-judgements.service.ts'
import { ReportRunEntity } from './report.entity.ts'

const CLEAN_EVERY_MS = 3_600_000
const OVER: readonly ReportRun['state'][] = ['ready', 'failed', 'cancelled']
const MOST_LISTED = 100

/** Rows and folders of runs. A run is its owner's and of those it was sent to, under the rights it was made with. */
@Injectable()
export class RunStore implements OnModuleInit, OnModuleDestroy {
  private readonly root: string
  private cleaning: NodeJS.Timeout | null = null

  constructor(
    private readonly database: DataSource,
    private readonly judgements: ForeignJudgements,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.root = join(config.dataDir, 'reports')
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.root, { recursive: true })
    await this.endInterrupted()
    await this.clean()
    this.cleaning = setInterval(() => void this.clean().catch(tellFailure), CLEAN_EVERY_MS).unref()
  }

  onModuleDestroy(): void {
    if (this.cleaning) clearInterval(this.cleaning)
  }

  folderOf(run: string): string {
    return join(this.root, run)
  }

  async create(document: ReportRun, { user, viewedBy, rights, share }: Principal): Promise<void> {
    if (!rights) throw new Fault('NO_ACCESS')
    await mkdir(this.folderOf(document.id), { recursive: true, mode: 0o700 })
    await this.runs.insert({
      id: document.id,
      report: document.report,
      owner: user,
      viewedBy: viewedBy ?? null,
      shareLink: share?.link ?? null,
      rightsKey: rights.key,
      state: document.state,
      document: document as never,
      startedAt: new Date(document.at),
      keptUntil: new Date(document.keptUntil),
    })
  }

  async save(document: ReportRun): Promise<void> {
    await this.runs.update(document.id, { state: document.state, document: document as never })
  }

  async addJudgement(id: string, judgement: ForeignJudgement): Promise<void> {
    await this.database.query('UPDATE report_run SET judged = judged || jsonb_build_array($2::jsonb) WHERE id = $1', [
      id,
      JSON.stringify(judgement),
    ])
  }

  /** How rows from elsewhere were judged for a run; empty for one that read none. */
  async judgementsOf(id: string): Promise<ForeignJudgement[]> {
    return (await this.runs.findOneBy({ id }))?.judged ?? []
  }

  /** Only this of the document: a file that is painted meanwhile stays in it. */
  async markRestated(id: string, restated: boolean): Promise<void> {
    await this.database.query(
      `UPDATE report_run SET document = jsonb_set(document, '{restated}', to_jsonb($2::boolean)) WHERE id = $1`,
      [id, restated],
    )
  }

  /**
   * A run for its owner, or for who got it. Of others it says nothing but that it does not exist; under other rights than those of
   * the run, or when rows from elsewhere in it are judged otherwise now, its result is not shown any more.
   */
  async of(id: string, principal: Principal): Promise<ReportRun> {
    const run = isUuid(id) ? await this.runs.findOneBy({ id }) : null
    if (
      run === null ||
      !(isOf(run, principal) || (await this.isSentTo(run, principal))) ||
      run.keptUntil.getTime() <= Date.now()
    )
      throw new Fault('REPORT_RUN_UNKNOWN', { run: id.slice(0, 60) })
    requireObject(principal, { kind: 'report', id: run.report })
    if (run.rightsKey !== principal.rights?.key) throw new Fault('REPORT_RIGHTS_CHANGED', { run: id })
    const [other] = await this.judgements.changed(run.judged, principal)
    if (other !== undefined) throw new Fault('REPORT_AUDIENCE_CHANGED', { run: id, dataset: other.object })
    return run.document
  }

  /** Whether a run is kept at all, whoever asks. */
  async has(id: string): Promise<boolean> {
    return isUuid(id) && (await this.runs.existsBy({ id }))
  }

  /** Keeps a run as long as a link to it lives; one that is kept longer stays so. */
  async keepUntil(id: string, principal: Principal, untilAt: number): Promise<void> {
    const { keptUntil } = await this.of(id, principal)
    if (Date.parse(keptUntil) < untilAt) await this.keepLonger(id, untilAt)
  }

  private async keepLonger(id: string, untilAt: number): Promise<void> {
    await this.database.query(
      `UPDATE report_run SET kept_until = $2, document = jsonb_set(document, '{keptUntil}', to_jsonb($3::text))
       WHERE id = $1 AND kept_until < $2`,
      [id, new Date(untilAt), new Date(untilAt).toISOString()],
    )
  }

  /** Opens a run for an account that it was sent to, too; null = for nobody else. A run that is gone stays so. */
  async deliver(id: string, { account, untilAt }: { account: string | null; untilAt: number }): Promise<void> {
    await this.keepLonger(id, untilAt)
    if (account !== null)
      await this.database.query(
        `INSERT INTO report_run_reader (run, account) SELECT id, $2 FROM report_run WHERE id = $1 ON CONFLICT DO NOTHING`,
        [id, account],
      )
  }

  /** Whether the run was sent to the account itself: not to who looks through its eyes. */
  private async isSentTo(run: ReportRunEntity, { user, viewedBy, share }: Principal): Promise<boolean> {
    if (viewedBy !== undefined || run.viewedBy !== null || run.shareLink !== null) return false
    if (share !== undefined && (share.target.kind !== 'run' || share.target.run !== run.id)) return false
    const found = await this.database.query<unknown[]>(
      'SELECT 1 FROM report_run_reader WHERE run = $1 AND account = $2',
      [run.id, user],
    )
    return found.length > 0
  }

  /** The newest run that visitors of the link started since then, made or in the making under the rights of now. */
  async newestShared(
    principal: Principal,
    { locale, sinceAt }: { locale: ReportRun['locale']; sinceAt: number },
  ): Promise<string | null> {
    const { share, rights } = principal
    const rows = await this.database.query<{ id: string; judged: ForeignJudgement[] }[]>(
      `SELECT id, judged FROM report_run WHERE share_link = $1 AND rights_key = $2 AND document->>'locale' = $3
         AND started_at > $4 AND state NOT IN ('failed', 'cancelled') ORDER BY started_at DESC`,
      [share?.link ?? null, rights?.key ?? '', locale, new Date(sinceAt)],
    )
    const valid = await this.valid(rows, principal)
    return valid[0]?.id ?? null
  }

  async list(report: string | undefined, principal: Principal): Promise<ReportRun[]> {
    const { user, viewedBy, rights } = principal
    const rows = await this.runs.find({
      where: {
        owner: user,
        shareLink: IsNull(),
        rightsKey: rights?.key ?? '',
        ...(report === undefined ? {} : { report }),
      },
      order: { startedAt: 'DESC' },
      take: MOST_LISTED,
    })
    const own = rows.filter(
      (row) => row.viewedBy === (viewedBy ?? null) && rights?.may('view', { kind: 'report', id: row.report }),
    )
    return (await this.valid(own, principal)).map(({ document }) => document)
  }

  /** Those whose rows from elsewhere are judged now as they were. */
  private async valid<R extends { judged: ForeignJudgement[] }>(
    runs: readonly R[],
    principal: Principal,
  ): Promise<R[]> {
    const changed = new Set(
      await this.judgements.changed(
        runs.flatMap(({ judged }) => judged),
        principal,
      ),
    )
    return runs.filter(({ judged }) => !judged.some((each) => changed.has(each)))
  }

  /** Runs that a stopped server left behind never end by themselves. */
  private async endInterrupted(): Promise<void> {
    for (const row of await this.runs.findBy({ state: Not(In([...OVER])) })) {
      const document: ReportRun = {
        ...row.document,
        state: 'failed',
        ahead: null,
        finishedAt: new Date().toISOString(),
        error: {
          code: 'interrupted',
          cause: { zh: '运行期间服务停止了', en: 'The server stopped while the report ran' },
          remedy: { zh: '请再运行一次', en: 'Run it again' },
          dataset: null,
          cell: null,
        },
      }
      await this.save(document)
    }
  }

  /** Removes what is no longer kept, and folders that no row knows. */
  async clean(): Promise<void> {
    await this.runs.delete({ keptUntil: LessThan(new Date()) })
    const kept = new Set((await this.runs.find({ select: { id: true } })).map(({ id }) => id))
    for (const name of await readdir(this.root)) {
      if (!kept.has(name)) await rm(this.folderOf(name), { recursive: true, force: true })
    }
  }

  private get runs() {
    return this.database.getRepository(ReportRunEntity)
  }
}

/** Whose a run is: its owner's, with the eyes it was made with; a visitor's only as far as the link leads to it. */
function isOf(run: ReportRunEntity, { user, viewedBy, share }: Principal): boolean {
  if (run.owner !== user || run.viewedBy !== (viewedBy ?? null)) return false
  if (share === undefined) return run.shareLink === null
  return share.target.kind === 'run' ? run.id === share.target.run : run.shareLink === share.link
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
const tellFailure = (error: unknown): void => log.warn({ err: error }, 'old runs of reports could not be removed')
