import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { ReportRun } from '@gemba/contracts/report'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { type SignableRecord, SignableRecords } from '../signatures/signable-records.service.ts'
import { ReportRunsService } from './report-runs.service.ts'
import { ReportWorkers } from './report-workers.service.ts'
import { RunStore } from './run-store.service.ts'

/** What is signed is kept as long as records of quality usually are. */
const KEPT_SIGNED_MS = 10 * 365.25 * 86_400_000
const LONGEST_MS = 120_000
/** In place of a hash, for a run whose rows cannot be read any more. */
const UNREADABLE = 'unreadable'

/**
 * Finished runs of published reports as records to be signed. Their content is made anew from the rows kept with the
 * run, so that whoever changes these rows voids the signatures.
 */
@Injectable()
export class SignableRuns implements OnModuleInit {
  constructor(
    private readonly records: SignableRecords,
    private readonly runs: ReportRunsService,
    private readonly store: RunStore,
    private readonly workers: ReportWorkers,
  ) {}

  onModuleInit(): void {
    this.records.provide('report-run', (id, principal) => this.read(id, principal))
  }

  private async read(id: string, principal: Principal | null): Promise<SignableRecord | null> {
    if (principal === null) return (await this.store.has(id)) ? { contentHash: UNREADABLE, authors: [] } : null
    const found = await this.finishedOr(id, principal)
    if (found === null || found.run.version === 0) return null
    const { run, dir } = found
    return {
      contentHash: await this.hashIn(dir),
      authors: [run.by],
      keep: () => this.store.keepUntil(id, principal, Date.now() + KEPT_SIGNED_MS),
    }
  }

  /** Null for a run that is not there, is not for the principal, or came to nothing: he is not told which. */
  private async finishedOr(id: string, principal: Principal): Promise<{ run: ReportRun; dir: string } | null> {
    try {
      return await this.runs.finished(id, principal)
    } catch (error) {
      if (error instanceof Fault && !error.entry.retryable) return null
      throw error
    }
  }

  private async hashIn(dir: string): Promise<string> {
    const answer = await this.workers.content(dir, AbortSignal.timeout(LONGEST_MS))
    return answer.ok ? answer.value : UNREADABLE
  }
}
