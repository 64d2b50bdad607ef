import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Injectable } from '@nestjs/common'
import type { ParameterValues, ReportRun } from '@gemba/contracts/report'
import type { RestatementCause } from '@gemba/contracts/restatement'
import type { ChangedFigure, RunChanges } from '@gemba/contracts/run-changes'
import { type DatasetDefinition, type Template, template } from '@gemba/contracts/template'
import { metricAt } from '@gemba/engine/metrics/dictionary'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { FigureFamilies } from '../kpi/figure-families.service.ts'
import { DatasetRefused, type DatasetQuestion } from './dataset-reading.ts'
import { ReportDatasets, kindOf } from './report-datasets.service.ts'
import { type RunInputs, inputsFile, rowsFile } from './run-files.ts'
import { SharedQuestions } from './shared-questions.ts'

const MOST_FIGURES = 200
/** Causes are looked up for so many figures at most: each takes statements of its own. */
const MOST_EXPLAINED = 40
const LONGEST_MS = 60_000
/** Facts whose rows belong to a time that is over; others are read as they are now and change by themselves. */
const FACTS_OF_THE_PAST: readonly string[] = ['stop', 'window', 'defect', 'inspection']

type FigureRow = Record<string, unknown>
interface Dataset {
  name: string
  /** Its name in the run; that of a sub-report begins with the call. */
  full: string
  definition: DatasetDefinition
}
/** The report, or one call of a sub-report, with the question that its rows answer. */
interface RunPart {
  document: Template
  params: ParameterValues
  datasets: readonly string[]
  prefix: string
}
interface Finished {
  run: ReportRun
  dir: string
  principal: Principal
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** What of a finished run is no longer as it shows it: the same question is asked again and compared, figure by figure. */
@Injectable()
export class RunChangesService {
  constructor(
    private readonly catalog: CatalogService,
    private readonly datasets: ReportDatasets,
    private readonly figures: FigureFamilies,
  ) {}

  async check({ run, dir, principal }: Finished): Promise<RunChanges> {
    const inputs = JSON.parse(await readFile(inputsFile(dir), 'utf8')) as RunInputs
    const found: RunChanges = {
      ...{ run: run.id, checkedAt: new Date().toISOString(), restated: false },
      ...{ figures: [], rows: [], more: false },
    }
    const question = this.questionOf(run, inputs, principal)
    for (const part of partsOf(run, inputs)) await this.checkPart(part, { dir, found, question })
    for (const figure of found.figures.slice(0, MOST_EXPLAINED)) await this.explain(figure, run, principal)
    return { ...found, restated: found.figures.length + found.rows.length > 0 }
  }

  /** The figures and rows of the report, or of one of its sub-reports. */
  private async checkPart(
    { document, datasets, prefix, params }: RunPart,
    { dir, found, question: asked }: { dir: string; found: RunChanges; question: DatasetQuestion },
  ): Promise<void> {
    const question = { ...asked, params }
    for (const name of datasets) {
      const full = `${prefix}${name}`
      const definition = document.datasets?.[name]
      if (definition === undefined) continue
      if (kindOf(definition) === 'kpi') {
        const changed = await this.changedFigures({ name, full, definition }, { dir, document, question })
        found.more ||= found.figures.length + changed.length > MOST_FIGURES
        found.figures.push(...changed.slice(0, MOST_FIGURES - found.figures.length))
      } else if (isOfThePast(definition)) {
        const rows = await this.changedRows({ name, full, definition }, { dir, document, question })
        if (rows.gone + rows.come > 0) found.rows.push({ dataset: full, ...rows })
      }
    }
  }

  /** The question of the run as it was put: with its clock, so that periods are the same. */
  private questionOf(run: ReportRun, { nowAt }: RunInputs, principal: Principal): DatasetQuestion {
    return {
      ...{ principal, params: run.params, locale: run.locale, timeZone: run.timeZone, nowAt },
      knownAt: run.knownAt === null ? undefined : Date.parse(run.knownAt),
      signal: AbortSignal.timeout(LONGEST_MS),
      shared: new SharedQuestions(),
    }
  }

  private async changedFigures(
    { name, full, definition }: Dataset,
    { dir, document, question }: { dir: string; document: Template; question: DatasetQuestion },
  ): Promise<ChangedFigure[]> {
    const before = new Map<string, FigureRow>()
    for await (const line of linesOf(rowsFile(dir, full))) {
      const row = JSON.parse(line) as FigureRow
      before.set(placeOf(row), row)
    }
    const changed: ChangedFigure[] = []
    const also = 'options' in definition ? ((definition.options as { also?: string[] } | undefined)?.also ?? []) : []
    await this.again({ name, document, question }, async (line) => {
      const row = JSON.parse(line) as FigureRow
      const old = before.get(placeOf(row))
      before.delete(placeOf(row))
      for (const [metric, column] of [
        [textOf(row['metric']), 'value'],
        ...also.map((id) => [id, `value_${id}`] as const),
      ] as const)
        if (!isEqual(old?.[column], row[column])) changed.push(changeOf({ dataset: full, metric, column }, old, row))
    })
    // A group that is no more: a shift that was cancelled afterwards.
    for (const old of before.values())
      if (numberOf(old['value']) !== null)
        changed.push(changeOf({ dataset: full, metric: textOf(old['metric']), column: 'value' }, old, null))
    return changed
  }

