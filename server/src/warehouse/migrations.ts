import { clusterDdl } from './ddl-cluster.ts'
import { embeddedDdl } from './ddl-embedded.ts'
import type { DdlRenderer } from './ddl.ts'
import { INTERFACE_TABLES } from './interface-tables.ts'
import { CARRIED_TABLES, ENERGY_VERSION_TABLES, RESTATEMENT_TABLES } from './restatement-tables.ts'
import { VERSIONED_TABLES, type VersionedTable, versionsOf } from './row-versions.ts'
import { SUPPLY_TABLES } from './supply-tables.ts'
import { QUALITY_TABLES, STOP_ENTRY_TABLES } from './quality-tables.ts'
import { UPKEEP_TABLES } from './upkeep-tables.ts'
import { ROLL_UPS, type Table, tableNamed } from './table-model.ts'

/** One step of the schema. A landed step is never edited: its golden file would change. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: (ddl: DdlRenderer) => string[]
}

/** Tables of a step by name, so that a table added to the model later is not slipped into a step that has landed. */
function tablesNamed(...names: readonly string[]): Table[] {
  return names.map((name) => {
    const table = tableNamed(name)
    if (!table) throw new Error(`the table model has no table ${name}`)
    return table
  })
}

/** What is stored already is the first version that is known, since its source wrote it. Done twice it stays the same. */
function firstVersions(name: VersionedTable): string {
  const table = tableNamed(name)
  const version = table?.engine.kind === 'replace' ? table.engine.version : 'version_at'
  const columns = (table?.columns ?? []).map((column) => column.name).join(', ')
  return `INSERT INTO ${versionsOf(name)} (${columns}, known_at) SELECT ${columns}, ${version} FROM ${name} FINAL SETTINGS insert_deduplication_token = 'row-versions-${name}'`
}

const FIRST_TABLES = [
  'reading',
  'gap',
  'quarantine',
  'production_order',
  'order_operation',
  'job_report',
  'reservation',
  'stock_level',
  'equipment_window',
  'equipment_state',
  'equipment_count',
]

export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'tables',
    statements: (ddl) => [
      ...tablesNamed(...FIRST_TABLES).flatMap(ddl.createTable),
      ...ROLL_UPS.filter(({ name }) => name === 'reading_1m').flatMap(ddl.createRollUp),
    ],
  },
  { number: 2, name: 'stops', statements: (ddl) => tablesNamed('equipment_stop').flatMap(ddl.createTable) },
  {
    number: 3,
    name: 'restatement',
    statements: (ddl) => [...RESTATEMENT_TABLES, ...CARRIED_TABLES].flatMap(ddl.createTable),
  },
  { number: 4, name: 'supply', statements: (ddl) => SUPPLY_TABLES.flatMap(ddl.createTable) },
  { number: 5, name: 'quality', statements: (ddl) => QUALITY_TABLES.flatMap(ddl.createTable) },
  { number: 6, name: 'interfaces', statements: (ddl) => INTERFACE_TABLES.flatMap(ddl.createTable) },
  { number: 7, name: 'stop-entries', statements: (ddl) => STOP_ENTRY_TABLES.flatMap(ddl.createTable) },
  { number: 8, name: 'upkeep', statements: (ddl) => UPKEEP_TABLES.flatMap(ddl.createTable) },
  {
    number: 9,
    name: 'row-versions',
    statements: (ddl) => [
      ...tablesNamed(...VERSIONED_TABLES.map(versionsOf)).flatMap(ddl.createTable),
      ...ENERGY_VERSION_TABLES.flatMap(ddl.createTable),
      ...VERSIONED_TABLES.map(firstVersions),
    ],
  },
]

const LEDGER: Table = {
  name: 'schema_migration',
  columns: [
    { name: 'number', kind: 'sequence' },
    { name: 'name', kind: 'text' },
    { name: 'applied_at', kind: 'instant' },
  ],
  key: ['number'],
  engine: { kind: 'append' },
  shardBy: 'number',
}

/** What a migration needs of the warehouse. */
export interface MigrationTarget {
  readonly database: string
  query<T>(sql: string, params?: Record<string, unknown>): Promise<T[]>
  command(sql: string, params?: Record<string, unknown>): Promise<void>
  createDatabase(statements: readonly string[]): Promise<void>
}

export const rendererFor = (database: string, cluster: string | undefined): DdlRenderer =>
  cluster ? clusterDdl(database, cluster) : embeddedDdl(database)

/**
 * Brings the tables up to date. Every statement can be repeated, so a step that was cut short is done again.
 * A schema newer than this program is refused.
 */
export async function migrate(target: MigrationTarget, cluster?: string): Promise<number[]> {
  const ddl = rendererFor(target.database, cluster)
  await target.createDatabase(ddl.createDatabase())
  for (const statement of ddl.createTable(LEDGER)) await target.command(statement)
  const done = await target.query<{ number: number }>('SELECT DISTINCT number FROM schema_migration')
  const doneNumbers = new Set(done.map((row) => Number(row.number)))
  const newest = MIGRATIONS.at(-1)?.number ?? 0
  const unknown = [...doneNumbers].filter((number) => number > newest)
  if (unknown.length > 0)
    throw new Error(`the warehouse has migration ${Math.max(...unknown)}, newer than this version of Gemba (${newest})`)
  const applied: number[] = []
  for (const migration of MIGRATIONS) {
    if (doneNumbers.has(migration.number)) continue
    for (const statement of migration.statements(ddl)) await target.command(statement)
    await target.command(
      'INSERT INTO schema_migration SELECT {number:UInt64}, {name:String}, now64(3) SETTINGS insert_deduplication_token = {token:String}',
      { number: migration.number, name: migration.name, token: `migration-${migration.number}` },
    )
    applied.push(migration.number)
  }
  return applied
}
