/** The same rows in plain PostgreSQL with the indexes its own documentation would ask for. */
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import pg from 'pg'
import { startPostgres } from '../../server/src/database/embedded-postgres.ts'
import { tableNamed } from '../../server/src/warehouse/table-model.ts'

const CHUNK_ROWS = 20_000
const TYPES = {
  instant: 'timestamptz(3)',
  date: 'date',
  text: 'text',
  word: 'text',
  number: 'float8',
  whole: 'bigint',
  sequence: 'bigint',
  small: 'smallint',
} as const

/** Which rows of a table are taken, and the index beside its primary key. */
export interface PeerTable {
  name: string
  where: string
  index?: string
}

export interface Peer {
  query: <T extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<T[]>
  bytesOf: (table: string) => Promise<{ bytes: number; n: number }>
  stop: () => Promise<void>
}

export async function startPeer(folder: string): Promise<Peer> {
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    socketDir: join(folder, 'run'),
    user: 'bench',
    database: 'bench',
    settings: { shared_buffers: '512MB', work_mem: '64MB', synchronous_commit: 'off' },
  })
  const pool = new pg.Pool({ connectionString: server.url, max: 4 })
  const query = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await pool.query<T>(sql, values)).rows
  return {
    query,
    bytesOf: async (table) => {
      const [found] = await query<{ bytes: string; n: string }>(
        `SELECT pg_total_relation_size('${table}') AS bytes, (SELECT count(*) FROM ${table}) AS n`,
      )
      return { bytes: Number(found?.bytes), n: Number(found?.n) }
    },
    stop: async () => {
      await pool.end()
      await server.stop()
    },
  }
}

/** Copies rows from the warehouse; tables come with their key as primary key and are analysed in the end. */
export async function copyTable(peer: Peer, warehouse: ClickHouseClient, wanted: PeerTable): Promise<void> {
  const table = tableNamed(wanted.name)
  if (!table) throw new Error(`the table model has no table ${wanted.name}`)
  const columns = table.columns.filter(({ name }) => name !== 'is_deleted')
  const types = columns.map(({ name, kind, nullable }) => `${name} ${TYPES[kind]}${nullable ? '' : ' NOT NULL'}`)
  await peer.query(`CREATE TABLE ${wanted.name} (${types.join(', ')}, PRIMARY KEY (${table.key.join(', ')}))`)
  const names = columns.map(({ name }) => name).join(', ')
  const arrays = columns.map(({ kind }, index) => `$${index + 1}::${TYPES[kind].replace('(3)', '')}[]`).join(', ')
  const insert = `INSERT INTO ${wanted.name} (${names}) SELECT * FROM unnest(${arrays})`
  const result = await warehouse.query({
    query: `SELECT ${names} FROM ${wanted.name} FINAL WHERE ${wanted.where}`,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { date_time_output_format: 'iso' },
  })
  let lists: unknown[][] = columns.map(() => [])
  const flush = async () => {
    if ((lists[0]?.length ?? 0) > 0) await peer.query(insert, lists)
    lists = columns.map(() => [])
  }
  for await (const chunk of result.stream<unknown[]>()) {
    for (const row of chunk) row.json().forEach((value, index) => lists[index]?.push(value))
    if ((lists[0]?.length ?? 0) >= CHUNK_ROWS) await flush()
  }
  await flush()
  if (wanted.index) await peer.query(`CREATE INDEX ON ${wanted.name} ${wanted.index}`)
  await peer.query(`VACUUM ANALYZE ${wanted.name}`)
}
