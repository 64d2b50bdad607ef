/** Pulls changed rows of a business database by (cursor, key) with an overlap: late commits are found, repeats dropped. */
import pg from 'pg'
import type { RecordLine } from '@gemba/contracts/erp-record'
import type { CallLine } from '@gemba/contracts/reading'
import type { SqlSettings } from '@gemba/contracts/source'
import type { Sink } from '../sink.ts'
import { type RunningSource, SourceFailure } from '../source.ts'
import { type Cursor, type Mapping, type PullStream, type Row, instantOfCursor } from './mapping.ts'
import { kingdeeMapping } from './mappings/kingdee.ts'
import { mesMapping } from './mappings/mes.ts'
import { sapMapping } from './mappings/sap.ts'
import { SeenRows } from './seen-rows.ts'
import { SettledCursor } from './settled-cursor.ts'
import { COLUMNS_SQL, type TableShapes, driftsBetween, shapesOf, shapesToKeep, tablesOf } from './schema-watch.ts'

const MAPPINGS: Readonly<Record<SqlSettings['mapping'], Mapping>> = {
  sap: sapMapping,
  mes: mesMapping,
  kingdee: kingdeeMapping,
}
/** The cursor stays text from the database to the spool: a Date would cut its microseconds. */
const BEGINNING = '1970-01-01 00:00:00.000000+00'
const MOST_SEEN = 200_000
const RETRY_MS = 5_000
/** How often the tables of the source are looked at for changes. */
const SCHEMA_EVERY_MS = 60_000

/** `mostSeen` rows of the overlap are kept in mind. */
export function startSql(settings: SqlSettings, sink: Sink, { mostSeen = MOST_SEEN } = {}): RunningSource {
  const puller = new SqlPuller(settings, sink, new SeenRows(mostSeen))
  return puller.start()
}

class SqlPuller {
  private readonly settings: SqlSettings
  private readonly sink: Sink
  private client: pg.Client | null = null
  private stopped = false
  private timer: NodeJS.Timeout | null = null
  private working: Promise<void> = Promise.resolve()
  private readonly seen: SeenRows
  private readonly settled = new Map<string, SettledCursor>()
  private schemaSeenAt = 0
  /** What the round that goes on has brought. */
  private brought = { rows: 0, rejected: 0, newestAt: null as number | null }

  constructor(settings: SqlSettings, sink: Sink, seen: SeenRows) {
    this.settings = settings
    this.sink = sink
    this.seen = seen
  }

  start(): RunningSource {
    const loop = (): void => {
      this.working = this.round().then((waitMs) => {
        if (!this.stopped) this.timer = setTimeout(loop, waitMs)
      })
    }
    loop()
    return {
      stop: async () => {
        this.stopped = true
        if (this.timer) clearTimeout(this.timer)
        await this.client?.end().catch(() => undefined)
        await this.working
      },
    }
  }

  private async round(): Promise<number> {
    if (this.sink.mustHoldBack) return this.settings.everyMs
    const at = Date.now()
    const startedMs = performance.now()
    this.brought = { rows: 0, rejected: 0, newestAt: null }
    const tell = (outcome: CallLine['outcome']): void =>
      this.sink.called({ at, durationMs: Math.round(performance.now() - startedMs), outcome, ...this.brought })
    try {
      const client = await this.connected()
      await this.watchSchema(client)
      for (const stream of MAPPINGS[this.settings.mapping]) await this.pull(client, stream)
      if (!this.stopped) tell('ok')
      this.sink.pulled(Date.now())
      this.sink.running()
      return this.settings.everyMs
    } catch (error) {
      if (this.stopped) return 0
      const failure = classify(error, this.settings)
      this.schemaSeenAt = 0
      tell(failure.type)
      this.sink.failing(failure.type, failure.message)
      await this.client?.end().catch(() => undefined)
      this.client = null
      this.sink.reconnected()
      return Math.max(RETRY_MS, this.settings.everyMs)
    }
  }

