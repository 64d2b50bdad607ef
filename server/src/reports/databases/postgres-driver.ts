import { isIP } from 'node:net'
import type { FieldType } from '@gemba/contracts/template'
import { POSTGRESQL } from '@gemba/engine/rights/foreign-dialects'
import pg from 'pg'
import { boundPostgres } from '../sql-text.ts'
import { cellOf } from './foreign-cells.ts'
import {
  addressOf,
  type BoundQuery,
  type Column,
  CONNECT_MS,
  type ForeignConnection,
  type ForeignDriver,
  GIVE_UP_AFTER_MS,
  type Place,
  requireOneOfEachName,
  type RowSink,
} from './foreign-driver.ts'

const ROWS_AT_ONCE = 2_000

const BEGIN_SQL = `SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
  set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
  set_config('standard_conforming_strings', 'on', true), current_setting('server_encoding') AS encoding`

const FACTS_SQL = `SELECT current_setting('server_version') AS version,
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writable`

export const postgresDriver: ForeignDriver = {
  dialect: POSTGRESQL,
  place: (index) => `$${index + 1}`,
  bound: boundPostgres,
  connect: async (place, timeoutMs) => {
    const client = await clientOf(place)
    // A connection that breaks between two queries is told by the next of them.
    client.on('error', () => undefined)
    await client.connect()
    await client.query('BEGIN READ ONLY')
    const times = [String(timeoutMs), String(timeoutMs + GIVE_UP_AFTER_MS)]
    const { rows } = await client.query<{ encoding: string }>(BEGIN_SQL, times)
    return new PostgresConnection(client, place, rows[0]?.encoding === 'UTF8')
  },
  isOwnError: (error) =>
    error instanceof pg.DatabaseError ||
    (error instanceof Error && ('code' in error || /^(Connection|Client|Query)\b|timeout/i.test(error.message))),
}

async function clientOf({ reached, networks }: Place): Promise<pg.Client> {
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

type Fields = pg.QueryArrayResult['fields']

/** Each cell stays text until `cellOf`. */
const asText = (text: string) => ({
  text,
  rowMode: 'array' as const,
  types: { getTypeParser: () => (value: string) => value },
})

class PostgresConnection implements ForeignConnection {
  private readonly client: pg.Client
  private readonly place: Place
  private readonly isUnicode: boolean

  constructor(client: pg.Client, place: Place, isUnicode: boolean) {
    this.client = client
    this.place = place
    this.isUnicode = isUnicode
  }

  async columnsOf({ sql, values }: BoundQuery): Promise<Column[]> {
    const query = { ...asText(`SELECT * FROM (\n${sql}\n) AS gemba_query LIMIT 0`), values: [...values] }
    const { fields } = await this.client.query({ ...query, queryMode: 'extended' } as unknown as pg.QueryArrayConfig)
    return this.columns(fields)
  }

  /** A cursor of the extended protocol: a second statement cannot be sent with it. */
  async rows({ sql, values }: BoundQuery, sink: RowSink): Promise<void> {
    await this.client.query({
      text: `DECLARE gemba_rows NO SCROLL CURSOR FOR ${sql}`,
      values: [...values],
      queryMode: 'extended',
    } as pg.QueryConfig)
    for (let isFirst = true; ; isFirst = false) {
      const fetch = asText(`FETCH ${ROWS_AT_ONCE} FROM gemba_rows`) as unknown as pg.QueryArrayConfig
      const { fields, rows } = await this.client.query<(string | null)[]>(fetch)
      const columns = this.columns(fields)
      if (isFirst) sink.begin(columns)
      for (const row of rows) {
        const cells = row.map((text, index) => cellOf(text, columns[index]?.type ?? 'text'))
        if (!(await sink.take(cells))) return
      }
      if (rows.length < ROWS_AT_ONCE) return
    }
  }

  async facts(): Promise<{ product: string; writableTables: number }> {
    const { rows } = await this.client.query<{ version: string; writable: string }>(FACTS_SQL)
    return { product: `PostgreSQL ${rows[0]?.version ?? ''}`, writableTables: Number(rows[0]?.writable ?? 0) }
  }

  /** Without it the query would run on there until its time is over. */
  async cancel(): Promise<void> {
    const pid = (this.client as unknown as { processID: number | null }).processID
    try {
      const other = await clientOf(this.place)
      other.on('error', () => undefined)
      await other.connect()
      await other.query('SELECT pg_cancel_backend($1)', [pid])
      await other.end()
    } catch {
      // Its time limit ends it there.
    } finally {
      await this.close()
    }
  }

  /** The transaction ends with its connection. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined)
  }

  private columns(fields: Fields): Column[] {
    requireOneOfEachName(fields.map(({ name }) => name))
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type: TYPES[dataTypeID] ?? 'text',
      saidAs: saidAs(dataTypeID, { modifier: dataTypeModifier, isUnicode: this.isUnicode }),
    }))
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
const [INT8, INT2, INT4, TEXT, VARCHAR, NUMERIC] = [20, 21, 23, 25, 1043, 1700]
/** A numeric of more digits may be too large or too small for a double over there, and the query would fail. */
const MOST_DIGITS = 300

/** Padded texts, types of one's own and floating numbers are judged here alone. */
function saidAs(type: number, { modifier, isUnicode }: { modifier: number; isUnicode: boolean }): Column['saidAs'] {
  if (type === INT2 || type === INT4) return isUnicode ? 'short' : 'number'
  if (type === INT8) return 'number'
  if (type === NUMERIC) return modifier >= 4 && (modifier - 4) >> 16 <= MOST_DIGITS ? 'number' : 'unsaid'
  return isUnicode && (type === TEXT || type === VARCHAR) ? 'text' : 'unsaid'
}
