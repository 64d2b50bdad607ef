import { Injectable } from '@nestjs/common'
import type {
  ParameterValues,
  ParametersAnswer,
  ReportDetail,
  ReportVersion,
  ReportsAnswer,
  reportVersionDocument,
} from '@gemba/contracts/report'
import type { Template } from '@gemba/contracts/template'
import type { z } from 'zod'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { kindOf } from './report-datasets.service.ts'
import { ReportLibrary, type OpenedTemplate } from './report-library.service.ts'
import { ReportParameters, type ParameterQuestion } from './report-parameters.service.ts'
import { RunFailure, runErrorOf } from './run-failure.ts'
import type { ReportVersionEntity } from './report.entity.ts'
import { tierWords } from './tier-words.ts'

/** Answers about reports before they are run. */
@Injectable()
export class ReportDesk {
  constructor(
    private readonly library: ReportLibrary,
    private readonly parameters: ReportParameters,
    private readonly catalog: CatalogService,
  ) {}

  async list(principal: Principal): Promise<ReportsAnswer> {
    const reports = await this.library.list(principal)
    return { reports, folders: this.library.foldersOf(reports) }
  }

  async detail(id: string, principal: Principal): Promise<ReportDetail> {
    const entry = await this.library.entry(id, principal)
    const opened = await this.library.open(id, entry.version ?? 0, principal)
    const { parameters } = await this.describe(opened, {}, principal)
    const datasets = Object.entries(opened.template.datasets ?? {})
    return {
      ...entry,
      parameters,
      datasets: datasets.map(([name, definition]) => ({ name, kind: kindOf(definition) })),
      fourEyes: this.library.fourEyes,
      tier: tierWords(opened.template),
    }
  }

  async parametersOf(
    id: string,
    { values, version }: { values: ParameterValues; version?: number | undefined },
    principal: Principal,
  ): Promise<ParametersAnswer> {
    return this.describe(await this.library.open(id, version, principal), values, principal)
  }

  async versions(id: string, principal: Principal): Promise<{ versions: ReportVersion[] }> {
    await this.library.reportOf(id, principal)
    return { versions: (await this.library.versions(id)).map(versionOf) }
  }

  async version(id: string, version: number, principal: Principal): Promise<z.infer<typeof reportVersionDocument>> {
    const { text } = await this.library.open(id, version, principal)
    const known = (await this.library.versions(id)).find((each) => each.version === version) as ReportVersionEntity
    return { ...versionOf(known), template: JSON.parse(text) as unknown }
  }

  private async describe(
    opened: OpenedTemplate,
    values: ParameterValues,
    principal: Principal,
  ): Promise<ParametersAnswer> {
    const question: ParameterQuestion = {
      principal,
      locale: 'zh-CN',
      timeZone: this.timeZoneOf(opened.template),
      nowAt: Date.now(),
      signal: new AbortController().signal,
    }
    try {
      return { parameters: await this.parameters.describe(opened.template, values, question) }
    } catch (error) {
      const known = runErrorOf(error, null)
      throw known === null ? error : new RunFailure(known)
    }
  }

  private timeZoneOf(template: Template): string {
    return template.timeZone ?? this.catalog.snapshot.document.sites[0]?.timeZone ?? 'UTC'
  }
}

const versionOf = (row: ReportVersionEntity): ReportVersion => ({
  version: row.version,
  publishedBy: row.publishedBy,
  submittedBy: row.submittedBy,
  publishedAt: row.publishedAt.toISOString(),
  note: row.note,
  hash: row.hash,
})
