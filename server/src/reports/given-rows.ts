import type { Template } from '@gemba/contracts/template'
import { datasetOf, type ColumnFacts, type Dataset, type Row } from '@gemba/engine/report/dataset'
import { wordsIn, type Locale } from '@gemba/engine/report/words'
import { ReportRefused } from './report-refused.ts'

/** Rows for a dataset, read from a file; types say which columns are to be read as what. */
export interface GivenRows extends ColumnFacts {
  rows: readonly Row[]
}

/** Datasets of a template: those given, else the rows that stand in it. Throws ReportRefused for one without rows. */
export const datasetsOf = (
  template: Template,
  given: ReadonlyMap<string, GivenRows>,
  locale: Locale,
): Map<string, Dataset> => datasetsOver(template, builtOf(template, given), locale)

/** Given rows as datasets, with what the template says of their columns. */
export const builtOf = (template: Template, given: ReadonlyMap<string, GivenRows>): Map<string, Dataset> =>
  new Map(
    [...given].map(([name, { rows, ...facts }]) => [name, datasetOf(name, rows, columnFacts(template, name, facts))]),
  )

/** The same over datasets. */
export function datasetsOver(
  template: Template,
  given: ReadonlyMap<string, Dataset>,
  locale: Locale,
): Map<string, Dataset> {
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

/** Rows that stand in the template itself; undefined for a dataset that is read. */
export function inlineRowsOf(template: Template, name: string): readonly Row[] | undefined {
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
