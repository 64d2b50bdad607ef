import { createHash } from 'node:crypto'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { ReportEntry, ReportRights } from '@gemba/contracts/report'
import type { Template } from '@gemba/contracts/template'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { KnownObjects } from '../accounts/rights/known-objects.service.ts'
import { Filing } from '../accounts/rights/filing.service.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { requireObject } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { readyFolder } from './ready-folders.ts'
import { readyTemplates, type ReadyTemplate } from './ready-templates.ts'
import { storedTemplate } from './stored-template.ts'
import { ReportEntity, ReportRunEntity, ReportVersionEntity } from './report.entity.ts'
import { ReportRefused } from './report-refused.ts'
import { bothOf, problemsFault } from './report-words.ts'

/** A template to be run: version 0 is the draft. */
export interface OpenedTemplate {
  report: string
  version: number
  text: string
  template: Template
}

const PRODUCT = 'gemba'
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Reads a template in its stored text; refuses with every problem named. */
export function readTemplateText(text: string): Template {
  try {
    return storedTemplate(text)
  } catch (error) {
    if (error instanceof ReportRefused) throw problemsFault('REPORT_TEMPLATE_INVALID', error.problems)
    throw error
  }
}

/** Reports with their versions, as each caller may see them. */
@Injectable()
export class ReportLibrary implements OnModuleInit {
  /** Names of published reports, for lists of objects. */
  private names: { id: string; name: { zh: string; en: string } }[] = []

  constructor(
    private readonly database: DataSource,
    private readonly objects: KnownObjects,
    private readonly rights: RightsService,
    private readonly filing: Filing,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    this.objects.provide('report', () => this.names)
    await this.addReady(readyTemplates())
  }

  /** Imports templates of the product, files them and lets everybody know of them. */
  async addReady(ready: readonly ReadyTemplate[]): Promise<void> {
    await this.importReady(ready)
    await this.filing.inForce()
    await this.refreshNames()
  }

  get fourEyes(): boolean {
    return this.config.reportFourEyes
  }

  /** A folder whose template changed becomes a new version, unless the newest one is somebody's own. */
  private async importReady(ready: readonly ReadyTemplate[]): Promise<void> {
    for (const { id, template } of ready) {
      try {
        storedTemplate(template)
      } catch (error) {
        log.error({ report: id, problem: (error as Error).message }, 'a template of the product cannot be read')
        continue
      }
      await this.importOne(id, template)
    }
  }

