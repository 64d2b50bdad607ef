import { Session } from 'chdb'

export interface EngineAnswer {
  readonly bytes: Uint8Array
  readonly rowsRead: number
  readonly bytesRead: number
  readonly elapsedSeconds: number
}

export interface InsertRequest {
  readonly table: string
  readonly columns: readonly string[]
  readonly format: string
  readonly body: Buffer
  readonly settings: ReadonlyMap<string, string>
}

/** The engine's refusal with its code, as an HTTP ClickHouse server would word it. */
export class EngineError extends Error {
  readonly code: number

  constructor(code: number, text: string, options?: ErrorOptions) {
    super(text, options)
    this.name = 'EngineError'
    this.code = code
  }
}

const SETTING_NAME = /^[a-z][a-z0-9_]*$/
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A text as a literal of the engine's SQL. */
export function literal(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')
  return `'${escaped}'`
}

export function engineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  const text = error instanceof Error ? error.message : String(error)
  const own = (error as { clickhouseCode?: unknown }).clickhouseCode
  const code = typeof own === 'number' ? own : Number(/Code: (\d+)\./.exec(text)?.[1] ?? 1002)
  return new EngineError(code, text, { cause: error })
}

/**
 * One connection of the engine, used by one request at a time. Settings of a request hold for that request: before the
 * next one everything that differs from the base is put back, and a session that cannot be put back is not used again.
 */
export class EngineSession {
  private readonly session: Session
  private readonly base: ReadonlyMap<string, string>
  private readonly applied = new Map<string, string>()
  private database = ''
  private readonly changeable: boolean

  constructor(session: Session, base: ReadonlyMap<string, string>, changeable: boolean) {
    this.session = session
    this.base = base
    this.changeable = changeable
  }

  /** Applies the base settings; a reader is sealed by `readonly = 1` as the last of them, for the session's life. */
  async open(database: string): Promise<void> {
    await this.run(`USE ${database}`, 'Null')
    this.database = database
    await this.set([...this.base].map(([name, value]) => `${name} = ${literal(value)}`))
    if (!this.changeable) await this.set(['readonly = 1'])
  }

  /** Makes the session as the request wants it. */
  async prepare(request: {
    database: string
    settings: ReadonlyMap<string, string>
    params: ReadonlyMap<string, string>
  }): Promise<void> {
    if (this.changeable) await this.applySettings(request.settings)
    if (request.database !== this.database) {
      if (!PARAMETER_NAME.test(request.database)) throw new EngineError(81, badName('database', request.database))
      await this.run(`USE ${request.database}`, 'Null')
      this.database = request.database
    }
    const changes: string[] = []
    for (const [name, value] of request.params) {
      if (!PARAMETER_NAME.test(name)) throw new EngineError(456, badName('parameter', name))
      changes.push(`param_${name} = ${literal(value)}`)
    }
    await this.set(changes)
  }

  /** Puts back what an earlier request left. False = the session must be dropped. */
  async restore(wanted: ReadonlyMap<string, string>): Promise<boolean> {
    if (!this.changeable) return true
    const changes: string[] = []
    const names = [...this.applied.keys()].filter((name) => !wanted.has(name))
    for (const name of names) {
      const base = this.base.get(name)
      changes.push(`${name} = ${base === undefined ? 'DEFAULT' : literal(base)}`)
    }
    try {
      await this.set(changes)
    } catch {
      return false
    }
    for (const name of names) this.applied.delete(name)
    return true
  }

  private async applySettings(settings: ReadonlyMap<string, string>): Promise<void> {
    const changes: [string, string][] = []
    for (const [name, value] of settings) {
      if (!SETTING_NAME.test(name) || name === 'readonly') throw new EngineError(115, badName('setting', name))
      if ((this.applied.get(name) ?? this.base.get(name)) !== value) changes.push([name, value])
    }
    // Recorded first: a statement that fails half-way is undone by the next restore.
    for (const [name, value] of changes) this.applied.set(name, value)
    await this.set(changes.map(([name, value]) => `${name} = ${literal(value)}`))
  }

  private async set(changes: readonly string[]): Promise<void> {
    if (changes.length > 0) await this.run(`SET ${changes.join(', ')}`, 'Null')
  }

  async run(text: string, format: string): Promise<EngineAnswer> {
    try {
      const result = await this.session.queryAsync(text, { format })
      return {
        bytes: result.bytes(),
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
        elapsedSeconds: result.elapsed,
      }
    } catch (error) {
      throw engineError(error)
    }
  }

  /** Chunks of a result too large to hold. */
  async *stream(text: string, format: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.session.queryStream(text, { format })) yield chunk.raw()
    } catch (error) {
      throw engineError(error)
    }
  }

  /** Rows written, counting those of dependent views. The settings go with the statement, not with the session. */
  async insert({ table, columns, format, body, settings }: InsertRequest): Promise<number> {
    try {
      const summary = await this.session.insert({
        table,
        values: body,
        format: format as 'TabSeparated',
        ...(columns.length > 0 ? { columns } : {}),
        settings: Object.fromEntries([...this.base, ...settings]),
      })
      return summary.rowsWritten
    } catch (error) {
      throw engineError(error)
    }
  }

  close(): void {
    this.session.close()
  }
}

const badName = (kind: string, name: string) =>
  `Code: 36. DB::Exception: ${kind} ${name} is not usable. (BAD_ARGUMENTS)`
