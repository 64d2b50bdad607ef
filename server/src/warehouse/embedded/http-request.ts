import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { EngineError } from './engine-session.ts'

/** What a request asks of the engine. */
export interface StoreRequest {
  /** Statement of the URL, or the body when the URL has none. */
  readonly text: string
  /** Rows of an insert. */
  readonly rows: Buffer | null
  readonly database: string
  readonly settings: ReadonlyMap<string, string>
  readonly params: ReadonlyMap<string, string>
  readonly queryId: string | null
  readonly format: string
  /** Send the result while it is made, for exports larger than memory. */
  readonly stream: boolean
}

export type Role = 'owner' | 'reader'

export const READER = 'reader'
const MOST_BODY_BYTES = 64 * 1024 * 1024

/** Names in the query string that are no settings of the engine. */
const TRANSPORT = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'role',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'compress',
  'decompress',
  'wait_end_of_query',
  'buffer_size',
  'stacktrace',
  'quota_key',
  'enable_http_compression',
  'send_progress_in_http_headers',
])

const digest = (text: string) => createHash('sha256').update(text).digest()

function credentials(request: IncomingMessage): { user: string; key: string } {
  const header = request.headers.authorization ?? ''
  if (header.startsWith('Basic ')) {
    const text = Buffer.from(header.slice(6), 'base64').toString()
    const colon = text.indexOf(':')
    return { user: text.slice(0, Math.max(colon, 0)), key: text.slice(colon + 1) }
  }
  const one = (name: string) => String(request.headers[name] ?? '')
  return { user: one('x-clickhouse-user'), key: one('x-clickhouse-key') }
}

/** Who asks: the owner of the token, under its name or as the reader. Throws 516 for anybody else. */
export function authenticate(request: IncomingMessage, token: string): Role {
  const { user, key } = credentials(request)
  if (!timingSafeEqual(digest(key), digest(token))) {
    throw new EngineError(516, 'Code: 516. DB::Exception: the token is missing or wrong. (AUTHENTICATION_FAILED)')
  }
  return user === READER ? 'reader' : 'owner'
}

const tooLarge = () =>
  new EngineError(
    241,
    `Code: 241. DB::Exception: the request is larger than ${MOST_BODY_BYTES} bytes. (MEMORY_LIMIT_EXCEEDED)`,
  )

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BODY_BYTES) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

export function parseRequest(request: IncomingMessage, body: Buffer): StoreRequest {
  const query = new URL(request.url ?? '/', 'http://store').searchParams
  const settings = new Map<string, string>()
  const params = new Map<string, string>()
  for (const [name, value] of query) {
    if (name.startsWith('param_')) params.set(name.slice(6), value)
    else if (!TRANSPORT.has(name) && !name.startsWith('http_')) settings.set(name, value)
  }
  const inUrl = query.get('query')
  const text = (inUrl ?? body.toString()).trim()
  if (text === '') throw new EngineError(62, 'Code: 62. DB::Exception: Empty query. (SYNTAX_ERROR)')
  if (text.includes('\0')) throw new EngineError(62, 'Code: 62. DB::Exception: NUL in the query. (SYNTAX_ERROR)')
  checkStatement(text, params)
  return {
    text,
    rows: inUrl !== null && body.length > 0 ? body : null,
    database: query.get('database') ?? 'gemba',
    settings,
    params,
    queryId: query.get('query_id'),
    format: query.get('default_format') ?? 'TabSeparated',
    stream: request.headers['x-gemba-stream'] === '1',
  }
}

const QUOTED = /'(?:[^'\\]|\\[^]|'')*'|`(?:[^`\\]|\\[^])*`|"(?:[^"\\]|\\[^])*"|--[^\n]*|\/\*[^]*?\*\//g

/**
 * What a ClickHouse server refuses by itself and the engine in a process does not. The engine runs several statements
 * in one text; it keeps what SET and USE change; and it keeps a parameter's value for the life of the session, so a
 * statement that names one it was not given would run with the value of somebody else's request.
 */
function checkStatement(text: string, params: ReadonlyMap<string, string>): void {
  const bare = text.replace(QUOTED, "''")
  if (/;\s*\S/.test(bare)) throw syntaxError('Multi-statements are not allowed')
  if (/^\s*(SET|USE)\b/i.test(bare))
    throw syntaxError('SET and USE hold for no other request: give settings with the query')
  for (const [, name = ''] of bare.matchAll(/\{\s*([A-Za-z_]\w*)\s*:/g)) {
    if (params.has(name)) continue
    throw new EngineError(
      456,
      `Code: 456. DB::Exception: Substitution \`${name}\` is not set. (UNKNOWN_QUERY_PARAMETER)`,
    )
  }
}

/**
 * A sealed session still writes files by INTO OUTFILE and BACKUP and still kills, so a reader gets nothing but a
 * SELECT, and that without a file at its end.
 */
export function checkReader(text: string): void {
  const bare = text.replace(QUOTED, "''")
  if (!/^\s*(''\s*)*(SELECT|WITH|\()/i.test(bare) || /\bINTO\s+OUTFILE\b/i.test(bare))
    throw new EngineError(164, 'Code: 164. DB::Exception: a reader may only SELECT. (READONLY)')
}

const syntaxError = (text: string) => new EngineError(62, `Code: 62. DB::Exception: ${text}. (SYNTAX_ERROR)`)

export interface InsertHead {
  readonly table: string
  readonly columns: readonly string[]
  readonly format: string
}

const INSERT = /^INSERT\s+INTO\s+(?:TABLE\s+)?([\w.`]+)\s*(?:\(([^()]*)\))?\s*FORMAT\s+(\w+)\s*;?$/i
const FORMATS = new Set(['TabSeparated', 'TSV', 'JSONEachRow', 'JSONCompactEachRow', 'CSV', 'CSVWithNames'])

/** `INSERT INTO table (columns) FORMAT name`; null for any other statement. */
export function insertHead({ text, database }: StoreRequest): InsertHead | null {
  const match = INSERT.exec(text)
  if (!match) return null
  const bare = (name: string) => name.trim().replaceAll('`', '')
  const [, table = '', columns, format = ''] = match
  if (!FORMATS.has(format)) {
    throw new EngineError(
      73,
      `Code: 73. DB::Exception: the embedded store takes ${[...FORMATS].join(', ')}, not ${format}. (UNKNOWN_FORMAT)`,
    )
  }
  const name = bare(table)
  return {
    table: name.includes('.') ? name : `${database}.${name}`,
    columns: columns ? columns.split(',').map(bare) : [],
    format,
  }
}
