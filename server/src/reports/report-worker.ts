/** What runs in a thread of its own, so that live boards never wait for a report. */
import type { MessagePort } from 'node:worker_threads'
import { isMainThread } from 'node:worker_threads'
import type { CellRows } from '@gemba/contracts/report'
import { FileRefused, readTable, type FileTable } from './files/file-table.ts'
import type { PaintNote } from './paint-limits.ts'
import type { ToldPaint } from './paint-news.ts'
import { isSheet, paintFile, paintPaged, paintSheet, type FileOrder } from './render-file.ts'
import type { ReportDocument } from './report-document.ts'
import { ReportRefused } from './report-refused.ts'
import { lineageAt, rowsAt, type CellPart } from './run-lineage.ts'
import { openStream } from './row-source.ts'
import { computedOf, type Computed } from './run-figures.ts'
import {
  documentIn,
  inputsIn,
  missingCalls,
  paintPages,
  sheetIn,
  type MissingCall,
  type PaintedPages,
} from './run-work.ts'
import { lineageIn, pagedIn, rowsIn, streamIn, wentBy } from './streamed-lineage.ts'
import { goesBy, makeStreamed, streamedHash } from './streamed-run.ts'

export interface RunTask {
  kind: 'run'
  dir: string
  /** Told `RunNews` on the way. */
  port: MessagePort
}
/** How far a run is: what is done, and the share of the whole. */
export interface RunNews {
  state: 'computing' | 'painting'
  share: number
}
/** Which sub-reports are still to be fetched. */
export interface CallsTask {
  kind: 'calls'
  dir: string
}
export interface FileTask {
  kind: 'file'
  dir: string
  order: FileOrder
  /** Told `PaintNews` on the way. */
  port?: MessagePort
}
export interface LineageTask {
  kind: 'lineage'
  dir: string
  page: number
  cell: string
}
/** The rows that a cell was made of, some of them. */
export interface RowsTask {
  kind: 'rows'
  dir: string
  at: { page: number; cell: string; dataset: string; from: number; to: number }
}
/** The hash of what a finished run shows, made anew. */
export interface ContentTask {
  kind: 'content'
  dir: string
}
/** An uploaded file, read where a bomb dies alone. */
export interface TableTask {
  kind: 'table'
  bytes: Uint8Array
}
export type ReportTask = RunTask | CallsTask | FileTask | LineageTask | RowsTask | ContentTask | TableTask

/** A template that cannot run is an answer; anything thrown is a mistake of the program. */
export type TaskAnswer<T> = { ok: true; value: T } | { ok: false; problems: string[] }
export type RunAnswer = Computed & PaintedPages & { computeMs: number; paintMs: number }

/** A run under way is written down as often. */
const NEWS_MS = 1_000

/** News of files are heard in memory only. */
const FILE_NEWS_MS = 300

/** Tells at once, then what comes later than others by a while. */
function seldom(told: ToldPaint): ToldPaint {
  let toldAt = -Infinity
  return (news) => {
    const now = performance.now()
    if (now - toldAt < FILE_NEWS_MS) return
    toldAt = now
    told(news)
  }
}

/** The last report that was made: who asks for a file or a number mostly asks again. */
let last: { dir: string; document: ReportDocument } | null = null

async function opened(dir: string): Promise<ReportDocument> {
  if (last?.dir !== dir) {
    last = null
    last = { dir, document: await documentIn(dir) }
  }
  return last.document
}

/** When nothing is missing the report is finished, and the run begins with it. */
async function calls({ dir }: CallsTask): Promise<MissingCall[]> {
  last = null
  const document = await documentIn(dir)
  const missing = missingCalls(document)
  if (missing.length === 0) last = { dir, document }
  return missing
}

async function run({ dir, port }: RunTask): Promise<RunAnswer> {
  const answer = (await runGoingBy({ dir, port })) ?? (await runInMemory({ dir, port }))
  port.close()
  return answer
}

