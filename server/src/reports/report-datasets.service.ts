import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Injectable } from '@nestjs/common'
import type { RunDataset } from '@gemba/contracts/report'
import type { DatasetDefinition, ReportParameter, Template } from '@gemba/contracts/template'
import { compileTemplate } from '@gemba/engine/report/compile'
import { tierOf } from '@gemba/engine/report/tier'
import { WarehouseRefusal } from '../warehouse/warehouse.service.ts'
import { DatabaseDatasets } from './databases/database-dataset.service.ts'
import {
  DATASET_LIMITS,
  DatasetRefused,
  NO_MARK,
  STREAMED_LIMITS,
  maskNote,
  type DatasetMark,
  type DatasetMost,
  type DatasetQuestion,
  type LineSink,
} from './dataset-reading.ts'
import { FactDatasets } from './fact-dataset.service.ts'
import { FileDatasets } from './files/file-dataset.service.ts'
import { KpiDatasets } from './kpi-dataset.service.ts'
import { RestatedDatasets } from './restated-dataset.service.ts'
import { SignatureDatasets } from './signature-dataset.service.ts'
import { SpcDatasets } from './spc-dataset.service.ts'
import { TraceDatasets } from './trace-dataset.service.ts'

export const kindOf = (definition: DatasetDefinition): RunDataset['kind'] =>
  Array.isArray(definition) ? 'rows' : definition.kind

/** Rows that stand in the template itself. */
export const inlineRows = (definition: DatasetDefinition): readonly Record<string, unknown>[] =>
  Array.isArray(definition) ? definition : definition.kind === 'rows' ? definition.rows : []

interface Named {
  name: string
  template: Template
}

/** Every kind of dataset, read under the rights of whoever runs the report. */
@Injectable()
export class ReportDatasets {
  constructor(
    private readonly facts: FactDatasets,
    private readonly figures: KpiDatasets,
    private readonly traces: TraceDatasets,
    private readonly charts: SpcDatasets,
    private readonly signatures: SignatureDatasets,
    private readonly restated: RestatedDatasets,
    private readonly files: FileDatasets,
    private readonly databases: DatabaseDatasets,
  ) {}

  /** Rows into a file, one line of JSON each, with their hash. */
  async readInto(
    file: string,
    { name, template }: Named,
    question: DatasetQuestion,
  ): Promise<{ mark: DatasetMark; rows: number; hash: string }> {
    const out = createWriteStream(file)
    const hash = createHash('sha256')
    const most = mostOf(template, name)
    let rows = 0
    let bytes = 0
    const sink: LineSink = async (line) => {
      question.signal.throwIfAborted()
      const text = `${line}\n`
      bytes += text.length
      if (bytes > most.bytes) throw tooLarge(most)
      hash.update(text)
      rows += 1
      if (!out.write(text)) await once(out, 'drain')
    }
    try {
      const mark = await this.read({ name, template }, { ...question, most }, sink)
      return { mark, rows, hash: hash.digest('hex') }
    } finally {
      out.end()
      await once(out, 'close')
    }
  }

  /** The first rows, for options of a parameter. */
  async first(most: number, named: Named, question: DatasetQuestion): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = []
    await this.read(named, question, async (line) => {
      if (rows.length <= most) rows.push(JSON.parse(line) as Record<string, unknown>)
    })
    return rows
  }

  /** Every row of a dataset, one line of JSON each, without a file. */
  async each(named: Named, question: DatasetQuestion, sink: LineSink): Promise<void> {
    await this.read(named, question, async (line) => {
      question.signal.throwIfAborted()
      await sink(line)
    })
  }

  private async read({ name, template }: Named, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const definition = template.datasets?.[name]
    if (definition === undefined) throw unknownDataset(name)
    try {
      const mark = await this.rowsOf(name, definition, { question, sink, parameters: template.parameters ?? [] })
      return asKnownNow(name, definition, { mark: withMaskNotes(name, { mark, definition, template }), question })
    } catch (error) {
      if (error instanceof WarehouseRefusal) throw refusalOf(error)
      throw error
    }
  }

  private async rowsOf(
    name: string,
    definition: DatasetDefinition,
    {
      question,
      sink,
      parameters,
    }: { question: DatasetQuestion; sink: LineSink; parameters: readonly ReportParameter[] },
  ): Promise<DatasetMark> {
    if (Array.isArray(definition) || definition.kind === 'rows') {
      for (const row of inlineRows(definition)) await sink(JSON.stringify(row))
      return NO_MARK
    }
    switch (definition.kind) {
      case 'kpi':
        return this.figures.read(name, definition, question, sink)
      case 'fact':
        return this.facts.read(name, definition, question, sink)
      case 'sql':
        return this.facts.readSql(name, { sql: definition.sql, parameters }, question, sink)
      case 'trace':
        return this.traces.read(name, definition, question, sink)
      case 'balance':
        return this.traces.readBalance(definition, question, sink)
      case 'spc':
        return this.charts.read(name, definition, question, sink)
      case 'signature':
        return this.signatures.read(name, definition, question, sink)
      case 'restated':
        return this.restated.read(definition, question, sink)
      case 'file':
        return this.files.read(name, definition, question, sink)
      case 'external':
        return this.databases.read(name, { source: definition.source, sql: definition.sql, parameters }, question, sink)
    }
  }
}

