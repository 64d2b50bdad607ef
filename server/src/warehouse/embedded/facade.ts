import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { EngineError, type EngineSession, engineError, literal } from './engine-session.ts'
import {
  authenticate,
  checkReader,
  insertHead,
  parseRequest,
  readBody,
  type Role,
  type StoreRequest,
} from './http-request.ts'
import type { SessionPool } from './session-pool.ts'

export interface Pools {
  readonly insert: SessionPool
  readonly query: SessionPool
  readonly reader: SessionPool
  /** One session that only kills. */
  readonly control: SessionPool
}

export interface FacadeOptions {
  readonly token: string
  readonly pools: Pools
  readonly log: (message: string, facts: Record<string, unknown>) => void
}

/** Bodies held at once, so that a crowd of large inserts is refused instead of killing the process. */
const MOST_BUFFERED_BYTES = 256 * 1024 * 1024

const KILL_AGAIN_MS = 50
const KILL_PATIENCE_MS = 500

const STATUS_OF_CODE = new Map([
  [36, 400],
  [47, 404],
  [60, 404],
  [62, 400],
  [73, 400],
  [81, 404],
  [115, 400],
  [164, 403],
  [202, 503],
  [241, 500],
  [456, 400],
  [497, 403],
  [516, 403],
])

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly role: Role
}

/**
 * The part of ClickHouse's HTTP interface that the application uses, over the in-process engine: one session per
 * request, settings and parameters for that request only, typed errors, and the query is killed when its asker leaves.
 */
export class Facade {
  private readonly options: FacadeOptions
  private readonly server: Server
  private bufferedBytes = 0
  private running = 0
  private readonly answers = new Set<ServerResponse>()

  constructor(options: FacadeOptions) {
    this.options = options
    this.server = createServer({ maxHeaderSize: 1_048_576, keepAliveTimeout: 30_000 }, (request, response) => {
      this.handle(request, response).catch((error: unknown) => {
        options.log('request failed', { error: error instanceof Error ? error.message : 'unknown' })
        response.destroy()
      })
    })
  }

  /** Loopback only; gives the port. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen({ port, host: '127.0.0.1' }, () => {
        const address = this.server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  }

  /** Takes no more requests and waits for the running ones, at most the given time. */
  async drain(patienceMs: number): Promise<void> {
    this.server.close()
    this.server.closeIdleConnections()
    const until = performance.now() + patienceMs
    while (this.running > 0 && performance.now() < until) await pause(20)
    if (this.running > 0) await Promise.race([this.kill('gemba-', () => this.running > 0), pause(KILL_PATIENCE_MS)])
    this.server.closeAllConnections()
    await Promise.all(Object.values(this.options.pools).map((pool: SessionPool) => pool.close()))
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/ping') return void response.end('Ok.\n')
    let reserved = 0
    this.running += 1
    this.answers.add(response)
    try {
      const role = authenticate(request, this.options.token)
      reserved = Number(request.headers['content-length'] ?? 1_000_000)
      this.bufferedBytes += reserved
      if (this.bufferedBytes > MOST_BUFFERED_BYTES)
        throw new EngineError(202, 'Code: 202. DB::Exception: too much is waiting. (TOO_MANY_SIMULTANEOUS_QUERIES)')
      const parsed = parseRequest(request, await readBody(request))
      await this.answer({ request, response, role }, parsed)
    } catch (error) {
      refuse(response, engineError(error))
    } finally {
      this.bufferedBytes -= reserved
      this.running -= 1
      this.answers.delete(response)
    }
  }

  private async answer(exchange: Exchange, parsed: StoreRequest): Promise<void> {
    const head = exchange.role === 'owner' && parsed.rows ? insertHead(parsed) : null
    const { pools } = this.options
    const pool = exchange.role === 'reader' ? pools.reader : head ? pools.insert : pools.query
    let session = await pool.take()
    let usable = true
    try {
      // Settings of an insert are part of its statement and leave nothing on the session.
      const settings = head ? new Map<string, string>() : parsed.settings
      while (!(await session.restore(settings))) {
        pool.drop(session)
        session = await pool.take()
      }
      if (exchange.response.destroyed) return
      if (head && parsed.rows) await this.insert(exchange, parsed, session)
      else {
        usable = false
        await session.prepare({ database: parsed.database, settings, params: parsed.params })
        usable = true
        await this.query(exchange, exchange.role === 'reader' ? await readerRequest(parsed, session) : parsed, session)
      }
    } finally {
      if (usable) pool.give(session)
      else pool.drop(session)
    }
  }

