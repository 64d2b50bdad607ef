import { Injectable } from '@nestjs/common'
import type { ParameterDescription, ParameterOption, ParameterValue, ParameterValues } from '@gemba/contracts/report'
import type { ReportParameter, Template } from '@gemba/contracts/template'
import { localMoment } from '@gemba/engine/formula/function-table'
import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { Moment, momentText, parseMoment } from '@gemba/engine/formula/moment'
import { isArray, isError, textOf, valueOf, type Value } from '@gemba/engine/formula/values'
import { plainValue } from '@gemba/engine/report/plain-expression'
import { contextOf } from '@gemba/engine/report/run'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import type { DatasetQuestion } from './dataset-reading.ts'
import { ReportDatasets } from './report-datasets.service.ts'
import { bothOf, problemsFault } from './report-words.ts'

export type ParameterQuestion = Omit<DatasetQuestion, 'params' | 'knownAt'>

const MOST_OPTIONS = 1_000

/** Parameters of a report with what they may be for the caller: what the panel shows is what a run is held to. */
@Injectable()
export class ReportParameters {
  constructor(
    private readonly catalog: CatalogService,
    private readonly datasets: ReportDatasets,
  ) {}

  /** All parameters in the order of the template; values that are no options any more are dropped. */
  async describe(
    template: Template,
    given: ParameterValues,
    question: ParameterQuestion,
  ): Promise<ParameterDescription[]> {
    const values: ParameterValues = { ...given }
    const described: ParameterDescription[] = []
    for (const parameter of template.parameters ?? []) {
      const options = await this.optionsOf(parameter, template, { ...question, params: values, knownAt: undefined })
      const description = descriptionOf(parameter, { template, question, values, options })
      values[parameter.name] = description.value
      described.push(description)
    }
    return described
  }

  /** Values to run with. Refuses with one line for each parameter that is wrong; nothing wrong is silently dropped. */
  async resolve(
    template: Template,
    given: ParameterValues,
    question: ParameterQuestion,
  ): Promise<ParameterDescription[]> {
    const declared = new Set((template.parameters ?? []).map(({ name }) => name))
    const problems = Object.keys(given)
      .filter((name) => !declared.has(name))
      .map((name) => `${name}: ${wordsOf(question, '没有这个参数', 'there is no such parameter')}`)
    for (const parameter of template.parameters ?? []) {
      const wrong = typeProblem(parameter, given[parameter.name] ?? null)
      if (wrong !== null) problems.push(problemLine(parameter, question, wrong))
    }
    if (problems.length > 0) throw problemsFault('REPORT_PARAMETERS_INVALID', problems)
    const described = await this.describe(template, given, question)
    for (const [index, description] of described.entries()) {
      const parameter = template.parameters?.[index] as ReportParameter
      const wrong = valueProblem(parameter, description)
      if (wrong !== null) problems.push(problemLine(parameter, question, wrong))
    }
    if (problems.length > 0) throw problemsFault('REPORT_PARAMETERS_INVALID', problems)
    return described
  }

  private async optionsOf(
    parameter: ReportParameter,
    template: Template,
    question: DatasetQuestion,
  ): Promise<ParameterOption[] | null> {
    if (parameter.type === 'equipment') return this.places(question)
    const { options } = parameter
    if (options === undefined) return null
    if ('list' in options)
      return options.list.flatMap(({ value, label }) =>
        value === null ? [] : [{ value, label: bothOf(label ?? String(value)), parent: null }],
      )
    if ('dictionary' in options)
      return Object.entries(template.dictionaries?.[options.dictionary] ?? {}).map(([value, words]) => ({
        value,
        label: bothOf(words),
        parent: null,
      }))
    const rows = await this.datasets.first(100_000, { name: options.dataset, template }, question)
    const found = new Map<unknown, ParameterOption>()
    for (const row of rows) {
      const value = row[options.value]
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue
      const label = String((options.label === undefined ? undefined : row[options.label]) ?? value)
      const parent = options.parent === undefined ? null : row[options.parent]
      if (!found.has(value))
        found.set(value, {
          value,
          label: { zh: label, en: label },
          parent: parent === null || parent === undefined ? null : String(parent),
        })
    }
    return [...found.values()]
  }

  /** Places the caller sees, sites included. */
  private places({ principal }: DatasetQuestion): ParameterOption[] {
    const scope = equipmentScope(principal)
    const { document } = this.catalog.snapshot
    const sites = document.sites.map(({ id: path, name }) => ({ path, name }))
    const known = new Set(sites.map(({ path }) => path))
    return [...sites, ...document.equipment.filter(({ path }) => !known.has(path))]
      .filter(({ path }) => scope.touches(path))
      .map(({ path, name }) => {
        const cut = path.lastIndexOf('/')
        return { value: path, label: name, parent: cut < 0 ? null : path.slice(0, cut) }
      })
  }
}

interface Known {
  template: Template
  question: ParameterQuestion
  values: ParameterValues
  options: ParameterOption[] | null
}

function descriptionOf(parameter: ReportParameter, known: Known): ParameterDescription {
  const { options } = known
  const closed = parameter.closed === true || parameter.type === 'equipment'
  const given = typed(parameter, known.values[parameter.name] ?? null)
  const fallback = isEmpty(given) ? defaultOf(parameter, known) : given
  const kept = closed && options !== null ? onlyOptions(fallback, options) : fallback
  const isDropped = !isEmpty(given) && !isEqual(kept, given)
  const value = isEmpty(kept) && !isEmpty(given) ? onlyOptions(defaultOf(parameter, known), options ?? []) : kept
  return {
    name: parameter.name,
    label: bothOf(parameter.label ?? parameter.name),
    type: parameter.type,
    control: parameter.control ?? controlOf(parameter),
    required: parameter.required === true,
    closed,
    maxLength: parameter.maxLength ?? null,
    value,
    options: options?.slice(0, MOST_OPTIONS) ?? null,
    optionsCut: (options?.length ?? 0) > MOST_OPTIONS,
    dependsOn: dependenciesOf(parameter, known.template),
    dropped: isDropped,
  }
}