  private async changedRows(
    { name, full }: Dataset,
    { dir, document, question }: { dir: string; document: Template; question: DatasetQuestion },
  ): Promise<{ gone: number; come: number }> {
    const counts = new Map<string, number>()
    const count = (line: string, by: 1 | -1): void => {
      const hash = createHash('sha1').update(line).digest('base64')
      const sum = (counts.get(hash) ?? 0) + by
      if (sum === 0) counts.delete(hash)
      else counts.set(hash, sum)
    }
    for await (const line of linesOf(rowsFile(dir, full))) count(line, -1)
    await this.again({ name, document, question }, async (line) => count(line, 1))
    const sums = [...counts.values()]
    const total = (list: number[]): number => list.reduce((sum, each) => sum + Math.abs(each), 0)
    return { gone: total(sums.filter((each) => each < 0)), come: total(sums.filter((each) => each > 0)) }
  }

  /** Reads a dataset anew. What cannot be read any more has not changed for this reader: the run stays as it is. */
  private async again(
    { name, document, question }: { name: string; document: Template; question: DatasetQuestion },
    sink: (line: string) => Promise<void>,
  ): Promise<void> {
    try {
      await this.datasets.each({ name, template: document }, question, sink)
    } catch (error) {
      if (!(error instanceof DatasetRefused)) throw error
    }
  }

  /** Since when, and why: the restatements of the figure at its place and period after the run. */
  private async explain(figure: ChangedFigure, run: ReportRun, principal: Principal): Promise<void> {
    const isPlace = this.catalog.snapshot.equipment(figure.key) !== null
    const equipment = isPlace ? figure.key : figure.equipment
    const period = { fromAt: Date.parse(figure.fromAt), toAt: Date.parse(figure.toAt) }
    const asked = { equipment, period, principal }
    const { restatements } = await this.figures.restatements(figure.metric, asked, Date.now())
    const later = restatements.filter(({ restatedAt }) => restatedAt > run.at)
    figure.since = later.map(({ restatedAt }) => restatedAt).sort()[0] ?? null
    figure.causes = distinct(later.flatMap(({ causes }) => causes))
  }
}

function partsOf(run: ReportRun, { template: text, datasets, subs }: RunInputs): RunPart[] {
  const read = (stored: string): Template => template.parse(JSON.parse(stored))
  const own = { document: read(text), params: run.params, datasets, prefix: '' }
  const documents = new Map(Object.entries(subs?.templates ?? {}).map(([id, each]) => [id, read(each.text)]))
  const calls = (subs?.calls ?? []).map(({ template: id, values, datasets: names, name }) => {
    return { document: documents.get(id) as Template, params: values, datasets: names, prefix: `${name}.` }
  })
  return [own, ...calls]
}

const isOfThePast = (definition: DatasetDefinition): boolean =>
  !Array.isArray(definition) && definition.kind === 'fact' && FACTS_OF_THE_PAST.includes(definition.fact)

const placeOf = (row: FigureRow): string => `${textOf(row['equipment'])}\n${textOf(row['key'])}`
const isEqual = (a: unknown, b: unknown): boolean => (a ?? null) === (b ?? null)

const distinct = (causes: readonly RestatementCause[]): RestatementCause[] => {
  const texts = new Set(causes.map((cause) => JSON.stringify(cause)))
  return [...texts].map((text) => JSON.parse(text) as RestatementCause)
}

function changeOf(
  { dataset, metric, column }: { dataset: string; metric: string; column: string },
  old: FigureRow | undefined,
  row: FigureRow | null,
): ChangedFigure {
  const known = row ?? (old as FigureRow)
  const definition = metricAt(metric, Number.MAX_SAFE_INTEGER)
  if (!definition) throw new Error(`a run has figures of ${metric}, which the dictionary does not know`)
  return {
    ...{ dataset, metric, equipment: textOf(known['equipment']), key: textOf(known['key']) },
    label: { zh: textOf(known['nameZh']), en: textOf(known['nameEn']) },
    ...{ fromAt: textOf(known['from']), toAt: textOf(known['to']) },
    unit: definition.unit,
    ...{ before: numberOf(old?.[column]), now: numberOf(row?.[column]), since: null, causes: [] },
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }))
    if (line !== '') yield line
}
