import { Injectable } from '@nestjs/common'
import type { NewReport, ReportDraft } from '@gemba/contracts/report'
import { DataSource, type EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { Filing } from '../accounts/rights/filing.service.ts'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { requireObject } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { DatabaseDatasets } from './databases/database-dataset.service.ts'
import { ReportEntity, ReportVersionEntity } from './report.entity.ts'
import { hashOf, readTemplateText, ReportLibrary, unknown } from './report-library.service.ts'
import { SubReportsService } from './sub-reports.service.ts'

/** Who changes a report. */
export interface By {
  principal: Principal
  actor: Actor
}

interface Step {
  revision: number
  note: string
}

/** Drafts: draft → review → published. Every step names the revision it was made on and goes into the audit trail. */
@Injectable()
export class ReportDrafts {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly library: ReportLibrary,
    private readonly filing: Filing,
    private readonly databases: DatabaseDatasets,
    private readonly subs: SubReportsService,
  ) {}

  /** The draft, or the published version as one to begin from. */
  async read(id: string, principal: Principal): Promise<ReportDraft> {
    const report = await this.library.reportOf(id, principal, 'edit')
    if (report.draft !== null) return draftOf(report, report.draft)
    const { text } = await this.library.open(id, undefined, principal)
    return draftOf(report, text)
  }

  /** A new report; in a folder only for who may edit reports there. */
  async create({ id, folder, template }: NewReport, { principal, actor }: By): Promise<ReportDraft> {
    const place = folder === undefined ? null : { kind: 'report' as const, id, folder }
    if (place !== null) this.filing.checkNew(principal, place)
    else if (principal.rights?.may('edit', { kind: 'report', id }) !== true)
      throw new Fault('NO_ACCESS', { action: 'edit' })
    const text = checked(template)
    await this.databases.requireAuthor(principal, readTemplateText(text), [])
    const draft = await this.change(id, async (manager) => {
      const rows = await manager.query<unknown[]>(
        `INSERT INTO report (id, draft, draft_state, draft_revision, draft_by, draft_at)
         VALUES ($1, $2, 'draft', 1, $3, now()) ON CONFLICT (id) DO NOTHING RETURNING id`,
        [id, text, principal.user],
      )
      if (rows.length === 0) throw new Fault('REPORT_EXISTS', { report: id })
      if (place !== null) await this.filing.fileNew(principal, place, manager)
      await this.record(manager, { actor, id, action: 'report.created', after: { hash: hashOf(text) } })
    })
    if (place !== null) await this.filing.inForce()
    return draft
  }

  async save(
    id: string,
    { revision, template }: { revision: number; template: unknown },
    by: By,
  ): Promise<ReportDraft> {
    requireObject(by.principal, { kind: 'report', id, action: 'edit' })
    const text = checked(template)
    return this.change(id, async (manager) => {
      const report = await locked(manager, id, revision)
      await this.requireAuthor(text, report, by)
      // Who changes what is under review takes it back from there.
      await manager.update(ReportEntity, id, {
        draft: text,
        draftState: 'draft',
        draftRevision: revision + 1,
        draftBy: by.principal.user,
        draftAt: new Date(),
        submittedBy: null,
      })
      const before = report.draft === null ? null : { hash: hashOf(report.draft) }
      await this.record(manager, { ...by, id, action: 'report.changed', before, after: { hash: hashOf(text) } })
    })
  }

  /** Queries for databases of others are written by who may; those of the draft or the published version stay. */
  private async requireAuthor(text: string, { id, draft }: ReportEntity, { principal }: By): Promise<void> {
    const [newest] = await this.library.versions(id)
    const before = [draft, newest?.template ?? null].map((each) => (each === null ? null : readTemplateText(each)))
    await this.databases.requireAuthor(principal, readTemplateText(text), before)
  }

  async submit(id: string, { revision, note }: Step, by: By): Promise<ReportDraft> {
    requireObject(by.principal, { kind: 'report', id, action: 'edit' })
    return this.step(id, { revision, from: 'draft', action: 'report.submitted', note, by }, async (manager, report) => {
      const { user } = by.principal
      await this.subs.check(id, readTemplateText(report.draft as string), { principal: by.principal, all: true })
      await manager.update(ReportEntity, id, { draftState: 'review', submittedBy: user, submittedNote: note })
    })
  }

  /** Back from review to its author. */
  async giveBack(id: string, { revision, note }: Step, by: By): Promise<ReportDraft> {
    requireObject(by.principal, { kind: 'report', id, action: 'publish' })
    return this.step(id, { revision, from: 'review', action: 'report.returned', note, by }, async (manager) => {
      await manager.update(ReportEntity, id, { draftState: 'draft', submittedNote: note })
    })
  }

  /** The draft becomes the next version. With four eyes neither who wrote nor who submitted it may do so. */
  async publish(id: string, { revision, note }: Step, by: By): Promise<ReportDraft> {
    requireObject(by.principal, { kind: 'report', id, action: 'publish' })
    const { user } = by.principal
    const published = await this.step(
      id,
      { revision, from: 'review', action: 'report.published', note, by },
      async (manager, report) => {
        const text = report.draft as string
        const isOwn = report.submittedBy === user || report.draftBy === user || by.actor.user === report.submittedBy
        if (this.library.fourEyes && isOwn) throw new Fault('SELF_APPROVAL', { report: id })
        await this.subs.check(id, readTemplateText(text), { principal: by.principal, all: true })
        const [row] = await manager.query<{ next: number }[]>(
          'SELECT coalesce(max(version), 0) + 1 AS next FROM report_version WHERE report = $1',
          [id],
        )
        await manager.insert(ReportVersionEntity, {
          report: id,
          version: row?.next ?? 1,
          template: text,
          hash: hashOf(text),
          publishedBy: user,
          submittedBy: report.submittedBy,
          note,
        })
        await manager.update(ReportEntity, id, { draft: null, draftState: 'none', submittedBy: null })
        return { version: row?.next ?? 1, hash: hashOf(text) }
      },
    )
    await this.library.refreshNames()
    return published
  }

  private step(
    id: string,
    {
      revision,
      from,
      action,
      note,
      by,
    }: { revision: number; from: 'draft' | 'review'; action: string; note: string; by: By },
    apply: (manager: EntityManager, report: ReportEntity) => Promise<object | void>,
  ): Promise<ReportDraft> {
    return this.change(id, async (manager) => {
      const report = await locked(manager, id, revision)
      if (report.draftState !== from) throw new Fault('REPORT_STEP_REFUSED', { report: id, state: report.draftState })
      const after = (await apply(manager, report)) ?? { state: action }
      await this.record(manager, { ...by, id, action, before: { state: from }, after, reason: note })
    })
  }

  private async change(id: string, apply: (manager: EntityManager) => Promise<void>): Promise<ReportDraft> {
    return this.database.transaction(async (manager) => {
      await apply(manager)
      const report = await manager.findOneByOrFail(ReportEntity, { id })
      return draftOf(report, report.draft)
    })
  }

  private record(
    manager: EntityManager,
    entry: { actor: Actor; id: string; action: string; before?: unknown; after: unknown; reason?: string },
  ): Promise<void> {
    const { actor, id, action, before = null, after, reason = '' } = entry
    return this.audit.record(
      { stream: 'change', action, by: actor, object: { kind: 'report', id }, before, after, reason },
      manager,
    )
  }
}

async function locked(manager: EntityManager, id: string, revision: number): Promise<ReportEntity> {
  const report = await manager.findOne(ReportEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })
  if (!report) throw unknown(id)
  if (report.draftRevision !== revision)
    throw new Fault('REPORT_DRAFT_CHANGED', { report: id, revision: report.draftRevision })
  return report
}

function checked(template: unknown): string {
  const text = JSON.stringify(template ?? null)
  readTemplateText(text)
  return text
}

const draftOf = (report: ReportEntity, text: string | null): ReportDraft => ({
  report: report.id,
  state: report.draftState,
  revision: report.draftRevision,
  template: text === null ? null : (JSON.parse(text) as unknown),
  changedBy: report.draftBy,
  changedAt: report.draftAt?.toISOString() ?? null,
  submittedBy: report.submittedBy,
  note: report.submittedNote,
})
