import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import type { DdlRenderer } from './ddl.ts'
import { encodeRows } from './encode-rows.ts'
import { rendererFor } from './migrations.ts'
import { ROWS_KNOWN_AT, type VersionedTable, asKnown } from './row-versions.ts'
import { ROLL_UPS, TABLES, tableNamed } from './table-model.ts'
import { WarehouseRefusal, WarehouseUnreachable, isRetryable } from './warehouse-errors.ts'
import { UserSql } from './user-sql.ts'

export { WarehouseRefusal, WarehouseUnreachable } from './warehouse-errors.ts'
export { ROWS_KNOWN_AT, type VersionedTable, isVersioned, versionsOf } from './row-versions.ts'

/** Bounds of one query that a user wrote. */
export interface UserQueryLimits {
  /** More rows are an error, not a cut: a cut total would look right. */
  readonly maxRows: number
  readonly timeoutMs: number
}

export interface WarehouseOptions {
  /** Where the read-only user of report queries signs in; without it the same URL with the user `reader`. */
  readonly readerUrl?: string
  /** Name of the ClickHouse cluster; without it tables lie on the one server. */
  readonly cluster?: string
  /** How long a lost connection is ridden through before the call fails. */
  readonly patienceMs?: number
}

/** A query of the application that a user's SELECT may read from by its name. */
export interface View {
  readonly name: string
  readonly sql: string
}

export interface LinesQuery {
  readonly sql: string
  /** Values of the query and of its views; their names must differ. */
  readonly params: Record<string, unknown>
  readonly views?: readonly View[]
}

/** Settings that make the embedded engine and a cluster act alike. */
const SETTINGS = {
  async_insert: 0,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  date_time_input_format: 'best_effort',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  max_execution_time: 60,
} as const

/** The store keeps idle sockets longer than the client does, so the client never writes into a closing one. */
const CONNECTION = {
  request_timeout: 120_000,
  keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
  // Failures reach the caller as errors; the client's own log would hold the text of queries.
  log: { level: ClickHouseLogLevel.OFF },
} as const
const DEFAULT_PATIENCE_MS = 30_000
/** Columns that name a row of a table. */
export const keyOfTable = (table: VersionedTable): readonly string[] => tableNamed(table)?.key ?? []

const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/

function readerOf(url: string): string {
  const reader = new URL(url)
  reader.username = 'reader'
  return reader.href
}

/**
 * The only door to the warehouse. Reads are repeated and inserts resent with the same token while the store is away,
 * so a store that was killed and restarted is not noticed beyond the wait.
 */
@Injectable()
export class WarehouseService implements OnApplicationShutdown {
  private readonly client: ClickHouseClient
  private readonly reader: ClickHouseClient
  private readonly cluster: string | undefined
  private readonly patienceMs: number
  private readonly userSql: UserSql
  private readonly url: URL
  /** Database of the URL's path. */
  readonly database: string

  constructor(url: string, options: WarehouseOptions = {}) {
    this.url = new URL(url)
    if (this.url.pathname === '/') this.url.pathname = '/gemba'
    this.database = this.url.pathname.slice(1)
    if (!IDENTIFIER.test(this.database)) throw new Error(`${this.database} is not a name of a database`)
    this.client = createClient({
      ...CONNECTION,
      url: this.url.href,
      max_open_connections: 32,
      clickhouse_settings: SETTINGS,
    })
    this.reader = createClient({
      ...CONNECTION,
      url: options.readerUrl ?? readerOf(this.url.href),
      max_open_connections: 8,
    })
    this.cluster = options.cluster
    this.patienceMs = options.patienceMs ?? DEFAULT_PATIENCE_MS
    this.userSql = new UserSql((sql, params) => this.query(sql, params), this.database)
  }

  /**
   * Rows of a SELECT. Values enter by `{name:Type}` and `params` only. Instants are passed as
   * `fromUnixTimestamp64Milli({from:Int64})` and selected as `toUnixTimestamp64Milli(…)`.
   */
  async query<T>(sql: string, params: Record<string, unknown> = {}): Promise<T[]> {
    return this.patiently(async () => {
      const result = await this.client.query({ query: sql, query_params: params, format: 'JSONEachRow' })
      return result.json<T>()
    })
  }

