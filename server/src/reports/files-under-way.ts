import type { ReportFormat, ReportRun } from '@gemba/contracts/report'
import type { PaintNews } from './paint-news.ts'

type Painting = NonNullable<ReportRun['painting']>[number]

interface UnderWay {
  run: string
  format: ReportFormat
  abort: AbortController
  /** Null until the first news. */
  news: PaintNews | null
}

/** What a file is made with: `signal` is aborted when nobody waits for it any more. */
export interface FileMaking {
  signal: AbortSignal
  told: (news: PaintNews) => void
}

/** Files of finished runs that are being made or wait for it, each for who asked for it. */
export class FilesUnderWay {
  private readonly lines = new Map<string, Promise<unknown>>()
  private readonly files = new Set<UnderWay>()

  /** One format after the other: each reads the run as the one before has left it. */
  async make<T>(run: string, format: ReportFormat, work: (making: FileMaking) => Promise<T>): Promise<T> {
    const file: UnderWay = { run, format, abort: new AbortController(), news: null }
    this.files.add(file)
    const { signal } = file.abort
    const told = (news: PaintNews): void => {
      file.news = news
    }
    const before = this.lines.get(run) ?? Promise.resolve()
    const made = before.catch(() => undefined).then(() => work({ signal, told }))
    this.lines.set(run, made)
    return made.finally(() => {
      this.files.delete(file)
      if (this.lines.get(run) === made) this.lines.delete(run)
    })
  }

  /** How far the files of a run are of which something is known. */
  of(run: string): Painting[] {
    return this.all(run).flatMap(({ format, news }) => (news === null ? [] : [{ format, ...news }]))
  }

  /** Stops the files of a run, except those that more than one waits for. */
  cancel(run: string): void {
    const all = this.all(run)
    for (const { format, abort } of all) if (all.filter((other) => other.format === format).length === 1) abort.abort()
  }

  private all(run: string): UnderWay[] {
    return [...this.files].filter((file) => file.run === run)
  }
}
