import type { Template } from '@gemba/contracts/template'
import type { FunctionContext } from '@gemba/engine/formula/function-table'
import { FormulaError, type ErrorCause } from '@gemba/engine/formula/values'
import type { SubCall, SubInput, SubSource } from '@gemba/engine/report/sub-reports'
import type { Locale } from '@gemba/engine/report/words'
import { datasetsOf, type GivenRows } from './given-rows.ts'
import { paramsOf } from './report-params.ts'
import { ReportRefused } from './report-refused.ts'
import { storedTemplate } from './stored-template.ts'

/** Rows and parameters of one call; `name` tells it from others. */
export interface GivenCall {
  name: string
  params: Readonly<Record<string, unknown>>
  rows: ReadonlyMap<string, GivenRows>
}

/** Sub-reports of a rendering: templates in their stored text, and what each call is made of. */
export interface GivenSubs {
  /** Id of the host; absent for a template that has none. */
  host?: string | undefined
  templates: ReadonlyMap<string, string>
  /** Undefined while the rows of a call are not there; a cause where they cannot be had. */
  call: (call: SubCall) => GivenCall | ErrorCause | undefined
}

/** What a sub-report takes from its host. */
interface Manner {
  locale: Locale
  timeZone?: string
  now?: FunctionContext['now']
}

/** The same as the engine takes it. What is wrong with one sub-report is said in its cell. */
export function subInputOf({ host, templates, call: given }: GivenSubs, input: Manner): SubInput {
  const read = new Map<string, Template | ReportRefused>()
  const templateOf = (id: string): Template | ReportRefused | undefined => {
    const text = templates.get(id)
    if (text === undefined) return undefined
    const known = read.get(id) ?? refusalOr(() => storedTemplate(text))
    read.set(id, known)
    return known
  }
  const find = (call: SubCall): SubSource | FormulaError | undefined => {
    const found = given(call)
    if (found === undefined) return undefined
    if ('key' in found) return new FormulaError('#SUB!', found)
    const template = templateOf(call.template)
    if (template === undefined) return failed('subUnknown', { template: call.template })
    const source = template instanceof ReportRefused ? template : refusalOr(() => sourceOf(template, found, input))
    if (!(source instanceof ReportRefused)) return source
    return failed('subFailed', { template: call.template, why: source.problems.join('; ') })
  }
  const known = (id: string): Template | undefined => {
    const template = templateOf(id)
    return template instanceof ReportRefused ? undefined : template
  }
  return { find, template: known, host }
}

function sourceOf(template: Template, { name, params, rows }: GivenCall, { locale, timeZone, now }: Manner): SubSource {
  const given = {
    params,
    locale,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(now === undefined ? {} : { now }),
  }
  return { name, template, params: paramsOf(template, given), datasets: datasetsOf(template, rows, locale) }
}

const failed = (key: string, details: Record<string, string>): FormulaError =>
  new FormulaError('#SUB!', { key, details })

function refusalOr<T>(make: () => T): T | ReportRefused {
  try {
    return make()
  } catch (error) {
    if (error instanceof ReportRefused) return error
    throw error
  }
}
