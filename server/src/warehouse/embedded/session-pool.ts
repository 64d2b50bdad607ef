import { EngineError, type EngineSession } from './engine-session.ts'

interface Waiting {
  readonly take: (session: EngineSession) => void
  readonly fail: (error: Error) => void
}

/** Sessions of one kind. Requests beyond their number wait in line; a line that is full is refused at once. */
export class SessionPool {
  private readonly free: EngineSession[] = []
  private readonly line: Waiting[] = []
  private readonly open: () => Promise<EngineSession>
  private readonly size: number
  private readonly longestLine: number
  private total = 0
  private closing = false

  constructor(open: () => Promise<EngineSession>, size: number, longestLine: number) {
    this.open = open
    this.size = size
    this.longestLine = longestLine
  }

  get busy(): number {
    return this.total - this.free.length
  }

  async take(): Promise<EngineSession> {
    if (this.closing) throw tooBusy('the store is stopping')
    const session = this.free.pop()
    if (session) return session
    if (this.total < this.size) return this.grow()
    if (this.line.length >= this.longestLine) throw tooBusy('too many requests are waiting')
    return new Promise((take, fail) => this.line.push({ take, fail }))
  }

  give(session: EngineSession): void {
    const next = this.line.shift()
    if (next) next.take(session)
    else this.free.push(session)
  }

  /** A session whose settings could not be put back; a new one takes its place when somebody waits. */
  drop(session: EngineSession): void {
    session.close()
    this.total -= 1
    const next = this.line.shift()
    if (next) this.grow().then(next.take, next.fail)
  }

  async close(): Promise<void> {
    this.closing = true
    for (const { fail } of this.line.splice(0)) fail(tooBusy('the store is stopping'))
    for (const session of this.free.splice(0)) session.close()
  }

  private async grow(): Promise<EngineSession> {
    this.total += 1
    try {
      return await this.open()
    } catch (error) {
      this.total -= 1
      throw error
    }
  }
}

const tooBusy = (text: string) =>
  new EngineError(202, `Code: 202. DB::Exception: ${text}. (TOO_MANY_SIMULTANEOUS_QUERIES)`)
