import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ExternalDatabaseChange } from '@gemba/contracts/external-database'
import { type AddressClass, classOf, sourceRefusal } from '@gemba/contracts/network-address'
import type { FieldType } from '@gemba/contracts/template'
import type { ForeignDialect } from '@gemba/engine/rights/foreign-dialects'
import type { ForeignColumn } from '@gemba/engine/rights/foreign-sql'
import type { GivenParameters } from '../sql-text.ts'
import { DatabaseAway, notCalled } from './database-words.ts'
import type { ReadCell } from './foreign-cells.ts'

/** How a database is reached. */
export type Reached = Pick<ExternalDatabaseChange, 'host' | 'port' | 'database' | 'user' | 'tls'> & {
  password: string | null
}

/** A database and the networks that may be called. */
export interface Place {
  reached: Reached
  networks: readonly string[]
}

export interface Column {
  name: string
  type: FieldType
  /** What rules can be said of it in the query with the meaning they have here. */
  saidAs: ForeignColumn['saidAs']
}

/** Takes what comes: first the columns, then row by row until it says that it has enough. */
export interface RowSink {
  begin(columns: readonly Column[]): void
  take(cells: readonly ReadCell[]): Promise<boolean>
}

/** One SELECT with its bound values, in the order of their places. */
export interface BoundQuery {
  sql: string
  values: readonly (string | number)[]
}

/** A signed-in connection within a transaction that can only read. */
export interface ForeignConnection {
  /** The columns that a query gives; no row is read. */
  columnsOf(query: BoundQuery): Promise<Column[]>
  /** Its rows, piece by piece; reads on only when the sink has taken what came. */
  rows(query: BoundQuery, sink: RowSink): Promise<void>
  /** Product and version, and how many tables the account could write to. */
  facts(): Promise<{ product: string; writableTables: number }>
  /** Tells the other side to stop, over a second connection; the first one ends. Never throws. */
  cancel(): Promise<void>
  close(): Promise<void>
}

/** A kind of database: all that differs between them. */
export interface ForeignDriver {
  readonly dialect: ForeignDialect
  /** Place of the bound value with this number, from 0. */
  place(index: number): string
  /** A query of an author with its parameters bound and empty segments dropped. Throws DatasetRefused. */
  bound(sql: string, given: GivenParameters): BoundQuery
  /** Throws what the driver throws, or DatabaseAway. */
  connect(place: Place, timeoutMs: number): Promise<ForeignConnection>
  /** Errors of the driver and of the line; others are refusals of what takes the rows. */
  isOwnError(error: unknown): boolean
}

export const CONNECT_MS = 10_000
/** The server of others ends a query by itself; we give up a little later, should it not. */
export const GIVE_UP_AFTER_MS = 5_000

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

/** Two columns of one name would leave open which of them a rule is asked of. */
export function requireOneOfEachName(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw new DatabaseAway(
    { zh: `查询有两列同名：${twice}`, en: `two columns of the query are called ${twice}` },
    { zh: '请用 AS 改名', en: 'rename one with AS' },
  )
}
