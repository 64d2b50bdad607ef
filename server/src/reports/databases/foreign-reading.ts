import type { ExternalDatabaseChange } from '@gemba/contracts/external-database'
import type { FieldType } from '@gemba/contracts/template'
import { type ForeignColumn, type ForeignCondition, numbered } from '@gemba/engine/rights/foreign-sql'
import type { ForeignScope } from '../../datasets/data-gate.ts'
import { awayOf, DatabaseAway } from './database-words.ts'
import {
  type BoundQuery,
  type Column,
  type ForeignConnection,
  type ForeignDriver,
  GIVE_UP_AFTER_MS,
  type Place,
  type RowSink,
} from './foreign-driver.ts'
import { mysqlDriver } from './mysql-driver.ts'
import { postgresDriver } from './postgres-driver.ts'

const DRIVERS: Record<ExternalDatabaseChange['kind'], ForeignDriver> = {
  postgresql: postgresDriver,
  mysql: mysqlDriver,
  mariadb: mysqlDriver,
}
export const driverOf = (kind: ExternalDatabaseChange['kind']): ForeignDriver => DRIVERS[kind]

/** A signed-in connection that only reads. Throws DatabaseAway. */
export async function connected(driver: ForeignDriver, place: Place, timeoutMs: number): Promise<ForeignConnection> {
  try {
    return await driver.connect(place, timeoutMs)
  } catch (error) {
    throw awayOf(error)
  }
}

export interface Reading {
  driver: ForeignDriver
  place: Place
  query: BoundQuery
  /** Whose eyes the rows are for: what can be said in the query is said there. */
  scope: ForeignScope
  timeoutMs: number
  signal: AbortSignal
}

/** Which rules were said in the query, and which are judged here alone. */
export type Applied = Pick<ForeignCondition, 'inQuery' | 'inMemory'>

/**
 * Rows of one SELECT, piece by piece, narrowed by the query as far as the gate can be said in it; whoever takes them
 * still asks the gate. Cancels it there when aborted. Throws DatabaseAway.
 */
export async function readRows(reading: Reading, sink: RowSink): Promise<Applied> {
  const { driver, place, timeoutMs, signal } = reading
  const connection = await connected(driver, place, timeoutMs)
  const cancel = (): void => void connection.cancel()
  const hardStop = setTimeout(cancel, timeoutMs + GIVE_UP_AFTER_MS)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    signal.throwIfAborted()
    const { query, columns, applied } = await narrowed(connection, reading)
    await connection.rows(query, columns === null ? sink : alike(columns, sink))
    return applied
  } catch (error) {
    signal.throwIfAborted()
    if (driver.isOwnError(error)) throw awayOf(error)
    throw error
  } finally {
    clearTimeout(hardStop)
    signal.removeEventListener('abort', cancel)
    await connection.close()
  }
}

interface Narrowed {
  query: BoundQuery
  /** As the author's query gives them; null = nothing was narrowed, and they are not known yet. */
  columns: readonly Column[] | null
  applied: Applied
}

/** The author's query within one that leaves out rows and columns; it is asked for its columns first. */
async function narrowed(connection: ForeignConnection, { driver, query, scope }: Reading): Promise<Narrowed> {
  const within = `FROM (\n${query.sql}\n) AS gemba_query`
  if (scope.isWhole && scope.unread.size === 0)
    return {
      query: { sql: `SELECT * ${within}`, values: query.values },
      columns: null,
      applied: { inQuery: [], inMemory: [] },
    }
  const columns = await connection.columnsOf(query)
  const condition = scope.condition({ dialect: driver.dialect, columns: columns.map(asForeign) })
  const before = query.values.length
  const { sql, values } = numbered(condition, (index) => driver.place(before + index))
  const list = columns.map(({ name }) => {
    const column = driver.dialect.column(name)
    // What is hidden and decides nothing does not travel.
    return scope.unread.has(name) ? `NULL AS ${column.slice(column.indexOf('.') + 1)}` : column
  })
  return {
    query: { sql: `SELECT ${list.join(', ')} ${within} WHERE ${sql}`, values: [...query.values, ...values] },
    columns: columns.map((column) => (scope.unread.has(column.name) ? { ...column, saidAs: 'unsaid' } : column)),
    applied: { inQuery: condition.inQuery, inMemory: condition.inMemory },
  }
}

const HOLDS: Partial<Record<FieldType, ForeignColumn['holds']>> = {
  integer: 'number',
  decimal: 'number',
  boolean: 'flag',
}
const asForeign = ({ name, type, saidAs }: Column): ForeignColumn => ({ name, holds: HOLDS[type] ?? 'text', saidAs })

/** The rules were said of these columns: should others come, rows would be missing without a word. */
function alike(described: readonly Column[], sink: RowSink): RowSink {
  return {
    begin: (columns) => {
      const isOther = described.some(
        ({ name, type, saidAs }, index) =>
          columns[index]?.name !== name || (saidAs !== 'unsaid' && columns[index]?.type !== type),
      )
      if (isOther || columns.length !== described.length) throw changedColumns()
      sink.begin(described)
    },
    take: (cells) => sink.take(cells),
  }
}

const changedColumns = (): DatabaseAway =>
  new DatabaseAway(
    { zh: '查询的列在读取期间变了', en: 'the columns of the query changed while it was read' },
    { zh: '请再运行一次', en: 'run it again' },
  )
