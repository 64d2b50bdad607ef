import { readTemplate, type Template, type TemplateProblem } from '@gemba/contracts/template'
import { Decimal } from '@gemba/engine/formula/decimal'
import type { FunctionContext } from '@gemba/engine/formula/function-table'
import { datasetOf, type ColumnType, type Dataset, type Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { ReportLimitError, TemplateRefusedError, type ReportLimits } from '@gemba/engine/report/findings'
import { findingText, messageText } from '@gemba/engine/report/messages'
import { runReport } from '@gemba/engine/report/report-result'
import { wordsIn, type Locale } from '@gemba/engine/report/words'
import { documentOf, type ReportDocument } from './report-document.ts'
import { paramsOf } from './report-params.ts'
import { ReportRefused } from './report-refused.ts'

/** Rows for a dataset, read from a file; types say which columns are to be read as what. */
export interface GivenRows {
  rows: readonly Row[]
  types?: ReadonlyMap<string, ColumnType>
  /** Columns that are hidden from the reader. */
  hidden?: ReadonlySet<string>
}

export interface RenderInput {
  /** The text of the template file. */
  template: string
  /** By name of the dataset; they take the place of the rows in the template. */
  rows?: ReadonlyMap<string, GivenRows>
  params?: Readonly<Record<string, unknown>>
  locale?: Locale
  timeZone?: string
  now?: FunctionContext['now']
  limits?: Partial<ReportLimits>
  notices?: readonly string[]
  /** Where readers of a file find the product. */
  publicUrl?: string
}

/**
 * Reads a template and runs it over its inline rows and those given. Throws ReportRefused for anything that keeps it
 * from running, before any cell is made; a failing expression only shows its error in its cell.
 */
export function renderReport(input: RenderInput): ReportDocument {
  const template = storedTemplate(input.template)
  const locale = input.locale ?? template.locale ?? 'zh-CN'
  const params = paramsOf(template, { ...input, locale })
  try {
    const result = runReport(template, {
      datasets: datasetsOf(template, input.rows ?? new Map(), locale),
      params,
      locale,
      timeZone: input.timeZone ?? template.timeZone,
      now: input.now,
      limits: input.limits,
    })
    const document = { ...documentOf(template, result), notices: input.notices ?? [] }
    return input.publicUrl === undefined ? document : { ...document, publicUrl: input.publicUrl }
  } catch (error) {
    throw refusalOf(error, locale)
  }
}

/** The template in its stored text, literals with all their digits. Throws ReportRefused with every problem. */
export function storedTemplate(text: string): Template {
  let stored: unknown
  try {
    stored = parseExactJson(text)
  } catch (error) {
    throw new ReportRefused([`not readable as JSON: ${(error as Error).message}`])
  }
  const literals = takeExactLiterals(stored)
  const reading = readTemplate(stored)
  if (!reading.ok) throw new ReportRefused(reading.problems.map(problemLine))
  for (const [cell, value] of literals) {
    const own = reading.template.cells[cell]?.value
    if (own !== undefined && 'lit' in own) (own as { lit: unknown }).lit = value
  }
  return reading.template
}

/** Literals with more digits than a double holds are plain numbers for the check and get their digits back after. */
function takeExactLiterals(stored: unknown): Map<number, Decimal> {
  const literals = new Map<number, Decimal>()
  const cells = (stored as { cells?: unknown } | null)?.cells
  if (!Array.isArray(cells)) return literals
  cells.forEach((cell: { value?: { lit?: unknown } } | null, i) => {
    const lit = cell?.value?.lit
    if (!(lit instanceof Decimal)) return
    literals.set(i, lit)
    ;(cell as { value: { lit: unknown } }).value.lit = 0
  })
  return literals
}

function problemLine({ cell, path, message }: TemplateProblem): string {
  const inside = cell === undefined ? path : path.replace(/^cells\[\d+\]\.?/, '')
  return [cell, inside, message].filter((part) => part !== undefined && part !== '').join(': ')
}

function refusalOf(error: unknown, locale: Locale): unknown {
  if (error instanceof TemplateRefusedError)
    return new ReportRefused(error.findings.map((finding) => findingText(finding, locale)))
  if (error instanceof ReportLimitError) {
    const details = { limit: error.limit, most: new Intl.NumberFormat('en').format(error.most) }
    const text = messageText('limitExceeded', locale, details)
    return new ReportRefused([error.cell === undefined ? text : `${error.cell}: ${text}`])
  }
  return error
}

function datasetsOf(template: Template, given: ReadonlyMap<string, GivenRows>, locale: Locale): Map<string, Dataset> {
  const datasets = new Map<string, Dataset>()
  for (const [name, definition] of Object.entries(template.datasets ?? {})) {
    if (given.has(name)) continue
    const rows = Array.isArray(definition) ? definition : definition.kind === 'rows' ? definition.rows : undefined
    if (rows === undefined)
      throw new ReportRefused([
        wordsIn(
          {
            'zh-CN': `数据集 ${name} 没有数据：用 --data ${name}=文件 给出`,
            en: `dataset ${name} has no rows here: give them with --data ${name}=FILE`,
          },
          locale,
        ),
      ])
    datasets.set(name, datasetOf(name, rows, { types: typesOf(template, name) }))
  }
  for (const [name, { rows, types, hidden = new Set<string>() }] of given) {
    datasets.set(
      name,
      datasetOf(name, rows, { types: new Map([...(types ?? []), ...typesOf(template, name)]), hidden }),
    )
  }
  return datasets
}

function typesOf(template: Template, name: string): Map<string, ColumnType> {
  const definition = template.datasets?.[name]
  const fields = definition === undefined || Array.isArray(definition) ? [] : (definition.fields ?? [])
  return new Map(fields.flatMap(({ name: field, type }) => (type === undefined ? [] : [[field, type] as const])))
}