const isEmpty = (value: ParameterValue): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)
const isEqual = (a: ParameterValue, b: ParameterValue): boolean => JSON.stringify(a) === JSON.stringify(b)

function controlOf({ type, options }: ReportParameter): ParameterDescription['control'] {
  if (type === 'equipment') return 'tree'
  if (options !== undefined) return 'select'
  return type === 'boolean' ? 'checkbox' : type
}

function onlyOptions(value: ParameterValue, options: readonly ParameterOption[]): ParameterValue {
  const allowed = new Set<unknown>(options.map((option) => option.value))
  if (Array.isArray(value)) return value.filter((each) => allowed.has(each))
  return value === null || allowed.has(value) ? value : null
}

/** The default as it is now; a required place without one is the first that the caller sees. */
function defaultOf(parameter: ReportParameter, { template, question, values, options }: Known): ParameterValue {
  if (parameter.default === undefined)
    return parameter.type === 'equipment' && parameter.required === true ? (options?.[0]?.value ?? null) : null
  const { locale, timeZone, nowAt } = question
  const now = localMoment(new Moment('instant', nowAt), timeZone)
  const context = contextOf(template, { locale, timeZone, now }, () => undefined)
  const params = new Map(Object.entries(values).map(([name, value]) => [name, valueOf(value)]))
  return typed(parameter, plainOf(plainValue(parameter.default, { context, params })))
}

function plainOf(value: Value): ParameterValue {
  if (isError(value)) return null
  if (isArray(value)) return value.map((each) => (isNum(each) ? toNumber(each) : textOf(each)))
  if (value instanceof Moment) return momentText(value)
  if (isNum(value)) return toNumber(value)
  return value
}

/** The value in the form of its type; what does not fit stays what it is and is refused by `resolve`. */
function typed({ type }: ReportParameter, value: ParameterValue): ParameterValue {
  if (type === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  if (type === 'date' && typeof value === 'string') return dateText(value) ?? value
  if (type !== 'dateRange' || !Array.isArray(value) || value.length !== 2) return value
  const [from, to] = value.map((each) => dateText(String(each)) ?? String(each))
  return { from: from as string, to: to as string }
}

function dateText(text: string): string | null {
  const moment = parseMoment(text)
  return moment === undefined ? null : momentText(new Moment('date', moment.ms))
}

function dependenciesOf({ options, default: fallback }: ReportParameter, template: Template): string[] {
  const names = (template.parameters ?? []).map(({ name }) => name)
  const definition = options !== undefined && 'dataset' in options ? template.datasets?.[options.dataset] : undefined
  const text = `${JSON.stringify(definition ?? null)} ${fallback ?? ''}`
  return names.filter((name) => new RegExp(`(param\\.|[^:]:)${name}(_from|_to)?(?![\\p{L}\\p{N}_-])`, 'u').test(text))
}

type Wrong = readonly [zh: string, en: string]

const wordsOf = ({ locale }: ParameterQuestion, zh: string, en: string): string => (locale === 'zh-CN' ? zh : en)

function problemLine({ name, label }: ReportParameter, question: ParameterQuestion, [zh, en]: Wrong): string {
  const both = bothOf(label ?? name)
  return `${wordsOf(question, both.zh, both.en)}: ${wordsOf(question, zh, en)}`
}

function typeProblem(parameter: ReportParameter, given: ParameterValue): Wrong | null {
  const value = typed(parameter, given)
  if (isEmpty(value)) return null
  if (parameter.type === 'dateRange') {
    const isRange = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isRange || dateText(value.from) === null || dateText(value.to) === null)
      return ['不是日期范围', 'is not a range of dates']
    return value.from <= value.to ? null : ['开始晚于结束', 'begins after its end']
  }
  const parts = Array.isArray(value) ? value : [value]
  if (Array.isArray(value) && parameter.control !== 'multiSelect' && parameter.control !== 'tree')
    return ['只能有一个值', 'takes one value']
  return parts.every((part) => fits(parameter.type, part as ParameterValue)) ? null : WRONG_TYPE[parameter.type]
}

const WRONG_TYPE: Record<ReportParameter['type'], Wrong> = {
  text: ['不是文本', 'is not a text'],
  number: ['不是数字', 'is not a number'],
  date: ['不是日期', 'is not a date'],
  dateRange: ['不是日期范围', 'is not a range of dates'],
  boolean: ['不是“是”或“否”', 'is neither true nor false'],
  equipment: ['不是位置', 'is not a place'],
}

function fits(type: ReportParameter['type'], value: ParameterValue): boolean {
  if (type === 'number') return typeof value === 'number'
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'date') return typeof value === 'string' && dateText(value) !== null
  return typeof value === 'string' || (type === 'text' && typeof value === 'number')
}

function valueProblem(
  { maxLength }: ReportParameter,
  { value, required, dropped }: ParameterDescription,
): Wrong | null {
  if (dropped) return ['不在选项中', 'is not an option']
  if (required && isEmpty(value)) return ['必填', 'is required']
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength)
    return [`最多 ${maxLength} 个字`, `at most ${maxLength} characters`]
  return null
}