/** More rows may come where each is forgotten as soon as its page is made, whatever the rows are. */
export function mostOf(template: Template, name: string): DatasetMost {
  const tier = tierOf(compileTemplate(template), template)
  if (tier.kind === 'memory') return DATASET_LIMITS
  const { dataset, mustLieTogether, pageReasons } = tier.plan
  // Whether groups lie together, and where breaks end pages, is seen only in the rows.
  const isSure = !mustLieTogether && pageReasons.length === 0 && template.sheet?.paging?.mode !== 'breaks'
  return isSure && dataset === name ? STREAMED_LIMITS : DATASET_LIMITS
}

/** Masked columns that the report speaks of. */
function withMaskNotes(
  name: string,
  { mark, definition, template }: { mark: DatasetMark; definition: DatasetDefinition; template: Template },
): DatasetMark {
  const isQuery = !Array.isArray(definition) && definition.kind === 'sql'
  const text = isQuery ? definition.sql : JSON.stringify(template)
  const notes = Object.entries(mark.masks)
    .filter(([column]) => new RegExp(`(?<![\\p{L}\\p{N}_])${column}(?![\\p{L}\\p{N}_])`, 'u').test(text))
    .map(([column, kind]) => maskNote(name, column, kind))
  return { ...mark, notes: [...mark.notes, ...notes] }
}

const KEEP_THEIR_PAST: ReadonlySet<string> = new Set(['kpi', 'restated', 'rows', 'file'])

/** Rows of facts and queries keep no earlier versions: a run as known then must say so. */
function asKnownNow(
  name: string,
  definition: DatasetDefinition,
  { mark, question }: { mark: DatasetMark; question: DatasetQuestion },
): DatasetMark {
  const kind = kindOf(definition)
  if (question.knownAt === undefined || KEEP_THEIR_PAST.has(kind)) return mark
  const text = {
    zh: `数据集 ${name} 没有历史版本：按现在所知`,
    en: `Dataset ${name} keeps no earlier versions: as known now`,
  }
  return { ...mark, notes: [...mark.notes, { key: 'known-now', dataset: name, text }] }
}

function refusalOf(error: WarehouseRefusal): DatasetRefused {
  if (error.reason === 'timeout')
    return new DatasetRefused(
      { zh: '查询超时', en: 'the query took too long' },
      { zh: '请缩小时间范围或条件', en: 'narrow the period or the conditions' },
    )
  const what = aboutTheText(error) ? (error.message.split('\n')[0]?.slice(0, 300) ?? '') : `code ${error.code}`
  return new DatasetRefused(
    { zh: `仓库拒绝了查询：${what}`, en: `the warehouse refused the query: ${what}` },
    {
      zh: '请修改数据集的查询；可用的表是 fact_order 等',
      en: 'correct the query; it reads from fact_order and its like',
    },
  )
}

/** Errors in the text of a query: wrong syntax, types, or names. */
const TEXT_CODES = new Set([42, 43, 46, 47, 53, 60, 62, 179, 184, 215, 386])

/** What goes wrong while rows are read may quote a value, also of a row that the reader does not see: only its code is told. */
const aboutTheText = ({ reason, code }: WarehouseRefusal): boolean => reason === 'not-allowed' || TEXT_CODES.has(code)

const unknownDataset = (name: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `没有数据集 ${name}`, en: `there is no dataset ${name}` },
    { zh: '请修改模板', en: 'correct the template' },
  )
const tooLarge = ({ bytes }: DatasetMost): DatasetRefused =>
  new DatasetRefused(
    {
      zh: `数据集超过 ${Math.round(bytes / 1024 / 1024)} MB`,
      en: `the dataset is larger than ${Math.round(bytes / 1024 / 1024)} MB`,
    },
    { zh: '请缩小时间范围，或少取几列', en: 'narrow the period, or read fewer columns' },
  )
