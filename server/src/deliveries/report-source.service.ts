import type { DeliveryFormat } from '@gemba/contracts/delivery'
import type { ParameterValues, ReportLocale } from '@gemba/contracts/report'
import type { RunChanges } from '@gemba/contracts/run-changes'
import type { Principal } from '../accounts/principal.ts'
import type { ForeignJudgement } from '../reports/foreign-judgements.service.ts'

export interface ReportAsked {
  readonly principal: Principal
  readonly report: string
  /** Null = the published one. */
  readonly version: number | null
  readonly params: ParameterValues
  readonly locale: ReportLocale
  readonly formats: readonly DeliveryFormat[]
}

/** A finished report, as far as a delivery needs it. Kept with the delivery for as long as that. */
export interface RenderedReport {
  readonly run: string
  readonly name: string
  readonly version: number
  readonly rows: Readonly<Record<string, number>>
  /** Sums of numeric columns over all rows, as decimal text. */
  readonly totals: readonly { readonly dataset: string; readonly column: string; readonly sum: string }[]
  readonly hash: string
  readonly pages: number | null
  /** Source time of the oldest input; null = unknown. */
  readonly dataAsOf: string | null
  readonly coverage: number | null
  /** What the reader must know, one line each: rows cut, cells with errors. */
  readonly notes: readonly string[]
  readonly files: readonly { readonly format: DeliveryFormat; readonly path: string; readonly bytes: number }[]
  /** How rows from elsewhere were judged; absent = there are none. */
  readonly judged?: readonly ForeignJudgement[]
}

/** `isPassing`: trying again can help. */
export type Rendering =
  | { readonly ok: true; readonly report: RenderedReport }
  | {
      readonly ok: false
      readonly reason: 'no-access' | 'report-failed' | 'reports-away'
      readonly cause: string
      readonly isPassing: boolean
    }

/** Where reports come from: rendered under the rights of the principal, never under others. */
export abstract class ReportSource {
  abstract render(asked: ReportAsked): Promise<Rendering>

  /** Keeps a run, and opens it for an account that got it: under the rights it was made with, and no others. */
  abstract deliver(run: string, to: { readonly account: string | null; readonly untilAt: number }): Promise<void>

  /** Whether the run opens for the principal now. */
  abstract opensFor(run: string, principal: Principal): Promise<boolean>

  /** What of a run is no longer as it shows it; null = it does not open for the principal, or cannot be compared now. */
  abstract changesOf(run: string, principal: Principal): Promise<RunChanges | null>
}