  private async insert({ response }: Exchange, parsed: StoreRequest, session: EngineSession): Promise<void> {
    const startedAt = performance.now()
    const head = insertHead(parsed)
    if (!head || !parsed.rows) throw new EngineError(62, 'Code: 62. DB::Exception: not an insert. (SYNTAX_ERROR)')
    const written = await session.insert({ ...head, body: parsed.rows, settings: parsed.settings })
    const summary = { written_rows: written, written_bytes: parsed.rows.length, startedAt }
    response.writeHead(200, headersOf(parsed, summary)).end()
  }

  private async query({ response }: Exchange, parsed: StoreRequest, session: EngineSession): Promise<void> {
    const startedAt = performance.now()
    const tag = `gemba-${randomUUID()}`
    const text = `/*${tag}*/ ${parsed.rows ? `${parsed.text}\n${parsed.rows.toString()}` : parsed.text}`
    let running = true
    const onClose = () => {
      if (!response.writableFinished) void this.kill(tag, () => running)
    }
    response.once('close', onClose)
    try {
      if (parsed.stream) return await streamAnswer(response, parsed, session.stream(text, formatOf(parsed)))
      const result = await session.run(text, parsed.format)
      const summary = { read_rows: result.rowsRead, read_bytes: result.bytesRead, startedAt }
      response.off('close', onClose)
      response.writeHead(200, headersOf(parsed, summary)).end(result.bytes)
    } finally {
      running = false
      response.off('close', onClose)
    }
  }

  /** Asks again until the query has ended: the first time it may not have begun. */
  private async kill(tag: string, isRunning: () => boolean): Promise<void> {
    const { pools, log } = this.options
    while (isRunning()) {
      try {
        const session = await pools.control.take()
        try {
          await session.run(`KILL QUERY WHERE query LIKE '/*${tag}%' ASYNC`, 'Null')
        } finally {
          pools.control.give(session)
        }
      } catch (error) {
        return log('a query could not be killed', { error: error instanceof Error ? error.message : 'unknown' })
      }
      await pause(KILL_AGAIN_MS)
    }
  }
}

/** The engine's own writing of a reader's text: one statement, no comments, so that the look at it is not deceived. */
async function readerRequest(parsed: StoreRequest, session: EngineSession): Promise<StoreRequest> {
  const answer = await session.run(`SELECT formatQuerySingleLine(${literal(parsed.text)})`, 'TabSeparatedRaw')
  const text = Buffer.from(answer.bytes).toString().trim()
  checkReader(text)
  return { ...parsed, text, rows: null }
}

function formatOf({ text, format }: StoreRequest): string {
  return /\bFORMAT\s+(\w+)\s*;?$/i.exec(text)?.[1] ?? format
}

function headersOf(
  parsed: StoreRequest,
  { startedAt, ...counts }: Record<string, number> & { startedAt: number },
): Record<string, string> {
  const format = formatOf(parsed)
  const elapsed = Math.round((performance.now() - startedAt) * 1e6)
  const summary = { read_rows: 0, read_bytes: 0, written_rows: 0, written_bytes: 0, ...counts, elapsed_ns: elapsed }
  const asText = Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, String(value)]))
  return {
    'Content-Type': format.startsWith('JSON') ? 'application/json; charset=UTF-8' : 'text/plain; charset=UTF-8',
    'X-ClickHouse-Query-Id': parsed.queryId ?? randomUUID(),
    'X-ClickHouse-Format': format,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Summary': JSON.stringify(asText),
  }
}

/** Headers go out with the first chunk, so that an error before it is a proper answer. */
async function streamAnswer(
  response: ServerResponse,
  parsed: StoreRequest,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const startedAt = performance.now()
  try {
    for await (const chunk of chunks) {
      if (response.destroyed) return
      if (!response.headersSent) response.writeHead(200, headersOf(parsed, { startedAt }))
      if (!response.write(chunk)) await drained(response)
    }
  } catch (error) {
    // A cut connection is the one sign of a failure that a half-sent answer can still give.
    if (response.headersSent) return void response.destroy()
    throw error
  }
  if (!response.headersSent) response.writeHead(200, headersOf(parsed, { startedAt }))
  response.end()
}

const drained = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })

function refuse(response: ServerResponse, error: EngineError): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const text = /^Code: \d+/.test(error.message)
    ? error.message
    : `Code: ${error.code}. DB::Exception: ${error.message} (UNKNOWN_EXCEPTION)`
  response
    .writeHead(STATUS_OF_CODE.get(error.code) ?? 500, {
      'Content-Type': 'text/plain; charset=UTF-8',
      'X-ClickHouse-Exception-Code': String(error.code),
      // The rest of a refused body is not read; the connection cannot be used again.
      ...(response.req.complete ? {} : { Connection: 'close' }),
    })
    .end(`${text}\n`)
}