  /** The same door to rows as they were known at an instant, ms; without one as they are. Only `query` looks back. */
  asKnown(knownAt: number | undefined): WarehouseService {
    if (knownAt === undefined) return this
    const query: WarehouseService['query'] = (sql, params = {}) =>
      this.query(asKnown(sql, tableNamed), { ...params, [ROWS_KNOWN_AT]: knownAt })
    return Object.assign(Object.create(this) as WarehouseService, { query })
  }

  /** The text of a statement that lists rows as they were known at `{rowsKnownAt:Int64}`. */
  textAsKnown(sql: string): string {
    return asKnown(sql, tableNamed)
  }

  /** A statement without rows (DDL, mutation). Sent once: it may not be safe to repeat. */
  async command(sql: string, params: Record<string, unknown> = {}): Promise<void> {
    try {
      await this.client.command({ query: sql, query_params: params })
    } catch (error) {
      throw describe(error)
    }
  }

  /** Makes the database itself, which a connection to it cannot do. Waits for a store that is still starting. */
  async createDatabase(statements: readonly string[]): Promise<void> {
    const url = new URL(this.url)
    url.pathname = '/default'
    const client = createClient({ ...CONNECTION, url: url.href })
    try {
      for (const query of statements) await this.patiently(() => client.command({ query }))
    } finally {
      await client.close()
    }
  }

  /**
   * Inserts rows whose fields are named as the columns of the table model; instants are integer milliseconds.
   * A batch sent twice with one token is stored once. Without a token only the resends of this call are recognised.
   */
  async insertRows(table: string, rows: readonly object[], token: string = randomUUID()): Promise<void> {
    if (rows.length === 0) return
    const model = tableNamed(table)
    if (!model) throw new Error(`the table model has no table ${table}`)
    const { columns, body } = encodeRows(model, rows)
    await this.insertTsv(table, columns, body, token)
  }

  /** Inserts rows that are encoded already (see `tsv.ts`). One batch: at most 100 000 rows in few months. */
  async insertTsv(table: string, columns: readonly string[], body: Buffer | string, token: string): Promise<void> {
    for (const name of [table, ...columns])
      if (!IDENTIFIER.test(name)) throw new Error(`${name} is not a name of the warehouse`)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (bytes.length === 0) return
    await this.patiently(async () => {
      await this.client.insert({
        table,
        columns: [...columns] as [string, ...string[]],
        format: 'TabSeparated',
        values: Readable.from([bytes], { objectMode: false }),
        clickhouse_settings: {
          insert_deduplication_token: token,
          max_partitions_per_insert_block: '0',
        },
      })
    })
  }

  /** Tables that are cut into months. */
  get partitionedTables(): string[] {
    return [...TABLES, ...ROLL_UPS].filter(({ partitionBy }) => partitionBy !== undefined).map(({ name }) => name)
  }

  /** Months of these tables with their rows and bytes on disk, by table and month. */
  async partitions(): Promise<{ table: string; partition: string; rows: number; bytes: number }[]> {
    const { from, suffix } = this.ddl.partsOf()
    const rows = await this.query<{ name: string; month: string; row_sum: number; byte_sum: number }>(
      `SELECT table AS name, partition AS month, toFloat64(sum(rows)) AS row_sum, toFloat64(sum(bytes_on_disk)) AS byte_sum
       FROM ${from} WHERE database = {database:String} AND active AND table IN {tables:Array(String)}
       GROUP BY name, month ORDER BY name, month`,
      { database: this.database, tables: this.partitionedTables.map((name) => `${name}${suffix}`) },
    )
    return rows.map((row) => ({
      table: row.name.slice(0, row.name.length - suffix.length),
      partition: row.month,
      rows: row.row_sum,
      bytes: row.byte_sum,
    }))
  }

  /** Drops one month `YYYYMM` of a table. Repeated, it does nothing. */
  async dropPartition(table: string, partition: string): Promise<void> {
    if (!this.partitionedTables.includes(table)) throw new Error(`the table ${table} is not cut into months`)
    if (!/^\d{6}$/.test(partition)) throw new Error(`${partition} is not a month`)
    await this.command(this.ddl.dropPartition(table, partition))
  }

  private get ddl(): DdlRenderer {
    return rendererFor(this.database, this.cluster)
  }

  /** Milliseconds that `SELECT 1` took. Not repeated: it tells how the store is now. */
  async ping(): Promise<number> {
    const startedAt = performance.now()
    try {
      const result = await this.client.query({ query: 'SELECT 1', format: 'JSONEachRow' })
      await result.json()
    } catch (error) {
      throw describe(error)
    }
    return performance.now() - startedAt
  }

