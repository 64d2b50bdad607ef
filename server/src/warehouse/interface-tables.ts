import type { Column, ColumnKind, Table } from './table-model.ts'

const of = (kind: ColumnKind) => (name: string) => ({ name, kind }) satisfies Column
const optional = (kind: ColumnKind) => (name: string) => ({ name, kind, nullable: true }) as const satisfies Column
const [instant, sequence, whole, word] = [of('instant'), of('sequence'), of('whole'), of('word')]

/** What collectors tell about their own work. */
export const INTERFACE_TABLES: readonly Table[] = [
  {
    name: 'source_call',
    columns: [
      word('source'),
      instant('at'),
      optional('number')('duration_ms'),
      word('outcome'),
      whole('row_count'),
      whole('rejected'),
      optional('instant')('newest_at'),
      word('stream'),
      sequence('seq'),
    ],
    key: ['source', 'at'],
    engine: { kind: 'append' },
    partitionBy: 'at',
    shardBy: 'source',
  },
  {
    name: 'source_drift',
    columns: [
      word('source'),
      instant('at'),
      word('foreign_table'),
      word('foreign_column'),
      word('change'),
      word('type_before'),
      word('type_after'),
      word('stream'),
      sequence('seq'),
    ],
    key: ['source', 'at'],
    engine: { kind: 'append' },
    shardBy: 'source',
  },
]
