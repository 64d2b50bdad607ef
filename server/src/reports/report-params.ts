import type { ReportParameter, Template } from '@gemba/contracts/template'
import type { FunctionContext } from '@gemba/engine/formula/function-table'
import { Moment, parseMoment } from '@gemba/engine/formula/moment'
import { isArray, isError, valueOf, type Value } from '@gemba/engine/formula/values'
import { plainValue } from '@gemba/engine/report/plain-expression'
import { contextOf } from '@gemba/engine/report/run'
import { wordsIn, type Locale } from '@gemba/engine/report/words'
import { ReportRefused } from './report-refused.ts'

interface Given {
  params?: Readonly<Record<string, unknown>>
  locale: Locale
  timeZone?: string
  now?: FunctionContext['now']
}

/**
 * Parameters by their declared type. What is not given takes its default, an expression that may use the parameters
 * before it; given values are never read as expressions. Throws ReportRefused with one line for each that is wrong.
 */
export function paramsOf(template: Template, given: Given): Record<string, Value> {
  const params = new Map<string, Value>(
    Object.entries(given.params ?? {}).map(([name, value]) => [name, valueOf(value)]),
  )
  const context = contextOf(template, { ...given, timeZone: given.timeZone ?? template.timeZone }, () => undefined)
  const problems: string[] = []
  for (const parameter of template.parameters ?? []) {
    const own = params.get(parameter.name) ?? null
    const isMissing = own === null || own === ''
    const value =
      isMissing && parameter.default !== undefined ? plainValue(parameter.default, { context, params }) : own
    const reading = isMissing && parameter.default === undefined ? { value: null } : typedParameter(parameter, value)
    const wrong = 'wrong' in reading ? reading.wrong : problemOf(parameter, reading.value)
    const title = parameter.label === undefined ? parameter.name : wordsIn(parameter.label, given.locale)
    if (wrong !== undefined) problems.push(`${title}: ${wordsIn(wrong, given.locale)}`)
    else params.set(parameter.name, 'value' in reading ? reading.value : null)
  }
  if (problems.length > 0) throw new ReportRefused(problems)
  return Object.fromEntries(params)
}

interface Wrong {
  'zh-CN': string
  en: string
}

function typedParameter(parameter: ReportParameter, value: Value): { value: Value } | { wrong: Wrong } {
  const { type } = parameter
  if (isArray(value) && (type === 'date' || type === 'dateRange' || type === 'number')) {
    const element: ReportParameter = { ...parameter, type: type === 'number' ? 'number' : 'date' }
    const parts = value.map((each) => typedParameter(element, each))
    return (
      parts.find((part) => 'wrong' in part) ?? { value: parts.map((part) => ('value' in part ? part.value : null)) }
    )
  }
  if (isError(value)) return { wrong: { 'zh-CN': `默认值是 ${value.code}`, en: `the default is ${value.code}` } }
  if (typeof value !== 'string') return { value }
  if (type === 'number') {
    const number = value.trim() === '' ? Number.NaN : Number(value)
    return Number.isFinite(number)
      ? { value: valueOf(number) }
      : { wrong: { 'zh-CN': '不是数字', en: 'is not a number' } }
  }
  if (type === 'boolean') return { value: value === 'true' || value === '1' }
  if (type !== 'date') return { value }
  const moment = parseMoment(value)
  return moment === undefined
    ? { wrong: { 'zh-CN': '不是日期', en: 'is not a date' } }
    : { value: new Moment('date', moment.ms) }
}

function problemOf({ required, maxLength, options, closed }: ReportParameter, value: Value): Wrong | undefined {
  if (required === true && (value === null || value === '')) return { 'zh-CN': '必填', en: 'is required' }
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength)
    return { 'zh-CN': `最多 ${maxLength} 个字`, en: `at most ${maxLength} characters` }
  if (closed === true && options !== undefined && 'list' in options && value !== null) {
    if (!options.list.some((option) => option.value === value)) return { 'zh-CN': '不在选项中', en: 'is not an option' }
  }
  return undefined
}
