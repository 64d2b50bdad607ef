import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type AddressClass, classOf, sourceRefusal } from '@gemba/contracts/network-address'
import type { ExternalDatabaseChange } from '@gemba/contracts/external-database'
import type { FieldType } from '@gemba/contracts/template'
import pg from 'pg'
import { awayOf, DatabaseAway, notCalled } from './database-words.ts'

/** How a database is reached. */
export type Reached = Pick<ExternalDatabaseChange, 'host' | 'port' | 'database' | 'user' | 'tls'> & {
  password: string | null
}

const CONNECT_MS = 10_000
const ROWS_AT_ONCE = 2_000
/** The server of others ends a query by itself; we give up a little later, should it not. */
const GIVE_UP_AFTER_MS = 5_000

export interface Column {
  name: string
  type: FieldType
}

/** A cell: what rules compare, and the token that stands for it in JSON with all its digits. */
export interface ReadCell {
  value: string | number | boolean | null
  token: string
}

/** Takes what comes: first the columns, then row by row until it says that it has enough. */
export interface RowSink {
  begin(columns: readonly Column[]): void
  take(cells: readonly ReadCell[]): Promise<boolean>
}

export interface Statement {
  sql: string
  values: readonly unknown[]
  timeoutMs: number
  signal: AbortSignal
}

/** The address that is called: every address of the host is judged, and one bad among them spoils the name. */
export async function addressOf(
  { host, tls }: Pick<Reached, 'host' | 'tls'>,
  networks: readonly string[],
): Promise<string> {
  const name = host.toLowerCase()
  const found = isIP(name) === 0 ? await lookup(name, { all: true, verbatim: true }) : [{ address: name }]
  for (const { address } of found) {
    const refused: AddressClass | null =
      sourceRefusal(address, networks) ?? (tls === 'none' && classOf(address) === 'public' ? 'public' : null)
    if (refused !== null) throw notCalled(host, refused)
  }
  const [first] = found
  if (first === undefined) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' })
  return first.address
}

/** A signed-in connection within a transaction that can only read. Throws DatabaseAway. */
export async function connected(reached: Reached, networks: readonly string[], timeoutMs: number): Promise<pg.Client> {
  try {
    const client = await clientOf(reached, networks)
    // A connection that breaks between two queries is told by the next of them.
    client.on('error', () => undefined)
    await client.connect()
    await client.query('BEGIN READ ONLY')
    await client.query(
      `SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
              set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true), set_config('standard_conforming_strings', 'on', true)`,
      [String(timeoutMs), String(timeoutMs + GIVE_UP_AFTER_MS)],
    )
    return client
  } catch (error) {
    throw awayOf(error)
  }
}

async function clientOf(reached: Reached, networks: readonly string[]): Promise<pg.Client> {
  const { host, port, database, user, password, tls } = reached
  return new pg.Client({
    host: await addressOf(reached, networks),
    port,
    database,
    user,
    password: password ?? '',
    ssl: tls === 'none' ? false : { rejectUnauthorized: tls === 'verified', servername: isIP(host) === 0 ? host : '' },
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'gemba',
  })
}

/**
 * Rows of one SELECT, piece by piece, each cell as text until here. It runs as a cursor of the extended protocol: a
 * second statement cannot be sent with it. Cancels it there when aborted. Throws DatabaseAway.
 */
export async function readRows(
  { reached, networks }: { reached: Reached; networks: readonly string[] },
  { sql, values, timeoutMs, signal }: Statement,
  sink: RowSink,
): Promise<void> {
  const client = await connected(reached, networks, timeoutMs)
  const cancel = (): void => void cancelled(client, { reached, networks })
  const hardStop = setTimeout(cancel, timeoutMs + GIVE_UP_AFTER_MS)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    signal.throwIfAborted()
    await client.query({
      text: `DECLARE gemba_rows NO SCROLL CURSOR FOR SELECT * FROM (\n${sql}\n) AS gemba_query`,
      values: [...values],
      queryMode: 'extended',
    } as pg.QueryConfig)
    for (let isFirst = true; ; isFirst = false) {
      const { fields, rows } = await client.query<(string | null)[]>({
        text: `FETCH ${ROWS_AT_ONCE} FROM gemba_rows`,
        rowMode: 'array',
        types: { getTypeParser: () => (text: string) => text },
      } as unknown as pg.QueryArrayConfig)
      const columns = columnsOf(fields)
      if (isFirst) sink.begin(columns)
      for (const row of rows) {
        const cells = row.map((text, index) => cellOf(text, columns[index]?.type ?? 'text'))
        if (!(await sink.take(cells))) return
      }
      if (rows.length < ROWS_AT_ONCE) return
    }
  } catch (error) {
    signal.throwIfAborted()
    if (isOfDatabase(error)) throw awayOf(error)
    throw error
  } finally {
    clearTimeout(hardStop)
    signal.removeEventListener('abort', cancel)
    // The transaction ends with its connection.
    await client.end().catch(() => undefined)
  }
}

/** Errors of the driver and of the line; others are refusals of what takes the rows. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ||
  (error instanceof Error && ('code' in error || /^(Connection|Client|Query)\b|timeout/i.test(error.message)))

/** Tells the other side to stop; without it the query would run on there until its time is over. */
async function cancelled(
  client: pg.Client,
  { reached, networks }: { reached: Reached; networks: readonly string[] },
): Promise<void> {
  const pid = (client as unknown as { processID: number | null }).processID
  try {
    const other = await clientOf(reached, networks)
    other.on('error', () => undefined)
    await other.connect()
    await other.query('SELECT pg_cancel_backend($1)', [pid])
    await other.end()
  } catch {
    // Its time limit ends it there.
  } finally {
    client.end().catch(() => undefined)
  }
}

const TYPES: Readonly<Record<number, FieldType>> = {
  16: 'boolean',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  700: 'decimal',
  701: 'decimal',
  1082: 'date',
  1114: 'datetime',
  1184: 'instant',
  1700: 'decimal',
}

/** Two columns of one name would leave open which of them a rule is asked of. */
function columnsOf(fields: readonly pg.FieldDef[]): Column[] {
  const names = fields.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new DatabaseAway(
      { zh: `查询有两列同名：${twice}`, en: `two columns of the query are called ${twice}` },
      { zh: '请用 AS 改名', en: 'rename one with AS' },
    )
  return fields.map(({ name, dataTypeID }) => ({ name, type: TYPES[dataTypeID] ?? 'text' }))
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** `NaN` and infinite values are no values; instants get the form of ISO 8601, cut to milliseconds. */
export function cellOf(text: string | null, type: FieldType): ReadCell {
  if (text === null) return { value: null, token: 'null' }
  if (type === 'integer' || type === 'decimal') {
    if (!NUMBER.test(text)) return { value: null, token: 'null' }
    return { value: Number(text), token: text }
  }
  if (type === 'boolean') return { value: text === 't', token: text === 't' ? 'true' : 'false' }
  const value = type === 'instant' || type === 'datetime' ? momentText(text, type) : text
  return { value, token: JSON.stringify(value) }
}

function momentText(text: string, type: 'instant' | 'datetime'): string | null {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?(\+00(?::00)?)?$/.exec(text)
  if (match === null) return null
  const milliseconds = (match[3] ?? '').slice(0, 4)
  return type === 'instant' ? `${match[1]}T${match[2]}${milliseconds}Z` : `${match[1]} ${match[2]}${milliseconds}`
}
