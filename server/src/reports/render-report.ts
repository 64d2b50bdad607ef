import type { Template } from '@gemba/contracts/template'
import type { FunctionContext } from '@gemba/engine/formula/function-table'
import type { Dataset } from '@gemba/engine/report/dataset'
import { ReportLimitError, TemplateRefusedError, type ReportLimits } from '@gemba/engine/report/findings'
import { findingText, messageText } from '@gemba/engine/report/messages'
import { runReport } from '@gemba/engine/report/report-result'
import type { RunInput } from '@gemba/engine/report/run'
import type { Locale } from '@gemba/engine/report/words'
import { builtOf, datasetsOver, type GivenRows } from './given-rows.ts'
import { documentOf, type ReportDocument } from './report-document.ts'
import { paramsOf } from './report-params.ts'
import { ReportRefused } from './report-refused.ts'
import { storedTemplate } from './stored-template.ts'
import { subInputOf, type GivenSubs } from './sub-inputs.ts'

export interface RenderInput extends RenderFacts {
  /** By name of the dataset; they take the place of the rows in the template. */
  rows?: ReadonlyMap<string, GivenRows>
}

/** What a report is made from, beside its rows. */
export interface RenderFacts {
  /** The text of the template file. */
  template: string
  params?: Readonly<Record<string, unknown>>
  locale?: Locale
  timeZone?: string
  now?: FunctionContext['now']
  limits?: Partial<ReportLimits>
  notices?: readonly string[]
  /** Where readers of a file find the product. */
  publicUrl?: string
  /** Sub-reports; without them each cell that asks for one says that it was not given. */
  subs?: GivenSubs
}

/**
 * Reads a template and runs it over its inline rows and those given. Throws ReportRefused for anything that keeps it
 * from running, before any cell is made; a failing expression only shows its error in its cell.
 */
export function renderReport(input: RenderInput): ReportDocument {
  const template = storedTemplate(input.template)
  return renderOver(template, input, builtOf(template, input.rows ?? new Map()))
}

/** The same over datasets; inline rows of the template stand in for those that are not given. */
export function renderOver(
  template: Template,
  input: RenderFacts,
  given: ReadonlyMap<string, Dataset>,
): ReportDocument {
  const run = runFactsOf(template, input)
  try {
    const datasets = datasetsOver(template, given, run.locale)
    return withNotices(documentOf(template, runReport(template, { ...run, datasets })), input)
  } catch (error) {
    throw refusalOf(error, run.locale)
  }
}

/** What both ways to compute a report are given. */
export function runFactsOf(
  template: Template,
  input: RenderFacts,
): Omit<RunInput, 'datasets' | 'locale'> & { locale: Locale } {
  const locale = input.locale ?? template.locale ?? 'zh-CN'
  const params = paramsOf(template, { ...input, locale })
  const timeZone = input.timeZone ?? template.timeZone
  const subs = input.subs === undefined ? undefined : subInputOf(input.subs, { ...input, locale })
  return { params, locale, timeZone, now: input.now, limits: input.limits, subs }
}

export const withNotices = <D extends object>(
  document: D,
  { notices = [], publicUrl }: RenderFacts,
): D & { notices: readonly string[]; publicUrl?: string } => ({
  ...document,
  notices,
  ...(publicUrl === undefined ? {} : { publicUrl }),
})

/** What readers are told of an error of the engine; other errors as they are. */
export function refusalOf(error: unknown, locale: Locale): unknown {
  if (error instanceof TemplateRefusedError)
    return new ReportRefused(error.findings.map((finding) => findingText(finding, locale)))
  if (error instanceof ReportLimitError) {
    const details = { limit: error.limit, most: new Intl.NumberFormat('en').format(error.most) }
    const text = messageText('limitExceeded', locale, details)
    return new ReportRefused([error.cell === undefined ? text : `${error.cell}: ${text}`])
  }
  return error
}
