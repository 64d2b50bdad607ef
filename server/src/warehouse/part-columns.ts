import type { Column } from './table-model.ts'

/** Parts of `EquipmentTimeParts`, in snake_case, with the kind of their column. */
export const EQUIPMENT_PART_COLUMNS: readonly Column[] = [
  ...[
    'all_ms',
    'unscheduled_ms',
    'planned_stop_ms',
    'scheduled_ms',
    'no_data_ms',
    'planned_ms',
    'setup_ms',
    'down_ms',
    'micro_stop_ms',
    'run_ms',
    'ideal_ms',
    'ideal_good_ms',
    'total',
    'good',
    'scrap',
    'rework',
    'uncovered_pieces',
  ].map((name) => ({ name, kind: 'number' }) as const),
  ...['failures', 'micro_stops', 'setups'].map((name) => ({ name, kind: 'whole' }) as const),
]
