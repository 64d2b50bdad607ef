import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import type { CellRows } from '@gemba/contracts/report'
import { Piscina } from 'piscina'
import type { ToldPaint } from './paint-news.ts'
import type { FileOrder } from './render-file.ts'
import { REPORT_HEAP } from './report-heap.ts'
import type { ReportTask, RunAnswer, RunNews, TableAnswer, TaskAnswer } from './report-worker.ts'
import type { CellPart } from './run-lineage.ts'
import type { MissingCall } from './run-work.ts'

const IDLE_MS = 300_000
const WATCH_MS = 1_000

const file = fileURLToPath(new URL(`./report-worker${extname(import.meta.url)}`, import.meta.url))

/**
 * Two threads: one that makes reports and files, one that answers questions about finished ones, so that nobody who
 * clicks on a number waits for somebody's export.
 */
@Injectable()
export class ReportWorkers implements OnApplicationShutdown {
  private readonly makers = new ThreadPool()
  private readonly askers = new ThreadPool()

  /** `told` hears how far it is. Aborting kills the thread at once. */
  async run(dir: string, { signal, told }: { signal: AbortSignal; told: (news: RunNews) => void }) {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', told)
    try {
      const task: ReportTask = { kind: 'run', dir, port: port2 }
      return (await this.makers.run(task, { signal, transferList: [port2] })) as TaskAnswer<RunAnswer>
    } finally {
      port1.close()
    }
  }

  /** Sub-reports that the report in a folder asks for and has no rows of. */
  async calls(dir: string, signal: AbortSignal): Promise<TaskAnswer<MissingCall[]>> {
    return (await this.makers.run({ kind: 'calls', dir }, { signal })) as TaskAnswer<MissingCall[]>
  }

  /** `told` hears how far the file is. Aborting kills the thread at once. */
  async paint(
    dir: string,
    order: FileOrder,
    { signal, told }: { signal: AbortSignal; told: ToldPaint },
  ): Promise<TaskAnswer<string[]>> {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', told)
    try {
      const task: ReportTask = { kind: 'file', dir, order, port: port2 }
      return (await this.makers.run(task, { signal, transferList: [port2] })) as TaskAnswer<string[]>
    } finally {
      port1.close()
    }
  }

  async lineage(
    dir: string,
    at: { page: number; cell: string },
    signal: AbortSignal,
  ): Promise<TaskAnswer<CellPart | null>> {
    const task: ReportTask = { kind: 'lineage', dir, ...at }
    return (await this.askers.run(task, { signal })) as TaskAnswer<CellPart | null>
  }

  async rows(
    dir: string,
    at: { page: number; cell: string; dataset: string; from: number; to: number },
    signal: AbortSignal,
  ): Promise<TaskAnswer<CellRows | null>> {
    const task: ReportTask = { kind: 'rows', dir, at }
    return (await this.askers.run(task, { signal })) as TaskAnswer<CellRows | null>
  }

  /** The hash of what the run in a folder shows, made anew from its rows. */
  async content(dir: string, signal: AbortSignal): Promise<TaskAnswer<string>> {
    return (await this.askers.run({ kind: 'content', dir }, { signal })) as TaskAnswer<string>
  }

  /** An uploaded file as a table, or why it is none. */
  async table(bytes: Buffer, signal: AbortSignal): Promise<TableAnswer> {
    const answer = (await this.askers.run({ kind: 'table', bytes }, { signal })) as TaskAnswer<TableAnswer>
    if (!answer.ok) throw new Error(answer.problems.join('; '))
    return answer.value
  }

  /** The thread starts before the first report is asked for. */
  get threads(): readonly { terminate(): Promise<number> }[] {
    return this.makers.threads
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.makers.destroy(), this.askers.destroy()])
  }
}

/** One thread and its queue. */
class ThreadPool {
  private pool = newPool()

  get threads(): Piscina['threads'] {
    return this.pool.threads
  }

  /** A thread that dies while it starts leaves its task in line with nobody to take it: then the line is begun anew. */
  async run(task: ReportTask, options: { signal: AbortSignal; transferList?: [MessagePort] }): Promise<unknown> {
    const { pool } = this
    const watch = setInterval(() => {
      if (pool.queueSize === 0 || pool.threads.length > 0) return
      if (this.pool === pool) this.pool = newPool()
      void pool.destroy()
    }, WATCH_MS)
    try {
      return await pool.run(task, options)
    } finally {
      clearInterval(watch)
    }
  }

  destroy(): Promise<void> {
    return this.pool.destroy()
  }
}

const newPool = (): Piscina =>
  new Piscina({
    filename: file,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    maxQueue: 200,
    resourceLimits: REPORT_HEAP,
  })
