import type { ReportParameter } from '@gemba/contracts/template'
import { exactText, isNum } from '../formula/decimal.ts'
import { FormulaError, isArray, isError, keyOf, type Value } from '../formula/values.ts'
import type { ReportTemplate } from './compile.ts'
import type { Dataset } from './dataset.ts'
import { ReportLimitError, TemplateRefusedError, type ReportLimits } from './findings.ts'
import { findingText, messageText, type MessageLanguage } from './messages.ts'
import type { ReportResult } from './report-result.ts'

/** A template as a host knows it before it runs. */
export interface SubTemplate extends ReportTemplate {
  parameters?: readonly ReportParameter[] | undefined
}

/** One call of a sub-report. Equal calls, of whatever cell at whatever depth, have equal keys and run once. */
export interface SubCall {
  key: string
  template: string
  params: Readonly<Record<string, Value>>
  /** Cell that asks, in the template that it stands in. */
  cell: string
}

/** What a sub-report is made from. `name` tells its datasets from those of the host and of other calls. */
export interface SubSource {
  name: string
  template: SubTemplate
  params: Readonly<Record<string, unknown>>
  datasets: ReadonlyMap<string, Dataset>
}

/** What a run is told of sub-reports; it fetches nothing itself. */
export interface SubInput {
  /** Rows and parameters of a call; an error to be shown in its cell; undefined while they are not there. */
  find: (call: SubCall) => SubSource | FormulaError | undefined
  /** A template by its id, for the checks before a run; undefined if it is not known. */
  template: (id: string) => SubTemplate | undefined
  /** Id of the host, so that a report which calls itself is found; absent for one without an id. */
  host?: string | undefined
}

/** Makes the result of a sub-report; handed in, since a result knows its run and the run its sub-reports. */
export type MakeResult = (source: SubSource, limits: ReportLimits, subs: SubReports) => ReportResult

/** What all runs of one report share. */
interface Shared {
  input: SubInput
  limits: ReportLimits
  make: MakeResult
  made: Map<string, ReportResult | FormulaError>
  missing: Map<string, SubCall>
  /** Of the budgets of the report, what its sub-reports have used. */
  used: { instances: number; steps: number }
}

const problem = (key: string, details: Record<string, string>): FormulaError =>
  new FormulaError('#SUB!', { key, details })

/** What a cell shows in a run that is given no sub-reports. */
export const subsNotGiven = (template: string): FormulaError => problem('subNotGiven', { template })

/** The sub-reports of one run and those below them: each call is made once, no deeper than allowed. */
export class SubReports {
  /** Templates from the host down to the run that asks. */
  readonly chain: readonly string[]
  private readonly shared: Shared

  private constructor(shared: Shared, chain: readonly string[]) {
    this.shared = shared
    this.chain = chain
  }

  static of(input: SubInput, { limits, make }: { limits: ReportLimits; make: MakeResult }): SubReports {
    const used = { instances: 0, steps: 0 }
    return new SubReports({ input, limits, make, made: new Map(), missing: new Map(), used }, [input.host ?? ''])
  }

  /** Levels of sub-reports below the report. */
  get depth(): number {
    return this.shared.limits.subDepth
  }

  get input(): SubInput {
    return this.shared.input
  }

  /** Calls that were asked for and whose rows are not there yet. */
  get missing(): SubCall[] {
    return [...this.shared.missing.values()]
  }

  /** Results so far, each once. */
  get results(): ReportResult[] {
    return [...this.shared.made.values()].filter((made): made is ReportResult => !(made instanceof FormulaError))
  }

  /** The finished sub-report, or the error that its cell shows. One that fails never fails its host. */
  result(call: SubCall, language: MessageLanguage): ReportResult | FormulaError {
    const { limits, made, missing } = this.shared
    if (this.chain.includes(call.template))
      return problem('subCycle', { chain: [...this.chain, call.template].join(' → ') })
    if (this.chain.length > limits.subDepth) return problem('subDepth', { most: String(limits.subDepth) })
    const known = made.get(call.key)
    if (known !== undefined) return known
    if (made.size + missing.size >= limits.subReports && !missing.has(call.key))
      throw new ReportLimitError('subReports', limits.subReports, call.cell)
    const source = this.shared.input.find(call)
    if (source === undefined) {
      missing.set(call.key, call)
      return problem('subNotGiven', { template: call.template })
    }
    const result = source instanceof FormulaError ? source : this.make(call, source, language)
    made.set(call.key, result)
    return result
  }

  private make(call: SubCall, source: SubSource, language: MessageLanguage): ReportResult | FormulaError {
    const { shared } = this
    const { limits, used } = shared
    const left: ReportLimits = {
      ...limits,
      instances: Math.max(0, limits.instances - used.instances),
      steps: Math.max(0, limits.steps - used.steps),
    }
    try {
      const result = shared.make(source, left, new SubReports(shared, [...this.chain, call.template]))
      used.instances += result.run.used.instances
      used.steps += result.run.used.steps
      return result
    } catch (error) {
      if (error instanceof TemplateRefusedError) {
        const why = error.findings.map((finding) => findingText(finding, language)).join('; ')
        return problem('subFailed', { template: call.template, why })
      }
      if (!(error instanceof ReportLimitError)) throw error
      const why = messageText('limitExceeded', language, { limit: error.limit, most: String(error.most) })
      return problem('subFailed', { template: call.template, why })
    }
  }
}

/** The call of a template with parameters that have their values. A parameter that is an error is the error. */
export function subCall(
  template: string,
  params: Readonly<Record<string, Value>>,
  cell: string,
): SubCall | FormulaError {
  for (const value of Object.values(params)) if (isError(value)) return value
  const parts = Object.keys(params)
    .toSorted()
    .map((name) => [name, keyText(params[name] as Value)])
  return { key: JSON.stringify([template, ...parts]), template, params, cell }
}

const keyText = (value: Value): string =>
  isArray(value) ? JSON.stringify(value.map(keyText)) : isNum(value) ? `n${exactText(value)}` : String(keyOf(value))

/** All texts of a finished sub-report, for formats that have one text for a cell: a line for each row. */
export function subText(result: ReportResult): string {
  const lines: string[] = []
  for (const row of result.rows()) {
    const texts = row.flatMap(({ display, value }) => (display.text === '' && !isError(value) ? [] : [display.text]))
    if (texts.length > 0) lines.push(texts.join(' | '))
  }
  return lines.join('\n')
}
