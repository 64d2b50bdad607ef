import type { ParameterValue, ReportFormat, ReportRun } from '@gemba/contracts/report'
import type { Principal } from '../accounts/principal.ts'
import type { ForeignJudgement } from './foreign-judgements.service.ts'
import type { OpenedTemplate } from './report-library.service.ts'

/** One run under way. */
export interface Making {
  run: ReportRun
  dir: string
  opened: OpenedTemplate
  principal: Principal
  nowAt: number
  formats: readonly ReportFormat[]
  signal: AbortSignal
  /** Told after each change of the run. */
  changed: () => Promise<void>
  /** Told how rows from elsewhere were judged, before anything is made of them. */
  judged: (judgement: ForeignJudgement) => Promise<void>
}

/** Tells how far the run is; throws what its signal was aborted with. */
export async function step(
  { run, changed, signal }: Making,
  state: ReportRun['state'],
  progress: number,
): Promise<void> {
  signal.throwIfAborted()
  run.state = state
  run.progress = progress
  run.ahead = null
  await changed()
}

/** Parameters as expressions take them: a range is a list of two. */
export const plainParams = (params: ReportRun['params']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plain(value)]))

const plain = (value: ParameterValue): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? [value.from, value.to] : value