  private async importOne(id: string, template: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query('INSERT INTO report (id, is_ready) VALUES ($1, true) ON CONFLICT (id) DO NOTHING', [id])
      // Two servers that start at once import one after the other.
      const [report] = await manager.query<{ is_ready: boolean }[]>(
        'SELECT is_ready FROM report WHERE id = $1 FOR UPDATE',
        [id],
      )
      if (report?.is_ready !== true) return
      const folder = readyFolder(id)
      if (folder !== null) await this.filing.fileOwn({ kind: 'report', id, folder: folder.path }, folder, manager)
      const newest = await manager.find(ReportVersionEntity, { where: { report: id }, order: { version: 'DESC' } })
      const hash = hashOf(template)
      if (newest.some((version) => version.hash === hash)) return
      if (newest[0] !== undefined && newest[0].publishedBy !== PRODUCT) return
      await manager.query(
        'INSERT INTO report_version (report, version, template, hash, published_by) VALUES ($1, $2, $3, $4, $5)',
        [id, (newest[0]?.version ?? 0) + 1, template, hash, PRODUCT],
      )
    })
  }

  async refreshNames(): Promise<void> {
    const newest = await this.newestVersions()
    this.names = newest.flatMap(({ report, template }) => {
      const known = quietly(template)
      return known === null ? [] : [{ id: report, name: bothOf(known.name) }]
    })
  }

  async list(principal: Principal): Promise<ReportEntry[]> {
    const [reports, versions, lastRuns] = await Promise.all([
      this.database.getRepository(ReportEntity).find({ order: { id: 'ASC' } }),
      this.newestVersions(),
      this.lastRuns(principal),
    ])
    const byReport = new Map(versions.map((version) => [version.report, version]))
    return reports.flatMap((report) => {
      const entry = this.entryOf(report, byReport.get(report.id), principal)
      return entry === null ? [] : [{ ...entry, lastRun: lastRuns.get(report.id) ?? null }]
    })
  }

  /** Folders that hold a report the caller sees. */
  foldersOf(entries: readonly ReportEntry[]): { path: string; name: { zh: string; en: string } }[] {
    const used = new Set(entries.flatMap(({ folder }) => folder ?? []))
    return this.rights.model.document.folders
      .filter(({ path }) => [...used].some((each) => each === path || each.startsWith(`${path}/`)))
      .map(({ path, name }) => ({ path, name }))
  }

  async entry(id: string, principal: Principal): Promise<ReportEntry> {
    const report = await this.reportOf(id, principal)
    const newest = (await this.newestVersions(id))[0]
    const entry = this.entryOf(report, newest, principal)
    if (entry === null) throw unknown(id)
    return { ...entry, lastRun: (await this.lastRuns(principal)).get(id) ?? null }
  }

  /** The report's row, for those who may look at the report. */
  async reportOf(
    id: string,
    principal: Principal,
    action: 'view' | 'edit' | 'publish' = 'view',
  ): Promise<ReportEntity> {
    requireObject(principal, { kind: 'report', id, action })
    const report = await this.database.getRepository(ReportEntity).findOneBy({ id })
    if (report === null) throw unknown(id)
    return report
  }

  /** The template of a version; without one the newest that is published. The draft is for those who may edit. */
  async open(id: string, version: number | undefined, principal: Principal): Promise<OpenedTemplate> {
    const report = await this.reportOf(id, principal, version === 0 ? 'edit' : 'view')
    if (version === 0) {
      if (report.draft === null) throw unknown(id)
      return { report: id, version: 0, text: report.draft, template: readTemplateText(report.draft) }
    }
    const found =
      version === undefined
        ? (await this.newestVersions(id))[0]
        : await this.database.getRepository(ReportVersionEntity).findOneBy({ report: id, version })
    if (!found) throw unknown(id)
    return { report: id, version: found.version, text: found.template, template: readTemplateText(found.template) }
  }

  versions(id: string): Promise<ReportVersionEntity[]> {
    return this.database.getRepository(ReportVersionEntity).find({ where: { report: id }, order: { version: 'DESC' } })
  }

  private newestVersions(id?: string): Promise<ReportVersionEntity[]> {
    const query = this.database.getRepository(ReportVersionEntity).createQueryBuilder('v').distinctOn(['v.report'])
    if (id !== undefined) query.where('v.report = :id', { id })
    return query.orderBy('v.report').addOrderBy('v.version', 'DESC').getMany()
  }

  private async lastRuns({ user }: Principal): Promise<Map<string, { id: string; at: string }>> {
    const rows = await this.database
      .getRepository(ReportRunEntity)
      .createQueryBuilder('r')
      .select(['r.id', 'r.report', 'r.startedAt'])
      .distinctOn(['r.report'])
      .where(`r.owner = :user AND r.state = 'ready' AND r.viewed_by IS NULL AND r.share_link IS NULL`, { user })
      .orderBy('r.report')
      .addOrderBy('r.startedAt', 'DESC')
      .getMany()
    return new Map(rows.map(({ id, report, startedAt }) => [report, { id, at: startedAt.toISOString() }]))
  }

  private entryOf(
    report: ReportEntity,
    newest: ReportVersionEntity | undefined,
    principal: Principal,
  ): Omit<ReportEntry, 'lastRun'> | null {
    const may = rightsOn(report.id, principal)
    const text = newest?.template ?? (may.edit ? report.draft : null)
    const template = text === null ? null : quietly(text)
    if (!may.run || template === null) return null
    return {
      id: report.id,
      name: bothOf(template.name),
      description: template.description === undefined ? null : bothOf(template.description),
      folder: this.rights.model.folders.folderOf('report', report.id),
      ready: report.isReady,
      version: newest?.version ?? null,
      publishedAt: newest?.publishedAt.toISOString() ?? null,
      draft: may.edit || may.publish ? report.draftState : 'none',
      may,
    }
  }
}

export const unknown = (id: string): Fault => new Fault('REPORT_UNKNOWN', { report: id.slice(0, 60) })

export function rightsOn(id: string, { rights }: Principal): ReportRights {
  const may = (action: 'view' | 'export' | 'edit' | 'publish' | 'share') =>
    rights?.may(action, { kind: 'report', id }) === true
  return {
    run: may('view'),
    export: may('export'),
    edit: may('edit'),
    publish: may('publish'),
    share: may('share'),
  }
}

/** A stored template that an older product took and this one does not is left out of lists. */
function quietly(text: string): Template | null {
  try {
    return storedTemplate(text)
  } catch {
    return null
  }
}