async function runInMemory({ dir, port }: Omit<RunTask, 'kind'>): Promise<RunAnswer> {
  const startedAt = performance.now()
  const document = await opened(dir)
  const computed = computedOf(document)
  const computedAt = performance.now()
  port.postMessage({ state: 'painting', share: 0.5 } satisfies RunNews)
  const pages = await paintPages(document, dir)
  return { ...computed, ...pages, computeMs: computedAt - startedAt, paintMs: performance.now() - computedAt }
}

/** Many rows are never here all at once, where the template allows that. */
async function runGoingBy({ dir, port }: Omit<RunTask, 'kind'>): Promise<RunAnswer | undefined> {
  if (last?.dir === dir) return undefined
  const startedAt = performance.now()
  const input = await inputsIn(dir)
  const stream = goesBy(input) ? await openStream(input) : undefined
  if (stream === undefined) return undefined
  let toldAt = startedAt
  const told = (share: number): void => {
    if (performance.now() - toldAt < NEWS_MS) return
    toldAt = performance.now()
    port.postMessage({ state: 'computing', share } satisfies RunNews)
  }
  const made = await makeStreamed(stream, { dir, input, told })
  // Its pages are painted as it is computed.
  return made && { ...made, computeMs: performance.now() - startedAt, paintMs: 0 }
}

/** A report that is here already is painted as it is; another one is not brought into memory where its rows can go by. */
async function file({ dir, order, port }: FileTask): Promise<string[]> {
  const told = seldom((news) => port?.postMessage(news))
  const notes =
    (last?.dir === dir ? undefined : await fileGoingBy({ dir, order, told })) ??
    (await paintFile(await opened(dir), order, told))
  port?.close()
  return notes.map(({ text }) => text)
}

async function fileGoingBy({
  dir,
  order,
  told,
}: Pick<FileTask, 'dir' | 'order'> & { told: ToldPaint }): Promise<PaintNote[] | undefined> {
  if (isSheet(order.format)) {
    const sheet = await sheetIn(dir)
    return sheet && paintSheet(sheet, order, told)
  }
  const paged = order.format === 'pdf' || order.format === 'png' ? await pagedIn(dir) : undefined
  return paged && paintPaged(paged, order, told)
}

/** What is wrong with a file is an answer too. */
export type TableAnswer = { table: FileTable } | { refused: FileRefused['words'] }

async function tableAnswer({ bytes }: TableTask): Promise<TableAnswer> {
  try {
    return { table: await readTable(Buffer.from(bytes)) }
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    return { refused: error.words }
  }
}

/** Not what is remembered: the rows in the folder are asked. */
async function contentHash(dir: string): Promise<string> {
  const stream = await streamIn(dir)
  return stream === undefined ? computedOf(await documentIn(dir)).contentHash : streamedHash(stream)
}

async function answer(
  task: ReportTask,
): Promise<RunAnswer | MissingCall[] | string[] | string | CellPart | CellRows | TableAnswer | null> {
  switch (task.kind) {
    case 'run':
      return run(task)
    case 'calls':
      return calls(task)
    case 'file':
      return file(task)
    case 'lineage':
      return (await wentBy(task.dir)) ? lineageIn(task.dir, task) : lineageAt(await opened(task.dir), task)
    case 'rows':
      return (await wentBy(task.dir)) ? rowsIn(task.dir, task.at) : rowsAt(await opened(task.dir), task.at)
    case 'content':
      return contentHash(task.dir)
    case 'table':
      return tableAnswer(task)
  }
}

export default async function work(task: ReportTask): Promise<TaskAnswer<unknown>> {
  if (isMainThread) throw new Error('reports are made in a thread of their own')
  try {
    return { ok: true, value: await answer(task) }
  } catch (error) {
    if (!(error instanceof ReportRefused)) throw error
    return { ok: false, problems: error.problems }
  }
}
