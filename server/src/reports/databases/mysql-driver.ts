import { connect as dial, isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { MYSQL } from '@gemba/engine/rights/foreign-dialects'
import mysql, { type Connection } from 'mysql2'
import { boundMysql } from '../sql-text.ts'
import { DatabaseAway } from './database-words.ts'
import {
  addressOf,
  type BoundQuery,
  type Column,
  CONNECT_MS,
  type ForeignConnection,
  type ForeignDriver,
  type Place,
  type Reached,
  requireOneOfEachName,
  type RowSink,
} from './foreign-driver.ts'
import { columnOf, type MysqlField, mysqlCell } from './mysql-cells.ts'
import { grantOf, isWritable } from './mysql-grants.ts'

const ROWS_AHEAD = 500

/** MySQL and MariaDB: one protocol, two names for the limit of time. */
export const mysqlDriver: ForeignDriver = {
  dialect: MYSQL,
  place: () => '?',
  bound: boundMysql,
  connect: async (place, timeoutMs) => {
    const connection = await signedIn(place)
    try {
      const [[version]] = (await asked(connection, 'SELECT VERSION()')) as [[string]]
      const isMariaDb = /mariadb/i.test(version)
      // Backslashes and padded texts mean the same on every server; instants are in UTC.
      await asked(
        connection,
        `SET SESSION time_zone = '+00:00', autocommit = 1,
           sql_mode = REPLACE(REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), 'PAD_CHAR_TO_FULL_LENGTH', '')`,
      )
      await asked(
        connection,
        isMariaDb
          ? `SET SESSION max_statement_time = ${timeoutMs / 1000}`
          : `SET SESSION max_execution_time = ${timeoutMs}`,
      )
      await asked(connection, 'START TRANSACTION READ ONLY')
      return new MysqlConnection(connection, place, `${isMariaDb ? 'MariaDB' : 'MySQL'} ${version.split('-')[0]}`)
    } catch (error) {
      connection.destroy()
      throw error
    }
  },
  isOwnError: (error) => error instanceof Error && ('code' in error || 'fatal' in error),
}

async function signedIn({ reached, networks }: Place): Promise<Connection> {
  const { host, port, database, user, password, tls } = reached
  requireNameFor(reached)
  const address = await addressOf(reached, networks)
  const connection = mysql.createConnection({
    // The name is what the certificate is compared with; the judged address is what is called.
    host,
    stream: () => dial({ host: address, port, keepAlive: true, noDelay: true }),
    port,
    database,
    user,
    password: password ?? '',
    charset: 'utf8mb4',
    timezone: 'Z',
    ...(tls === 'none'
      ? {}
      : { ssl: { rejectUnauthorized: tls === 'verified', verifyIdentity: tls === 'verified', minVersion: 'TLSv1.2' } }),
    connectTimeout: CONNECT_MS,
    // No code is made of column names, no second statement sent, and no server reads files of this machine.
    disableEval: true,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    supportBigNumbers: true,
    bigNumberStrings: true,
    decimalNumbers: false,
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    trace: false,
  })
  // A connection that breaks between two queries is told by the next of them.
  connection.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === null ? resolve() : reject(error)))
  }).catch((error: unknown) => {
    connection.destroy()
    throw error
  })
  return connection
}

/** The driver compares a certificate with a name alone. */
function requireNameFor({ host, tls }: Reached): void {
  if (tls !== 'verified' || isIP(host) === 0) return
  throw new DatabaseAway(
    { zh: '要检查证书就须填写主机名，而不是地址', en: 'a certificate is checked against a host name, not an address' },
    { zh: '请改填证书中的主机名', en: 'give the host name that the certificate holds' },
  )
}

/** A statement of the program's own, without values. */
function asked(connection: Connection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error: Error | null, rows: unknown) => (error === null ? resolve(rows) : reject(error)))
  })
}

interface Prepared {
  readonly parameters: readonly unknown[]
  readonly columns: readonly MysqlField[]
  execute(values: readonly unknown[]): { stream(options: { highWaterMark: number }): Readable }
  close(): unknown
}

class MysqlConnection implements ForeignConnection {
  private readonly connection: Connection
  private readonly at: Place
  private readonly product: string

  constructor(connection: Connection, at: Place, product: string) {
    this.connection = connection
    this.at = at
    this.product = product
  }

  async columnsOf({ sql, values }: BoundQuery): Promise<Column[]> {
    let columns: readonly Column[] = []
    const none = `SELECT * FROM (\n${sql}\n) AS gemba_query LIMIT 0`
    await this.rows({ sql: none, values }, { begin: (known) => void (columns = known), take: async () => true })
    return [...columns]
  }

  /** A prepared statement: a second one cannot be sent with it. The line is not read while the sink is busy. */
  async rows({ sql, values }: BoundQuery, sink: RowSink): Promise<void> {
    const statement = await this.prepared(sql)
    // A bare question mark of the author would take the value of another place.
    if (statement.parameters.length !== values.length) throw barePlace()
    const stream = statement.execute([...values]).stream({ highWaterMark: ROWS_AHEAD })
    let fields: readonly MysqlField[] = []
    stream.on('fields', (known: readonly MysqlField[]) => {
      fields = known
    })
    let isBegun = false
    const begin = (): void => {
      requireOneOfEachName(fields.map(({ name }) => name))
      sink.begin(fields.map(columnOf))
      isBegun = true
    }
    for await (const row of stream as AsyncIterable<readonly unknown[]>) {
      if (!isBegun) begin()
      const cells = row.map((value, index) => mysqlCell(value, fields[index] as MysqlField))
      if (await sink.take(cells)) continue
      // What is still under way is not waited for.
      this.connection.destroy()
      return
    }
    if (!isBegun) begin()
    statement.close()
  }

  async facts(): Promise<{ product: string; writableTables: number }> {
    const lines = (await asked(this.connection, 'SHOW GRANTS')) as [string][]
    const grants = lines.map(([line]) => grantOf(line)).filter((grant) => grant !== null)
    const tables = (await asked(
      this.connection,
      `SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'
         AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')`,
    )) as [string, string][]
    const writable = tables.filter(([schema, table]) => isWritable(grants, { schema, table }))
    return { product: this.product, writableTables: writable.length }
  }

  async cancel(): Promise<void> {
    try {
      const other = await signedIn(this.at)
      await asked(other, `KILL QUERY ${Number(this.connection.threadId)}`).finally(() => other.destroy())
    } catch {
      // Its time limit ends it there.
    } finally {
      await this.close()
    }
  }

  /** The transaction ends with its connection. */
  async close(): Promise<void> {
    this.connection.destroy()
  }

  private prepared(sql: string): Promise<Prepared> {
    return new Promise((resolve, reject) => {
      this.connection.prepare(sql, (error, statement) =>
        error === null ? resolve(statement as unknown as Prepared) : reject(error),
      )
    })
  }
}

const barePlace = (): DatabaseAway =>
  new DatabaseAway(
    { zh: '查询中有问号占位符', en: 'the query has a question mark for a value' },
    { zh: '参数写作 :名称', en: 'write parameters as :name' },
  )
