import { columnLines, rollUpColumnLines, rollUpSelect, storageLines, type DdlRenderer } from './ddl.ts'
import type { RollUp, Table } from './table-model.ts'

const WINDOW = 'replicated_deduplication_window'

/**
 * DDL for a ClickHouse cluster: a replicated table `<name>_local` on every shard and a distributed table under the
 * logical name, so that the same SQL runs everywhere. Not verified on a cluster by the project's own tests.
 */
export function clusterDdl(database: string, cluster: string): DdlRenderer {
  const onCluster = `ON CLUSTER '${cluster}'`
  const replicated = (kind: string, name: string, rest: readonly string[] = []) =>
    `Replicated${kind}(${[`'/clickhouse/tables/{shard}/${database}/${name}_local'`, "'{replica}'", ...rest].join(', ')})`
  const distributed = (name: string, shardBy: string) =>
    `CREATE TABLE IF NOT EXISTS ${database}.${name} ${onCluster}\nAS ${database}.${name}_local\nENGINE = Distributed('${cluster}', '${database}', '${name}_local', cityHash64(${shardBy}))`
  const engineOf = ({ engine, name }: Table) =>
    engine.kind === 'append'
      ? replicated('MergeTree', name)
      : replicated('ReplacingMergeTree', name, [engine.version, ...(engine.deleted ? [engine.deleted] : [])])
  const storage = (table: Table | RollUp) => storageLines(table, WINDOW)
  const localTable = (table: Table | RollUp, columns: string, engine: string) =>
    `CREATE TABLE IF NOT EXISTS ${database}.${table.name}_local ${onCluster} (\n${columns}\n)\nENGINE = ${engine}\n${storage(table)}`
  return {
    dropPartition: (table, partition) =>
      `ALTER TABLE ${database}.${table}_local ${onCluster} DROP PARTITION ${partition}`,
    // One replica of each shard: the same rows are not counted twice.
    partsOf: () => ({ from: `cluster('${cluster}', system.parts)`, suffix: '_local' }),
    createDatabase: () => [`CREATE DATABASE IF NOT EXISTS ${database} ${onCluster} ENGINE = Atomic`],
    createTable: (table) => [
      localTable(table, columnLines(table.columns), engineOf(table)),
      distributed(table.name, table.shardBy),
    ],
    createRollUp: (rollUp) => [
      localTable(rollUp, rollUpColumnLines(rollUp), replicated('AggregatingMergeTree', rollUp.name)),
      distributed(rollUp.name, rollUp.shardBy),
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${rollUp.name}_view ${onCluster} TO ${database}.${rollUp.name}_local AS\n${rollUpSelect(rollUp, `${database}.${rollUp.from}_local`)}`,
    ],
  }
}
