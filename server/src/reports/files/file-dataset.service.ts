import { setImmediate } from 'node:timers/promises'
import { Injectable } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { FileDataset } from '@gemba/contracts/template'
import { type ForeignRow, type ForeignScope, foreignScope } from '../../datasets/data-gate.ts'
import { textsOf } from '../dataset-parameters.ts'
import {
  DatasetRefused,
  NO_MARK,
  plantTime,
  type DatasetMark,
  type DatasetQuestion,
  type LineSink,
} from '../dataset-reading.ts'
import { type FileVersion, StoredFiles, type StoredFile } from './stored-files.service.ts'

/** Rows that are read before others get their turn. */
const ROWS_AT_ONCE = 2_000

/** Id of a file among the datasets of permissions. */
export const objectOfFile = (id: string): string => `file.${id}`

/** Rows of uploaded files, each judged by the gate before anything else sees it. */
@Injectable()
export class FileDatasets {
  constructor(private readonly files: StoredFiles) {}

  async read(name: string, dataset: FileDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const found = await this.files.find(dataset.asset, question.knownAt)
    if (found === null) throw unknownFile(dataset.asset)
    const { file, version } = found
    const scope = foreignScope(question.principal, { object: objectOfFile(file.id), audience: file.audience })
    const mark: DatasetMark = {
      ...NO_MARK,
      judged: { object: objectOfFile(file.id), key: scope.key },
      rules: [...scope.rules],
      masked: [...scope.masks.keys()],
      masks: Object.fromEntries([...scope.masks].map(([column, { kind }]) => [column, kind])),
    }
    if (scope.isClosed) return mark
    if (version === null) throw notYet(file)
    const holds = conditionOf(dataset, version, question)
    await this.visible(file, { version: version.version, scope }, async (row) => {
      question.signal.throwIfAborted()
      if (holds(row)) await sink(JSON.stringify(row))
    })
    return {
      ...mark,
      sourceTime: version.uploadedAt.toISOString(),
      total: scope.isWhole && dataset.where === undefined ? version.rows : null,
      types: Object.fromEntries(version.columns.map(({ name: column, type }) => [column, type])),
      origin: originOf(file, version),
      notes: [
        { key: 'file-version', dataset: name, text: noteOf(name, file, { version, timeZone: question.timeZone }) },
      ],
    }
  }

  /** The first rows that somebody may see, and whether there are more. */
  async first(most: number, file: StoredFile, { version, scope }: { version: FileVersion; scope: ForeignScope }) {
    const rows: ForeignRow[] = []
    let isCut = false
    if (!scope.isClosed)
      await this.visible(file, { version: version.version, scope }, async (row) => {
        if (rows.length < most) rows.push(row)
        else isCut = true
        return isCut
      })
    return { rows, isCut }
  }

  /** Each visible row, as it is shown, until `take` says that it has enough. */
  private async visible(
    { id }: StoredFile,
    { version, scope }: { version: number; scope: ForeignScope },
    take: (row: ForeignRow) => Promise<boolean | void>,
  ): Promise<void> {
    const lines = await this.files.lines(id, version)
    for (const [index, line] of lines.entries()) {
      if (index % ROWS_AT_ONCE === 0) await setImmediate()
      const row = scope.shown(JSON.parse(line) as ForeignRow)
      if (row !== null && (await take(row)) === true) return
    }
  }
}

/** Conditions of the author meet rows as they are shown, so that none ever asks for a masked value. */
function conditionOf(
  { where = {} }: FileDataset,
  { columns }: FileVersion,
  { params }: DatasetQuestion,
): (row: ForeignRow) => boolean {
  const wanted = Object.entries(where).flatMap(([column, given]) => {
    if (!columns.some(({ name }) => name === column)) throw unknownColumn(column, columns)
    const texts = textsOf(given, params)
    return texts === null ? [] : [[column, new Set(texts)] as const]
  })
  return (row) => wanted.every(([column, texts]) => row[column] !== null && texts.has(String(row[column])))
}

const originOf = ({ name }: StoredFile, { version, fileName }: FileVersion) => ({
  zh: `文件“${name.zh}”第 ${version} 版（${fileName}）`,
  en: `File “${name.en}”, version ${version} (${fileName})`,
})

function noteOf(
  dataset: string,
  file: StoredFile,
  { version, timeZone }: { version: FileVersion; timeZone: string },
): Bilingual {
  const { zh, en } = originOf(file, version)
  const at = plantTime(version.uploadedAt, timeZone)
  return { zh: `数据集 ${dataset}：${zh}，上传于 ${at}`, en: `Dataset ${dataset}: ${en}, uploaded ${at}` }
}

const unknownFile = (id: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `没有数据文件“${id.slice(0, 60)}”`, en: `there is no data file ${id.slice(0, 60)}` },
    { zh: '请在“外部数据”页上传，或修改模板', en: 'upload it on the page of foreign data, or correct the template' },
  )
const notYet = ({ name }: StoredFile): DatasetRefused =>
  new DatasetRefused(
    { zh: `那时文件“${name.zh}”还没有任何版本`, en: `the file “${name.en}” had no version at that time` },
    { zh: '请选择更晚的时间', en: 'choose a later time' },
  )
const unknownColumn = (column: string, columns: readonly { name: string }[]): DatasetRefused => {
  const names = columns.map(({ name }) => name)
  return new DatasetRefused(
    { zh: `文件没有列“${column.slice(0, 60)}”`, en: `the file has no column ${column.slice(0, 60)}` },
    { zh: `可用：${names.join('、')}`, en: `use one of ${names.join(', ')}` },
  )
}
