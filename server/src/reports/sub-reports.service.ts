import { Injectable } from '@nestjs/common'
import type { Template } from '@gemba/contracts/template'
import type { ErrorCause } from '@gemba/engine/formula/values'
import { DEFAULT_LIMITS, type Finding } from '@gemba/engine/report/findings'
import { checkSubReports } from '@gemba/engine/report/check-sub-reports'
import { findingText } from '@gemba/engine/report/messages'
import { subTemplatesOf } from '@gemba/engine/report/sub-checks'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { plainParams, step, type Making } from './making.ts'
import { ReportLibrary, type OpenedTemplate } from './report-library.service.ts'
import { ReportParameters } from './report-parameters.service.ts'
import { bothOf } from './report-words.ts'
import { RunFailure } from './run-failure.ts'
import type { RunSubs } from './run-files.ts'
import { questionOf, RunRowsService, type RowsRead } from './run-rows.service.ts'
import type { MissingCall } from './run-work.ts'

/** Sub-reports of a run under way. */
export interface SubMaking {
  making: Making
  subs: RunSubs
  read: RowsRead
}

/** Templates that reports show inside themselves, and the rows of each call, under the rights of whoever reads them. */
@Injectable()
export class SubReportsService {
  constructor(
    private readonly library: ReportLibrary,
    private readonly parameters: ReportParameters,
    private readonly rows: RunRowsService,
  ) {}

  /** The published templates below a report, by id; those that the caller may not see are left out. */
  async below(template: Template, principal: Principal): Promise<Map<string, OpenedTemplate>> {
    const found = new Map<string, OpenedTemplate>()
    let open: Template[] = [template]
    for (let level = 0; level <= DEFAULT_LIMITS.subDepth && open.length > 0; level += 1) {
      const ids = new Set(open.flatMap(subTemplatesOf).filter((id) => !found.has(id)))
      open = []
      for (const id of ids) {
        const child = await this.openedOr(id, principal)
        if (child === null) continue
        found.set(id, child)
        open.push(child.template)
      }
    }
    return found
  }

  /** What is wrong with the sub-reports of a template, before a row is read. */
  async findings(report: string, template: Template, principal: Principal): Promise<Finding[]> {
    if (subTemplatesOf(template).length === 0) return []
    const below = await this.below(template, principal)
    // The report itself may be the draft of one that its sub-reports show as published: a circle either way.
    const known = (id: string): Template | undefined => (id === report ? template : below.get(id)?.template)
    return checkSubReports(template, { host: report, template: known })
  }

  /**
   * Refuses what can never run, such as reports that contain each other; with `all` also what would show an error in
   * its cell. Says everything, cell by cell.
   */
  async check(
    report: string,
    template: Template,
    { principal, all = false }: { principal: Principal; all?: boolean },
  ): Promise<void> {
    const found = await this.findings(report, template, principal)
    const wrong = found.filter(({ level }) => level === 'refuse' || (all && level === 'error'))
    if (wrong.length === 0) return
    const lines = (language: 'zh-CN' | 'en'): string =>
      wrong.map((finding) => findingText(finding, language)).join('; ')
    throw new Fault('REPORT_TEMPLATE_INVALID', { problems: wrong.length }, { zh: lines('zh-CN'), en: lines('en') })
  }

  /** Sub-reports of a run, with the versions in force now; null where the report has none. */
  async begin({ opened, principal }: Making): Promise<RunSubs | null> {
    if (subTemplatesOf(opened.template).length === 0) return null
    const below = await this.below(opened.template, principal)
    const templates = Object.fromEntries([...below].map(([id, { version, text }]) => [id, { version, text }] as const))
    return { host: opened.report, templates, calls: [], refused: {} }
  }

  /** Fetches the rows of calls that the report has asked for. */
  async fetch(calls: readonly MissingCall[], sub: SubMaking): Promise<void> {
    const { making, subs } = sub
    const before = subs.calls.length
    for (const [index, call] of calls.entries()) {
      const cause = await this.fetchOne(call, sub)
      if (cause !== null) subs.refused[call.key] = cause
      await step(making, 'fetching', 0.45 + 0.05 * ((before + index + 1) / (before + calls.length)))
    }
    making.run.subReports = Object.entries(subs.templates).flatMap(([report, { version }]) => {
      const made = subs.calls.filter(({ template }) => template === report).length
      return made === 0 ? [] : [{ report, version, calls: made }]
    })
  }

  /** Null when its rows are there; else why the cell shows an error. */
  private async fetchOne(call: MissingCall, { making, subs, read }: SubMaking): Promise<ErrorCause | null> {
    const { template: id, key } = call
    const child = await this.openedOr(id, making.principal)
    if (child === null || subs.templates[id] === undefined) return { key: 'subNoAccess', details: { template: id } }
    const language = making.run.locale === 'zh-CN' ? 'zh' : 'en'
    const name = `${id}/${subs.calls.length + 1}`
    try {
      const question = questionOf(making, {})
      const described = await this.parameters.resolve(child.template, call.params, question)
      const values = Object.fromEntries(described.map((each) => [each.name, each.value]))
      const order = { template: child.template, params: values, name }
      const rows = await this.rows.read(order, { making, read, told: async () => undefined })
      subs.calls.push({ key, template: id, name, values, params: plainParams(values), ...rows })
      return null
    } catch (error) {
      making.signal.throwIfAborted()
      const why = whyOf(error)
      if (why === null) throw error
      return { key: 'subFailed', details: { template: id, why: why[language] } }
    }
  }

  /** Null for a report that is not there, and for one that the caller may not see: he is not told which. */
  private async openedOr(id: string, principal: Principal): Promise<OpenedTemplate | null> {
    try {
      return await this.library.open(id, undefined, principal)
    } catch (error) {
      if (error instanceof Fault) return null
      throw error
    }
  }
}

/** Why one sub-report cannot be shown while the rest can; null for what ends the run. */
function whyOf(error: unknown): { zh: string; en: string } | null {
  if (error instanceof RunFailure)
    return error.error.code === 'dataset-refused' || error.error.code === 'parameters-refused'
      ? error.error.cause
      : null
  return error instanceof Fault ? (error.detail ?? bothOf({ 'zh-CN': error.entry.zh, en: error.entry.en })) : null
}
