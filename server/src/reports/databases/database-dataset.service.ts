import { Inject, Injectable } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ReportParameter, Template } from '@gemba/contracts/template'
import type { Principal } from '../../accounts/principal.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { type ForeignRow, type ForeignScope, foreignScope } from '../../datasets/data-gate.ts'
import { Fault } from '../../http/fault.ts'
import {
  cutNote,
  DATASET_LIMITS,
  mostRows,
  DatasetRefused,
  NO_MARK,
  plantTime,
  type DatasetMark,
  type DatasetQuestion,
  type LineSink,
} from '../dataset-reading.ts'
import { DatabaseAway } from './database-words.ts'
import type { ReadCell } from './foreign-cells.ts'
import type { Column, RowSink } from './foreign-driver.ts'
import { type Applied, driverOf, readRows } from './foreign-reading.ts'
import { StoredDatabases, type StoredDatabase } from './stored-databases.service.ts'

/** Connections to one database at a time: who asks more waits, so that the system of others stays usable. */
const MOST_CONNECTIONS = 3
/** Rows looked at for somebody who sees few of them. */
const MOST_SCANNED = 1_000_000

/** Id of a database among the datasets and sources of permissions. */
export const objectOfDatabase = (id: string): string => `database.${id}`

export interface DatabaseQuery {
  source: string
  sql: string
  parameters: readonly ReportParameter[]
  /** So many rows are enough: for a look. */
  most?: number
}

/** Rows of databases of others. They are read there by one account, and each passes the gate here before anything else. */
@Injectable()
export class DatabaseDatasets {
  private readonly lines = new Map<string, { open: number; waiting: (() => void)[] }>()

