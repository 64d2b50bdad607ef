import { EQUIPMENT_PART_COLUMNS } from './part-columns.ts'
import type { Column, Table } from './table-model.ts'

const instant = (name: string): Column => ({ name, kind: 'instant' })
const word = (name: string): Column => ({ name, kind: 'word' })
const text = (name: string): Column => ({ name, kind: 'text' })

const WINDOW_LABELS: readonly Column[] = [
  instant('end_at'),
  word('kind'),
  { name: 'production_date', kind: 'date' },
  word('shift_code'),
]

/** Figures of ended windows as they were known at each time, and what became of published ones. */
export const RESTATEMENT_TABLES: readonly Table[] = [
  {
    name: 'equipment_window_version',
    columns: [
      word('unit'),
      instant('start_at'),
      instant('known_at'),
      ...WINDOW_LABELS,
      ...EQUIPMENT_PART_COLUMNS,
      // Lists as JSON: they are read whole, with their window, or not at all.
      text('stops'),
      text('no_data'),
    ],
    key: ['unit', 'start_at', 'known_at'],
    engine: { kind: 'append' },
    partitionBy: 'start_at',
    shardBy: 'unit',
  },
  {
    name: 'restatement',
    columns: [
      word('unit'),
      instant('window_at'),
      // A version is replaced once: recorded twice after a kill, the row is still one.
      instant('known_at'),
      instant('restated_at'),
      ...WINDOW_LABELS,
      text('before'),
      text('after'),
      text('causes'),
      { name: 'in_closed_period', kind: 'small' },
    ],
    key: ['unit', 'window_at', 'known_at'],
    engine: { kind: 'replace', version: 'restated_at' },
    partitionBy: 'window_at',
    shardBy: 'unit',
  },
]

/** What a dropped partition of `reading` leaves behind: the last telling reading of each driving point. */
export const CARRIED_TABLES: readonly Table[] = [
  {
    name: 'reading_carried',
    columns: [
      word('point'),
      instant('source_at'),
      { name: 'number', kind: 'number' },
      word('text'),
      { name: 'quality', kind: 'small' },
      { name: 'kind', kind: 'small' },
    ],
    key: ['point'],
    engine: { kind: 'replace', version: 'source_at' },
    shardBy: 'point',
  },
]

/** Energy of a version of a window by state, as JSON: the version itself is in `equipment_window_version`. */
export const ENERGY_VERSION_TABLES: readonly Table[] = [
  {
    name: 'equipment_energy_version',
    columns: [word('unit'), instant('start_at'), instant('known_at'), instant('end_at'), text('energy')],
    key: ['unit', 'start_at', 'known_at'],
    engine: { kind: 'append' },
    partitionBy: 'start_at',
    shardBy: 'unit',
  },
]