  private async connected(): Promise<pg.Client> {
    if (this.client) return this.client
    const { host, port, database, user, password, statementTimeoutMs } = this.settings
    if (this.settings.dialect !== 'postgresql')
      throw new SourceFailure('protocol', `The dialect ${this.settings.dialect} is not supported yet.`)
    const client = new pg.Client({
      host,
      port,
      database,
      user,
      password,
      application_name: 'gemba-collector',
      connectionTimeoutMillis: 10_000,
      statement_timeout: statementTimeoutMs,
      types: { getTypeParser: () => (text: string | Buffer) => text },
    })
    client.on('error', () => {
      if (this.client === client) this.client = null
    })
    // Known before it is connected: a stop must be able to end it, and the driver never settles an attempt that it ended.
    this.client = client
    const ended = new Promise<never>((_resolve, reject) => client.once('end', () => reject(new Error('ended'))))
    ended.catch(() => undefined)
    await Promise.race([client.connect(), ended])
    await client.query("SET default_transaction_read_only = on; SET TIME ZONE 'UTC'")
    return client
  }

  /** Compares the tables with how they were last seen; a changed one is told, and reading goes on as far as it can. */
  private async watchSchema(client: pg.Client): Promise<void> {
    if (Date.now() - this.schemaSeenAt < SCHEMA_EVERY_MS) return
    const { rows } = await client.query<Row>(COLUMNS_SQL, [tablesOf(MAPPINGS[this.settings.mapping])])
    const shapes = shapesOf(rows as { table_name: string; column_name: string; data_type: string }[])
    const known = this.sink.state<TableShapes>('schema')
    const drifts = known === null ? [] : driftsBetween(known, shapes)
    const at = Date.now()
    if (known === null || drifts.length > 0)
      this.sink.drifted(
        drifts.map((drift) => ({ at, ...drift })),
        { [`${this.sink.source.id}:schema`]: shapesToKeep(known ?? {}, shapes) },
      )
    this.schemaSeenAt = at
  }

  /** Reads everything from where rows may still come, page by page; each page is durable with its cursor. */
  private async pull(client: pg.Client, stream: PullStream): Promise<void> {
    const stateName = `${this.sink.source.id}:cursor:${stream.name}`
    const saved = this.sink.state<Cursor>(`cursor:${stream.name}`)
    const startedMs = performance.now()
    const settled = this.settledOf(stream)
    let from = await this.beginning(client, saved, settled.cursor)
    this.seen.forgetBefore(stream.name, from.changed)
    let highest = saved ?? from
    for (;;) {
      const rows = await this.page(client, stream, from)
      const fresh = rows.filter((row) => this.isFresh(stream, row))
      const last = rows.at(-1)
      if (last && (last['cursor'] ?? '') >= highest.changed)
        highest = { changed: last['cursor'] ?? '', key: last['key'] ?? '' }
      const records = fresh
        .map((row) => this.recordOf(stream, row))
        .filter((record): record is RecordLine => record !== null)
      if (records.length > 0 || (last && highest.changed !== saved?.changed))
        this.sink.records(records, { [stateName]: highest })
      if (last && this.seen.isFull) this.seen.forgetBefore(stream.name, this.longBefore(highest.changed))
      for (const row of fresh) this.seen.add(stream.name, row['key'] ?? '', row['cursor'] ?? '')
      this.brought.rows += fresh.length
      this.brought.rejected += fresh.length - records.length
      const newest = fresh.at(-1)?.['cursor']
      if (newest) this.brought.newestAt = Math.max(this.brought.newestAt ?? 0, instantOfCursor(newest))
      if (this.stopped) return
      if (!last || rows.length < this.settings.pageRows) break
      from = { changed: last['cursor'] ?? '', key: last['key'] ?? '' }
    }
    settled.read(highest, { startedMs, endedMs: performance.now(), overlapMs: this.settings.overlapMs })
  }

  private settledOf({ name }: PullStream): SettledCursor {
    const known = this.settled.get(name) ?? new SettledCursor()
    this.settled.set(name, known)
    return known
  }