  constructor(
    private readonly databases: StoredDatabases,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async read(name: string, query: DatabaseQuery, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const stored = await this.databases.find(query.source)
    if (stored === null) throw unknownDatabase(query.source)
    const { audience } = stored.definition
    const scope = foreignScope(question.principal, { object: objectOfDatabase(stored.id), audience })
    const mark: DatasetMark = {
      ...NO_MARK,
      judged: { object: objectOfDatabase(stored.id), key: scope.key },
      rules: [...scope.rules],
      masked: [...scope.masks.keys()],
      masks: Object.fromEntries([...scope.masks].map(([column, { kind }]) => [column, kind])),
    }
    // Nothing is asked of others for somebody who may see none of it.
    if (scope.isClosed) return mark
    const readAt = new Date()
    let columns: readonly Column[] = []
    let [rows, scanned, isCut] = [0, 0, false]
    const applied = await this.each(
      stored,
      { query, question, scope },
      {
        begin: (known) => void (columns = known),
        take: async (cells) => {
          scanned += 1
          const row = Object.fromEntries(
            columns.map(({ name: column }, index) => [column, cells[index]?.value ?? null]),
          )
          const shown = scope.shown(row)
          isCut = scanned > MOST_SCANNED || (shown !== null && rows === mostRows(question))
          if (isCut || shown === null) return !isCut
          rows += 1
          await sink(lineOf(columns, cells, { row, shown }))
          return true
        },
      },
    )
    return {
      ...mark,
      total: isCut || !scope.isWhole ? null : rows,
      sourceTime: readAt.toISOString(),
      types: Object.fromEntries(columns.map(({ name: column, type }) => [column, type])),
      applied,
      origin: originOf(stored, { readAt, timeZone: question.timeZone }),
      notes: [
        {
          key: 'database-read',
          dataset: name,
          text: noteOf(name, originOf(stored, { readAt, timeZone: question.timeZone }), applied),
        },
        ...(isCut ? [cutNote(name, rows, null)] : []),
      ],
    }
  }

  /** Whether somebody may write queries: who sees all that comes of them, for a query says itself which column is which. */
  mayWrite(principal: Principal, { id, definition: { audience } }: Pick<StoredDatabase, 'id' | 'definition'>): boolean {
    const object = objectOfDatabase(id)
    const { isWhole, masks } = foreignScope(principal, { object, audience })
    return (isWhole && masks.size === 0) || principal.rights?.may('edit', { kind: 'source', id: object }) === true
  }

  /**
   * Refuses a template with a query that its author may not write. A query that stood there before, published or as
   * draft, may stay: who could write it wrote it.
   */
  async requireAuthor(principal: Principal, template: Template, before: readonly (Template | null)[]): Promise<void> {
    const known = new Set(before.flatMap((each) => queriesOf(each).map(keyOf)))
    for (const query of queriesOf(template)) {
      if (known.has(keyOf(query))) continue
      const stored = await this.databases.find(query.source)
      // What is not there yet could be anything once it is set up.
      if (stored === null || !this.mayWrite(principal, stored))
        throw new Fault('EXTERNAL_DATABASE_REFUSED', { database: query.source.slice(0, 60) }, NOT_AUTHOR)
    }
  }

  private async each(
    { id, definition, password }: StoredDatabase,
    { query, question, scope }: { query: DatabaseQuery; question: DatasetQuestion; scope: ForeignScope },
    sink: RowSink,
  ): Promise<Applied> {
    const driver = driverOf(definition.kind)
    const whole = driver.bound(query.sql, { parameters: query.parameters, params: question.params })
    const bound = query.most === undefined ? whole : { ...whole, sql: firstOf(whole.sql, query.most) }
    const { signal } = question
    await this.enter(id, signal)
    try {
      const place = { reached: { ...definition, password }, networks: this.config.collectorNetworks }
      const reading = { driver, place, query: bound, scope, timeoutMs: DATASET_LIMITS.timeoutMs, signal }
      return await readRows(reading, sink)
    } catch (error) {
      if (!(error instanceof DatabaseAway)) throw error
      const { name } = definition
      const words = {
        zh: `外部数据库“${name.zh}”：${error.words.zh}`,
        en: `database “${name.en}”: ${error.words.en}`,
      }
      throw new DatasetRefused(words, error.remedy)
    } finally {
      this.leave(id)
    }
  }

  private async enter(id: string, signal: AbortSignal): Promise<void> {
    const line = this.lines.get(id) ?? { open: 0, waiting: [] }
    this.lines.set(id, line)
    signal.throwIfAborted()
    if (line.open < MOST_CONNECTIONS) {
      line.open += 1
      return
    }
    // Whoever leaves hands the place over; who gave up meanwhile hands it on.
    await new Promise<void>((resolve) => line.waiting.push(resolve))
    if (!signal.aborted) return
    this.leave(id)
    signal.throwIfAborted()
  }

  private leave(id: string): void {
    const line = this.lines.get(id)
    if (line === undefined) return
    const next = line.waiting.shift()
    if (next === undefined) line.open -= 1
    else next()
  }
}

const firstOf = (sql: string, most: number): string => `SELECT * FROM (\n${sql}\n) AS gemba_look LIMIT ${most}`

const queriesOf = (template: Template | null) =>
  Object.values(template?.datasets ?? {}).flatMap((each) =>
    !Array.isArray(each) && each.kind === 'external' ? [each] : [],
  )
const keyOf = ({ source, sql }: { source: string; sql: string }): string => JSON.stringify([source, sql])

const NOT_AUTHOR = {
  zh: '查询自己说明哪一列是哪一列，因此只有能看到该数据库全部行的人才能写',
  en: 'a query says itself which column is which, so only who sees all rows of the database writes one',
}

/** A line of JSON in which numbers keep all their digits; what is masked is written as it is shown. */
function lineOf(
  columns: readonly Column[],
  cells: readonly ReadCell[],
  { row, shown }: { row: ForeignRow; shown: ForeignRow },
): string {
  const parts = columns.map(({ name }, index) => {
    const isPlain = row[name] === shown[name]
    const token = isPlain ? (cells[index] as ReadCell).token : JSON.stringify(shown[name] ?? null)
    return `${JSON.stringify(name)}:${token}`
  })
  return `{${parts.join(',')}}`
}

function originOf(
  { definition: { name } }: StoredDatabase,
  { readAt, timeZone }: { readAt: Date; timeZone: string },
): Bilingual {
  const at = plantTime(readAt, timeZone)
  return { zh: `外部数据库“${name.zh}”，${at} 读取`, en: `Database “${name.en}”, read ${at}` }
}

/** Says of a limited reader where the rows were left out. */
function noteOf(dataset: string, { zh, en }: Bilingual, { inQuery, inMemory }: Applied): Bilingual {
  const codes = (list: readonly string[], scope: string): string =>
    list.map((code) => (code === 'scope' ? scope : code)).join(', ')
  const parts = [
    ...(inQuery.length === 0
      ? []
      : [
          {
            zh: `已在其查询中限制：${codes(inQuery, '权限范围')}`,
            en: `narrowed in its query by ${codes(inQuery, 'scope')}`,
          },
        ]),
    ...(inMemory.length === 0
      ? []
      : [
          {
            zh: `读到后在此限制：${codes(inMemory, '权限范围')}`,
            en: `narrowed here after reading by ${codes(inMemory, 'scope')}`,
          },
        ]),
  ]
  return {
    zh: [`数据集 ${dataset}：${zh}`, ...parts.map((part) => part.zh)].join('；'),
    en: [`Dataset ${dataset}: ${en}`, ...parts.map((part) => part.en)].join('; '),
  }
}

const unknownDatabase = (id: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `没有外部数据库“${id.slice(0, 60)}”`, en: `there is no external database ${id.slice(0, 60)}` },
    { zh: '请在“外部数据”页添加，或修改模板', en: 'add it on the page of foreign data, or correct the template' },
  )
