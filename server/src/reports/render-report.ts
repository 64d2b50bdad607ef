import { readTemplate, type Template, type TemplateProblem } from '@gemba/contracts/template'
import { Decimal } from '@gemba/engine/formula/decimal'
import type { FunctionContext } from '@gemba/engine/formula/function-table'
import { datasetOf, type ColumnFacts, type Dataset, type Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { ReportLimitError, TemplateRefusedError, type ReportLimits } from '@gemba/engine/report/findings'
import { findingText, messageText } from '@gemba/engine/report/messages'
import { runReport } from '@gemba/engine/report/report-result'
import type { RunInput } from '@gemba/engine/report/run'
import { wordsIn, type Locale } from '@gemba/engine/report/words'
import { documentOf, type ReportDocument } from './report-document.ts'
import { paramsOf } from './report-params.ts'
import { ReportRefused } from './report-refused.ts'

/** Rows for a dataset, read from a file; types say which columns are to be read as what. */
export interface GivenRows extends ColumnFacts {
  rows: readonly Row[]
}

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
}

/**
 * Reads a template and runs it over its inline rows and those given. Throws ReportRefused for anything that keeps it
 * from running, before any cell is made; a failing expression only shows its error in its cell.
 */
export function renderReport(input: RenderInput): ReportDocument {
  const template = storedTemplate(input.template)
  const given = input.rows ?? new Map<string, GivenRows>()
  const datasets = [...given].map(([name, { rows, ...facts }]): [string, Dataset] => [
    name,
    datasetOf(name, rows, columnFacts(template, name, facts)),
  ])
  return renderOver(template, input, new Map(datasets))
}

/** The same over datasets; inline rows of the template stand in for those that are not given. */
export function renderOver(
  template: Template,
  input: RenderFacts,
  given: ReadonlyMap<string, Dataset>,
): ReportDocument {
  const run = runFactsOf(template, input)
  try {
    const datasets = datasetsOf(template, given, run.locale)
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
  return { params, locale, timeZone, now: input.now, limits: input.limits }
}

export const withNotices = <D extends object>(
  document: D,
  { notices = [], publicUrl }: RenderFacts,
): D & { notices: readonly string[]; publicUrl?: string } => ({
  ...document,
  notices,
  ...(publicUrl === undefined ? {} : { publicUrl }),
})

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

function datasetsOf(template: Template, given: ReadonlyMap<string, Dataset>, locale: Locale): Map<string, Dataset> {
  refuseMissingRows(template, given, locale)
  const datasets = new Map<string, Dataset>()
  for (const name of Object.keys(template.datasets ?? {})) {
    const rows = inlineRowsOf(template, name)
    if (rows !== undefined && !given.has(name)) datasets.set(name, datasetOf(name, rows, columnFacts(template, name)))
  }
  for (const [name, dataset] of given) datasets.set(name, dataset)
  return datasets
}

/** Throws ReportRefused for a dataset that has no rows anywhere. */
export function refuseMissingRows(template: Template, given: { has: (name: string) => boolean }, locale: Locale): void {
  for (const name of Object.keys(template.datasets ?? {})) {
    if (given.has(name) || inlineRowsOf(template, name) !== undefined) continue
    throw new ReportRefused([
      wordsIn(
        {
          'zh-CN': `数据集 ${name} 没有数据：用 --data ${name}=文件 给出`,
          en: `dataset ${name} has no rows here: give them with --data ${name}=FILE`,
        },
        locale,
      ),
    ])
  }
}

function inlineRowsOf(template: Template, name: string): readonly Row[] | undefined {
  const definition = template.datasets?.[name]
  if (Array.isArray(definition)) return definition
  return definition?.kind === 'rows' ? definition.rows : undefined
}

/** What is known of the columns of a dataset; types that the template declares win over those that came with rows. */
export function columnFacts(template: Template, name: string, given: ColumnFacts = {}): ColumnFacts {
  const definition = template.datasets?.[name]
  const fields = definition === undefined || Array.isArray(definition) ? [] : (definition.fields ?? [])
  const own = fields.flatMap(({ name: field, type }) => (type === undefined ? [] : [[field, type] as const]))
  return { ...given, types: new Map([...(given.types ?? []), ...own]) }
}
