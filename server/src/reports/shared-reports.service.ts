import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { ReportRun } from '@gemba/contracts/report'
import type { Principal } from '../accounts/principal.ts'
import { SharedObjects } from '../accounts/shared-objects.service.ts'
import { Fault } from '../http/fault.ts'
import { ReportLibrary } from './report-library.service.ts'
import { ReportRunsService } from './report-runs.service.ts'
import { RunStore } from './run-store.service.ts'

/** A run that visitors of a link started this recently is the next visitor's as well: nobody reloads a machine to death. */
const SAME_RUN_MS = 60_000

/** Reports and runs behind share links. */
@Injectable()
export class SharedReports implements OnModuleInit {
  constructor(
    private readonly shared: SharedObjects,
    private readonly library: ReportLibrary,
    private readonly runs: ReportRunsService,
    private readonly store: RunStore,
  ) {}

  onModuleInit(): void {
    this.shared.provide('run', {
      look: async ({ run: id }, principal) => {
        const { run } = await this.runs.finished(id, principal)
        return { kind: 'report', id: run.report, name: run.name }
      },
      prepare: ({ run }, principal, untilAt) => this.store.keepUntil(run, principal, untilAt),
    })
    this.shared.provide('report', {
      look: async ({ report }, principal) => {
        const { name, version } = await this.library.entry(report, principal)
        if (version === null) throw new Fault('REPORT_UNKNOWN', { report })
        return { kind: 'report', id: report, name }
      },
      prepare: ({ report, params }, principal) => this.runs.check({ principal, report, params, locale: 'zh-CN' }),
    })
  }

  /** What a visitor reads: the run of the link, or a fresh one with its parameters. */
  async runFor(principal: Principal, locale: ReportRun['locale']): Promise<ReportRun> {
    const target = principal.share?.target
    if (target?.kind === 'run') return this.runs.get(target.run, principal)
    if (target?.kind !== 'report') throw new Fault('NO_ACCESS')
    const recent = await this.store.newestShared(principal, { locale, sinceAt: Date.now() - SAME_RUN_MS })
    if (recent !== null) return this.runs.get(recent, principal)
    return this.runs.start({ principal, report: target.report, params: target.params, locale })
  }
}

/** A run as a visitor may know it: the sign-in name of its owner stays inside. */
export const shownTo = (run: ReportRun, { share }: Principal): ReportRun => (share ? { ...run, by: '' } : run)
