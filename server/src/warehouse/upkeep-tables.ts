/** Tables of energy, alarms and maintenance. Imported by `table-model.ts`; flows.md says what each means. */
import type { Column, ColumnKind, Table } from './table-model.ts'

const of = (kind: ColumnKind) => (name: string) => ({ name, kind }) satisfies Column
const optional = (kind: ColumnKind) => (name: string) => ({ name, kind, nullable: true }) as const satisfies Column
const [instant, text, word, number, whole, small] = [
  of('instant'),
  of('text'),
  of('word'),
  of('number'),
  of('whole'),
  of('small'),
]

export const UPKEEP_TABLES: readonly Table[] = [
  {
    // Derived with the window, as `equipment_count` is.
    name: 'equipment_energy',
    columns: [
      word('unit'),
      instant('minute_at'),
      word('state'),
      instant('window_at'),
      number('kwh'),
      number('metered_ms'),
      instant('computed_at'),
      small('is_deleted'),
    ],
    // Two windows may share a minute.
    key: ['unit', 'minute_at', 'window_at', 'state'],
    engine: { kind: 'replace', version: 'computed_at', deleted: 'is_deleted' },
    partitionBy: 'minute_at',
    shardBy: 'unit',
  },
  {
    // One row for each event of an activation, so that they may come late, twice and in any order.
    name: 'equipment_alarm',
    columns: [
      word('unit'),
      instant('event_at'),
      text('alarm'),
      word('event'),
      word('code'),
      whole('severity'),
      text('text'),
      instant('received_at'),
    ],
    key: ['unit', 'event_at', 'alarm', 'event'],
    engine: { kind: 'replace', version: 'received_at' },
    partitionBy: 'event_at',
    shardBy: 'unit',
  },
  {
    name: 'maintenance_order',
    columns: [
      word('source'),
      text('maintenance_no'),
      word('unit'),
      word('kind'),
      word('status'),
      optional('word')('reason'),
      optional('instant')('planned_from_at'),
      optional('instant')('planned_to_at'),
      optional('instant')('failed_at'),
      optional('instant')('called_at'),
      optional('instant')('arrived_at'),
      optional('instant')('repaired_at'),
      optional('instant')('restarted_at'),
      instant('version_at'),
      small('is_deleted'),
    ],
    key: ['maintenance_no', 'source'],
    engine: { kind: 'replace', version: 'version_at', deleted: 'is_deleted' },
    shardBy: 'maintenance_no',
  },
]