  /** Runs a SELECT that a user wrote, in sessions that can neither write, nor reach files, nor the network. */
  async readOnlyQuery<T>(sql: string, params: Record<string, unknown>, limits: UserQueryLimits): Promise<T[]> {
    const accepted = await this.userSql.accept(sql, params)
    const query = `SELECT * FROM (\n${accepted}\n) LIMIT ${Math.trunc(limits.maxRows) + 1}`
    const rows = await this.patiently(async () => {
      const abort = AbortSignal.timeout(limits.timeoutMs)
      try {
        const result = await this.reader.query({
          query,
          query_params: params,
          format: 'JSONEachRow',
          abort_signal: abort,
        })
        return await result.json<T>()
      } catch (error) {
        if (abort.aborted) throw new WarehouseRefusal('timeout', 159, `took longer than ${limits.timeoutMs} ms`)
        throw error
      }
    })
    if (rows.length > limits.maxRows)
      throw new WarehouseRefusal('too-many-rows', 396, `gives more than ${limits.maxRows} rows`)
    return rows
  }

  /**
   * Rows of a SELECT as lines of JSON, one after the other, so that nothing is held. With `views` the SELECT is one that
   * a user wrote: it may read these views, which are queries of the application, and no table. Gives the rows that were
   * written, whether there were more, and how many the store read; -1 = it did not say.
   */
  async lines(
    { sql, params, views }: LinesQuery,
    limits: UserQueryLimits & { signal: AbortSignal },
    sink: (line: string) => Promise<void>,
  ): Promise<{ rows: number; isCut: boolean; scanned: number }> {
    const select = views === undefined ? sql : await this.overViews(sql, params, views)
    const client = views === undefined ? this.client : this.reader
    const timeout = AbortSignal.timeout(limits.timeoutMs)
    try {
      const result = await client.query({
        query: `${select} LIMIT ${Math.trunc(limits.maxRows) + 1}`,
        query_params: params,
        format: 'JSONEachRow',
        abort_signal: AbortSignal.any([limits.signal, timeout]),
      })
      let rows = 0
      for await (const batch of result.stream()) {
        for (const row of batch) {
          rows += 1
          if (rows <= limits.maxRows) await sink(row.text)
        }
      }
      const summary = result.response_headers['x-clickhouse-summary']
      return { rows: Math.min(rows, limits.maxRows), isCut: rows > limits.maxRows, scanned: scannedOf(summary) }
    } catch (error) {
      if (timeout.aborted) throw new WarehouseRefusal('timeout', 159, `took longer than ${limits.timeoutMs} ms`)
      throw describe(error)
    }
  }

  private async overViews(sql: string, params: Record<string, unknown>, views: readonly View[]): Promise<string> {
    const tables = await this.query<{ name: string }>('SELECT name FROM system.tables WHERE database = {own:String}', {
      own: this.database,
    })
    // Without the list nothing could be told apart.
    if (tables.length === 0) throw new WarehouseRefusal('not-allowed', 497, 'the tables of the warehouse are not known')
    const hidden = new Set(tables.map(({ name }) => name))
    const accepted = await this.userSql.accept(sql, params, hidden)
    const used = views.filter(({ name }) => accepted.includes(name))
    const heads = used.map(({ name, sql: view }) => `${name} AS (${view})`)
    return `${heads.length > 0 ? `WITH ${heads.join(', ')} ` : ''}SELECT * FROM (\n${accepted}\n)`
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.reader.close()])
  }

  private async patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.patienceMs
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1_000)) {
      try {
        return await attempt()
      } catch (error) {
        if (!isRetryable(error)) throw describe(error)
        if (performance.now() + waitMs > giveUpAt) throw new WarehouseUnreachable(error)
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
  }
}

function scannedOf(summary: string | string[] | undefined): number {
  try {
    const { read_rows: rows } = JSON.parse(String(summary)) as { read_rows?: string }
    return rows === undefined ? -1 : Number(rows)
  } catch {
    return -1
  }
}

function describe(error: unknown): unknown {
  if (error instanceof WarehouseRefusal || error instanceof WarehouseUnreachable) return error
  if (error instanceof ClickHouseError) {
    return new WarehouseRefusal('refused', Number(error.code), error.message, { cause: error })
  }
  return isRetryable(error) ? new WarehouseUnreachable(error) : error
}