  /** The cursor minus the overlap, but not below where nothing is committed late any more. */
  private async beginning(client: pg.Client, saved: Cursor | null, settled: Cursor | null): Promise<Cursor> {
    if (!saved) return { changed: BEGINNING, key: '' }
    if (settled?.changed === saved.changed) return settled
    const changed = await this.minusOverlap(client, saved.changed)
    return settled && settled.changed >= changed ? settled : { changed, key: '' }
  }

  /** Not within the overlap of a cursor, as text like it. */
  private longBefore(cursor: string): string {
    const at = new Date(instantOfCursor(cursor) - this.settings.overlapMs - 1_000)
    return at.toISOString().replace('T', ' ').replace('Z', '+00')
  }

  private async minusOverlap(client: pg.Client, cursor: string): Promise<string> {
    const { rows } = await client.query<{ at: string }>('SELECT ($1::timestamptz - $2::interval)::text AS at', [
      cursor,
      `${this.settings.overlapMs} milliseconds`,
    ])
    return rows[0]?.at ?? cursor
  }

  private async page(client: pg.Client, stream: PullStream, from: Cursor): Promise<Row[]> {
    const sql = stream.sql
      .replace(
        /\{after(?::([^,{}]+),([^{}]+))?\}/,
        (_text, changed = 'changed', key = 'key') => `(${changed}, ${key}) > ($1::timestamptz, $2)`,
      )
      .replace('{limit}', '$3')
    const { rows } = await client.query<Row>(sql, [from.changed, from.key, this.settings.pageRows])
    return rows
  }

  private isFresh(stream: PullStream, row: Row): boolean {
    return !this.seen.has(stream.name, row['key'] ?? '', row['cursor'] ?? '')
  }

  private recordOf(stream: PullStream, row: Row): RecordLine | null {
    const record = stream.toRecord(row, { source: this.sink.source.id, timeZone: this.settings.timeZone })
    if (record === null) this.sink.quarantine('schema', `A row of ${stream.name} cannot be read.`, JSON.stringify(row))
    return record
  }
}

const CODES: Readonly<Record<string, readonly [SourceFailure['type'], string]>> = {
  '28P01': ['auth', 'The database refuses the user or the password.'],
  '28000': ['auth', 'The database refuses the user.'],
  '3D000': ['connect', 'The database does not exist.'],
  '42501': ['permission', 'The account may not read a table.'],
  '42P01': ['schema', 'A table is missing.'],
  '42703': ['schema', 'A column is missing.'],
  '57014': ['timeout', 'The query took too long and was cancelled.'],
  '53300': ['source-busy', 'The database has no free connection.'],
  '57P01': ['connect', 'The database is shutting down.'],
  '57P03': ['connect', 'The database is starting up.'],
  // Classes, for codes that have no line of their own.
  '22': ['parse', 'A value has an unexpected form.'],
  '42': ['schema', 'A table or column is not what the mapping expects.'],
  ECONNREFUSED: ['connect', 'Nothing answers: is the database running, is the address right?'],
  ECONNRESET: ['connect', 'The database closed the connection.'],
  EHOSTUNREACH: ['connect', 'The host cannot be reached.'],
  ENOTFOUND: ['connect', 'The name of the host is not known.'],
  EAI_AGAIN: ['connect', 'The name of the host is not known.'],
  ETIMEDOUT: ['timeout', 'The database did not answer in time.'],
}

/** The driver gives this failure no code. */
const PG_CONNECT_TIMEOUT = 'timeout expired'

function classify(error: unknown, settings: SqlSettings): SourceFailure {
  if (error instanceof SourceFailure) return error
  const { code, message } = error as { code?: string; message?: string }
  const known =
    message === PG_CONNECT_TIMEOUT ? CODES['ETIMEDOUT'] : (CODES[code ?? ''] ?? CODES[code?.slice(0, 2) ?? ''])
  const place = `${settings.host}:${settings.port}/${settings.database}`
  if (known) return new SourceFailure(known[0], `${place}: ${known[1]}`)
  return new SourceFailure('connect', `${place}: ${message ?? 'the connection was lost'}`)
}
