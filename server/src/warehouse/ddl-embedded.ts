import { columnLines, rollUpColumnLines, rollUpSelect, storageLines, type DdlRenderer } from './ddl.ts'
import type { RollUp, Table } from './table-model.ts'

const WINDOW = 'non_replicated_deduplication_window'

function engineOf({ engine }: Table): string {
  if (engine.kind === 'append') return 'MergeTree'
  return `ReplacingMergeTree(${[engine.version, ...(engine.deleted ? [engine.deleted] : [])].join(', ')})`
}

/** DDL for the embedded engine and for a single ClickHouse server. */
export function embeddedDdl(database: string): DdlRenderer {
  const storage = (table: Table | RollUp) => storageLines(table, WINDOW)
  return {
    dropPartition: (table, partition) => `ALTER TABLE ${database}.${table} DROP PARTITION ${partition}`,
    partsOf: () => ({ from: 'system.parts', suffix: '' }),
    createDatabase: () => [`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`],
    createTable: (table) => [
      `CREATE TABLE IF NOT EXISTS ${database}.${table.name} (\n${columnLines(table.columns)}\n)\nENGINE = ${engineOf(table)}\n${storage(table)}`,
    ],
    createRollUp: (rollUp) => [
      `CREATE TABLE IF NOT EXISTS ${database}.${rollUp.name} (\n${rollUpColumnLines(rollUp)}\n)\nENGINE = AggregatingMergeTree\n${storage(rollUp)}`,
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${rollUp.name}_view TO ${database}.${rollUp.name} AS\n${rollUpSelect(rollUp, `${database}.${rollUp.from}`)}`,
    ],
  }
}
